"""Rows of an image that come in from the top and leave when nobody needs them any more."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def around(rows: range, reach: int, within: range) -> range:
    """Some rows of an image that has the rows `within`, and `reach` more on either side."""
    return range(max(within.start, rows.start - reach), min(within.stop, rows.stop + reach))


def cut(result: NDArray[Any], held: range, wanted: range, scale: int) -> NDArray[Any]:
    """Of the result of some source rows, (rows * scale, ...), that of others among them."""
    return result[(wanted.start - held.start) * scale : (wanted.stop - held.start) * scale]


class SlidingRows:
    """A window over an image's rows: rows are put in at its lower end and dropped at its upper end."""

    def __init__(self, start: int = 0) -> None:
        """start: the number of the first row that will be put in; rows beyond the top of an image count below zero."""
        self._blocks: list[NDArray[Any]] = []
        self._start = start

    @property
    def stop(self) -> int:
        """The first row that has not come in yet."""
        return self._start + sum(map(len, self._blocks))

    def put(self, array: NDArray[Any]) -> None:
        """The next rows, (rows, ...), from `stop` on."""
        self._blocks.append(array)

    def get(self, start: int, stop: int) -> NDArray[Any]:
        """Rows start .. stop - 1, all of them held: a view, to be read only."""
        assert self._start <= start <= stop <= self.stop, (start, stop, self._start, self.stop)
        # Put together when they are wanted: once a band, however many blocks it came in.
        self._blocks = [self._blocks[0] if len(self._blocks) == 1 else np.concatenate(self._blocks)]
        return self._blocks[0][start - self._start : stop - self._start]

    def drop(self, start: int) -> None:
        """Let go of the rows above `start`."""
        while self._blocks and self._start + len(self._blocks[0]) <= start:
            self._start += len(self._blocks.pop(0))
        if self._blocks and start > self._start:
            # A copy: a view would keep the memory of the rows that leave.
            self._blocks[0] = self._blocks[0][start - self._start :].copy(order="K")
            self._start = start
