"""Colour through a model: into the compressed domain and out again, held to the source."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress, expand
from uprez.models.interpolation import interpolate
from uprez.models.limits import REACH as LIMITS_REACH
from uprez.models.limits import limits
from uprez.models.plateaus import REACH as PLATEAU_REACH
from uprez.models.plateaus import Plateau, plateaus
from uprez.models.rows import blocks_of_rows, planar, planes_of
from uprez.upscaling.phases import PAD, padded, phases

Array = NDArray[np.float32]

REACH = max(PAD, LIMITS_REACH, PLATEAU_REACH)
"""LR pixels around its own that `settle` looks at."""
BRIGHTEST = 1e6
"""Magnitudes above this, beyond any half float, are no light that a network has seen: they are interpolated."""


def model_input(colours: Array, alpha: Array | None) -> Array:
    """(H, W, 1 or 3) linear premultiplied colour and (H, W) alpha to (H, W, 4), compressed: grey thrice, alpha 1 where
    there is none.
    """
    rgba = planar(colours.shape[0], colours.shape[1], 4)
    rgba[..., 3] = 1 if alpha is None else alpha
    if colours.shape[2] == 1:
        rgba[..., :3] = compressed(colours)
    else:
        compressed(colours, out=rgba[..., :3])
    return rgba


def compressed(colours: Array, *, out: Array | None = None) -> Array:
    """T of (H, W, C) linear colour, a block of rows at a time; what is beyond `BRIGHTEST` counts as that."""

    def convert(rows: Array, into: Array) -> None:
        compress(np.clip(rows, -BRIGHTEST, BRIGHTEST), out=into)

    return _converted(convert, colours, out)


def expanded(colours: Array, *, out: Array | None = None) -> Array:
    """The inverse of T for (H, W, C) compressed colour, a block of rows at a time."""

    def convert(rows: Array, into: Array) -> None:
        with np.errstate(over="ignore"):
            expand(rows, out=into)

    return _converted(convert, colours, out)


def _converted(convert: Callable[[Array, Array], None], image: Array, out: Array | None) -> Array:
    height, width, channels = image.shape
    result = planar(height, width, channels) if out is None else out
    for plane, into in zip(planes_of(image), result.transpose(2, 0, 1), strict=True):
        for y0, y1 in blocks_of_rows(height, 12 * width):
            convert(plane[y0:y1], into[y0:y1])
    return result


def interpolate_colour(source: Array, scale: int) -> Array:
    """Bicubic in the compressed domain, so that highlights do not ring; (H, W, C) linear to linear."""
    return settle(expanded(interpolate(compressed(source), "bicubic", scale)), source, scale, alpha=False)


@dataclass(frozen=True)
class Limits:
    """What one channel of a result lies between: the least and the greatest value of the HR pixels in each LR pixel,
    (H, W), and where light is even.
    """

    low: Array
    high: Array
    even: Sequence[Plateau] = ()


def limits_of(source: Array, scale: int, *, alpha: bool, support: float) -> list[Limits]:
    """What the channels of a source's results lie between, (H, W, C) linear; see `uprez.models.limits` and
    `uprez.models.plateaus`, which is for networks alone. The last channel, where it is an alpha, stays between the
    smallest and the largest of 3 x 3 LR pixels, too.
    """
    found = []
    for channel in range(source.shape[2]):
        plane = np.clip(source[..., channel], -BRIGHTEST, BRIGHTEST)
        low, high = limits(plane, scale, support)
        if alpha and channel == source.shape[2] - 1:
            least, greatest = _range_of_nine(source[..., channel])
            found.append(Limits(np.maximum(low, least, out=low), np.minimum(high, greatest, out=high)))
        else:
            found.append(Limits(low, high, plateaus(plane, scale) if support else ()))
    return found


def hold(result: Array, within: Sequence[Limits], scale: int) -> list[Array | None]:
    """Keep a linear result, (H * scale, W * scale, C), within its limits, in place. Returns for each channel the light
    that even light was held to lose, (H, W), None where there is no even light.
    """
    taken: list[Array | None] = []
    for channel, limit in enumerate(within):
        for phase in phases(scale):
            into = phase.of(result[..., channel], scale)
            np.clip(into, limit.low, limit.high, out=into)
        lost = np.zeros(limit.low.shape, np.float32) if limit.even else None
        for plateau in limit.even:
            away = plateau.hold(result[..., channel], scale)
            assert lost is not None
            lost[plateau.rows, plateau.columns] += away / np.float32(scale**2)
        taken.append(lost)
    return taken


def settle(result: Array, source: Array, scale: int, *, alpha: bool, within: Sequence[Limits] | None = None) -> Array:
    """What holds whatever a model does; changes and returns `result`, (H * scale, W * scale, C), linear, for source
    (H, W, C).

    Where the 5 x 5 LR pixels around are all equal, so is the result: black stays black, opaque stays opaque. No value
    leaves its limits, those of an interpolation where none are given: colour is not negative where the source is not.
    """
    within = limits_of(source, scale, alpha=alpha, support=0.0) if within is None else within
    hold(result, within, scale)
    for channel in range(source.shape[2]):
        is_alpha = alpha and channel == source.shape[2] - 1
        _settle(result[..., channel], source[..., channel], scale, is_alpha=is_alpha)
    return result


def _settle(result: Array, source: Array, scale: int, *, is_alpha: bool) -> None:
    """One channel, (H * scale, W * scale) for (H, W)."""
    if source.size and (source == source.flat[0]).all():
        result[...] = source.flat[0]
        return
    if not is_alpha:
        _interpolate_brightest(result, source, scale)
    flat = _flat(source)
    rows = np.flatnonzero(flat.any(axis=1))
    if rows.size:
        some = slice(rows[0], rows[-1] + 1)
        for phase in phases(scale):
            np.copyto(phase.of(result, scale)[some], source[some], where=flat[some])


def _range_of_nine(source: Array) -> tuple[Array, Array]:
    """The smallest and largest of the 3 x 3 pixels around each, (H, W)."""
    height, width = source.shape
    around = padded(source)[PAD - 1 : height + PAD + 1, PAD - 1 : width + PAD + 1]
    rows = [around[k : k + height] for k in range(3)]
    low, high = np.minimum.reduce(rows), np.maximum.reduce(rows)
    return (
        np.minimum.reduce([low[:, k : k + width] for k in range(3)]),
        np.maximum.reduce([high[:, k : k + width] for k in range(3)]),
    )


def _flat(source: Array) -> NDArray[np.bool_]:
    """(H, W): are the 5 x 5 pixels around all equal? Beyond the edge the last pixel repeats."""
    around = padded(source)
    height, width = source.shape
    across = around[:, 1:] == around[:, :-1]
    even = np.logical_and.reduce([across[:, k : k + width] for k in range(2 * PAD)])
    if not even.any():
        return np.zeros(source.shape, np.bool_)
    down = around[1:] == around[:-1]
    even = np.logical_and.reduce([even[k : k + height] for k in range(2 * PAD + 1)])
    # Rows that are even in themselves and equal down the middle column are all equal.
    middle = down[:, PAD : PAD + width]
    return even & np.logical_and.reduce([middle[k : k + height] for k in range(2 * PAD)])


def _interpolate_brightest(result: Array, source: Array, scale: int) -> None:
    bright = np.abs(source) > BRIGHTEST
    if bright.any():
        near = _range_of_nine(bright.astype(np.float32))[1] > 0
        smooth = interpolate(source[..., np.newaxis], "bilinear", scale)[..., 0]
        for phase in phases(scale):
            np.copyto(phase.of(result, scale), phase.of(smooth, scale), where=near)
