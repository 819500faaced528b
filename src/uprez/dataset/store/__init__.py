"""The store: pairs as tiles in one LMDB file, made for random patches.

A folder `NAME.lmdb` with `data.mdb` (all that counts), and `index.jsonl`, a line a pair, for people to read: it is
written from the file and never read back. See `layout` for what lies where.
"""

from uprez.dataset.store.reader import Store
from uprez.dataset.store.writer import StoreWriter

__all__ = ["Store", "StoreWriter"]
