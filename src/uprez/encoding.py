"""Range compression T, its inverse, and the repair of non-finite values.

T(y) = kappa log(1 + mu y) / log(1 + mu), kappa = 0.6, mu = 5000: Vavilala & Meyer 2020, after the log range
compression of Bako et al. 2019 (Offline Deep Importance Sampling, section 5). Taken odd about zero, so that negative
values survive.
"""

import math

import numpy as np
from numpy.typing import NDArray

KAPPA = 0.6
MU = 5000.0
PEAK = KAPPA
"""Peak for PSNR in the compressed domain: T(1), the compressed value of scene-linear white."""

_GAIN = np.float32(KAPPA / math.log1p(MU))

Array = NDArray[np.float32]


def compress(linear: NDArray[np.floating], *, out: Array | None = None) -> Array:
    """T: scene-linear to compressed, float32, any shape. Nothing is clipped: 65504 becomes about 1.38.

    out: where it goes instead of a new array, of the same shape; not the input itself.
    """
    linear = np.asarray(linear, np.float32)
    signed = not linear.min(initial=0) >= 0  # so for NaN, too
    compressed = np.multiply(np.abs(linear) if signed else linear, np.float32(MU), out=out)
    np.log1p(compressed, out=compressed)
    np.multiply(compressed, _GAIN, out=compressed)
    return np.copysign(compressed, linear, out=compressed) if signed else compressed


def expand(compressed: NDArray[np.floating], *, out: Array | None = None) -> Array:
    """The inverse of T: compressed to scene-linear, float32, any shape; relative error below 1e-5 for finite half
    values.

    out: as for `compress`.
    """
    compressed = np.asarray(compressed, np.float32)
    signed = not compressed.min(initial=0) >= 0
    linear = np.multiply(np.abs(compressed) if signed else compressed, np.float32(1.0) / _GAIN, out=out)
    np.expm1(linear, out=linear)
    np.multiply(linear, np.float32(1.0 / MU), out=linear)
    return np.copysign(linear, compressed, out=linear) if signed else linear


def repair_nonfinite(array: NDArray[np.floating]) -> tuple[NDArray[np.floating], int, tuple[int, int] | None]:
    """Replace NaN and infinities by the mean of their known 3x3 neighbours, ring by ring until none is left.

    array: (H, W, C), any floating type. Returns the array (the same object when nothing was wrong), how many *pixels*
    had a non-finite channel, and the (row, column) of the first. A channel without any finite value becomes 0.
    """
    finite = np.isfinite(array)
    if finite.all():
        return array, 0, None
    bad_pixels = np.argwhere(~finite.all(axis=2))
    repaired = _filled(np.where(finite, array, 0).astype(array.dtype), finite)
    return repaired, len(bad_pixels), (int(bad_pixels[0][0]), int(bad_pixels[0][1]))


def _filled(values: NDArray[np.floating], finite: NDArray[np.bool_]) -> NDArray[np.floating]:
    """Grow the known samples of each channel by one ring at a time; each new sample is the mean of its known 3x3
    neighbours.

    values: (H, W, C), zero where not finite. Only the ring that is reached is looked at, all channels together: the
    time goes by the area of the holes, not by their width as well.
    """
    margin = ((1, 1), (1, 1), (0, 0))
    grown, known, unknown = np.pad(values, margin), np.pad(finite, margin), np.pad(~finite, margin)
    flat, flat_known, flat_unknown = grown.ravel(), known.ravel(), unknown.ravel()
    column = values.shape[2]
    row = column * known.shape[1]
    neighbours = np.array([y + x for y in (-row, 0, row) for x in (-column, 0, column) if y or x])
    ring = np.flatnonzero(unknown & _beside(known))
    while ring.size:
        around = ring[:, np.newaxis] + neighbours
        flat[ring] = flat[around].sum(axis=1, dtype=np.float64) / flat_known[around].sum(axis=1)
        flat_known[ring], flat_unknown[ring] = True, False
        ring = np.unique(around[flat_unknown[around]])
    return grown[1:-1, 1:-1].copy()


def _beside(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a 3x3 neighbourhood holds a known sample; the outermost rows and columns are left out."""
    beside = np.zeros_like(known)
    height, width = known.shape[0] - 2, known.shape[1] - 2
    for y in range(3):
        for x in range(3):
            beside[1:-1, 1:-1] |= known[y : y + height, x : x + width]
    return beside
