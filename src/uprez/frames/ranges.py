"""Frame ranges, as people and farms write them: one grammar for every command.

    1-10   1:10   10-1              each frame from the first to the last
    1-10x2   1-10:2   1-10step2     every second one; also by2, every2 (Deadline), :2 (OpenJD)
    1-10y2                          all but those (fileseq)
    1,3,5   1 3 5   1-5, 8          items stand between commas, blanks or both
    -5--1   -3                      numbers may be negative

Sources: OpenJD's range expressions; Deadline, "Frame List Formatting Options"; fileseq. Nothing is deleted to make
sense of a text: what is no item is refused.
"""

import re
from typing import Final

from uprez.errors import UsageError

MOST_FRAMES: Final = 200_000
"""Longest range taken: more than two hours of film; beyond it is a slip of the keyboard."""
ITEM: Final = r"-?[0-9]{1,9}(?:[-:]-?[0-9]{1,9}(?:(?:[:xy]|step|by|every)-?[0-9]{1,9})?)?"
"""One item of a range, as a regular expression without groups."""

_ITEM: Final = re.compile(
    r"(?P<first>-?[0-9]{1,9})(?:[-:](?P<last>-?[0-9]{1,9})(?:(?P<how>[:xy]|step|by|every)(?P<step>-?[0-9]{1,9}))?)?",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s*,\s*|\s+")


def parse_range(text: str, where: str = "") -> frozenset[int]:
    """The frame numbers of a range such as "1-10", "1 3 5", "1,3,7-20:2", "-5-5". where: what the text was given as
    ("--frames"), for the message. UsageError, one line, where it is no range.
    """
    before = f"{where}: " if where else ""
    frames: set[int] = set()
    for item in _BETWEEN.split(text.strip()):
        found = _ITEM.fullmatch(item)
        if found is None:
            what = f": {_shown(item)} can't be read" if item.strip() and item != text.strip() else ""
            raise UsageError(f"{before}{_shown(text)} is no frame range{what}; write 1-10, 1 3 5 or 1,3,7-20:2")
        try:
            frames |= _frames_of(found)
        except ValueError as error:
            raise UsageError(f"{before}the frame range {_shown(text)} {error}") from None
    return frozenset(frames)


def _frames_of(item: re.Match[str]) -> set[int]:
    """ValueError, the end of a sentence, where the item makes no sense."""
    first = int(item["first"])
    last = int(item["last"] or first)
    step = int(item["step"] or 1)
    if abs(last - first) >= MOST_FRAMES:
        raise ValueError(f"is longer than {MOST_FRAMES} frames")
    if not step or (step < 0 and first < last):
        raise ValueError(f"has the step {step}, by which it does not get from {first} to {last}")
    onward = 1 if first <= last else -1
    chosen = set(range(first, last + onward, abs(step) * onward))
    if (item["how"] or "").lower() != "y":
        return chosen
    if not (others := set(range(first, last + onward, onward)) - chosen):
        raise ValueError("holds no frame")
    return others


def _shown(text: str) -> str:
    """Quoted on one line, shortened."""
    line = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f'"{line[:60]}…"' if len(line) > 60 else f'"{line}"'
