"""Consistency: a result, brought down again, must be its source in linear light, whatever the model did.

The down-kernel is the renderer's pixel filter seen at two sizes. It is fitted on pairs (`uprez.models.down_kernel`),
kept in the model's card, and used here. Only low frequencies are enforced: an LR pixel carries noise of its own, a
neighbourhood's sum is sure.

    w = u^2        g = U' (f - D u) / (U' D w + eps)        u' = u + w U g

with u the result, f the source, D the down-kernel, U bilinear interpolation from a grid of one point for CELL x CELL LR
pixels, and U' its adjoint, sums under tents: iterative back-projection (Irani & Peleg 1991, CVGIP 53(3), eq. 3) in one
step, each neighbourhood's missing light shared out by w. The tents of all points add up to 1 everywhere, so that all
that is missing arrives: the mean is kept. The square is the least change in T for the same light, since T is
logarithmic; with it, and with cells as wide as they are, PSNR loses least where the source itself is off. Black stays
black.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from uprez.models.rows import Array, planar, planes_of, weighted_sum

Kernel: TypeAlias = Sequence[float] | NDArray[np.floating]

CELL = 16
"""LR pixels from one point of the grid to the next. A tent reaches as far on either side of its point."""

REACH = 2 * CELL + 1
"""How many LR pixels away `enforce` looks: to the next point, over its tent, and one pixel for the down-kernel."""

LEAST = 1e-8  # eps, for a mean of w: (1e-4)^2, far below what T resolves near black
FALL, RISE = -0.5, 1.0  # no pixel is more than halved or doubled
SHARED_ROWS = 16  # worked on at once, so that they stay in the cache


def down(result: NDArray[np.floating], kernel: Kernel, scale: int) -> Array:
    """Bring (H * scale, W * scale, C) down to (H, W, C) float32 by the separable kernel, in linear light; edges repeat.

    kernel: taps at HR pixels centred on the LR pixel, `scale` or an even number more. Looks one LR pixel away where
    it has up to 3 * scale taps.
    """
    planes, margin = planes_of(result), (len(kernel) - scale) // 2
    channels, height, width = planes.shape
    lr = planar(height // scale, width // scale, channels)
    for plane, into in zip(planes, lr.transpose(2, 0, 1), strict=True):
        padded = np.pad(plane, margin, mode="edge")
        rows = np.empty((height // scale, padded.shape[1]), np.float32)
        weighted_sum([padded[k : k + height : scale] for k in range(len(kernel))], kernel, rows)
        weighted_sum([rows[:, k : k + width : scale] for k in range(len(kernel))], kernel, into)
    return lr


def enforce(
    result: NDArray[np.floating],
    source: NDArray[np.floating],
    kernel: Kernel,
    scale: int,
    *,
    first_row: int = 0,
    out: Array | None = None,
) -> Array:
    """The result with the source's light: the low frequencies of `down(result)` become the source's.

    result: (H * scale, W * scale, C), source: (H, W, C), both linear and finite. first_row: the frame's LR row that is
    theirs at the top, for a band of a frame: the grid begins with the frame. out: where it goes instead of a new array,
    of the result's shape; may be the result itself. No value is more than halved or doubled; zero stays. A pixel
    depends on REACH LR pixels around it, for kernels of up to 3 * scale taps.
    """
    channels, height, width = planes_of(source).shape
    up = Axis(first_row, height, scale), Axis(0, width, scale)
    under_hr = [_tents(axis, kernel, scale) for axis in up]
    under_lr = [_tents(Axis(axis.first, axis.size, 1), (1.0,), 1) for axis in up]
    enforced = planar(height * scale, width * scale, channels) if out is None else out
    for u, f, into in zip(planes_of(result), planes_of(source), enforced.transpose(2, 0, 1), strict=True):
        has, weight = _sums(u, under_hr)
        missing = _sum(f, under_lr) - has
        _share_out(u, missing / (weight + LEAST), up, into)
    return enforced


class Axis(NamedTuple):
    """Rows or columns of an image at `scale` times the source's size, and the grid's points along them."""

    first: int
    """The frame's LR row, or column, with which it begins."""
    size: int
    """LR pixels."""
    scale: int

    def places(self) -> tuple[NDArray[np.intp], Array]:
        """For every pixel the point at or before it and how far it is on the way to the next, 0 to 1; beyond the
        outermost points, at those. Points are counted from the first one within reach.
        """
        pixels = self.first + (np.arange(self.size * self.scale) + 0.5) / self.scale - 0.5
        place = np.clip((pixels - (CELL - 1) / 2) / CELL, 0, None)
        before = np.floor(place).astype(np.intp)
        before, last = before - before[0], -(-(self.first + self.size) // CELL) - 1 - before[0]
        fraction = np.where(before < last, place - np.floor(place), 0).astype(np.float32)
        return np.minimum(before, last), fraction


class Tent(NamedTuple):
    """What one point of the grid sums up: pixels from `start` on, by weights."""

    start: int
    weights: Array


def _tents(axis: Axis, kernel: Kernel, scale: int) -> list[Tent]:
    """U' D along one axis: the tents of its points, spread by the kernel over the pixels at `scale`. They add up to
    about one over a cell's area: sums become means.
    """
    before, fraction = Axis(axis.first, axis.size, 1).places()
    margin = (len(kernel) - scale) // 2
    tents = []
    for point in range(int(before[-1]) + (2 if fraction[-1] else 1)):
        share = np.where(before == point, 1 - fraction, np.where(before == point - 1, fraction, 0)) / CELL
        spread = np.zeros(axis.size * scale + 2 * margin)
        for tap, weight in enumerate(kernel):
            spread[tap : tap + axis.size * scale : scale] += weight * share
        # What the kernel takes from beyond the edge is the edge.
        inside = spread[margin : margin + axis.size * scale]
        inside[0] += spread[:margin].sum()
        inside[-1] += spread[margin + axis.size * scale :].sum()
        used = np.flatnonzero(inside)
        tents.append(Tent(int(used[0]), inside[used[0] : used[-1] + 1].astype(np.float32)))
    return tents


def _sums(plane: Array, tents: Sequence[Sequence[Tent]]) -> tuple[Array, Array]:
    """The plane, (H, W), and its square, summed under every point's tent: (points down, points across) each."""
    own, squares = (np.empty((len(tents[0]), plane.shape[1]), np.float32) for _ in range(2))
    for point, (start, weights) in enumerate(tents[0]):
        rows = plane[start : start + len(weights)]
        _weighted(rows, weights, own[point])
        _weighted(np.square(rows), weights, squares[point])
    return _across(own, tents[1]), _across(squares, tents[1])


def _sum(plane: Array, tents: Sequence[Sequence[Tent]]) -> Array:
    """As `_sums`, of the plane alone."""
    own = np.empty((len(tents[0]), plane.shape[1]), np.float32)
    for point, (start, weights) in enumerate(tents[0]):
        _weighted(plane[start : start + len(weights)], weights, own[point])
    return _across(own, tents[1])


def _weighted(rows: Array, weights: Array, out: Array) -> None:
    """out = sum of weights[y] * rows[y], row after row, without a copy of the rows."""
    np.einsum("y,yx->x", weights, rows, out=out)


def _across(rows: Array, tents: Sequence[Tent]) -> Array:
    """Sums along the rows, (points down, W) to (points down, points across), by columns: in one order for any number
    of rows.
    """
    columns, sums = np.ascontiguousarray(rows.T), np.empty((len(tents), len(rows)), np.float32)
    for point, (start, weights) in enumerate(tents):
        _weighted(columns[start : start + len(weights)], weights, sums[point])
    return sums.T


def _share_out(u: Array, grid: Array, up: tuple[Axis, Axis], out: Array) -> None:
    """out = u (1 + clip(u gain)), the gain interpolated from the grid."""
    before, fraction = up[1].places()
    after = np.minimum(before + 1, grid.shape[1] - 1)
    wide = grid[:, before] + fraction * (grid[:, after] - grid[:, before])
    steps = np.diff(wide, axis=0, append=wide[-1:])
    before, fraction = up[0].places()
    space = np.empty((SHARED_ROWS, u.shape[1]), np.float32)
    for point in range(before[0], before[-1] + 1):
        first, last = np.searchsorted(before, (point, point + 1))
        for y0 in range(first, last, SHARED_ROWS):
            rows = slice(y0, min(y0 + SHARED_ROWS, last))
            gain = space[: rows.stop - rows.start]
            np.multiply(fraction[rows, np.newaxis], steps[point], out=gain)
            np.add(gain, wide[point], out=gain)
            np.multiply(gain, u[rows], out=gain)
            np.clip(gain, FALL, RISE, out=gain)
            np.multiply(gain, u[rows], out=gain)
            np.add(u[rows], gain, out=out[rows])
