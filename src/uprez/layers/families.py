"""Sets of layers that are one sum: by pixels alone, as products of light and colour, and by what their names say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from uprez.layers import naming
from uprez.layers.covers import LEAST_EVIDENCE, Bounds, Search, Values, thinned
from uprez.layers.layers import Fit, Layer

LOSSLESS, LOSSY = Bounds(0.98, 2.0**-9), Bounds(0.95, 2.0**-4, floor=2.0**-7)
"""A few pixels may be clamped or retouched. Half floats round by 2^-11 of each magnitude; lossy codecs add theirs."""
NAMED = Bounds(0.9, 2.0**-3)
"""The same for layers whose names say that they add up: a denoised or graded beauty, or a faint light that nobody
rendered, is no contradiction.
"""
LEAST_LIGHT = 0.4
"""Share of the beauty's light that lobes must have: what they lack, a sky or fog, is a rest, and most of it is not."""
SEARCHED = 1536
"""Values that a search looks at."""
LEAST_POSITIVE = 0.25
"""Share of the values at which no layer is negative, so that they alone are looked at: beside edges, filters with
negative lobes make a part brighter than its whole.
"""
_OF_LIGHT = frozenset({"direct", "dir", "indirect", "ind", "indir", "raw", "light", "color", "colour", "col", "filter"})
"""Words of a product's factors that do not tell which belong together: `DiffDir`, `DiffInd`, `DiffCol`."""

Term = tuple[int, int | None]
"""A layer, and the one that it is multiplied by."""


@dataclass(frozen=True)
class Family:
    """Layers that add up to another, by their number in the pool."""

    whole: int
    terms: tuple[Term, ...]
    fit: Fit

    @property
    def parts(self) -> tuple[int, ...]:
        return tuple(part for part, _ in self.terms)


@dataclass(frozen=True)
class Pool:
    """Colour layers that may add up to each other. values: (layers, values), finite; has_beauty: the last is one."""

    layers: Sequence[Layer]
    values: Values
    has_beauty: bool
    lossy: bool = False

    @property
    def bounds(self) -> Bounds:
        return LOSSY if self.lossy else LOSSLESS

    @property
    def beauty(self) -> int | None:
        return len(self.layers) - 1 if self.has_beauty else None

    @property
    def others(self) -> range:
        """All but the beauty."""
        return range(len(self.layers) - self.has_beauty)

    def name(self, number: int) -> str:
        return self.layers[number].name

    def role(self, number: int) -> str:
        return self.layers[number].reading.role

    @cached_property
    def is_black(self) -> bool:
        """Whether the beauty says nothing."""
        return self.beauty is not None and bool(np.count_nonzero(self.values[self.beauty]) < LEAST_EVIDENCE)

    @cached_property
    def unlit(self) -> frozenset[int]:
        return frozenset(i for i in self.others if np.count_nonzero(self.values[i]) < LEAST_EVIDENCE)


def by_pixels(pool: Pool) -> list[Family]:
    """Every sum that pixels prove, of every layer; those of the darkest layers first, whose parts are the finest."""
    families: list[Family] = []
    search = Search(_searched(pool), pool.bounds)
    sizes = np.abs(pool.values).sum(axis=1)
    wholes = sorted(pool.others, key=lambda number: (sizes[number], number))
    for whole in [*wholes, *([] if pool.beauty is None else [pool.beauty])]:
        if whole in pool.unlit:
            continue
        candidates = [one for one in search.feasible(search.values[whole]) if one != whole and one != pool.beauty]
        for first in sorted(candidates, key=lambda number: (-sizes[number], number)):
            if _explained(first, whole, families):
                continue
            found = search.cover(search.values[whole], candidates, first)
            if found and pool.bounds.agree(pool.values[whole], pool.values[list(found)]):
                families.append(Family(whole, tuple((one, None) for one in sorted(found)), "exact"))
    return [_with_unlit(family, pool) for family in families]


