"""Where in a frame training looks: shares of three densities over cells of CELL x CELL LR pixels.

A place is drawn as a pixel first: by chance evenly, by how light it is, or by how hard it is to interpolate. A patch
is then any that holds the pixel, all of them alike. So a patch's chance is the mean, over the pixels that it holds, of
the density there, for patches of any size, and a draw costs one search.

Vavilala & Meyer 2020 sample patches by intensity; they don't say by which, or what becomes of dark frames. Here it is
the mean of |T| over R, G and B of LR, over that of its frame, so that a dark frame's bright places come as often as a
bright one's; frames are drawn by their area, and the even share keeps what is dark within a frame.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.models.interpolation import interpolate

CELL = 8
"""LR pixels along a cell; within a cell all pixels are alike."""
SMALLEST_ERROR = 0.003
"""Floor of a frame's error, 46 dB at peak 0.6: a frame that interpolation gets right must not rule the loss."""

Array = NDArray[np.float32]
Cumulative = NDArray[np.float64]


@dataclass(frozen=True)
class Density:
    """Shares of the three; only their proportions count. At least one is positive, none negative."""

    floor: float = 0.5
    """Evenly."""
    intensity: float = 0.5
    """By |T|: the importance sampling of the talk."""
    hardness: float = 1.0
    """By the absolute error of bicubic interpolation in T."""


def cells_of(side: int) -> int:
    """Cells along `side` pixels; the last one may be smaller."""
    return -(-side // CELL)


def cell_sums(plane: Array) -> NDArray[np.float64]:
    """(H, W) to sums over cells."""
    rows = np.add.reduceat(plane, np.arange(0, plane.shape[0], CELL), axis=0, dtype=np.float64)
    return np.add.reduceat(rows, np.arange(0, plane.shape[1], CELL), axis=1)


def cumulative(cells: NDArray[np.float64]) -> Cumulative:
    """The running sum of cells in reading order, up to 1; even where all are 0."""
    flat = cells.ravel()
    total = flat.sum()
    return np.cumsum(flat / total if total > 0 else np.full(flat.size, 1 / flat.size))


def intensity_of(lr: Array) -> Array:
    """Of compressed LR (H, W, 4): the mean of |T| over R, G, B, (H, W)."""
    return np.abs(lr[..., :3]).mean(axis=2)


def hardness_of(lr: Array, hr: Array, scale: int) -> Array:
    """How far bicubic interpolation of compressed LR (H, W, 4) is from HR, (H * scale, W * scale, 4): the RMS over the
    HR pixels of each LR pixel and over R, G, B, (H, W).
    """
    missed = interpolate(lr[..., :3], "bicubic", scale) - hr[..., :3]
    squared = np.square(missed, out=missed).mean(axis=2)
    height, width = lr.shape[:2]
    return np.sqrt(squared.reshape(height, scale, width, scale).mean(axis=(1, 3)))
