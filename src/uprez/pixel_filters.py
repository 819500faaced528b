"""Pixel filters of renderers, and what an image that was sampled finely looks like under any of them.

A renderer's pixel filter weighs the samples around a pixel's centre. So an image rendered several times finer, with a
box filter of one pixel, holds what the renderer would have made of the same samples under any filter: `filtered` weighs
its subpixels. All filters are separable and have a mean of one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.errors import UsageError

Array = NDArray[np.float32]
_Offsets = NDArray[np.float64]
_PARTS = 32
"""Of a subpixel, over which a filter's mean is taken."""


@dataclass(frozen=True)
class PixelFilter:
    """A separable filter. `weight` maps offsets from the pixel's centre, in pixels, to weights of any scale; beyond
    `radius` pixels it counts as zero.
    """

    name: str
    radius: float
    weight: Callable[[_Offsets], _Offsets]

    def taps(self, subpixels: int) -> tuple[float, ...]:
        """Weights of the subpixels around a pixel, `subpixels` of which make up a pixel along an axis. They add up to
        one, are symmetric, and are `subpixels` or an even number more. Each is the filter's mean over its subpixel,
        since a sample lies anywhere in it.
        """
        margin = self.margin(subpixels)
        offsets = (np.arange(-margin * _PARTS, (subpixels + margin) * _PARTS) + 0.5) / (subpixels * _PARTS) - 0.5
        parts = np.where(np.abs(offsets) < self.radius, self.weight(offsets), 0)
        weights = parts.reshape(-1, _PARTS).sum(axis=1)
        weights += weights[::-1]  # symmetric to the last bit
        return tuple(float(weight) for weight in weights / weights.sum())

    def margin(self, subpixels: int) -> int:
        """Subpixels beyond a pixel's own, on each side, that it looks at."""
        return max(0, int(np.ceil((self.radius - 0.5) * subpixels - 1e-9)))


