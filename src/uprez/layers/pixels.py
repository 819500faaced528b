"""What pixels say against a name: numbers that are no light, and light that is called data.

Pixels overrule names only where they are plain. Filters with negative lobes, denoisers and grades leave small negative
values beside edges and in the dark: they are light. Layers that are black, or flat, say nothing. A beauty is never
overruled.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from uprez.layers.grammar import LIGHT, words_of_data
from uprez.layers.layers import Layer, Rule

Glance = Callable[[Layer], NDArray[np.float32]]
"""A layer's channels, without its alpha, at a few thousand pixels spread over the frame: (N, C)."""

SIGNED = "negative values"
LEAST_PIXELS = 64
"""Pixels that are not zero before they say anything."""
UNIT_TOLERANCE, UNIT_SHARE = 0.02, 0.9
"""How near to 1 a vector's length is, and how many are: half floats round, and edges are averaged."""
SIGNED_ENERGY, SIGNED_ENERGY_OF_LIGHT = 0.1, 0.25
"""Share of all magnitude that is negative; Lanczos and Mitchell filters leave 0.01 in a frame full of edges, colours
outside a gamut 0.1. The second holds against a name that means light.
"""
SIGNED_SHARE, CLEARLY = 0.02, -0.05
"""Share of pixels that are clearly negative: by more than this part of the mean magnitude."""
FAR = 1e8
"""No light is so bright; it stands for nothing hit."""
HASH_RANGE = 1e12
"""Between the smallest and the largest value."""
MOST_REPEATED, LEAST_REPEATING = 64, 512
"""So few values in so many pixels are no picture."""
CODED_ZERO, CODED_SHARE = 2.0**-9, 0.1
"""How near 0.5 coded motion is where nothing moves, and in how many pixels at least."""


def worth_a_look(layer: Layer) -> bool:
    """Whether pixels can say anything against the layer's name: vectors and colours of no declared kind."""
    if len(layer.colours) < 2 or layer.note == "by hand" or layer.rule is Rule.BEAUTY:
        return False
    declared = layer.rule is Rule.ID and not layer.reading.role
    return not declared and (len(layer.colours) == 3 or layer.rule is Rule.MOTION)


def overrule(layer: Layer, glance: Glance) -> Layer:
    """The layer, its rule and doubt by its pixels. Says the same for the same pixels, whatever the frame."""
    if not worth_a_look(layer):
        return layer
    values = glance(layer)
    values = values[np.isfinite(values).all(axis=1)]
    lit = values[(values != 0).any(axis=1)]
    if len(lit) < LEAST_PIXELS or np.array_equal(lit.min(axis=0), lit.max(axis=0)):
        return layer
    if layer.rule in (Rule.COLOR, Rule.GENERIC):
        return _as_data(layer, lit)
    if layer.rule is Rule.MOTION and _is_coded(values):
        told = "its values lie around 0.5, as motion that is coded in 0 to 1 does"
        return replace(
            layer, rule=Rule.DEPTH, note="coded motion: not scaled", why=f"pixels: {told}", doubt=f"{told}: not scaled"
        )
    if _is_light(layer, lit):
        said = layer.reading.role or layer.rule.value
        return replace(
            layer, doubt=f"is named like {said}, but its pixels look like light: {layer.rule.value}, by its name"
        )
    return layer


def _as_data(layer: Layer, lit: NDArray[np.float32]) -> Layer:
    """A layer of colour, or of numbers of no known meaning, by the kind of numbers that it holds."""
    known = layer.reading.role in LIGHT
    if layer.rule is Rule.GENERIC and layer.reading.role:
        return layer
    found = _kind(lit, known=known, colour=layer.rule is Rule.COLOR)
    if found is None:
        return layer
    rule, told = found
    if told == SIGNED and "motion" in words_of_data(layer.name):
        rule = Rule.MOTION  # `char_forward`: a word that is a lamp's, too
    doubt = (
        f"is named like light ({layer.reading.told.removeprefix('name: ')}), but holds {told}: {rule.value}"
        if known
        else ""
    )
    return replace(layer, rule=rule, alpha=False, channels=layer.colours, note="", why=f"pixels: {told}", doubt=doubt)


