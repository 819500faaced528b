"""Feature networks: images in, activations out, between which a loss measures what pixels don't tell."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from uprez.encoding import PEAK
from uprez.errors import ModelError

GUIDES = {"albedo": 3, "normal": 3, "depth": 1}
"""What a guide network predicts, and in how many channels."""
_SLOPE = 0.1


class GuideNetwork(nn.Module):
    """Predicts what a renderer knew, albedo, normal and depth, from the beauty alone: a U-Net over two halvings.

    Compressed (N, 3, H, W) to (N, 7, H, W), H and W multiples of 4. Who can tell surfaces from their shading sees what
    matters in rendered images, at any exposure: its activations are the default features.
    """

    def __init__(self, *, features: int = 32) -> None:
        super().__init__()
        widths = [features, 2 * features, 4 * features]
        self.encoders = nn.ModuleList(_two(a, b) for a, b in pairwise([3, *widths]))
        self.decoders = nn.ModuleList(_two(a + b, a) for a, b in reversed(list(pairwise(widths))))
        self.tail = nn.Conv2d(features, sum(GUIDES.values()), 3, padding=1)

    def activations(self, x: Tensor) -> list[Tensor]:
        """Those of the three levels on the way down, then of the two on the way up."""
        x = x.contiguous(memory_format=torch.channels_last)
        down: list[Tensor] = []
        for encoder in self.encoders:
            x = encoder(functional.avg_pool2d(x, 2) if down else x / PEAK)
            down.append(x)
        up: list[Tensor] = []
        for decoder, skip in zip(self.decoders, reversed(down[:-1]), strict=True):
            larger = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = decoder(torch.cat([skip, larger], 1))
            up.append(x)
        return [*down, *up]

    def forward(self, x: Tensor) -> Tensor:
        guides: Tensor = self.tail(self.activations(x)[-1])
        return guides


class Vgg19(nn.Module):
    """The convolutions of VGG-19 (Simonyan & Zisserman 2015) up to 4_4; its activations are those of 2_2 and 4_4 before
    the rectifier, the layers that ProSR's adversarial form takes.

    Trained for photographs on displays: compressed images, divided by T(1), stand in for them.
    """

    groups = (2, 2, 4, 4)
    taken = ((1, 1), (3, 3))
    """Group and convolution, counted from 0."""

    def __init__(self) -> None:
        super().__init__()
        widths = [
            3,
            *(width for group, width in zip(self.groups, (64, 128, 256, 512), strict=True) for _ in range(group)),
        ]
        self.convolutions = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(widths))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225])[:, None, None], persistent=False)

    def activations(self, x: Tensor) -> list[Tensor]:
        """Compressed (N, 3, H, W) to (N, 128, H / 2, W / 2) and (N, 512, H / 8, W / 8)."""
        x = (x / PEAK - self.get_buffer("mean")) / self.get_buffer("deviation")
        x = x.contiguous(memory_format=torch.channels_last)
        found, convolutions = [], iter(self.convolutions)
        for group, count in enumerate(self.groups):
            for place in range(count):
                x = next(convolutions)(x)
                if (group, place) in self.taken:
                    found.append(x)
                x = functional.relu(x)
            x = functional.max_pool2d(x, 2)
        return found


FeatureNetwork = GuideNetwork | Vgg19


def load_features(family: str, path: Path) -> FeatureNetwork:
    """A feature network that learns nothing any more: its `activations` are what a loss wants.

    family: "guides", with weights as `save_guide_network` makes them, or "vgg19", with weights named as torchvision
    names them (`features.0.weight`, …), as safetensors or as a file of torch. Raises ModelError for another family,
    and where the file does not hold such weights.
    """
    network: FeatureNetwork
    try:
        if family == "guides":
            with safe_open(path, "pt") as stored:
                network = GuideNetwork(features=int((stored.metadata() or {})["features"]))
                network.load_state_dict({name: stored.get_tensor(name) for name in stored.keys()})  # noqa: SIM118
        elif family == "vgg19":
            network = Vgg19()
            network.load_state_dict(_vgg_weights(path))
        else:
            raise ModelError(f"unknown feature network {family!r}; known: guides, vgg19")
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror or error}") from None
    except (SafetensorError, UnpicklingError, RuntimeError, KeyError, ValueError) as error:
        raise ModelError(f"{path}: no weights of a {family} network ({' '.join(str(error).split())[:200]})") from None
    return network.eval().requires_grad_(False)


def save_guide_network(network: GuideNetwork, weights: Mapping[str, Tensor], card: Mapping[str, object]) -> bytes:
    """The weights of a guide network as safetensors. card: what is to be known of them, as JSON under "card"."""
    features = network.tail.in_channels
    plain = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    return save(plain, {"family": "guides", "features": str(features), "card": json.dumps(card, sort_keys=True)})


def _vgg_weights(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as stored:
            weights = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    else:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    # torchvision counts rectifiers and pools along: a group of n convolutions takes 2 n + 1 places.
    places = [
        2 * sum(Vgg19.groups[:group]) + group + 2 * place
        for group, count in enumerate(Vgg19.groups)
        for place in range(count)
    ]
    return {
        f"convolutions.{number}.{kind}": weights[f"features.{place}.{kind}"]
        for number, place in enumerate(places)
        for kind in ("weight", "bias")
    }


def _two(inputs: int, outputs: int) -> nn.Sequential:
    first, second = nn.Conv2d(inputs, outputs, 3, padding=1), nn.Conv2d(outputs, outputs, 3, padding=1)
    for convolution in (first, second):
        nn.init.kaiming_normal_(convolution.weight, a=_SLOPE)
    return nn.Sequential(first, nn.LeakyReLU(_SLOPE), second, nn.LeakyReLU(_SLOPE))
