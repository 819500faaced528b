"""Errors of light: what an eye sees at once in linear light, and logarithmic figures hardly feel.

In T an error of 0.0034 is 5 % of the light, far below what PSNR there is made of: a stripe inside a white letter, or a
rim around a lamp that is half as bright again, costs next to nothing. These figures count such pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.metrics.artifacts import local_extreme

Array = NDArray[np.float32]

FLAT, FLAT_REACH = 0.02, 2
"""The reference is flat where its light changes by less, as a share of itself, within so many LR pixels."""
OFF = 0.05
"""Share of its light by which a flat pixel may be off."""
BEYOND, SLACK = 0.1, 1
"""Share of the brightest light within so many LR pixels by which a pixel may leave the reference's range there."""
DARK = 1e-4
"""Light that is not seen."""


class LightErrors(NamedTuple):
    """Shares of pixels, 0 to 1; 0 where there are no such places."""

    flat: float
    """Of flat areas of the reference: how much of them is off by over OFF of its light."""
    beyond: float
    """Of all pixels: how many overshoot or dent, brighter or darker than all of the reference nearby by over BEYOND."""


def light_errors(result: NDArray[np.floating], reference: NDArray[np.floating], *, scale: int = 2) -> LightErrors:
    """Pixels whose light is plainly wrong, of the first three channels, each by itself.

    result, reference: scene-linear (H, W, C), of one shape. scale: by which the result was upscaled. Raises ValueError
    where shapes differ.
    """
    if result.shape != reference.shape:
        raise ValueError(f"shapes differ: {result.shape} and {reference.shape}")
    flat, off, beyond, pixels = 0, 0, 0, 0
    for channel in range(min(3, result.shape[2])):
        has, should = (np.asarray(image[..., channel], np.float32) for image in (result, reference))
        low, high = (local_extreme(should, FLAT_REACH * scale, extreme) for extreme in (np.minimum, np.maximum))
        is_flat = (high - low) < FLAT * np.abs(should) + DARK
        flat += int(np.count_nonzero(is_flat))
        off += int(np.count_nonzero(np.abs(has - should)[is_flat] > OFF * np.abs(should[is_flat]) + DARK))
        low, high = (local_extreme(should, SLACK * scale, extreme) for extreme in (np.minimum, np.maximum))
        room = BEYOND * np.maximum(np.abs(low), np.abs(high)) + DARK
        beyond += int(np.count_nonzero((has > high + room) | (has < low - room)))
        pixels += has.size
    return LightErrors(off / flat if flat else 0.0, beyond / pixels if pixels else 0.0)
