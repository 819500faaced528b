"""What alpha does: how far it is off, and what compositing makes of that."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress
from uprez.metrics.artifacts import local_extreme

Array = NDArray[np.float32]

_REACH = 2
"""LR pixels around an edge of alpha in which a fringe shows."""
_EDGE = 0.02
"""Alpha has an edge where it changes by more from one pixel to the next."""


def alpha_error(result: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """RMS difference of alpha, the fourth channel of (H, W, 4); 0 is none."""
    _require(result, reference)
    return float(np.sqrt(np.mean(np.square(result[..., 3].astype(np.float64) - reference[..., 3]))))


def fringes(
    result: NDArray[np.floating], reference: NDArray[np.floating], background: NDArray[np.floating], *, scale: int = 2
) -> float:
    """RMS difference, in the compressed domain, of the two over a background (Porter & Duff 1984), around the edges of
    the reference's alpha; 0 where it has none.

    result, reference: scene-linear (H, W, 4), premultiplied. background: scene-linear, (H, W, 3) or what broadcasts to
    it. A result whose alpha and colour are off together, so that a comp over black is right, shows here over white.
    """
    _require(result, reference)
    edges = np.zeros(reference.shape[:2], np.bool_)
    alpha = reference[..., 3].astype(np.float32)
    for axis in (0, 1):
        steps = np.abs(np.diff(alpha, axis=axis)) > _EDGE
        edges[tuple(slice(0, length) for length in steps.shape)] |= steps
    near = local_extreme(edges, _REACH * scale, np.maximum)
    if not near.any():
        return 0.0
    shown = [compress(over(image, background))[near] for image in (result, reference)]
    return float(math.sqrt(np.mean(np.square(shown[0].astype(np.float64) - shown[1]))))


def over(image: NDArray[np.floating], background: NDArray[np.floating]) -> Array:
    """Scene-linear premultiplied (H, W, 4) over an opaque background: (H, W, 3) float32."""
    pixels = image.astype(np.float32)
    return pixels[..., :3] + (1 - pixels[..., 3:]) * np.asarray(background, np.float32)


def backgrounds(height: int, width: int) -> Mapping[str, Array]:
    """Black, white, a checker of both in squares of 16 pixels, and a plate, scene-linear (height, width, 3)."""
    rows, columns = np.indices((height, width)) // 16
    checker = ((rows + columns) % 2).astype(np.float32)[..., np.newaxis].repeat(3, axis=2)
    plate = _plate(height, width)
    return {"black": np.zeros_like(checker), "white": np.ones_like(checker), "checker": checker, "plate": plate}


def _plate(height: int, width: int) -> Array:
    """What a photographed background is like, always the same: amplitudes that fall off with frequency (Field 1987),
    light that is log-normal around a mid-grey of 0.18 with a stop and a half of standard deviation.
    """
    phases = np.random.default_rng(18).standard_normal((height, width, 3))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    radius[0, 0] = math.inf
    spectrum = np.fft.rfft2(phases, axes=(0, 1)) / radius[..., np.newaxis]
    noise = np.fft.irfft2(spectrum, (height, width), axes=(0, 1))
    stops = 1.5 * noise / max(float(noise.std()), 1e-12)
    return (0.18 * np.exp2(stops)).astype(np.float32)


def _require(result: NDArray[np.floating], reference: NDArray[np.floating]) -> None:
    if result.shape != reference.shape or result.ndim != 3 or result.shape[2] != 4:
        raise ValueError(f"alpha is the fourth of four channels; got {result.shape} and {reference.shape}")
