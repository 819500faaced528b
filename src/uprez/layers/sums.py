"""Parts that add up to the beauty: light groups, lobes of reflection. Found by name and by pixels, enlarged so that
they still add up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from uprez.frames.types import FrameHeader
from uprez.layers import naming
from uprez.layers.layers import Layer, Rule
from uprez.models.interpolation import interpolate

Array = NDArray[np.float32]
Sample = Callable[[Layer], Array]
"""A layer's colours at some pixels of the frame, (N, 3), the same pixels for all layers of one data window."""

LEAST_EVIDENCE = 16
"""Sampled values that must not be zero before they prove or contradict anything: black adds up to anything."""
AGREEMENT = 0.98
"""Share of the sampled values that must add up; a few pixels may be clamped or retouched."""
LOSSLESS_TOLERANCE, LOSSY_TOLERANCE = 2.0**-9, 2.0**-5
"""Difference allowed, relative to the magnitudes that were added: half floats round each of them by 2^-11; lossy
codecs add theirs.
"""
NAMED_AGREEMENT, NAMED_TOLERANCE = 0.9, 2.0**-3
"""The same for layers whose names say that they add up: a denoised or graded beauty, or a faint light that nobody
rendered, is no contradiction.
"""

_LOSSY = frozenset({"pxr24", "b44", "b44a", "dwaa", "dwab", "lj2k"})


def recognise_parts(layers: Sequence[Layer], header: FrameHeader, sample: Sample) -> tuple[Layer, ...]:
    """The layers, those of Rule.COLOR that together add up to their view's beauty changed to Rule.BEAUTY_PART.

    Light groups and lobes are known by their names, so that a frame in which a light is off, or all is black, gets the
    rules of its neighbours; pixels that clearly contradict veto. Layers whose names say nothing must add up to within
    rounding. A layer joins one sum at most per beauty; several sums may add up to one beauty.
    """
    changed: dict[str, Layer] = {}
    beauties = [layer for layer in layers if layer.rule is Rule.BEAUTY and len(layer.colours) == 3]
    for beauty in beauties:
        others = [other for other in beauties if other is not beauty and _side_by_side(other, beauty, header)]
        rest = [
            layer
            for layer in layers
            if layer.name not in changed
            and may_belong(layer, beauty, header)
            and all(_kinship(layer, beauty) >= _kinship(layer, other) for other in others)
        ]
        if len(rest) > 1:
            lossy = any(header.parts[layer.part].compression in _LOSSY for layer in (beauty, *rest))
            changed |= _parts_of(beauty, rest, sample, LOSSY_TOLERANCE if lossy else LOSSLESS_TOLERANCE)
    return tuple(changed.get(layer.name, layer) for layer in layers)


