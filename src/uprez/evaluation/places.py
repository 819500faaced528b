"""Where to look: the squares of a frame in which most is wrong."""

import numpy as np
from numpy.typing import NDArray

_STEP = 16
"""Pixels of the grid on which they lie."""


def worst_places(error: NDArray[np.floating], side: int, count: int) -> list[tuple[int, int]]:
    """Corners, (y, x), of up to `count` squares of `side` that don't overlap, the worst first, of an error (H, W).

    Values above the 99th percentile count as that, and so do such as are no numbers: single fireflies don't decide.
    """
    finite = error[np.isfinite(error)]
    most = float(np.quantile(finite, 0.99)) if finite.size else 0.0
    held = np.minimum(np.nan_to_num(error, nan=most, posinf=most), most).astype(np.float64)
    sums = np.pad(held.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    rows, columns = (np.arange(0, max(1, length - side + 1), _STEP) for length in error.shape)
    low, right = np.minimum(rows + side, error.shape[0]), np.minimum(columns + side, error.shape[1])
    within = sums[np.ix_(low, right)] - sums[np.ix_(rows, right)]
    within += sums[np.ix_(rows, columns)] - sums[np.ix_(low, columns)]
    places: list[tuple[int, int]] = []
    while len(places) < count and np.isfinite(within).any():
        row, column = np.unravel_index(int(within.argmax()), within.shape)
        y, x = int(rows[row]), int(columns[column])
        places.append((y, x))
        near = np.ix_(np.abs(rows - y) < side, np.abs(columns - x) < side)
        within[near] = -np.inf
    return places
