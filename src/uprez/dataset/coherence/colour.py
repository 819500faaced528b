"""Is a pair of one colour space? How far its hues are apart, whatever its light."""

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coherence.planes import WHITE, Array, black_of, cell_sums

FAINT = 0.05
"""Share of a cell's light that is added to each channel's: what is faint beside the others is noise."""
FAILS = 0.09
"""Log ratio of a channel's share from which hues fail. Of 443 good pairs, some of them not denoised, the largest is
0.076; red times 1.25 and blue times 0.75 is 0.11 in each of them at least.
"""


def hue_difference(lr: Array, down: Array) -> float:
    """How far hues are apart: the median over the light of cells of 4 x 4 pixels, each counting by the log ratio of the
    channel whose share of the light differs most. 0 where nothing is lit.

    lr, down: LR and HR brought down, (H, W, 3), linear, not negative, finite.
    """
    black = black_of(down.mean(axis=2))
    ours, theirs = (np.stack([cell_sums(image[..., c]) for c in range(3)], axis=-1) for image in (lr, down))
    light = np.minimum(ours.sum(-1), theirs.sum(-1))
    lit = light > 3 * cell_sums(np.full(lr.shape[:2], black))
    if not lit.any():
        return 0.0
    apart = np.abs(np.log(_share(ours[lit]) / _share(theirs[lit]))).max(-1)
    return _weighted_median(apart, np.minimum(light[lit], WHITE))


def _share(light: Array) -> NDArray[np.floating]:
    light = np.maximum(light, 0)  # beside a hard edge a sharp filter's down-kernel rings below it
    whole = light.sum(-1, keepdims=True)
    return (light + np.float32(FAINT) * whole) / whole


def _weighted_median(values: NDArray[np.floating], weights: Array) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order], dtype=np.float64)
    return float(values[order][np.searchsorted(share, share[-1] / 2)])
