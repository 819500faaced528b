"""Where the frame number stands in a file's name, and in a pattern for names.

A minus belongs to a number at the start of a name and behind a blank, a dot, an underscore and the like; behind a
letter or a digit it separates (`shot-0001.exr` is frame 1). A subframe is a fraction of a frame behind the number:
`cache.1001.5.exr` is half a frame after 1001, and belongs to frame 1001.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from uprez.errors import UsageError
from uprez.files.whole import LONGEST_NAME
from uprez.frames.ranges import ITEM
from uprez.frames.spelling import composed

_NUMBER: Final = r"(?:(?<![^\W_])(?<![-)\]}])-)?[0-9]+"
_REST: Final = r"(?P<rest>(?:\.[A-Za-z]\w*)*)"
_NAME: Final = re.compile(rf"(?P<base>.*?)(?P<digits>{_NUMBER}){_REST}", re.DOTALL)
_SUBFRAME_NAME: Final = re.compile(rf"(?P<base>.*?)(?P<digits>{_NUMBER})\.(?P<part>[0-9]+){_REST}", re.DOTALL)
_PADDING: Final = r"#+|@+|%[0-9]*d|\$F[0-9]*"
_SPAN: Final = r"[-:]-?[0-9]+(?:(?:[:xy]|step|by|every)-?[0-9]+)?"
_RANGE: Final = rf"{_NUMBER}(?:{_SPAN}(?:,{ITEM})*|(?:,{ITEM})+)"
_PATTERN: Final = re.compile(
    rf"(?P<base>[^#]*?)(?P<range>{_RANGE})?(?:(?P<any>\$FF)|(?P<padding>{_PADDING})(?:\.(?P<part>{_PADDING}))?)"
    r"(?P<rest>[^#]*)",
    re.DOTALL,
)


class Number(NamedTuple):
    """A file's name around its frame number. digits: as they stand, with the sign. part: the digits of a subframe
    behind the dot, "" where it has none.
    """

    base: str
    digits: str
    part: str
    rest: str

    @property
    def frame(self) -> int:
        return int(self.digits)

    @property
    def place(self) -> Fraction:
        """When it is, in frames: 1001.5; a negative number's part is one of the same sign."""
        part = Fraction(int(self.part), 10 ** len(self.part)) if self.part else Fraction(0)
        return self.frame - part if self.digits.startswith("-") else self.frame + part


def number_in(name: str, *, subframe: bool = False) -> Number | None:
    """The last digits before the extensions, as whole frames; None for a still. subframe: the name has one."""
    found = (_SUBFRAME_NAME if subframe else _NAME).fullmatch(name)
    part = found["part"] if found and subframe else ""
    return None if found is None else Number(found["base"], found["digits"], part, found["rest"])


def numbers_in(paths: Iterable[Path]) -> dict[Path, Number | None]:
    """The number of each of some files that are listed together, which may tell subframes from shots with a number:
    see `_are_subframes`.
    """
    paths = list(paths)
    numbers = {path: number_in(path.name) for path in paths}
    groups: dict[tuple[Path, str, str], dict[Path, Number]] = {}
    for path in paths:
        if found := _SUBFRAME_NAME.fullmatch(path.name):
            number = Number(found["base"], found["digits"], found["part"], found["rest"])
            groups.setdefault((path.parent, composed(number.base), composed(number.rest)), {})[path] = number
    wholes = {(path.parent, composed(each.base), composed(each.rest)) for path, each in numbers.items() if each}
    for key, group in groups.items():
        if _are_subframes(list(group.values()), beside_whole=key in wholes):
            numbers.update(group)
    return numbers


_FRACTIONS: Final = (2, 3, 4, 5, 6, 8, 10, 16)
_COMMON_FRACTIONS: Final = (2, 3, 4, 8)


def _are_subframes(numbers: list[Number], *, beside_whole: bool) -> bool:
    """Tell `cache.1001.25.exr` from frame 25 of shot 1001. The second numbers must divide a frame evenly (halves,
    quarters, tenths …), and either whole frames of the same name lie beside them, or the first numbers follow one
    another as frames do, or there is one first number of four digits or more, and a common fraction of fewer.
    """
    parts = {number.part for number in numbers}
    if not any(map(int, parts)) or not _divide_evenly(parts, _FRACTIONS):
        return False
    firsts = sorted({number.frame for number in numbers})
    if beside_whole or len(firsts) > 1:
        return beside_whole or all(after - before == 1 for before, after in pairwise(firsts))
    width = len(numbers[0].digits.lstrip("-"))
    values = sorted(map(int, parts))
    in_a_row = len(values) > 1 and all(after - before == 1 for before, after in pairwise(values))
    return not in_a_row and width >= 4 and max(map(len, parts)) < width and _divide_evenly(parts, _COMMON_FRACTIONS)


def _divide_evenly(parts: Iterable[str], fractions: Iterable[int]) -> bool:
    return any(all(_is_multiple(part, fraction) for part in parts) for fraction in fractions)


def _is_multiple(part: str, fraction: int) -> bool:
    """Whether .part is a multiple of 1/fraction, as far as its digits say; thirds are cut or rounded."""
    value, unit = Fraction(int(part), 10 ** len(part)), Fraction(1, fraction)
    nearest = round(value / unit) * unit
    exact = 10 ** len(part) % fraction == 0
    return value == nearest if exact or len(part) < 2 else abs(value - nearest) < Fraction(1, 10 ** len(part))


@dataclass(frozen=True)
class Pattern:
    """A name whose padding stands for the number. range: the frames that it names, or "". width: digits of the number;
    None for any. part_width: those of a subframe; None for any, 0 for none. either: frames and subframes (`$FF`).
    """

    base: str
    range: str
    width: int | None
    part_width: int | None
    rest: str
    either: bool = False

    def number(self, name: str) -> Number | None:
        """The number of a file that is named like this, in any spelling of Unicode; None for another file."""
        part = r"(?P<part>\.[0-9]+)" if self.part_width != 0 else "(?P<part>)"
        shape = rf"{re.escape(composed(self.base))}(?P<digits>{_NUMBER}){part}{'?' * self.either}"
        found = re.fullmatch(shape + re.escape(composed(self.rest)), composed(name), re.DOTALL)
        if found is None:
            return None
        digits, fraction = found["digits"], (found["part"] or "").removeprefix(".")
        if self.width is not None and digits != f"{int(digits):0{self.width}d}":
            return None
        if self.part_width and len(fraction) != self.part_width:
            return None
        return Number(self.base, digits, fraction, self.rest)

    def name(self, frame: int, part: str, width: int) -> str:
        """A file's name. part: the digits of its subframe, kept all. width: that of the number where any will do."""
        number = f"{frame:0{self.width or width}d}"
        if self.part_width != 0 and not self.either:
            part = (part or "0").ljust(self.part_width or 0, "0")
        return f"{self.base}{number}{f'.{part}' if part else ''}{self.rest}"


def pattern_in(name: str) -> Pattern | None:
    """A file name as a pattern; None where it has no padding. UsageError for one that no name could hold."""
    found = _PATTERN.fullmatch(name)
    if found is None:
        return None
    if found["any"]:
        return Pattern(found["base"], found["range"] or "", None, None, found["rest"], either=True)
    part = _width(found["part"]) if found["part"] else 0
    return Pattern(found["base"], found["range"] or "", _width(found["padding"]), part, found["rest"])


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
