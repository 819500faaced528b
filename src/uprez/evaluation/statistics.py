"""From rows to what can be said: means with confidence intervals, and which differences are real."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.evaluation.content import Interval, Row

_RESAMPLES = 2000
_CONFIDENCE = 0.95
FEWEST_SHOTS = 6
"""Five shots all differ to one side by chance once in sixteen times: too often to call that real."""


def summarise(rows: Sequence[Row]) -> dict[str, dict[str, Interval]]:
    """By method, then by metric, in the order in which they come: the mean over frames."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in rows:
        for metric, value in row.figures.items():
            found.setdefault(row.method, {}).setdefault(metric, {}).setdefault(shot_of(row), []).append(value)
    return {
        method: {metric: interval(list(by_shot.values())) for metric, by_shot in metrics.items()}
        for method, metrics in found.items()
    }


@dataclass(frozen=True)
class Difference:
    """Of one method over another in one metric, on the frames that both have."""

    frames: int
    shots: int
    interval: Interval

    @property
    def is_real(self) -> bool:
        """Whether the interval leaves zero out, and there are shots enough to say so."""
        low, high = self.interval.low, self.interval.high
        return self.shots >= FEWEST_SHOTS and low is not None and high is not None and (low > 0 or high < 0)


def compare(rows: Sequence[Row], first: str, second: str) -> dict[str, Difference]:
    """By metric: what `first` has more than `second`."""
    by_frame: dict[str, dict[str, Row]] = {}
    for row in rows:
        by_frame.setdefault(row.pair, {})[row.method] = row
    differences: dict[str, dict[str, list[float]]] = {}
    for methods in by_frame.values():
        if first in methods and second in methods:
            ours, theirs = methods[first], methods[second]
            for metric in ours.figures.keys() & theirs.figures.keys():
                value = ours.figures[metric] - theirs.figures[metric]
                differences.setdefault(metric, {}).setdefault(shot_of(ours), []).append(value)
    return {
        metric: Difference(sum(map(len, by_shot.values())), len(by_shot), interval(list(by_shot.values())))
        for metric, by_shot in sorted(differences.items())
    }


def interval(by_shot: Sequence[Sequence[float]]) -> Interval:
    """The mean over all frames, and where it lies with 95 % confidence: by bootstrap over shots (Efron & Tibshirani
    1993, percentile method), since frames of one shot say much the same; of one shot alone only the mean. The same for
    the same values.
    """
    sums: NDArray[np.float64] = np.array([sum(values) for values in by_shot])
    counts = np.array([len(values) for values in by_shot])
    mean = float(sums.sum() / counts.sum())
    if len(sums) == 1:
        return Interval(mean, None, None)
    drawn = np.random.default_rng(0).integers(len(sums), size=(_RESAMPLES, len(sums)))
    means = sums[drawn].sum(1) / counts[drawn].sum(1)
    tail = 50 * (1 - _CONFIDENCE)
    low, high = np.percentile(means, [tail, 100 - tail])
    return Interval(mean, float(low), float(high))


def means_by(rows: Sequence[Row], part: Callable[[Row], str]) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """By what `part` says of a row, then by method, then by metric: the mean. See `look_of`, `shot_of`."""
    found: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in rows:
        for metric, value in row.figures.items():
            found.setdefault(part(row), {}).setdefault(row.method, {}).setdefault(metric, []).append(value)
    return {
        name: {
            method: {metric: float(np.mean(values)) for metric, values in metrics.items()}
            for method, metrics in methods.items()
        }
        for name, methods in sorted(found.items())
    }


def look_of(row: Row) -> str:
    return row.look


def shot_of(row: Row) -> str:
    """look/shot."""
    return f"{row.look}/{row.shot}"
