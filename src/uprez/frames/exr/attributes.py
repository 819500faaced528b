"""EXR attribute values: which bytes are well formed, and the few that describe the picture itself.

Source: "OpenEXR File Layout" (openexr.com), sections "Attribute Types" and "Predefined Attribute Types".
Every function raises `MalformedError` with half a sentence; the caller knows the file.
"""

import struct
from collections.abc import Sequence
from itertools import pairwise

from uprez.frames.types import Channel, SampleType, TileMode, Tiling, Window

NAME_BYTES = 255  # longest attribute, type or channel name; 31 where the long-names flag is off
SAMPLE_TYPES: tuple[SampleType, ...] = ("uint", "half", "float")
TILE_MODES: tuple[TileMode, ...] = ("one", "mipmap", "ripmap")

_FIXED_SIZES = {
    "box2f": 16, "box2i": 16, "chromaticities": 32, "compression": 1, "double": 8, "envmap": 1, "float": 4, "int": 4,
    "keycode": 28, "lineOrder": 1, "m33d": 72, "m33f": 36, "m44d": 128, "m44f": 64, "rational": 8, "tiledesc": 9,
    "timecode": 8, "v2d": 16, "v2f": 8, "v2i": 8, "v3d": 24, "v3f": 12, "v3i": 12, "deepImageState": 1,
}  # fmt: skip


class MalformedError(Exception):
    """Bytes that are not what the EXR standard says; the text completes "the file is malformed: …"."""


def check_value(name: str, kind: str, data: bytes) -> None:
    """Refuses a value whose length contradicts its type; types that the standard does not know pass untouched."""
    expected = _FIXED_SIZES.get(kind)
    if expected is not None and len(data) != expected:
        raise MalformedError(f"attribute {name!r} of type {kind} has {len(data)} bytes instead of {expected}")
    if kind == "preview":
        _check_preview(name, data)
    elif kind == "stringvector":
        _check_string_vector(name, data)
    elif kind == "floatvector" and len(data) % 4:
        raise MalformedError(f"attribute {name!r} is a floatvector of {len(data)} bytes")
    elif kind == "chlist":
        parse_channels(data)


def _check_preview(name: str, data: bytes) -> None:
    if len(data) < 8:
        raise MalformedError(f"attribute {name!r} is a preview image without a size")
    width, height = struct.unpack_from("<II", data)
    if len(data) != 8 + 4 * width * height:
        raise MalformedError(f"attribute {name!r} says {width} x {height} preview pixels but does not hold them")


def _check_string_vector(name: str, data: bytes) -> None:
    at = 0
    while at < len(data):
        length = struct.unpack_from("<i", data, at)[0] if at + 4 <= len(data) else -1
        if length < 0 or at + 4 + length > len(data):
            raise MalformedError(f"attribute {name!r} says more string bytes than it holds")
        at += 4 + length


def decode_name(raw: bytes, what: str) -> str:
    """UTF-8, not empty, at most 255 bytes."""
    if not 0 < len(raw) <= NAME_BYTES:
        raise MalformedError(f"{what} of {len(raw)} bytes")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError(f"{what} that is not UTF-8 ({raw[:40]!r})") from None


def parse_channels(data: bytes) -> tuple[Channel, ...]:
    """The channel list, in the order of the samples: sorted by name, whatever order the list has."""
    channels = []
    at = 0
    while at < len(data) and data[at]:
        end = data.find(b"\0", at, at + NAME_BYTES + 1)
        if end < 0 or end + 17 > len(data):
            raise MalformedError("the channel list is cut off")
        name = decode_name(data[at:end], "a channel name")
        kind, p_linear, x_sampling, y_sampling = struct.unpack_from("<iB3xii", data, end + 1)
        if not 0 <= kind < len(SAMPLE_TYPES):
            raise MalformedError(f"channel {name!r} has the unknown sample type {kind}")
        if not (1 <= x_sampling <= 1 << 16 and 1 <= y_sampling <= 1 << 16):
            raise MalformedError(f"channel {name!r} is sampled every {x_sampling} x {y_sampling} pixels")
        channels.append(Channel(name, SAMPLE_TYPES[kind], x_sampling, y_sampling, bool(p_linear)))
        at = end + 17
    if at != len(data) - 1:
        raise MalformedError("the channel list does not end where it should")
    channels.sort(key=_sort_key)
    for previous, channel in pairwise(channels):
        if previous.name == channel.name:
            raise MalformedError(f"channel {channel.name!r} is there twice")
    return tuple(channels)


def _sort_key(channel: Channel) -> bytes:
    return channel.name.encode()


def channels_bytes(channels: Sequence[Channel]) -> bytes:
    """The inverse of `parse_channels`."""
    rows = []
    for channel in sorted(channels, key=_sort_key):
        kind = SAMPLE_TYPES.index(channel.type)
        rows.append(channel.name.encode() + b"\0")
        rows.append(struct.pack("<iB3xii", kind, channel.p_linear, channel.x_sampling, channel.y_sampling))
    return b"".join(rows) + b"\0"


def parse_window(name: str, data: bytes, limit: int) -> Window:
    """A box2i that is not empty and stays within ±limit."""
    window = Window(*struct.unpack("<4i", data))
    if window.width < 1 or window.height < 1:
        raise MalformedError(f"{name} {_corners(window)} is empty")
    check_window(name, window, limit)
    return window


def check_window(name: str, window: Window, limit: int) -> None:
    if min(window.x_min, window.y_min) < -limit or max(window.x_max, window.y_max) > limit:
        raise MalformedError(f"{name} {_corners(window)} reaches beyond ±{limit}")


def _corners(window: Window) -> str:
    return f"({window.x_min}, {window.y_min})-({window.x_max}, {window.y_max})"


def window_bytes(window: Window) -> bytes:
    return struct.pack("<4i", window.x_min, window.y_min, window.x_max, window.y_max)


def parse_tiling(data: bytes) -> Tiling:
    width, height, mode = struct.unpack("<IIB", data)
    if width < 1 or height < 1:
        raise MalformedError(f"tiles of {width} x {height} pixels")
    if mode & 15 >= len(TILE_MODES) or mode >> 4 > 1:
        raise MalformedError(f"unknown tile mode {mode:#04x}")
    return Tiling(width, height, TILE_MODES[mode & 15], bool(mode >> 4))


def tiling_bytes(tiling: Tiling) -> bytes:
    return struct.pack("<IIB", tiling.width, tiling.height, TILE_MODES.index(tiling.mode) | tiling.round_up << 4)
