"""Candidate shapes of the default network, for shapes.py: each a `Generator`, all of re-parameterised convolutions."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from uprez.networks import FAMILIES
from uprez.networks.convolution import ReparameterisedConv
from uprez.networks.generator import Generator
from uprez.networks.residual import SLOPE, ResidualBlock


def conv(inputs: int, outputs: int, gain: float = 1.0) -> ReparameterisedConv:
    return ReparameterisedConv(inputs, outputs, gain=gain)


def residual_blocks(features: int, count: int) -> nn.Sequential:
    return nn.Sequential(
        *(ResidualBlock(conv(features, features), conv(features, features, 0.3)) for _ in range(count))
    )


class Candidate(Generator):
    scale, inputs = 2, 4

    def fused(self) -> Self:
        copy = deepcopy(self)
        for parent, name, module in list(_convolutions(copy)):
            setattr(parent, name, module.fused())
        return copy

    @property
    def halo(self) -> int:
        return 0  # these never meet tiles


def _convolutions(network: nn.Module) -> Iterator[tuple[nn.Module, str, ReparameterisedConv]]:
    for parent in network.modules():
        for name, module in parent.named_children():
            if isinstance(module, ReparameterisedConv):
                yield parent, name, module


def to_even(x: Tensor) -> Tensor:
    return functional.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2), mode="replicate")


class HalfGrid(Candidate):
    """All layers on half the LR grid, where four times as many parameters cost the same."""

    def __init__(self, *, features: int, blocks: int, scale: int = 2) -> None:
        super().__init__()
        self.features = features
        self.head, self.blocks = conv(16, features), residual_blocks(features, blocks)
        self.tail = conv(features, 64, 0.001)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        y = self.tail(self.blocks(self.head(functional.pixel_unshuffle(to_even(x), 2))))
        return functional.pixel_shuffle(y, 4)[:, :, : 2 * height, : 2 * width]


class UNet(Candidate):
    """Blocks on the LR grid before and after those on half of it, which see farther."""

    def __init__(self, *, features: int, outer: int, deep: int, inner: int, scale: int = 2) -> None:
        super().__init__()
        self.features = features
        self.head, self.before = conv(4, features), residual_blocks(features, outer)
        self.down, self.inner = conv(4 * features, deep), residual_blocks(deep, inner)
        self.up, self.after = conv(deep, 4 * features, 0.3), residual_blocks(features, outer)
        self.tail = conv(features, 16, 0.001)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        near = self.before(self.head(to_even(x)))
        far = self.inner(self.down(functional.pixel_unshuffle(near, 2)))
        near = self.after(near + functional.pixel_shuffle(self.up(far), 2))
        return functional.pixel_shuffle(self.tail(near), 2)[:, :, : 2 * height, : 2 * width]


class Gated(Candidate):
    """Blocks whose output gates itself, without parameters (Wan et al. 2024, SPAN)."""

    def __init__(self, *, features: int, blocks: int, scale: int = 2) -> None:
        super().__init__()
        self.features = features
        self.head, self.tail = conv(4, features), conv(features, 16, 0.001)
        self.blocks = nn.Sequential(*(GatedBlock(features) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        first = self.head(x)
        return functional.pixel_shuffle(self.tail(first + self.blocks(first)), 2)


class GatedBlock(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.first, self.second, self.third = (conv(features, features) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        y = functional.silu(self.second(functional.silu(self.first(x))))
        y = self.third(y)
        return (x + y) * (torch.sigmoid(y) - 0.5) + x


class LargeKernel(Candidate):
    """Blocks of a 3x3 convolution and one of 13x13 on a few channels (after Lee et al. 2024, PLKSR)."""

    def __init__(self, *, features: int, blocks: int, partial: int = 8, side: int = 13, scale: int = 2) -> None:
        super().__init__()
        self.features = features
        self.head, self.tail = conv(4, features), conv(features, 16, 0.001)
        self.blocks = nn.Sequential(*(LargeKernelBlock(features, partial, side) for _ in range(blocks)))

    def forward(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(self.tail(self.blocks(self.head(x))), 2)


class LargeKernelBlock(nn.Module):
    def __init__(self, features: int, partial: int, side: int) -> None:
        super().__init__()
        self.partial = partial
        self.first, self.last = conv(features, features), conv(features, features, 0.3)
        self.large = nn.Conv2d(partial, partial, side, padding=side // 2)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.leaky_relu(self.first(x), SLOPE)
        y = torch.cat([self.large(y[:, : self.partial]), y[:, self.partial :]], 1)
        return x + self.last(y)


FAMILIES.update({"half-grid": HalfGrid, "u-net": UNet, "gated": Gated, "large-kernel": LargeKernel})

SHAPES: dict[str, dict[str, str | int]] = {
    "plain": {"family": "residual", "features": 48, "blocks": 20},
    "wide and shallow": {"family": "residual", "features": 96, "blocks": 5},
    "half grid": {"family": "half-grid", "features": 96, "blocks": 20},
    "U-Net": {"family": "u-net", "features": 48, "outer": 4, "deep": 96, "inner": 10},
    "gated": {"family": "gated", "features": 48, "blocks": 11},
    "large kernel": {"family": "large-kernel", "features": 48, "blocks": 12},
}
