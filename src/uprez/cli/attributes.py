"""EXR attribute values as plain Python values, to be shown."""

import struct
from typing import Any

from uprez.frames.types import Attribute

# The layout of each fixed-size attribute type: "OpenEXR File Layout", section "Attribute types".
_LAYOUTS = {
    "box2f": "<4f",
    "box2i": "<4i",
    "chromaticities": "<8f",
    "double": "<d",
    "float": "<f",
    "int": "<i",
    "keycode": "<7i",
    "m33d": "<9d",
    "m33f": "<9f",
    "m44d": "<16d",
    "m44f": "<16f",
    "rational": "<iI",
    "v2d": "<2d",
    "v2f": "<2f",
    "v2i": "<2i",
    "v3d": "<3d",
    "v3f": "<3f",
    "v3i": "<3i",
}


def attribute_value(attribute: Attribute) -> Any:
    """A number, a text or a list of them; for a type without a plain value, or a damaged one, "(type, N bytes)"."""
    kind, data = attribute.type, attribute.data
    if kind == "string":
        return data.decode("utf-8", "backslashreplace")
    if kind == "stringvector" and (texts := _strings(data)) is not None:
        return texts
    if kind == "timecode" and len(data) == 8:
        return _timecode(*struct.unpack("<II", data))
    if kind == "floatvector" and len(data) % 4 == 0:
        return [_finite(value) for value in struct.unpack(f"<{len(data) // 4}f", data)]
    layout = _LAYOUTS.get(kind)
    if layout is not None and struct.calcsize(layout) == len(data):
        values = [_finite(value) for value in struct.unpack(layout, data)]
        return values[0] if len(values) == 1 else values
    return f"({kind}, {len(data)} bytes)"


def _finite(value: float) -> float | str:
    """JSON has no NaN and no infinity: they are named."""
    if isinstance(value, int):
        return value
    return float(f"{value:.7g}") if abs(value) < float("inf") else str(value)


def _strings(data: bytes) -> list[str] | None:
    texts, place = [], 0
    while place + 4 <= len(data):
        (length,) = struct.unpack_from("<i", data, place)
        place += 4 + length
        if length < 0 or place > len(data):
            return None
        texts.append(data[place - length : place].decode("utf-8", "backslashreplace"))
    return texts if place == len(data) else None


def _timecode(time: int, user: int) -> str:
    """SMPTE 12M binary-coded decimal as hours:minutes:seconds:frames, with a semicolon for drop-frame."""

    def two_digits(shift: int, tens_bits: int) -> int:
        return (time >> shift & 0xF) + 10 * (time >> shift + 4 & (1 << tens_bits) - 1)

    drop = ";" if time >> 6 & 1 else ":"
    text = f"{two_digits(24, 2):02}:{two_digits(16, 3):02}:{two_digits(8, 3):02}{drop}{two_digits(0, 2):02}"
    return f"{text} (user data {user:08x})" if user else text
