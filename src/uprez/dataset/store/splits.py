"""Which shots of a store train, validate or test: by a hash of their names, so many as the shares say.

How a store splits is in its first record, under `splits`: RANKED in new stores, KEPT in parts that were exported from
another store, and nothing in stores from before, whose shots go by their hash alone (`split_of`).
"""

import hashlib
import math
from collections.abc import Iterable
from typing import Literal

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
RULE = "splits"
RANKED, KEPT = "ranked", "kept"


def place_of(shot: str) -> float:
    """Where a shot (see `shot_of`) stands among all, from 0 to 1: by a hash of its name."""
    return int.from_bytes(hashlib.sha256(shot.encode()).digest()[:4], "big") / 2**32


def split_of(shot: str, *, validation: float, test: float) -> Split:
    """Which split a shot is in by its hash alone: with few shots, how many are kept back is chance."""
    place = place_of(shot)
    if place < validation:
        return "validation"
    return "test" if place >= 1 - test else "train"


def splits_of(shots: Iterable[str], *, validation: float, test: float) -> dict[str, Split]:
    """The split of every shot: the first by their hashes validate, the last test, as many as the shares say.

    The order stays when shots are added, so that only shots at the ends of a split may move.
    """
    ranked = sorted(set(shots), key=lambda shot: (place_of(shot), shot))
    first, last = _kept_back(len(ranked), validation, test)
    found = dict.fromkeys(ranked, SPLITS[0])
    found.update(dict.fromkeys(ranked[:first], SPLITS[1]))
    found.update(dict.fromkeys(ranked[len(ranked) - last :], SPLITS[2]))
    return found


def _kept_back(count: int, validation: float, test: float) -> tuple[int, int]:
    """How many of `count` shots validate and test: one at least of each share above 0, and never all of them.

    The one for tests is only taken where no fewer shots train than are kept back: a show of three shots has more use
    for it in training.
    """
    first = max(_rounded(validation * count), validation > 0)
    first = max(0, min(first, count - 1))
    last = _rounded(test * count)
    if last == 0 and test > 0 and 2 * (first + 1) <= count:
        last = 1
    return first, max(0, min(last, count - first - 1))


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
