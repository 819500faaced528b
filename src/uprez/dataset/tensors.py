"""T and the fixed interpolation on tensors, equal to `uprez.encoding` and `uprez.models.interpolation` on arrays."""

import torch
from torch import Tensor
from torch.nn import functional

from uprez.encoding import KAPPA, MU

_GAIN = KAPPA / float(torch.log1p(torch.tensor(MU, dtype=torch.float64)))


def compress_rgba(linear: Tensor) -> Tensor:
    """Scene-linear premultiplied (N, 4, H, W) to network form: T of the colour, alpha as it is."""
    colour = linear[:, :3]
    return torch.cat([torch.log1p(colour.abs() * MU).mul(_GAIN).copysign(colour), linear[:, 3:]], 1)


def expand_rgba(compressed: Tensor) -> Tensor:
    """The inverse of `compress_rgba`."""
    colour = compressed[:, :3]
    linear = torch.expm1(colour.abs() / _GAIN).div(MU).copysign(colour)
    return torch.cat([linear, compressed[:, 3:]], 1)


def bicubic(compressed: Tensor, scale: int) -> Tensor:
    """Keys bicubic, a = -0.75, half-pixel centres, edges replicated."""
    return functional.interpolate(compressed, scale_factor=scale, mode="bicubic", align_corners=False)