def adopt_parts(parts: Sequence[Layer], layers: Sequence[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """Parts of a beauty that were set by hand, each with its beauty, by its name's kinship, and with the sum that it
    joins: the one that was recognised of that beauty, or else one for all that are set by hand.
    """
    adopted = []
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
            totals = {layer.total for layer in layers if layer.total and layer.beauty == beauty.name}
            total = totals.pop() if len(totals) == 1 else f"{beauty.name}, by hand"
            part = replace(part, beauty=beauty.name, total=total)
        adopted.append(part)
    return tuple(adopted)


def _parts_of(beauty: Layer, layers: Sequence[Layer], sample: Sample, tolerance: float) -> dict[str, Layer]:
    """Of the layers that may belong to a beauty those that do, by name. Exact sums come first, since they take in what
    its name does not tell.
    """
    picture, colours = _finite(sample(beauty), {layer.name: sample(layer) for layer in layers})
    proven = _families(layers, picture, colours) if np.count_nonzero(picture) >= LEAST_EVIDENCE else ()
    parts: dict[str, Layer] = {}
    for family, bounds in chain(
        ((family, (AGREEMENT, tolerance)) for family in proven),
        ((family, (NAMED_AGREEMENT, NAMED_TOLERANCE)) for family in _named(layers)),
    ):
        members = [layer for layer in family if layer.name not in parts]
        if len(members) < 2 or not _add_up(picture, [colours[one.name] for one in members], *bounds):
            continue
        total = f"{beauty.name} = " + " + ".join(layer.name for layer in members)
        parts |= {layer.name: _as_part(layer, beauty, total) for layer in members}
    return parts


def may_belong(layer: Layer, beauty: Layer, header: FrameHeader) -> bool:
    """Whether a colour layer could be part of this beauty at all: same view, same data window, three colours."""
    return layer.rule is Rule.COLOR and len(layer.colours) == 3 and _side_by_side(layer, beauty, header)


def _side_by_side(layer: Layer, other: Layer, header: FrameHeader) -> bool:
    same_window = header.parts[layer.part].data_window == header.parts[other.part].data_window
    return layer.view == other.view and same_window


def _kinship(layer: Layer, beauty: Layer) -> int:
    """How many words of its name a layer shares with a beauty's: `fg.Combined_key` is of `fg.Combined`, not of
    `bg.Combined`.
    """
    return len(naming.words_and_numbers(layer.name) & naming.words_and_numbers(beauty.name))


def short_of(source: Array, parts: Sequence[Array]) -> Array:
    """What the parts, (H, W, 3) each, lack to add up to their beauty's source: a layer that nobody rendered. Rounding
    is nothing.
    """
    short, magnitude = source.astype(np.float64), np.abs(source.astype(np.float64))
    for part in parts:
        short -= part
        magnitude += np.abs(part)
    short[np.abs(short) <= LOSSLESS_TOLERANCE * magnitude] = 0
    return short.astype(np.float32)


def local_contrast(source: Array) -> Array:
    """The range of the 3 x 3 pixels around each of (H, W, C), per channel; beyond the edge the last pixel repeats."""
    around = np.pad(source, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return _of_nine(np.maximum, around) - _of_nine(np.minimum, around)


def _of_nine(extreme: np.ufunc, around: Array) -> Array:
    rows = extreme.reduce([around[:-2], around[1:-1], around[2:]])
    return extreme.reduce([rows[:, :-2], rows[:, 1:-1], rows[:, 2:]])


def enlarged_short(short: Array, picture: Array, parts: Sequence[Array]) -> Array:
    """What parts lack at the size of the result, where they lack something in the source; elsewhere nothing.

    short: `short_of` the source, (H, W, 3); picture, parts: beauty and parts as interpolated, (H * scale, W * scale,
    3). A difference of pictures that were enlarged alike: `short` itself, enlarged, would ring around highlights.
    """
    reached = interpolate(short != 0, "bilinear", len(picture) // len(short)) > 0
    return np.where(reached, picture - np.sum(parts, axis=0), np.float32(0))


def share_detail(
    beauty: Array, parts: Sequence[Array], short: Array, contrasts: Sequence[Array] | None = None
) -> list[Array]:
    """Make the enlarged parts of a beauty add up to its result as they did in the source; changes and returns `parts`.

    All (H * scale, W * scale, 3), linear; short: `enlarged_short`; contrasts: `local_contrast` of each part's source,
    (H, W, 3). What the parts lack to beauty - short, the detail that the network has added, is shared out in
    proportion to their contrasts, a part's magnitude at most: an edge in one light does not show in another. Where that
    is too little for the detail, and without contrasts, it goes by magnitude; evenly where all parts are zero. Where
    the source's parts did not add up no part is turned negative or more than doubled, and the sum gives way.
    """
    detail = beauty - short
    magnitude, weight = np.zeros_like(detail), np.zeros_like(detail)
    for index, part in enumerate(parts):
        detail -= part
        magnitude += np.abs(part)
        weight += _weight(part, index, contrasts)
    lacking = short != 0
    if lacking.any():
        np.copyto(detail, np.clip(detail, -magnitude, magnitude), where=lacking)
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
    """Made anew each time it is needed: of many parts, one at a time is held."""
    size = np.abs(part)
    if contrasts is None:
        return size
    scale = len(part) // len(contrasts[index])
    return np.minimum(size, contrasts[index].repeat(scale, axis=0).repeat(scale, axis=1), out=size)


def _finite(picture: Array, colours: Mapping[str, Array]) -> tuple[Array, dict[str, Array]]:
    """Those of the sampled pixels at which the beauty is finite; what is not in another layer counts as nothing."""
    good = np.isfinite(picture).all(axis=1)
    return picture[good], {name: _finite_only(colour[good]) for name, colour in colours.items()}


def _finite_only(values: Array) -> Array:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _as_part(layer: Layer, beauty: Layer, total: str) -> Layer:
    return replace(layer, rule=Rule.BEAUTY_PART, note=f"adds up to {beauty.name}", beauty=beauty.name, total=total)


def _families(layers: Sequence[Layer], picture: Array, colours: Mapping[str, Array]) -> Iterable[list[Layer]]:
    """Sets of layers that are likely to be one sum, the likeliest first; they may overlap: names that begin alike
    (`lg_key`, `lg_fill`), names that say so, all together, and at last whichever least squares pick out.
    """
    stems: dict[str, list[Layer]] = {}
    for layer in layers:
        plain = layer.name.rstrip("0123456789")
        stems.setdefault(plain.rpartition("_")[0] or plain, []).append(layer)
    yield from stems.values()
    yield from _named(layers)
    yield list(layers)
    yield [layer for layer, used in zip(layers, _picked(picture, list(colours.values())), strict=True) if used]


def _named(layers: Sequence[Layer]) -> Iterable[list[Layer]]:
    """Sets of layers whose names say that they add up: light groups, lobes, both."""
    lights = [layer for layer in layers if naming.is_light_group(layer.name)]
    lobes = {layer.name: naming.words(layer.name) for layer in layers if naming.is_lobe(layer.name)}
    # `diffuse` holds `diffuse_direct`: the finer of the two would count twice.
    coarse = [
        layer
        for layer in layers
        if layer.name in lobes and not any(said < lobes[layer.name] for said in lobes.values())
    ]
    yield from (lights, coarse, lights + coarse)


def _add_up(picture: Array, parts: Sequence[Array], agreement: float, tolerance: float) -> bool:
    """Whether pixels do not contradict that parts add up to the beauty; black, of all of them, contradicts nothing."""
    total = np.sum(parts, axis=0, dtype=np.float64)
    magnitude = np.abs(picture) + np.sum(np.abs(parts), axis=0, dtype=np.float64)
    lit = magnitude > 0
    if np.count_nonzero(lit) < LEAST_EVIDENCE:
        return True
    close = np.abs(picture - total) <= tolerance * magnitude + 1e-6
    return float(close[lit].mean()) >= agreement


def _picked(picture: Array, parts: Sequence[Array]) -> list[bool]:
    """Which parts a weighted least-squares fit of the beauty takes once. All False where it wants fractions of some."""
    weight = 1.0 / (1e-3 + np.abs(picture).ravel())
    columns = np.stack([part.ravel().astype(np.float64) * weight for part in parts], axis=1)
    factors = np.linalg.lstsq(columns, picture.ravel() * weight, rcond=1e-6)[0]
    ones, zeros = np.abs(factors - 1) < 0.05, np.abs(factors) < 0.05
    return [bool(one) for one in ones] if (ones | zeros).all() else [False] * len(parts)
