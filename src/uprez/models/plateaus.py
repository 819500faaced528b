"""Even light beside a hard edge stays even: the inside of a lamp, the night around it.

In the compressed domain a step of many stops is a small one, and so a network's small error beside it is large in
light. Where the four LR pixels around an HR pixel are nearly alike, and something nearby is many times brighter or
darker, the result lies within their range of the bilinear mean. Elsewhere, in textures and at edges, nothing changes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.models.rows import Array

ALIKE = 0.2
"""The range of four pixels that are nearly alike, as a part of their mean."""
CONTRAST = 8
"""How many times brighter or darker something nearby must be."""
RADIUS = 3
"""LR pixels within which it is near."""
REACH = RADIUS + 1
"""LR pixels around its own that a pixel depends on."""
SLACK = 0.05
"""Light by which a result may leave the range, as a part of the mean: for grain."""


@dataclass(frozen=True)
class Plateau:
    """The HR pixels of one phase that lie in even light, by the row and the column of their LR pixel, (N,), and what
    they lie between.
    """

    phase: tuple[int, int]
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    low: Array
    high: Array

    def hold(self, result: Array, scale: int) -> Array:
        """Keep one channel of a linear result, (H * scale, W * scale), within the limits, in place; returns what that
        took away, (N,), negative where it gave.
        """
        into = result[self.phase[0] :: scale, self.phase[1] :: scale]
        before = into[self.rows, self.columns]
        held = np.clip(before, self.low, self.high)
        into[self.rows, self.columns] = held
        taken: Array = before - held
        return taken


def plateaus(source: NDArray[np.floating], scale: int) -> list[Plateau]:
    """The even light of one channel, (H, W), linear, finite and below 1e30 in magnitude. Beyond the edge the last pixel
    repeats.
    """
    height, width = source.shape
    around = np.pad(np.asarray(source, np.float32), 1, mode="edge")
    even, spread = _even_cells(around)
    if not even.any():
        return []
    found = []
    places = [_place(offset, scale) for offset in range(scale)]
    for y, (first_y, fraction_y) in enumerate(places):
        for x, (first_x, fraction_x) in enumerate(places):
            cells = even[first_y : first_y + height, first_x : first_x + width]
            rows, columns = np.nonzero(cells)
            if not len(rows):
                continue
            top, left = rows + first_y, columns + first_x
            upper = _between(around[top, left], around[top, left + 1], fraction_x)
            lower = _between(around[top + 1, left], around[top + 1, left + 1], fraction_x)
            mean = _between(upper, lower, fraction_y)
            room = np.asarray(spread[top, left] + np.float32(SLACK) * np.abs(mean), np.float32)
            found.append(Plateau((y, x), rows, columns, mean - room, mean + room))
    return found


def _between(one: Array, other: Array, fraction: float) -> Array:
    mixed: Array = one * np.float32(1 - fraction) + other * np.float32(fraction)
    return mixed


def _place(offset: int, scale: int) -> tuple[int, float]:
    """The cell, counted from the one before an LR pixel, in which its HR pixel of this offset lies, and how far into
    it.
    """
    position = (offset + 0.5) / scale - 0.5
    return (0, position + 1) if position < 0 else (1, position)


def _even_cells(around: Array) -> tuple[NDArray[np.bool_], Array]:
    """For each four LR pixels, (H + 1, W + 1): whether they are even light beside a hard edge, and their range.

    around: (H + 2, W + 2).
    """
    high, low = _of_four(np.maximum, around), _of_four(np.minimum, around)
    spread = high - low
    even: NDArray[np.bool_] = spread <= np.float32(ALIKE / 2) * np.abs(high + low)
    if even.any():
        far_high = _of_four(np.maximum, _widest(np.maximum, around))
        far_low = _of_four(np.minimum, _widest(np.minimum, around))
        even &= (far_high > CONTRAST * np.abs(high)) | (CONTRAST * np.abs(far_low) < np.abs(low))
    return even, spread


def _of_four(extreme: np.ufunc, image: Array) -> Array:
    rows = extreme(image[:-1], image[1:])
    four: Array = extreme(rows[:, :-1], rows[:, 1:])
    return four


def _widest(extreme: np.ufunc, around: Array) -> Array:
    """The extreme of the pixels within RADIUS of each, of the same shape."""
    size = 2 * RADIUS + 1
    height, width = around.shape
    padded = np.pad(around, RADIUS, mode="edge")
    rows = extreme.reduce([padded[k : k + height] for k in range(size)])
    widest: Array = extreme.reduce([rows[:, k : k + width] for k in range(size)])
    return widest
