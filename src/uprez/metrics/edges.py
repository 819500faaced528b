"""The pixel filter that a frame seems to have, by the profiles of its sharpest edges.

Across a straight hard edge a frame holds the running sum of its pixel filter, sampled wherever the edge lies (the edge
spread function of ISO 12233). Every profile that begins and ends flat is held against those of all filters at
all places of the edge; so an edge need not be slanted, and its angle need not be known. Profiles go along rows and
columns, across edges that are nearly parallel to the axes: there a separable filter shows its own profile.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from uprez.pixel_filters import COMMON, pixel_filter

Array = NDArray[np.float32]
REACH = 6
"""Pixels on either side of an edge that a profile holds."""
_FLAT = 3  # of them, at either end, show whether an edge stands alone
_SAMPLED = 32  # places to a pixel at which filters are compared
_MOST = 4000  # profiles are enough, each way
_CANDIDATES = 100_000  # places that are looked at, each way
_TOLERANCE = 0.02  # of an edge's height: how even its ends are
_LEAST_HEIGHT = 0.1  # of the brighter side
_STRAIGHT = 0.1  # pixels by which an edge may bend over three
_SLANT = 0.25  # pixels sideways for each along it: a profile is 3 % wider then
SOFTER = ("gauss-2.5", "gauss-3", "gauss-4", "gauss-6", "gauss-8")
"""What no renderer's filter looks like, but frames that are out of focus or were scaled up."""
_FITS = 0.012
"""RMS misfit of a profile that some filter explains."""
_LEAST_EDGES = 60
_LEAST_HARD = 0.2  # of them, and half as many as are wanted of all: with fewer a frame is soft
_AGREE = 0.4  # of the hard edges must have the same filter
_ALIKE = 0.85  # of as many edges as the best explains: filters that can't be told apart


@dataclass(frozen=True)
class Estimate:
    """names: filters, best first, that the frame may have been seen through; several that hardly differ, none where
    nothing can be said. edges: how many were looked at. soft: there are clear edges, and they are wider than those of
    any filter: out of focus, moving or scaled up.
    """

    names: tuple[str, ...]
    edges: int
    soft: bool = False


def estimate_filter(luminance: Array) -> Estimate:
    """The pixel filter of a frame, (H, W), linear and finite.

    Edges may be softer than the filter makes them, by focus, motion and shading, so soft ones do not count beside hard
    ones: of those most have to agree.
    """
    known = (*COMMON, *SOFTER)
    misfit = misfits(edge_profiles(luminance), known)
    misfit = misfit[misfit.min(axis=1) < _FITS] if len(misfit) else misfit
    edges = len(misfit)
    if edges < _LEAST_EDGES:
        return Estimate((), edges)
    hard = misfit[misfit.argmin(axis=1) < len(known) - len(SOFTER)]
    if len(hard) < max(_LEAST_HARD * edges, _LEAST_EDGES / 2):
        return Estimate((), edges, soft=True)
    explained = (hard <= np.maximum(1.3 * hard.min(axis=1, keepdims=True), _FITS / 2)).mean(axis=0)
    if explained.max() < _AGREE:
        return Estimate((), edges)
    best = np.argsort(-explained[: len(COMMON)], kind="stable")
    return Estimate(tuple(COMMON[n] for n in best if explained[n] >= _ALIKE * explained.max()), edges)


def misfits(profiles: Array, names: tuple[str, ...]) -> Array:
    """(N, filters): RMS difference of each profile, (N, 2 * REACH + 1), from each filter's at the place where it fits
    best.
    """
    fits = []
    for name in names:
        table = _table(name)
        squares = np.square(profiles).sum(axis=1, keepdims=True) - 2 * profiles @ table.T + np.square(table).sum(axis=1)
        fits.append(np.sqrt(np.maximum(squares.min(axis=1), 0) / table.shape[1]))
    return np.stack(fits, axis=1)


