"""Which frames a command means, and what their results are called.

A source is a file, a folder, or a pattern whose padding stands for the frame number:

    shot.####.exr   shot.@@@@.exr   shot.%04d.exr   shot.$F4.exr     numbers padded to four digits
    shot.#.exr      shot.@.exr                                       numbers of any padding
    shot.1001-1100#.exr   shot.1-20x2####.exr                        these frames of it

Frame ranges are those that farms hand out (OpenJD): `1-10`, `1,3,7-20:2`, a step after `:` or `x`, numbers may be
negative. Where fileseq's own grammar differs uprez follows the farm (`7-20:2` is a step, fileseq would stagger) and
the usual names (in `shot-0001.exr` the dash separates: a minus belongs to a number only behind `.` or `_` or at the
start of the name).
"""

import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from uprez.errors import UsageError
from uprez.frames.atomic import LONGEST_NAME
from uprez.frames.image_results import ENCODINGS

FRAME_EXTENSIONS: Final = (".exr", ".sxr", *ENCODINGS)
"""What a folder's frames may end in; anything else there is skipped. A file named outright is judged by its content."""
PREVIEW_ENDING: Final = ".preview.png"
RESULT_EXTENSIONS: Final = (".exr", *ENCODINGS)
MOST_FRAMES = 200_000
"""Longest range taken: more than two hours of film; beyond it is a slip of the keyboard."""

_NUMBER: Final = r"(?:(?<![^._])-)?\d+"
_ITEM: Final = r"-?\d{1,9}(?:--?\d{1,9}(?:[:xy]-?\d{1,9})?)?"
_NAME: Final = re.compile(rf"(?P<base>.*?)(?P<digits>{_NUMBER})(?P<rest>(?:\.[A-Za-z]\w*)*)")
_PADDING: Final = r"#+|@+|%\d*d|\$F\d*"
_RANGE: Final = rf"{_NUMBER}(?:--?\d+(?:[:xy]-?\d+)?(?:,{_ITEM})*|(?:,{_ITEM})+)"
_PATTERN: Final = re.compile(rf"(?P<base>[^#]*?)(?P<range>{_RANGE})?(?P<padding>{_PADDING})(?P<rest>[^#]*)")


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One file to work on. frame: its number, None for a still without one."""

    path: Path
    frame: int | None


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
    files: dict[Path, int]

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
    search = _Search(parse_range(frames) if frames is not None else None)
    search.take_list(Path(pattern) for pattern in patterns if _is_file(pattern))
    for pattern in patterns:
        if os.path.isdir(pattern):
            search.take_folder(Path(pattern))
        elif not _is_file(pattern):
            search.take_pattern(pattern)
    if not search.found:
        among = f" among {frames}" if frames is not None else ""
        first = f" ({search.missing[0]} is missing)" if search.missing else ""
        raise UsageError(f"no frames{among} in {', '.join(patterns) or 'an empty list'}{first}")
    return search.result()


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

    def take_list(self, paths: Iterable[Path]) -> None:
        stills, sequences = _sort_out(paths)
        if self.wanted is None:
            for path in stills:
                self._add(path, None)
        for series in sequences:
            if self.wanted is None or self.wanted.intersection(series.files.values()):
                self._take_series(series, self.wanted)

    def take_folder(self, folder: Path) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise UsageError(f"{folder}: the folder can't be read: {error.strerror}") from error
        visible = [entry for entry in entries if not entry.name.startswith(".")]
        paths = [Path(entry) for entry in visible if not entry.is_dir() and _is_frame_name(entry.name)]
        self.skipped += [entry.path for entry in visible if Path(entry) not in paths]
        self.take_list(paths)

    def take_pattern(self, pattern: str) -> None:
        parts = _PATTERN.fullmatch(Path(pattern).name)
        if parts is None:
            raise UsageError(
                f"{pattern}: no such file or folder; a sequence is written shot.####.exr or shot.1-100#.exr"
            )
        asked = self.wanted
        if parts["range"]:
            own = parse_range(parts["range"])
            asked = own if asked is None else own & asked
        series = _match(Path(pattern).parent, parts["base"], parts["rest"], _width(parts["padding"]))
        if not series.files and asked is None:
            raise UsageError(f"{pattern}: no frame is named like this")
        self._take_series(series, asked)

    def _take_series(self, series: _Series, asked: frozenset[int] | None) -> None:
        for path, frame in sorted(series.files.items(), key=lambda item: (item[1], item[0])):
            if asked is None or frame in asked:
                self._add(path, frame)
        if asked is None:
            self.holes += _holes(series)
        else:
            self.missing += [series.name(frame) for frame in sorted(asked.difference(series.files.values()))]

    def _add(self, path: Path, frame: int | None) -> None:
        self.found.setdefault(str(path.absolute()), SourceFrame(path, frame))


def parse_range(text: str) -> frozenset[int]:
    """Frame numbers from a range such as "1-10", "1,3,7-20:2", "-5-5", "10-1:-1". UsageError where it is none."""
    from fileseq.exceptions import FileSeqException
    from fileseq.frameset import FrameSet

    items = text.replace(" ", "").split(",")
    if not all(re.fullmatch(_ITEM, item) for item in items):
        raise UsageError(f'"{text}" is no frame range; write 1-10 or 1,3,7-20:2')
    for item in items:
        if len(ends := re.findall(r"(?<!\d)-?\d+", item)) > 1 and abs(int(ends[1]) - int(ends[0])) >= MOST_FRAMES:
            raise UsageError(f'the frame range "{text}" is longer than {MOST_FRAMES} frames')
    try:
        # A step, as OpenJD means it: fileseq reads ":" as "every second, then the rest".
        return frozenset(int(frame) for frame in FrameSet(",".join(items).replace(":", "x")))
    except FileSeqException as error:
        raise UsageError(f'"{text}" is no frame range: {str(error).splitlines()[0]}') from error


def series_name(path: Path) -> str:
    """What the frames of one sequence have in common: their path, # in place of the number."""
    name = _NAME.fullmatch(path.name)
    return str(path) if name is None else str(path.with_name(f"{name['base']}#{name['rest']}"))


