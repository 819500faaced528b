"""Where a result has lost the light that its source shows, or shows what its source has not: the difference made good.

A network has learned from renders, and may take what no render holds (a dither, a single bright pixel on black) for
noise. The light of a neighbourhood tells. Where the result, brought down, has between half and twice the source's,
`consistency.enforce` is enough, and nothing is done here; from there to a quarter and four times more and more, and
then all, of the missing light is added pixel by pixel, and light that is too much is taken away in proportion. On
rendered frames that is next to nowhere.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from uprez.models.consistency import Kernel, down
from uprez.models.rows import Array, planes_of

TILE = 32  # LR pixels each way that are made good at once: where nothing is off, nothing is done
RADIUS = 4
"""LR pixels from the centre of a neighbourhood to its sides: so many that the faint rim of an edge is judged with its
bright side.
"""
REACH = RADIUS + 1
"""How many LR pixels away `safeguard` looks: one more for the down-kernel, of up to 3 * scale taps."""

LEFT_ALONE, MADE_GOOD = 1.0, 2.0
"""How far light may be off, as a logarithm to base 2, before anything and before all of it is made good."""
LEAST = 1e-4
"""Light, in scene-linear units, that does not count: far below what is seen."""


def safeguard(result: Array, source: NDArray[np.floating], kernel: Kernel, scale: int, *, colours: int) -> Array:
    """Give the result the source's light, pixel by pixel, where it is grossly off; changes and returns `result`.

    result: (H * scale, W * scale, C), source: (H, W, C), both linear and finite. colours: how many of the channels,
    from the first, are looked at; what is off in one is made good in all. Nothing changes its sign. A pixel depends on
    REACH LR pixels around it.
    """
    lowered = down(result[..., :colours], kernel, scale)
    share = _share(lowered, source[..., :colours])
    if share.any():
        others = down(result[..., colours:], kernel, scale)
        lowered = np.concatenate([planes_of(lowered), planes_of(others)]).transpose(1, 2, 0)
        for rows, columns in product(*(range(0, size, TILE) for size in share.shape)):
            if share[rows : rows + TILE, columns : columns + TILE].any():
                _make_good(result, source, lowered, share, scale, (rows, columns))
    return result


def _make_good(
    result: Array, source: NDArray[np.floating], has: Array, share: Array, scale: int, corner: tuple[int, int]
) -> None:
    """One tile, in place: result (H * scale, W * scale, C), source and what the result has of it (H, W, C), share
    (H, W).
    """
    inner = tuple(slice(start, start + TILE) for start in corner)
    wanted, lowered, part = source[inner], has[inner], share[inner][..., np.newaxis]
    too_much = np.abs(lowered) > np.abs(wanted)
    left = np.clip(np.divide(wanted, lowered, out=np.ones_like(lowered), where=too_much), 0, 1)
    # Within its own LR pixel: light that spilled into a dark neighbour would leave its limits, and be cut off again.
    added = np.where(too_much, 0, part * (wanted - lowered))
    own = result[tuple(slice(start * scale, (start + TILE) * scale) for start in corner)]
    own *= (1 - part * (1 - left)).repeat(scale, axis=0).repeat(scale, axis=1)
    own += added.repeat(scale, axis=0).repeat(scale, axis=1)


def _share(lowered: Array, source: NDArray[np.floating]) -> Array:
    """How much of the difference is made good, (H, W), 0 to 1: the most that any channel asks for."""
    share = np.zeros(source.shape[:2], np.float32)
    for has, wanted in zip(planes_of(lowered), planes_of(source), strict=True):
        ratio = (_around(has) + LEAST) / (_around(wanted) + LEAST)
        if ratio.max(initial=1) > 2**LEFT_ALONE or ratio.min(initial=1) < 2**-LEFT_ALONE:
            off = np.abs(np.log2(ratio))
            np.maximum(share, (off - LEFT_ALONE) / (MADE_GOOD - LEFT_ALONE), out=share)
    return np.minimum(share, 1, out=share)


def _around(plane: Array) -> Array:
    """The mean magnitude of the 9 x 9 pixels around each of (H, W); beyond the edge the last pixel repeats."""
    around = np.pad(np.abs(plane), RADIUS, mode="edge")
    mean: Array = _sums_of_nine(_sums_of_nine(around).T).T / np.float32(81)
    return mean


def _sums_of_nine(lines: Array) -> Array:
    """Of each nine lines that follow each other, as three sums of three: half the work."""
    of_three = lines[:-2] + lines[1:-1] + lines[2:]
    return of_three[:-6] + of_three[3:-3] + of_three[6:]
