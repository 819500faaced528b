"""Results that are not EXR: scene-linear premultiplied pixels out by the inverse of the rule that reads them.

    .tif .tiff   float32, linear, alpha associated
    .hdr         RGBE, linear
    .dpx         10 bit, Cineon log, alpha as it stands
    .png         16 bit sRGB, alpha unassociated
    .jpg .jpeg   8 bit sRGB

JPEG and HDR hold no alpha: the colour, premultiplied, stands over black. Integers clip what lies outside their range,
RGBE what is negative, and unassociated alpha forgets light without coverage: EXR is the format that keeps a frame.
"""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError, UsageError
from uprez.files.whole import whole_file
from uprez.frames import color
from uprez.frames.types import Part

if TYPE_CHECKING:
    import OpenImageIO

Array = NDArray[np.float32]
Codes = NDArray[np.uint8] | NDArray[np.uint16]
Samples = Array | Codes


@dataclass(frozen=True)
class Encoding:
    """How one format stores a picture. bits: 32 is float, less unsigned integers. alpha: none, straight or kept."""

    format: str
    space: str
    bits: int
    alpha: str
    attributes: Mapping[str, str | int]


_TIFF = Encoding("tiff", color.LINEAR, 32, "kept", {"compression": "zip"})
_PNG = Encoding("png", color.SRGB, 16, "straight", {})
_JPEG = Encoding("jpeg", color.SRGB, 8, "none", {"Compression": "jpeg:95", "jpeg:subsampling": "4:4:4"})
_DPX = Encoding("dpx", color.CINEON, 10, "kept", {"oiio:BitsPerSample": 10, "oiio:ColorSpace": "KodakLog"})
_HDR = Encoding("hdr", color.LINEAR, 32, "none", {})

ENCODINGS: Final[Mapping[str, Encoding]] = {
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".hdr": _HDR,
    ".dpx": _DPX,
    ".png": _PNG,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
}
"""By file name extension, what `write_image` makes."""
DISPLAY_PNG: Final = replace(_PNG, bits=8, alpha="none")


def write_image(path: Path, linear: Array, *, description: str = "", source: Part | None = None) -> None:
    """Write (H, W, 3 or 4) scene-linear Rec.709, premultiplied, in the format that the extension of `path` names.

    description: text that TIFF, PNG, JPEG and DPX carry along. source: where its pixel aspect, time code and key code
    come from, as far as the format holds them. NaN becomes 0. The file is read back before it takes its
    name; the same input gives the same bytes. UsageError for an extension that is not in `ENCODINGS`; FrameError where
    the disk or the format does not take the picture.
    """
    encoding = ENCODINGS.get(path.suffix.lower())
    if encoding is None:
        raise UsageError(f"{path}: results are written as .exr, {', '.join(ENCODINGS)}")
    store(path, encode(linear, encoding), encoding, description, source)


def encode(linear: Array, encoding: Encoding) -> Samples:
    """(H, W, 3 or 4) scene-linear premultiplied to the samples stored, alpha dropped or unassociated as told."""
    pixels: Array = np.array(linear[..., : 3 if encoding.alpha == "none" else 4], np.float32, order="C")
    np.nan_to_num(pixels, copy=False)
    colour, alpha = np.ascontiguousarray(pixels[..., :3]), pixels[..., 3:]
    if encoding.alpha == "straight" and alpha.size:
        np.divide(colour, alpha, out=colour, where=alpha > 0)
    if encoding.space != color.LINEAR:
        color.from_linear(colour, encoding.space)
    pixels[..., :3] = colour
    return pixels if encoding.bits == 32 else quantised(pixels, encoding.bits)


