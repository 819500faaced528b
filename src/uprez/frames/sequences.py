"""Which frames a command means.

A source is a file, a folder, or a pattern whose padding stands for the frame number:

    shot.####.exr   shot.@@@@.exr   shot.%04d.exr   shot.$F4.exr     numbers padded to four digits
    shot.#.exr      shot.@.exr                                       numbers of any padding
    shot.1001-1100#.exr   shot.1-20x2####.exr                        these frames of it
    cache.####.####.exr   cache.#.#.exr   cache.$FF.exr              subframes: frame, dot, fraction
    shot.%V.####.exr      %V/shot.####.exr                           both views; %v is their first letter

See `ranges` for the frames, `numbering` for the place of a number in a name, `views` and `spelling` (Unicode).
"""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from uprez.errors import UsageError
from uprez.frames.image_results import ENCODINGS
from uprez.frames.numbering import Number, Pattern, number_in, numbers_in, pattern_in
from uprez.frames.ranges import parse_range
from uprez.frames.spelling import as_spelled, composed
from uprez.frames.views import expand_views

FRAME_EXTENSIONS: Final = (".exr", ".sxr", *ENCODINGS)
"""What a folder's frames may end in; anything else there is skipped. A file named outright is judged by its content."""
PREVIEW_ENDING: Final = ".preview.png"


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One file to work on. frame: its number, None for a still without one. subframe: the digits of its fraction, ""
    for a whole frame. view: what `%V` stood for, "" where the source had none. series: the first, the middle and the
    last file of its sequence as it is on disk, whichever of them a range asks for; empty for a still.
    """

    path: Path
    frame: int | None
    subframe: str = ""
    view: str = ""
    series: tuple[Path, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the given sources come to, in the order given, each file once.

    missing: files that were asked for, by a range, and are not there. holes: numbers that the files found leave out
    ("shot.1003-1004.exr"), where nobody gave a range. skipped: visible entries of given folders that are no frames.
    """

    frames: tuple[SourceFrame, ...]
    missing: tuple[str, ...]
    holes: tuple[str, ...]
    skipped: tuple[str, ...]


class _Series(NamedTuple):
    """Files whose names differ in the number only. width: digits that a missing name is padded to."""

    folder: Path
    base: str
    rest: str
    width: int
    files: dict[Path, Number]

    @property
    def frames(self) -> frozenset[int]:
        return frozenset(number.frame for number in self.files.values())

    def name(self, *ends: int) -> str:
        """The file of one frame number, or, in the manner of fileseq, of a first and a last one."""
        numbers = "-".join(f"{frame:0{self.width}d}" for frame in ends)
        return str(self.folder / f"{self.base}{numbers}{self.rest}")


def expand_sources(patterns: Sequence[str], frames: str | None = None) -> Sources:
    """Find the frames that `patterns` (files, folders, patterns) mean; of them those in the range `frames`, if given.

    Files named outright count as one list, so that what a shell made of `shot.*.exr` is a sequence. With `frames`, a
    list's or folder's sequences that hold none of them are left out, and so are its stills. UsageError where a source
    is not there, a range makes no sense, or nothing is left to do.
    """
    search = _Search(parse_range(frames, "--frames") if frames is not None else None)
    places = [place for pattern in patterns for place in _places(pattern)]
    search.take_list((path for path, _, _ in places if _is_file(path)), {path: view for path, view, _ in places})
    for path, view, is_one in places:
        if path.is_dir():
            search.take_folder(path, view)
        elif not _is_file(path):
            search.take_pattern(path, view, lenient=not is_one)
    if not search.found:
        among = f" among {frames}" if frames is not None else ""
        first = f" ({search.missing[0]} is missing)" if search.missing else ""
        raise UsageError(f"no frames{among} in {', '.join(patterns) or 'an empty list'}{first}")
    return search.result()


def _places(pattern: str) -> list[tuple[Path, str, bool]]:
    """The paths that a pattern means, `%V` filled in and folders spelled as the disk does, each with its view, and
    whether it is the only one.
    """
    if not pattern:
        raise UsageError("a source has no name; name a file, a folder or a pattern like shot.####.exr")
    views = [(pattern, "")] if os.path.lexists(pattern) else expand_views(pattern)
    return [(as_spelled(Path(path)), view, len(views) == 1) for path, view in views]


