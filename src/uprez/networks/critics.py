"""Critics (discriminators): images in, a map of verdicts out, higher for what looks rendered at full size."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from uprez.errors import ModelError

SLOPE = 0.2
"""Negative slope of the activations."""
_LEVEL = 0.6
"""T of 1: critics see compressed images divided by it."""


class PatchCritic(nn.Module):
    """Judges overlapping patches of about 70 pixels (Isola et al. 2017, PatchGAN), every convolution of spectral norm 1
    (Miyato et al. 2018): compressed (N, inputs, H, W) to verdicts (N, 1, about H / 8, W / 8).
    """

    def __init__(self, *, inputs: int = 3, features: int = 64) -> None:
        super().__init__()
        widths = [inputs, features, 2 * features, 4 * features]
        halvings = [_normed(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(widths)]
        self.halvings = nn.ModuleList(halvings)
        self.deep = _normed(nn.Conv2d(4 * features, 8 * features, 4, 1, 1))
        self.verdict = _normed(nn.Conv2d(8 * features, 1, 4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = _seen(x)
        for halving in (*self.halvings, self.deep):
            x = functional.leaky_relu(halving(x), SLOPE)
        verdict: Tensor = self.verdict(x)
        return verdict


class UNetCritic(nn.Module):
    """Judges every pixel with its surroundings in view: a U-Net over three halvings whose skips add up (Schönfeld et
    al. 2020; Wang et al. 2021, Real-ESRGAN), spectral norm inside: compressed (N, inputs, H, W) to verdicts
    (N, 1, H, W). H and W are multiples of 8.
    """

    def __init__(self, *, inputs: int = 3, features: int = 64) -> None:
        super().__init__()
        widths = [features * 2**level for level in range(4)]
        pairs = list(pairwise(widths))
        self.head = nn.Conv2d(inputs, features, 3, 1, 1)
        self.halvings = nn.ModuleList(_normed(nn.Conv2d(a, b, 4, 2, 1, bias=False)) for a, b in pairs)
        self.doublings = nn.ModuleList(_normed(nn.Conv2d(b, a, 3, 1, 1, bias=False)) for a, b in reversed(pairs))
        self.tail = nn.ModuleList(_normed(nn.Conv2d(features, features, 3, 1, 1, bias=False)) for _ in range(2))
        self.verdict = nn.Conv2d(features, 1, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.leaky_relu(self.head(_seen(x)), SLOPE)
        skips = []
        for halving in self.halvings:
            skips.append(x)
            x = functional.leaky_relu(halving(x), SLOPE)
        for doubling, skip in zip(self.doublings, reversed(skips), strict=True):
            x = functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = functional.leaky_relu(doubling(x), SLOPE) + skip
        for convolution in self.tail:
            x = functional.leaky_relu(convolution(x), SLOPE)
        verdict: Tensor = self.verdict(x)
        return verdict


CRITICS: dict[str, Callable[..., nn.Module]] = {"patch": PatchCritic, "unet": UNetCritic}
"""Every critic family by name."""


def build_critic(family: str, *, inputs: int, features: int) -> nn.Module:
    """A critic with fresh weights. inputs: 3 for R, G, B, 4 with alpha. Raises ModelError for an unknown family, and
    without features.
    """
    if family not in CRITICS:
        raise ModelError(f"unknown critic {family!r}; known: {', '.join(sorted(CRITICS))}")
    if features < 1:
        raise ModelError(f"critic.features must be positive, got {features}")
    return CRITICS[family](inputs=inputs, features=features)


def _seen(image: Tensor) -> Tensor:
    """White at 1; channels last, in which convolutions of bfloat16 are two to three times as fast on CPUs."""
    return (image / _LEVEL).contiguous(memory_format=torch.channels_last)


def _normed(convolution: nn.Conv2d) -> nn.Module:
    nn.init.orthogonal_(convolution.weight.view(convolution.weight.shape[0], -1))
    normed: nn.Module = spectral_norm(convolution)
    return normed


def looks_at(image: Tensor, composite: Tensor, inputs: int) -> Tensor:
    """What a critic of so many inputs is shown: the composite, and alpha with it where it takes four."""
    return composite if inputs == 3 else torch.cat([composite, image[:, 3:]], 1)
