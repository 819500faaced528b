"""One frame: what is planned for it, and its pixels on their way in, band by band."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import repair_nonfinite
from uprez.frames import FrameHeader, FrameReader
from uprez.layers.layers import Layer, Rule
from uprez.models.card import Card
from uprez.upscaling.borders import nothing_like
from uprez.upscaling.job import Repair
from uprez.upscaling.plan import Band, Stage, plan_stages
from uprez.upscaling.rows import SlidingRows
from uprez.upscaling.sharing import short_of

COLOUR_RULES = frozenset({Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART})
"""Layers of light: float32 while they are worked on, and repaired where they are not finite."""

Planes = tuple[NDArray[Any], ...]
"""A layer's samples: one (H, W, C) array; for ids a (H, W) array a channel, each in its own type."""


@dataclass(frozen=True)
class FramePlan:
    """What is to be done with one frame."""

    header: FrameHeader
    layers: tuple[Layer, ...]
    stages: tuple[Stage, ...]

    @property
    def needs(self) -> int:
        """Bytes that a run takes for the frame, where that is more than its limit; else 0."""
        return max(stage.needs for stage in self.stages)

    @property
    def work(self) -> int:
        """Pixels of all stages, for progress."""
        return sum(stage.window.width * stage.window.height for stage in self.stages)


@dataclass
class SourceBand:
    """Source rows of one band: for every layer of its stage the rows `band.source`."""

    stage: Stage
    band: Band
    layers: dict[str, Planes]
    repairs: list[Repair] = field(default_factory=list)
    """What was repaired in the rows read for this band; no row is counted twice."""

    def rows_of(self, layer: Layer, rows: range) -> Planes:
        """A layer's samples in some rows of the band."""
        first = self.band.source.start
        return tuple(array[rows.start - first : rows.stop - first] for array in self.layers[layer.name])


def plan_frame(reader: FrameReader, layers: Sequence[Layer], card: Card, reach: int, memory_bytes: int) -> FramePlan:
    """Cut an open frame into stages and bands for these layers, all of the frame's or some of them."""
    lines = [reader.band_multiple(number) for number in range(len(reader.header.parts))]
    stages = plan_stages(reader.header, layers, card, reach, memory_bytes, lines)
    return FramePlan(reader.header, tuple(layers), stages)


def read_bands(reader: FrameReader, plan: FramePlan) -> Iterator[SourceBand]:
    """The source, band by band, each row decoded once."""
    for stage in plan.stages:
        rows = {layer.name: _LayerRows(layer, stage) for layer in stage.layers}
        sums = _exact_sums(stage.layers)
        names = {part: [name for layer in stage.layers for name in layer.channels_of(part)] for part in stage.parts}
        read, height = 0, stage.window.height
        for band in stage.bands:
            repairs: list[Repair] = []
            while read < min(band.source.stop, height):
                stop = min(height, read + stage.granule)
                planes = {part: _on_stage(reader, stage, part, range(read, stop), names[part]) for part in stage.parts}
                for layer in stage.layers:
                    repairs += rows[layer.name].put(planes)
                for beauty, members in sums:
                    _repair_sum(rows[beauty.name], [rows[member.name] for member in members])
                read = stop
            layers = {name: held.get(band.source) for name, held in rows.items()}
            yield SourceBand(stage, band, layers, repairs)