def _searched(pool: Pool) -> Values:
    """The values that tell parts from wholes: (layers, values)."""
    light = (pool.values >= 0).all(axis=0)
    values = pool.values[:, light] if light.mean() >= LEAST_POSITIVE else pool.values
    return values[:, thinned(values, SEARCHED)]


def _explained(layer: int, whole: int, families: Sequence[Family]) -> bool:
    """Whether a layer is a part of what is known to add up to the whole, or the sum of such parts."""
    atoms = _Atoms(families)
    known = {atom for one in families if one.whole == whole for part in one.parts for atom in (part, *atoms.of(part))}
    return layer in known or atoms.of(layer) <= known


class _Atoms:
    """The finest layers that layers are sums of: of each by the first sum that is known of it."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._first: dict[int, Family] = {}
        for family in families:
            if all(colour is None for _, colour in family.terms):
                self._first.setdefault(family.whole, family)

    def of(self, layer: int) -> frozenset[int]:
        family = self._first.get(layer)
        return frozenset({layer}) if family is None else frozenset().union(*(self.of(part) for part in family.parts))


def _with_unlit(family: Family, pool: Pool) -> Family:
    """The family, with those that are off in this frame and by their names of the same kind."""
    roles = {pool.role(part) for part in family.parts} & {"light"}
    stems = {_stem(pool.name(part)) for part in family.parts}
    taken = set(family.parts)
    more = [
        one
        for one in pool.unlit - taken
        if pool.role(one) in roles or (not pool.role(one) and _stem(pool.name(one)) in stems)
    ]
    return Family(family.whole, (*family.terms, *((one, None) for one in sorted(more))), family.fit)


def _stem(name: str) -> str:
    plain = name.rstrip("0123456789")
    return plain.rpartition("_")[0] or plain


def by_name(pool: Pool, known: Sequence[Family]) -> list[Family]:
    """Sets of lights and of lobes that no sum explains yet, where pixels do not contradict that they add up to the
    beauty, or fall short of it.
    """
    whole = pool.beauty
    if whole is None:
        return []
    found: list[Family] = []
    sums = {family.whole for family in known}
    left = [one for one in pool.others if one not in sums and not _explained(one, whole, known)]
    for members in _named(pool, left):
        if any(_explained(one, whole, found) for one in members):
            continue
        fit = _named_fit(pool, whole, members)
        if fit is None:
            filled = _filled(pool, whole, members, left)
            members, fit = (filled, "within noise") if filled else (members, _short_fit(pool, whole, members))
        if fit is not None:
            found.append(Family(whole, tuple((one, None) for one in members), fit))
    return found


def _named(pool: Pool, left: Sequence[int]) -> Iterator[list[int]]:
    """Sets of at least two layers whose names say that they add up: light groups of one prefix, all lights, lobes, and
    both together.
    """
    lights = [one for one in left if pool.role(one) == "light"]
    lobes = _coarse([one for one in left if pool.role(one) == "lobe"], pool)
    prefixes: dict[str, list[int]] = {}
    for one in lights:
        row = pool.layers[one].reading.row
        prefixes.setdefault(row.name if row else "", []).append(one)
    for family in (*prefixes.values(), lights, lobes, lights + lobes):
        if len(family) > 1:
            yield family


def _coarse(lobes: Sequence[int], pool: Pool) -> list[int]:
    """Without those that another holds: `diffuse` holds `diffuse_direct`, which would count twice."""
    words = {one: naming.words(pool.name(one)) for one in lobes}
    return [one for one in lobes if not any(said < words[one] for said in words.values())]


def _named_fit(pool: Pool, whole: int, members: Sequence[int]) -> Fit | None:
    parts = pool.values[list(members)]
    if not NAMED.agree(pool.values[whole], parts):
        return None
    return "by name" if pool.is_black else "within noise"


def _filled(pool: Pool, whole: int, members: Sequence[int], left: Sequence[int]) -> list[int] | None:
    """Members, and layers whose names say nothing, that add up to the whole together."""
    unnamed = [one for one in left if not pool.role(one) and one not in pool.unlit]
    if not unnamed or pool.is_black:
        return None
    values = _searched(pool)
    search = Search(values, NAMED)
    rest = values[whole] - values[list(members)].sum(axis=0)
    able = [one for one in search.feasible(values[whole]) if one in unnamed]
    for first in able:
        for found in ((first,), search.cover(np.maximum(rest, 0), able, first)):
            together = [*members, *(found or ())]
            if found and NAMED.agree(pool.values[whole], pool.values[together]):
                return together
    return None


def _short_fit(pool: Pool, whole: int, members: Sequence[int]) -> Fit | None:
    """Lights fall short wherever no light group holds what shines; lobes by no more than a part of the light."""
    picture, parts = pool.values[whole], pool.values[list(members)]
    lights = all(pool.role(one) == "light" for one in members)
    short = not pool.is_black and (NAMED.fall_short(picture, parts) if lights else _is_short(picture, parts))
    return "falls short" if short else None


def _is_short(picture: Values, parts: Values) -> bool:
    """Whether parts have most of the picture's light, and nowhere more."""
    return bool(parts.sum() >= LEAST_LIGHT * picture.sum()) and NAMED.fall_short(picture, parts)


