"""Is a store whole? Rows, densities and tiles against their hashes, names and numbers against the pairs that they lead
to, every shot in its split; in a process of its own, which damage may end.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from uprez.dataset.store.files import DamageError, StoreError
from uprez.dataset.store.layout import Row, identity_key, identity_of, name_of, shot_of
from uprez.dataset.store.reader import Store
from uprez.dataset.store.splits import RANKED, RULE, Split, split_of, splits_of
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


@cache
def _store(folder: Path) -> Store:
    """Opened once in the process: to open a large one takes a while."""
    return Store(folder)


def _overview(folder: Path) -> tuple[int, list[Finding]]:
    """How many pairs there are; names and numbers that lead nowhere, and what belongs to no pair."""
    store = _store(folder)
    named: dict[int, bytes] = {}
    for place in range(len(store)):
        with suppress(DamageError):  # told by `_damaged`
            named[store.number(place)] = identity_key(identity_of(store.rows[place]))
    found: list[Finding] = []
    try:
        found.extend(_lost(store, named))  # what comes before damage stays
    except DamageError as error:
        found.append(Finding("the store itself", error.problem))
    return len(store), found


def _lost(store: Store, named: dict[int, bytes]) -> Iterator[Finding]:
    """Pairs that their names don't lead to, names that lead to no pair, and what is left of such. named: the name's
    key of each pair whose row is whole.
    """
    numbers = {store.number(place) for place in range(len(store))}
    led_to = dict.fromkeys(numbers, b"")
    for key, number in store.names():
        if number in led_to:
            led_to[number] = key
        elif number is not None:  # a damaged name is that of a pair that can't be found
            yield Finding(f"pair {number}", "is gone, though its name is there", number)
    for number, key in named.items():
        if led_to[number] != key:
            yield Finding(f"pair {number}", "can't be found by its name", number)
    for number in sorted(store.left_over()):
        yield Finding(f"pair {number}", "is gone, though parts of it are there", number)
    if store.following() <= max(numbers, default=-1):
        yield Finding("the number of the next pair", "is that of another one: build the store anew")


def _damaged(folder: Path, first: int, last: int) -> list[Finding]:
    store, found = _store(folder), []
    for place in range(first, last):
        number = store.number(place)
        try:
            row = store.rows[place]
            problems = damage_of(store, place)
        except DamageError:
            found.append(Finding(f"pair {number}", "its row is damaged", number))
            continue
        if row["split"] != (right := _right_split(store, row)):
            problems.append(f"is in the split {row['split']}, and its shot is in {right}")
        name = "/".join(filter(None, (row["show"], name_of(row))))
        found += [Finding(name, problem, number) for problem in problems]
    return found


def _right_split(store: Store, row: Row) -> str:
    """The split that a pair's shot is in; that of the row where nothing says so."""
    shares = {split: float(store.facts[split]) for split in ("validation", "test")}
    rule = store.facts.get(RULE)
    if rule is None:
        return split_of(shot_of(row), validation=shares["validation"], test=shares["test"])
    settled = _splits(store.folder) if rule == RANKED else {}
    return settled.get(shot_of(row), str(row["split"]))


@cache
def _splits(folder: Path) -> dict[str, Split]:
    """The split of every shot of a store; none where a damaged row hides what shots there are, or the splits are not
    settled.
    """
    store = _store(folder)
    try:
        if not store.is_settled:
            return {}
        shots = {shot_of(row) for row in store.rows}
    except DamageError:
        return {}
    return splits_of(shots, validation=float(store.facts["validation"]), test=float(store.facts["test"]))
