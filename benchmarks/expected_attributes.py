"""Which attributes of a result rightly differ from its source's, and how; all others must be the same bytes."""

import struct
from collections.abc import Callable

PROVENANCE = {
    "uprez:version": "added to the first part: what made the result",
    "uprez:model": "added to the first part: which model, with the hash of its network",
    "uprez:settings": "added to the first part: what changes pixels",
    "uprez:source": "added to the first part: name, size and hash of the source",
}


def expected(name: str, kind: str, data: bytes) -> tuple[str, bytes] | None:
    """What the result must hold for this attribute of the source; None where it is the container's own business."""
    if name not in EXPECTED:
        return kind, data
    change = EXPECTED[name][1]
    return (kind, change(data)) if change else None


def _window(data: bytes) -> bytes:
    x0, y0, x1, y1 = struct.unpack("<4i", data)
    return struct.pack("<4i", 2 * x0, 2 * y0, 2 * x1 + 1, 2 * y1 + 1)


def _density(data: bytes) -> bytes:
    return struct.pack("<f", 2 * struct.unpack("<f", data)[0])


def _one_level(data: bytes) -> bytes:
    return data[:8] + b"\0"


EXPECTED: dict[str, tuple[str, Callable[[bytes], bytes] | None]] = {
    "dataWindow": ("twice the pixels", _window),
    "displayWindow": ("twice the pixels", _window),
    "originalDataWindow": ("counts pixels of this image", _window),
    "xDensity": ("pixels an inch: twice as many on the same inch", _density),
    "tiles": ("same tile size; smaller levels of mip- and rip-maps are not made anew", _one_level),
    "chunkCount": ("counts the chunks of this very file", None),
}
"""Attribute to the reason why it changes and the change; None: not compared."""