def products(pool: Pool) -> list[Family]:
    """Sums of light times colour: Cycles' (direct + indirect) x colour of each kind, V-Ray's rawLight x diffuse."""
    raws = [one for one in pool.others if pool.role(one) == "raw"]
    colours = [one for one in pool.others if pool.role(one) == "albedo"]
    if not raws or not colours:
        return []
    simple = list(_simple_products(pool, raws, colours))
    taken = {part for family in simple for part in family.parts}
    return simple + _product_sums(pool, [one for one in raws if one not in taken], colours)


def _simple_products(pool: Pool, raws: Sequence[int], colours: Sequence[int]) -> Iterator[Family]:
    """Layers that are one light times one colour."""
    for raw in raws:
        if raw in pool.unlit:
            continue
        pairs = ((whole, colour) for whole in pool.others if pool.role(whole) == "lobe" for colour in colours)
        for whole, colour in pairs:
            product = pool.values[raw] * pool.values[colour]
            lit = np.count_nonzero(product) >= LEAST_EVIDENCE
            if lit and pool.bounds.agree(pool.values[whole], product[np.newaxis]):
                yield Family(whole, ((raw, colour),), "exact")
                break


def _product_sums(pool: Pool, raws: Sequence[int], colours: Sequence[int]) -> list[Family]:
    """The beauty as products, by the names of their factors, and the lobes that need none."""
    whole = pool.beauty
    pairs = [(raw, colour) for raw in raws for colour in [_colour_of(raw, colours, pool)] if colour is not None]
    if whole is None or not pairs:
        return []
    lobes = _coarse([one for one in pool.others if pool.role(one) == "lobe"], pool)
    terms: tuple[Term, ...] = (*pairs, *((one, None) for one in lobes))
    values = np.stack([pool.values[a] * (pool.values[b] if b is not None else 1) for a, b in terms])
    if pool.is_black:
        return [Family(whole, terms, "by name")] if len(pairs) > 1 else []  # Cycles' come in twos
    if pool.bounds.agree(pool.values[whole], values):
        return [Family(whole, terms, "exact")]
    if NAMED.agree(pool.values[whole], values):
        return [Family(whole, terms, "within noise")]
    return [Family(whole, terms, "falls short")] if _is_short(pool.values[whole], values) else []


def _colour_of(raw: int, colours: Sequence[int], pool: Pool) -> int | None:
    """The colour that a light is to be multiplied by, by the words that their names share."""
    own = naming.words(pool.name(raw)) - _OF_LIGHT

    def shared(colour: int) -> int:
        return len((naming.words(pool.name(colour)) - _OF_LIGHT) & own)

    best = max(colours, key=shared)
    return best if shared(best) and [shared(one) for one in colours].count(shared(best)) == 1 else None
