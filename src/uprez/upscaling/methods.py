"""How layers that need no network are enlarged: pure functions, (H, W, C) to (H * scale, W * scale, C)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import repair_nonfinite
from uprez.models.interpolation import interpolate
from uprez.upscaling.phases import PAD, Phase, in_blocks, lengths, padded, phases

REACH = PAD + 2
"""LR pixels around its own that a result of any function here depends on: the interpolation's, and those that stand in
for a NaN.
"""

UNIT_TOLERANCE = 4e-3
"""A vector this close to length 1 counts as unit: half floats round each component by up to 2^-11 of itself."""

Array = NDArray[np.float32]


def nearest(source: NDArray[Any], scale: int) -> NDArray[Any]:
    """Every HR pixel is its LR pixel, bit for bit, whatever the type."""
    return source.repeat(scale, axis=0).repeat(scale, axis=1)


def held(source: NDArray[np.floating], scale: int) -> Array:
    """Bicubic, held between the smallest and the largest of the four nearest samples: no value that was not there
    around it.

    NaN and infinities stay the value of exactly those HR pixels that lie in them; beside them their finite neighbours
    count.
    """
    return in_blocks(_held, source, scale, REACH)


def _held(source: NDArray[np.floating], scale: int) -> Array:
    values, bad = _finite(source)
    result = interpolate(values, "bicubic", scale)
    around = padded(values)
    for phase in phases(scale):
        low, high = corner_range(around, phase)
        into = phase.of(result, scale)
        # fmin and fmax prefer numbers: where weights of opposite sign have overflowed to NaN, a bound is taken.
        np.fmin(np.fmax(into, low, out=into), high, out=into)
    return _put_back(result, source, bad, scale)


def normals(source: NDArray[np.floating], scale: int) -> Array:
    """Bicubic on vectors (H, W, 2 or 3 or more), then by what the LR pixel holds: unit vectors give unit vectors, zero
    gives zero.

    Any other vector (a filtered edge, normals coded as colour) is kept as interpolated, held between the four nearest
    samples. NaN and infinities as for `held`.
    """
    return in_blocks(_normals, source, scale, REACH)


def _normals(source: NDArray[np.floating], scale: int) -> Array:
    values, bad = _finite(source)
    length = lengths(values)[..., np.newaxis]
    unit, zero = np.abs(length - 1) <= UNIT_TOLERANCE, length == 0
    result = interpolate(values, "bicubic", scale)
    around = padded(values)
    for phase in phases(scale):
        into = phase.of(result, scale)
        low, high = corner_range(around, phase)
        turned = lengths(into)[..., np.newaxis]
        # Opposite vectors cancel out: there is no direction in between, so the LR pixel's own is taken; as it is where
        # nothing turns.
        alone = (turned < 0.1) | (low == high).all(axis=2, keepdims=True)
        direction = np.where(alone, values, into / np.where(turned > 0, turned, 1))
        np.clip(into, low, high, out=into)
        np.copyto(into, direction, where=unit)
        np.copyto(into, 0, where=zero)
    return _put_back(result, source, bad, scale)


def corner_range(around: NDArray[np.floating], phase: Phase) -> tuple[Array, Array]:
    """The smallest and the largest of the four nearest samples, for each HR pixel of a phase, from a `padded` array."""
    samples = [sample for sample, _ in phase.corners(around)]
    return np.minimum.reduce(samples), np.maximum.reduce(samples)


def _finite(source: NDArray[np.floating]) -> tuple[Array, NDArray[np.bool_] | None]:
    """The values as float32, non-finite ones replaced from their neighbours, and where those were (None: nowhere)."""
    bad = ~np.isfinite(source)
    if not bad.any():
        return source.astype(np.float32), None
    return repair_nonfinite(source.astype(np.float32))[0].astype(np.float32), bad


def _put_back(result: Array, source: NDArray[np.floating], bad: NDArray[np.bool_] | None, scale: int) -> Array:
    """The result with the source's non-finite values where their LR pixels are."""
    if bad is not None:
        np.copyto(result, nearest(source.astype(np.float32), scale), where=nearest(bad, scale))
    return result
