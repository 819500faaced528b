"""Opening a store's file: what can be wrong with it is found before LMDB maps it."""

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lmdb

from uprez.dataset.store.layout import DATA_FILE, FORMAT, FORMAT_KEY, NUMBERS_KEY, numbers, pair_key, unsealed
from uprez.dataset.store.prefetch import Prefetch, is_advised
from uprez.errors import UprezError

_READERS = 1024
_PATIENCE = 2.0
"""Seconds in which a store's first page is written."""
_LOCK_FILE, _LOCK_BYTES = "lock.mdb", 72 << 10
"""LMDB maps a table of its readers, 64 bytes each, and grows it without taking up disk: on a disk that is full the
first access would end the process.
"""


class StoreError(UprezError):
    """A store that can't be read or written: its folder, and what is wrong."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder, self.problem = folder, problem
        super().__init__(folder, problem)

    def __str__(self) -> str:
        return f"{self.folder}: {self.problem}"


class DamageError(StoreError):
    """A part of a store that is not as it was written; others may be whole."""


class Reading:
    """What reads a store as it is at one moment: `transaction`, until `end` or a fork."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError where it can't be read."""
        self._folder, self._place = folder, folder.resolve()
        environment, readings = _shared.get(self._place) or (opened(folder), [])
        with told_as_damage(folder):
            self.transaction: Any = transaction(environment)
        try:
            self._prefetch = Prefetch(_data_of(folder), self.transaction) if is_advised() else None
        except OSError as error:
            raise StoreError(folder, error.strerror or str(error)) from None
        readings.append(self)
        _shared[self._place] = environment, readings

    def get(self, key: bytes) -> memoryview | None:
        """What lies under a key, in the map. Raises DamageError where the way there is damaged: nothing more is
        read then before another begins.
        """
        try:  # not `told_as_damage`: a patch asks several times
            found: memoryview | None = self.transaction.get(key)
        except lmdb.Error as error:
            raise _damage(self._folder, error) from None
        return found

    def prefetch(self, keys: Iterable[bytes]) -> None:
        """Have what lies under some keys read from the disk, all at once, before `get` asks for it."""
        if self._prefetch is not None:
            self._prefetch.records(keys)

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, memoryview]]:
        """Every key that begins so, in their order, and what lies there. Raises DamageError as `get` does."""
        with told_as_damage(self._folder):
            yield from under(self.transaction, prefix)

    def numbers(self, kind: bytes) -> Iterator[int]:
        """Those of the pairs that have a row, a density or tiles: `kind` is PAIR, DENSITY or TILE_OF. Raises
        DamageError as `get` does.
        """
        with told_as_damage(self._folder):
            cursor, following = self.transaction.cursor(), 0
            while cursor.set_range(pair_key(kind, following)) and bytes(cursor.key()).startswith(kind):
                number = int.from_bytes(cursor.key()[1:5], "big")
                if number < following:
                    raise DamageError(self._folder, "is damaged (its keys are in disorder)")
                yield number
                following = number + 1

    def forget(self) -> None:
        """Let go without ending the transaction: it is another process's."""
        self.transaction = self._prefetch = None

    def end(self) -> None:
        """The last one closes the file."""
        if self.transaction is None:
            return
        environment, readings = _shared[self._place]
        if self._prefetch is not None:
            self._prefetch.close()
        self.transaction.abort()
        readings.remove(self)
        if not readings:
            del _shared[self._place]
            environment.close()


@contextmanager
def told_as_damage(folder: Path) -> Iterator[None]:
    """Within it, what LMDB can't read is said as a DamageError."""
    try:
        yield
    except lmdb.Error as error:
        raise _damage(folder, error) from None


def _damage(folder: Path, error: lmdb.Error) -> DamageError:
    said = str(error).rpartition(": ")[2]
    return DamageError(folder, f"is damaged ({said}); build it again from the folders of pairs")


def under(reading: Any, prefix: bytes) -> Iterator[tuple[bytes, Any]]:
    """Every key of a transaction that begins so, in their order, and what lies there."""
    cursor = reading.cursor()
    found = cursor.set_range(prefix)
    while found and bytes(cursor.key()).startswith(prefix):
        yield bytes(cursor.key()), cursor.value()
        found = cursor.next()


_shared: dict[Path, tuple[Any, list[Reading]]] = {}
"""Environments to read from, and what reads in each: LMDB maps a file once in a process."""