def quantised(pixels: Array, bits: int) -> Codes:
    """0 to 1, clipped, to the nearest of 2^bits codes; 10 bit codes stand in the top bits of 16, repeated below."""
    codes: Array = np.rint(np.clip(pixels, 0.0, 1.0) * np.float32((1 << bits) - 1))
    if bits == 8:
        return codes.astype(np.uint8)
    # OpenImageIO cuts 16 bits down to 10 without rounding, so the codes are made here.
    words: NDArray[np.uint16] = codes.astype(np.uint16)
    return words if bits == 16 else np.bitwise_or(words << (16 - bits), words >> (2 * bits - 16))


def store(path: Path, samples: Samples, encoding: Encoding, description: str = "", source: Part | None = None) -> None:
    """Write samples (H, W, C) as they are, atomically, and read them back. FrameError as for `write_image`."""
    with whole_file(path, FrameError) as part:
        if encoding.format == "jpeg" and hasattr(os, "memfd_create"):
            # libjpeg ends the whole process when the disk is full, so it writes to memory.
            with os.fdopen(os.memfd_create("jpeg"), "rb") as memory:
                _write(Path(f"/proc/self/fd/{memory.fileno()}"), path, samples, encoding, description, source)
                part.write_bytes(memory.read())
        else:
            _write(part, path, samples, encoding, description, source)
        if encoding.format == "dpx":
            _clean_dpx_header(part, path.name)
        _read_back(part, path, samples, exact=encoding.format in ("tiff", "png", "dpx"))


def _write(part: Path, path: Path, samples: Samples, encoding: Encoding, description: str, source: Part | None) -> None:
    import OpenImageIO

    height, width, channels = samples.shape
    spec = OpenImageIO.ImageSpec(width, height, channels, str(samples.dtype).replace("float32", "float"))
    for name, value in encoding.attributes.items():
        spec.attribute(name, value)
    if encoding.alpha == "straight":
        spec.attribute("oiio:UnassociatedAlpha", 1)
    # A missing date becomes the time of writing, and then no two runs give the same bytes.
    spec.attribute("DateTime", "")
    if description:
        spec.attribute("ImageDescription", description)
    if source is not None:
        _take_over(spec, source)
    output = OpenImageIO.ImageOutput.create(encoding.format)
    if output is None:
        raise FrameError(path, f"OpenImageIO is built without {encoding.format}")
    # TIFF leaves a message about EXIF even when all went well: only what the calls return counts.
    done = output.open(str(part), spec) and output.write_image(samples)
    if not (output.close() and done):
        raise FrameError(path, f"can't be written: {' '.join(output.geterror().split()) or 'no reason given'}")


def _take_over(spec: "OpenImageIO.ImageSpec", source: Part) -> None:
    import OpenImageIO

    if source.pixel_aspect != 1:
        spec.attribute("PixelAspectRatio", source.pixel_aspect)
    for ours, theirs, kind, form in (
        ("timeCode", "smpte:TimeCode", OpenImageIO.TypeTimeCode, "<2I"),
        ("keyCode", "smpte:KeyCode", OpenImageIO.TypeKeyCode, "<7i"),
    ):
        found = source.attributes.get(ours)
        if found is not None and len(found.data) == struct.calcsize(form):
            spec.attribute(theirs, kind, struct.unpack(form, found.data))


def _clean_dpx_header(part: Path, name: str) -> None:
    """The image file name field, 100 bytes at 36 (SMPTE 268M), holds the temporary path: put the final name there."""
    with part.open("r+b") as file:
        file.seek(36)
        file.write(name.encode("ascii", "replace")[:99].ljust(100, b"\0"))


def _read_back(part: Path, path: Path, samples: Samples, *, exact: bool) -> None:
    """close() reports success with lines missing, on a full disk for one: only pixels that can be read again count."""
    import OpenImageIO

    config = OpenImageIO.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    picture = OpenImageIO.ImageInput.open(str(part), config)
    found = None
    if picture is not None:
        found = picture.read_image(0, 0, 0, samples.shape[2], str(samples.dtype).replace("float32", "float"))
        picture.close()
    if found is None or found.shape != samples.shape or (exact and not np.array_equal(found, samples)):
        raise FrameError(path, "does not read back as it was written", "check that the disk is not full")
