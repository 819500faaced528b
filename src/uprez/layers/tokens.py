"""Names cut into words, and the ways of light that words tell."""

import re
from functools import cache
from typing import NamedTuple

from uprez.layers.vocabulary import lexicon


class Word(NamedTuple):
    """A piece of a name. gap: a separator stands before it."""

    text: str
    gap: bool


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


def tokens(step: str) -> tuple[Word, ...]:
    """The words and numbers of one step of a name, in order, lower case."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(step):
        found.append(Word(match.group().casefold(), match.start() > end or not found))
        end = match.end()
    return tuple(found)


def is_expression(title: str) -> bool:
    """Whether a name is a light path expression: https://openshading.com, `C<RD>L`, `lpe:C.*`."""
    return bool(re.search(r"(?:^|[:;.])C(?:[<.\[(]|[DSGVLOB]+[.*+<\[]?)", title)) and bool(re.search(r"[<\[*+]", title))


@cache
def segments(text: str) -> tuple[str, ...] | None:
    """A run of letters as known words, the longest first; None where it is no such run."""
    if not text:
        return ()
    for length in range(len(text), 2 - 1, -1):
        head = text[:length]
        if head in lexicon().ways or head in lexicon().unlike or head in lexicon().fillers:
            rest = segments(text[length:])
            if rest is not None:
                return (head, *rest)
    return None


def ways_of(step: str) -> frozenset[str]:
    """The ways of light that a name tells, as words of one form: `tgSurfDirectDiff` is surface, direct, diffuse."""
    found: set[str] = set()
    for word in tokens(step):
        found |= {lexicon().ways[piece] for piece in segments(word.text) or (word.text,) if piece in lexicon().ways}
    return frozenset(found - {"lighting"} or found)