@cache
def _table(name: str) -> Array:
    """(places, 2 * REACH + 1): the profile of an edge as the filter shows it, at all places within a pixel and half of
    one beyond.
    """
    places = np.arange(-_SAMPLED * 3 // 4, _SAMPLED * 3 // 4 + 1) / _SAMPLED
    positions = np.arange(-REACH, REACH + 1)[np.newaxis] - places[:, np.newaxis]
    taps = np.asarray(pixel_filter(name).taps(_SAMPLED))
    edges = (np.arange(len(taps) + 1) - len(taps) / 2) / _SAMPLED
    seen = np.interp(positions, edges, np.concatenate([[0], np.cumsum(taps)]))
    return _between(seen.astype(np.float32))


def _between(profiles: Array) -> Array:
    """Each from 0, the mean of its first two values, to 1, that of its last two."""
    low, high = profiles[..., :2].mean(axis=-1, keepdims=True), profiles[..., -2:].mean(axis=-1, keepdims=True)
    return (profiles - low) / (high - low)


def edge_profiles(luminance: Array) -> Array:
    """(N, 2 * REACH + 1): profiles across the lone, straight edges of a frame, (H, W), linear and finite; from 0 on one
    side to 1 on the other.
    """
    return np.concatenate([_down(luminance), _down(np.ascontiguousarray(luminance.T))])


def _down(plane: Array) -> Array:
    """Those of edges that lie nearly along the rows."""
    height, width = plane.shape
    if height < 2 * REACH + 1 or width < 3:
        return np.empty((0, 2 * REACH + 1), np.float32)
    y, x = _steepest(plane)
    around = plane[y[:, np.newaxis] + np.arange(-REACH, REACH + 1), x[:, np.newaxis]]
    ends = around[:, [0, -1]]
    tall = np.abs(ends[:, 1] - ends[:, 0])
    steep = np.abs(around[:, REACH + 1] - around[:, REACH - 1])
    alone = (tall > _LEAST_HEIGHT * np.abs(ends).max(axis=1)) & (steep > tall / 4)
    for side, flat in ((0, around[:, :_FLAT]), (1, around[:, -_FLAT:])):
        alone &= np.abs(flat - ends[:, side : side + 1]).max(axis=1) < _TOLERANCE * tall
    y, x = y[alone], x[alone]
    step = -(-len(y) // _MOST) or 1
    return _straight(plane, y[::step], x[::step])


def _steepest(plane: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns where a column is steepest, and steep enough for an edge; not at the frame's border."""
    slope = np.abs(plane[2:] - plane[:-2])  # row y of it is that of y + 1
    middle = slope[REACH - 1 : 1 - REACH]
    light = np.maximum(np.abs(plane[REACH - 1 : -REACH - 1]), np.abs(plane[REACH + 1 : 1 - REACH]))
    edge = (middle > slope[REACH - 2 : -REACH]) & (middle >= slope[REACH : 2 - REACH])
    edge &= middle > _LEAST_HEIGHT / 4 * light
    edge[:, [0, -1]] = False
    y, x = np.nonzero(edge)
    step = -(-len(y) // _CANDIDATES) or 1  # a noisy frame is steep everywhere
    return y[::step] + REACH, x[::step]


def _straight(plane: Array, y: NDArray[np.intp], x: NDArray[np.intp]) -> Array:
    """The profiles at these places whose neighbours' edges lie on one line with theirs, nearly along the row."""
    columns = x[:, np.newaxis, np.newaxis] + np.array([[-1], [0], [1]])
    beside = _between_safely(plane[y[:, np.newaxis, np.newaxis] + np.arange(-REACH, REACH + 1), columns])
    place = (1 - beside).sum(axis=2)  # an even filter's profile adds up to where the edge is
    bend, slant = place[:, 0] - 2 * place[:, 1] + place[:, 2], (place[:, 2] - place[:, 0]) / 2
    straight = (np.abs(bend) < _STRAIGHT) & (np.abs(slant) < _SLANT)
    return beside[straight, 1]


def _between_safely(profiles: Array) -> Array:
    """As `_between`; of the neighbours of an edge some may be even."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(_between(profiles), nan=9, posinf=9, neginf=9)
