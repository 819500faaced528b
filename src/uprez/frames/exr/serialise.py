"""`FrameHeader` to the bytes of an EXR header: the inverse of `exr.header`, every attribute byte for byte.

Attributes are written in the order of their names, as the OpenEXR library writes them.
"""

import struct
from collections.abc import Mapping
from dataclasses import replace

from uprez.errors import FrameError
from uprez.frames.exr.attributes import (
    MalformedError,
    channels_bytes,
    check_value,
    check_window,
    decode_name,
    parse_channels,
    tiling_bytes,
    window_bytes,
)
from uprez.frames.exr.header import (
    COMPRESSIONS,
    LINE_ORDERS,
    LONG_NAMES,
    MAGIC,
    MULTIPART,
    RESULT_LIMIT,
    TILED,
    check_parts_agree,
)
from uprez.frames.types import Attribute, FrameHeader, Part

_DEFAULTS = {
    "screenWindowCenter": Attribute("v2f", struct.pack("<2f", 0, 0)),
    "screenWindowWidth": Attribute("float", struct.pack("<f", 1)),
}
"""Required by the standard, but telling nothing where a frame never had them (images of other formats)."""


def header_bytes(header: FrameHeader, chunk_counts: tuple[int, ...]) -> bytes:
    """The file from its magic number to where the chunk tables begin. Raises FrameError for what EXR can't hold."""
    try:
        for part in header.parts:
            _check_part(part)
        check_parts_agree(list(header.parts))
    except MalformedError as error:
        raise FrameError(header.path, f"no such EXR can be written: {error}") from None
    multipart = header.multipart or len(header.parts) > 1
    version = 2 | (MULTIPART if multipart else TILED if header.parts[0].tiling else 0)
    if header.long_names or _longest_name(header) > 31:
        version |= LONG_NAMES
    blocks = [MAGIC, struct.pack("<I", version)]
    for part, count in zip(header.parts, chunk_counts, strict=True):
        blocks += [_attributes_bytes(_all_attributes(part, count if multipart else None)), b"\0"]
    return b"".join(blocks) + (b"\0" if multipart else b"")


def _check_part(part: Part) -> None:
    """What a part must be so that other readers accept it; raises MalformedError."""
    for name, attribute in part.attributes.items():
        decode_name(name.encode(), "an attribute name")
        check_value(name, attribute.type, attribute.data)
    parse_channels(channels_bytes(part.channels))
    check_window("dataWindow", part.data_window, RESULT_LIMIT)
    check_window("displayWindow", part.display_window, RESULT_LIMIT)


def _all_attributes(part: Part, chunk_count: int | None) -> dict[str, Attribute]:
    stored = _DEFAULTS | dict(part.attributes)
    kind = b"tiledimage" if part.tiling else b"scanlineimage"
    stored |= {
        "channels": Attribute("chlist", channels_bytes(part.channels)),
        "compression": Attribute("compression", bytes([COMPRESSIONS.index(part.compression)])),
        "dataWindow": Attribute("box2i", window_bytes(part.data_window)),
        "displayWindow": Attribute("box2i", window_bytes(part.display_window)),
        "lineOrder": Attribute("lineOrder", bytes([LINE_ORDERS.index(part.line_order)])),
        "pixelAspectRatio": Attribute("float", struct.pack("<f", part.pixel_aspect)),
    }
    if part.name is not None:
        stored["name"] = Attribute("string", part.name.encode())
    if part.tiling is not None:
        stored["tiles"] = Attribute("tiledesc", tiling_bytes(replace(part.tiling, mode="one")))
    if chunk_count is not None:
        stored["chunkCount"] = Attribute("int", struct.pack("<i", chunk_count))
    if chunk_count is not None or "type" in part.attributes:
        stored["type"] = Attribute("string", kind)
    return stored


def _attributes_bytes(attributes: Mapping[str, Attribute]) -> bytes:
    rows = []
    for name, attribute in sorted(attributes.items(), key=lambda item: item[0].encode()):
        rows.append(name.encode() + b"\0" + attribute.type.encode() + b"\0")
        rows.append(struct.pack("<i", len(attribute.data)) + attribute.data)
    return b"".join(rows)


def _longest_name(header: FrameHeader) -> int:
    return max(
        len(name.encode())
        for part in header.parts
        for name in (
            "pixelAspectRatio",
            *part.attributes,
            *(attribute.type for attribute in part.attributes.values()),
            *(channel.name for channel in part.channels),
        )
    )
