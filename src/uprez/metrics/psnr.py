"""Peak signal-to-noise ratio."""

import math

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import PEAK, compress


def psnr(result: NDArray[np.floating], reference: NDArray[np.floating], *, peak: float) -> float:
    """Peak signal-to-noise ratio in dB over every value of two arrays, higher is better.

    result, reference: same shape, same domain, `peak` in that domain's unit. The mean square is taken in float64.
    Equal arrays give +inf. Nothing is clamped or cropped here. Source: 10 log10(peak^2 / MSE).
    """
    if result.shape != reference.shape:
        raise ValueError(f"shapes differ: {result.shape} and {reference.shape}")
    error = np.subtract(result, reference, dtype=np.float64)
    mse = float(np.mean(np.square(error)))
    return math.inf if mse == 0 else 10 * math.log10(peak * peak / mse)


def compressed_psnr(result: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """PSNR in dB in the compressed domain, peak 0.6, of two scene-linear arrays (H, W, C): their first three
    channels, premultiplied.

    Alpha is left out: it is not colour, and an opaque frame's would only dilute the error.
    """
    return psnr(compress(result[..., :3]), compress(reference[..., :3]), peak=PEAK)
