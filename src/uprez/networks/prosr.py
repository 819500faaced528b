"""ProSR (Wang et al. 2018, A Fully Progressive Approach to Single-Image Super-Resolution): an asymmetric pyramid of
dense compression units, a level for each doubling, with most of its layers on the smallest grid.

The network that the talk began from. The sizes of its two published forms are those of the authors' options: see
`recipes/talk-2020.toml` for the large one.
"""

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional

from uprez.networks.generator import Generator


class DenseCompressionUnit(nn.Module):
    """Layers that each see all before them, 1x1 then 3x3, brought down to `outputs` channels by a 1x1 convolution.

    inputs, outputs: channels. layers: how many, `growth` channels each; the 1x1 convolution before gives four times as
    many. outputs 0: not brought down, inputs + layers x growth channels come out.
    """

    def __init__(self, inputs: int, layers: int, growth: int, outputs: int) -> None:
        super().__init__()
        widths = [inputs + growth * layer for layer in range(layers + 1)]
        self.layers = nn.ModuleList(
            nn.Sequential(_conv(width, 4 * growth, 1, bias=True), nn.ReLU(), _conv(4 * growth, growth, 3, bias=True))
            for width in widths[:-1]
        )
        self.outputs = outputs or widths[-1]
        self.compression = _conv(widths[-1], outputs, 1, bias=False) if outputs else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(x)], dim=1)
        result: Tensor = self.compression(x)
        return result


class Level(nn.Module):
    """One doubling: units, a convolution, pixel shuffle. (N, inputs, H, W) to (N, outputs, 2 H, 2 W).

    begin: channels to which a 1x1 convolution brings the inputs first; 0: none does. sizes, growth, residual,
    compression: as `ProSR` has them.
    """

    def __init__(
        self, inputs: int, begin: int, sizes: Sequence[int], *, growth: int, residual: float, compression: float
    ) -> None:
        super().__init__()
        self.residual = residual
        self.compression = _conv(inputs, begin, 1, bias=False) if begin else nn.Identity()
        width, widest = begin or inputs, 0
        units = []
        for place, layers in enumerate(sizes, 1):
            whole = width + layers * growth
            outputs = width if residual else int(compression * whole) if place < len(sizes) else 0
            units.append(DenseCompressionUnit(width, layers, growth, outputs))
            width, widest = units[-1].outputs, max(widest, whole)
        self.units = nn.ModuleList(units)
        self.last = _conv(width, width, 3, bias=True)
        self.upsampler = nn.Sequential(_conv(width, 4 * width, 3, bias=True), nn.PixelShuffle(2), nn.ReLU())
        self.outputs, self.widest = width, max(widest, 4 * width)
        self.reach = sum(sizes) + 2  # pixels of its own grid that it looks to each side

    def forward(self, x: Tensor) -> Tensor:
        x = self.compression(x)
        features = x
        for unit in self.units:
            features = features + self.residual * unit(features) if self.residual else unit(features)
        features = self.last(features)
        doubled: Tensor = self.upsampler(features + x if self.residual else features)
        return doubled


class ProSR(Generator):
    """See `Generator` for what goes in and comes out. The defaults are the paper's large network.

    features: channels that the first convolution gives. growth: channels that each dense layer adds. levels: for each
    doubling its units, and the layers of each; as many as `scale` needs are built. residual: units are added to their
    input with this factor; 0: they replace it, each compressed to `compression` of what it has, but for a level's last.

    In training form each level has a last convolution of its own, so that smaller scales can be learned first.
    """

    def __init__(
        self,
        *,
        scale: int = 2,
        inputs: int = 4,
        features: int = 160,
        growth: int = 40,
        levels: Sequence[Sequence[int]] = ((8,) * 9, (8,) * 3, (8,)),
        residual: float = 0.2,
        compression: float = 0.4,
    ) -> None:
        super().__init__()
        doublings = scale.bit_length() - 1
        if scale != 2**doublings or not 1 <= doublings <= len(levels):
            raise ValueError(f"levels: {len(levels)} doublings can't give scale {scale}")
        self.scale, self.inputs = scale, inputs
        self.head = _conv(inputs, features, 3, bias=True)
        built: list[Level] = []
        width = features
        for place, sizes in enumerate(levels[:doublings]):
            begin = (features if residual else width // 2) if place else 0
            built.append(Level(width, begin, sizes, growth=growth, residual=residual, compression=compression))
            width = built[-1].outputs
        self.levels = nn.ModuleList(built)
        self.tail = _conv(width, 4, 3, bias=True)
        self.tails_below = nn.ModuleList(_conv(level.outputs, 4, 3, bias=True) for level in built[:-1])
        with torch.no_grad():
            for tail in (self.tail, *self.tails_below):
                tail.weight.mul_(0.001)  # so that it begins near the interpolation
        self.features = max(level.widest * 4**place for place, level in enumerate(built))
        self._halo = math.ceil(1 + sum(level.reach / 2**place for place, level in enumerate(built)) + 1 / scale)

    @property
    def halo(self) -> int:
        return self._halo

    @property
    def scales(self) -> tuple[int, ...]:
        return tuple(2**doublings for doublings in range(1, len(self.levels) + 1))

    def forward(self, x: Tensor, scale: int | None = None, share: float = 1.0) -> Tensor:
        """scale: one of `scales`, the network's own without it; (N, 4, scale H, scale W) comes out. share: how much of
        it is of this scale's level; the rest is what the level before makes, doubled, so that a level that has learned
        nothing yet can come in little by little (the paper's section 3.3). At the first level it has no meaning.
        """
        doublings = (scale or self.scale).bit_length() - 1
        x = self.head(x)
        before = x
        for level in self.levels[:doublings]:
            before, x = x, level(x)
        residual: Tensor = self._tail(doublings)(x)
        if share < 1 and doublings > 1:
            doubled = functional.interpolate(self._tail(doublings - 1)(before), scale_factor=2.0, mode="bilinear")
            return doubled + share * (residual - doubled)
        return residual

    def fused(self) -> "ProSR":
        plain = deepcopy(self)
        plain.tails_below = nn.ModuleList()
        return plain

    def absorb(self, plain: Mapping[str, Tensor]) -> None:
        """As `Generator.absorb`; the smaller scales' last convolutions, which do not ship, stay as they are."""
        stay = {name: value for name, value in self.state_dict().items() if name.startswith("tails_below.")}
        super().absorb({**stay, **plain})

    def _tail(self, doublings: int) -> nn.Module:
        return self.tail if doublings == len(self.levels) else self.tails_below[doublings - 1]


def _conv(inputs: int, outputs: int, side: int, *, bias: bool) -> nn.Conv2d:
    """A convolution of He et al. 2015's variance."""
    conv = nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=bias)
    nn.init.kaiming_normal_(conv.weight)
    if conv.bias is not None:
        nn.init.zeros_(conv.bias)
    return conv
