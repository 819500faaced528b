"""The finished picture of a frame and the guides beside it, found by the rules that `uprez info` shows.

Pairs, stores, evaluation and renderers know one picture by plain names: R, G, B, A; `albedo.R` G B; `normal.X` Y Z;
`depth.Z`; `backward.u` v and `forward.u` v. This is where these lie in a file, whatever they are called there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import FrameReader, Window
from uprez.layers import naming
from uprez.layers.finding import find_rules
from uprez.layers.layers import Layer, Rule
from uprez.layers.rules import RuleBook

Place = tuple[int, str]
"""The number of a part, and a channel of it."""

_LIGHT: Final = ("R", "G", "B", "A")
_RED: Final = ("r", "red")
_GUIDES: Final = {
    "albedo": ("albedo.R", "albedo.G", "albedo.B"),
    "normal": ("normal.X", "normal.Y", "normal.Z"),
    "depth": ("depth.Z",),
    "backward": ("backward.u", "backward.v"),
    "forward": ("forward.u", "forward.v"),
}
_BY_NAME_ALONE: Final = ("backward", "forward")
"""Motion has too many conventions to be known by its meaning."""


@dataclass(frozen=True)
class Picture:
    """Where a frame's picture lies. layer: the beauty. data, display: its windows. places: by plain name, in the order
    R G B A and guides; A and guides only where the frame has them, guides only where they have the picture's window.
    """

    layer: Layer
    data: Window
    display: Window
    places: Mapping[str, Place]

    def read(
        self, reader: FrameReader, names: Sequence[str], rows: tuple[int, int] | None = None
    ) -> dict[str, NDArray[Any]]:
        """Planes by plain name, (rows, width) in their stored type. rows: from the first to before the second, from the
        top of the data window; all of them where None. KeyError for a name that is none of `places`.
        """
        wanted: dict[int, dict[str, str]] = {}
        for name in names:
            part, channel = self.places[name]
            wanted.setdefault(part, {})[name] = channel
        found: dict[str, NDArray[Any]] = {}
        for part, channels in wanted.items():
            planes = reader.read(part, *(rows or (0, self.data.height)), list(dict.fromkeys(channels.values())))
            found |= {name: planes[channel] for name, channel in channels.items()}
        return found


def find_picture(reader: FrameReader) -> Picture:
    """The picture of an open frame. Of several views the left one, or else the first by name.

    FrameError, one line, where the frame holds no finished picture in R, G, B, or several that differ.
    """
    path = reader.header.path
    try:
        status = path.stat()
    except OSError as error:
        raise FrameError(path, f"can't be read: {error.strerror or error}") from None
    stamp = (str(path.absolute()), status.st_size, status.st_mtime_ns, status.st_ino)
    return _find(_Once(stamp, reader))


class _Once:
    """A reader, known by its file as it is: what was found in that is found again without a look."""

    def __init__(self, stamp: tuple[str, int, int, int], reader: FrameReader) -> None:
        self.stamp, self.reader = stamp, reader

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Once) and self.stamp == other.stamp

    def __hash__(self) -> int:
        return hash(self.stamp)


@lru_cache(maxsize=4096)
def _find(opened: _Once) -> Picture:
    reader = opened.reader
    del opened.reader  # a cache must not keep files open
    header = reader.header
    layers = find_rules([reader], RuleBook())
    beauty = _beauty(reader, layers)
    part = header.parts[beauty.part]
    own = [(number, name) for number in beauty.parts for name in beauty.channels_of(number)]
    places = dict(zip(_LIGHT[: len(own)], own, strict=True))
    seen = [
        layer
        for layer in layers
        if layer.view == beauty.view and header.parts[layer.part].data_window == part.data_window
    ]
    for guide, names in _GUIDES.items():
        if found := _guide(reader, guide, names, seen):
            places |= dict(zip(names, found, strict=True))
    return Picture(beauty, part.data_window, part.display_window, places)


def _beauty(reader: FrameReader, layers: Iterable[Layer]) -> Layer:
    path = reader.header.path
    finished = [layer for layer in layers if layer.rule is Rule.BEAUTY and _is_rgb(reader, layer)]
    if not finished:
        held = ", ".join(sorted(layer.name for layer in layers)[:5])
        raise FrameError(
            path, f"no finished picture in R, G, B among its layers ({held}); uprez info shows their rules"
        )
    view = min((layer.view for layer in finished), key=lambda name: (name.lower() not in ("left", "l"), name))
    of_view = [layer for layer in finished if layer.view == view]
    plain = [layer for layer in of_view if not _prefix(reader, layer)]
    first, *others = plain if len(plain) == 1 else of_view  # plain R G B is the picture, by the EXR standard
    if other := next((layer for layer in others if not _is_same(reader, first, layer)), None):
        raise FrameError(
            path, f"{first.name!r} and {other.name!r} are both finished pictures and differ; leave one in the file"
        )
    return first


def _prefix(reader: FrameReader, layer: Layer) -> str:
    return naming.split(layer.channels[0], naming.views_of(reader.header.parts[layer.part]))[0]


def _suffix(reader: FrameReader, layer: Layer) -> str:
    return naming.split(layer.channels[0], naming.views_of(reader.header.parts[layer.part]))[1]


def _is_rgb(reader: FrameReader, layer: Layer) -> bool:
    return len(layer.colours) == 3 and _suffix(reader, layer).lower() in _RED


def _is_same(reader: FrameReader, one: Layer, other: Layer) -> bool:
    """Whether the colours of two layers are the same pixels."""
    windows = [reader.header.parts[layer.part].data_window for layer in (one, other)]
    if windows[0] != windows[1]:
        return False
    planes = [reader.read(layer.part, 0, windows[0].height, layer.colours) for layer in (one, other)]
    pairs = zip(one.colours, other.colours, strict=True)
    return all(np.array_equal(planes[0][a], planes[1][b], equal_nan=True) for a, b in pairs)


def _guide(reader: FrameReader, guide: str, names: Sequence[str], layers: Sequence[Layer]) -> list[Place]:
    """Where a guide lies: under its plain name, or else as the only layer of its kind; nowhere where several are."""
    held = [(layer.part, channel) for layer in layers for channel in layer.channels]
    for part in dict.fromkeys(number for number, _ in held):
        if all((part, name) in held for name in names):
            return [(part, name) for name in names]
    if guide in _BY_NAME_ALONE:
        ends = [[place for place in held if place[1].endswith(f".{name}")] for name in names]
        return [places[0] for places in ends] if all(len(places) == 1 for places in ends) else []
    kind = [layer for layer in layers if len(layer.colours) == len(names) and _is_kind(reader, layer, guide)]
    named = [layer for layer in kind if _title(reader, layer).lower() == guide]
    chosen = named if len(named) == 1 else kind
    return [(chosen[0].part, channel) for channel in chosen[0].colours] if len(chosen) == 1 else []


def _is_kind(reader: FrameReader, layer: Layer, guide: str) -> bool:
    if guide == "albedo":
        return layer.rule is Rule.COLOR and "albedo" in naming.words(_title(reader, layer))
    if guide == "normal":
        return layer.rule is Rule.NORMAL
    return layer.rule is Rule.DEPTH and not layer.note


def _title(reader: FrameReader, layer: Layer) -> str:
    title = _prefix(reader, layer) or naming.title_of(reader.header.parts[layer.part])
    return title.rpartition(".")[2]
