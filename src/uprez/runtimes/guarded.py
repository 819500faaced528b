"""Reduced precision only where it does no harm.

Each call is judged on those squares of its input where most happens, by computing them in both precisions: a sample
where rounding errors are likely to be largest, no proof for every pixel.
"""

from heapq import nlargest
from itertools import product

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import PEAK
from uprez.metrics.psnr import psnr
from uprez.runtimes.protocol import Runtime

FLOOR_DB = 61.0
"""The least PSNR of R, G, B, compressed domain, that reduced precision may have against float32 on a square: the 60 of
the whole, and a margin, since squares are a sample.
"""

_PROBES, _PROBE = 4, 32  # squares, and their side in LR pixels, that both precisions compute: a 500th of a 2K frame


class GuardedRuntime:
    """Runs `fast`, unless on one of the busiest squares of this very input it strays from `exact` by more than FLOOR_DB
    allows; then `exact`.

    Each input is judged by itself, so that results never depend on what ran before.
    """

    def __init__(self, fast: Runtime, exact: Runtime) -> None:
        """Both run the same network."""
        self.device = fast.device
        self.precision = fast.precision
        self._fast, self._exact = fast, exact

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        good = all(self._agreement(square) >= FLOOR_DB for square in self._busiest(planes))
        return self._fast(planes) if good else self._exact(planes)

    def _agreement(self, square: NDArray[np.float32]) -> float:
        # Alpha, often the same all over, would raise the mean.
        fast, exact = (runtime(square)[:, :3] for runtime in (self._fast, self._exact))
        return psnr(fast, exact, peak=PEAK)

    def _busiest(self, planes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The squares whose planes vary most, out of such squares side by side over the whole input.

        Without what is around them, which is no worse a sample: their borders are the same to both precisions.
        """
        places = product(*(_starts(size, _PROBE) for size in planes.shape[2:]))
        squares = (planes[:, :, y : y + _PROBE, x : x + _PROBE] for y, x in places)
        # A plane at a time: planes of different levels, a flat red, are no variation.
        busiest = nlargest(_PROBES, squares, key=lambda square: float(np.var(square, axis=(2, 3)).sum()))
        return [np.ascontiguousarray(square) for square in busiest]


def _starts(size: int, side: int) -> list[int]:
    """Where squares begin that cover an axis; the last is shifted inwards."""
    return [*range(0, size - side, side), max(0, size - side)]
