"""Bands of rows: how a frame is cut so that it streams through within a memory limit."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from numpy.typing import NDArray

from uprez.frames.types import FrameHeader, Window
from uprez.layers.layers import Layer, Rule
from uprez.layers.storage import ceiling_of
from uprez.models.card import Card
from uprez.models.tiling import pixel_bytes
from uprez.upscaling import colour, methods, surfaces
from uprez.upscaling.borders import NO_BORDER, Border, find_border, pictures

BASE_BYTES = 350 << 20
"""What the processes hold whatever the frame: Python, numpy, a runtime and its weights, the decode worker."""
LEAST_BYTES = 64 << 20
"""For pixels, however small the limit."""
WORKING_BYTES = 4 * 16
"""For each HR pixel of a band: what finishing one layer holds at most, four arrays of R, G, B and alpha in float32."""
LEAST_ROWS = 8
"""Rows that a band must advance by, however small the memory."""
NETWORK_RULES = frozenset({Rule.BEAUTY, Rule.COLOR})
METHOD_REACH = max(colour.REACH, methods.REACH, surfaces.REACH)


@dataclass(frozen=True)
class Band:
    """One band, all in LR rows of the data window; those of a border above it count below zero."""

    rows: range
    """The rows whose results it writes; may be none. Those of all bands make up the frame, in order."""
    computed: range
    """The rows for which the network is asked anew; the others that it needs were computed for the bands before."""
    window: range
    """The rows that the network reads for that; as many in every band."""
    source: range
    """The rows of the source that the band needs in all."""


@dataclass(frozen=True)
class Stage:
    """Parts with one data window, or a face of them, streamed together, and their layers. Parts that are cropped within
    the window count as black around.
    """

    window: Window
    parts: tuple[int, ...]
    layers: tuple[Layer, ...]
    bands: tuple[Band, ...]
    network_bytes: int
    """What the network may take for its activations beside the bands that are in flight."""
    granule: int
    """Rows are read in blocks of this many, so that what is repaired in a block does not depend on the bands."""
    border: Border = NO_BORDER
    """What lies around the data window."""
    ceilings: Mapping[str, float] = field(default_factory=dict)
    """For layers of light, by name, the brightest value that the result can store."""
    needs: int = 0
    """Bytes that a run takes for it, where that is more than its limit; 0 where it keeps to it."""
    first: int = 0
    """The row of its parts with which its window begins: another than 0 for all but the first face of a cube."""

    @property
    def rows(self) -> range:
        """The rows of the data window, and those of the border."""
        return range(-self.border.top, self.window.height + self.border.bottom)

    @property
    def columns(self) -> slice:
        """The columns of the data window among those of the border."""
        return slice(self.border.left, self.border.left + self.window.width)

    def window_of(self, data: Window, rows: range) -> tuple[range, slice]:
        """Of some rows of the stage those that lie in a part's data window, and its columns; the rows may be none."""
        top, left = data.y_min - self.window.y_min, data.x_min - self.window.x_min
        start = min(max(rows.start, top), rows.stop)
        stop = max(start, min(rows.stop, top + data.height))
        return range(start, stop), slice(max(0, left), min(self.window.width, left + data.width))

    def inner(self, result: NDArray[Any], scale: int) -> NDArray[Any]:
        """The columns of the data window of a result, (H, W * scale, C), that has those of the border."""
        return result[:, self.columns.start * scale : self.columns.stop * scale]


def plan_stages(
    header: FrameHeader, layers: Sequence[Layer], card: Card, reach: int, memory_bytes: int, lines: Sequence[int]
) -> tuple[Stage, ...]:
    """Cut a frame into stages and bands.

    reach: LR rows beyond a band's own whose network results it needs. lines: for each part, the rows compressed
    together.
    """
    pixels = pixel_budget(memory_bytes)
    stages: list[Stage] = []
    for window, parts in _together(header, layers):
        of_stage = tuple(layer for layer in layers if layer.part in parts)
        border = find_border([header.parts[number] for number in parts], of_stage, card, reach)
        at_once = granule([lines[number] for number in parts])
        # Whole pictures, each by itself: the faces of a cube lie below each other in one window.
        for picture in pictures([header.parts[number] for number in parts]):
            bands, left, needs = _bands_of(picture, border, of_stage, header, card, reach, pixels)
            ceilings = {layer.name: ceiling_of(layer, header) for layer in of_stage if layer.rule in NETWORK_RULES}
            first = picture.y_min - window.y_min
            stages.append(Stage(picture, parts, of_stage, bands, left, at_once, border, ceilings, needs, first))
    return tuple(stages)


