"""One frame: what is planned for it, and its pixels on their way in, band by band."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import repair_nonfinite
from uprez.errors import FrameError
from uprez.frames import FrameHeader, FrameReader
from uprez.models.card import Card
from uprez.upscaling.alphas import join_alphas
from uprez.upscaling.borders import nothing_like
from uprez.upscaling.job import Repair
from uprez.upscaling.layers import Layer, Rule, find_layers
from uprez.upscaling.pixels import overrule
from uprez.upscaling.plan import Band, Stage, plan_stages
from uprez.upscaling.rows import SlidingRows
from uprez.upscaling.rules import RuleBook
from uprez.upscaling.storage import with_notes
from uprez.upscaling.sums import adopt_parts, recognise_parts, short_of

COLOUR_RULES = frozenset({Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART})
"""Layers of light: float32 while they are worked on, and repaired where they are not finite."""
SAMPLE_SLABS, SLAB_ROWS = 6, 8
"""How much of a frame is looked at to see which layers add up to the beauty."""
GLANCE_WIDTH = 128
"""Pixels of each of these rows that are looked at to see whether a layer is what its name says."""

Planes = tuple[NDArray[Any], ...]
"""A layer's samples: one (H, W, C) array; for ids a (H, W) array a channel, each in its own type."""


@dataclass(frozen=True)
class FramePlan:
    """What is to be done with one frame."""

    header: FrameHeader
    layers: tuple[Layer, ...]
    stages: tuple[Stage, ...]

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


def find_rules(reader: FrameReader, rules: RuleBook) -> tuple[Layer, ...]:
    """Every layer of an open frame under its rule: by meaning, by hand, and by a look at some pixels: for sums, and
    where they overrule a name.
    """
    header = reader.header
    sampler = _Sampler(reader)
    by_hand = tuple(overrule(layer, sampler.glance) for layer in rules.apply(find_layers(header), header))
    free = tuple(layer for layer in by_hand if layer.note != "by hand" or layer.rule is Rule.BEAUTY)
    recognised = recognise_parts(free, header, sampler)
    parts = [layer for layer in by_hand if layer.note == "by hand" and layer.rule is Rule.BEAUTY_PART]
    found = {layer.name: layer for layer in (*recognised, *adopt_parts(parts, recognised, header))}
    whole = tuple(_with_a_beauty(found.get(layer.name, layer), by_hand, header) for layer in by_hand)
    return with_notes(join_alphas(whole, header), header)


def plan_frame(reader: FrameReader, layers: Sequence[Layer], card: Card, reach: int, memory_bytes: int) -> FramePlan:
    """Cut an open frame into stages and bands for these layers, all of the frame's or some of them."""
    lines = [reader.band_multiple(number) for number in range(len(reader.header.parts))]
    stages = plan_stages(reader.header, layers, card, reach, memory_bytes, lines)
    return FramePlan(reader.header, tuple(layers), stages)


def read_bands(reader: FrameReader, plan: FramePlan) -> Iterator[SourceBand]:
    """The source, band by band, each row decoded once."""
    for stage in plan.stages:
        rows = {layer.name: _LayerRows(layer, stage) for layer in stage.layers}
        sums = sums_of(stage.layers)
        names = {part: [name for layer in stage.layers for name in layer.channels_of(part)] for part in stage.parts}
        read, height = 0, stage.window.height
        for band in stage.bands:
            repairs: list[Repair] = []
            while read < min(band.source.stop, height):
                stop = min(height, read + stage.granule)
                planes = {
                    part: reader.read(part, stage.first + read, stage.first + stop, names[part]) for part in stage.parts
                }
                for layer in stage.layers:
                    repairs += rows[layer.name].put(planes)
                for beauty, members in sums:
                    _repair_sum(rows[beauty.name], [rows[member.name] for member in members])
                read = stop
            layers = {name: held.get(band.source) for name, held in rows.items()}
            yield SourceBand(stage, band, layers, repairs)


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


