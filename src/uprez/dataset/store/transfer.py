"""Pairs from one store for another, as they lie there."""

import numpy as np

from uprez.dataset.store.encode import Encoded, Tile
from uprez.dataset.store.layout import DIGEST, digest_of, images_of, name_of, tile_key
from uprez.dataset.store.reader import Store
from uprez.errors import FrameError

_OWN = ("pair", "split")
"""What a row has from the store that it is in."""


def encoded_in(store: Store, place: int) -> Encoded:
    """The pair at `place` of a store's rows. Raises FrameError where one of its tiles is damaged."""
    row = store.rows[place]
    tiles: list[list[Tile]] = [
        [
            (down, across, _checked(store, place, number, down, across, 2 * height * width * image.channels))
            for down, across, _, _, height, width in image.tiles()
        ]
        for number, image in enumerate(images_of(row))
    ]
    return Encoded({key: value for key, value in row.items() if key not in _OWN}, np.array(store.density(place)), tiles)


def damaged_images(store: Store, place: int) -> list[str]:
    """Names of a pair's images that have a tile whose hash does not fit, or none."""
    row = store.rows[place]
    found = []
    for number, image in enumerate(images_of(row)):
        for down, across, _, _, height, width in image.tiles():
            if not _sound(store, place, number, down, across, 2 * height * width * image.channels):
                found.append(image.name)
                break
    return found


def _sound(store: Store, place: int, image: int, down: int, across: int, size: int) -> bool:
    content = store.tile(tile_key(int(store.rows[place]["pair"]), image, down, across))
    return content is not None and len(content) == size + DIGEST and digest_of(content[:size]) == content[size:]


def _checked(store: Store, place: int, image: int, down: int, across: int, size: int) -> bytes:
    if not _sound(store, place, image, down, across, size):
        row = store.rows[place]
        raise FrameError(store.folder, f"{name_of(row)}, {row['images'][image]['name']}: a tile is damaged")
    content = store.tile(tile_key(int(store.rows[place]["pair"]), image, down, across))
    assert content is not None
    return bytes(content)
