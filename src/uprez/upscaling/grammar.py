"""What the name of a layer says, read as grammar: the pass decides, not what users call the layers around it, their
lamps or their shows.

    name  =  outer names  .  pass
    pass  =  a row of the table | a declared prefix and a typed name | words around one of them

`RGBA_forward_fill` is a light, whose lamp is called forward_fill; `Motion test.Combined` is a beauty.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

from uprez.upscaling.vocabulary import ANY, Role, Row, index, lexicon, squash

DATA: frozenset[Role] = frozenset(
    {"normal", "depth", "position", "velocity", "motion", "motion_share", "uv", "id", "matte", "number"}
)
"""Roles of numbers that are no light."""
LIGHT: frozenset[Role] = frozenset({"light", "lobe", "raw", "albedo", "colour"})
"""Roles of colour that is not the finished picture."""


@dataclass(frozen=True)
class Reading:
    """What a name says.

    role: "" where it says nothing. row: the row of the table that said it. lamp: the name that users typed behind a
    declared prefix, in lower case, "" for none. terms: for lights and lobes, words of the way of light, {"diffuse",
    "direct"}: of two layers with one lamp, the one whose terms are fewer holds the other.
    """

    role: Role | str = ""
    row: Row | None = None
    lamp: str = ""
    terms: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """Why, for people."""
        if self.row is None:
            return ""
        return f"name: {self.row.told}" + (f", {self.row.unit}" if self.row.unit else "")


UNREAD = Reading()


class Word(NamedTuple):
    """A piece of a name. gap: a separator stands before it."""

    text: str
    gap: bool


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")
_SHORTEST_INSIDE = 3
"""Letters of a word that is known among words of users, unless components are a vector's: `key_P` is no position."""


def tokens(step: str) -> tuple[Word, ...]:
    """The words and numbers of one step of a name, in order, lower case."""
    found: list[Word] = []
    end = 0
    for match in _WORD.finditer(step):
        found.append(Word(match.group().casefold(), match.start() > end or not found))
        end = match.end()
    return tuple(found)


def steps_of(title: str) -> list[str]:
    """The steps of a name, the innermost last. A light path expression, `lpe:C<RD>[<L.>O]`, is one."""
    if is_expression(title):
        return [title]
    return [step for step in re.split(r"[.:/|]", title) if squash(step)]


def is_expression(title: str) -> bool:
    """Whether a name is a light path expression: https://openshading.com, `C<RD>L`, `lpe:C.*`."""
    return bool(re.search(r"(?:^|[:;.])C(?:[<.\[(]|[DSGVLOB]+[.*+<\[]?)", title)) and bool(re.search(r"[<\[*+]", title))


@lru_cache(maxsize=8192)
def read_title(title: str, renderer: str = "", *, vector: bool = False) -> Reading:
    """What the name of a layer or part says.

    renderer: whose row wins where names mean several things. vector: the components are X Y Z or u v, so that a single
    letter, a lamp's elsewhere, names data.
    """
    if is_expression(title):
        return _read_expression(title)
    steps = steps_of(title)
    for start in range(len(steps)):  # `N.world` and `diffuse.direct` are rows of their own
        if len(steps) - start > 1 and (row := _exact("".join(map(squash, steps[start:])), renderer)):
            return _reading(row, steps[-1])
    if not steps:
        return Reading()
    reading = _read_step(steps[-1], renderer, vector)
    if reading.role or len(steps) == 1:
        return reading
    outer = _read_step(steps[-2], renderer, vector=False)
    if outer.role in ("beauty", "light") and outer.row is not None and _declares(steps[-2], renderer):
        row = _declares(steps[-2], renderer)
        return Reading("light", row, squash(steps[-1]))
    inner = {word.text for word in tokens(steps[-1])}
    if outer.role and all(text in lexicon().qualifiers or text.isdigit() for text in inner):
        return outer
    return Reading()


def _declares(step: str, renderer: str) -> Row | None:
    """The row that declares `step` to be a prefix of lamps: `RGBA`, `lg`."""
    return _choose([row for row in index().before.get(squash(step), ()) if row.means == "light"], renderer)


def _read_step(step: str, renderer: str, vector: bool) -> Reading:
    words = tokens(step)
    if row := _exact(squash(step), renderer):
        return _reading(row, step)
    for read in (_behind_prefix, _before_suffix, _unwrapped, _of_ways, _among_words):
        found = read(words, renderer, vector)
        if found.role:
            return found
    return Reading()


def _exact(key: str, renderer: str) -> Row | None:
    found = index().exact.get(key, ())
    if not found and len(key) > 2:
        found = index().exact.get(key.rstrip("0123456789"), ())
    return _choose(found, renderer)


