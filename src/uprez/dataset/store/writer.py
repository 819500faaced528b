"""Adding to a store. LMDB lets one writer in at a time, in whichever process; what is committed survives a crash."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import lmdb

from uprez.dataset.store.encode import Encoded
from uprez.dataset.store.files import StoreError, opened, read_format, transaction
from uprez.dataset.store.layout import (
    DENSITY,
    FORMAT,
    FORMAT_KEY,
    INDEX_FILE,
    PAIR,
    TILE_OF,
    Row,
    pair_key,
    split_of,
    tile_key,
)
from uprez.errors import FrameError
from uprez.frames.atomic import whole_file

_ROOM = 256 << 20
"""Bytes by which the map grows beyond what is asked for; only what is written takes up disk."""


class StoreWriter:
    """A store that pairs are added to; made where there is none."""

    def __init__(self, folder: Path, *, validation: float = 0.04, test: float = 0.04) -> None:
        """validation, test: shares of the shots in these splits; only for a store that is made.

        Raises StoreError where the folder can't be written, is no store, or is of a newer format.
        """
        self.folder = folder
        self._environment = opened(folder, write=True)
        self._environment.reader_check()  # readers that were killed would keep old pages for ever
        with self._translated(), transaction(self._environment, write=True) as change:
            if change.get(FORMAT_KEY) is None:
                facts = {"format": FORMAT, "validation": validation, "test": test}
                change.put(FORMAT_KEY, json.dumps(facts).encode())
        self.facts = read_format(folder, self._environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except (FrameError, StoreError):
            if error is None:  # else what went wrong first is what to tell
                raise

    def close(self) -> None:
        """Write the index and let the store go. Raises FrameError where the index can't be written."""
        try:
            # One writer at a time: the index of the last one has the pairs of all.
            with self._translated(), transaction(self._environment, write=True):
                text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in self.rows())
                with whole_file(self.folder / INDEX_FILE) as part:
                    part.write_text(text, encoding="utf-8")
        finally:
            self._environment.close()

    def rows(self) -> Iterator[Row]:
        """The rows of all pairs, in the order in which they came."""
        with transaction(self._environment) as reading:
            cursor = reading.cursor()
            found = cursor.set_range(PAIR)
            while found and bytes(cursor.key()[:1]) == PAIR:
                yield json.loads(bytes(cursor.value()))
                found = cursor.next()

    def add(self, encoded: Encoded, *, replaces: int | None = None) -> Row:
        """Write a pair, all of it or nothing; on disk when this returns. replaces: the number of a pair that goes.

        Returns its row. Raises StoreError where the disk is full or fails.
        """
        room = sum(len(tile) for of_image in encoded.tiles for _, _, tile in of_image) + encoded.density.nbytes
        with self._translated():
            while True:
                self._make_room(room)
                try:
                    return self._put(encoded, replaces)
                except lmdb.MapFullError:  # another process has taken that room in the meantime
                    room *= 2

    def _put(self, encoded: Encoded, replaces: int | None) -> Row:
        with transaction(self._environment, write=True) as change:
            number = _next_number(change)
            row = encoded.row | {"pair": number, "split": self._split(encoded.row)}
            for image, of_image in enumerate(encoded.tiles):
                for down, across, tile in of_image:
                    change.put(tile_key(number, image, down, across), tile)
            change.put(pair_key(DENSITY, number), encoded.density.astype("<f8").tobytes())
            change.put(pair_key(PAIR, number), json.dumps(row, sort_keys=True).encode())
            if replaces is not None:
                _remove(change, replaces)
        return row

    def remove(self, number: int) -> None:
        """Take a pair out. The file keeps its size; the room is used by what comes next."""
        self._make_room(0)
        with self._translated(), transaction(self._environment, write=True) as change:
            _remove(change, number)

    def _split(self, row: Row) -> str:
        shares = self.facts["validation"], self.facts["test"]
        return split_of(str(row["look"]), str(row["shot"]), validation=shares[0], test=shares[1])

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
        if isinstance(error, lmdb.Error):
            said = str(error).rpartition(": ")[2]
            raise StoreError(self.folder, f"can't be written ({said}); is the disk full?") from None


def _next_number(change: Any) -> int:
    cursor = change.cursor()
    found = cursor.prev() if cursor.set_range(bytes([PAIR[0] + 1])) else cursor.last()
    return int.from_bytes(cursor.key()[1:5], "big") + 1 if found and cursor.key()[:1] == PAIR else 0


def _remove(change: Any, number: int) -> None:
    change.delete(pair_key(PAIR, number))
    change.delete(pair_key(DENSITY, number))
    cursor = change.cursor()
    first = pair_key(TILE_OF, number)
    while cursor.set_range(first) and cursor.key().startswith(first):
        cursor.delete()
