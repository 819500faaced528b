"""Where in a frame training looks: shares of three densities over cells of CELL x CELL LR pixels.

A place is drawn as a pixel first: by chance evenly, by how light it is, or by how hard it is to interpolate. A patch
is then one of those that hold the pixel, all of them alike. So a patch's chance is the sum, over the pixels that it
holds, of the density there over how many patches hold the pixel (fewer at the frame's edges), for patches of any size,
and a draw costs one search.

Vavilala & Meyer 2020 sample patches by intensity; they don't say by which, or what becomes of dark frames. Here it is
the mean of |T| over R, G and B of LR, over that of its frame, so that a dark frame's bright places come as often as a
bright one's; frames are drawn by their area, and the even share keeps what is dark within a frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coding import STEPS, Light
from uprez.models.interpolation import interpolate, reach

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
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % CELL), (0, -width % CELL)))
    rows = padded.reshape(cells_of(height), CELL, -1).sum(axis=1)
    return rows.reshape(cells_of(height), cells_of(width), CELL).sum(axis=2, dtype=np.float64)


def cumulative(cells: NDArray[np.float64]) -> Cumulative:
    """The running sum of cells in reading order, up to 1; even where all are 0."""
    flat = cells.ravel()
    total = flat.sum()
    return np.cumsum(flat / total if total > 0 else np.full(flat.size, 1 / flat.size))


def intensity_of(lr: Sequence[Light]) -> Array:
    """The mean of |T| over the planes R, G, B of LR as they are stored, (H, W)."""
    return _mean([np.abs(plane) for plane in lr])


def rows_looked_at(hr: NDArray[Any], scale: int) -> NDArray[Any]:
    """Of an HR plane (H * scale, W * scale) the rows that `hardness_of` asks for: those of one row of LR pixels in each
    cell, (cells, scale, W * scale). What is hard is hard in the rows beside, too.
    """
    return hr.reshape(hr.shape[0] // scale, scale, hr.shape[1])[_middles(hr.shape[0] // scale)]


def hardness_of(lr: Sequence[Light], hr: Sequence[Light], scale: int) -> Array:
    """How far bicubic interpolation of LR is from HR, in T: the RMS over the HR pixels of each LR pixel of the mean of
    R, G and B, (H, W).

    lr: planes as they are stored, (H, W); hr: `rows_looked_at` of HR's, as they are stored.
    """
    height, width = lr[0].shape
    middles = _middles(height)
    around = np.clip(middles[:, np.newaxis] + np.arange(-reach("bicubic"), reach("bicubic") + 1), 0, height - 1)
    groups = around.shape[1]
    blurred = interpolate(_mean([plane[around.ravel()] for plane in lr])[..., np.newaxis], "bicubic", scale)
    blurred = blurred.reshape(len(middles), groups, scale, width * scale)[:, groups // 2]
    missed = (blurred - _mean(hr)).reshape(len(middles), scale, width, scale)
    rows = np.sqrt(np.square(missed).mean(axis=(1, 3)))
    return rows.repeat(CELL, axis=0)[:height]


def _middles(height: int) -> NDArray[np.intp]:
    return np.minimum(np.arange(0, height, CELL) + CELL // 2, height - 1)


def _mean(planes: Sequence[Light]) -> Array:
    """Of steps of T, in T."""
    total = planes[0].astype(np.int32)
    for plane in planes[1:]:
        total += plane
    return total * np.float32(1 / (len(planes) * STEPS))
