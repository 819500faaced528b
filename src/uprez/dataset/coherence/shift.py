"""Is LR displaced against HR? By how many pixels, whole or not."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coherence.planes import Array, cell_sums

LEVELS = 3
"""Sizes at which the displacement is sought, each half the one before: up to about 4 LR pixels are found."""
BLOCK = 16
"""Pixels along a block whose gradients are summed up and weighed together."""
FLAT = 1e-5
"""Mean squared slope of T, a pixel, below which a block says little: 0.003 a pixel, as noise makes."""
ROUNDS = 4
"""Times the blocks are weighed anew; the estimate has settled after three."""
OUTLYING = 3.0
"""Blocks that are off by more than so many medians count for less than half."""
LARGEST = 1.5
"""Pixels by which one level may correct the last: beyond, gradients know nothing."""


class Displacement(NamedTuple):
    """LR pixels by which LR is displaced against HR, and the standard error of each."""

    x: float
    y: float
    error_x: float
    error_y: float


def displacement(lr: Array, down: Array) -> Displacement:
    """How far LR is displaced against HR brought down, both (H, W), compressed.

    Lucas & Kanade 1981 (An iterative image registration technique, IJCAI), from coarse to fine, over blocks that are
    weighed by how far each is from what all say (Cauchy's weights), so that neither a thing that moves nor one strong
    edge decides. Half a pixel is found as 0.42 in the median: T bends edges.
    """
    levels = [(lr, down)]
    while len(levels) < LEVELS and min(levels[-1][0].shape) >= 4 * BLOCK:
        levels.append((cell_sums(levels[-1][0], 2) / np.float32(4), cell_sums(levels[-1][1], 2) / np.float32(4)))
    found, error = np.zeros(2), np.zeros(2)
    for level in reversed(range(len(levels))):
        whole = np.rint(found / 2**level).astype(np.intp)
        step, error = _step(*_aligned(*levels[level], whole))
        found = (whole + np.clip(step, -LARGEST, LARGEST)) * 2**level
    return Displacement(*map(float, found), *map(float, error))


def _aligned(lr: Array, down: Array, by: NDArray[np.intp]) -> tuple[Array, Array]:
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


def _step(lr: Array, down: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One step of Lucas and Kanade, and its standard error from how much the blocks contradict each other (White 1980,
    Econometrica 48(4): the sandwich).
    """
    xx, xy, yy, xd, yd, _ = (cells.astype(np.float64).ravel() for cells in gradient_sums(lr, down, BLOCK))
    flat = FLAT * BLOCK * BLOCK
    size = xx + yy + flat
    weight = 1 / size
    for _ in range(ROUNDS):
        a, b, c, p, q = (float(weight @ values) for values in (xx, xy, yy, xd, yd))
        little = 1e-4 * (a + c) + 1e-9  # along stripes nothing is known: no displacement then
        inverse = np.linalg.inv(np.array([[a + little, b], [b, c + little]]))
        step = inverse @ np.array([p, q])
        left = np.stack([xd - xx * step[0] - xy * step[1], yd - xy * step[0] - yy * step[1]])
        off = np.hypot(*left) / size
        textured = off[xx + yy > flat]
        usual = float(np.median(textured)) if textured.size else 1.0
        pull = weight * left
        weight = 1 / size / (1 + np.square(off / (OUTLYING * usual + 1e-6)))
    return step, np.sqrt(np.diag(inverse @ (pull @ pull.T) @ inverse))
