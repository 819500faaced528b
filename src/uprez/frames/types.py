"""What one file holds, as plain values: windows, channels, parts and their attributes. No pixels, no files."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

SampleType = Literal["half", "float", "uint"]
LineOrder = Literal["increasing_y", "decreasing_y", "random_y"]
TileMode = Literal["one", "mipmap", "ripmap"]
Chromaticities = tuple[float, float, float, float, float, float, float, float]

DTYPES: dict[SampleType, np.dtype[np.generic]] = {
    "half": np.dtype("<f2"),
    "float": np.dtype("<f4"),
    "uint": np.dtype("<u4"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels; both corners belong to it, as in EXR. y grows downwards, origins may be negative."""

    x_min: int
    y_min: int
    x_max: int
    y_max: int

    @property
    def width(self) -> int:
        return self.x_max - self.x_min + 1

    @property
    def height(self) -> int:
        return self.y_max - self.y_min + 1

    def holds(self, other: "Window") -> bool:
        """Whether all of another window lies in it."""
        across = self.x_min <= other.x_min and other.x_max <= self.x_max
        return across and self.y_min <= other.y_min and other.y_max <= self.y_max

    def scaled(self, scale: int) -> "Window":
        """The same rectangle on a grid `scale` times finer: pixel x covers scale*x .. scale*x + scale-1 there."""
        return Window(
            self.x_min * scale, self.y_min * scale, (self.x_max + 1) * scale - 1, (self.y_max + 1) * scale - 1
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """One plane of samples. `p_linear` is the EXR hint that B44 and DWA compressors look at."""

    name: str
    type: SampleType
    x_sampling: int = 1
    y_sampling: int = 1
    p_linear: bool = False

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return DTYPES[self.type]


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tile size in pixels and how smaller levels, if any, are made. Only level 0 is ever read; one level is written."""

    width: int
    height: int
    mode: TileMode = "one"
    round_up: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """An EXR attribute as stored: its type name and its value byte for byte (little-endian, without the size field)."""

    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """One image of a file.

    channels: in the file's order. attributes: every attribute that no other field already says; `view` stands in
    both. compression: lower case as in OpenEXR ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa",
    "dwab", "htj2k256", "htj2k32", "lj2k", "zstd").
    """

    name: str | None
    view: str | None
    channels: tuple[Channel, ...]
    data_window: Window
    display_window: Window
    pixel_aspect: float
    compression: str
    line_order: LineOrder
    tiling: Tiling | None
    attributes: Mapping[str, Attribute]

    def text(self, name: str) -> str | None:
        """The string attribute `name`, or None where there is none of that name and type."""
        found = self.attributes.get(name)
        return found.data.decode("utf-8", "replace") if found is not None and found.type == "string" else None

    @property
    def chromaticities(self) -> Chromaticities | None:
        """Red x y, green x y, blue x y, white x y (CIE 1931), or None where the file does not say."""
        found = self.attributes.get("chromaticities")
        if found is None or found.type != "chromaticities" or len(found.data) != 32:
            return None
        values: Chromaticities = struct.unpack("<8f", found.data)
        return values

    def channel(self, name: str) -> Channel:
        """The channel of that exact name; KeyError where there is none."""
        for channel in self.channels:
            if channel.name == name:
                return channel
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """Everything a file says before its pixels. `long_names`: EXR names longer than 31 bytes are in use."""

    path: Path
    parts: tuple[Part, ...]
    multipart: bool = False
    long_names: bool = False
