"""Augmentation of patches: the same for every image of a patch, each by its meaning. Pure, on arrays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import KAPPA, MU

Array = NDArray[np.float32]
_RATE = np.float32(np.log1p(MU) / KAPPA)
"""Of T in its exponential: T(y) = log(1 + MU y) / _RATE."""
Images = dict[str, Array]
"""By name: light `lr`, `hr`, `hr_4spp` (compressed colour, alpha), guides `lr albedo`, `hr normal`, `hr motion` ..."""


@dataclass(frozen=True)
class Augmentation:
    """What varies from patch to patch."""

    turns: bool = True
    """Flips and turns by 90 degrees: one of eight ways."""
    colour_shift: float = 0.01
    """Half the width of the colour shift in T: Vavilala & Meyer 2020 draw from [-0.01, 0.01]^3."""
    exposure_stops: float = 0.0
    """Light is multiplied by 2^u, u even in [-exposure_stops, exposure_stops]: a render is linear in its light."""
    permute_channels: bool = False
    """A random order of R, G, B in light and in albedo."""
    background: float = 0.0
    """Chance that a patch is put over an even, random colour, the same for all its light; alpha is 1 then."""


@dataclass(frozen=True)
class Variation:
    """How one patch is varied, all of its images alike."""

    way: int
    """Of `turned`."""
    order: tuple[int, ...]
    """Of R, G, B in light and in albedo."""
    gain: float
    """Of light."""
    behind: Array | None
    """The linear colour that light is put over; alpha is 1 then."""
    shift: Array
    """Added to light in T, by alpha, so that transparent black stays black."""


def drawn(how: Augmentation, random: np.random.Generator) -> Variation:
    """A variation; the same state of `random` gives the same, whatever is left out by `how`."""
    way = int(random.integers(8))
    order = tuple(map(int, random.permutation(3)))
    gain = 2 ** (random.uniform(-1, 1) * how.exposure_stops)
    is_behind, colour = random.uniform() < how.background, random.uniform(0, 1, 3).astype(np.float32) ** 3
    shift = (random.uniform(-1, 1, 3) * how.colour_shift).astype(np.float32)
    return Variation(
        way if how.turns else 0,
        order if how.permute_channels else (0, 1, 2),
        gain,
        colour if is_behind else None,
        shift,
    )


def augment(images: Mapping[str, Array], how: Variation) -> Images:
    """The images of a patch, varied."""
    result = {name: turned(image, how.way, meaning_of(name)) for name, image in images.items()}
    coloured = {name: image for name, image in result.items() if meaning_of(name) in ("light", "albedo")}
    result |= {name: _in_order(image, how.order) for name, image in coloured.items()}
    for image in (result[name] for name in coloured if meaning_of(name) == "light"):
        if how.gain != 1 or how.behind is not None:
            linear = _expanded(image[..., :3], how.gain)
            if how.behind is not None:
                linear += (1 - image[..., 3:]) * how.behind
                image[..., 3] = 1
            _compressed(linear, image[..., :3])
        for channel in range(3):
            image[..., channel] += how.shift[channel] * image[..., 3]
    return result


def _expanded(compressed: Array, gain: float) -> Array:
    """`uprez.encoding.expand` times `gain`, to 1e-7 in T: by exp, and in one piece of memory, ten times as fast as by
    expm1 in several.
    """
    light = np.abs(compressed)
    np.multiply(light, _RATE, out=light)
    np.exp(light, out=light)
    np.subtract(light, 1, out=light)
    np.multiply(light, np.float32(gain / MU), out=light)
    return np.copysign(light, compressed, out=light)


def _compressed(linear: Array, out: Array) -> None:
    """`uprez.encoding.compress` into `out`, likewise."""
    np.abs(linear, out=out)
    np.multiply(out, np.float32(MU), out=out)
    np.add(out, 1, out=out)
    np.log(out, out=out)
    np.multiply(out, 1 / _RATE, out=out)
    np.copysign(out, linear, out=out)


def meaning_of(name: str) -> str:
    """`light`, or the guide: albedo, normal, depth, motion."""
    return name.partition(" ")[2] or "light"


def turned(image: Array, way: int, meaning: str) -> Array:
    """(H, W, C) turned by `way` % 4 right angles, counter-clockwise, and from 4 on mirrored left to right. Vectors, x
    to the right and y up, turn along: normals in camera space, both pairs of motion.
    """
    result = np.rot90(image, way % 4)
    if way >= 4:
        result = result[:, ::-1]
    pairs = {"normal": ((0, 1),), "motion": ((0, 1), (2, 3))}.get(meaning, ())
    if pairs:
        result = result.copy(order="K")
    for x, y in pairs:
        right, up = result[..., x].copy(), result[..., y].copy()
        for _ in range(way % 4):
            right, up = -up, right
        result[..., x], result[..., y] = -right if way >= 4 else right, up
    return result


def _in_order(image: Array, order: Iterable[int]) -> Array:
    """A copy, as planar as it was, with R, G, B in that order."""
    result = np.empty_like(image)
    for channel, source in enumerate((*order, *range(3, image.shape[2]))):
        result[..., channel] = image[..., source]
    return result
