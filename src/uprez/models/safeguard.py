"""Where a result has lost the light that its source shows, or shows what its source has not: the difference made good.

A network has learned from renders, and may take what no render holds (a dither, a single bright pixel on black) for
noise. The light of a neighbourhood tells. Where the result, brought down, has about the source's, within a factor of
1.7, `consistency.enforce` is enough, and nothing is done here; from there to a factor of 2.4 more and more, and then
all, of the missing light is added pixel by pixel, and light that is too much is taken away in proportion. On rendered
frames that is next to nowhere.
"""

import numpy as np
from numpy.typing import NDArray

from uprez.models.consistency import Kernel, down
from uprez.models.interpolation import interpolate
from uprez.models.rows import Array, planes_of, weighted_sum

RADIUS = 4
"""LR pixels from the centre of a neighbourhood to its sides: so many that the faint rim of an edge is judged with its
bright side.
"""
REACH = RADIUS + 2
"""How many LR pixels away `safeguard` looks: one more for interpolating, one for the down-kernel, of up to 3 * scale
taps.
"""

LEFT_ALONE, MADE_GOOD = 0.75, 1.25
"""How far light may be off, as a logarithm to base 2, before anything and before all of it is made good."""
LEAST = 1e-4
"""Light, in scene-linear units, that does not count: far below what is seen."""


def safeguard(result: Array, source: NDArray[np.floating], kernel: Kernel, scale: int, *, colours: int) -> Array:
    """Give the result the source's light, pixel by pixel, where it is grossly off; changes and returns `result`.

    result: (H * scale, W * scale, C), source: (H, W, C), both linear and finite. colours: how many of the channels,
    from the first, are looked at; what is off in one is made good in all. Nothing changes its sign. A pixel depends on
    REACH LR pixels around it.
    """
    lowered = down(result, kernel, scale)
    share = _share(lowered[..., :colours], source[..., :colours])
    touched = np.flatnonzero(share.any(axis=1))
    if touched.size:
        some = slice(max(0, touched[0] - 1), min(len(share), touched[-1] + 2))
        channels = (planes_of(image[some]) for image in (source, lowered))
        own = result[some.start * scale : some.stop * scale].transpose(2, 0, 1)
        for into, wanted, has in zip(own, *channels, strict=True):
            _make_good(into, wanted, has, share[some], scale)
    return result


def _make_good(result: Array, wanted: Array, has: Array, share: Array, scale: int) -> None:
    """One channel, in place: result (H * scale, W * scale), the others (H, W)."""
    too_much = np.abs(has) > np.abs(wanted)
    kept = np.where(too_much, 1 - share * (1 - np.clip(wanted / np.where(too_much, has, 1), 0, 1)), 1)
    added = np.where(too_much, 0, share * (wanted - has))
    result *= kept.repeat(scale, axis=0).repeat(scale, axis=1)
    result += interpolate(added[..., np.newaxis], "bilinear", scale)[..., 0]


def _share(lowered: Array, source: NDArray[np.floating]) -> Array:
    """How much of the difference is made good, (H, W), 0 to 1: the most that any channel asks for."""
    share = np.zeros(source.shape[:2], np.float32)
    for has, wanted in zip(planes_of(lowered), planes_of(source), strict=True):
        off = np.abs(np.log2((_around(has) + LEAST) / (_around(wanted) + LEAST)))
        np.maximum(share, (off - LEFT_ALONE) / (MADE_GOOD - LEFT_ALONE), out=share)
    return np.minimum(share, 1, out=share)


def _around(plane: Array) -> Array:
    """The mean magnitude of the square of pixels around each of (H, W); beyond the edge the last pixel repeats."""
    side = 2 * RADIUS + 1
    around = np.pad(np.abs(plane), RADIUS, mode="edge")
    rows, mean = np.empty((len(plane), around.shape[1]), np.float32), np.empty(plane.shape, np.float32)
    weighted_sum([around[k : k + len(plane)] for k in range(side)], [1 / side] * side, rows)
    weighted_sum([rows[:, k : k + plane.shape[1]] for k in range(side)], [1 / side] * side, mean)
    return mean
