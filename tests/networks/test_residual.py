"""The default generator family."""

import pytest
import torch

from uprez.errors import ModelError
from uprez.networks import build, fuse

SMALL = {"family": "residual", "features": 8, "blocks": 2}


def perturbed(architecture: dict[str, object]) -> torch.nn.Module:
    """A network whose weights are far from their start, so that no branch is near zero."""
    torch.manual_seed(3)
    network = build(architecture)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network.eval()


def test_the_inference_form_computes_what_the_training_form_does() -> None:
    network = perturbed(SMALL)
    x = torch.randn(2, 4, 13, 17)
    with torch.no_grad():
        torch.testing.assert_close(fuse(network)(x), network(x), rtol=1e-4, atol=1e-5)


def test_the_inference_form_has_plain_convolutions_only() -> None:
    layers = [m for m in fuse(build(SMALL)).modules() if not list(m.children())]
    assert {type(layer) for layer in layers} == {torch.nn.Conv2d}
    assert all(layer.kernel_size == (3, 3) for layer in layers)


def test_fusing_leaves_the_training_form_as_it_was() -> None:
    network = perturbed(SMALL)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    fuse(network)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 5)])
def test_the_residual_has_four_channels_at_twice_the_size(size: tuple[int, int]) -> None:
    with torch.no_grad():
        assert build(SMALL)(torch.zeros(1, 4, *size)).shape == (1, 4, 2 * size[0], 2 * size[1])


def test_no_output_pixel_looks_further_than_the_halo() -> None:
    """Changing one LR pixel changes nothing beyond `halo` LR pixels, and something at that distance."""
    network = fuse(perturbed(SMALL))
    x = torch.randn(1, 4, 31, 31)
    y = x.clone()
    y[..., 15, 15] += 1
    with torch.no_grad():
        moved = (network(x) - network(y)).abs().amax(dim=(0, 1)).nonzero()
    reach = (moved[:, 0].div(2, rounding_mode="floor") - 15).abs().max()
    assert reach == network.halo


def test_a_fresh_network_starts_near_the_interpolation() -> None:
    torch.manual_seed(0)
    network = build({"family": "residual", "features": 48, "blocks": 10})
    with torch.no_grad():
        assert network(torch.rand(1, 4, 16, 16)).abs().max() < 0.05


def test_further_inputs_widen_the_first_convolution_only() -> None:
    narrow, wide = build(SMALL), build({**SMALL, "inputs": 4 + 4 * 3})
    changed = {name for name, value in wide.state_dict().items() if value.shape != narrow.state_dict()[name].shape}
    assert changed
    assert all(name.startswith("head.") for name in changed)


def test_an_unknown_family_is_named_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="unknown network family 'unet'; known: prosr, residual"):
        build({"family": "unet"})


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(ModelError, match="depth"):
        build({"family": "residual", "depth": 3})


def test_the_training_form_takes_up_the_inference_forms_weights() -> None:
    """What fine-tunes a model that ships plain weights: the same mapping, and every branch free to learn."""
    plain, again = fuse(perturbed(SMALL)), build(SMALL)
    again.absorb(plain.state_dict())
    x = torch.randn(1, 4, 9, 11)
    torch.testing.assert_close(again(x), plain(x), rtol=1e-4, atol=1e-5)
    again(x).square().mean().backward()
    assert again.get_parameter("blocks.0.first.narrow").grad.abs().sum() > 0


def test_a_deeper_network_grows_out_of_a_shallower_ones_weights() -> None:
    """It computes the same at first, and its new blocks learn from the first step on."""
    plain, deeper = fuse(perturbed(SMALL)), build({**SMALL, "blocks": 4})
    deeper.absorb(plain.state_dict())
    x = torch.randn(1, 4, 9, 11)
    torch.testing.assert_close(deeper(x), plain(x), rtol=1e-4, atol=1e-5)
    deeper(x).square().mean().backward()
    assert deeper.get_parameter("blocks.3.second.weight").grad.abs().sum() > 0


def test_a_shallower_network_does_not_take_up_a_deeper_ones_weights() -> None:
    with pytest.raises(ModelError, match="do not fit"):
        build(SMALL).absorb(fuse(build({**SMALL, "blocks": 3})).state_dict())


def test_weights_of_another_shape_are_not_taken_up() -> None:
    with pytest.raises(ModelError, match="do not fit"):
        build(SMALL).absorb(fuse(build({**SMALL, "features": 12})).state_dict())
