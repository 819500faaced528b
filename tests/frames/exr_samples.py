"""Small EXR frames for the tests, and the corpus of odd ones where it is there."""

import hashlib
import json
import os
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import Attribute, Channel, DecodePool, FrameHeader, FrameWriter, Part, Window, open_frame

Planes = dict[str, NDArray[Any]]
SHARED = Path(os.environ.get("UPREZ_SHARED", Path(__file__).resolve().parents[3] / "shared"))

LOSSLESS = ("none", "rle", "zips", "zip", "piz", "htj2k256", "htj2k32", "zstd")
LOSSY = ("pxr24", "b44", "b44a", "dwaa", "dwab", "lj2k")  # pxr24 only for float channels
RGBA = tuple(Channel(name, "half") for name in "ABGR")


def corpus(wanted: Callable[[str, Mapping[str, Any]], bool]) -> list[Any]:
    """A test case for each file of the corpus that is `wanted(path, expect)`; a skipped one without the corpus."""
    manifest = SHARED / "exr" / "MANIFEST.json"
    if not manifest.is_file():
        reason = f"needs the corpus of EXR files in {manifest.parent} (set UPREZ_SHARED to where it is)"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    files = json.loads(manifest.read_text())["files"]
    return [pytest.param(file, id=file["path"]) for file in files if wanted(file["path"], file["expect"])]


def corpus_path(file: Mapping[str, Any]) -> Path:
    path: Path = SHARED / "exr" / file["path"]
    return path


def part(width: int = 37, height: int = 300, *, x: int = 0, y: int = 0, **changes: Any) -> Part:
    """An RGBA half part whose data window begins at (x, y); `changes` replace its fields."""
    window = Window(x, y, x + width - 1, y + height - 1)
    plain = Part(None, None, RGBA, window, window, 1.0, "zip", "increasing_y", None, {})
    return replace(plain, **changes)


def picture(of: Part, seed: int = 1) -> Planes:
    """Smooth planes with a little noise, in the stored type of each channel; ids above 2^24 for uint."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0 : of.data_window.height, 0 : of.data_window.width]
    planes: Planes = {}
    for number, channel in enumerate(of.channels):
        if channel.type == "uint":
            planes[channel.name] = ((rows // 7 + columns // 5) * 16777259 + number).astype(np.uint32)
        else:
            smooth = np.sin(rows / 9 + number) * np.cos(columns / 7) * 3 + random.normal(0, 0.01, rows.shape)
            planes[channel.name] = smooth.astype(channel.dtype)
    return planes


def write_frame(path: Path, *parts: Part, planes: list[Planes] | None = None, multipart: bool = False) -> list[Planes]:
    """Write the parts whole; returns what was written."""
    written = planes or [picture(one, seed) for seed, one in enumerate(parts)]
    with FrameWriter(path, FrameHeader(path, tuple(parts), multipart or len(parts) > 1)) as writer:
        for number, content in enumerate(written):
            writer.write(number, 0, content)
    return written


def read_frame(path: Path, pool: DecodePool) -> list[Planes]:
    """Every part and channel, whole."""
    with open_frame(path, pool=pool) as reader:
        return [reader.read(number, 0, one.data_window.height) for number, one in enumerate(reader.header.parts)]


def outcome(path: Path, pool: DecodePool) -> str:
    """The refusal of a frame, or a digest of its samples where it is read."""
    try:
        parts = read_frame(path, pool)
    except FrameError as error:
        return str(error)
    samples = b"".join(plane.tobytes() for planes in parts for plane in planes.values())
    return hashlib.sha256(samples).hexdigest()


def same(one: Planes, other: Planes) -> bool:
    """Equal to the bit, NaN and negative zero included."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def exr_attribute(name: str, kind: str, data: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(data)) + data


def exr_file(
    attributes: Mapping[str, Attribute],
    chunks: list[bytes],
    version: int = 2,
    changed_offsets: dict[int, int] | None = None,
) -> bytes:
    """An EXR put together byte by byte, for what no writer would write. chunks: with their heads, in table order."""
    header = b"".join(exr_attribute(name, kept.type, kept.data) for name, kept in attributes.items())
    head = struct.pack("<4sI", b"\x76\x2f\x31\x01", version) + header + b"\0"
    at = len(head) + 8 * len(chunks)
    offsets = []
    for chunk in chunks:
        offsets.append(at)
        at += len(chunk)
    for index, offset in (changed_offsets or {}).items():
        offsets[index] = offset
    return head + struct.pack(f"<{len(chunks)}Q", *offsets) + b"".join(chunks)


def raw_attributes(width: int = 8, height: int = 4, compression: int = 0) -> dict[str, Attribute]:
    """The attributes of a one-channel half frame."""
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    return {
        "channels": Attribute("chlist", b"Y\0" + struct.pack("<iB3xii", 1, 0, 1, 1) + b"\0"),
        "compression": Attribute("compression", bytes([compression])),
        "dataWindow": Attribute("box2i", window),
        "displayWindow": Attribute("box2i", window),
        "lineOrder": Attribute("lineOrder", b"\0"),
        "pixelAspectRatio": Attribute("float", struct.pack("<f", 1)),
        "screenWindowCenter": Attribute("v2f", struct.pack("<2f", 0, 0)),
        "screenWindowWidth": Attribute("float", struct.pack("<f", 1)),
    }


def raw_lines(width: int = 8, height: int = 4) -> list[bytes]:
    """Uncompressed scan lines of such a frame, with their heads."""
    return [struct.pack("<2i", y, 2 * width) + bytes(2 * width) for y in range(height)]
