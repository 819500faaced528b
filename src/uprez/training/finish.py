"""From a residual to the result, on tensors, as upscaling does it on arrays, so that the loss sees what users get.

Equal to `uprez.models.model.NetworkModel` and `uprez.models.consistency.enforce`; the tests hold the two against each
other.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from uprez.dataset.tensors import bicubic, compress_rgba, expand_rgba
from uprez.models.consistency import CELL, FALL, LEAST, RISE, Axis


def finish(source: Tensor, residual: Tensor, scale: int, kernel: Sequence[float] = ()) -> Tensor:
    """The result in network form, (N, 4, scale H, scale W): interpolation + residual, empty where the source is empty.

    source: (N, 4, H, W) in network form (compressed colour, alpha as it is). kernel: the down-kernel; with it the
    result is held to the source's light.
    """
    filled = (source != 0).any(1, keepdim=True).float()
    reached = functional.interpolate(filled, scale_factor=scale, mode="bilinear", align_corners=False) > 0
    result = (bicubic(source, scale) + residual) * reached
    return consistent(result, source, scale, kernel) if kernel else result


def consistent(result: Tensor, source: Tensor, scale: int, kernel: Sequence[float]) -> Tensor:
    """A result in network form held to the light of its source, (N, 4, H, W) in network form."""
    return compress_rgba(enforce(expand_rgba(result), expand_rgba(source), kernel, scale))


def enforce(result: Tensor, source: Tensor, kernel: Sequence[float], scale: int) -> Tensor:
    """`uprez.models.consistency.enforce` on linear tensors (N, 4, scale H, scale W) and (N, 4, H, W)."""
    rows, columns = (_interpolation(size, 1, source) / CELL for size in source.shape[2:])
    has, weight = (rows.T @ down(light, kernel, scale) @ columns for light in (result, result.square()))
    grid = (rows.T @ source @ columns - has) / (weight + LEAST)
    up_rows, up_columns = (_interpolation(size, scale, source) for size in source.shape[2:])
    gain = up_rows @ grid @ up_columns.T
    return result + result * (result * gain).clamp(FALL, RISE)


def _interpolation(size: int, scale: int, like: Tensor) -> Tensor:
    """From the grid's points to pixels along one axis, (size * scale, points)."""
    before, fraction = Axis(0, size, scale).places()
    matrix = np.zeros((len(before), -(-size // CELL) + 1), np.float32)
    pixels = np.arange(len(before))
    matrix[pixels, before] = 1 - fraction
    matrix[pixels, before + 1] += fraction
    return torch.from_numpy(matrix[:, : -(-size // CELL)]).to(like)


def down(result: Tensor, kernel: Sequence[float], scale: int) -> Tensor:
    """`uprez.models.consistency.down` on linear tensors: the separable kernel, edges repeated."""
    margin = (len(kernel) - scale) // 2
    # Strided slices: grouped convolutions of a few taps are many times slower on CPUs.
    padded = functional.pad(result, (margin,) * 4, mode="replicate")
    height, width = result.shape[2:]
    across = torch.stack([tap * padded[..., k : k + width : scale] for k, tap in enumerate(kernel)]).sum(0)
    return torch.stack([tap * across[:, :, k : k + height : scale] for k, tap in enumerate(kernel)]).sum(0)
