"""Artifacts: what a result adds where nothing is, and around edges."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress

Array = NDArray[np.float32]

FLAT, FLAT_REACH = 0.02, 4
"""The reference is flat where it changes by less in T, which is 0.4 stops, within so many LR pixels."""
EDGE, EDGE_REACH = 0.1, 3
"""An edge changes by more in T, which is two stops, from one pixel to the next; so many LR pixels around it count."""
SLACK = 1
"""LR pixels within which a value that the reference has makes the same value no ringing."""


class Artifacts(NamedTuple):
    """RMS in the compressed domain; 0 where there are no such places."""

    flat: float
    """Of all differences in flat areas of the reference: noise, patterns, blotches."""
    edges: float
    """Of what lies beyond the reference's range near edges: ringing, halos. An edge that is only softer has none."""


def artifacts(result: NDArray[np.floating], reference: NDArray[np.floating], *, scale: int = 2) -> Artifacts:
    """What a result has in flat areas of the reference and around its edges, text included, that the reference has not.

    result, reference: scene-linear (H, W, C); the first three channels count, each by itself, in the compressed domain.
    scale: by which the result was upscaled.
    """
    if result.shape != reference.shape:
        raise ValueError(f"shapes differ: {result.shape} and {reference.shape}")
    flat, edges = [], []
    for channel in range(min(3, result.shape[2])):
        has, should = (compress(image[..., channel]) for image in (result, reference))
        flat.append((has - should)[_span(should, FLAT_REACH * scale) < FLAT])
        near = local_extreme(_span(should, 1) > EDGE, EDGE_REACH * scale, np.maximum)
        allowed = (local_extreme(should, SLACK * scale, extreme) for extreme in (np.minimum, np.maximum))
        edges.append((has - np.clip(has, *allowed))[near])
    return Artifacts(_rms(flat), _rms(edges))


def local_extreme(plane: NDArray[Any], reach: int, extreme: np.ufunc) -> NDArray[Any]:
    """The extreme (np.minimum or np.maximum) of each pixel and those `reach` pixels around, (H, W); edges repeat."""
    for axis in (0, 1):
        length, width = plane.shape[axis], 1
        padded = np.pad(plane, [(reach, reach) if axis == this else (0, 0) for this in (0, 1)], mode="edge")
        padded = np.moveaxis(padded, axis, 0)
        while 2 * width <= 2 * reach + 1:  # of twice as many pixels each time
            padded, width = extreme(padded[:-width], padded[width:]), 2 * width
        rest = 2 * reach + 1 - width
        plane = np.moveaxis(extreme(padded[:length], padded[rest : rest + length]), 0, axis)
    return plane


def _span(plane: Array, reach: int) -> Array:
    highest, lowest = (local_extreme(plane, reach, extreme) for extreme in (np.maximum, np.minimum))
    return highest - lowest


def _rms(differences: list[Array]) -> float:
    every = np.concatenate(differences).astype(np.float64)
    return float(np.sqrt(np.square(every).mean())) if every.size else 0.0
