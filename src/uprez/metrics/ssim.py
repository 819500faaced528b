"""Structural similarity, and the same over several scales."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SIDE, _SIGMA = 11, 1.5
_K1, _K2 = 0.01, 0.03
_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents from the finest scale to the coarsest: Wang et al. 2003, section 3.2."""
LEAST_SIDE = (_SIDE - 1) * 2 ** (len(_SCALES) - 1) + 1
"""Pixels along a side that `ms_ssim` needs."""


def ssim(result: NDArray[np.floating], reference: NDArray[np.floating], *, peak: float) -> float:
    """Mean structural similarity, 1 for equal images.

    result, reference: (H, W, C), same domain, `peak` in its unit; at least 11 pixels along a side. Each channel by
    itself, under a Gaussian window of 11 pixels and standard deviation 1.5 where it lies wholly within the image.
    Source: Wang et al. 2004, equation 13.
    """
    _require(result, reference, _SIDE)
    return float(np.mean(_luminance_and_structure(*_doubles(result, reference), peak)[0]))


def ms_ssim(result: NDArray[np.floating], reference: NDArray[np.floating], *, peak: float) -> float:
    """Mean structural similarity over five scales, 1 for equal images; arguments as for `ssim`, at least LEAST_SIDE
    pixels along a side.

    Source: Wang et al. 2003, equation 7; each scale is the mean over 2x2 pixels of the one before, without the last row
    or column of an odd side; means below 0 count as 0. The mean over channels is taken at the end.
    """
    _require(result, reference, LEAST_SIDE)
    first, second = _doubles(result, reference)
    product = np.ones(result.shape[2])
    for place, weight in enumerate(_SCALES):
        similarity, structure = _luminance_and_structure(first, second, peak)
        last = place == len(_SCALES) - 1
        product *= np.maximum((similarity if last else structure).mean((0, 1)), 0) ** weight
        first, second = _halved(first), _halved(second)
    return float(product.mean())


def _luminance_and_structure(result: Array, reference: Array, peak: float) -> tuple[Array, Array]:
    """SSIM at each place, and its part without luminance: contrast and structure."""
    c1, c2 = (_K1 * peak) ** 2, (_K2 * peak) ** 2
    mean_a, mean_b = _blurred(result), _blurred(reference)
    variances = _blurred(result**2) - mean_a**2 + _blurred(reference**2) - mean_b**2
    covariance = _blurred(result * reference) - mean_a * mean_b
    structure = (2 * covariance + c2) / (variances + c2)
    return structure * (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1), structure


def _blurred(image: Array) -> Array:
    """Under the window, where it lies wholly within."""
    taps = np.exp(-0.5 * ((np.arange(_SIDE) - _SIDE // 2) / _SIGMA) ** 2)
    taps /= taps.sum()
    for axis in (0, 1):
        count = image.shape[axis] - _SIDE + 1
        parts = (tap * image.take(range(k, k + count), axis) for k, tap in enumerate(taps))
        image = sum(parts, start=np.zeros(()))
    return image


def _halved(image: Array) -> Array:
    """Means over 2x2 pixels."""
    height, width = (side // 2 * 2 for side in image.shape[:2])
    return image[:height, :width].reshape(height // 2, 2, width // 2, 2, -1).mean((1, 3))


def _doubles(result: NDArray[np.floating], reference: NDArray[np.floating]) -> tuple[Array, Array]:
    return result.astype(np.float64), reference.astype(np.float64)


def _require(result: NDArray[np.floating], reference: NDArray[np.floating], side: int) -> None:
    if result.shape != reference.shape:
        raise ValueError(f"shapes differ: {result.shape} and {reference.shape}")
    if min(result.shape[:2]) < side:
        raise ValueError(f"needs {side} pixels along a side, got {result.shape[1]}x{result.shape[0]}")
