"""How images lie in memory, and working through them in blocks of rows that stay in the cache.

Images have the shape (H, W, C) everywhere. Where speed counts their memory is *planar*, one channel after the other, as
runtimes and EXR files have it: numpy is several times faster on long runs of one channel than on four samples at a
time, and from the cache than from memory.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_BLOCK_BYTES = 1 << 22  # within a last-level cache, and so much in each call that threads seldom wait for the GIL


def blocks_of_rows(height: int, row_bytes: int) -> Iterator[tuple[int, int]]:
    """Cut rows 0 .. height into (first, last + 1), each block about as large as the cache; row_bytes: what one row
    works on.
    """
    rows = max(1, _BLOCK_BYTES // max(1, row_bytes))
    return ((y0, min(y0 + rows, height)) for y0 in range(0, height, rows))


def planar(height: int, width: int, channels: int) -> Array:
    """An uninitialised float32 image, (H, W, C), planar in memory."""
    return np.empty((channels, height, width), np.float32).transpose(1, 2, 0)


def planes_of(image: NDArray[np.floating]) -> Array:
    """The channels of an image, (H, W, C), as float32 (C, H, W), each with its samples side by side: a view where the
    image is planar, or else a copy.
    """
    planes = np.asarray(image, np.float32).transpose(2, 0, 1)
    return planes if planes.strides[2] == planes.itemsize else np.ascontiguousarray(planes)


def weighted_sum(terms: Sequence[Array], weights: Sequence[float] | Array, out: Array, *, onto: bool = False) -> None:
    """out = sum of weights[k] * terms[k], in this order, or out += that sum; terms of weight zero are left out, but
    not all may be zero.
    """
    product = np.empty(out.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond 1e38 there is no light: whoever asks holds the sum
        for term, weight in zip(terms, weights, strict=True):
            if weight:
                np.multiply(term, np.float32(weight), out=product if onto else out)
                if onto:
                    np.add(out, product, out=out)
                onto = True
