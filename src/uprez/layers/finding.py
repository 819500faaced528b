"""Every layer of an open frame under its rule: by meaning, by hand, and by a look at some pixels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import FrameHeader, FrameReader
from uprez.layers.alphas import join_alphas
from uprez.layers.layers import Layer, Rule, find_layers
from uprez.layers.pixels import overrule
from uprez.layers.rules import RuleBook
from uprez.layers.storage import with_notes
from uprez.layers.sums import adopt_parts, recognise_parts

SAMPLE_SLABS, SLAB_ROWS = 6, 8
"""How much of a frame is looked at to see which layers add up to the beauty."""


GLANCE_WIDTH = 128
"""Pixels of each of these rows that are looked at to see whether a layer is what its name says."""


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
