"""Asking the disk for records of a store before they are touched.

LMDB touches all of a record's pages when it is asked for it. The kernel's way with a mapped file is to read megabytes
around each page that is missing, many times what a patch is; told not to, it reads one page after the other. So the
map is opened without read-ahead, and who reads says beforehand which records: the disk works on all of them at once.

Where a record lies is asked of LMDB's own page, whose form is that of every file of its version 1 (`MDB_node` in
LMDB's mdb.c): before a key stand its record's size and flags; behind it, for a record larger than a page has room
for, the number of its first page. All of it is a hint: were it wrong, reads would be slower, not other ones.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
from numpy.typing import NDArray

_ON_PAGES_OF_ITS_OWN = 0x01
"""F_BIGDATA."""
_PAGE_HEADER = 16


class _Node(ctypes.LittleEndianStructure):
    _fields_ = (("size_low", ctypes.c_uint16), ("size_high", ctypes.c_uint16), ("flags", ctypes.c_uint16))


_NODE_HEADER = 8
"""Bytes of it before the key."""


def is_advised() -> bool:
    """Whether this system takes such advice; else the map is better opened with read-ahead."""
    return hasattr(os, "posix_fadvise") and sys.byteorder == "little"


class Prefetch:
    """For the records that a transaction sees."""

    def __init__(self, data: Path, transaction: Any) -> None:
        """data: the file. transaction: to read, giving buffers. Raises OSError where the file can't be opened."""
        self._file = data.open("rb", buffering=0)
        self._transaction = transaction
        self._page = int(transaction.stat()["psize"])

    def records(self, keys: Iterable[bytes]) -> None:
        """Have those under `keys` read, all at once; returns before they are."""
        try:
            # Not kept: a cursor that outlives its transaction, as in a fork, ends the process when it is collected.
            with self._transaction.cursor() as cursor:
                for key in keys:
                    if cursor.set_key(key):
                        self._record(np.frombuffer(cursor.key(), np.uint8))
        except lmdb.Error:  # told when the record itself is read
            return

    def _record(self, key: NDArray[np.uint8]) -> None:
        node = _Node.from_address(key.ctypes.data - _NODE_HEADER)
        if node.flags & _ON_PAGES_OF_ITS_OWN:
            first = ctypes.c_uint64.from_address(key.ctypes.data + key.size).value
            size = node.size_low | node.size_high << 16
            with suppress(OSError, OverflowError):  # a damaged page may name any other
                os.posix_fadvise(self._file.fileno(), first * self._page, _PAGE_HEADER + size, os.POSIX_FADV_WILLNEED)

    def close(self) -> None:
        """Before the transaction ends."""
        self._file.close()
