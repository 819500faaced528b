"""Floats to halves, by their bits and a few rows at a time: two to eight times as fast as numpy, which takes one sample
after the other and longest for the darkest.
"""

import numpy as np
from numpy.typing import NDArray

_HALF_MAX = np.float16(65504)
_MAGNITUDE, _SIGN = np.uint32(0x7FFF_FFFF), np.uint32(0x8000_0000)  # of a float's bits
_TOO_LARGE = np.uint32(0x477F_F000)  # 65520: from here on the nearest half is an infinity
_LEAST_NORMAL = np.float32(2**-14)
_BLOCK_SAMPLES = 1 << 16


def halves(plane: NDArray[np.floating]) -> NDArray[np.float16]:
    """(H, W) to the nearest half, ties to even; what is finite stays finite: beyond ±65504 it becomes that. Infinities
    and NaN stay.
    """
    if plane.dtype != np.float32:
        return _one_by_one(plane)
    result = np.empty(plane.shape, np.float16)
    rows = max(1, _BLOCK_SAMPLES // max(1, plane.shape[1]))
    for top in range(0, len(plane), rows):
        result[top : top + rows] = _block(np.ascontiguousarray(plane[top : top + rows], np.float32))
    return result


def _block(floats: NDArray[np.float32]) -> NDArray[np.float16]:
    bits = floats.view(np.uint32)
    signed = bits.max(initial=0) >= _SIGN
    magnitude = bits & _MAGNITUDE if signed else bits
    if magnitude.max(initial=0) >= _TOO_LARGE:
        return _one_by_one(floats)
    found = _of_magnitude(magnitude)
    if signed:
        sign = bits >> np.uint32(16)
        sign &= np.uint32(0x8000)
        found |= sign
    return found.astype(np.uint16).view(np.float16)


def _of_magnitude(magnitude: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A half's bits for a float's, sign aside. Normal halves: the exponent's bias changed, the lowest 13 bits rounded
    away. Below, the float unit rounds: with 0.5 added, a half's least bit is a float's.
    """
    normal = magnitude >> np.uint32(13)
    normal &= np.uint32(1)  # to even
    normal += magnitude
    normal += np.uint32(0xC800_0FFF)  # (15 - 127) << 23, and just less than half of what is rounded away
    normal >>= np.uint32(13)
    size = magnitude.view(np.float32)
    small = (size + np.float32(0.5)).view(np.uint32)
    small -= np.uint32(0x3F00_0000)
    np.copyto(normal, small, where=size < _LEAST_NORMAL)
    return normal


def _one_by_one(plane: NDArray[np.floating]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        found: NDArray[np.float16] = plane.astype(np.float16)
    np.copyto(found, np.copysign(_HALF_MAX, found), where=np.isinf(found) & np.isfinite(plane))
    return found
