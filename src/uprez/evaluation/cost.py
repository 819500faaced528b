"""What quality costs: core-seconds a frame of rendering and upscaling; and of rendering alone that is as good."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from uprez.evaluation.content import Row
from uprez.evaluation.pairs import HALVES


@dataclass(frozen=True)
class Cost:
    """Of one method, on the frames that all methods with a cost have."""

    method: str
    core_seconds: float
    """Mean of a frame."""
    quality: float
    """Mean of the metric that was asked for; higher is better."""
    rendered_for: float | None
    """Core-seconds of HR renders that are as good, read off between two of them; None where it lies beyond them, or is
    a render itself.
    """

    @property
    def saving(self) -> float | None:
        """The share of `rendered_for` that it saves; below 0 where rendering is cheaper."""
        return None if self.rendered_for is None else 1 - self.core_seconds / self.rendered_for


@dataclass(frozen=True)
class Saving:
    """What LR and upscaling cost against HR in full, means of the frames that have both."""

    core_seconds: float
    full: float

    @property
    def share(self) -> float:
        """Of `full` that is saved; below 0 where upscaling costs more."""
        return 1 - self.core_seconds / self.full

    def text(self) -> str:
        """For people."""
        percent = round(100 * abs(self.share))
        judged = "saved" if self.share >= 0 else "more"
        return (
            f"LR and upscaling take {self.core_seconds:.1f} core-seconds a frame, HR in full {self.full:.1f}:"
            f" {percent} % {judged}"
        )


def saving_of(rows: Sequence[Row], method: str, full: Mapping[str, float]) -> Saving | None:
    """Of a model. full: core-seconds of HR in full by pair. None where no frame has both costs, and for renders."""
    if method.startswith("hr_"):
        return None
    both = [
        (row.core_seconds, full[row.pair])
        for row in rows
        if row.method == method and row.core_seconds is not None and full.get(row.pair, 0) > 0
    ]
    return Saving(fmean(ours for ours, _ in both), fmean(theirs for _, theirs in both)) if both else None


def costs(rows: Sequence[Row], metric: str) -> list[Cost]:
    """Of each method that has a cost, the cheapest first; none where no frame has all of them.

    Renders beside the pairs (`hr_…`) make the curve: between two of them quality goes by the logarithm of the cost. The
    halves of a truth are no such renders: they are held against what they are part of.
    """
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        if row.core_seconds is not None and metric in row.figures and row.method not in HALVES:
            found.setdefault(row.method, {})[row.pair] = row
    if not found:
        return []
    frames = set.intersection(*(set(of_method) for of_method in found.values()))
    if not frames:
        return []
    means = {
        method: (
            fmean(of_method[frame].core_seconds or 0.0 for frame in frames),
            fmean(of_method[frame].figures[metric] for frame in frames),
        )
        for method, of_method in found.items()
    }
    renders = sorted(means[method] for method in means if method.startswith("hr_"))
    return sorted(
        (
            Cost(method, seconds, quality, None if method.startswith("hr_") else _rendered_for(quality, renders))
            for method, (seconds, quality) in means.items()
        ),
        key=lambda cost: cost.core_seconds,
    )


def _rendered_for(quality: float, renders: Sequence[tuple[float, float]]) -> float | None:
    """Core-seconds at which a curve of (core-seconds, quality) reaches a quality first."""
    for (cheap, low), (dear, high) in pairwise(renders):
        if low <= quality <= high and low < high and cheap > 0:
            share = (quality - low) / (high - low)
            return math.exp(math.log(cheap) + share * math.log(dear / cheap))
    return None
