"""Drift: how far a result, brought down to its source's size, is from the source, in linear light."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_DARKEST = 0.01
"""Added to the source's block mean before it divides: a block of black has no relative drift."""


@dataclass(frozen=True)
class Drift:
    """Drift of one frame against its source."""

    mean: tuple[float, ...]
    """Per channel: sum of (lowered - source) over sum of |source|, signed. 0 where both sums are 0."""
    map: NDArray[np.float64]
    """(H // 8, W // 8, C): |mean of lowered - source| over |mean of source| + 0.01, of every whole 8x8 block."""

    @property
    def blocks(self) -> NDArray[np.float64]:
        """`map`, flat."""
        return self.map.ravel()

    @property
    def block_p99(self) -> float:
        """99th percentile of `blocks`. Pool the blocks of several frames before taking theirs."""
        return float(np.percentile(self.blocks, 99)) if self.blocks.size else 0.0


def drift(lowered: NDArray[np.floating], source: NDArray[np.floating], *, block: int = 8) -> Drift:
    """Drift of a result that was brought down by its renderer's down-kernel, against the source: both linear (H, W,
    C), 0 is none; NaN where either holds what is no number.
    """
    if lowered.shape != source.shape:
        raise ValueError(f"shapes differ: {lowered.shape} and {source.shape}")
    with np.errstate(invalid="ignore"):
        error = np.subtract(lowered, source, dtype=np.float64)
        light = np.abs(source, dtype=np.float64).sum(axis=(0, 1))
        total = error.sum(axis=(0, 1))
        mean = np.divide(total, light, out=np.where(total == 0, 0.0, np.copysign(np.inf, total)), where=light > 0)
        within = np.abs(_block_means(source.astype(np.float64), block)) + _DARKEST
        relative = np.abs(_block_means(error, block)) / within
    return Drift(tuple(float(value) for value in mean), relative)


def _block_means(array: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    """Means of whole block x block squares from the top left: (H, W, C) to (H // block, W // block, C)."""
    rows, columns = array.shape[0] // block, array.shape[1] // block
    whole = array[: rows * block, : columns * block]
    means: NDArray[np.float64] = whole.reshape(rows, block, columns, block, array.shape[2]).mean(axis=(1, 3))
    return means
