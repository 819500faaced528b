"""What the name of a layer says, read as grammar: the pass decides, not what users call the layers around it, their
lamps or their shows.

    name  =  outer names  .  pass
    pass  =  a row of the table | a declared prefix and a typed name | words around one of them

`RGBA_forward_fill` is a light, whose lamp is called forward_fill; `Motion test.Combined` is a beauty.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from uprez.layers.readings import DATA, LIGHT, UNREAD, Reading, choose, exact, reading_of
from uprez.layers.tokens import Word, is_expression, segments, tokens, ways_of
from uprez.layers.typed import among_words
from uprez.layers.vocabulary import ANY, Role, Row, index, lexicon, squash

__all__ = ["DATA", "LIGHT", "UNREAD", "Reading", "read_title", "renderer_of", "steps_of", "words_of_data"]


def steps_of(title: str) -> list[str]:
    """The steps of a name, the innermost last. A light path expression, `lpe:C<RD>[<L.>O]`, is one."""
    if is_expression(title):
        return [title]
    return [step for step in re.split(r"[.:/|]", title) if squash(step)]


@lru_cache(maxsize=8192)
def read_title(title: str, renderer: str = "", *, vector: bool = False) -> Reading:
    """What the name of a layer or part says.

    renderer: whose row wins where names mean several things. vector: the components are X Y Z or u v, so that a single
    letter, a lamp's elsewhere, names data.
    """
    if is_expression(title):
        return _read_expression(title)
    steps = steps_of(title)
    if (row := exact("".join(map(squash, steps[-2:])), renderer)) and "." in row.name:
        return reading_of(row, steps[-1])  # `N.world` and `diffuse.direct` are rows of their own
    if not steps:
        return UNREAD
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
    return UNREAD


def _declares(step: str, renderer: str) -> Row | None:
    """The row that declares `step` to be a prefix of lamps: `RGBA`, `lg`."""
    return choose([row for row in index().before.get(squash(step), ()) if row.means == "light"], renderer)


def _read_step(step: str, renderer: str, vector: bool) -> Reading:
    words = tokens(step)
    if row := exact(squash(step), renderer):
        return reading_of(row, step)
    readers = [_behind_prefix, _before_suffix, _unwrapped, _of_ways, among_words]
    if words and words[-1].text in lexicon().closing:
        readers[:2] = readers[1::-1]
    for read in readers:
        found = read(words, renderer, vector)
        if found.role:
            return found
    return UNREAD


def _behind_prefix(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A declared prefix and a typed name: the longest prefix, from the first word on or behind words of users."""
    for start in range(len(words)):
        for stop in range(len(words) - 1, start, -1):
            head = "".join(word.text for word in words[start:stop])
            known = [row for row in index().before.get(head, ()) if _fits(row, words[stop])]
            if start:
                rest = exact("".join(word.text for word in words[start:]), renderer)
                if rest is not None and rest.means in DATA:
                    break
                known = [row for row in known if row.means == "light" and head in lexicon().anywhere]
            row = choose(known, renderer)
            if (
                row
                and (row.means == "lobe" or head == "light")
                and (data := _longer_data(words[start:], stop - start, renderer))
            ):
                return Reading(data.means, data)
            if row:
                return _lamp(row, head, words[stop:], renderer)
    return UNREAD


def _longer_data(words: Sequence[Word], length: int, renderer: str) -> Row | None:
    """A row of data that takes in more words than a way of light of `length` words: `direct_samples_hero`."""
    heads = ("".join(word.text for word in words[:stop]) for stop in range(len(words), length, -1))
    found = (exact(head, renderer) for head in heads)
    return next((row for row in found if row and row.means in DATA), None)


def _fits(row: Row, following: Word) -> bool:
    """Whether a prefix may end before this word."""
    mark = row.name[-2:]
    digit = following.text.isdigit()
    return digit if mark[-1] == "#" else following.gap if mark == "_*" or mark == " *" else True


def _lamp(row: Row, head: str, typed: Sequence[Word], renderer: str) -> Reading:
    """What a prefix and the words behind it mean: they name a lamp, or say that it is not light as it is summed."""
    texts = [word.text for word in typed]
    whole = exact(head, renderer)
    if whole is not None and all(text in lexicon().same for text in texts):
        return reading_of(whole, head)
    unlike = [lexicon().unlike[text] for text in texts if text in lexicon().unlike]
    if whole is not None and whole.means == "beauty" and all(text in lexicon().denoised for text in texts):
        return Reading("picture", row)
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
        row = choose(index().after.get(tail, ()), renderer)
        if row is not None:
            texts = [word.text for word in words[:start]]
            if any(text in lexicon().unlike or text in lexicon().ways for text in texts):
                return UNREAD
            return Reading(row.means, row, "".join(texts))
    return UNREAD


def _unwrapped(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """The name without what plug-ins put before it."""
    for stop in range(min(4, len(words) - 1), 0, -1):
        wrapper = "".join(word.text for word in words[:stop])
        if wrapper in lexicon().wrappers:
            found = _read_step("_".join(word.text for word in words[stop:]), renderer, vector)
            coded = found.role == "motion" and wrapper in lexicon().coded
            return replace(found, role="motion_share") if coded else found
    return UNREAD


def _of_ways(words: Sequence[Word], renderer: str, vector: bool) -> Reading:
    """A name that is nothing but ways of light: `glossyreflection`, `Diffuse_Indirect_02`; or their albedo, or raw."""
    pieces: list[str] = []
    for word in words:
        if word.text.isdigit():
            continue
        cut = segments(word.text)
        if cut is None:
            return UNREAD
        pieces += cut
    ways = frozenset(lexicon().ways[piece] for piece in pieces if piece in lexicon().ways)
    unlike = [lexicon().unlike[piece] for piece in pieces if piece in lexicon().unlike]
    if not ways:
        return UNREAD
    return Reading(unlike[-1] if unlike else "lobe", _WAY_ROW, "", ways)


_WAY_ROW = Row("ways of light", "lobe", ANY, "", "")


def _read_expression(title: str) -> Reading:
    """A light path expression: light, unless it tells to leave shadows out, or ends in an albedo."""
    row = Row("light path expression", "lobe", ANY, "", "")
    text = title.rpartition("lpe:")[2]
    if re.search(r"unoccluded|shadow|U\d?L|noinfinitecheck|nothruput", text) or text.endswith("A"):
        return Reading("colour", row)
    lamp = re.search(r"L\.?'([^']+)'", text)
    return Reading("light" if lamp else "lobe", row, squash(lamp.group(1)) if lamp else "", frozenset({text}))


def words_of_data(title: str) -> frozenset[Role]:
    """The kinds of data that any word of the innermost step of a name tells, wherever it stands: a hint, no reading."""
    steps = steps_of(title)
    found = (index().exact.get(word.text, ()) for word in tokens(steps[-1] if steps else ""))
    return frozenset(row.means for rows in found for row in rows) & DATA


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
