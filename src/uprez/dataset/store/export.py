"""A part of a store as a store of its own."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from uprez.dataset.store.encode import Encoded
from uprez.dataset.store.layout import DATA_FILE, DIGEST, Row
from uprez.dataset.store.reader import Store
from uprez.dataset.store.transfer import encoded_in
from uprez.dataset.store.writer import StoreWriter
from uprez.errors import UsageError


def export_store(
    folder: Path,
    output: Path,
    is_wanted: Callable[[Row], bool],
    *,
    images: Sequence[str] = (),
    report: Callable[[int], None] = lambda total: None,
) -> int:
    """Copy the wanted pairs of a store into a new one, with all of their images or `images` alone; how many.

    Splits stay as they are. report: hears of each pair, and how many there are. Raises UsageError where `output` is
    there already or nothing is wanted, FrameError where a tile is damaged.
    """
    if (output / DATA_FILE).exists():
        raise UsageError(f"{output}: is there already; name a new folder")
    with Store(folder) as store:
        places = [place for place, row in enumerate(store.rows) if is_wanted(row)]
        if not places:
            raise UsageError(f"{folder}: holds no such pairs; uprez dataset info says what it holds")
        shares = {name: store.facts[name] for name in ("validation", "test")}
        with StoreWriter(output, **shares) as writer:
            for place in places:
                writer.add(_only(encoded_in(store, place), images))
                report(len(places))
    return len(places)


def _only(encoded: Encoded, names: Sequence[str]) -> Encoded:
    if not names:
        return encoded
    kept = [k for k, image in enumerate(encoded.row["images"]) if image["name"] in names]
    tiles = [encoded.tiles[k] for k in kept]
    digests = b"".join(tile[-DIGEST:] for of_image in tiles for _, _, tile in of_image)
    row = encoded.row | {
        "images": [encoded.row["images"][k] for k in kept],
        "sha256": hashlib.sha256(digests).hexdigest(),
    }
    return replace(encoded, row=row, tiles=tiles)
