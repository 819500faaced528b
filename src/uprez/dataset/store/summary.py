"""What is in a store, counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from uprez.dataset.store.encode import BINS
from uprez.dataset.store.layout import Row, filter_of, images_of, shot_of

_BY = ("show", "look", "element", "filter", "split")


@dataclass(frozen=True)
class Summary:
    """pairs; the split and the pairs of each shot; bytes of samples; how many pairs of each show, look, element, pixel
    filter (where some were chosen) and split; how many pairs have each image; LR pixels by their intensity, |T|, in
    even bins from 0 to 1.4.
    """

    pairs: int
    shots: dict[str, tuple[str, int]]
    bytes: int
    counts: dict[str, dict[str, int]]
    images: dict[str, int]
    intensity: list[int]


def summarise(rows: Sequence[Row]) -> Summary:
    """Of a store's rows, each of which is looked at once."""
    pairs, size, light = 0, 0, np.zeros(BINS, np.int64)
    shots: dict[str, tuple[str, int]] = {}
    counts: dict[str, Counter[str]] = {by: Counter() for by in _BY}
    images: Counter[str] = Counter()
    for row in rows:
        pairs += 1
        shots[shot_of(row)] = row["split"], shots.get(shot_of(row), ("", 0))[1] + 1
        light += row["intensity"]
        for by in _BY:
            counts[by][filter_of(row) if by == "filter" else str(row[by])] += 1
        for image in images_of(row):
            size += image.nbytes
            images[image.name] += 1
    if set(counts["filter"]) <= {""}:
        del counts["filter"]
    by_name = {by: dict(sorted(counted.items())) for by, counted in counts.items()}
    return Summary(pairs, dict(sorted(shots.items())), size, by_name, dict(images), light.tolist())
