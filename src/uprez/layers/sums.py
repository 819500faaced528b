"""Layers that add up to others: light groups and lobes to the beauty, lights of a lobe to the lobe, and products of
light and colour. Found by pixels first, since they see what no name tells; by names where pixels tell nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from uprez.frames.types import FrameHeader
from uprez.layers import naming
from uprez.layers.families import Family, Pool, by_name, by_pixels, products
from uprez.layers.layers import Fit, Layer, Rule, Sum

Array = NDArray[np.float32]
Sample = Callable[[Layer, Layer], Array]
"""A layer's colours at some pixels of another's data window, (N, 3), the same pixels for all layers; black where the
layer's own is cropped within.
"""

MOST_SAMPLES = 8192
"""Pixels that a sum is judged by."""
LOSSY = frozenset({"pxr24", "b44", "b44a", "dwaa", "dwab", "lj2k"})


def recognise_parts(layers: Sequence[Layer], header: FrameHeader, sample: Sample) -> tuple[Layer, ...]:
    """The layers, with the sums that hold among them; those that add up to another changed to Rule.BEAUTY_PART.

    Every sum counts: several full sets of one beauty, and parts that have parts themselves. A set of lights may fall
    short of the beauty (a sky that no light group holds), never be more. Frames that are black get the rules that names
    give, so that a light that is off, or a fade, changes nothing.
    """
    found: list[Sum] = []
    for beauty, others in _pools(layers, header):
        if others and (beauty is not None or len(others) > 2):
            found += _sums_of(beauty, others, header, sample)
    return _under_sums(layers, found)


def adopt_parts(parts: Sequence[Layer], layers: Sequence[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """Parts of a beauty that were set by hand, each with its beauty, by its name's kinship. They join the sum that was
    recognised of it, where there is one alone; otherwise all that are set by hand are one.
    """
    joined: dict[str, list[Layer]] = {}
    for part in parts:
        beauties = [
            layer
            for layer in layers
            if layer.rule is Rule.BEAUTY
            and len(layer.colours) == len(part.colours)
            and _side_by_side(layer, part, header)
        ]
        if beauties:
            beauty = max(beauties, key=lambda one: (_kinship(part, one), one.part == part.part, -one.part))
            joined.setdefault(beauty.name, []).append(part)
    adopted: dict[str, Sum] = {}
    for beauty_name, members in joined.items():
        known = {one for layer in layers for one in layer.sums if one.whole == beauty_name}
        before = known.pop().terms if len(known) == 1 else ()
        terms = (*before, *((part.name, "") for part in members))
        whole = _sum(beauty_name, terms, "by hand")
        adopted |= {part.name: whole for part in members}
    return tuple(replace(part, sums=(adopted[part.name],)) if part.name in adopted else part for part in parts)


def _pools(layers: Sequence[Layer], header: FrameHeader) -> Iterable[tuple[Layer | None, list[Layer]]]:
    """Every beauty with the layers that may add up to it; and what is left, where no beauty is."""
    beauties = [layer for layer in layers if layer.rule is Rule.BEAUTY and len(layer.colours) == 3]
    taken: set[str] = set()
    for beauty in beauties:
        rivals = [other for other in beauties if other is not beauty and _side_by_side(other, beauty, header)]
        own = [
            layer
            for layer in layers
            if may_belong(layer, beauty, header)
            and (_is_uncropped(layer, beauty, header) or _holds_light(layer.part, layers))
            and all(_kinship(layer, beauty) >= _kinship(layer, rival) for rival in rivals)
        ]
        taken |= {layer.name for layer in own}
        yield beauty, own
    left = [one for one in layers if one.rule is Rule.COLOR and len(one.colours) == 3 and one.name not in taken]
    while left:
        alike = [one for one in left if _side_by_side(one, left[0], header)]
        yield None, alike
        left = [one for one in left if one not in alike]


def may_belong(layer: Layer, beauty: Layer, header: FrameHeader) -> bool:
    """Whether a colour layer could be part of this beauty at all: three colours, same view, and the same data window or
    one that was cropped within it.
    """
    is_colour = layer.rule is Rule.COLOR and len(layer.colours) == 3 and layer.view == beauty.view
    own, whole = (header.parts[one.part].data_window for one in (layer, beauty))
    return is_colour and (own == whole or (whole.holds(own) and layer.part != beauty.part))


def _is_uncropped(layer: Layer, beauty: Layer, header: FrameHeader) -> bool:
    return header.parts[layer.part].data_window == header.parts[beauty.part].data_window


def _holds_light(part: int, layers: Sequence[Layer]) -> bool:
    """Whether a part holds nothing but light and mattes, which are black where there is no data."""
    return all(layer.rule in (Rule.COLOR, Rule.MATTE) for layer in layers if part in layer.parts)


def _side_by_side(layer: Layer, other: Layer, header: FrameHeader) -> bool:
    same_window = header.parts[layer.part].data_window == header.parts[other.part].data_window
    return layer.view == other.view and same_window


def _kinship(layer: Layer, beauty: Layer) -> int:
    """How many words of its name a layer shares with a beauty's: `fg.Combined_key` is of `fg.Combined`, not of
    `bg.Combined`.
    """
    return len(naming.words_and_numbers(layer.name) & naming.words_and_numbers(beauty.name))


def _sums_of(beauty: Layer | None, others: Sequence[Layer], header: FrameHeader, sample: Sample) -> list[Sum]:
    layers = [*others, *([beauty] if beauty else [])]
    samples = [sample(layer, layers[-1]) for layer in reversed(layers)]  # the beauty's first: it chooses the pixels
    lossy = any(header.parts[layer.part].compression in LOSSY for layer in layers)
    pool = Pool(layers, _values(samples[::-1]), has_beauty=beauty is not None, lossy=lossy)
    families = [*by_pixels(pool), *products(pool)]
    families += by_name(pool, families)
    return [_as_sum(family, pool) for family in families]


def _values(colours: Sequence[Array]) -> NDArray[np.float64]:
    """(layers, values): sampled colours, (N, 3) each. Pixels at which the beauty, the last, is not finite are left out;
    what is not in another layer counts as nothing.
    """
    good = np.nonzero(np.isfinite(colours[-1]).all(axis=1))[0]
    good = good[:: max(1, len(good) // MOST_SAMPLES)]
    return np.stack(
        [np.nan_to_num(one[good], nan=0.0, posinf=0.0, neginf=0.0).ravel() for one in colours], dtype=np.float64
    )


def _as_sum(family: Family, pool: Pool) -> Sum:
    terms = [(pool.name(part), pool.name(colour) if colour is not None else "") for part, colour in family.terms]
    return _sum(pool.name(family.whole), terms, family.fit)


def _sum(whole: str, terms: Sequence[tuple[str, str]], fit: Fit) -> Sum:
    colours = tuple(colour for _, colour in terms)
    return Sum(whole, tuple(part for part, _ in terms), fit, colours if any(colours) else ())


def _under_sums(layers: Sequence[Layer], sums: Sequence[Sum]) -> tuple[Layer, ...]:
    """The layers with their sums. A part of a sum is a BEAUTY_PART, and so is a colour that is the sum of such parts.
    Light over colour (`raw`) that no product rebuilds is no picture: it is interpolated.
    """
    rules = {layer.name: layer.rule for layer in layers}
    fixed = {name for name, rule in rules.items() if rule is Rule.BEAUTY}
    parts = {part for one in sums for part in one.parts} - fixed
    settled = {part for one in sums if one.whole in fixed | parts for part in one.parts}
    for _ in sums:
        settled |= {part for one in sums if one.whole in settled for part in one.parts}
    parts |= {one.whole for one in sums if one.whole not in fixed and settled.issuperset(one.parts)}
    return tuple(_under(layer, layer.name in parts, sums) for layer in layers)


def _under(layer: Layer, is_part: bool, sums: Sequence[Sum]) -> Layer:
    own = tuple(one for one in sums if layer.name in one.parts)
    whole = tuple(one for one in sums if layer.name == one.whole)
    if is_part:
        note = f"adds up to {own[0].whole}" if own else f"is {' + '.join(whole[0].parts)}"
        return replace(layer, rule=Rule.BEAUTY_PART, note=note, sums=(*own, *whole))
    if layer.reading.role == "raw" and layer.rule is Rule.COLOR:
        return replace(layer, rule=Rule.GENERIC, alpha=False, note="light over colour: interpolated")
    return replace(layer, sums=whole) if whole and layer.rule is Rule.COLOR else layer
