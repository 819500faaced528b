"""How samples lie in a store: light as T in whole steps of 16 bits, all else as half float.

Half floats of T would lose what the frames hold: from T = 0.5 on they are 0.0005 apart, fifty times as far as the
half floats of linear light that came out of the renderer. Whole steps of 1 / STEPS are even over all of T, no more
than half a step of 2.1e-5 off anywhere, in as many bytes. Near black a step is 1.2e-7 in linear light, twice the
distance of the smallest half floats.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress

STEPS = 23700
"""Steps from T = 0 to 1: T(65504) = 1.3816, the largest half float, still fits into 16 bits."""

Light = NDArray[np.int16]
Stored = NDArray[np.int16] | NDArray[np.float16]


def stored_colour(plane: NDArray[np.float16]) -> Light:
    """A plane of linear colour, half float of any shape, to steps of T. NaN becomes 0, what lies beyond the largest
    half float is held there.
    """
    return _looked_up(_steps_of_colour(), plane)


def stored_alpha(plane: NDArray[np.float16]) -> Light:
    """The same for alpha, to steps of itself."""
    return _looked_up(_steps_of_alpha(), plane)


def _looked_up(steps: Light, plane: NDArray[np.float16]) -> Light:
    # Of all that 16 bits can say there is a step: "clip" only saves the look whether it is so, a third of the time.
    return np.take(steps, plane.view(np.uint16), mode="clip")


def as_floats(stored: Stored) -> NDArray[np.float32]:
    """Light compressed, guides as they are, float32."""
    return stored.astype(np.float32) if stored.dtype == np.float16 else compressed_light(stored.view(np.int16))


def compressed_light(steps: Light) -> NDArray[np.float32]:
    """What was stored: T of colour, alpha as it is, float32. An alpha of 1 comes back exactly."""
    return np.divide(steps, np.float32(STEPS), dtype=np.float32)


def stored_guide(plane: NDArray[np.floating]) -> NDArray[np.float16]:
    """A guide as half float; NaN becomes 0, what is too large, such as the depth of a sky, the largest half float."""
    largest = float(np.finfo(np.float16).max)
    clean = np.nan_to_num(plane.astype(np.float32), nan=0.0)
    return np.clip(clean, -largest, largest).astype(np.float16)


@cache
def _every_half() -> NDArray[np.float32]:
    """All 65536 half floats, by their bits; NaN as 0, infinities as the largest."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    return np.nan_to_num(halves, nan=0.0, posinf=65504.0, neginf=-65504.0)


@cache
def _steps_of_colour() -> Light:
    return np.rint(compress(_every_half()) * np.float32(STEPS)).astype(np.int16)


@cache
def _steps_of_alpha() -> Light:
    largest = np.iinfo(np.int16).max
    return np.clip(np.rint(_every_half() * np.float32(STEPS)), -largest, largest).astype(np.int16)
