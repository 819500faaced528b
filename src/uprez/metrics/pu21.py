"""PU21: absolute luminance to a scale on which equal steps are equally visible.

Mantiuk & Azimi 2021, PU21: A novel perceptually uniform encoding for adapting existing quality metrics for HDR; the
fit "banding + glare", which its authors recommend.
"""

import numpy as np
from numpy.typing import NDArray

from uprez.metrics.psnr import psnr
from uprez.metrics.ssim import ssim

DARKEST, BRIGHTEST = 0.005, 10_000.0
"""cd/m2 between which the encoding is defined; what lies beyond is held there."""
PEAK = 256.0
"""For PSNR and SSIM, as the authors take it: 100 cd/m2 is encoded so."""
WHITE = 100.0
"""cd/m2 that scene-linear 1 stands for where nobody says: diffuse white of a graded frame on a cinema-like display."""

_P = (0.353487901, 0.3734658629, 8.277049286e-05, 0.9062562627, 0.09150303166, 0.9099517204, 596.3148142)


def pu21(luminance: NDArray[np.floating]) -> NDArray[np.float64]:
    """cd/m2, any shape, to PU21: 0 at 0.005, 256 at 100, 595.4 at 10000."""
    p1, p2, p3, p4, p5, p6, p7 = _P
    power = np.clip(luminance, DARKEST, BRIGHTEST).astype(np.float64) ** p4
    encoded: NDArray[np.float64] = p7 * (((p1 + p2 * power) / (1 + p3 * power)) ** p5 - p6)
    return np.maximum(encoded, 0)


def pu21_psnr(result: NDArray[np.floating], reference: NDArray[np.floating], *, white: float = WHITE) -> float:
    """PSNR in dB of two scene-linear Rec.709 frames (H, W, 3 or more), as PU21 of R, G and B, peak 256.

    white: cd/m2 of scene-linear 1.
    """
    return psnr(_shown(result, white), _shown(reference, white), peak=PEAK)


def pu21_ssim(result: NDArray[np.floating], reference: NDArray[np.floating], *, white: float = WHITE) -> float:
    """SSIM of the same."""
    return ssim(_shown(result, white), _shown(reference, white), peak=PEAK)


def _shown(image: NDArray[np.floating], white: float) -> NDArray[np.float64]:
    return pu21(white * image[..., :3].astype(np.float64))
