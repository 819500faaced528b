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


_shared: dict[tuple[int, Path], tuple[Any, int]] = {}
"""Environments to read from and how many hold each, by process and folder: LMDB maps a file once in a process."""


def acquire(folder: Path) -> Any:
    """The environment of a store to read from, shared by all of this process; `release` it. Raises StoreError."""
    for other in [place for place in _shared if place[0] != os.getpid()]:  # of the process that this one is a fork of
        _shared.pop(other)[0].close()
    place = os.getpid(), folder.resolve()
    environment, holders = _shared.get(place) or (opened(folder), 0)
    _shared[place] = environment, holders + 1
    return environment


def release(folder: Path) -> None:
    """Give back what `acquire` gave."""
    place = os.getpid(), folder.resolve()
    environment, holders = _shared[place]
    if holders > 1:
        _shared[place] = environment, holders - 1
    else:
        del _shared[place]
        environment.close()


def opened(folder: Path, *, write: bool = False) -> Any:
    """The LMDB environment of a store. Raises StoreError where there is none to read, or it is cut short.

    A map that reaches beyond the end of its file would end the process at the first read there.
    """
    data = folder / DATA_FILE
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
            readonly=not write,
            lock=write or os.access(folder, os.W_OK),  # readers too: a writer must not use pages again that they see
            readahead=False,
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


def read_format(folder: Path, environment: Any) -> dict[str, Any]:
    """What the store says about itself. Raises StoreError for a format that is newer, or none."""
    with transaction(environment) as reading:
        found = reading.get(FORMAT_KEY)
        said = None if found is None else bytes(found)
    if said is None:
        raise StoreError(folder, "is no store of pairs, though an LMDB file")
    facts: dict[str, Any] = json.loads(said)
    if facts["format"] > FORMAT:
        raise StoreError(folder, f"was written by a newer uprez (format {facts['format']}, this one knows {FORMAT})")
    return facts
