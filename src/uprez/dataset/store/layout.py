"""What lies where in a store's `data.mdb`: keys, tiles, and the version of it all.

    format                        {"format": 2, "validation": 0.04, "test": 0.04, "splits": "ranked"}: see `splits.py`
    n                             the number of the next pair, and how many were replaced or taken out
    s                             what `n` was when the splits were settled, which a build that is killed does not do
    i HASH                        the number of the pair that is called so, see `Identity`
    p NNNN                        the row of pair N, JSON: what index.jsonl shows
    d NNNN                        its density: float64 (2, cells down, cells across), see `uprez.dataset.density`
    t NNNN II YY XX               a tile of image I of pair N: rows from the top, in each the channels one after another

Everything ends in the 8 bytes of its XXH3 hash; a row's `sha256` is of the hashes of each image's tiles, in order.
N has four bytes and is never used again, the rest two and one, the highest first, so that a pair's tiles lie side by
side in the file. The images of a pair are in its row: `lr`, `hr`, others rendered beside them, and guides as
`lr albedo`. Tiles are TILE LR pixels along a side, and as many HR pixels as cover them; those at the right and at the
bottom are as large as what is left. A patch of 96 LR pixels lies on six of them in the mean, a megabyte of RGBA at
both sizes; larger ones would make a disk read more for it, smaller ones a processor look up more.
"""

import hashlib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash

from uprez.dataset.manifest import BETWEEN
from uprez.dataset.shots import shot_name

FORMAT = 2
TILE = 64
"""LR pixels along a tile; images that were stored with others keep theirs."""
FORMAT_KEY, NUMBERS_KEY, SETTLED_KEY = b"format", b"n", b"s"
IDENTITY, PAIR, DENSITY, TILE_OF = b"i", b"p", b"d", b"t"
DATA_FILE, INDEX_FILE = "data.mdb", "index.jsonl"
DIGEST = 8
HELD_BACK = 0.04
"""Share of the shots that validate, and of those kept for tests, of a new store."""

Row = dict[str, Any]
Identity = tuple[str, str, str, int, str]


@dataclass(frozen=True)
class ImageSpec:
    """An image of a pair: its name, its size, and how it is stored.

    name: `lr`, `hr`, `hr_4spp` are light (R, G, B, A); `lr albedo` and the like are guides.
    """

    name: str
    height: int
    width: int
    channels: int
    tile: int
    """Pixels along a tile."""

    @property
    def is_light(self) -> bool:
        return " " not in self.name

    @property
    def dtype(self) -> np.dtype[Any]:
        """How it is stored, least significant byte first: light in steps, guides as half floats."""
        return np.dtype("<i2") if self.is_light else np.dtype("<f2")

    @property
    def nbytes(self) -> int:
        """Bytes of the samples; two each."""
        return 2 * self.height * self.width * self.channels

    def tiles(self) -> Iterator[tuple[int, int, int, int, int, int]]:
        """Row and column of each tile, and y, x, height and width of what it holds."""
        for row, y in enumerate(range(0, self.height, self.tile)):
            for column, x in enumerate(range(0, self.width, self.tile)):
                yield row, column, y, x, min(self.tile, self.height - y), min(self.tile, self.width - x)


def identity_of(row: Row) -> Identity:
    """What tells pairs apart: show, look, shot, frame, and the element with the pixel filters that were chosen."""
    seen = "/".join(filter(None, (str(row["element"]), filter_of(row))))
    return str(row["show"]), str(row["look"]), str(row["shot"]), int(row["frame"]), seen


def filter_of(row: Row) -> str:
    """The pixel filters of a pair; empty where none were chosen, as in stores from before they could be."""
    return str(row.get("filter", ""))


def lr_filter_of(row: Row) -> str:
    """That of the pair's LR alone."""
    return filter_of(row).partition(BETWEEN)[0]


def name_of(row: Row) -> str:
    """A pair's name for people: look/shot/frame, its element where it is not the whole, and its pixel filters where
    some were chosen.
    """
    frame = [f"{row['frame']:04d}"] if row["frame"] else []
    element = [row["element"]] if row["element"] != "whole" else []
    return "/".join(filter(None, [row["look"], row["shot"], *frame, *element, filter_of(row)]))


def images_of(row: Row) -> list[ImageSpec]:
    """The images of a pair in the order of their numbers."""
    return [ImageSpec(**image) for image in row["images"]]


def identity_key(identity: Identity) -> bytes:
    """The key under which the number of the pair that is called so lies."""
    return IDENTITY + hashlib.sha256(json.dumps(identity).encode()).digest()[:16]


def numbers(value: bytes | memoryview | None) -> tuple[int, int] | None:
    """The number of the next pair, and how many were replaced or taken out; None where that is damaged."""
    if value is None:
        return 0, 0
    content = unsealed(value)
    return None if content is None or len(content) != 8 else struct.unpack(">II", content)


def numbers_value(following: int, changes: int) -> bytes:
    """What `numbers` reads."""
    return sealed(struct.pack(">II", following, changes))


def changes_in(value: bytes | memoryview | None) -> bytes:
    """Of what `numbers` reads, what is another where pairs were replaced or taken out: only to be compared, and so of
    use also where it is damaged.
    """
    return b"" if value is None else bytes(value[4:8])


def named_number(value: bytes | memoryview) -> int | None:
    """The number of the pair under whose name this lies; None where it is damaged."""
    content = unsealed(value)
    return None if content is None or len(content) != 4 else int.from_bytes(content, "big")


def named_value(number: int) -> bytes:
    """What `named_number` reads."""
    return sealed(number.to_bytes(4, "big"))


def pair_key(kind: bytes, pair: int) -> bytes:
    """The key of a pair's row or density, or what the keys of all its tiles begin with."""
    return kind + struct.pack(">I", pair)


def tile_key(pair: int, image: int, row: int, column: int) -> bytes:
    """The key of one tile."""
    return TILE_OF + struct.pack(">IBHH", pair, image, row, column)


def digest_of(content: bytes | memoryview) -> bytes:
    """The hash that ends everything that is stored."""
    digest: bytes = xxhash.xxh3_64_digest(content)
    return digest


def sealed(content: bytes) -> bytes:
    """With its hash."""
    return content + digest_of(content)


def is_sound(value: bytes | memoryview | None) -> bool:
    """Whether there is a value, and its hash fits."""
    return value is not None and len(value) >= DIGEST and digest_of(value[:-DIGEST]) == value[-DIGEST:]


def unsealed(value: bytes | memoryview | None) -> bytes | None:
    """Without its hash; None where there is no value, or its hash does not fit."""
    return bytes(value[:-DIGEST]) if value is not None and is_sound(value) else None


def row_in(value: bytes | memoryview | None) -> Row | None:
    """The row that lies under a pair's key; None where it is damaged or gone."""
    content = unsealed(value)
    row: Row | None = None if content is None else json.loads(content)
    return row


def shot_of(row: Row) -> str:
    """What a pair's shot is called, see `shot_name`."""
    return shot_name(row["show"], row["look"], row["shot"])
