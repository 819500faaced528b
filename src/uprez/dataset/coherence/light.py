"""Is a pair lit alike? The ratio of its light over the frame, and over windows."""

import math
from typing import NamedTuple

import numpy as np

from uprez.dataset.coherence.planes import BLACK, WHITE, Array, Planes, cell_sums, tile_maximum, window_sums

GLOW = 0.02
"""Share of the brightest pixel near by that adds to black: what a denoiser smears around a light."""
WEIGHED_AS_SMOOTH = 0.1
"""Log range of HR within an LR pixel up to which it counts in full; beyond, by the inverse square of its range."""
ASKED = ((0.2, 4, 20, 0.024), (0.7, 4, 40, 0.03), (np.inf, 1, 1, 0.03))
"""Whom to ask for the exposure, the best first: pixels of a smaller log range, so many of them in a cell, so many such
cells; and the log ratio from which the exposure fails. Of 157 good pairs the largest are 0.018 and 0.021."""
CERTAIN = 2.0
"""Standard errors of the median (1.253 of the mean's, Kenney and Keeping 1962) that are added to what fails."""
PER_SPREAD = 1.3
"""How many times the spread of the ratio the exposure must be off where nothing is smooth: denoisers change the light
of fine text and threads on black by up to a quarter, each letter's otherwise."""
WINDOWS = ((4, 0.24, 0.40), (8, 0.10, 0.28), (16, 0.05, 0.15))
"""Cells along a window, and the log ratio of its light from which it fails: by all its pixels, by those that are not
black. Of 184 good pairs the largest are 0.23, 0.08, 0.04 and 0.31, 0.21, 0.11."""


class Exposure(NamedTuple):
    """Light of LR over light of HR, and the log ratio from which that is too far from 1."""

    ratio: float
    fails: float

    def off(self) -> bool:
        return abs(math.log(self.ratio)) > self.fails


def exposure_of(planes: Planes) -> Exposure:
    """The weighted median over cells of 4 x 4 pixels of the ratio of their light: of smooth cells where there are
    enough. 1.0 where nothing is lit.
    """
    lit = (planes.lr > planes.black) & (planes.down > planes.black)
    ratio = np.log((planes.lr + np.float32(BLACK)) / (planes.down + np.float32(BLACK)))
    span = np.log((planes.highest + planes.black) / (planes.lowest + planes.black))
    # A Monte-Carlo mean's relative error falls by the root of its light.
    weight = np.sqrt(np.minimum(planes.down, WHITE)) / (np.square(span) + np.float32(WEIGHED_AS_SMOOTH**2))
    for smooth, pixels, cells, fails in ASKED:
        asked = lit & (span < smooth)
        chosen = cell_sums(asked) >= pixels
        if np.count_nonzero(chosen) >= cells:
            asked_of = weight * asked
            weights = cell_sums(asked_of)[chosen]
            if np.isfinite(smooth):
                values = np.log(cell_sums(planes.lr * asked_of)[chosen] / cell_sums(planes.down * asked_of)[chosen])
            else:  # at edges sums are ruled by what the denoiser made of them
                values = cell_sums(ratio * asked_of)[chosen] / weights
            low, middle, high = _quantiles(values, weights, (0.25, 0.5, 0.75))
            spread = (high - low) / 1.349  # of a normal distribution, from its quartiles
            if np.isfinite(smooth):
                return Exposure(math.exp(middle), fails + CERTAIN * 1.253 * spread / math.sqrt(values.size))
            return Exposure(math.exp(middle), max(fails, PER_SPREAD * spread))
    return Exposure(1.0, math.inf)


def _quantiles(values: Array, weights: Array, shares: tuple[float, ...]) -> list[float]:
    order = np.argsort(values)
    share = np.cumsum(weights[order], dtype=np.float64)
    return [float(values[order][np.searchsorted(share, share[-1] * part)]) for part in shares]


def light_strength(planes: Planes, tiles: tuple[int, int]) -> Array:
    """How far the light of a tile's windows is off, in units of what fails.

    Two log ratios must agree: that of the window's sums, which a glint may rule, and the mean of its pixels', smooth
    ones first, which a filter or a denoiser may change at edges; the nearer to zero counts, none where signs differ.
    """
    black = planes.black + np.float32(GLOW) * planes.brightest
    lr, down = planes.lr + black, planes.down + black
    span = np.log((planes.highest + black) / (planes.lowest + black))
    smooth = 1 / (np.square(span) + np.float32(WEIGHED_AS_SMOOTH**2))
    ratio, lit = np.log(lr / down), 1 - black / np.maximum(lr, down)
    of_all, of_lit = ((cell_sums(weight * ratio), cell_sums(weight)) for weight in (smooth, smooth * lit))
    sums = cell_sums(lr), cell_sums(down)
    strength = np.zeros(tiles, np.float32)
    for side, *limits in WINDOWS:
        of_sums = np.log(_quotient(sums, side))
        for weighted, fails in zip((of_all, of_lit), limits, strict=True):
            of_pixels = _quotient(weighted, side)
            agreed = np.where(of_sums * of_pixels > 0, np.minimum(np.abs(of_sums), np.abs(of_pixels)), 0)
            np.maximum(strength, tile_maximum(agreed / np.float32(fails), side, tiles), out=strength)
    return strength


def _quotient(cells: tuple[Array, Array], side: int) -> Array:
    """Sum of the first over sum of the second, in every window."""
    below: Array = np.maximum(window_sums(cells[1], side), np.float32(BLACK))
    return window_sums(cells[0], side) / below
