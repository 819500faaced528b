"""Is a pair lit alike? The ratio of its light over the frame, and over windows."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coherence.planes import BLACK, CELL, WHITE, Array, Planes, cell_sums, tile_maximum, window_sums

Weighted = tuple[Array, Array]
"""Values and their weights."""

GLOW = 0.02
"""Share of the brightest pixel near by that adds to black: what a denoiser smears around a light."""
WEIGHED_AS_SMOOTH = 0.1
"""Log range of HR within an LR pixel up to which it counts in full; beyond, by the inverse square of its range."""
ASKED = ((0.2, 4, 20, 0.024), (0.7, 4, 40, 0.026), (np.inf, 1, 1, 0.03))
"""Whom to ask for the exposure, the best first: pixels of a smaller log range, so many of them in a cell, so many such
cells; and the log ratio from which the exposure fails. Of 157 good pairs the largest are 0.018 and 0.021."""
CLEAR = 0.04
"""Log ratio from which it fails at which nobody else is asked: 5 % are found then."""
UNCLEAR = 0.06
"""How far what fails may lie from 0, on either side: beyond it, 5 % more or less light would pass, although windows
of light find some of it, too."""
CERTAIN = 2.0
"""Standard errors of the median (1.253 of the mean's, Kenney and Keeping 1962) that are added to what fails."""
PER_SPREAD = 1.3
"""How many times the spread of the ratio the exposure must be off where nothing is smooth: denoisers change the light
of fine text and threads on black by up to a quarter, each letter's otherwise."""
LETTERS = 32
"""Pixels along what is compared to tell that from the pixel filter, which moves light by a pixel or two only."""
NOT_DENOISED = 0.02
"""Log ratio from which it fails there without a denoiser: noise evens out. Of 38 good pairs the largest is 0.014."""
WINDOWS = ((4, 0.24, 0.40), (8, 0.10, 0.28), (16, 0.05, 0.15))
"""Cells along a window, and the log ratio of its light from which it fails: by all its pixels, by those that are not
black. Of 184 good pairs the largest are 0.23, 0.08, 0.04 and 0.31, 0.21, 0.11."""


class Exposure(NamedTuple):
    """Light of LR over light of HR, and the log ratio from which that is too far from 1; infinite where all is dark."""

    ratio: float
    fails: float

    def off(self) -> bool:
        return abs(math.log(self.ratio)) > self.fails

    def unclear(self) -> bool:
        """Whether 5 % more or less would not be found: a denoiser gave every thread or letter another light."""
        return UNCLEAR < self.fails + abs(math.log(self.ratio)) < math.inf


def exposure_of(planes: Planes, *, denoised: bool) -> Exposure:
    """The weighted median over cells of 4 x 4 pixels of the ratio of their light: of smooth cells where there are
    enough. 1.0 where nothing is lit.
    """
    lit = (planes.lr > planes.black) & (planes.down > planes.black)
    span = np.log((planes.highest + planes.black) / (planes.lowest + planes.black))
    # A Monte-Carlo mean's relative error falls by the root of its light.
    weight = np.sqrt(np.minimum(planes.down, WHITE)) / (np.square(span) + np.float32(WEIGHED_AS_SMOOTH**2))
    best = Exposure(1.0, math.inf)
    for smooth, pixels, cells, fails in ASKED:
        asked = lit & (span < smooth)
        enough = cell_sums(asked) >= pixels
        if best.fails > CLEAR and np.count_nonzero(enough) >= cells:
            asked_of = np.where(asked, weight, np.float32(0))
            if np.isfinite(smooth):
                found = _exposure_of_smooth(planes, asked_of, enough, fails)
            else:
                found = _exposure_of_edges(planes, asked_of, fails, denoised)
            best = min(best, found, key=lambda exposure: exposure.fails)
    return best


def _exposure_of_smooth(planes: Planes, weight: Array, enough: NDArray[np.bool], fails: float) -> Exposure:
    middle, spread = _middle(_log_of_sums(planes, weight, enough))
    return Exposure(math.exp(middle), fails + CERTAIN * _error(spread, enough))


def _exposure_of_edges(planes: Planes, weight: Array, fails: float, denoised: bool) -> Exposure:
    """Two ratios must agree: that of sums is ruled by what a denoiser made of the brightest, that of single pixels by
    the pixel filter, and by noise, which draws LR down. The nearer to 1 counts, 1 where they contradict each other.
    """
    ratio = np.log((planes.lr + np.float32(BLACK)) / (planes.down + np.float32(BLACK)))
    of_pixels, spread = _middle(_mean_of(ratio, weight))
    lit = cell_sums(weight) > 0
    of_sums, _ = _middle(_log_of_sums(planes, weight, lit))
    middle = min(of_pixels, of_sums, key=abs) if of_pixels * of_sums > 0 else 0.0
    if not denoised:
        return Exposure(math.exp(middle), NOT_DENOISED + CERTAIN * _error(spread, lit))
    _, of_letters = _middle(_mean_of(ratio, weight, LETTERS))
    return Exposure(math.exp(middle), max(fails, PER_SPREAD * of_letters))


def _error(spread: float, cells: NDArray[np.bool]) -> float:
    """The standard error of the median of so many cells."""
    return 1.253 * spread / math.sqrt(np.count_nonzero(cells))


def _log_of_sums(planes: Planes, weight: Array, chosen: NDArray[np.bool]) -> Weighted:
    """Log ratio of the weighted light of each of these cells, and its weight."""
    lr, down, weights = (cell_sums(plane)[chosen] for plane in (planes.lr * weight, planes.down * weight, weight))
    return np.log(lr / down), weights


def _mean_of(plane: Array, weight: Array, side: int = CELL) -> Weighted:
    """The weighted mean of each cell, or of side x side pixels, that has any weight, and its weight."""
    sums, weights = cell_sums(plane * weight, side), cell_sums(weight, side)
    return sums[weights > 0] / weights[weights > 0], weights[weights > 0]


def _middle(weighted: Weighted) -> tuple[float, float]:
    """Weighted median and spread: from the quartiles, as the standard deviation of a normal distribution."""
    values, weights = weighted
    order = np.argsort(values)
    share = np.cumsum(weights[order], dtype=np.float64)
    low, middle, high = (float(values[order][np.searchsorted(share, share[-1] * part)]) for part in (0.25, 0.5, 0.75))
    return middle, (high - low) / 1.349


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
