"""Where results go: an EXR that streams, or an image of another format that holds the beauty alone. And the preview."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import FrameHeader, FrameWriter, Window
from uprez.frames.color import to_rec709
from uprez.frames.image_results import ENCODINGS, write_image
from uprez.frames.preview import write_preview
from uprez.layers.layers import Layer, Rule
from uprez.layers.storage import LostLight
from uprez.upscaling.attributes import Provenance, result_header
from uprez.upscaling.frame import FramePlan, SourceBand

Finished = Mapping[str, Sequence[NDArray[np.floating]]]
"""For every layer of a stage its planes, (rows * scale, W * scale), in the order of its channels."""
PREVIEW_PIXELS = 4096
"""Larger results are shown thinned out to at most this many columns and rows."""


class Sink(Protocol):
    """Takes a frame's rows, some of a band at a time, in their order; what it makes appears when it is left in peace,
    or not at all.
    """

    def take(self, source: SourceBand, rows: range, finished: Finished) -> None: ...

    def cut(self) -> tuple[tuple[str, str], ...]:
        """Layers with light that the file can't hold, and how much of it there is."""
        return ()

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def goes_to_image(result: Path) -> bool:
    """Whether the result is, by its name, of a format other than EXR."""
    return result.suffix.lower() in ENCODINGS


