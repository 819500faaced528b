"""Is a store whole? Rows, densities and tiles against their hashes, every shot in one split; in a process of its own,
which damage may end.
"""

import multiprocessing
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import lmdb

from uprez.dataset.store.files import StoreError
from uprez.dataset.store.layout import name_of
from uprez.dataset.store.reader import Store
from uprez.dataset.store.transfer import damage_of

_AT_ONCE = 8
"""Pairs that the process checks before it reports."""


@dataclass(frozen=True)
class Finding:
    """What is wrong. name: of the pair, with its show where it has one, or of the shot. pair: its number, where taking
    it out mends it.
    """

    name: str
    problem: str
    pair: int | None = None


def check_store(folder: Path, report: Callable[[int, int], None] = lambda done, total: None) -> list[Finding]:
    """What is wrong; nothing where the store is whole.

    report: hears how many pairs are done, of how many. Raises StoreError where it can't be opened, or where reading it
    ends the process that reads.
    """
    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            total, found = process.submit(_overview, folder).result()
            for first in range(0, total, _AT_ONCE):
                found += process.submit(_damaged, folder, first, min(first + _AT_ONCE, total)).result()
                report(min(first + _AT_ONCE, total), total)
    except BrokenProcessPool:
        raise StoreError(folder, "is damaged so that reading it ends the program; build it again") from None
    return found


def _overview(folder: Path) -> tuple[int, list[Finding]]:
    """How many pairs there are; shots in two splits."""
    splits = defaultdict(set)
    with _opened(folder) as store:
        for place in range(len(store)):
            try:
                row = store.rows[place]
            except StoreError:  # told by `_damaged`
                continue
            splits[f"{row['look']}/{row['shot']}"].add(row["split"])
        total = len(store)
    shared = sorted((shot, sorted(those)) for shot, those in splits.items() if len(those) > 1)
    return total, [Finding(shot, f"is in the splits {' and '.join(those)}") for shot, those in shared]


def _damaged(folder: Path, first: int, last: int) -> list[Finding]:
    found = []
    with _opened(folder) as store:
        for place in range(first, last):
            number = store.number(place)
            try:
                row = store.rows[place]
                name = "/".join(filter(None, (row["show"], name_of(row))))
                found += [Finding(name, problem, number) for problem in damage_of(store, place)]
            except StoreError:
                found.append(Finding(f"pair {number}", "its row is damaged", number))
    return found


def _opened(folder: Path) -> Store:
    try:
        return Store(folder)
    except lmdb.Error as error:
        raise StoreError(folder, f"is damaged ({error}); build it again") from None
