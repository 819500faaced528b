"""Frames that are not EXR (TIFF, DPX, PNG, JPEG, Radiance HDR): to scene-linear Rec.709 and premultiplied, and back.

The colour rule is the table of `uprez.frames.color`. Alpha, by what the file says of it:

    unassociated (PNG, some TIFF)   colour is linearised, then multiplied by alpha
    associated (most TIFF)          colour is divided by alpha, linearised, multiplied again; where alpha is 0 it is
    light
                                    without coverage and is linearised as it stands
    unsaid (DPX)                    colour is linearised as it stands, and taken as premultiplied

Grey is colour whose three channels are the same. Results go out by the inverse rule (`write_image`).

OpenImageIO reports by return values and messages; each is looked at here. It can also die on malformed files: call
`read_image` where that does not matter, in the decode worker.
"""

import math
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from uprez.errors import DeclinedError, FrameError
from uprez.frames import color
from uprez.frames.types import Attribute, Channel, FrameHeader, Part, SampleType, Window

if TYPE_CHECKING:
    import OpenImageIO

Array = NDArray[np.float32]

_MAGIC: Final = (
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),
    (b"MM\0+", "tiff"),
    (b"SDPX", "dpx"),
    (b"XPDS", "dpx"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"#?RADIANCE", "hdr"),
    (b"#?RGBE", "hdr"),
)
_SAMPLES: Final[dict[str, SampleType]] = {
    "uint8": "half",
    "uint16": "half",
    "half": "half",
    "float": "float",
    "double": "float",
}
_CHANNELS: Final = (("R", "G", "B"), ("R", "G", "B", "A"), ("Y",), ("Y", "A"))

MOST_PACKED = 4096
"""No codec here packs tighter than this many bytes into one (LZW and JPEG come near): more is a lie about the size."""
FURTHEST = 1 << 24
"""Data windows beyond this many pixels from the origin are damage, not pictures."""


def image_format(path: Path) -> str | None:
    """OpenImageIO's name of the format, told by the first bytes of the file; None where it is none that uprez reads.

    FrameError where `path` is no readable, non-empty, ordinary file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FrameError(path, "not an ordinary file")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise FrameError(path, f"can't be read: {error.strerror}") from error
    if not head:
        raise FrameError(path, "the file is empty")
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def read_image(path: Path, colorspace: str | None = None) -> tuple[FrameHeader, dict[str, Array]]:
    """A whole picture: its header as a one-part EXR, and planes (H, W) float32 R G B (A), scene-linear, premultiplied.

    colorspace: what the samples are in, a name or alias of OpenColorIO's studio config or "Cineon", in place of the
    rule. The header says half for integer samples and float for float ones, and keeps windows, pixel aspect and what
    metadata has an EXR counterpart; its string attribute `uprez:colorspace` names the space that was left. Samples
    may be NaN or infinite. FrameError where the file is malformed, cut short or beyond memory; DeclinedError for
    several images in one file, other channels and sample types, or an unknown ICC profile; UsageError for an unknown
    `colorspace`.
    """
    file_format = image_format(path)
    if file_format is None:
        raise FrameError(path, "not an image that uprez reads (EXR, TIFF, DPX, PNG, JPEG, Radiance HDR)")
    picture = _open(path, file_format)
    try:
        spec = picture.spec()
        _check_claims(path, spec)
        _check_single(path, picture)
        space = color.checked_space(colorspace) if colorspace else _space_of(path, file_format, spec)
        pixels = _read_pixels(path, picture, spec)
    except MemoryError as error:
        raise FrameError(path, f"{spec.width} x {spec.height} pixels do not fit into the memory allowed") from error
    finally:
        picture.close()
    pixels = _upright(_linear(pixels, file_format, spec, space), spec.get_int_attribute("Orientation", 1))
    header = _header(path, spec, space, pixels)
    return header, {
        channel.name: np.ascontiguousarray(pixels[..., i]) for i, channel in enumerate(header.parts[0].channels)
    }


def _open(path: Path, file_format: str) -> "OpenImageIO.ImageInput":
    import OpenImageIO

    config = OpenImageIO.ImageSpec()
    # Otherwise unassociated colour comes back multiplied in its encoded form, and is lost where alpha is 0.
    config.attribute("oiio:UnassociatedAlpha", 1)
    picture = OpenImageIO.ImageInput.open(str(path), config)
    if picture is None:
        reason = _message(path, OpenImageIO.geterror()) or "no reason given"
        raise FrameError(path, f"can't be opened as {file_format}: {reason}")
    if picture.format_name() != file_format:
        raise FrameError(path, f"begins like {file_format} but opens as {picture.format_name()}")
    return picture


def _check_claims(path: Path, spec: "OpenImageIO.ImageSpec") -> None:
    """Refuse by the header alone what can't be a picture or could not have been packed into this file."""
    if min(spec.width, spec.height) < 1 or max(abs(spec.x), abs(spec.y), spec.width, spec.height) > FURTHEST:
        raise FrameError(path, f"claims an impossible size: {spec.width} x {spec.height} pixels at {spec.x}, {spec.y}")
    if spec.depth > 1 or spec.deep:
        raise DeclinedError(path, "a volume or deep image, not a flat picture")
    if tuple(spec.channelnames) not in _CHANNELS:
        names = ", ".join(spec.channelnames[:8])
        raise DeclinedError(
            path, f"channels {names}: RGB, RGBA, grey and grey with alpha are read", "convert it to EXR"
        )
    if str(spec.format) not in _SAMPLES:
        raise DeclinedError(path, f"samples are {spec.format}: unsigned 8 and 16 bit, half and float are read")
    claimed, held = spec.image_bytes(native=True), path.stat().st_size
    if claimed > held * MOST_PACKED:
        raise FrameError(path, f"claims {spec.width} x {spec.height} pixels, which {held} bytes can't hold")


