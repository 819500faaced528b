"""`%V` and `%v` in names, as Nuke writes the views of a stereo show: the view's name, and its first letter."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from uprez.errors import UsageError
from uprez.frames.spelling import as_spelled, composed

_LEFT_RIGHT: Final = ("left", "right", "l", "r")
_MARK: Final = re.compile("%[Vv]")
_LIKE_NUMBER: Final = re.compile(r"#+|@+|%[0-9]*d|\$F+[0-9]*")


def has_view(text: str) -> bool:
    """Whether a name has a place for the view."""
    return _MARK.search(text) is not None


def for_view(text: str, view: str) -> str:
    """A name with `%V` and `%v` filled in. UsageError where it has a place for a view and there is none."""
    if has_view(text) and not view:
        raise UsageError(f"{text}: %V stands for a view, and the source has none; leave it out")
    return text.replace("%V", view).replace("%v", view[:1])


def expand_views(pattern: str) -> list[tuple[str, str]]:
    """A pattern for each view that is there, and the view; the pattern alone, and "", where it has no place for one.

    `%V` is `left` and `right` (in any case), or, where neither is there, any word in its place; `%v` is `l` and `r`,
    or any letter. UsageError where nothing stands in that place.
    """
    if not has_view(pattern):
        return [(pattern, "")]
    found = sorted(set(_expanded(pattern, "")))
    sided = [(name, view) for name, view in found if view.lower() in _LEFT_RIGHT]
    if not found:
        raise UsageError(f"{pattern}: no file or folder is named like this with a view in place of %V")
    return sided or found


def _expanded(pattern: str, letter: str) -> Iterator[tuple[str, str]]:
    """letter: what `%v` was found to be in the path so far."""
    parts = Path(pattern).parts
    place = next(number for number, part in enumerate(parts) if has_view(part))
    folder = as_spelled(Path(*parts[:place]))
    shape = re.compile(_shape(parts[place]))
    try:
        entries = sorted(composed(entry.name) for entry in folder.iterdir())
    except OSError as error:
        raise UsageError(f"{folder}: the folder can't be read: {error.strerror}") from error
    for fit in filter(None, map(shape.fullmatch, entries)):
        view = fit["view"]
        if letter and view[0] != letter:
            continue
        if "%V" in parts[place]:
            yield for_view(pattern, view), view
        elif "%V" in (rest := pattern.replace("%v", view)):
            yield from _expanded(rest, view)
        else:
            yield rest, view


def _shape(name: str) -> str:
    """A regular expression for the entries that a part of a path may mean, with the group `view`."""
    mark = "%V" if "%V" in name else "%v"
    word = r"[^\W\d_]\w*?" if mark == "%V" else r"[^\W\d_]"
    text, seen, shape = composed(name), False, ""
    pieces = re.split(f"({_MARK.pattern}|{_LIKE_NUMBER.pattern})", text)
    for piece in pieces:
        if piece == mark:
            shape += "(?P=view)" if seen else f"(?P<view>{word})"
            seen = True
        elif piece == "%v":
            shape += r"\w"
        elif _LIKE_NUMBER.fullmatch(piece):
            shape += "[-0-9.]+"
        else:
            shape += re.escape(piece)
    return shape
