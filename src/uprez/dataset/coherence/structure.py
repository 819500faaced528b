"""Are the same things in the same places? What lies outside the range that the other image allows, and what a local
displacement explains.
"""

import numpy as np

from uprez.dataset.coherence.planes import CELL, Array, Planes, cell_sums, neighbourhood, tile_maximum, window_sums
from uprez.dataset.coherence.shift import gradient_sums
from uprez.encoding import compress

NEAR = 0.05
"""Share of the brightest of the 3 x 3 pixels around that a value may be off: filters and denoisers differ."""
FAR = 0.005
"""The same of the brightest within about 16 pixels: what a denoiser smears around a light."""
EXCESS_SIDE = 2
"""Cells along a window of the excess: 8 pixels."""
EXCESS = 0.03
"""RMS excess of a window, in T, from which it fails: half a stop over all of it."""
USUAL = 0.9
"""Share of the lit windows that are taken as the pair's usual ones."""
PER_USUAL = 1.5
"""How many times the excess of the worst usual window it must be more: noise that no denoiser took."""
MOST_USUAL = 0.02
"""RMS excess, in T, that noise may make at most: more of it is a fault over much of the frame."""
MOVED_SIDE = 3
"""Cells along a window whose displacement is sought: 12 pixels."""
MOVED = 1.0
"""Displacement in LR pixels, weighed by what it explains, from which such a window fails."""
MOST_MOVED = 1.5
"""LR pixels at most: beyond, gradients know nothing."""
CLEAR = 0.02
"""RMS change in T that a displacement must explain to count in full."""
GRADIENT_NOISE = 0.004
"""Slope of T a pixel that noise alone makes; keeps flat windows still."""
SLANT = 0.02
"""Share of a window's gradients that is taken to lie across them: along an edge nothing is known."""
SMEARED = 0.01
"""Share of the brightest near by that adds to black before T: it would show displacements of next to nothing."""


def structure_strength(planes: Planes, tiles: tuple[int, int]) -> Array:
    """How far the structure of a tile's windows differs, in units of what fails."""
    return np.maximum(excess_strength(planes, tiles), _moved_strength(planes, tiles))


def excess_of(planes: Planes) -> Array:
    """How far LR lies outside the range of HR's samples that its filter may see, or HR brought down outside LR's 3 x 3
    neighbourhood, in T; zero inside.

    No filter with positive weights leaves that range, whichever it is, so that text, hair and glints pass; a thing that
    moved or is missing does not.
    """
    near = neighbourhood(np.maximum(planes.highest, planes.lr), np.maximum)
    off = np.float32(NEAR) * near + np.float32(FAR) * planes.brightest + planes.black
    least, most = neighbourhood(planes.lr, np.minimum), neighbourhood(planes.lr, np.maximum)
    excess = _outside(planes.lr, planes.lowest - off, planes.highest + off)
    return np.maximum(excess, _outside(planes.down, least - off, most + off), out=excess)


def _outside(value: Array, lowest: Array, highest: Array) -> Array:
    return np.abs(compress(value) - compress(np.clip(value, lowest, highest)))


def excess_strength(planes: Planes, tiles: tuple[int, int]) -> Array:
    """As `structure_strength`, by what lies outside the other image's range alone."""
    per_window = EXCESS_SIDE * EXCESS_SIDE * CELL * CELL
    windows = np.sqrt(np.maximum(window_sums(cell_sums(np.square(excess_of(planes))), EXCESS_SIDE), 0) / per_window)
    lit = window_sums(cell_sums(planes.down), EXCESS_SIDE) > planes.black * per_window
    usual = min(float(np.quantile(windows[lit], USUAL)), MOST_USUAL) if lit.any() else 0.0
    return tile_maximum(windows / np.float32(EXCESS + PER_USUAL * usual), EXCESS_SIDE, tiles)


def _moved_strength(planes: Planes, tiles: tuple[int, int]) -> Array:
    """By Lucas & Kanade 1981 in every window. Another filter's difference is even about an edge, a displacement's is
    odd: by its displacement an edge that moved is told from one that is sharper.
    """
    black = planes.black + np.float32(SMEARED) * planes.brightest
    sums = gradient_sums(compress(planes.lr + black), compress(planes.down + black), CELL)
    xx, xy, yy, xd, yd, dd = (window_sums(cells, MOVED_SIDE) / np.float32((MOVED_SIDE * CELL) ** 2) for cells in sums)
    least = np.float32(SLANT) * (xx + yy) + np.float32(GRADIENT_NOISE**2)
    determinant = (xx + least) * (yy + least) - xy * xy
    x, y = ((yy + least) * xd - xy * yd) / determinant, ((xx + least) * yd - xy * xd) / determinant
    explained = np.maximum(x * xd + y * yd, 0)
    share = np.minimum(explained / (dd + np.float32(1e-9)), 1)
    clear = np.minimum(np.sqrt(explained) / np.float32(CLEAR), 1)
    moved = np.minimum(np.hypot(x, y), np.float32(MOST_MOVED)) * np.sqrt(share) * clear
    return tile_maximum(moved / np.float32(MOVED), MOVED_SIDE, tiles)
