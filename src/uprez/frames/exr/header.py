"""EXR headers: bytes to `FrameHeader`, every attribute kept byte for byte.

Reading trusts nothing: every length is checked against the file before a byte is fetched, and whatever contradicts the
standard is refused. Frames whose meaning uprez could not keep (deep, subsampled, luminance/chroma) are declined.

Source: "OpenEXR File Layout" (openexr.com), sections "Magic Number", "Version Field", "Header".
"""

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uprez.errors import DeclinedError, FrameError
from uprez.frames.exr.attributes import (
    NAME_BYTES,
    MalformedError,
    check_value,
    decode_name,
    parse_channels,
    parse_tiling,
    parse_window,
)
from uprez.frames.types import Attribute, FrameHeader, LineOrder, Part

MAGIC = b"\x76\x2f\x31\x01"
TILED, LONG_NAMES, NON_IMAGE, MULTIPART = 0x200, 0x400, 0x800, 0x1000

LINES_PER_CHUNK = {
    "none": 1, "rle": 1, "zips": 1, "zip": 16, "piz": 32, "pxr24": 16, "b44": 32, "b44a": 32, "dwaa": 32, "dwab": 256,
    "htj2k256": 256, "htj2k32": 32, "lj2k": 256, "zstd": 1,
}  # fmt: skip
"""Scan lines in one chunk by compression, in the order of the numbers that stand in the file (OpenEXR 3.5)."""
COMPRESSIONS = tuple(LINES_PER_CHUNK)
LINE_ORDERS: tuple[LineOrder, ...] = ("increasing_y", "decreasing_y", "random_y")

SOURCE_LIMIT = 2**29 - 1  # window coordinates of a frame whose double an EXR can still hold
RESULT_LIMIT = 2**30 - 2  # the OpenEXR library refuses windows from INT_MAX / 2 on
HEADER_BYTES = 128 << 20  # Cryptomatte manifests reach some MB; more than this is no header

_STRUCTURE = {
    "channels": "chlist", "compression": "compression", "dataWindow": "box2i", "displayWindow": "box2i",
    "lineOrder": "lineOrder", "pixelAspectRatio": "float",
}  # fmt: skip
_OPTIONAL_STRUCTURE = {"tiles": "tiledesc", "name": "string", "type": "string", "chunkCount": "int"}
ReadBytes = Callable[[int, int], bytes]
"""(offset, count) -> at most `count` bytes of the file."""


@dataclass(frozen=True, slots=True)
class ParsedHeader:
    """A header, where it ends in the file, and the chunk counts that a multi-part file states for each part."""

    header: FrameHeader
    end: int
    chunk_counts: tuple[int | None, ...]


def parse_header(path: Path, read: ReadBytes, file_bytes: int) -> ParsedHeader:
    """Every header of the EXR file whose bytes `read` fetches. FrameError otherwise (see `open_frame`)."""
    try:
        return _parse(path, _Cursor(read, file_bytes))
    except MalformedError as error:
        raise FrameError(path, f"malformed EXR: {error}") from None


class _Cursor:
    """Walks forward through a file; never fetches more than is asked for plus a block."""

    BLOCK = 1 << 16

    def __init__(self, read: ReadBytes, file_bytes: int) -> None:
        self._read = read
        self._limit = min(file_bytes, HEADER_BYTES)
        self._data = bytearray()
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        end = self.at + count
        self._fetch(end)
        if end > len(self._data):
            raise MalformedError(f"it ends within {what}" if self._limit < HEADER_BYTES else f"{what} is too large")
        taken = bytes(self._data[self.at : end])
        self.at = end
        return taken

    def take_text(self, what: str) -> bytes:
        """Up to the next zero byte, which is taken too."""
        self._fetch(self.at + NAME_BYTES + 1)
        end = self._data.find(b"\0", self.at, self.at + NAME_BYTES + 1)
        if end < 0:
            raise MalformedError(f"{what} does not end")
        text = bytes(self._data[self.at : end])
        self.at = end + 1
        return text

    def _fetch(self, end: int) -> None:
        while len(self._data) < min(end, self._limit):
            wanted = min(max(end - len(self._data), self.BLOCK), self._limit - len(self._data))
            fetched = self._read(len(self._data), wanted)
            if not fetched:
                return
            self._data += fetched


def _parse(path: Path, cursor: _Cursor) -> ParsedHeader:
    magic, version = struct.unpack("<4sI", cursor.take(8, "its first 8 bytes"))
    if magic != MAGIC:
        raise MalformedError("it does not begin like one")
    if version & 0xFF != 2 or version & ~(0xFF | TILED | LONG_NAMES | NON_IMAGE | MULTIPART):
        raise MalformedError(f"unknown version or flags {version:#x}")
    multipart = bool(version & MULTIPART)
    if multipart and version & TILED:
        raise MalformedError("it claims to be single-part tiled and multi-part at once")
    parts, counts = [], []
    while True:
        attributes = _parse_attributes(cursor)
        if not attributes and multipart:
            break
        parts.append(_part(path, attributes, version))
        counts.append(_chunk_count(attributes, multipart))
        if not multipart:
            break
    check_parts_agree(parts)
    header = FrameHeader(path, tuple(parts), multipart, bool(version & LONG_NAMES))
    return ParsedHeader(header, cursor.at, tuple(counts))


