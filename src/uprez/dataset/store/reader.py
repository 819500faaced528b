"""Reading from a store: windows of images straight out of the map."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coding import Stored, as_floats
from uprez.dataset.store.files import DamageError, Reading, StoreError, read_format, read_numbers
from uprez.dataset.store.layout import (
    DENSITY,
    DIGEST,
    IDENTITY,
    NUMBERS_KEY,
    PAIR,
    SETTLED_KEY,
    TILE_OF,
    Identity,
    ImageSpec,
    Row,
    changes_in,
    identity_of,
    images_of,
    named_number,
    pair_key,
    row_in,
    tile_key,
)
from uprez.frames.closing import Closing

_KNOWN = 256
"""Rows that are kept once read."""


class Store(Closing):
    """A store to read from, as it was when it was opened. It may be sent to other processes, by fork or by pickle: each
    opens the file for itself, and sees the same pairs.
    """

    def __init__(self, folder: Path) -> None:
        """folder: of a store, or a single file as `uprez dataset export` writes it. Raises StoreError where it can't be
        read.
        """
        self.folder = folder
        self._reading: Reading | None = Reading(folder)
        try:
            self.facts: dict[str, Any] = read_format(folder, self._reading)
            self._changes = changes_in(self._reading.get(NUMBERS_KEY))
            self._keys = list(self._reading.numbers(PAIR))
        except StoreError:
            self.close()
            raise
        self._known: dict[int, tuple[Row, dict[str, tuple[int, ImageSpec]]]] = {}
        self._places: dict[Identity, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def rows(self) -> Sequence[Row]:
        """The row of every pair, read when it is asked for: a store may hold more than memory."""
        return _Rows(self)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_reading": None}

    def image(self, pair: int, name: str) -> ImageSpec | None:
        """An image of the pair at place `pair` of `rows`, or None where it has none of that name."""
        found = self._of(pair)[1].get(name)
        return found[1] if found else None

    def read(self, pair: int, name: str, y: int, x: int, height: int, width: int) -> NDArray[np.float32]:
        """A window of an image, (height, width, C) float32, planar: light compressed, guides as they are.

        Raises KeyError for an image that the pair has not, ValueError for a window that leaves it.
        """
        return as_floats(self.read_stored(pair, name, y, x, height, width))

    def read_stored(self, pair: int, name: str, y: int, x: int, height: int, width: int) -> Stored:
        """The same as it is stored: see `uprez.dataset.coding`."""
        number, image = self._of(pair)[1][name]
        if not (0 <= y <= image.height - height and 0 <= x <= image.width - width):
            raise ValueError(f"a window of {width}x{height} at ({x}, {y}) leaves {image}")
        window: Stored = np.empty((image.channels, height, width), image.dtype)
        side, key = image.tile, self._keys[pair]
        places = [
            (row, column)
            for row in range(y // side, (y + height - 1) // side + 1)
            for column in range(x // side, (x + width - 1) // side + 1)
        ]
        self.prefetch(tile_key(key, number, *place) for place in places)
        for row, column in places:
            top, left = row * side, column * side
            rows, columns = min(side, image.height - top), min(side, image.width - left)
            content = self.value(tile_key(key, number, row, column))
            count = rows * columns * image.channels
            if content is None or len(content) != 2 * count + DIGEST:
                raise DamageError(self.folder, f"a tile of pair {key} is damaged; uprez dataset check tells more")
            tile = np.frombuffer(content, image.dtype, count)
            tile = tile.reshape(rows, image.channels, columns).transpose(1, 0, 2)
            y0, y1, x0, x1 = max(y, top), min(y + height, top + rows), max(x, left), min(x + width, left + columns)
            window[:, y0 - y : y1 - y, x0 - x : x1 - x] = tile[:, y0 - top : y1 - top, x0 - left : x1 - left]
        return window.transpose(1, 2, 0)

    def value(self, key: bytes) -> memoryview | None:
        """What lies under a key, in the map: valid while the store is open. Raises DamageError where the way there is
        damaged; that closes the store, and the next read opens it again.
        """
        try:
            return self._at_hand().get(key)
        except DamageError:
            self.close()
            raise

    def prefetch(self, keys: Iterable[bytes]) -> None:
        """Have what lies under some keys read from the disk, all at once, before `value` asks for it."""
        try:
            self._at_hand().prefetch(keys)
        except DamageError:  # `value` will meet it, too, and say so
            self.close()

    def number(self, pair: int) -> int:
        """The number under which the pair at place `pair` of `rows` lies."""
        return self._keys[pair]

    def density(self, pair: int) -> NDArray[np.float64]:
        """Cumulative densities of intensity and of hardness, (2, cells), in the map: valid while the store is open."""
        key = pair_key(DENSITY, self._keys[pair])
        self.prefetch([key])
        content = self.value(key)
        if content is None or (len(content) - DIGEST) % 16:
            raise DamageError(
                self.folder, f"the density of pair {self._keys[pair]} is damaged; uprez dataset check tells"
            )
        return np.frombuffer(content[:-DIGEST], "<f8").reshape(2, -1)

    def neighbour(self, pair: int, frames: int = -1) -> int | None:
        """The pair of the same shot, element and pixel filters so many frames away, or None: the previous frame by
        default.
        """
        if not self._places:
            self._places = {identity_of(row): place for place, row in enumerate(self.rows)}
        show, look, shot, frame, seen = identity_of(self.rows[pair])
        return self._places.get((show, look, shot, frame + frames, seen))

    def close(self) -> None:
        """Let the file go; the next read opens it again."""
        if self._reading is not None:
            self._reading.end()
        self._reading = None

    def names(self) -> Iterator[tuple[bytes, int | None]]:
        """Every name's key, and the number of the pair that is called so; None where that is damaged. Raises
        DamageError as `value` does.
        """
        try:
            for key, value in self._at_hand().under(IDENTITY):
                yield key, named_number(value)
        except DamageError:
            self.close()
            raise

    def left_over(self) -> set[int]:
        """The numbers under which something lies of a pair that has no row. Raises DamageError as `value` does."""
        try:
            kept = {number for kind in (DENSITY, TILE_OF) for number in self._at_hand().numbers(kind)}
        except DamageError:
            self.close()
            raise
        return kept.difference(self._keys)

    @property
    def is_settled(self) -> bool:
        """Whether every shot is in its split: a build that was killed has not seen to it. Raises DamageError."""
        settled = self._at_hand().get(SETTLED_KEY)
        return settled is not None and bytes(settled) == bytes(self._at_hand().get(NUMBERS_KEY) or b"")

    def following(self) -> int:
        """The number that the next pair will have. Raises DamageError."""
        return read_numbers(self.folder, self._at_hand())[0]

    def _at_hand(self) -> Reading:
        if self._reading is None or self._reading.transaction is None:  # closed, or in another process
            self._reading = Reading(self.folder)
            if changes_in(self._reading.get(NUMBERS_KEY)) != self._changes:
                self.close()
                raise StoreError(self.folder, "pairs were replaced or taken out since it was opened; begin again")
        return self._reading

    def _of(self, pair: int) -> tuple[Row, dict[str, tuple[int, ImageSpec]]]:
        """A pair's row, and its images with their numbers by name."""
        if pair not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            row = row_in(self.value(pair_key(PAIR, self._keys[pair])))
            if row is None:
                raise DamageError(
                    self.folder,
                    f"the row of pair {self._keys[pair]} is damaged; uprez dataset check --mend takes it out",
                )
            self._known[pair] = row, {image.name: (k, image) for k, image in enumerate(images_of(row))}
        return self._known[pair]


class _Rows(Sequence[Row]):
    def __init__(self, store: Store) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._store._of(place % len(self))[0]
