"""Small EXR frames for the tests of commands, written by the OpenEXR module."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR


def write_frame(path: Path, *, seed: int = 0, vectors: bool = False, **attributes: Any) -> Path:
    """A render of 24 x 16 pixels with overscan: RGBA half, depth float, object ids uint, unit normals half; with
    `vectors` motion too, half.
    """
    rng = np.random.default_rng(seed)
    height, width = 16, 24
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "dataWindow": (np.array([-2, -1], np.int32), np.array([width - 3, height - 2], np.int32)),
        "displayWindow": (np.array([0, 0], np.int32), np.array([width - 5, height - 3], np.int32)),
        **attributes,
    }
    colour = rng.uniform(0, 2, (height, width, 4)).astype(np.float16)
    colour[..., 3] = 1
    channels = {name: np.ascontiguousarray(colour[..., i]) for i, name in enumerate("RGBA")}
    channels["Z"] = rng.uniform(1, 9, (height, width)).astype(np.float32)
    channels["id"] = rng.integers(0, 2**32, (height, width), dtype=np.uint32)
    for name, value in zip("XYZ", (0.0, 0.6, 0.8), strict=True):
        channels[f"N.{name}"] = np.full((height, width), value, np.float16)
    for name in "uv" if vectors else "":
        channels[f"motion.{name}"] = rng.uniform(-9, 9, (height, width)).astype(np.float16)
    with OpenEXR.File(header, channels) as file:
        file.write(str(path))
    return path


def write_colours(path: Path, colours: Mapping[str, float]) -> Path:
    """16 x 16 pixels of flat grey layers: "" is the beauty, "lg_key." a layer."""
    channels = {
        f"{prefix}{c}": np.full((16, 16), value, np.float16) for prefix, value in colours.items() for c in "RGB"
    }
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))
    return path


def read_channels(path: Path) -> dict[str, np.ndarray]:
    """Every channel of a one-part file by name, in its own type."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels().items()}