def _on_stage(
    reader: FrameReader, stage: Stage, part: int, rows: range, names: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """Some rows of a stage from one of its parts, (rows, W) a channel: black where the part is cropped."""
    own = reader.header.parts[part]
    inside, columns = stage.window_of(own.data_window, rows)
    first = stage.window.y_min - own.data_window.y_min
    found = reader.read(part, first + inside.start, first + inside.stop, names) if inside else {}
    if inside == rows and columns == slice(0, stage.window.width):
        return found
    planes = {name: np.zeros((len(rows), stage.window.width), own.channel(name).dtype) for name in names}
    for name, plane in found.items():
        planes[name][inside.start - rows.start : inside.stop - rows.start, columns] = plane
    return planes


class _LayerRows:
    """The rows of one layer, with the border around them, that have been read and are still needed."""

    def __init__(self, layer: Layer, stage: Stage) -> None:
        self._layer, self._stage, self._border = layer, stage, stage.border
        planes = layer.channels if layer.rule is Rule.ID else (layer,)
        self._rows = [SlidingRows(stage.rows.start) for _ in planes]
        self.latest: NDArray[np.floating] = np.empty((0, 0, 0), np.float32)
        """The rows that were put last, (rows, W, C) with the border's columns, for layers of light."""
        self.repaired: NDArray[np.bool_] | None = None
        """Which of their pixels, (rows, W), were not finite; None for none."""

    def put(self, planes: Mapping[int, Mapping[str, NDArray[Any]]]) -> list[Repair]:
        """Take the layer's channels out of the next rows of all parts; repair them where its rule says so."""
        own = [planes[part][name] for part in self._layer.parts for name in self._layer.channels_of(part)]
        if self._layer.rule is Rule.ID:
            self._put(own)
            return []
        together = np.stack(own).transpose(1, 2, 0)
        if self._layer.rule not in COLOUR_RULES:
            self._put([together])
            return []
        first = max(0, self._rows[0].stop)
        colour, bad = self._repaired(together.astype(np.float32))
        (self.latest,) = self._put([colour])
        self.repaired = None if bad is None else self._border.widened(bad)
        if bad is None:
            return []
        row, column = np.argwhere(bad)[0]
        x, y = self._stage.window.x_min + column, self._stage.window.y_min + first + row
        return [Repair(layer=self._layer.name, pixels=int(np.count_nonzero(bad)), x=int(x), y=int(y))]

    def _put(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """The next rows of the data window, below the border's; returns them with the border's columns."""
        wide = [self._border.widened(array) for array in arrays]
        for rows, array in zip(self._rows, wide, strict=True):
            if rows.stop < 0:
                rows.put(nothing_like(array, -rows.stop))
            rows.put(array)
            if self._border.bottom and rows.stop == self._stage.window.height:
                rows.put(nothing_like(array, self._border.bottom))
        return wide

    def _repaired(self, rows: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.bool_] | None]:
        """The rows, and where they had to be repaired: from themselves, and from the last row above them."""
        bad = ~np.isfinite(rows).all(axis=2)
        if not bad.any():
            return rows, None
        above = self.latest[-1:, self._stage.columns]
        together = np.concatenate([above, rows]) if len(above) else rows
        if self._border.goes_round:
            return repair_nonfinite(self._border.widened(together))[0][len(above) :, self._stage.columns], bad
        return repair_nonfinite(together)[0][len(above) :], bad

    def get(self, wanted: range) -> Planes:
        """The rows wanted; those above are needed no more."""
        for rows in self._rows:
            rows.drop(wanted.start)
        return tuple(rows.get(wanted.start, wanted.stop) for rows in self._rows)


def _repair_sum(beauty: _LayerRows, parts: Sequence[_LayerRows]) -> None:
    """Where a beauty or a part of it was repaired in the rows put last, the beauty becomes what its parts add up to:
    neighbours would give each of them a value of its own. Only where all the other pixels say that nothing is missing.
    """
    bad = [rows.repaired for rows in (beauty, *parts) if rows.repaired is not None]
    if bad:
        where = np.logical_or.reduce(bad)
        picture = beauty.latest[..., :3]
        colours = [rows.latest[..., :3] for rows in parts]
        if not short_of(picture, colours)[~where].any():
            picture[where] = np.sum(colours, axis=0)[where]


def _exact_sums(layers: Sequence[Layer]) -> list[tuple[Layer, list[Layer]]]:
    """Of the layers of one stage, every beauty with the layers that add up to it."""
    by_name = {layer.name: layer for layer in layers}
    found = dict.fromkeys(one for layer in layers for one in layer.sums if not one.colours)
    return [
        (by_name[one.whole], [by_name[part] for part in one.parts])
        for one in found
        if {one.whole, *one.parts} <= by_name.keys() and by_name[one.whole].rule is Rule.BEAUTY
    ]
