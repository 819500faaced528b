"""Is a store whole? Every tile against its hash, every shot in one split; in a process of its own, which damage may
end.
"""

import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from uprez.dataset.store.files import StoreError
from uprez.dataset.store.layout import Row, name_of
from uprez.dataset.store.reader import Store
from uprez.dataset.store.transfer import damaged_images

_AT_ONCE = 8
"""Pairs that the process checks before it reports."""


def check_store(folder: Path, report: Callable[[int, int], None] = lambda done, total: None) -> list[tuple[str, str]]:
    """What is wrong, as (name of a pair or shot, problem); nothing where the store is whole.

    report: hears how many pairs are done, of how many. Raises StoreError where it can't be opened, or where reading it
    ends the process that reads.
    """
    with Store(folder) as store:
        names = [name_of(row) for row in store.rows]
        found = list(_in_two_splits(store.rows))
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            for first in range(0, len(names), _AT_ONCE):
                for place, images in process.submit(
                    _damaged, folder, first, min(first + _AT_ONCE, len(names))
                ).result():
                    found += [(names[place], f"{image}: a tile is damaged") for image in images]
                report(min(first + _AT_ONCE, len(names)), len(names))
    except BrokenProcessPool:
        raise StoreError(folder, "is damaged so that reading it ends the program; build it again") from None
    return found


def _damaged(folder: Path, first: int, last: int) -> list[tuple[int, list[str]]]:
    with Store(folder) as store:
        return [(place, images) for place in range(first, last) if (images := damaged_images(store, place))]


def _in_two_splits(rows: Sequence[Row]) -> Iterator[tuple[str, str]]:
    splits = defaultdict(set)
    for row in rows:
        splits[f"{row['look']}/{row['shot']}"].add(row["split"])
    for shot, those in sorted(splits.items()):
        if len(those) > 1:
            yield shot, f"is in the splits {' and '.join(sorted(those))}"
