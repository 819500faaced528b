"""What every generator family is."""

from abc import ABC, abstractmethod
from typing import Self

from torch import Tensor, nn


class Generator(nn.Module, ABC):
    """(N, inputs, H, W) to the residual (N, 4, scale H, scale W), both in the compressed domain, R G B premultiplied
    and alpha.
    """

    scale: int
    inputs: int
    """Channels of all inputs together, on the LR grid."""
    features: int
    """Channels of the widest activation on the LR grid."""

    @property
    @abstractmethod
    def halo(self) -> int:
        """How far, in LR pixels, an output pixel looks."""

    @abstractmethod
    def fused(self) -> Self:
        """A copy in inference form: the same mapping, every convolution plain."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor: ...
