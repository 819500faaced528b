"""Networks that leave out what ablations.py leaves out."""

import torch
from torch import Tensor, nn

from uprez.dataset.tensors import bicubic, compress_rgba, expand_rgba
from uprez.networks import FAMILIES
from uprez.networks.residual import ResidualNetwork

PLAIN, LINEAR, COLOUR = "plain convolutions", "in linear light", "colour alone"


class PlainResidual(ResidualNetwork):
    """The default network, every convolution plain from the first step on."""

    def __init__(self, *, scale: int = 2, inputs: int = 4, features: int = 48, blocks: int = 10) -> None:
        super().__init__(scale=scale, inputs=inputs, features=features, blocks=blocks)
        self.head, self.tail = self.head.fused(), self.tail.fused()
        for block in self.blocks:
            block.first, block.second = block.first.fused(), block.second.fused()
        for convolution in (module for module in self.modules() if isinstance(module, nn.Conv2d)):
            convolution.requires_grad_(True)


class LinearResidual(ResidualNetwork):
    """The default network, fed with linear light and giving a residual of it; the losses stay in T."""

    def forward(self, x: Tensor) -> Tensor:
        linear = expand_rgba(x)
        return compress_rgba(bicubic(linear, self.scale) + super().forward(linear)) - bicubic(x, self.scale)


class ColourResidual(ResidualNetwork):
    """The default network without alpha, which is interpolated."""

    def forward(self, x: Tensor) -> Tensor:
        opaque = torch.cat([x[:, :3], torch.zeros_like(x[:, 3:])], 1)
        colour = super().forward(opaque)
        return torch.cat([colour[:, :3], torch.zeros_like(colour[:, 3:])], 1)


FAMILIES.update({PLAIN: PlainResidual, LINEAR: LinearResidual, COLOUR: ColourResidual})
