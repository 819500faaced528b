"""Sums enlarged: parts that add up to a layer in the source add up to its result.

The parts are interpolated; what they then lack to the result, the detail that the network has added, is shared out
among them. `settling` says in which order the sums of a frame are made to hold, so that all of them do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.layers.layers import Layer, Rule, Sum
from uprez.models.interpolation import interpolate

Array = NDArray[np.float32]
ROUNDING = 2.0**-9
"""What a sum may be off in the source, relative to the magnitudes that were added, and still hold: half floats round
each of them by 2^-11.
"""


@dataclass(frozen=True)
class Term:
    """What is added: the sum of some layers, times the colour of another where there is one."""

    layers: tuple[Layer, ...]
    colour: Layer | None = None


@dataclass(frozen=True)
class Step:
    """One sum that is made to hold. whole, known: layers whose results are there; terms: those that get theirs."""

    whole: Layer
    known: tuple[Layer, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Addition:
    """A layer whose result is the sum of those of others, which are there."""

    whole: Layer
    parts: tuple[Layer, ...]


def settling(layers: Sequence[Layer]) -> tuple[Step | Addition, ...]:
    """How the parts among some layers get their results, in order; those whose sums lie elsewhere are in none.

    A layer that has parts is their sum, so that sums are shared out among the finest layers. Of several sums the one
    with the most layers comes first; what a sum has in common with those before it is known already.
    """
    by_name = {layer.name: layer for layer in layers}
    sums = [one for one in _sums(layers) if {one.whole, *one.parts, *filter(None, one.colours)} <= by_name.keys()]
    known = {layer.name for layer in layers if layer.rule in (Rule.BEAUTY, Rule.COLOR)}
    first: dict[str, Sum] = {}
    for one in sums:
        if one.whole not in known and not one.colours:
            first.setdefault(one.whole, one)
    waiting = [(one, _finest(one, first)) for one in sums]
    steps: list[Step | Addition] = []
    while True:
        complete = [(one, terms) for one, terms in waiting if one.whole not in known and known.issuperset(dict(terms))]
        ready = [(one, terms) for one, terms in waiting if one.whole in known and not known.issuperset(dict(terms))]
        if complete:
            one, terms = complete[0]
            steps.append(Addition(by_name[one.whole], tuple(by_name[name] for name, _ in terms)))
            known.add(one.whole)
        elif ready:
            one, terms = max(ready, key=lambda each: len(each[1]))
            new = [term for term in terms if term[0] not in known]
            old = tuple(by_name[name] for name, _ in terms if name in known)
            steps.append(Step(by_name[one.whole], old, _grouped(new, by_name)))
            known |= {name for name, _ in new}
        else:
            return tuple(steps)


def _sums(layers: Iterable[Layer]) -> list[Sum]:
    return list(dict.fromkeys(one for layer in layers for one in layer.sums))


def _finest(one: Sum, first: dict[str, Sum]) -> tuple[tuple[str, str], ...]:
    """A sum's terms, each that is a sum itself replaced by its own."""
    terms: list[tuple[str, str]] = []
    for part, colour in one.terms:
        terms += _finest(first[part], first) if part in first and not colour else [(part, colour)]
    return tuple(dict.fromkeys(terms))


def _grouped(terms: Sequence[tuple[str, str]], layers: dict[str, Layer]) -> tuple[Term, ...]:
    """Lights that are multiplied by one colour as one term."""
    lights: dict[str, list[Layer]] = {}
    for part, colour in terms:
        lights.setdefault(colour or f"\0{part}", []).append(layers[part])
    return tuple(Term(tuple(own), layers.get(colour)) for colour, own in lights.items())


def short_of(source: Array, parts: Sequence[Array]) -> Array:
    """What the parts, (H, W, 3) each, lack to add up to the source of their whole: the rest, light that no layer holds.
    Rounding is nothing.
    """
    short, magnitude = source.astype(np.float64), np.abs(source.astype(np.float64))
    for part in parts:
        short -= part
        magnitude += np.abs(part)
    short[np.abs(short) <= ROUNDING * magnitude] = 0
    return short.astype(np.float32)


