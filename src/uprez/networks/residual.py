"""The default generator family: a plain residual network on the LR grid.

Residual blocks after Lim et al. 2017 (EDSR: no normalisation), sub-pixel output after Shi et al. 2016. Every
convolution is 3x3 and dense, since that is what CPUs run nearest to their peak; it predicts a residual in the
compressed domain, to be added to a fixed interpolation.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from uprez.errors import ModelError
from uprez.networks.convolution import ReparameterisedConv
from uprez.networks.generator import MISFIT, Generator

SLOPE = 0.1
"""Negative slope of the activation."""


class ResidualBlock(nn.Module):
    """x + conv(act(conv(x)))."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.leaky_relu(self.first(x), SLOPE))

    @torch.no_grad()
    def vanish(self) -> None:
        """Become the identity, free to learn otherwise: the first convolution stays as it is, the second one is zero.

        In training form only.
        """
        assert isinstance(self.second, ReparameterisedConv)
        self.second.absorb(torch.zeros_like(self.second.weight), torch.zeros_like(self.second.bias))


class ResidualNetwork(Generator):
    """See `Generator` for what goes in and comes out.

    inputs: how many channels the card's inputs have together; 4 for the beauty alone. Guides at HR come in unshuffled
    onto the LR grid, scale^2 channels for each of theirs, so that a further input only widens the first convolution.
    features: channels of the body. blocks: residual blocks of two convolutions.
    """

    def __init__(self, *, scale: int = 2, inputs: int = 4, features: int = 48, blocks: int = 10) -> None:
        super().__init__()
        self.scale, self.inputs, self.features = scale, inputs, features
        # A small gain in each block's last convolution keeps the sum over blocks near its input at the start.
        self.head: nn.Module = ReparameterisedConv(inputs, features)
        self.blocks = nn.ModuleList(
            ResidualBlock(ReparameterisedConv(features, features), ReparameterisedConv(features, features, gain=0.3))
            for _ in range(blocks)
        )
        self.tail: nn.Module = ReparameterisedConv(features, 4 * scale**2, gain=0.001)

    @property
    def halo(self) -> int:
        return 2 + 2 * len(self.blocks)

    def forward(self, x: Tensor) -> Tensor:
        features = self.head(x)
        for block in self.blocks:
            features = block(features)
        return functional.pixel_shuffle(self.tail(features), self.scale)

    def fused(self) -> "ResidualNetwork":
        plain = ResidualNetwork(scale=self.scale, inputs=self.inputs, features=1, blocks=0)
        plain.features = self.features
        plain.head, plain.tail = _fused(self.head), _fused(self.tail)
        plain.blocks = nn.ModuleList(ResidualBlock(_fused(b.first), _fused(b.second)) for b in self.blocks)  # type: ignore[arg-type]
        return plain

    def absorb(self, plain: Mapping[str, Tensor]) -> None:
        """As `Generator.absorb`; where there are fewer blocks in `plain` the others begin as the identity, so that the
        network grows without changing what it computes (Chen et al. 2016, Net2Net).
        """
        begun = {".".join(name.split(".")[:2]) for name in plain}
        blocks = {f"blocks.{place}": block for place, block in enumerate(self.blocks)}
        grown = {name: block for name, block in blocks.items() if name not in begun}
        convolutions = {
            name: module
            for name, module in self.named_modules()
            if isinstance(module, ReparameterisedConv) and name.rpartition(".")[0] not in grown
        }
        expected = {
            f"{name}.{kind}": module.get_parameter(kind)
            for name, module in convolutions.items()
            for kind in ("weight", "bias")
        }
        if {name: value.shape for name, value in plain.items()} != {name: v.shape for name, v in expected.items()}:
            raise ModelError(MISFIT)
        for name, convolution in convolutions.items():
            convolution.absorb(plain[f"{name}.weight"], plain[f"{name}.bias"])
        for block in grown.values():
            assert isinstance(block, ResidualBlock)
            block.vanish()


@torch.no_grad()
def _fused(module: nn.Module) -> nn.Module:
    return module.fused() if isinstance(module, ReparameterisedConv) else module