def _choose(found: Sequence[Row], renderer: str) -> Row | None:
    """Of rows of one name, that of the renderer, or the meaning that most have."""
    if not found:
        return None
    own = [row for row in found if row.renderer == renderer]
    if own:
        return own[0]
    means = [row.means for row in found]
    return max(found, key=lambda row: (means.count(row.means), -found.index(row)))


def _reading(row: Row, step: str, lamp: str = "") -> Reading:
    return Reading(row.means, row, lamp, ways_of(step) if row.means in ("light", "lobe", "raw") else frozenset())


def _behind_prefix(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A declared prefix and a typed name: the longest prefix, from the first word on or behind words of users."""
    for start in range(len(words)):
        for stop in range(len(words) - 1, start, -1):
            head = "".join(word.text for word in words[start:stop])
            known = [row for row in index().before.get(head, ()) if _fits(row, words[stop])]
            if start:
                known = [row for row in known if row.means == "light" and head in lexicon().anywhere]
            if row := _choose(known, renderer):
                return _lamp(row, head, words[stop:], renderer)
    return Reading()


def _fits(row: Row, following: Word) -> bool:
    """Whether a prefix may end before this word."""
    mark = row.name[-2:]
    digit = following.text.isdigit()
    return digit if mark[-1] == "#" else following.gap if mark == "_*" or mark == " *" else True


def _lamp(row: Row, head: str, typed: Sequence[Word], renderer: str) -> Reading:
    """What a prefix and the words behind it mean: they name a lamp, or say that it is not light as it is summed."""
    texts = [word.text for word in typed]
    whole = _exact(head, renderer)
    if whole is not None and all(text in lexicon().same for text in texts):
        return _reading(whole, head)
    unlike = [lexicon().unlike[text] for text in texts if text in lexicon().unlike]
    if row.means == "lobe" and all(text in lexicon().ways for text in texts):
        return Reading("lobe", whole or row, "", ways_of("_".join((head, *texts))))
    if (
        row.means in ("light", "lobe")
        and unlike
        and all(t in lexicon().unlike or t in lexicon().around or t in lexicon().ways or t.isdigit() for t in texts)
    ):
        return Reading(unlike[-1], row)
    return Reading(row.means, row, "".join(texts), ways_of(head))


def _tells(text: str) -> bool:
    """Whether a word is none that users would type for a lamp."""
    known = lexicon()
    return text in known.unlike or text in known.around or text in known.ways or text.isdigit()


def _before_suffix(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A typed name and a declared suffix: `key_light`."""
    for start in range(1, len(words)):
        tail = "".join(word.text for word in words[start:] if not word.text.isdigit())
        row = _choose(index().after.get(tail, ()), renderer)
        if row is not None:
            texts = [word.text for word in words[:start]]
            if any(text in lexicon().unlike or text in lexicon().ways for text in texts):
                return Reading()
            return Reading(row.means, row, "".join(texts))
    return Reading()


def _unwrapped(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """The name without what plug-ins put before it."""
    for stop in range(min(4, len(words) - 1), 0, -1):
        if "".join(word.text for word in words[:stop]) in lexicon().wrappers:
            rest = "_".join(word.text for word in words[stop:])
            return _read_step(rest, renderer, vector)
    return Reading()


def _of_ways(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A name that is nothing but ways of light: `glossyreflection`, `Diffuse_Indirect_02`; or their albedo, or raw."""
    pieces: list[str] = []
    for word in words:
        if word.text.isdigit():
            continue
        cut = _segments(word.text)
        if cut is None:
            return Reading()
        pieces += cut
    ways = frozenset(lexicon().ways[piece] for piece in pieces if piece in lexicon().ways)
    unlike = [lexicon().unlike[piece] for piece in pieces if piece in lexicon().unlike]
    if not ways:
        return Reading()
    return Reading(unlike[-1] if unlike else "lobe", _WAY_ROW, "", ways)


_WAY_ROW = Row("ways of light", "lobe", ANY, "", "")
_DATA_ROW = Row("a word of data", "number", ANY, "", "")


@cache
def _segments(text: str) -> tuple[str, ...] | None:
    """A run of letters as known words, the longest first; None where it is no such run."""
    if not text:
        return ()
    for length in range(len(text), 2 - 1, -1):
        head = text[:length]
        if head in lexicon().ways or head in lexicon().unlike or head in lexicon().fillers:
            rest = _segments(text[length:])
            if rest is not None:
                return (head, *rest)
    return None


def _among_words(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A pass among words that users typed: the longest row at the end, then at the start, then data in the middle."""
    kept = [word for word in words if not word.text.isdigit()]
    while len(kept) > 1 and kept[-1].text in lexicon().around:
        kept.pop()
    texts = [word.text for word in kept]
    if not texts:
        return Reading()
    joined = "".join(texts)
    if (len(joined) > 1 or vector or len(kept) == len(words)) and (row := _exact(joined, renderer)):
        return _reading(row, "_".join(texts))
    for start in range(1, len(texts)):
        tail = "".join(texts[start:])
        if (row := _wrapped(tail, renderer)) and (len(tail) >= _SHORTEST_INSIDE or vector or tail in lexicon().short):
            return _beside(row, texts[:start], tail)
    for stop in range(len(texts) - 1, 0, -1):
        head = "".join(texts[:stop])
        row = _wrapped(head, renderer)
        if row and (len(head) >= _SHORTEST_INSIDE or vector or head in lexicon().short) and row.means != "beauty":
            return _before(row, texts[stop:], head)
    return _inside(texts, renderer, vector)


def _wrapped(key: str, renderer: str) -> Row | None:
    """A row that is known among other words, too."""
    found = [row for row in index().exact.get(key, ()) if not row.whole and row.means != "picture"]
    return _choose([row for row in found if row.renderer == ANY or len(key) > 4], renderer)


def _beside(row: Row, typed: Sequence[str], tail: str) -> Reading:
    """Words of users, then a pass."""
    ways = ways_of("_".join(typed))
    if row.means == "lobe":
        return _reading(row, "_".join((*typed, tail)))
    if row.means in ("albedo", "raw", "colour") and ways:
        return Reading(row.means, row, "", ways)
    return _reading(row, tail)


def _before(row: Row, typed: Sequence[str], head: str) -> Reading:
    """A pass, then words of users."""
    unlike = [lexicon().unlike[text] for text in typed if text in lexicon().unlike]
    if row.means == "lobe":
        known = index().exact.get("".join(typed), ())
        data = [other for other in known if other.means in DATA and len("".join(typed)) > 2]
        if unlike or data:
            return Reading(unlike[-1] if unlike else data[-1].means, data[-1] if data else row)
        return Reading("lobe", row, "".join(typed), ways_of("_".join((head, *typed))))
    return Reading(row.means, row)


def _inside(texts: Sequence[str], renderer: str, vector: bool) -> Reading:
    """Data that is named in the middle, or at the end of a run of letters: `whitebarmask`."""
    for start in range(len(texts)):
        for stop in range(len(texts), start, -1):
            key = "".join(texts[start:stop])
            row = _wrapped(key, renderer)
            if row and row.means in DATA and len(key) > _SHORTEST_INSIDE and row.means != "number":
                return Reading(row.means, row)
    for text in texts:
        for ending, role in lexicon().endings.items():
            if text.endswith(ending):
                return Reading(role, replace(_DATA_ROW, name=f"a word that ends in {ending}", means=role))
        if text.startswith("crypto"):
            return Reading("id", replace(_DATA_ROW, name="crypto", means="id"))
    return Reading()


def ways_of(step: str) -> frozenset[str]:
    """The ways of light that a name tells, as words of one form: `tgSurfDirectDiff` is surface, direct, diffuse."""
    found: set[str] = set()
    for word in tokens(step):
        found |= {lexicon().ways[piece] for piece in _segments(word.text) or (word.text,) if piece in lexicon().ways}
    return frozenset(found - {"lighting"} or found)


def _read_expression(title: str) -> Reading:
    """A light path expression: light, unless it tells to leave shadows out, or ends in an albedo."""
    row = Row("light path expression", "lobe", ANY, "", "")
    text = title.rpartition("lpe:")[2]
    if re.search(r"unoccluded|shadow|U\d?L|noinfinitecheck|nothruput", text) or text.endswith("A"):
        return Reading("colour", row)
    lamp = re.search(r"L\.?'([^']+)'", text)
    return Reading("light" if lamp else "lobe", row, squash(lamp.group(1)) if lamp else "", frozenset({text}))


def renderer_of(titles: Iterable[str]) -> str:
    """Which renderer wrote layers of these names, "" where that is not plain: the one whose list has most of them."""
    score: dict[str, int] = {}
    for title in titles:
        steps = steps_of(title)
        if not steps:
            continue
        known = index().exact.get(squash(steps[-1]), ())
        owners = {row.renderer for row in known} - {ANY}
        for owner in owners:
            score[owner] = score.get(owner, 0) + 1
    best = sorted(score.items(), key=lambda item: -item[1])
    plain = best and best[0][1] > 1 and (len(best) == 1 or best[1][1] < best[0][1])
    return best[0][0] if plain else ""