def local_contrast(source: Array) -> Array:
    """The range of the 3 x 3 pixels around each of (H, W, C), per channel; beyond the edge the last pixel repeats."""
    around = np.pad(source, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return _of_nine(np.maximum, around) - _of_nine(np.minimum, around)


def _of_nine(extreme: np.ufunc, around: Array) -> Array:
    rows = extreme.reduce([around[:-2], around[1:-1], around[2:]])
    return extreme.reduce([rows[:, :-2], rows[:, 1:-1], rows[:, 2:]])


def reached_by(short: Array, scale: int) -> NDArray[np.bool_]:
    """Where the results of parts that lack `short` in the source, (H, W, 3), lack something, too: (H * scale, W *
    scale, 3).
    """
    return interpolate(short != 0, "bilinear", scale) > 0


def range_of(short: Array) -> tuple[Array, Array]:
    """The least and the greatest that parts lack in the 3 x 3 pixels around each of (H, W, C), and nothing."""
    around = np.pad(short, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return np.minimum(_of_nine(np.minimum, around), 0), np.maximum(_of_nine(np.maximum, around), 0)


def enlarged_short(
    within: tuple[Array, Array], reached: NDArray[np.bool_], picture: Array, parts: Sequence[Array]
) -> Array:
    """What parts lack at the size of the result, where they lack something in the source; elsewhere nothing.

    within: `range_of` what they lack in the source, (H, W, 3); the others (H * scale, W * scale, 3). reached:
    `reached_by`; picture, parts: whole and parts as interpolated. A difference of pictures that were enlarged alike:
    what is short in the source, enlarged, would ring around highlights. No more than in the source nearby: the sum of
    parts that were interpolated each is not quite the interpolated sum.
    """
    rest = picture.copy()
    for part in parts:
        rest -= part
    scale = len(picture) // len(within[0])
    for y in range(scale):
        for x in range(scale):
            phase = rest[y::scale, x::scale]
            np.clip(phase, *within, out=phase)
    return np.where(reached, rest, np.float32(0))


def share_detail(
    whole: Array, parts: Sequence[Array], rest: Array | None = None, contrasts: Sequence[Array] | None = None
) -> list[Array]:
    """Make enlarged parts, and the rest, add up to the result of their whole; changes and returns `parts`.

    All (H * scale, W * scale, 3), linear; rest: `enlarged_short`, None where nothing is short; contrasts:
    `local_contrast` of each part's source, and last of the rest's, (H, W, 3). What they lack to the whole, the detail
    that the network has added, is shared out in proportion to their contrasts, a part's magnitude at most: an edge in
    one light does not show in another. Where that is too little for the detail, and without contrasts, it goes by
    magnitude; evenly where all parts are zero. Where there is a rest no part is turned negative or more than doubled,
    and the sum gives way.
    """
    terms = [*parts, *([] if rest is None else [rest.copy()])]
    detail = whole.astype(np.float32)
    magnitude, weight = np.zeros_like(detail), np.zeros_like(detail)
    for index, part in enumerate(terms):
        detail -= part
        magnitude += np.abs(part)
        weight += _weight(part, index, contrasts)
    if rest is not None:
        np.copyto(detail, np.clip(detail, -magnitude, magnitude), where=rest != 0)
    # A part that takes no more than its own weight, and so than its magnitude, does not turn negative.
    scarce, dark = np.abs(detail) > weight, magnitude == 0
    total = np.where(scarce, magnitude, weight)
    total[total == 0] = 1
    share = np.divide(detail, np.where(dark, np.float32(len(parts)), total))
    for index, part in enumerate(parts):
        own = np.where(scarce, np.abs(part), _weight(part, index, contrasts))
        part += share * np.where(dark, np.float32(1), own)
    return list(parts)


def _weight(part: Array, index: int, contrasts: Sequence[Array] | None) -> Array:
    """Computed each time it is needed: of many parts, one at a time is held."""
    size = np.abs(part)
    if contrasts is None:
        return size
    scale = len(part) // len(contrasts[index])
    return np.minimum(size, contrasts[index].repeat(scale, axis=0).repeat(scale, axis=1), out=size)


def relit(lights: Sequence[Array], colour: Array, product: Array) -> list[Array]:
    """Lights, (H, W, 3) each, changed so that their sum times the colour is the product; returns them.

    Each keeps its share of the light. Where the lights are black, each gets as much; where the colour is black, nothing
    changes.
    """
    total = np.sum(lights, axis=0)
    before = total * colour
    factor = np.divide(product, before, out=np.ones_like(product), where=before > 0)
    added = np.divide(product, colour * len(lights), out=np.zeros_like(product), where=(before <= 0) & (colour > 0))
    return [np.where(total > 0, light * factor, light + np.maximum(added, 0)) for light in lights]
