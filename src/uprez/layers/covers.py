"""Which layers add up to another, by their pixels alone: an exact cover of its light.

Light is not negative, so that a part is nowhere brighter than the whole. That leaves few layers to try, and a search
over them (Knuth 2000, Dancing Links: branch where the fewest candidates are left) ends soon.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
"""Of layers, at pixels that were sampled: (layers, values), or (values,) of one."""

LEAST_EVIDENCE = 16
"""Sampled values that must not be zero before they prove or contradict anything: black adds up to anything."""
MOST_NODES = 4000
"""Steps of the search over all layers of a frame, so that no frame takes more than about a second."""
ROUNDING = 1e-6
"""A difference that counts nothing, beside what is relative: the steps of half floats near zero."""


@dataclass(frozen=True)
class Bounds:
    """How well a sum must hold: at this share of the values, within this part of the magnitudes that were added, and of
    the mean of the whole.
    """

    agreement: float
    tolerance: float
    floor: float = 0.0

    def slack(self, whole: Values) -> Values:
        """What a part may be brighter than the whole."""
        return 2 * self.tolerance * np.abs(whole) + self._floor(whole)

    def _floor(self, whole: Values) -> float:
        return ROUNDING + (self.floor * float(np.abs(whole).mean()) if self.floor and whole.size else 0.0)

    def agree(self, whole: Values, parts: Values) -> bool:
        """Whether pixels do not contradict that parts add up to the whole; black, of all, contradicts nothing."""
        total, magnitude = parts.sum(axis=0), np.abs(whole) + np.abs(parts).sum(axis=0)
        lit = magnitude > 0
        if np.count_nonzero(lit) < LEAST_EVIDENCE:
            return True
        close = np.abs(whole - total) <= self.tolerance * magnitude + self._floor(whole)
        return float(close[lit].mean()) >= self.agreement

    def fall_short(self, whole: Values, parts: Values) -> bool:
        """Whether parts are nowhere more than the whole, so that a rest is left that is light."""
        total, magnitude = parts.sum(axis=0), np.abs(whole) + np.abs(parts).sum(axis=0)
        lit = magnitude > 0
        more = total > whole + self.tolerance * magnitude + self._floor(whole)
        return float(more[lit].mean()) <= 1 - self.agreement if lit.any() else True


@dataclass
class Search:
    """Looks for covers among the layers of one frame. values: (layers, values), finite; bounds: of a cover."""

    values: Values
    bounds: Bounds
    _left: int = field(default=MOST_NODES, init=False)

    def feasible(self, whole: Values) -> list[int]:
        """The layers that are somewhere lit and nowhere brighter than the whole, (values,)."""
        slack = self.bounds.slack(whole)
        lit = whole > slack
        if np.count_nonzero(lit) < LEAST_EVIDENCE:
            return []
        allowed = (1 - self.bounds.agreement) * np.count_nonzero(lit)
        more = np.count_nonzero(self.values > whole + slack, axis=1)
        shown = np.count_nonzero(self.values > slack, axis=1)
        return [int(i) for i in np.nonzero((more <= allowed) & (shown > allowed))[0]]

    def cover(self, whole: Values, candidates: Sequence[int], first: int) -> tuple[int, ...] | None:
        """Candidates, `first` among them and at least one more, that add up to the whole; None where there are none,
        or where finding them takes too long.
        """
        slack = self.bounds.slack(whole)
        lit = np.abs(whole) > slack
        node = _Node(whole[lit], slack[lit], self.values[:, lit], self.bounds)
        others = [one for one in candidates if one != first]
        return self._covered(node.without(first), node.fitting(others, node.without(first).residual), (first,))

    def _covered(self, node: "_Node", candidates: Sequence[int], chosen: tuple[int, ...]) -> tuple[int, ...] | None:
        self._left -= 1
        if self._left < 0:
            return None
        if node.is_covered():
            return chosen if len(chosen) > 1 else None
        choices = node.choices(candidates)
        for number, choice in enumerate(choices):
            after = node.without(choice)
            tried = choices[: number + 1]
            left = after.fitting([one for one in candidates if one not in tried], after.residual)
            found = self._covered(after, left, (*chosen, choice))
            if found is not None:
                return found
        return None


@dataclass(frozen=True)
class _Node:
    """What is left of a whole where it is lit, (values,), after some of its parts were taken away."""

    residual: Values
    slack: Values
    values: Values
    bounds: Bounds

    def without(self, part: int) -> "_Node":
        return _Node(self.residual - self.values[part], self.slack, self.values, self.bounds)

    def is_covered(self) -> bool:
        return self._few(np.abs(self.residual) > self.slack)

    def fitting(self, candidates: Sequence[int], residual: Values) -> list[int]:
        """Those that are nowhere brighter than what is left."""
        return [one for one in candidates if self._few(self.values[one] > residual + self.slack)]

    def choices(self, candidates: Sequence[int]) -> list[int]:
        """The candidates of which one must be a part: those that show at the value where the fewest do, the brightest
        first. None where all of them together are too little.
        """
        if not candidates:
            return []
        some = self.values[list(candidates)]
        left = self.residual > self.slack
        unreachable = self.residual - some.sum(axis=0) > self.slack
        if not self._few(unreachable) or not self._few(self.residual < -self.slack):
            return []
        shown = some > self.slack
        counts = shown.sum(axis=0)
        counts = np.where(left & ~unreachable & (counts > 0), counts, len(candidates) + 1)
        place = int(counts.argmin())
        if counts[place] > len(candidates):
            return []
        sizes = np.abs(some).sum(axis=1)
        order = np.argsort(-sizes, kind="stable")
        return [candidates[i] for i in order if shown[i, place]]

    def _few(self, which: NDArray[np.bool_]) -> bool:
        return float(which.mean()) <= 1 - self.bounds.agreement


def thinned(values: Values, most: int) -> NDArray[np.intp]:
    """Which of the values to search with: some spread over all that are lit, and some of every layer's own, so that a
    lamp that shines on little is seen. values: (layers, values).
    """
    lit = np.nonzero((values != 0).any(axis=0))[0]
    chosen = [lit[:: max(1, len(lit) // most)]]
    each = max(8, most // (4 * len(values)))
    for layer in values:
        own = np.nonzero(layer)[0]
        chosen.append(own[:: max(1, len(own) // each)])
    return np.unique(np.concatenate(chosen))
