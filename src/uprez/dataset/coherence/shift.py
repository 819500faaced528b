"""Is LR displaced against HR? By how many pixels, whole or not."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coherence.planes import Array, cell_sums

Array64 = NDArray[np.float64]
Pair = tuple[Array, Array]
"""A plane of LR, and the same of HR brought down."""

LEVELS = 3
"""Sizes at which the displacement is sought, each half the one before: up to about 4 LR pixels are found."""
BLOCK = 16
"""Pixels along a block whose gradients are summed up and weighed together."""
FLAT = 1e-5
"""Mean squared slope of T, a pixel, below which a block says little: 0.003 a pixel, as noise makes."""
NOISY = (0.25, 1.0, 1.0)
"""Mean squared difference over the mean squared slope at which a block of each level counts for half: at the last half
a pixel is left, which makes no more, and noise makes several times as much. Guides of what is out of focus are noise.
"""
ROUNDS = 4
"""Times the blocks are weighed anew; the estimate has settled after three."""
OUTLYING = 3.0
"""Blocks that are off by more than so many medians count for less than half."""
UNKNOWNS = 2
"""What a displacement consists of: so many blocks that tell something always agree (MacKinnon & White 1985, HC1)."""
LARGEST = 1.5
"""Pixels by which one level may correct the last: beyond, gradients know nothing."""


class Displacement(NamedTuple):
    """LR pixels by which LR is displaced against HR, and the standard error of each."""

    x: float
    y: float
    error_x: float
    error_y: float


def displacement(planes: Sequence[Pair]) -> Displacement:
    """How far LR is displaced against HR brought down. planes: of both, (H, W) all, compressed light or what else shows
    where things are; each adds its blocks to what is weighed.

    Lucas & Kanade 1981 (An iterative image registration technique, IJCAI), from coarse to fine, over blocks that are
    weighed by how far each is from what all say (Cauchy's weights), so that neither a thing that moves nor one strong
    edge decides. Half a pixel is found as 0.42 in the median: T bends edges.
    """
    levels = [list(planes)]
    while len(levels) < LEVELS and min(levels[-1][0][0].shape) >= 4 * BLOCK:
        levels.append([(_halved(lr), _halved(down)) for lr, down in levels[-1]])
    found, error = np.zeros(2), np.zeros(2)
    for level in reversed(range(len(levels))):
        found, error = _nearer(levels[level], level, found, NOISY[level])
    if np.rint(found).any():  # half a pixel is left only now, if at all
        found, error = _nearer(levels[0], 0, found, NOISY[0])
    return Displacement(*map(float, found), *map(float, error))


def _nearer(planes: Sequence[Pair], level: int, found: Array64, noisy: float) -> tuple[Array64, Array64]:
    """The displacement in pixels of the finest level, corrected by what this one shows, and its standard error."""
    whole = np.rint(found / 2**level).astype(np.intp)
    step, error = _step([_aligned(lr, down, whole) for lr, down in planes], noisy)
    return (whole + np.clip(step, -LARGEST, LARGEST)) * 2**level, error


def _halved(plane: Array) -> Array:
    return cell_sums(plane, 2) / np.float32(4)


def _aligned(lr: Array, down: Array, by: NDArray[np.intp]) -> Pair:
    """Both, cut so that LR, `by` whole pixels (x, y) displaced, lies on top of the other."""
    height, width = lr.shape
    x, y = int(by[0]), int(by[1])
    ours = lr[max(y, 0) : height + min(y, 0), max(x, 0) : width + min(x, 0)]
    return ours, down[max(-y, 0) : height - max(y, 0), max(-x, 0) : width - max(x, 0)]


def gradient_sums(lr: Array, down: Array, side: int) -> list[Array]:
    """Sums over side x side pixels of gx gx, gx gy, gy gy, gx d, gy d and d d, with g the gradient and d how much
    larger `down` is.

    The gradient is that of the mean of both, so that their noise does not draw a displacement towards zero; along the
    frame's edges it is 0.
    """
    mean, difference = (lr + down) / 2, down - lr
    x, y = np.zeros_like(mean), np.zeros_like(mean)
    x[1:-1, 1:-1] = (mean[1:-1, 2:] - mean[1:-1, :-2]) / 2
    y[1:-1, 1:-1] = (mean[2:, 1:-1] - mean[:-2, 1:-1]) / 2
    products = ((x, x), (x, y), (y, y), (x, difference), (y, difference), (difference, difference))
    return [cell_sums(one * other, side) for one, other in products]


def _step(planes: Sequence[Pair], noisy: float) -> tuple[Array64, Array64]:
    """One step of Lucas and Kanade, and its standard error from how much the blocks contradict each other (White 1980,
    Econometrica 48(4): the sandwich).
    """
    sums = [gradient_sums(lr, down, BLOCK) for lr, down in planes]
    every = np.concatenate([np.stack(cells).reshape(6, -1) for cells in sums], axis=1, dtype=np.float64)
    xx, xy, yy, xd, yd, dd = every
    flat = FLAT * BLOCK * BLOCK
    size = xx + yy + flat
    even = 1 / (size * (1 + np.square(dd / (noisy * size))))
    weight = even
    for _ in range(ROUNDS):
        a, b, c, p, q = (every[:5] * weight).sum(axis=1)  # no BLAS: its threads would decide the last bits
        little = 1e-4 * (a + c) + 1e-9  # along stripes nothing is known: no displacement then
        inverse = np.linalg.inv(np.array([[a + little, b], [b, c + little]]))
        step = inverse @ np.array([p, q])
        left = np.stack([xd - xx * step[0] - xy * step[1], yd - xy * step[0] - yy * step[1]])
        off = np.hypot(*left) / size
        textured = off[xx + yy > flat]
        usual = float(np.median(textured)) if textured.size else 1.0
        pull = weight * left
        weight = even / (1 + np.square(off / (OUTLYING * usual + 1e-6)))
    told = weight * (xx + yy)
    blocks = float(told.sum() ** 2 / (np.square(told).sum() + 1e-30))
    few = blocks / max(blocks - UNKNOWNS, 1e-9)
    scatter = (pull[:, np.newaxis] * pull).sum(axis=2)
    return step, np.sqrt(few * np.diag(inverse @ scatter @ inverse))
