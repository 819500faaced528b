"""What every generator family is."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import deepcopy
from typing import Self

from torch import Tensor, nn

from uprez.errors import ModelError

MISFIT = "the weights do not fit the network's architecture"


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
    def scales(self) -> tuple[int, ...]:
        """Scales at which it can learn: its own, and those that it passes through on the way."""
        return (self.scale,)

    @property
    @abstractmethod
    def halo(self) -> int:
        """How far, in LR pixels, an output pixel looks."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor: ...

    def fused(self) -> Self:
        """A copy in inference form: the same mapping, every convolution plain."""
        return deepcopy(self)

    def absorb(self, plain: Mapping[str, Tensor]) -> None:
        """Take up the weights of an inference form, its state_dict, and go on learning from there.

        Raises ModelError where they do not fit.
        """
        try:
            self.load_state_dict(plain)
        except RuntimeError:
            raise ModelError(MISFIT) from None
