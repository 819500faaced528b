"""What an LR frame shows by itself of how hard its detail is to bring back: no truth is needed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress
from uprez.models.interpolation import interpolate

Array = NDArray[np.float32]

STEP = 0.1
"""An edge is hard, and a line thin, where T changes by more, two stops, from one pixel to the next."""
_FLAT = 0.02
"""Noise is told where T changes by less over three pixels."""


class Signs(NamedTuple):
    """Of one frame, or means over those of a shot."""

    octave: float
    """RMS in T of what the frame loses when it is brought to half its size and back by bicubic interpolation: detail
    mostly goes on from one octave to the next.
    """
    hard: float
    """Share of pixels beside a hard edge."""
    thin: float
    """Share of pixels on a line that is a pixel wide."""
    noise: float
    """Standard deviation in T of what is left of noise in flat areas."""


def signs_of(source: NDArray[np.floating]) -> Signs:
    """source: scene-linear (H, W, 3 or more), 4 pixels along a side at least; what is no number counts as black or as
    the largest half float.
    """
    largest = float(np.finfo(np.float16).max)
    plane: Array = compress(np.nan_to_num(source[..., :3], nan=0.0, posinf=largest, neginf=-largest)).mean(axis=2)
    height, width = (length // 2 * 2 for length in plane.shape)
    even = plane[:height, :width]
    halved = even.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    lost = interpolate(halved[..., np.newaxis], "bicubic", 2)[..., 0] - even
    down, across = np.abs(np.diff(plane, axis=0)), np.abs(np.diff(plane, axis=1))
    return Signs(
        octave=float(np.sqrt(np.mean(np.square(lost, dtype=np.float64)))),
        hard=float(0.5 * ((down > STEP).mean() + (across > STEP).mean())),
        thin=float(0.5 * (_lines(plane, 0) + _lines(plane, 1))),
        noise=_noise(plane),
    )


def _lines(plane: Array, axis: int) -> float:
    """Share of pixels that stand out from both of their neighbours along an axis, to the same side."""
    steps = np.diff(plane, axis=axis)
    before, after = (np.take(steps, range(k, steps.shape[axis] - 1 + k), axis) for k in (0, 1))
    return float(((np.minimum(np.abs(before), np.abs(after)) > STEP) & (before * after < 0)).mean())


def _noise(plane: Array) -> float:
    """From the median of second differences along both axes where little else changes (Donoho 1994's estimate)."""
    second = plane[1:, 1:] - plane[:-1, 1:] - plane[1:, :-1] + plane[:-1, :-1]
    span = np.abs(plane[1:, 1:] - plane[:-1, :-1]) + np.abs(plane[:-1, 1:] - plane[1:, :-1])
    flat = np.abs(second[span < _FLAT])
    return float(np.median(flat) / 0.6745 / 2) if flat.size else 0.0
