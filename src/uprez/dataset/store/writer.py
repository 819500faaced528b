"""Adding to a store. LMDB lets one writer in at a time, in whichever process; what is committed survives a crash."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import lmdb

from uprez.dataset.store.encode import Encoded
from uprez.dataset.store.files import StoreError, opened, read_format, read_numbers, told_as_damage, transaction, under
from uprez.dataset.store.layout import (
    DENSITY,
    FORMAT,
    FORMAT_KEY,
    HELD_BACK,
    IDENTITY,
    INDEX_FILE,
    NUMBERS_KEY,
    PAIR,
    SETTLED_KEY,
    TILE_OF,
    Identity,
    Row,
    identity_key,
    identity_of,
    named_number,
    named_value,
    numbers_value,
    pair_key,
    row_in,
    sealed,
    shot_of,
    tile_key,
)
from uprez.dataset.store.splits import RANKED, RULE, split_of, splits_of
from uprez.errors import UsageError, WriteError
from uprez.files.whole import whole_file

_ROOM = 256 << 20
"""Bytes by which the map grows beyond what is asked for; only what is written takes up disk."""

_SAME = ("sha256", "left_out", "files", "asked")
"""What agrees in the rows of a pair that need not be written again."""

Outcome = Literal["added", "kept", "replaced"]


class StoreWriter:
    """A store that pairs are added to; made where there is none."""

    def __init__(
        self, folder: Path, *, validation: float | None = None, test: float | None = None, rule: str = RANKED
    ) -> None:
        """validation, test: shares of the shots in these splits, 0.04 each for a new store; they stay. rule: how a new
        store splits, see `splits.py`.

        Raises StoreError where the folder can't be written, is no store, or is of a newer format, UsageError for
        shares that are not those of the store.
        """
        self.folder = folder
        self._environment = opened(folder, write=True)
        self._splits: dict[str, str] | None = None
        self._environment.reader_check()  # readers that were killed would keep old pages for ever
        asked = {"validation": validation, "test": test}
        with self._translated(), transaction(self._environment, write=True) as change:
            if not change.stat()["entries"]:
                shares = {split: HELD_BACK if share is None else share for split, share in asked.items()}
                change.put(FORMAT_KEY, sealed(json.dumps({"format": FORMAT, RULE: rule} | shares).encode()))
            self.facts = read_format(folder, change)
        for split, share in asked.items():
            if share is not None and share != self.facts[split]:
                self._environment.close()
                raise UsageError(
                    f"{folder}: was made with a {split} share of {self.facts[split]:g}, not {share:g}: its shots would"
                    " change sides; make a new store"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except (WriteError, StoreError):
            if error is None:  # else what went wrong first is what to tell
                raise

    def close(self) -> None:
        """Settle the splits, write the index and let the store go. Raises WriteError where the index can't be written,
        StoreError where the store can't.
        """
        try:
            if self.facts.get(RULE) == RANKED:
                self._settle_splits()
            # One writer at a time: the index of the last one has the pairs of all.
            with (
                self._translated(),
                transaction(self._environment, write=True) as change,
                whole_file(self.folder / INDEX_FILE) as part,
                part.open("w", encoding="utf-8") as index,
            ):
                for _, row in _rows(change):
                    if row is not None:  # a damaged row is for `uprez dataset check` to tell
                        index.write(json.dumps(row, sort_keys=True) + "\n")
        finally:
            self._environment.close()

    def find(self, identity: Identity) -> Row | None:
        """The row of the pair that is called so, or None where there is none that is whole."""
        with told_as_damage(self.folder), transaction(self._environment) as reading:
            number = _number_of(reading, identity)
            return None if number is None else row_in(reading.get(pair_key(PAIR, number)))

    def add(self, encoded: Encoded) -> tuple[Row, Outcome]:
        """Write a pair, all of it or nothing; on disk when this returns. It takes the place of the one that is called
        the same, unless that holds the very same.

        Returns its row. Raises StoreError where the disk is full or fails.
        """
        room = sum(len(tile) for of_image in encoded.tiles for _, _, tile in of_image) + encoded.density.nbytes
        with self._translated():
            while True:
                self._make_room(room)
                try:
                    return self._put(encoded)
                except lmdb.MapFullError:  # another process has taken that room in the meantime
                    room *= 2

    def _put(self, encoded: Encoded) -> tuple[Row, Outcome]:
        identity = identity_of(encoded.row)
        with transaction(self._environment, write=True) as change:
            # Asked for here, where nobody else writes: another process may have added it since `find`.
            there = _number_of(change, identity)
            before = None if there is None else row_in(change.get(pair_key(PAIR, there)))
            if before is not None and all(before[key] == encoded.row[key] for key in _SAME):
                return before, "kept"
            number, changes = read_numbers(self.folder, change)
            if change.get(pair_key(PAIR, number)) is not None:
                raise StoreError(
                    self.folder, "is damaged: two pairs would have one number; uprez dataset check tells more"
                )
            row = {"split": self._split(encoded.row, change)} | encoded.row | {"pair": number}
            for image, of_image in enumerate(encoded.tiles):
                for down, across, tile in of_image:
                    change.put(tile_key(number, image, down, across), tile)
            change.put(pair_key(DENSITY, number), sealed(encoded.density.astype("<f8").tobytes()))
            change.put(pair_key(PAIR, number), sealed(json.dumps(row, sort_keys=True).encode()))
            if there is not None:
                _remove(change, there)
            change.put(identity_key(identity), named_value(number))
            change.put(NUMBERS_KEY, numbers_value(number + 1, changes + (there is not None)))
        return row, "added" if there is None else "replaced"

    def remove(self, number: int) -> None:
        """Take a pair out, also one that is damaged. The file keeps its size; the room is used by what comes next."""
        self._make_room(0)
        with self._translated(), transaction(self._environment, write=True) as change:
            _remove(change, number)
            following, changes = read_numbers(self.folder, change)
            change.put(NUMBERS_KEY, numbers_value(following, changes + 1))

    def _settle_splits(self) -> None:
        """Put every shot into its split: only now it is known how many there are."""
        more = 1 << 20
        with self._translated():
            while True:
                try:
                    with transaction(self._environment, write=True) as change:
                        shots = {shot_of(row) for _, row in _rows(change) if row is not None}
                        splits = splits_of(shots, **{name: self.facts[name] for name in ("validation", "test")})
                        moved = [
                            (number, row | {"split": splits[shot_of(row)]})
                            for number, row in _rows(change)
                            if row is not None and row["split"] != splits[shot_of(row)]
                        ]
                        numbered = change.get(NUMBERS_KEY)
                        if numbered is not None and change.get(SETTLED_KEY) != numbered:
                            change.put(SETTLED_KEY, numbered)
                        for number, row in moved:
                            change.put(pair_key(PAIR, number), sealed(json.dumps(row, sort_keys=True).encode()))
                    return
                except lmdb.MapFullError:
                    self._make_room(more)
                    more *= 2

    def _split(self, row: Row, change: Any) -> str:
        """That of the shot, or for a new one, until the splits are settled, by its hash alone."""
        if self._splits is None:
            self._splits = {shot_of(one): str(one["split"]) for _, one in _rows(change) if one is not None}
        alone = split_of(shot_of(row), validation=self.facts["validation"], test=self.facts["test"])
        return self._splits.setdefault(shot_of(row), alone) if self.facts.get(RULE) == RANKED else alone

    def _make_room(self, more: int) -> None:
        used = self._environment.info()["last_pgno"] * self._environment.stat()["psize"]
        if self._environment.info()["map_size"] < used + more + _ROOM // 2:
            self._environment.set_mapsize(used + more + _ROOM)

    def _translated(self) -> "_Translated":
        return _Translated(self.folder)


class _Translated:
    """Within it, what LMDB has to say is said as a StoreError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, lmdb.CorruptedError | lmdb.PageNotFoundError | lmdb.InvalidError | lmdb.BadTxnError):
            raise StoreError(
                self.folder,
                "is damaged; merge what is whole into a new one: uprez dataset build STORE -o NEW",
            ) from None
        if isinstance(error, lmdb.Error):
            said = str(error).rpartition(": ")[2]
            raise StoreError(self.folder, f"can't be written ({said}); is the disk full?") from None


def _number_of(reading: Any, identity: Identity) -> int | None:
    found = reading.get(identity_key(identity))
    return None if found is None else named_number(found)


def _rows(reading: Any) -> Iterator[tuple[int, Row | None]]:
    """Number and row of every pair, in the order in which they came; None for a damaged one."""
    for key, value in under(reading, PAIR):
        yield int.from_bytes(key[1:], "big"), row_in(value)


def _remove(change: Any, number: int) -> None:
    """What lies under a pair's number, and its name."""
    row = row_in(change.get(pair_key(PAIR, number)))
    name = b"" if row is None else identity_key(identity_of(row))
    if name and named_number(change.get(name, b"")) == number:
        change.delete(name)
    else:  # a damaged row does not say how it is called, and a damaged name lies elsewhere
        for key in [key for key, value in under(change, IDENTITY) if named_number(value) in (number, None)]:
            change.delete(key)
    change.delete(pair_key(PAIR, number))
    change.delete(pair_key(DENSITY, number))
    first = pair_key(TILE_OF, number)
    cursor = change.cursor()
    while cursor.set_range(first) and cursor.key().startswith(first):
        change.delete(cursor.key())
