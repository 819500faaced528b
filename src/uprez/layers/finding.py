"""Every layer of an open frame under its rule: by meaning, by hand, and by a look at some pixels."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import DecodePool, FrameHeader, FrameReader, Window, open_frame
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


class SequenceRules:
    """The rules of frames, decided once for a sequence: by its first, its middle and its last frame together, so that a
    fade to black or a light that goes out changes nothing, and neither does the range that a farm's task is given.
    """

    def __init__(self, rules: RuleBook, pool: DecodePool) -> None:
        self._rules, self._pool = rules, pool
        self._decided: dict[tuple[Path, ...], tuple[FrameHeader, tuple[Layer, ...]] | None] = {}

    def of(self, reader: FrameReader, series: tuple[Path, ...]) -> tuple[Layer, ...]:
        """Every layer of an open frame under its rule. series: frames to decide by, that may not be there any more; a
        frame whose parts and channels are others decides for itself. FrameError as `find_rules`.
        """
        if len(series) > 1:
            if series not in self._decided:
                self._decided[series] = self._decide(reader, series)
            decided = self._decided[series]
            if decided is not None and _are_alike(decided[0], reader.header):
                return decided[1]
        return find_rules([reader], self._rules)

    def _decide(self, reader: FrameReader, series: tuple[Path, ...]) -> tuple[FrameHeader, tuple[Layer, ...]] | None:
        with ExitStack() as opened:
            readers: list[FrameReader] = []
            for path in series:
                try:
                    one = (
                        reader
                        if path == reader.header.path
                        else opened.enter_context(open_frame(path, pool=self._pool))
                    )
                    if not readers or _are_alike(one.header, readers[0].header):
                        readers.append(one)
                except FrameError:
                    continue  # it fails in its own turn
            if not readers:
                return None
            layers = find_rules(readers, self._rules)
            return (readers[0].header, layers) if _is_lit(readers, layers) else None


def _is_lit(readers: Sequence[FrameReader], layers: Sequence[Layer]) -> bool:
    """Whether frames show anything: black ones decide nothing for others."""
    samplers = [_Sampler(reader) for reader in readers]
    beauties = [layer for layer in layers if layer.rule is Rule.BEAUTY]
    return not beauties or any(one.glance(layer).any() for layer in beauties for one in samplers)


def _are_alike(one: FrameHeader, other: FrameHeader) -> bool:
    """Whether layers of one frame are those of the other: the same parts and channels, windows that are the same where
    they were.
    """

    def shape(header: FrameHeader) -> list[object]:
        windows = [part.data_window for part in header.parts]
        return [
            (part.name, part.view, part.channels, part.compression, windows.index(part.data_window))
            for part in header.parts
        ]

    return shape(one) == shape(other)


def find_rules(readers: Sequence[FrameReader], rules: RuleBook) -> tuple[Layer, ...]:
    """Every layer of open frames with the same layers under its rule: by meaning, by hand, and by a look at some pixels
    of all of them: for sums, and where they overrule a name. FrameError where a rule by hand can't be kept, or a frame
    can't be read.
    """
    header = readers[0].header
    samplers = [_Sampler(reader) for reader in readers]

    def glance(layer: Layer) -> NDArray[np.float32]:
        return np.concatenate([one.glance(layer) for one in samplers])

    def sample(layer: Layer, beside: Layer) -> NDArray[np.float32]:
        return np.concatenate([one.sample(layer, beside) for one in samplers])

    by_hand = tuple(overrule(layer, glance) for layer in rules.apply(find_layers(header), header))
    free = tuple(layer for layer in by_hand if layer.note != "by hand" or layer.rule is Rule.BEAUTY)
    recognised = recognise_parts(free, header, sample)
    parts = [layer for layer in by_hand if layer.note == "by hand" and layer.rule is Rule.BEAUTY_PART]
    found = {layer.name: layer for layer in (*recognised, *adopt_parts(parts, recognised, header))}
    whole = tuple(_with_a_beauty(found.get(layer.name, layer), header) for layer in by_hand)
    return with_notes(join_alphas(whole, header), header)


class _Sampler:
    """Colours at some rows of a frame: slabs spread over the height, and all rows where those are black."""

    def __init__(self, reader: FrameReader) -> None:
        self._reader = reader
        self._rows: dict[Window, list[range]] = {}
        self._planes: dict[tuple[int, range], dict[str, NDArray[Any]]] = {}

    def sample(self, layer: Layer, beside: Layer) -> NDArray[np.float32]:
        """A layer's colours at some pixels of another's data window, (N, 3); black where its own is cropped."""
        window = self._reader.header.parts[beside.part].data_window
        if window not in self._rows:
            self._rows[window] = self._choose(layer, window)
        return self._colours(layer, window, self._rows[window])

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

    def _choose(self, layer: Layer, window: Window) -> list[range]:
        slabs = _slabs(window.height)
        if np.count_nonzero(self._colours(layer, window, slabs)) > SLAB_ROWS * SLAB_ROWS:
            return slabs
        for start in range(0, window.height, 64):
            rows = [range(start, min(start + 64, window.height))]
            if np.count_nonzero(self._colours(layer, window, rows)) > SLAB_ROWS * SLAB_ROWS:
                return rows
        return slabs

    def _colours(self, layer: Layer, window: Window, slabs: Sequence[range]) -> NDArray[np.float32]:
        """At these rows of a window, (N, C); black where the layer's own is cropped within it."""
        own = self._reader.header.parts[layer.part].data_window
        top, left = own.y_min - window.y_min, own.x_min - window.x_min
        values = []
        for rows in slabs:
            inside = range(max(rows.start - top, 0), min(rows.stop - top, own.height))
            canvas = np.zeros((len(rows), window.width, len(layer.colours)), np.float32)
            if inside:
                planes = self._read(layer.part, inside)
                colours = np.stack([planes[name] for name in layer.colours], axis=2)
                first, cut = inside.start + top - rows.start, max(0, -left)
                canvas[first : first + len(inside), left + cut : left + own.width] = colours[
                    :, cut : window.width - left
                ]
            values.append(canvas.reshape(-1, len(layer.colours)))
        return np.concatenate(values)

    def _read(self, part: int, rows: range) -> dict[str, NDArray[Any]]:
        # All channels at once, and once: a chunk holds them all, whichever of them are wanted.
        if (part, rows) not in self._planes:
            self._planes[part, rows] = self._reader.read(part, rows.start, rows.stop)
        return self._planes[part, rows]


def _slabs(height: int) -> list[range]:
    """Rows spread over the height of a frame."""
    starts = [height * (2 * slab + 1) // (2 * SAMPLE_SLABS) for slab in range(SAMPLE_SLABS)]
    return [range(start, min(start + SLAB_ROWS, height)) for start in dict.fromkeys(starts)]


def _with_a_beauty(layer: Layer, header: FrameHeader) -> Layer:
    """FrameError for a part of the beauty, set by hand, that has no beauty to add up to."""
    if layer.rule is Rule.BEAUTY_PART and not layer.sums:
        raise FrameError(
            header.path, f"layer {layer.name!r} is to be part of a beauty, but its view has none of that size"
        )
    return layer