def _together(header: FrameHeader, layers: Sequence[Layer]) -> Iterator[tuple[Window, tuple[int, ...]]]:
    """Parts that are streamed together, in one data window: those that have it, then those that are cropped within it
    and add up to a layer of theirs.
    """
    own = {number: header.parts[number].data_window for layer in layers for number in layer.parts}
    of_layer = {layer.name: own[layer.part] for layer in layers}
    windows = dict(own)
    for layer in layers:
        whole = next((of_layer[one.whole] for one in layer.sums if one.whole in of_layer), None)
        if whole is not None and whole.holds(own[layer.part]):
            windows[layer.part] = whole
    wanted = sorted(own, key=lambda number: (_corner(windows[number]), windows[number] != own[number], number))
    for window, alike in groupby(wanted, key=lambda number: windows[number]):
        yield window, tuple(alike)


def _bands_of(
    window: Window,
    border: Border,
    layers: Sequence[Layer],
    header: FrameHeader,
    card: Card,
    reach: int,
    pixels: int,
) -> tuple[tuple[Band, ...], int, int]:
    """The bands of one picture within so many bytes, what they leave to the network's activations, `Stage.needs`."""
    width, height = border.around(window)
    of_layers = sum(_pixel_bytes(layer, header, card.scale) for layer in layers)
    in_flight = width * (of_layers + WORKING_BYTES * card.scale**2)
    network = any(layer.rule in NETWORK_RULES for layer in layers)
    activations = width * pixel_bytes(card) if network else 0
    rows = pixels // (in_flight + activations)
    bands = plan_bands(height, card.halo, reach, rows) if network else plan_bands(height, 0, 0, rows)
    left = max(pixels // 4, pixels - in_flight * len(bands[0].window))
    needs = (in_flight + activations) * len(bands[0].window)
    needs = BASE_BYTES + needs if needs > pixels and rows < height else 0
    return tuple(_within(band, border, window.height) for band in bands), left, needs


def _within(band: Band, border: Border, height: int) -> Band:
    """A band of rows that count from the top of the border as one of rows that count from the data window's; it writes
    those of the data window alone.
    """

    def shifted(rows: range) -> range:
        return range(rows.start - border.top, rows.stop - border.top)

    rows = shifted(band.rows)
    start, stop = (min(max(row, 0), height) for row in (rows.start, rows.stop))
    return Band(range(start, stop), shifted(band.computed), shifted(band.window), shifted(band.source))


def plan_bands(height: int, halo: int, reach: int, rows: int) -> tuple[Band, ...]:
    """Cut `height` rows into bands for which the network reads at most about `rows` rows at a time, `halo` of them for
    context.

    reach: how many more rows of the network's results a band's result depends on. All network windows have one height,
    so that a runtime prepares for one shape; the last one is shifted inwards.
    """
    longest = max(rows, 2 * halo + reach + LEAST_ROWS)
    count = 1 if longest >= height else math.ceil((height - 2 * halo) / (longest - 2 * halo))
    length = math.ceil((height + 2 * halo * (count - 1)) / count)
    bands: list[Band] = []
    computed = written = 0
    for number in range(count):
        start = min(max(0, computed - halo), height - length)
        last = number == count - 1
        computed_to = height if last else start + length - halo
        written_to = height if last else max(written, computed_to - reach)
        needed = min(start, written - METHOD_REACH - reach), max(start + length, written_to + METHOD_REACH + reach)
        bands.append(
            Band(
                range(written, written_to),
                range(computed, computed_to),
                range(start, start + length),
                range(max(0, needed[0]), min(height, needed[1])),
            )
        )
        computed, written = computed_to, written_to
    return tuple(bands)


def pixel_budget(memory_bytes: int) -> int:
    """What a memory limit leaves for pixels."""
    return max(LEAST_BYTES, memory_bytes - BASE_BYTES)


def granule(lines: Iterable[int]) -> int:
    """Rows to read at once: whole chunks of the part with the largest ones, some 64 rows at least."""
    most = max(lines)
    return most * math.ceil(64 / most)


def _pixel_bytes(layer: Layer, header: FrameHeader, scale: int) -> int:
    """Bytes that one LR pixel of a layer takes while its band is in flight: read, computed, being written."""
    stored = sum(
        header.parts[part].channel(name).dtype.itemsize for part in layer.parts for name in layer.channels_of(part)
    )
    read = 4 * 4 * len(layer.channels)  # being read, waiting, computed, being finished: float32 at most
    computed = 2 * 4 * 4 * scale**2 if layer.rule in NETWORK_RULES else 0  # waiting, being finished: R, G, B and alpha
    finished = (4 * len(layer.channels) + stored) * scale**2  # in float32, and as stored
    return read + computed + finished


def _corner(window: Window) -> tuple[int, int, int, int]:
    return window.x_min, window.y_min, window.x_max, window.y_max