class _Sampler:
    """Colours at some rows of a frame: slabs spread over the height, and all rows where those are black."""

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._rows: dict[tuple[int, int], list[range]] = {}
        self._planes: dict[tuple[int, range], dict[str, NDArray[Any]]] = {}

    def __call__(self, layer: Layer) -> NDArray[np.float32]:
        window = self._reader.header.parts[layer.part].data_window
        key = (window.y_min, window.height)
        if key not in self._rows:
            self._rows[key] = self._choose(layer, window.height)
        return self._colours(layer, self._rows[key])

    def glance(self, layer: Layer) -> NDArray[np.float32]:
        """The layer's channels, without its alpha, at a few thousand pixels: (N, C)."""
        window = self._reader.header.parts[layer.part].data_window
        step = max(1, window.width // GLANCE_WIDTH)
        every = (slice(None, None, min(step, SLAB_ROWS // 2)), slice(None, None, step))
        found = [
            np.stack([planes[name][every].ravel() for name in layer.colours], axis=1)
            for rows in _slabs(window.height)
            for planes in (self._read(layer.part, rows),)
        ]
        return np.concatenate(found).astype(np.float32)

    def _choose(self, layer: Layer, height: int) -> list[range]:
        slabs = _slabs(height)
        if np.count_nonzero(self._colours(layer, slabs)) > SLAB_ROWS * SLAB_ROWS:
            return slabs
        for start in range(0, height, 64):
            rows = [range(start, min(start + 64, height))]
            if np.count_nonzero(self._colours(layer, rows)) > SLAB_ROWS * SLAB_ROWS:
                return rows
        return slabs

    def _colours(self, layer: Layer, slabs: Sequence[range]) -> NDArray[np.float32]:
        values = []
        for rows in slabs:
            planes = self._read(layer.part, rows)
            values.append(np.stack([planes[name] for name in layer.colours], axis=2).reshape(-1, len(layer.colours)))
        return np.concatenate(values).astype(np.float32)

    def _read(self, part: int, rows: range) -> dict[str, NDArray[Any]]:
        # All channels at once, and once: a chunk holds them all, whichever of them are wanted.
        if (part, rows) not in self._planes:
            self._planes[part, rows] = self._reader.read(part, rows.start, rows.stop)
        return self._planes[part, rows]


def _slabs(height: int) -> list[range]:
    """Rows spread over the height of a frame."""
    starts = [height * (2 * slab + 1) // (2 * SAMPLE_SLABS) for slab in range(SAMPLE_SLABS)]
    return [range(start, min(start + SLAB_ROWS, height)) for start in dict.fromkeys(starts)]


def _with_a_beauty(layer: Layer, layers: Sequence[Layer], header: FrameHeader) -> Layer:
    """FrameError for a part of the beauty, set by hand, that has no beauty to add up to."""
    window = header.parts[layer.part].data_window
    alike = [other for other in layers if header.parts[other.part].data_window == window]
    if layer.rule is Rule.BEAUTY_PART and beauty_of(layer, alike) is None:
        raise FrameError(
            header.path, f"layer {layer.name!r} is to be part of a beauty, but its view has none of that size"
        )
    return layer


def beauty_of(layer: Layer, layers: Sequence[Layer]) -> Layer | None:
    """Of layers with one data window, the beauty that a part adds up to: the one that pixels or names have told, or
    else the one of its view, in its own file part rather than another.
    """
    fits = [
        other
        for other in layers
        if other.rule is Rule.BEAUTY and len(other.colours) == len(layer.colours) and other.view == layer.view
    ]
    return min(fits, key=lambda o: (o.name != layer.beauty, o.part != layer.part, o.part), default=None)


def sums_of(layers: Sequence[Layer]) -> list[tuple[Layer, list[Layer]]]:
    """Of the layers of one stage, every beauty with parts and those parts, once for each sum."""
    parts = [layer for layer in layers if layer.rule is Rule.BEAUTY_PART]
    sums = []
    for total in dict.fromkeys((part.view, part.total) for part in parts):
        members = [part for part in parts if (part.view, part.total) == total]
        beauty = beauty_of(members[0], layers)
        assert beauty is not None, members  # `find_rules` has made sure
        sums.append((beauty, members))
    return sums