def _check_single(path: Path, picture: "OpenImageIO.ImageInput") -> None:
    if picture.seek_subimage(1, 0):
        raise DeclinedError(path, "holds several images", "save each as a file of its own")
    picture.geterror()  # TIFF says there "could not seek": no fault of the first image.
    if not picture.seek_subimage(0, 0):
        raise FrameError(path, f"can't be read: {_message(path, picture.geterror()) or 'no first image'}")


def _read_pixels(path: Path, picture: "OpenImageIO.ImageInput", spec: "OpenImageIO.ImageSpec") -> Array:
    """(H, W, C) float32 as stored, integers over their full range as 0 to 1."""
    import OpenImageIO

    pixels = picture.read_image(0, 0, 0, spec.nchannels, OpenImageIO.FLOAT)
    problem = _message(path, picture.geterror())
    # JPEG gives grey pixels *and* a message for what is missing, DPX neither pixels nor a message.
    if pixels is None or problem:
        raise FrameError(path, f"the pixels can't be read: {problem or 'the file is cut short'}")
    stored: Array = np.asarray(pixels, np.float32).reshape(spec.height, spec.width, spec.nchannels)
    bits = _bits(spec)
    if bits in (10, 12):
        # These are widened to 16 bits by repeating their top bits, which is not quite code / (2^bits - 1).
        top = np.float32((1 << bits) - 1)
        np.divide(np.rint(np.multiply(stored, top, out=stored), out=stored), top, out=stored)
    return stored


def _space_of(path: Path, file_format: str, spec: "OpenImageIO.ImageSpec") -> str:
    profile = spec.get_string_attribute("ICCProfile:profile_description") or None
    space = color.find_space(
        floating=_floating(spec),
        bits=_bits(spec),
        transfer=spec.get_string_attribute("dpx:Transfer") if file_format == "dpx" else None,
        profile=profile,
        declared=spec.get_string_attribute("oiio:ColorSpace") or None,
    )
    if space is None:
        raise DeclinedError(
            path, f'its ICC profile "{profile}" is none that uprez knows', "convert it to sRGB or linear EXR"
        )
    return space


