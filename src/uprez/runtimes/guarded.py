"""Reduced precision only where it does no harm.

Each call is judged on some squares of its own input, by computing them in both precisions: a sample, with more of those
where most happens, since rounding errors are likely to be largest there; no proof for every pixel.
"""

import math
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import PEAK
from uprez.runtimes.protocol import Runtime

FLOOR_DB = 61.0
"""The least PSNR of R, G, B, compressed domain, that reduced precision may have against float32 by the estimate: the 60
of the whole, and a margin, since squares are a sample.
"""

_PROBE = 32  # side of a square in LR pixels


class GuardedRuntime:
    """Runs `fast`, unless on this very input it is likely to stray from `exact` by more than FLOOR_DB allows; then
    `exact`.

    Each input is judged by itself, so that results never depend on what ran before.
    """

    def __init__(self, fast: Runtime, exact: Runtime) -> None:
        """Both run the same network."""
        self.device = fast.device
        self._fast, self._exact = fast, exact
        self._calls = self._exact_calls = 0

    @property
    def precision(self) -> str:
        """The precision that ran so far, "bf16, f32 for 3 of 20 bands" where both did."""
        fast, exact = self._fast.precision, self._exact.precision
        if not self._exact_calls:
            return fast
        if self._exact_calls == self._calls:
            return f"{exact}, {fast} strayed too far"
        return f"{fast}, {exact} for {self._exact_calls} of {self._calls} bands"

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        is_good = self.agreement(planes) >= FLOOR_DB
        self._calls += 1
        self._exact_calls += not is_good
        return (self._fast if is_good else self._exact)(planes)

    def agreement(self, planes: NDArray[np.float32]) -> float:
        """PSNR of the two over the whole input in dB, estimated.

        The input's squares are ranked by how much varies in them. Those of rank 0, 1, 2, 4, 8 and so on are computed,
        each for all from its own rank to the next: most care where most of the error is, and an upper sum of the
        squared error where that falls with the rank.
        """
        squares = _busiest_first(planes)
        ranks = [0, *(1 << power for power in range((len(squares) - 1).bit_length()))]
        counts = [after - rank for rank, after in pairwise([*ranks, len(squares)])]
        error = float(np.average(self._squared_errors([squares[rank] for rank in ranks]), weights=counts))
        return 10 * math.log10(PEAK**2 / error) if error else math.inf

    def _squared_errors(self, squares: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """The mean squared error of R, G, B on each; alpha, often the same all over, would lower it."""
        # In one picture: a call for each square would cost several times as much.
        picture = np.concatenate(squares, axis=2)
        fast, exact = (runtime(picture)[0, :3].astype(np.float64) for runtime in (self._fast, self._exact))
        errors: NDArray[np.float64] = np.square(fast - exact).reshape(3, len(squares), -1).mean((0, 2))
        return errors


def _busiest_first(planes: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Squares side by side over the whole input, those whose planes vary most first.

    Without what is around them, which is no worse a sample: their borders are the same to both precisions.
    """
    places = product(*(_starts(size, _PROBE) for size in planes.shape[2:]))
    squares = (planes[:, :, y : y + _PROBE, x : x + _PROBE] for y, x in places)
    # A plane at a time: planes of different levels, a flat red, are no variation.
    return sorted(squares, key=lambda square: -float(np.var(square, axis=(2, 3)).sum()))


def _starts(size: int, side: int) -> list[int]:
    """Where squares begin that cover an axis; the last is shifted inwards."""
    return [*range(0, size - side, side), max(0, size - side)]
