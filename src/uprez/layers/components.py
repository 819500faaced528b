"""Which channels of a layer are components of one thing: R G B A, X Y Z, u v; behind a dot, or in the name without one,
Nx Ny Nz.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from uprez.layers.grammar import DATA, read_title

COLOURS = (
    ("R", "G", "B", "A"),
    ("r", "g", "b", "a"),
    ("Red", "Green", "Blue", "Alpha"),
    ("red", "green", "blue", "alpha"),
    ("RED", "GREEN", "BLUE", "ALPHA"),
)
VECTORS = (("X", "Y", "Z", "W"), ("x", "y", "z", "w"), ("U", "V", "W"), ("u", "v", "w"), ("0", "1", "2"))
ALPHAS = frozenset({"A", "a", "Alpha", "alpha", "ALPHA"})
COLOURED_ALPHAS = frozenset({"AR", "AG", "AB"})
"""The EXR standard's opacity per colour."""
LETTERS = frozenset(letter for names in (*COLOURS, *VECTORS[:-1]) for letter in names) | COLOURED_ALPHAS

_LETTER = "[RGBAXYZWUV]|[rgbaxyzwuv]|[Rr]ed|[Gg]reen|[Bb]lue|[Aa]lpha"
_STEMMED = re.compile(rf"(.+?)([_\- ]?)({_LETTER})|(.+?)([\[(<{{])({_LETTER}|[012])[\])>}}]")


@dataclass(frozen=True)
class Components:
    """Channels that mean one thing together.

    suffixes: the last steps of their names, in order of meaning. letters: the same without `stem`, which stands before
    each of them where no dot divides them ("N" of Nx).
    """

    suffixes: tuple[str, ...]
    letters: tuple[str, ...]
    stem: str = ""


def components_of(suffixes: Sequence[str], title: str, renderer: str = "") -> list[Components]:
    """Split the suffixes of one layer into sets; what is left stands alone. title: the layer's name."""
    role = read_title(title, renderer, vector=True).role
    rest, sets = list(suffixes), []
    keeps_alpha = role not in DATA or role in ("id", "matte")
    for found in _sets(rest, means_data=role in DATA, keeps_alpha=keeps_alpha, light=bool(role) and role not in DATA):
        sets.append(Components(found, found))
        rest = [name for name in rest if name not in found]
    for stemmed in _stemmed(rest, renderer):
        sets.append(stemmed)
        rest = [name for name in rest if name not in stemmed.suffixes]
    return sets + [Components((name,), (name,)) for name in rest]


def _sets(suffixes: Sequence[str], *, means_data: bool, keeps_alpha: bool, light: bool) -> list[tuple[str, ...]]:
    """The sets among plain letters. Data may have two colours alone, and no alpha of its own; light has no W."""
    rest, sets = list(suffixes), []
    for names in (*COLOURS, *VECTORS):
        found = tuple(name for name in names if name in rest)
        if names in COLOURS:
            whole = found[:3] == names[:3] or (means_data and len(found) > 1)
            found = found if keeps_alpha else tuple(name for name in found if name not in ALPHAS)
        else:
            found = found[:3] if light else found
            whole = found[:2] == names[:2]
        if whole and found:
            sets.append(found)
            rest = [name for name in rest if name not in found]
    if "Y" in rest and "A" in rest:
        sets.append(("Y", "A"))
    return sets


def _stemmed(suffixes: Sequence[str], renderer: str) -> list[Components]:
    """Sets whose letters have no dot before them. Where nothing at all divides letter and stem, the stem must say
    something: `max may maz` are no vector.
    """
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for suffix in suffixes:
        if match := _STEMMED.fullmatch(suffix):
            stem, gap, letter = match[1] or match[4], match[2] or match[5] or "", match[3] or match[6]
            groups.setdefault((stem, gap), {})[letter] = suffix
    sets = []
    for (stem, gap), letters in groups.items():
        role = read_title(stem, renderer, vector=True).role
        sets += [
            Components(tuple(letters[letter] for letter in found), found, stem)
            for found in _sets(list(letters), means_data=False, keeps_alpha=role not in DATA, light=False)
            if len(found) > 1 and (role or (gap and len(found) > 2))
        ]
    return sets
