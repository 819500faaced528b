"""Pairs from one store for another, as they lie there."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np

from uprez.dataset.store.encode import Encoded, Tile
from uprez.dataset.store.files import DamageError
from uprez.dataset.store.layout import DENSITY, DIGEST, ImageSpec, images_of, is_sound, name_of, pair_key, tile_key
from uprez.dataset.store.reader import Store
from uprez.errors import FrameError

_OWN = ("pair", "split")
"""What a row has from the store that it is in."""


def encoded_in(store: Store, place: int) -> Encoded:
    """The pair at `place` of a store's rows. Raises DamageError where its row is damaged, FrameError where anything
    else of it is.
    """
    row = store.rows[place]
    if wrong := damage_of(store, place):
        raise FrameError(store.folder, f"{name_of(row)}: {wrong[0]}")
    tiles: list[list[Tile]] = [
        [(down, across, bytes(store.value(key) or b"")) for down, across, key, _ in _tiles(store, place, number, image)]
        for number, image in enumerate(images_of(row))
    ]
    return Encoded({key: value for key, value in row.items() if key not in _OWN}, np.array(store.density(place)), tiles)


def damage_of(store: Store, place: int) -> list[str]:
    """What of a pair does not fit its hash. Raises DamageError where its row is damaged."""
    wrong = []
    if not is_sound(_value(store, pair_key(DENSITY, store.number(place)))):
        wrong.append("its density is damaged")
    row = store.rows[place]
    for number, image in enumerate(images_of(row)):
        digests = hashlib.sha256()
        for _, _, key, size in _tiles(store, place, number, image):
            content = _value(store, key)
            if content is None or len(content) != size + DIGEST or not is_sound(content):
                wrong.append(f"{image.name}: a tile is damaged")
                break
            digests.update(content[-DIGEST:])
        else:
            if digests.hexdigest() != row["sha256"].get(image.name):
                wrong.append(f"{image.name}: a tile is another one's")
    return wrong


def _value(store: Store, key: bytes) -> memoryview | None:
    """None also where the way there is damaged."""
    try:
        return store.value(key)
    except DamageError:
        return None


def _tiles(store: Store, place: int, number: int, image: ImageSpec) -> Iterator[tuple[int, int, bytes, int]]:
    """Row, column, key and bytes of samples of each tile; the disk is asked for a row of them at once."""
    for _, row in groupby(image.tiles(), itemgetter(0)):
        tiles = [
            (down, across, tile_key(store.number(place), number, down, across), 2 * height * width * image.channels)
            for down, across, _, _, height, width in row
        ]
        store.prefetch(key for _, _, key, _ in tiles)
        yield from tiles
