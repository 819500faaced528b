"""What a pair's files hold beside the beauty and without its light, as planes that can be compared."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.frames import DecodePool, open_frame
from uprez.layers.picture import find_picture

Plane = NDArray[np.float32]


def read_guides(lr: Path, hr: Path, pool: DecodePool) -> list[tuple[Plane, Plane]]:
    """Mean albedo and the three components of normals, those that both files have beside their picture, LR's and
    HR's plane each: 0 to 1, where normals' -1 to 1 become that. Raises FrameError where a file can't be read.
    """
    ours, theirs = _planes(lr, pool), _planes(hr, pool)
    return [(ours[name], theirs[name]) for name in ours if name in theirs]


def _planes(path: Path, pool: DecodePool) -> dict[str, Plane]:
    with open_frame(path, pool=pool) as reader:
        picture = find_picture(reader)
        read = picture.read(reader, [name for name in (*ALBEDO, *NORMAL) if name in picture.places])
    found: dict[str, Plane] = {}
    if set(ALBEDO) <= read.keys():
        found["albedo"] = np.stack([read[name] for name in ALBEDO]).astype(np.float32).mean(axis=0)
    if set(NORMAL) <= read.keys():
        found |= {name: (read[name].astype(np.float32) + np.float32(1)) / np.float32(2) for name in NORMAL}
    return found


ALBEDO = ("albedo.R", "albedo.G", "albedo.B")
NORMAL = ("normal.X", "normal.Y", "normal.Z")