def _leave_to_parent() -> None:
    """In a fork: let go of what the parent reads without ending it, which would free its pages for the next writer."""
    for _, readings in _shared.values():
        for reading in readings:
            reading.forget()
    _shared.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def is_store(path: Path) -> bool:
    """Whether a path may be a store: a folder with one in it, or a single file as `uprez dataset export` writes it."""
    return path.is_file() or (path / DATA_FILE).exists()


def _data_of(path: Path) -> Path:
    return path if path.is_file() else path / DATA_FILE


def opened(folder: Path, *, write: bool = False) -> Any:
    """The LMDB environment of a store. Raises StoreError where there is none to read, or it is cut short.

    A map that reaches beyond the end of its file would end the process at the first read there.
    """
    data, single = _data_of(folder), folder.is_file()
    if write and single:
        raise StoreError(
            folder, "is a single file to read from; merge it into a store: uprez dataset build FILE -o STORE"
        )
    if not write and not data.exists():
        raise StoreError(folder, "is no store of pairs; uprez dataset build makes one")
    try:
        if write:
            folder.mkdir(parents=True, exist_ok=True)
            names = {entry.name for entry in folder.iterdir()}
            if DATA_FILE not in names and (stray := names - {_LOCK_FILE}):
                raise StoreError(folder, f"holds other things ({min(stray)}); name a new folder")
        if _stays_empty(data):
            raise StoreError(folder, f"its {DATA_FILE} is empty; delete the folder and build it again")
        environment = lmdb.open(
            str(folder),
            subdir=not single,
            readonly=not write,
            # Readers lock, too: a writer must not use pages again that they see. Nobody writes to a single file.
            lock=_lockable(folder, write=write) if not single else False,
            max_readers=_READERS,
            readahead=write or not is_advised(),
            map_size=max(data.stat().st_size if data.exists() else 0, 1 << 20),
        )
    except OSError as error:
        raise StoreError(folder, error.strerror or str(error)) from None
    except lmdb.Error as error:
        raise StoreError(folder, f"can't be opened: {str(error).rpartition(': ')[2]}") from None
    needed = (environment.info()["last_pgno"] + 1) * environment.stat()["psize"]
    if data.stat().st_size < needed:
        environment.close()
        raise StoreError(folder, f"is cut short: {data.stat().st_size} bytes of {needed}; build it again")
    return environment


def _stays_empty(data: Path) -> bool:
    """Whether there is a file without anything in it: one that another process is just making has not for long."""
    deadline = time.monotonic() + _PATIENCE
    while data.exists() and not data.stat().st_size:
        if time.monotonic() > deadline:
            return True
        time.sleep(0.02)
    return False


def _lockable(folder: Path, *, write: bool) -> bool:
    """Whether a store's readers can be told to its writers. Raises OSError for a writer where they can't."""
    lock = folder / _LOCK_FILE
    try:
        # Once only: to close it again drops the locks that this process may have on it already.
        if os.access(lock, os.W_OK) and lock.stat().st_size >= _LOCK_BYTES:
            return True
        with lock.open("ab") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, _LOCK_BYTES)
    except OSError:
        if write:
            raise
        return False
    return True


def transaction(environment: Any, *, write: bool = False) -> Any:
    """A transaction, also where another process has made the file larger than this one knows."""
    while True:
        try:
            return environment.begin(write=write, buffers=not write)
        except lmdb.MapResizedError:
            environment.set_mapsize(0)


def read_format(folder: Path, reading: Any) -> dict[str, Any]:
    """What the store says about itself. Raises StoreError for another format, or none."""
    value = reading.get(FORMAT_KEY)
    if value is None:
        raise StoreError(folder, "is no store of pairs, though an LMDB file")
    content = unsealed(value)
    try:
        facts: dict[str, Any] = json.loads(bytes(value) if content is None else content)
        kind = int(facts["format"])
    except (ValueError, KeyError, TypeError):
        raise StoreError(folder, "is no store of pairs, or its first record is damaged; name a new folder") from None
    if kind > FORMAT:
        raise StoreError(folder, f"was written by a newer uprez (format {kind}, this one knows {FORMAT})")
    if content is None or kind < FORMAT:
        raise StoreError(folder, f"was written by an older uprez (format {kind}, this one has {FORMAT}); build it anew")
    return facts


def read_numbers(folder: Path, reading: Any) -> tuple[int, int]:
    """The number of the next pair, and how many were replaced or taken out. Raises DamageError where it is damaged."""
    found = numbers(reading.get(NUMBERS_KEY))
    if found is None:
        raise DamageError(
            folder, "the count of its pairs is damaged; merge it into a new one: uprez dataset build STORE -o NEW"
        )
    return found
