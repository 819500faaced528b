"""Light that a result can't store: spread over the pixels around, so that the frame keeps it.

A network may put more light into a pixel than a half holds, 65504, or than DWA brings back. Cut off, it would be gone:
most of the light of a frame with a sun in it. So what is too much goes to the nearest pixels that have room, first in
proportion to the light that they have, a pixel at most doubled, and what is left then wherever there is room. Before
that, so bright a pixel gets back what limits have taken from it.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from uprez.frames.exr.lossy import HALF_MAX, brightest, holds_halves, keeps_bits
from uprez.frames.types import FrameHeader
from uprez.layers.layers import Layer, Rule

Array = NDArray[np.float32]
Wide = NDArray[np.float64]
"""Light is shared out in float64, or what is lost by rounding would be missed."""

_STEPS = ((1, False), (2, False), (3, False), (2, True))
"""How far light is spread at a time, in halves of an LR pixel; and may it go where there is none?"""
_RADIUS = 4
"""LR pixels from the middle of a neighbourhood whose light is looked at to its sides."""
REACH = 12 + _RADIUS
"""LR pixels around its own that a result of `spread_excess` depends on: light is carried by 4 at most, and goes by the
room that others, as far from there, have for light that comes from as far again.
"""
_BRIGHT = 0.25
"""A pixel of the source with so much of what can be stored may be more than that in a result: `models.limits` allow a
little more than three times as much.
"""

BITS_OF = "the bits of"
"""In the note of a layer of ids that loses them."""


def with_notes(layers: Sequence[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """The layers, those of ids whose bits their compression does not keep with a note that says so."""
    return tuple(_with_note(layer, header) for layer in layers)


def _with_note(layer: Layer, header: FrameHeader) -> Layer:
    part = header.parts[layer.part]
    counted = layer.channels if layer.rule is Rule.ID else ()
    lost = [name for name in counted if not keeps_bits(part, part.channel(name))]
    if not lost:
        return layer
    told = f"{part.compression} can't keep {BITS_OF} {', '.join(lost)}; compress ids by zip"
    return replace(layer, note=f"{layer.note}; {told}" if layer.note else told)


def ceiling_of(layer: Layer, header: FrameHeader) -> float:
    """The brightest value that all colours of a layer can store; inf where they are floats."""
    part = header.parts[layer.part]
    return min((brightest(part, part.channel(name)) for name in layer.colours), default=math.inf)


class LostLight:
    """Counts the light of a layer that its channels can't hold, as its rows are written."""

    def __init__(self, layer: Layer, header: FrameHeader) -> None:
        part = header.parts[layer.part]
        light = layer.rule in (Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART)
        channels = [part.channel(name) for name in layer.colours] if light else []
        self._kept_in = [holds_halves(part, channel) for channel in channels]
        self._lost, self._wanted, self.pixels = 0.0, 0.0, 0

    def count(self, planes: Sequence[NDArray[np.floating]]) -> None:
        """The next rows, by channel."""
        for plane, halves in zip(planes, self._kept_in, strict=False):
            if halves and plane.size and plane.max() > HALF_MAX:
                over = plane[plane > HALF_MAX].astype(np.float64)
                self._lost += float((over - HALF_MAX).sum())
                self._wanted += float(over.sum())
                self.pixels += len(over)

    def told(self) -> str:
        """One line: how much is lost."""
        return (
            f"{self.pixels} values are brighter than {HALF_MAX:.0f}, the most that its channels store, and were cut to "
            f"it: {self._lost / self._wanted:.1%} of their light is gone; float channels, compressed by zip, hold it"
        )


def may_exceed(source: Array, ceiling: float) -> bool:
    """Can a result of this source be above `ceiling`, or is it as bright as what halves can't hold?"""
    return bool(np.abs(source).max(initial=0) > _bright(ceiling))


def _bright(ceiling: float) -> float:
    """The same sun is treated alike, whether its file holds halves or floats."""
    return _BRIGHT * min(ceiling, HALF_MAX)


