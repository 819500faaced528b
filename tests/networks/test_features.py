"""Feature networks: our own, which predicts a renderer's guides, and VGG-19 by weights that the user names."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from uprez.encoding import PEAK
from uprez.errors import ModelError
from uprez.networks.features import GuideNetwork, load_features, save_guide_network


def test_a_guide_network_predicts_seven_channels_of_every_pixel() -> None:
    assert GuideNetwork(features=4)(torch.rand(2, 3, 12, 20)).shape == (2, 7, 12, 20)


def test_its_activations_are_those_of_three_grids_down_and_up_again() -> None:
    shapes = [tuple(found.shape[1:]) for found in GuideNetwork(features=4).activations(torch.rand(1, 3, 16, 24))]
    assert shapes == [(4, 16, 24), (8, 8, 12), (16, 4, 6), (8, 8, 12), (4, 16, 24)]


def test_a_guide_network_survives_the_way_through_its_file(tmp_path: Path) -> None:
    network = GuideNetwork(features=6)
    (tmp_path / "features.safetensors").write_bytes(save_guide_network(network, network.state_dict(), {}))
    again = load_features("guides", tmp_path / "features.safetensors")
    image = torch.rand(1, 3, 8, 8)
    for ours, theirs in zip(network.activations(image), again.activations(image), strict=True):
        assert torch.equal(ours, theirs)
    assert not any(parameter.requires_grad for parameter in again.parameters())


TORCHVISION = (0, 2, None, 5, 7, None, 10, 12, 14, 16, None, 19, 21, 23, 25)
"""Places of the convolutions in torchvision's `features`, and None for a pool."""


def vgg_weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(4)
    widths = iter(
        [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), *[(256, 256)] * 3, (256, 512), *[(512, 512)] * 3]
    )
    weights = {}
    for place in TORCHVISION:
        if place is not None:
            convolution = nn.Conv2d(*next(widths), 3)
            weights |= {f"features.{place}.{name}": value.data for name, value in convolution.named_parameters()}
    return weights | {"classifier.0.weight": torch.zeros(1)}


@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_vgg_takes_the_weights_that_torchvision_distributes(tmp_path: Path, suffix: str) -> None:
    weights, path = vgg_weights(), tmp_path / f"vgg19.{suffix}"
    save_file(weights, path) if suffix == "safetensors" else torch.save(weights, path)
    image = PEAK * torch.rand(1, 3, 16, 16)
    x = (image / PEAK - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    expected = []
    for place in TORCHVISION:
        if place is None:
            x = functional.max_pool2d(x, 2)
            continue
        x = functional.conv2d(x, weights[f"features.{place}.weight"], weights[f"features.{place}.bias"], padding=1)
        if place in (7, 25):  # conv2_2 and conv4_4
            expected.append(x)
        x = functional.relu(x)
    found = load_features("vgg19", path).activations(image)
    for ours, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("family", ["guides", "vgg19"])
def test_what_holds_no_such_weights_is_named(tmp_path: Path, family: str) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match=f"other.safetensors: no weights of a {family} network"):
        load_features(family, path)
    with pytest.raises(ModelError, match=r"none.safetensors: .*No such file"):
        load_features(family, tmp_path / "none.safetensors")


def test_a_text_is_no_weights_file(tmp_path: Path) -> None:
    (tmp_path / "vgg19.pth").write_text("<html>404</html>")
    with pytest.raises(ModelError, match="no weights of a vgg19 network"):
        load_features("vgg19", tmp_path / "vgg19.pth")


def test_an_unknown_feature_network_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="unknown feature network 'clip'; known: guides, vgg19"):
        load_features("clip", tmp_path)