def result_path(source: SourceFrame, output: str) -> Path:
    """Where the result of `source` goes: into the folder `output` as its own name and .exr, or where `output` says.

    output: a folder (there or not yet), `name.####.exr` with any padding that sources may have (a lone # keeps the
    source's), or a file name that ends in one of `RESULT_EXTENSIONS`. UsageError where a still has no number for a
    pattern, or where an extension can't be written.
    """
    if not output:
        raise UsageError("-o names no folder, pattern or file")
    path = Path(output)
    parts = None if os.path.isdir(path) else _PATTERN.fullmatch(path.name)
    if parts is None:
        named = path.suffix.lower() in RESULT_EXTENSIONS and not output.endswith("/") and not os.path.isdir(path)
        return path if named else path / f"{source.path.stem}.exr"
    if parts["range"]:
        raise UsageError(f"{output}: results keep their frame numbers; leave out the range {parts['range']}")
    if Path(parts["rest"]).suffix.lower() not in RESULT_EXTENSIONS and parts["rest"].lower() not in RESULT_EXTENSIONS:
        raise UsageError(f"{output}: results end in one of {', '.join(RESULT_EXTENSIONS)}")
    if source.frame is None:
        raise UsageError(f"{source.path} has no frame number for {output}; name a folder or one file with -o")
    own = _NAME.fullmatch(source.path.name)
    width = _width(parts["padding"]) or (len(own["digits"]) if own else 1)
    return path.with_name(f"{parts['base']}{source.frame:0{width}d}{parts['rest']}")


def preview_path(result: Path) -> Path:
    """Where a result's preview goes: beside it, under its name."""
    return result.with_suffix(PREVIEW_ENDING)