def image_layers(layers: Sequence[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """Of a frame's layers the one that an image of another format can hold: its first beauty."""
    for layer in layers:
        if layer.rule is Rule.BEAUTY:
            return (layer,)
    raise FrameError(
        header.path, "it has no beauty, and other formats than EXR hold nothing else", "write .exr results"
    )


class ExrSink(Sink):
    """Streams every layer into an EXR."""

    def __init__(self, path: Path, plan: FramePlan, scale: int, provenance: Provenance) -> None:
        self._scale = scale
        self._parts = plan.header.parts
        self._header = result_header(plan.header, path, scale, provenance)
        self._writer = FrameWriter(path, self._header)
        self._lost: dict[str, LostLight] = {}

    def take(self, source: SourceBand, rows: range, finished: Finished) -> None:
        stage, scale = source.stage, self._scale
        for number in stage.parts:
            data = self._parts[number].data_window
            inside, columns = stage.window_of(data, rows)
            if not inside:
                continue  # the part is cropped
            own = (
                slice((inside.start - rows.start) * scale, (inside.stop - rows.start) * scale),
                slice(columns.start * scale, columns.stop * scale),
            )
            planes = {
                channel: plane[own]
                for layer in stage.layers
                for channel, plane in _of_part(layer, finished[layer.name], number)
            }
            self._writer.write(number, (stage.window.y_min + inside.start - data.y_min) * scale, planes)
        for layer in source.stage.layers:
            lost = self._lost.setdefault(layer.name, LostLight(layer, self._header))
            lost.count(finished[layer.name])

    def cut(self) -> tuple[tuple[str, str], ...]:
        cut = [(name, lost.told()) for name, lost in self._lost.items() if lost.pixels]
        lowered = [
            (name, f"{count} values were lowered, since DWA would bring them back infinite; zip would not")
            for name, count in self._writer.lowered.items()
        ]
        return (*cut, *lowered)

    def __enter__(self) -> Self:
        self._writer.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.__exit__(kind, error, trace)


class ImageSink(Sink):
    """Gathers the beauty and writes it at the end, in Rec.709; only what lies in the display window, as other formats
    know no other.
    """

    def __init__(self, path: Path, plan: FramePlan, scale: int, provenance: Provenance) -> None:
        (layer,) = plan.layers
        part = plan.header.parts[layer.part]
        self._path, self._layer, self._scale = path, layer, scale
        self._description, self._part = provenance.as_text(), part
        self._data, self._display = part.data_window.scaled(scale), part.display_window.scaled(scale)
        channels = 4 if layer.alpha else 3
        self._picture = np.zeros((self._data.height, self._data.width, channels), np.float32)

    def take(self, source: SourceBand, rows: range, finished: Finished) -> None:
        planes = finished[self._layer.name]
        first = (source.stage.first + rows.start) * self._scale
        self._picture[first : first + len(planes[0])] = _rgb_and_alpha(planes, self._layer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            shown = _cropped(self._picture, self._data, self._display)
            linear = to_rec709(shown, self._part.chromaticities)
            write_image(self._path, linear, description=self._description, source=self._part)


class PreviewSink(Sink):
    """Gathers source and result of the first beauty, thinned out where they are large, and writes the preview at the
    end.
    """

    def __init__(self, path: Path, plan: FramePlan, scale: int, provenance: Provenance) -> None:
        self._path, self._scale, self._description = path, scale, provenance.as_text()
        self._layer = next((layer for layer in plan.layers if layer.rule is Rule.BEAUTY), None)
        self._source: list[NDArray[np.float32]] = []
        self._result: list[NDArray[np.float32]] = []
        if self._layer is not None:
            part = plan.header.parts[self._layer.part]
            window, self._chromaticities = part.data_window, part.chromaticities
            longest = max(window.width, window.height) * scale
            self._step = min(-(-longest // PREVIEW_PIXELS), window.width, window.height)

    def take(self, source: SourceBand, rows: range, finished: Finished) -> None:
        layer = self._layer
        if layer is None or layer not in source.stage.layers:
            return
        step = self._step
        (pixels,) = source.layers[layer.name]
        own = pixels[rows.start - source.band.source.start : rows.stop - source.band.source.start]
        own = own[:, source.stage.columns]
        planes = [own[..., channel] for channel in range(own.shape[2])]
        start = source.stage.first + rows.start
        skip = -start % step
        self._source.append(_rgb_and_alpha([plane[skip::step, ::step] for plane in planes], layer))
        skip = -start * self._scale % step
        self._result.append(_rgb_and_alpha([plane[skip::step, ::step] for plane in finished[layer.name]], layer))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._layer is not None:
            source, result = (
                to_rec709(np.concatenate(rows), self._chromaticities) for rows in (self._source, self._result)
            )
            height, width = (min(source.shape[k], result.shape[k] // self._scale) for k in (0, 1))
            whole = result[: height * self._scale, : width * self._scale]
            write_preview(self._path, source[:height, :width], whole, self._scale, description=self._description)


class Sinks(Sink):
    """Several sinks as one: all appear, in their order, or none after the first that fails."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks
        self._stack = ExitStack()

    def take(self, source: SourceBand, rows: range, finished: Finished) -> None:
        for sink in self._sinks:
            sink.take(source, rows, finished)

    def cut(self) -> tuple[tuple[str, str], ...]:
        return tuple(line for sink in self._sinks for line in sink.cut())

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for sink in reversed(self._sinks):
                opening.enter_context(sink)
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)


def _of_part(
    layer: Layer, planes: Sequence[NDArray[np.floating]], part: int
) -> Iterator[tuple[str, NDArray[np.floating]]]:
    """The channels of a layer that lie in this part, by name."""
    own = layer.channels_of(part)
    return zip(own, planes[: len(own)] if part == layer.part else planes[len(planes) - len(own) :], strict=True)


def _rgb_and_alpha(planes: Sequence[NDArray[np.floating]], layer: Layer) -> NDArray[np.float32]:
    """(H, W, 3 or 4): grey thrice."""
    colours = list(planes[: len(layer.colours)])
    colours = colours if len(colours) == 3 else colours * 3
    return np.stack([*colours, *planes[len(layer.colours) :]], axis=2).astype(np.float32, copy=False)


def _cropped(picture: NDArray[np.float32], data: Window, display: Window) -> NDArray[np.float32]:
    """The display window of a picture that fills the data window, black where there is no data."""
    shown = np.zeros((display.height, display.width, picture.shape[2]), np.float32)
    left, right = max(data.x_min, display.x_min), min(data.x_max, display.x_max) + 1
    top, bottom = max(data.y_min, display.y_min), min(data.y_max, display.y_max) + 1
    if left < right and top < bottom:
        inside = picture[top - data.y_min : bottom - data.y_min, left - data.x_min : right - data.x_min]
        shown[top - display.y_min : bottom - display.y_min, left - display.x_min : right - display.x_min] = inside
    return shown
