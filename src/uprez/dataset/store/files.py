"""Opening a store's file: what can be wrong with it is found before LMDB maps it."""

import json
import os
from pathlib import Path
from typing import Any

import lmdb

from uprez.dataset.store.layout import DATA_FILE, FORMAT, FORMAT_KEY
from uprez.errors import UprezError


class StoreError(UprezError):
    """A store that can't be read or written: its folder, and what is wrong."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder, self.problem = folder, problem
        super().__init__(folder, problem)

    def __str__(self) -> str:
        return f"{self.folder}: {self.problem}"


class Reading:
    """What reads a store as it is at one moment: `transaction`, until `end` or a fork."""

    def __init__(self, folder: Path) -> None:
        """Raises StoreError where it can't be read."""
        self._place = folder.resolve()
        environment, readings = _shared.get(self._place) or (opened(folder), [])
        self.transaction: Any = transaction(environment)
        readings.append(self)
        _shared[self._place] = environment, readings

    def end(self) -> None:
        """The last one closes the file."""
        if self.transaction is None:
            return
        environment, readings = _shared[self._place]
        self.transaction.abort()
        readings.remove(self)
        if not readings:
            del _shared[self._place]
            environment.close()


_shared: dict[Path, tuple[Any, list[Reading]]] = {}
"""Environments to read from, and what reads in each: LMDB maps a file once in a process."""


def _leave_to_parent() -> None:
    """In a fork: let go of what the parent reads without ending it, which would free its pages for the next writer."""
    for _, readings in _shared.values():
        for reading in readings:
            reading.transaction = None
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
            stray = [entry.name for entry in folder.iterdir()] if not data.exists() else []
            if stray:
                raise StoreError(folder, f"holds other things ({min(stray)}); name a new folder")
        environment = lmdb.open(
            str(folder),
            subdir=not single,
            readonly=not write,
            # Readers lock, too: a writer must not use pages again that they see. Nobody writes to a single file.
            lock=write or (not single and os.access(folder, os.W_OK)),
            max_readers=1024,
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


def transaction(environment: Any, *, write: bool = False) -> Any:
    """A transaction, also where another process has made the file larger than this one knows."""
    while True:
        try:
            return environment.begin(write=write, buffers=not write)
        except lmdb.MapResizedError:
            environment.set_mapsize(0)


def read_format(folder: Path, reading: Any) -> dict[str, Any]:
    """What the store says about itself. Raises StoreError for a format that is newer, or none."""
    found = reading.get(FORMAT_KEY)
    if found is None:
        raise StoreError(folder, "is no store of pairs, though an LMDB file")
    facts: dict[str, Any] = json.loads(bytes(found))
    if facts["format"] > FORMAT:
        raise StoreError(folder, f"was written by a newer uprez (format {facts['format']}, this one knows {FORMAT})")
    return facts
