"""What is in a store, counted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from uprez.dataset.store.layout import Row, images_of

_BY = ("show", "look", "element", "split")


@dataclass(frozen=True)
class Summary:
    """pairs, shots, bytes of samples; how many pairs of each show, look, element and split; how many pairs have each
    image; LR pixels by their intensity, |T|, in even bins from 0 to 1.4.
    """

    pairs: int
    shots: int
    bytes: int
    counts: dict[str, dict[str, int]]
    images: dict[str, int]
    intensity: list[int]


def summarise(rows: Sequence[Row]) -> Summary:
    """Of a store's rows."""
    images = [image for row in rows for image in images_of(row)]
    return Summary(
        pairs=len(rows),
        shots=len({(row["show"], row["look"], row["shot"]) for row in rows}),
        bytes=sum(image.nbytes for image in images),
        counts={by: dict(sorted(Counter(str(row[by]) for row in rows).items())) for by in _BY},
        images=dict(Counter(image.name for image in images)),
        intensity=np.sum([row["intensity"] for row in rows], axis=0).tolist() if rows else [],
    )
