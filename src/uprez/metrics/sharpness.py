"""Sharpness: how much of the truth's finest detail a result has."""

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress


def high_band_energy(result: NDArray[np.floating], reference: NDArray[np.floating], *, scale: int = 2) -> float:
    """Energy of a result above the Nyquist frequency of its source, over that of the reference: 1 is as sharp, 0 has
    nothing there.

    result, reference: scene-linear (H, W, C); the mean of the first three channels in the compressed domain counts,
    under a Hann window, at radial frequencies from 1 / (2 scale) to 1/2 cycles a pixel. 1 where neither has any. It
    says how much there is, not whether it is right: noise counts like detail.
    """
    if result.shape != reference.shape:
        raise ValueError(f"shapes differ: {result.shape} and {reference.shape}")
    planes = [compress(image[..., :3]).mean(axis=2, dtype=np.float64) for image in (result, reference)]
    has, should = (_energy(plane, scale) for plane in planes)
    if should == 0:
        return 1.0 if has == 0 else float("inf")
    return has / should


def _energy(plane: NDArray[np.float64], scale: int) -> float:
    height, width = plane.shape
    window = np.hanning(height + 2)[1:-1, None] * np.hanning(width + 2)[1:-1]
    spectrum = np.fft.rfft2((plane - plane.mean()) * window)
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    twice = np.where(np.isin(np.arange(spectrum.shape[1]), (0, width / 2)), 1.0, 2.0)  # what rfft2 leaves out mirrors
    band = (radius >= 0.5 / scale) & (radius <= 0.5)
    return float((np.square(np.abs(spectrum)) * twice * band).sum())