def _parse_attributes(cursor: _Cursor) -> dict[str, Attribute]:
    attributes: dict[str, Attribute] = {}
    while raw_name := cursor.take_text("an attribute name"):
        name = decode_name(raw_name, "an attribute name")
        kind = decode_name(cursor.take_text(f"the type of attribute {name!r}"), f"attribute {name!r} has a type")
        (size,) = struct.unpack("<i", cursor.take(4, f"attribute {name!r}"))
        if size < 0:
            raise MalformedError(f"attribute {name!r} has {size} bytes")
        data = cursor.take(size, f"attribute {name!r}")
        if name in attributes:
            raise MalformedError(f"attribute {name!r} is there twice")
        check_value(name, kind, data)
        attributes[name] = Attribute(kind, data)
    return attributes


def _part(path: Path, attributes: Mapping[str, Attribute], version: int) -> Part:
    multipart = bool(version & MULTIPART)
    for name, kind in (_STRUCTURE | _OPTIONAL_STRUCTURE).items():
        found = attributes.get(name)
        if found is None and name in _STRUCTURE:
            raise MalformedError(f"attribute {name!r} is missing")
        if found is not None and found.type != kind:
            raise MalformedError(f"attribute {name!r} is of type {found.type} instead of {kind}")
    name_attribute = attributes.get("name")
    part_name = decode_name(name_attribute.data, "a part name") if name_attribute and name_attribute.data else None
    if multipart and part_name is None:
        raise MalformedError("a part has no name")
    tiled = _is_tiled(path, attributes, version)
    compression = attributes["compression"].data[0]
    line_order = attributes["lineOrder"].data[0]
    (pixel_aspect,) = struct.unpack("<f", attributes["pixelAspectRatio"].data)
    if compression >= len(COMPRESSIONS):
        raise MalformedError(f"unknown compression {compression}")
    if line_order >= len(LINE_ORDERS):
        raise MalformedError(f"unknown line order {line_order}")
    if not (math.isfinite(pixel_aspect) and 1e-6 <= pixel_aspect <= 1e6):
        raise MalformedError(f"pixel aspect ratio {pixel_aspect}")
    if tiled and "tiles" not in attributes:
        raise MalformedError("a tiled part does not say its tile size")
    kept = {
        name: attribute
        for name, attribute in attributes.items()
        if name not in _STRUCTURE and (name not in _OPTIONAL_STRUCTURE or _only_copied(name, multipart, tiled))
    }
    view = attributes.get("view")
    part = Part(
        name=part_name,
        view=view.data.decode("utf-8", "replace") if view is not None and view.type == "string" else None,
        channels=parse_channels(attributes["channels"].data),
        data_window=parse_window("dataWindow", attributes["dataWindow"].data, SOURCE_LIMIT),
        display_window=parse_window("displayWindow", attributes["displayWindow"].data, SOURCE_LIMIT),
        pixel_aspect=pixel_aspect,
        compression=COMPRESSIONS[compression],
        line_order=LINE_ORDERS[line_order],
        tiling=parse_tiling(attributes["tiles"].data) if tiled else None,
        attributes=kept,
    )
    _check_channels(path, part)
    return part


def _only_copied(name: str, multipart: bool, tiled: bool) -> bool:
    """`type` is optional in single-part files and `tiles` says nothing of scan lines: kept as they were found there."""
    return (name == "type" and not multipart) or (name == "tiles" and not tiled)


def _is_tiled(path: Path, attributes: Mapping[str, Attribute], version: int) -> bool:
    kind = attributes["type"].data.decode("utf-8", "replace") if "type" in attributes else None
    if kind in ("deepscanline", "deeptile") or (version & NON_IMAGE and not version & MULTIPART):
        raise DeclinedError(path, "it holds deep samples, which uprez does not upscale")
    if kind is None and not version & MULTIPART:
        kind = "tiledimage" if version & TILED else "scanlineimage"
    if kind not in ("scanlineimage", "tiledimage"):
        raise MalformedError("a part does not say its type" if kind is None else f"unknown part type {kind!r}")
    if not version & MULTIPART and (kind == "tiledimage") != bool(version & TILED):
        raise MalformedError(f"its type attribute says {kind}, its flags say otherwise")
    return kind == "tiledimage"


def _check_channels(path: Path, part: Part) -> None:
    if not part.channels:
        raise MalformedError("a part has no channels")
    bases = {channel.name.rpartition(".")[2] for channel in part.channels}
    if {"RY", "BY"} <= bases:
        raise DeclinedError(
            path, "it holds luminance/chroma (Y RY BY), which uprez does not upscale", "convert it to RGB"
        )
    for channel in part.channels:
        if (channel.x_sampling, channel.y_sampling) != (1, 1):
            raise DeclinedError(
                path,
                f"channel {channel.name!r} is subsampled {channel.x_sampling} x {channel.y_sampling}, "
                "which uprez does not upscale",
            )


def _chunk_count(attributes: Mapping[str, Attribute], multipart: bool) -> int | None:
    found = attributes.get("chunkCount")
    if found is None and multipart:
        raise MalformedError("a part does not say its chunk count")
    if found is None or not multipart:
        return None
    count: int = struct.unpack("<i", found.data)[0]
    return count


def check_parts_agree(parts: list[Part]) -> None:
    if not parts:
        raise MalformedError("it has no parts")
    names = [part.name for part in parts]
    for name in names:
        if len(parts) > 1 and names.count(name) > 1:
            raise MalformedError(f"two parts are called {name!r}")
    for part in parts:
        if (part.display_window, part.pixel_aspect) != (parts[0].display_window, parts[0].pixel_aspect):
            raise MalformedError("its parts have different display windows or pixel aspect ratios")