class _Search:
    """What `expand_sources` has gathered so far."""

    def __init__(self, wanted: frozenset[int] | None) -> None:
        self.wanted = wanted
        self.found: dict[str, SourceFrame] = {}
        self.missing: list[str] = []
        self.holes: list[str] = []
        self.skipped: list[str] = []

    def result(self) -> Sources:
        return Sources(
            tuple(self.found.values()), tuple(dict.fromkeys(self.missing)), tuple(self.holes), tuple(self.skipped)
        )

    def take_list(self, paths: Iterable[Path], views: Mapping[Path, str]) -> None:
        stills, sequences = _sort_out(paths)
        if self.wanted is None:
            for path in stills:
                self._add(SourceFrame(path, None, view=views.get(path, "")))
        for series in sequences:
            if self.wanted is None or self.wanted & series.frames:
                self._take_series(series, self.wanted, views)

    def take_folder(self, folder: Path, view: str) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"{folder}: the folder can't be read: {error.strerror}") from error
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        paths = [Path(entry) for entry in visible if not entry.is_dir() and _is_frame_name(entry.name)]
        self.skipped += [entry.path for entry in visible if Path(entry) not in paths]
        self.take_list(paths, dict.fromkeys(paths, view))

    def take_pattern(self, path: Path, view: str, *, lenient: bool) -> None:
        """lenient: other views have files, perhaps."""
        pattern = pattern_in(path.name)
        if lenient and (pattern is None or not path.parent.is_dir()):
            return
        if pattern is None:
            raise UsageError(f"{path}: no such file or folder; a sequence is written shot.####.exr or shot.1-100#.exr")
        asked = self.wanted
        if pattern.range:
            own = parse_range(pattern.range)
            asked = own if asked is None else own & asked
        series = _match(path.parent, pattern)
        if lenient and not series.files:
            return
        if not series.files and asked is None:
            raise UsageError(f"{path}: no frame is named like this")
        self._take_series(series, asked, dict.fromkeys(series.files, view))

    def _take_series(self, series: _Series, asked: frozenset[int] | None, views: Mapping[Path, str]) -> None:
        files = sorted(series.files.items(), key=lambda item: (item[1].place, item[0]))
        some = {files[place][0]: None for place in (0, len(files) // 2, -1)} if files else {}
        for path, number in files:
            if asked is None or number.frame in asked:
                self._add(SourceFrame(path, number.frame, number.part, views.get(path, ""), tuple(some)))
        if asked is None:
            self.holes += _holes(series)
        else:
            self.missing += [series.name(frame) for frame in sorted(asked - series.frames)]

    def _add(self, source: SourceFrame) -> None:
        self.found.setdefault(str(source.path.absolute()), source)


def series_name(source: SourceFrame) -> str:
    """What the frames of one sequence have in common: their path, # in place of the number."""
    name = number_in(source.path.name, subframe=bool(source.subframe))
    return str(source.path) if name is None else str(source.path.with_name(f"{name.base}#{name.rest}"))


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and not os.path.isdir(path)


def _is_frame_name(name: str) -> bool:
    """Whether a file in a folder is a frame: none of the previews that lie beside results."""
    return Path(name).suffix.lower() in FRAME_EXTENSIONS and not name.endswith(PREVIEW_ENDING)


def _sort_out(paths: Iterable[Path]) -> tuple[list[Path], list[_Series]]:
    """Stills, and sequences in the order of their first files."""
    stills: list[Path] = []
    series: dict[tuple[Path, str, str], _Series] = {}
    for path, name in numbers_in(paths).items():
        if name is None:
            stills.append(path)
            continue
        key = (path.parent, composed(name.base), composed(name.rest))
        empty = _Series(path.parent, name.base, name.rest, len(name.digits), {})
        series.setdefault(key, empty).files[path] = name
    return stills, list(series.values())


def _match(folder: Path, pattern: Pattern) -> _Series:
    """The files of a folder that are named like the pattern."""
    try:
        entries = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder}: the folder can't be read: {error.strerror}") from error
    files = {folder / name: number for name in entries if (number := pattern.number(name))}
    width = pattern.width or min((len(number.digits) for number in files.values()), default=4)
    part = "" if not pattern.part_width and not pattern.either and pattern.part_width is not None else ".#"
    return _Series(folder, pattern.base, ("" if pattern.either else part) + pattern.rest, width, files)


def _holes(series: _Series) -> list[str]:
    """Each run of numbers that a regular sequence leaves out, as one name; a step that all frames share is no hole."""
    numbers = sorted(series.frames)
    step = math.gcd(*(after - before for before, after in pairwise(numbers)))
    holes = []
    for before, after in pairwise(numbers):
        if after - before > step:
            first, last = before + step, after - step
            holes.append(series.name(first) if first == last else series.name(first, last))
    return holes