def spread_excess(result: Array, source: Array, ceiling: float, scale: int) -> Array:
    """Bring what is above `ceiling` in a linear result, (H * scale, W * scale, C), down to it, and put the light into
    the pixels around; changes and returns `result`. Light that finds no room stays where it is.

    source: (H, W, C); where it is brighter than the ceiling itself, that is the limit. A pixel depends on REACH LR
    pixels around it, and changes only within 5 LR pixels of a bright one of the source.
    """
    for channel in range(source.shape[2]):
        bright = source[..., channel] > _bright(ceiling)
        rows, columns = (_around(np.flatnonzero(bright.any(axis=axis)), bright.shape[1 - axis]) for axis in (1, 0))
        if rows and columns:
            fine = slice(rows.start * scale, rows.stop * scale), slice(columns.start * scale, columns.stop * scale)
            light, wanted = result[(*fine, channel)].astype(np.float64), source[rows, columns, channel]
            limit = _enlarged(np.maximum(wanted, ceiling), scale)
            _give_back(light, wanted.astype(np.float64), bright[rows, columns], scale)
            _spread(light, limit, scale)
            result[(*fine, channel)] = light
    return result


def _around(places: NDArray[np.intp], size: int) -> slice | None:
    return slice(max(0, int(places[0]) - REACH), min(size, int(places[-1]) + REACH + 1)) if len(places) else None


def _enlarged(plane: NDArray[np.floating], scale: int) -> NDArray[np.floating]:
    return plane.repeat(scale, axis=0).repeat(scale, axis=1)


def _give_back(light: Wide, wanted: Wide, bright: NDArray[np.bool_], scale: int) -> None:
    """Where a neighbourhood has less light than its source, bright pixels get back what they lack, in place, no pixel
    of theirs more than the brightest of the source beside it.

    light: (H * scale, W * scale); wanted, bright: (H, W).
    """
    height, width = wanted.shape
    blocks = (height, scale, width, scale)
    has = light.reshape(blocks).mean((1, 3))
    lacks = np.where(bright, np.maximum(wanted - has, 0), 0)
    missing = np.maximum(_box(wanted - has, _RADIUS), 0)
    around = _box(lacks, _RADIUS)
    given = lacks * np.minimum(np.divide(missing, around, out=np.zeros_like(around), where=around > 0), 1)
    beside = np.pad(wanted, 1, mode="edge")
    top = np.max([beside[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)
    room = np.maximum(_enlarged(top, scale) - light, 0)
    free = room.reshape(blocks).mean((1, 3))
    light += room * _enlarged(np.divide(given, free, out=np.zeros_like(free), where=free > 0), scale)


def _spread(light: Wide, limit: NDArray[np.floating], scale: int) -> None:
    """One channel, (H * scale, W * scale), in place."""
    excess = np.maximum(light - limit, 0)
    if not excess.any():
        return
    light -= excess
    for radius, anywhere in _STEPS:
        free = limit - light
        free = free if anywhere else np.minimum(free, np.maximum(light, 0))
        taken, excess = _hand_out(excess, free, math.ceil(radius * scale / 2))
        light += taken
    light += excess


def _hand_out(excess: Wide, free: Wide, radius: int) -> tuple[Wide, Wide]:
    """What each pixel takes of the excess within `radius`, at most what it has free, and what of the excess is left.
    Each hands its own out in proportion to what is free around it; nothing is lost on the way.
    """
    around = _box(free, radius)
    share = np.divide(excess, around, out=np.zeros_like(excess), where=around > 0)
    offered = _box(share, radius)
    accepted = np.divide(1.0, offered, out=np.ones_like(offered), where=offered > 1)
    taken = free * offered * accepted
    given = share * _box(free * accepted, radius)
    return taken, np.maximum(excess - given, 0)


def _box(values: Wide, radius: int) -> Wide:
    """Sums of the (2 radius + 1) squared pixels around each, in one order wherever they lie; nothing lies outside."""
    height, width = values.shape
    around = np.pad(values, radius)
    rows = np.zeros((height, width + 2 * radius))
    for step in range(2 * radius + 1):
        rows += around[step : step + height]
    sums = np.zeros_like(values)
    for step in range(2 * radius + 1):
        sums += rows[:, step : step + width]
    return sums