def result_paths(
    sources: Sequence[SourceFrame], output: str, *, folders: Sequence[str] = (), previews: bool = False
) -> list[Path]:
    """`result_path` of each. UsageError where two results would share a file, one would overwrite a source, or lie in
    one of `folders`, whose files are all sources, when the same command is repeated; with `previews` their
    `preview_path` must be as free.
    """
    paths = [result_path(source, output) for source in sources]
    given = {os.path.realpath(folder) for folder in folders if os.path.isdir(folder)}
    if mixed := next((path for path in paths if os.path.realpath(path.parent) in given), None):
        raise UsageError(f"{mixed}: results would lie among the sources in {mixed.parent}; name another folder with -o")
    inputs = {os.path.realpath(source.path): source.path for source in sources}
    taken: dict[str, Path] = {}
    for source, path in zip(sources, paths, strict=True):
        _claim(path, "result", source.path, inputs, taken)
        if previews:
            _claim(preview_path(path), "preview", source.path, inputs, taken)
    return paths


def _claim(path: Path, what: str, source: Path, inputs: Mapping[str, Path], taken: dict[str, Path]) -> None:
    """Note in `taken` that `path` is made from `source`. inputs: the sources by their real names."""
    real = os.path.realpath(path)
    if real in inputs:
        raise UsageError(f"{path}: the {what} would overwrite the source {inputs[real]}; name another folder with -o")
    if real in taken:
        raise UsageError(
            f"{path}: would be the {what} of both {taken[real]} and {source}; name a folder or pattern with -o"
        )
    taken[real] = source


def _is_file(name: str) -> bool:
    return os.path.lexists(name) and not os.path.isdir(name)


def _is_frame_name(name: str) -> bool:
    """Whether a file in a folder is a frame: none of the previews that lie beside results."""
    return Path(name).suffix.lower() in FRAME_EXTENSIONS and not name.endswith(PREVIEW_ENDING)


def _sort_out(paths: Iterable[Path]) -> tuple[list[Path], list[_Series]]:
    """Stills, and sequences in the order of their first files."""
    stills: list[Path] = []
    series: dict[tuple[Path, str, str], _Series] = {}
    for path in paths:
        name = _NAME.fullmatch(path.name)
        if name is None:
            stills.append(path)
            continue
        key = (path.parent, name["base"], name["rest"])
        series.setdefault(key, _Series(*key, len(name["digits"]), {})).files[path] = int(name["digits"])
    return stills, list(series.values())


def _match(folder: Path, base: str, rest: str, width: int | None) -> _Series:
    """The files base, number, rest of a folder; numbers padded to `width`, or any way where it is None."""
    shape = re.compile(rf"{re.escape(base)}(-?\d+){re.escape(rest)}")
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder}: the folder can't be read: {error.strerror}") from error
    digits = {name: found[1] for name in names if (found := shape.fullmatch(name))}
    if width is not None:
        digits = {name: text for name, text in digits.items() if text == f"{int(text):0{width}d}"}
    files = {folder / name: int(text) for name, text in digits.items()}
    return _Series(folder, base, rest, width or min(map(len, digits.values()), default=4), files)


def _width(padding: str) -> int | None:
    """Digits that a padding asks for; None, any, for a lone # or @ ("4" to fileseq, "1" to Nuke)."""
    from fileseq.constants import PAD_STYLE_HASH1
    from fileseq.filesequence import FileSequence

    if padding in ("#", "@"):
        return None
    digits = re.sub(r"\D", "", padding)
    if max(len(padding), int(digits[:9] or 0)) > LONGEST_NAME:
        raise UsageError(f"no file name holds a number padded by {padding[:20]}…; write #### or %04d")
    return FileSequence.getPaddingNum(padding, pad_style=PAD_STYLE_HASH1)


def _holes(series: _Series) -> list[str]:
    """Each run of numbers that a regular sequence leaves out, as one name; a step that all frames share is no hole."""
    numbers = sorted(set(series.files.values()))
    step = math.gcd(*(after - before for before, after in pairwise(numbers)))
    holes = []
    for before, after in pairwise(numbers):
        if after - before > step:
            first, last = before + step, after - step
            holes.append(series.name(first) if first == last else series.name(first, last))
    return holes
