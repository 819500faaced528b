"""Sharpness: how much of the truth's finest detail a result has."""

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress

Plane = NDArray[np.float64]


def high_band_energy(
    result: NDArray[np.floating],
    reference: NDArray[np.floating],
    *,
    second: NDArray[np.floating] | None = None,
    scale: int = 2,
) -> float:
    """Energy of a result above the Nyquist frequency of its source, over that of the reference: 1 is as sharp, 0 has
    nothing there.

    result, reference: scene-linear (H, W, C); the mean of the first three channels in the compressed domain counts,
    under a Hann window, at radial frequencies from 1 / (2 scale) to 1/2 cycles a pixel. 1 where neither has any. It
    says how much there is, not whether it is right: noise counts like detail. second: the reference rendered again with
    noise of its own. Then only what both renders show is the reference's energy, their cross-spectrum (Bendat & Piersol
    2010, Random Data, section 5.2), in which noise has no part; infinite where noise is all there is.
    """
    images = [image for image in (result, reference, second) if image is not None]
    if any(image.shape != reference.shape for image in images):
        raise ValueError(f"shapes differ: {' and '.join(str(image.shape) for image in images)}")
    own, first, *other = (_plane(image) for image in images)
    has, should = _energy(own, own, scale), _energy(first, other[0] if other else first, scale)
    if should <= 0:
        return 1.0 if has == 0 else float("inf")
    return has / should


def _plane(image: NDArray[np.floating]) -> Plane:
    plane: Plane = compress(image[..., :3]).mean(axis=2, dtype=np.float64)
    return plane - plane.mean()


def _energy(first: Plane, second: Plane, scale: int) -> float:
    """What both have in common above the source's Nyquist frequency."""
    height, width = first.shape
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[1:-1]
    one, other = (np.fft.rfft2(plane * window) for plane in (first, second))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    twice = np.where(np.isin(np.arange(one.shape[1]), (0, width / 2)), 1.0, 2.0)  # what rfft2 leaves out mirrors
    band = (radius >= 0.5 / scale) & (radius <= 0.5)
    return float(((one * other.conj()).real * twice * band).sum())
