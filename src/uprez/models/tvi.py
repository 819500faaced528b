"""Total-variation inpainting: the smoothest-in-total-variation image whose block means are the LR samples.

    min_u  sum_x ( |grad u_1|^2 + ... + |grad u_C|^2 )^(1/2)    subject to    mean of u over each LR pixel's block = f

The zooming model of Malgouyres & Guichard 2001 (Edge Direction Preserving Image Zooming, SIAM J. Numer. Anal. 39(1),
eq. 1.2) with the box as sampling kernel, the channels coupled as vectorial total variation (Bresson & Chan 2008, eq.
2.6), solved by the primal-dual method of Chambolle & Pock 2011 (J. Math. Imaging Vis. 40, Algorithm 1 with theta = 1)
with forward differences. The talk's TVIScale is of this kind.
"""

import numpy as np
from numpy.typing import NDArray

from uprez.models.card import Card
from uprez.models.interpolation import interpolate, reach
from uprez.models.rows import Array

ITERATIONS = 60
"""Steps, always as many: the answer then depends on a bounded neighbourhood, and tiles can be exact."""

_STEP_DUAL = 10.0
_STEP_PRIMAL = 1 / (8 * _STEP_DUAL)  # Chambolle & Pock: steps may have a product of 1 / |grad|^2, and |grad|^2 <= 8


class TviModel:
    """Total-variation inpainting as a model; any number of channels, coupled."""

    def __init__(self, scale: int = 2, iterations: int = ITERATIONS) -> None:
        # A step moves influence by one HR pixel, then spreads it over that pixel's block: at most one LR pixel.
        self.card = Card(
            name="tvi", scale=scale, kind="classical", halo=iterations + reach("bicubic"), features=8 * scale**2
        )
        self._iterations = iterations

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """See Model. Starts from bicubic interpolation; every LR pixel is the mean of its block in the result."""
        return _solve(np.asarray(compressed, np.float32), self.card.scale, self._iterations)


def _solve(samples: Array, scale: int, iterations: int) -> Array:
    u = np.ascontiguousarray(interpolate(samples, "bicubic", scale))  # blocks of it are reshaped in place below
    _project(u, samples, scale)
    leading = u.copy()
    down, right = np.zeros_like(u), np.zeros_like(u)
    for _ in range(iterations):
        down[:-1] += _STEP_DUAL * (leading[1:] - leading[:-1])
        right[:, :-1] += _STEP_DUAL * (leading[:, 1:] - leading[:, :-1])
        length = np.sqrt(np.square(down).sum(axis=2, keepdims=True) + np.square(right).sum(axis=2, keepdims=True))
        np.maximum(length, 1, out=length)
        down /= length
        right /= length
        np.negative(u, out=leading)
        u += _STEP_PRIMAL * down
        u[1:] -= _STEP_PRIMAL * down[:-1]
        u += _STEP_PRIMAL * right
        u[:, 1:] -= _STEP_PRIMAL * right[:, :-1]
        _project(u, samples, scale)
        leading += 2 * u
    return u


def _project(u: Array, samples: Array, scale: int) -> None:
    """The nearest image whose block means are the samples: the block's error added to each of its pixels, in place."""
    blocks = u.reshape(samples.shape[0], scale, samples.shape[1], scale, samples.shape[2])
    blocks += (samples - blocks.mean(axis=(1, 3)))[:, np.newaxis, :, np.newaxis]