def _kind(lit: NDArray[np.float32], *, known: bool, colour: bool) -> tuple[Rule, str] | None:
    magnitude = np.abs(lit)
    total = float(magnitude.sum(dtype=np.float64))
    negative = 0.5 * (total - float(lit.sum(dtype=np.float64)))
    signed = negative > 0 and np.mean(lit.min(axis=1) < CLEARLY * total / lit.size) >= SIGNED_SHARE
    length = np.sqrt(np.einsum("ij,ij->i", lit, lit, dtype=np.float64))
    unit = np.mean(np.abs(length - 1) <= UNIT_TOLERANCE) >= UNIT_SHARE
    if not known and colour and _are_hashes(magnitude, lit):
        return Rule.ID, "hashes"
    if unit and (signed or (not known and not _is_one_hot(magnitude))):
        return Rule.NORMAL, "vectors of length 1"
    if signed and negative >= (SIGNED_ENERGY_OF_LIGHT if known else SIGNED_ENERGY) * total:
        return Rule.DEPTH, SIGNED
    if known or not colour:
        return None
    if 0.05 <= np.mean(magnitude.max(axis=1) >= FAR) <= 0.95:
        return Rule.DEPTH, "values too large for light"
    if len(lit) < LEAST_REPEATING:
        return None
    several = _distinct(lit)
    if several >= 3 and float(lit.max()) > 1 and np.array_equal(lit, np.rint(lit)):
        return Rule.ID, "whole numbers"
    return (Rule.ID, "values that repeat exactly") if 3 <= several <= MOST_REPEATED else None


def _is_one_hot(magnitude: NDArray[np.float32]) -> bool:
    """Whether nearly all pixels have one channel alone, as mattes and pure colours do."""
    return bool(np.mean((magnitude > 0.02).sum(axis=1) <= 1) > 0.8)


def _are_hashes(magnitude: NDArray[np.float32], lit: NDArray[np.float32]) -> bool:
    """Whether values of all magnitudes repeat exactly, as Cryptomatte's do."""
    sizes = magnitude[magnitude > 0]
    ranges = float(sizes.max()) > HASH_RANGE * float(sizes.min())
    return ranges and len(lit) >= LEAST_REPEATING and len(set(map(bytes, lit))) < len(lit) / 4


def _distinct(lit: NDArray[np.float32]) -> int:
    """How many values there are among pixels, counted up to one more than MOST_REPEATED."""
    some = set(map(bytes, lit[:: max(1, len(lit) // 256)]))
    return len(some) if len(some) > MOST_REPEATED else len(set(map(bytes, lit)))


def _is_coded(values: NDArray[np.float32]) -> bool:
    moving = values[:, :2]
    if moving.min() < 0 or moving.max() > 1:
        return False
    still = (np.abs(moving - 0.5) <= CODED_ZERO).all(axis=1).mean()
    return bool(still >= CODED_SHARE and np.abs(np.median(moving, axis=0) - 0.5).max() < 0.1)


def _is_light(layer: Layer, lit: NDArray[np.float32]) -> bool:
    """Whether three channels are plainly a picture: bright and dark, alike but not the same, nowhere negative."""
    if layer.reading.role not in ("normal", "depth", "id", "matte", "motion", "velocity") or lit.shape[1] != 3:
        return False
    low, high = float(lit.min()), float(lit.max())
    if low < 0 or high <= 1.05 or (lit == lit[:, :1]).all():
        return False
    if np.mean((lit > 0).all(axis=1)) < 0.5 or _distinct(lit) <= MOST_REPEATED:
        return False
    together = np.corrcoef(np.log(lit + 1e-3 * high).T)
    return bool(np.nanmin(together) > 0.6)