def _linear(stored: Array, file_format: str, spec: "OpenImageIO.ImageSpec", space: str) -> Array:
    """(H, W, 3 or 4) scene-linear premultiplied from samples as stored, by the alpha rule above."""
    names = tuple(spec.channelnames)
    colour = np.repeat(stored[..., :1], 3, axis=2) if names[0] == "Y" else np.ascontiguousarray(stored[..., :3])
    if names[-1] != "A":
        return colour if space == color.LINEAR else color.to_linear(colour, space)
    alpha = stored[..., -1:]
    unassociated = bool(spec.get_int_attribute("oiio:UnassociatedAlpha", 0))
    encoded_premultiplied = not unassociated and file_format != "dpx" and space != color.LINEAR
    covered = alpha > 0
    if encoded_premultiplied:
        np.divide(colour, alpha, out=colour, where=covered)
    if space != color.LINEAR:
        color.to_linear(colour, space)
    if unassociated:
        np.multiply(colour, alpha, out=colour)
    elif encoded_premultiplied:
        np.multiply(colour, alpha, out=colour, where=covered)
    return np.concatenate([colour, alpha], axis=2)


def _upright(pixels: Array, orientation: int) -> Array:
    """Rows from the top, columns from the left, by the orientation tag of TIFF and EXIF (TIFF 6.0, section 8)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels


def _header(path: Path, spec: "OpenImageIO.ImageSpec", space: str, pixels: Array) -> FrameHeader:
    height, width, count = pixels.shape
    data = display = Window(0, 0, width - 1, height - 1)
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    if spec.get_int_attribute("Orientation", 1) == 1:
        data = Window(spec.x, spec.y, spec.x + width - 1, spec.y + height - 1)
        whole = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
        if min(whole[2:]) > 0 and max(map(abs, whole)) <= FURTHEST:
            display = Window(whole[0], whole[1], whole[0] + whole[2] - 1, whole[1] + whole[3] - 1)
    part = Part(
        name=None,
        view=None,
        channels=tuple(Channel(name, _SAMPLES[str(spec.format)]) for name in "RGBA"[:count]),
        data_window=data,
        display_window=display,
        pixel_aspect=aspect if math.isfinite(aspect) and 0.01 <= aspect <= 100 else 1.0,
        compression="zip",
        line_order="increasing_y",
        tiling=None,
        attributes=_attributes(spec, space),
    )
    return FrameHeader(path, (part,))


def _attributes(spec: "OpenImageIO.ImageSpec", space: str) -> dict[str, Attribute]:
    """What EXR has a standard attribute for, by that name."""
    found = {
        "chromaticities": Attribute("chromaticities", struct.pack("<8f", *color.REC709)),
        "uprez:colorspace": Attribute("string", space.encode()),
    }
    for theirs, ours in (("ImageDescription", "comments"), ("Copyright", "owner"), ("DateTime", "capDate")):
        if text := spec.get_string_attribute(theirs):
            found[ours] = Attribute("string", text.encode("utf-8", "replace"))
    for theirs, ours, form in (("smpte:TimeCode", "timeCode", "<2I"), ("smpte:KeyCode", "keyCode", "<7i")):
        values: Any = spec.getattribute(theirs)
        if isinstance(values, tuple) and len(values) == struct.calcsize(form) // 4:
            found[ours] = Attribute(ours.lower(), struct.pack(form, *values))
    return found


def _bits(spec: "OpenImageIO.ImageSpec") -> int:
    return spec.get_int_attribute("oiio:BitsPerSample", 0) or 8 * spec.format.size()


def _floating(spec: "OpenImageIO.ImageSpec") -> bool:
    return str(spec.format) in ("half", "float", "double")


def _message(path: Path, text: str) -> str:
    """One line, without the path that the error names anyway."""
    return " ".join(text.replace(f'("{path}")', "").replace(str(path), "").split())
