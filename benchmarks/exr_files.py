"""EXR files for the checks, without any code of uprez: attributes as raw bytes, pixels by the OpenEXR module."""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR

RawAttributes = dict[str, tuple[str, bytes]]
"""Attribute name to its type and its bytes."""

KAPPA, MU = 0.6, 5000.0
"""Of the transfer T (Bako et al. 2019, as in Vavilala & Meyer 2020)."""


@dataclass(frozen=True)
class ExrPart:
    """A part: attributes byte for byte, and channels as the OpenEXR module reads them."""

    attributes: RawAttributes
    header: dict[str, Any]
    channels: dict[str, np.ndarray]

    def window(self, name: str) -> tuple[int, int, int, int]:
        """x0, y0, x1, y1 as the OpenEXR module says them; both ends inside."""
        return tuple(int(value) for corner in self.header[name] for value in corner)  # type: ignore[return-value]


def read_parts(path: Path) -> list[ExrPart]:
    """Every part of a flat file. AssertionError where the OpenEXR module does not see them all."""
    raw = raw_headers(path)
    with OpenEXR.File(os.fspath(path), separate_channels=True) as file:
        assert len(file.parts) == len(raw), f"OpenEXR reads {len(file.parts)} of {len(raw)} parts"
        return [
            ExrPart(attributes, dict(part.header), {name: channel.pixels for name, channel in part.channels.items()})
            for attributes, part in zip(raw, file.parts, strict=True)
        ]


def raw_headers(path: Path) -> list[RawAttributes]:
    """The headers as the OpenEXR file layout has them: name, type, size, bytes; an empty name ends a header."""
    content = path.read_bytes()
    assert content[:4] == b"\x76\x2f\x31\x01", "not an EXR"
    several, place, headers = bool(content[5] & 0x10), 8, []
    while content[place]:
        attributes: RawAttributes = {}
        while content[place]:
            name, place = _text(content, place)
            kind, place = _text(content, place)
            (size,) = struct.unpack_from("<i", content, place)
            attributes[name] = kind, content[place + 4 : place + 4 + size]
            place += 4 + size
        place += 1
        headers.append(attributes)
        if not several:
            break
    return headers


def _text(content: bytes, place: int) -> tuple[str, int]:
    end = content.index(0, place)
    return content[place:end].decode("latin-1"), end + 1


def write_exr(path: Path, channels: dict[str, np.ndarray], *, compression: str = "ZIP", **attributes: object) -> None:
    """One part of scan lines; channels by name, each in its stored type."""
    header = {"compression": getattr(OpenEXR, f"{compression}_COMPRESSION"), "type": OpenEXR.scanlineimage}
    with OpenEXR.File({**header, **attributes}, channels) as file:
        file.write(os.fspath(path))


def compressed(linear: np.ndarray) -> np.ndarray:
    """T, odd about zero, float64."""
    linear = linear.astype(np.float64)
    return np.sign(linear) * KAPPA * np.log1p(MU * np.abs(linear)) / np.log1p(MU)


def around(plane: np.ndarray, reach: int, choose: np.ufunc) -> np.ndarray:
    """np.minimum or np.maximum over the (2 reach + 1)² samples around each; the edge repeats."""
    result = plane
    for axis in (0, 1):
        padding = [(reach, reach) if axis == k else (0, 0) for k in (0, 1)]
        wide = np.pad(result, padding, mode="edge")
        size = plane.shape[axis]
        result = choose.reduce([wide.take(range(k, k + size), axis) for k in range(2 * reach + 1)])
    return result
