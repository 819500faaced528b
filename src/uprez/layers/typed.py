"""Passes among words that users typed: `char_normals_v2`, `specular_roughness`, `whitebarmask`."""

from collections.abc import Sequence
from dataclasses import replace

from uprez.layers.readings import DATA, UNREAD, Reading, choose, exact, reading_of
from uprez.layers.tokens import Word, ways_of
from uprez.layers.vocabulary import ANY, Row, index, lexicon

_DATA_ROW = Row("a word of data", "number", ANY, "", "")
_SURELY_MOTION = len("disparity")
"""Letters of a word for motion that is known before words of users; `forward_fill` and `motion_rim` are lamps."""
_SHORTEST_INSIDE = 3
"""Letters of a word that is known among words of users, unless components are a vector's: `key_P` is no position."""


def among_words(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A pass among words that users typed: the longest row at the end, then at the start, then data in the middle."""
    texts = [word.text for word in words if not word.text.isdigit()]
    bare = list(texts)
    while len(bare) > 1 and bare[-1] in lexicon().around:
        bare.pop()
    plain = len(texts) == len(words) or vector  # P1 is no position, unless it is a vector
    for some in (texts, bare) if len(bare) < len(texts) else (texts,):
        joined = "".join(some)
        if (len(joined) > 1 or plain) and (row := exact(joined, renderer)):
            return reading_of(row, "_".join(some))
        for read in (_at_end, _at_start):
            found = read(some, renderer, vector)
            if found.role:
                return found
    return _inside(bare, renderer, vector)


def _at_end(texts: Sequence[str], renderer: str, vector: bool) -> Reading:
    """Words of users, then a pass."""
    for start in range(1, len(texts)):
        typed, tail = texts[:start], "".join(texts[start:])
        row = _wrapped(tail, renderer, vector)
        if row is None or not _is_long_enough(tail, vector):
            continue
        if row.means in DATA and len(tail) < _SHORTEST_INSIDE and _is_way("".join(typed)):
            continue  # a lamp, whose share of a way of light it is
        ways = ways_of("_".join(typed))
        if row.means in ("albedo", "raw", "colour") and ways:
            return Reading(row.means, row, "", ways)
        return reading_of(row, "_".join((*typed, tail)) if row.means == "lobe" else tail)
    return UNREAD


def _at_start(texts: Sequence[str], renderer: str, vector: bool) -> Reading:
    """A pass, then words of users. No motion, whose values would be scaled, and no beauty is named so."""
    for stop in range(len(texts) - 1, 0, -1):
        head, typed = "".join(texts[:stop]), texts[stop:]
        row = _wrapped(head, renderer, vector)
        if row is None or not _is_long_enough(head, vector) or row.means == "beauty":
            continue
        if row.means == "motion" and not (vector or len(head) > _SURELY_MOTION):
            continue
        return _before(row, typed, head) if row.means == "lobe" else Reading(row.means, row)
    return UNREAD


def _is_way(key: str) -> bool:
    return any(row.means == "lobe" for row in index().exact.get(key, ()))


def _is_long_enough(key: str, vector: bool) -> bool:
    return len(key) >= _SHORTEST_INSIDE or vector or key in lexicon().short


def _wrapped(key: str, renderer: str, vector: bool) -> Row | None:
    """A row that is known among other words, too: `forward` is none, unless its components are a vector's."""
    found = index().exact.get(key, ())
    if any(row.whole for row in found) and not vector:
        return None
    known = (row for row in found if row.means != "picture" and (row.renderer == ANY or len(key) > 3))
    return choose(list(known), renderer)


def _before(row: Row, typed: Sequence[str], head: str) -> Reading:
    """A way of light, then words: of users, or those by which it is none (`specular_roughness`, `coat_normal`)."""
    joined = "".join(typed)
    data = [other for other in index().exact.get(joined, ()) if other.means in DATA and len(joined) > 2]
    unlike = [lexicon().unlike[text] for text in typed if text in lexicon().unlike]
    if unlike or data:
        return Reading(unlike[-1], row) if unlike else Reading(data[-1].means, data[-1])
    return Reading("lobe", row, joined, ways_of("_".join((head, *typed))))


def _inside(texts: Sequence[str], renderer: str, vector: bool) -> Reading:
    """Data that is named in the middle, or at the end of a run of letters: `whitebarmask`."""
    for start in range(len(texts)):
        for stop in range(len(texts), start, -1):
            key = "".join(texts[start:stop])
            row = _wrapped(key, renderer, vector)
            if row and row.means in DATA and len(key) > _SHORTEST_INSIDE and row.means != "number":
                if row.means == "motion" and not (vector or len(key) > _SURELY_MOTION):
                    continue
                return Reading(row.means, row)
    for text in texts:
        for ending, role in lexicon().endings.items():
            if text.endswith(ending):
                return Reading(role, replace(_DATA_ROW, name=f"a word that ends in {ending}", means=role))
        if text.startswith("crypto"):
            return Reading("id", replace(_DATA_ROW, name="crypto", means="id"))
    return UNREAD