def filtered(samples: NDArray[np.floating], pixel_filter: PixelFilter, subpixels: int) -> Array:
    """The image that a renderer makes of these samples: (H * subpixels, W * subpixels, C), linear, to (H, W, C)
    float32, linear. Beyond the edge the last sample repeats. Raises ValueError for a size that is no multiple.
    """
    height, width, channels = samples.shape
    if height % subpixels or width % subpixels:
        raise ValueError(f"{height} x {width} samples are not {subpixels} to a pixel")
    taps = np.asarray(pixel_filter.taps(subpixels), np.float32)
    margin = (len(taps) - subpixels) // 2
    result = np.empty((height // subpixels, width // subpixels, channels), np.float32)
    for channel in range(channels):
        plane = np.pad(np.asarray(samples[..., channel], np.float32), margin, mode="edge")
        rows = _weighed(plane, taps, subpixels)
        result[..., channel] = _weighed(np.ascontiguousarray(rows.T), taps, subpixels).T
    return result


def _weighed(plane: Array, taps: Array, step: int) -> Array:
    """Every `step`-th row of the sum of taps[k] * plane[k:]."""
    height = (len(plane) - len(taps)) // step + 1
    rows = np.zeros((height, plane.shape[1]), np.float32)
    for first, weight in enumerate(taps):
        if weight:
            rows += weight * plane[first : first + (height - 1) * step + 1 : step]
    return rows


def pixel_filter(name: str) -> PixelFilter:
    """The filter of a name such as `box`, `gauss-2` or `blackman-harris-1.5`; see `FAMILIES` for what the number is,
    which may be left out where it is the usual one. Its own name is the one by which files and cards call it.

    Raises UsageError for an unknown name or a width that makes no filter.
    """
    family, width = _parsed(name)
    if family not in FAMILIES:
        raise UsageError(f"no pixel filter {name!r}; there are {', '.join(FAMILIES)}, with a width behind a hyphen")
    default, least, make = FAMILIES[family]
    size = default if width is None else width
    if not least <= size <= _WIDEST:
        raise UsageError(f"pixel filter {name!r}: its width is {least:g} to {_WIDEST:g}")
    made = make(size)
    return PixelFilter(_named(family, size), made.radius, made.weight)


def _named(family: str, size: float) -> str:
    """One name for each filter: `gauss` is `gauss-2`, `box-1` is `box`."""
    return family if family in _BARE and size == FAMILIES[family][0] else f"{family}-{size:g}"


def _parsed(name: str) -> tuple[str, float | None]:
    """`gauss-2` to (`gauss`, 2.0), `catmull-rom` to (`catmull-rom`, None)."""
    match = re.fullmatch(r"(.+?)-(\d+(?:\.\d+)?)", name)
    return (match[1], float(match[2])) if match else (name, None)


_WIDEST = 8
_QUANTILES = 511
"""Of one half of a filter, in Cycles' table of 1024."""


def _box(width: float) -> PixelFilter:
    return PixelFilter("box", width / 2, np.ones_like)


def _triangle(width: float) -> PixelFilter:
    return PixelFilter("triangle", width / 2, lambda x: np.maximum(0, 1 - np.abs(x) * 2 / width))


def _gauss(width: float) -> PixelFilter:
    """Cycles' Gaussian: exp(-8 (x / width)^2) (Blender, intern/cycles/scene/film.cpp)."""
    return PixelFilter("gauss", width * 1.5, _as_cycles_samples(_bell(width), width * 1.5))


def _gauss_cut(width: float) -> PixelFilter:
    """RenderMan's Gaussian (RenderMan Interface 3.2, appendix E): the same bell, cut off at half the width, where 0.135
    of its peak is left. Arnold's has the same width and weighs by distance, which no separable filter does exactly.
    """
    return PixelFilter("gauss-cut", width / 2, _bell(width))


def _bell(width: float) -> Callable[[_Offsets], _Offsets]:
    return lambda x: np.exp(-8 * np.square(x / width))


def _blackman_harris(width: float) -> PixelFilter:
    """Harris 1978, On the Use of Windows, 4 terms of -92 dB, over twice the width, as Cycles names it."""

    def weight(x: _Offsets) -> _Offsets:
        turn = np.pi * (x / width + 1)
        return 0.35875 - 0.48829 * np.cos(turn) + 0.14128 * np.cos(2 * turn) - 0.01168 * np.cos(3 * turn)

    return PixelFilter("blackman-harris", width, _as_cycles_samples(weight, width))


def _as_cycles_samples(weight: Callable[[_Offsets], _Offsets], radius: float) -> Callable[[_Offsets], _Offsets]:
    """What Cycles really weighs by: it draws samples by a table of the filter's quantiles, evenly between two of them
    (Blender, intern/cycles/util/math_cdf.h). So a thousandth of the light goes evenly from where the filter has all but
    ended out to its radius, which is dim and, beside a lamp on black, not nothing.
    """
    places = np.linspace(0, radius, 1 << 14)
    mass = np.concatenate([[0], np.cumsum(weight((places[1:] + places[:-1]) / 2))])
    edges = np.interp(np.linspace(0, 1, _QUANTILES + 1), mass / mass[-1], places)
    edges[-1] = radius
    density = 1 / np.diff(edges)
    return lambda x: density[np.clip(np.searchsorted(edges, np.abs(x), side="right") - 1, 0, _QUANTILES - 1)]


def _cubic(b: float, c: float) -> Callable[[float], PixelFilter]:
    """Mitchell & Netravali 1988, Reconstruction Filters in Computer Graphics, eq. 8, stretched to the width."""

    def make(width: float) -> PixelFilter:
        def weight(x: _Offsets) -> _Offsets:
            t = np.abs(x) * 4 / width
            near = (12 - 9 * b - 6 * c) * t**3 + (-18 + 12 * b + 6 * c) * t**2 + (6 - 2 * b)
            far = (-b - 6 * c) * t**3 + (6 * b + 30 * c) * t**2 + (-12 * b - 48 * c) * t + (8 * b + 24 * c)
            return np.where(t < 1, near, np.where(t < 2, far, 0))

        return PixelFilter("cubic", width / 2, weight)

    return make


def _lanczos(lobes: float) -> PixelFilter:
    """Duchon 1979, Lanczos Filtering in One and Two Dimensions."""
    return PixelFilter("lanczos", lobes, lambda x: np.sinc(x) * np.sinc(x / lobes))


def _sinc(width: float) -> PixelFilter:
    """sin(pi x) / (pi x), cut off, as RenderMan's."""
    return PixelFilter("sinc", width / 2, np.sinc)


FAMILIES: dict[str, tuple[float, float, Callable[[float], PixelFilter]]] = {
    "box": (1, 0.5, _box),
    "triangle": (2, 1, _triangle),
    "gauss": (2, 0.5, _gauss),
    "gauss-cut": (2, 0.5, _gauss_cut),
    "blackman-harris": (1.5, 0.5, _blackman_harris),
    "mitchell": (4, 1, _cubic(1 / 3, 1 / 3)),
    "catmull-rom": (4, 1, _cubic(0, 1 / 2)),
    "lanczos": (3, 1, _lanczos),
    "sinc": (4, 1, _sinc),
}
"""By name: the usual width, the least, and what makes the filter. The width is counted as its renderers do: Cycles'
number for Gauss and Blackman-Harris, lobes for Lanczos, pixels from end to end for the others.
"""
_BARE = ("box", "triangle", "mitchell", "catmull-rom", "sinc")
"""Called by their family alone where they have the usual width."""
COMMON = (
    "box",
    "triangle",
    "gauss-2",
    "gauss-cut-2",
    "blackman-harris-1.5",
    "blackman-harris-1",
    "blackman-harris-2",
    "mitchell",
    "catmull-rom",
    "lanczos-2",
    "lanczos-3",
    "sinc",
)
"""Defaults of common renderers: what a model has to know."""
