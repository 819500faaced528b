"""Values that jump between surfaces: depth, position, surface coordinates, motion. No result lies between two surfaces.

Where the four nearest samples are of one surface the result is their bilinear mean; elsewhere it *is* one of the four,
so that it is a value that the renderer gave. Which one follows the edge: the sides of the edge are told apart in the 4
x 4 samples around, and a cubic B-spline (Unser 1999, Splines: A Perfect Fit for Signal and Image Processing, eq. 5)
weighs them; the heavier side wins.
"""

import numpy as np
from numpy.typing import NDArray

from uprez.upscaling.phases import PAD, Phase, empty_result, in_blocks, lengths, padded, phases

REACH = PAD
"""LR pixels around its own that a result depends on."""

BEND = 0.25
"""Samples are of one surface if the step between two differs from the step before or after by at most this part of it.
"""
RELATIVE_STEP = 0.1
"""A single value (a depth) that steps by more than this part of itself is never interpolated, however even the steps
are.
"""
_ROUNDING = {np.dtype("<f2"): 1.5 * 2.0**-10, np.dtype("<f4"): 4 * 2.0**-23}
_AT_ONCE = 1 << 16  # LR pixels whose neighbourhoods are in memory together, some 2 KiB each
_OUTSIDE = 1e60  # stands for +Inf while distances are measured; NaN and -Inf have others: each is a surface of its own

Values = NDArray[np.floating]


def nearest_surface(source: Values, scale: int) -> Values:
    """(H, W, C), any floating type, to (H * scale, W * scale, C) of the same type. Rows beyond REACH have no influence.

    All channels choose together, as one vector. NaN and infinities are kept, bit for bit, and never mixed with numbers.
    """
    return in_blocks(_enlarged, source, scale, REACH)


def _enlarged(source: Values, scale: int) -> Values:
    around = padded(source)
    measured = _measurable(around)
    one_surface = _smooth_cells(measured, _ROUNDING.get(source.dtype, 0.0))
    result = empty_result(source, scale)
    for phase in phases(scale):
        into = phase.of(result, scale)
        even = phase.sample(one_surface, 0, 0)
        into[...] = source
        if even.any():
            mean = np.zeros(source.shape)
            for sample, weight in phase.corners(measured):
                mean += sample * weight
            np.copyto(into, mean, where=even[..., np.newaxis], casting="same_kind")
        _follow_edges(into, around, measured, ~even, phase)
    return result


def _measurable(around: Values) -> NDArray[np.float64]:
    """The values as float64, what is not finite replaced by numbers far away from all others and from each other."""
    return np.nan_to_num(around.astype(np.float64), nan=-2 * _OUTSIDE, posinf=_OUTSIDE, neginf=-_OUTSIDE)


def _smooth_cells(measured: NDArray[np.float64], rounding: float) -> NDArray[np.bool_]:
    """For every sample of the padded grid: is it of one surface with those right of, below, and diagonally below it?"""
    across = _even_steps(measured, rounding)
    down = _even_steps(measured.swapaxes(0, 1), rounding).swapaxes(0, 1)
    cells = np.zeros(measured.shape[:2], np.bool_)
    cells[:-1, :-1] = across[:-1] & across[1:] & down[:, :-1] & down[:, 1:]
    return cells


def _even_steps(measured: NDArray[np.float64], rounding: float) -> NDArray[np.bool_]:
    """(H, W - 1): is the step from a sample to its right neighbour one that a single surface makes?"""
    size = lengths(measured)
    larger = np.maximum(size[:, 1:], size[:, :-1])
    step = measured[:, 1:] - measured[:, :-1]
    length = lengths(step)
    flat = length <= rounding * larger
    bend = lengths(step[:, 1:] - step[:, :-1])
    before = np.pad(bend, ((0, 0), (1, 0)), constant_values=np.inf)
    after = np.pad(bend, ((0, 0), (0, 1)), constant_values=np.inf)
    even = np.minimum(before, after) <= BEND * length + rounding * larger
    if measured.shape[2] == 1:
        even &= length <= RELATIVE_STEP * larger
    return (flat | even) & (larger < _OUTSIDE)


def _follow_edges(
    into: Values, around: Values, measured: NDArray[np.float64], edge: NDArray[np.bool_], phase: Phase
) -> None:
    """Where the nearest sample is not on the side of the edge that the neighbourhood puts this phase's pixels on, take
    another.

    `into` holds the nearest samples. A feature that is only a pixel or a corner wide is left alone: no vote may erase
    it.
    """
    rows, columns = np.nonzero(edge)
    for some in range(0, len(rows), _AT_ONCE):
        at_once = slice(some, some + _AT_ONCE)
        _vote(into, around, measured, (rows[at_once], columns[at_once]), phase)


def _vote(
    into: Values,
    around: Values,
    measured: NDArray[np.float64],
    places: tuple[NDArray[np.intp], NDArray[np.intp]],
    phase: Phase,
) -> None:
    """`_follow_edges` for the LR pixels at `places`."""
    rows, columns = places
    top, left = rows + PAD + phase.y.first - 1, columns + PAD + phase.x.first - 1
    steps = np.arange(4)
    square = measured[(top[:, None] + steps)[:, :, None], (left[:, None] + steps)[:, None, :]]  # (N, 4, 4, C)
    upper = _sides(square)
    own_y, own_x = 1 + round(phase.y.fraction), 1 + round(phase.x.fraction)
    same = upper == upper[:, own_y, own_x, None, None]
    weights = np.outer(_spline(phase.y.fraction), _spline(phase.x.fraction))
    outvoted = (same * weights).sum(axis=(1, 2)) < 0.5
    company = same[:, own_y - 1 : own_y + 2, own_x - 1 : own_x + 2].sum(axis=(1, 2)) - 1
    change = np.nonzero(outvoted & (company >= 4))[0]
    bilinear = np.outer([1 - phase.y.fraction, phase.y.fraction], [1 - phase.x.fraction, phase.x.fraction])
    best = np.where(same[change, 1:3, 1:3], -1.0, bilinear).reshape(len(change), 4).argmax(axis=1)
    there = top[change] + 1 + best // 2, left[change] + 1 + best % 2
    into[rows[change], columns[change]] = around[there]


def _sides(square: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, 4, 4, C) to (N, 4, 4): on which side of its edge each sample lies, by the two of the inner four that differ
    most.
    """
    inner = square[:, 1:3, 1:3].reshape(len(square), 4, -1)
    distance = lengths(inner[:, :, None] - inner[:, None, :]).reshape(len(square), 16)
    farthest = distance.argmax(axis=1)
    some = np.arange(len(square))
    low, high = inner[some, farthest // 4], inner[some, farthest % 4]
    away = high - low
    along = ((square - low[:, None, None]) * away[:, None, None]).sum(axis=3)
    return along > 0.5 * (away * away).sum(axis=1)[:, None, None]


def _spline(fraction: float) -> NDArray[np.float64]:
    """Cubic B-spline weights of the samples -1, 0, 1, 2 for a point `fraction` after sample 0; they sum to 1."""
    t = fraction
    return np.array([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3]) / 6
