"""Which colour space an image file is in, and the ways between it, scene-linear Rec.709 and the display.

EXR is scene-linear by definition. For other files the first row that holds decides:

    the file                                       is taken to be in
    stores floating point (TIFF, HDR)              Linear Rec.709
    DPX, transfer "Logarithmic",                   Cineon log (below)
        "Printing density"
    DPX, transfer "Linear"                         Linear Rec.709
    DPX, a video transfer (ITU-R, SMPTE 274M)      Camera Rec.709 (the inverse of the ITU-R BT.709 camera curve)
    DPX, transfer unsaid, 10 bits                  Cineon log (film scans are)
    integers with a known ICC profile              sRGB, Display P3, Adobe RGB, grey gamma 2.2
    integers with another ICC profile              declined
    integers that name a space OCIO knows (PNG)    that space
    any other integers                             sRGB

The curves invert the *encoding*, never a tone map: sRGB 1.0 becomes linear 1.0 and back. Names are those of
OpenColorIO's built-in studio config, pinned, so that a newer OpenColorIO changes no pixel.

Cineon log: code values 0-1023, 0.002 printing density a code, film gamma 0.6, reference white 685 to linear 1.0,
reference black 95 to 0.0 (Kodak, Conversion of 10-bit Log Film Data to 8-bit Linear or Video Data, 1995).

EXR has primaries of its own: `to_rec709` brings them to Rec.709 for what can show nothing else.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from uprez.errors import UsageError

Array = NDArray[np.float32]

CONFIG = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
LINEAR = "Linear Rec.709 (sRGB)"
SRGB = "sRGB Encoded Rec.709 (sRGB)"
VIDEO = "Camera Rec.709"
CINEON = "Cineon"

HALF_MAX = 65504.0
"""Largest finite half: what an infinity is shown as."""

REC709: tuple[float, ...] = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""Chromaticities of Rec.709 as EXR writes them: red, green, blue, white, each x y (ITU-R BT.709-6)."""

_DPX_TRANSFERS: Mapping[str, str] = {
    "Logarithmic": CINEON,
    "Printing density": CINEON,
    "Linear": LINEAR,
    "Unspecified video": VIDEO,
    "SMPTE 274M": VIDEO,
    "ITU-R 709-4": VIDEO,
    "ITU-R 601-5 system B or G": VIDEO,
    "ITU-R 601-5 system M": VIDEO,
}
_ICC_PROFILES: Mapping[str, str] = {
    "srgb": SRGB,
    "display p3": "sRGB Encoded P3-D65",
    "adobe rgb (1998)": "Gamma 2.2 Encoded AdobeRGB",
    "gray gamma 2.2": "Gamma 2.2 Encoded Rec.709",
}

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
"""XYZ to the sharpened cone responses in which white is adapted (Lindbloom, Chromatic Adaptation, "Bradford")."""

_DENSITY_CODES = 0.6 / 0.002
_WHITE, _BLACK = 685.0, 95.0


@dataclass(frozen=True)
class DisplayShader:
    """`to_display` for a GPU, as OpenColorIO writes it."""

    name: str
    """The view and the display, for people."""
    function: str
    """What `text` defines: vec4 to vec4, straight from scene-linear Rec.709 to display, alpha kept."""
    text: str
    """GLSL ES 3.0, without version and precision."""
    tables: tuple[tuple[str, Array], ...]
    """The samplers that `text` declares and what they hold: (H, W, 1 or 3), to be read without filtering."""


def find_space(
    *, floating: bool, bits: int, transfer: str | None = None, profile: str | None = None, declared: str | None = None
) -> str | None:
    """The colour space that a file is in, by the table above; None for an ICC profile that uprez does not know.

    floating, bits: how samples are stored. transfer: a DPX file's transfer characteristic, None for other formats.
    profile: the description in an embedded ICC profile. declared: the name that the image library gives the space.
    """
    if floating:
        return LINEAR
    if transfer is not None:
        return _DPX_TRANSFERS.get(transfer, CINEON if bits == 10 else SRGB)
    if profile:
        return next((space for name, space in _ICC_PROFILES.items() if profile.lower().startswith(name)), None)
    found = _config().getColorSpace(declared) if declared else None
    return str(found.getName()) if found is not None else SRGB


def checked_space(name: str) -> str:
    """The full name of a colour space given by name or alias. UsageError, with the nearest name, if there is none."""
    if name == CINEON:
        return CINEON
    found = _config().getColorSpace(name)
    if found is not None:
        return str(found.getName())
    known = [CINEON, *(str(space.getName()) for space in _config().getColorSpaces())]
    nearest = difflib.get_close_matches(name, known, 1, 0.0)[0]
    raise UsageError(f'no colour space "{name}" in OpenColorIO\'s {CONFIG}; the nearest name is "{nearest}"')


def to_linear(colour: Array, space: str) -> Array:
    """(H, W, 3) straight colour in `space` to scene-linear Rec.709, nothing clipped; changed in place and returned."""
    return _apply(_space_processor(space, "decode"), colour)


def from_linear(colour: Array, space: str) -> Array:
    """(H, W, 3) scene-linear Rec.709 to `space`, the inverse of `to_linear`; changed in place and returned."""
    return _apply(_space_processor(space, "encode"), colour)


def to_display(colour: Array) -> Array:
    """(H, W, 3) scene-linear Rec.709 through the default display and view (sRGB, ACES SDR), 0 to 1; in place."""
    return _apply(_display_processor(), colour)


def display_shader() -> DisplayShader:
    """What `to_display` does, in the language of WebGL 2. Infinities and NaN are to be kept from it."""
    ocio, name = _ocio(), "display"
    view = _display_view()
    made = ocio.GpuShaderDesc.CreateShaderDesc(
        language=ocio.GPU_LANGUAGE_GLSL_ES_3_0, functionName=name, resourcePrefix="ocio"
    )
    made.setAllowTexture1D(False)
    _config().getProcessor(view).getDefaultGPUProcessor().extractGpuShaderInfo(made)
    tables = tuple(
        (str(table.samplerName), np.array(table.getValues(), np.float32).reshape(table.height, table.width, -1))
        for table in made.getTextures()
    )
    return DisplayShader(f"{view.getView()}, {view.getDisplay()}", name, str(made.getShaderText()), tables)


def to_rec709(pixels: Array, chromaticities: Sequence[float] | None) -> Array:
    """(H, W, 3 or 4) scene-linear in the primaries that an EXR says to scene-linear Rec.709; alpha stays. Colour may be
    premultiplied. Nothing is clipped.
    """
    matrix = rec709_matrix(chromaticities)
    if np.array_equal(matrix, np.eye(3)):
        return pixels
    return np.concatenate([pixels[..., :3] @ matrix.T.astype(np.float32), pixels[..., 3:]], axis=2)


def rec709_matrix(chromaticities: Sequence[float] | None) -> NDArray[np.float64]:
    """(3, 3), linear R G B in these primaries to linear R G B of Rec.709, white adapted to white (Bradford).

    chromaticities: red, green, blue, white, each x y (CIE 1931), as in `REC709`. The identity for those of Rec.709, for
    None, which EXR defines to be Rec.709, and for numbers that span no colours.
    """
    # EXR stores float32.
    if chromaticities is None or np.allclose(chromaticities, REC709, rtol=0, atol=1e-6):
        return np.eye(3)
    ours, theirs = _xyz_matrix(REC709), _xyz_matrix(chromaticities)
    if ours is None or theirs is None:
        return np.eye(3)
    cones, white = (_BRADFORD @ to_xyz.sum(axis=1) for to_xyz in (theirs, ours))
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(white / cones) @ _BRADFORD
    matrix: NDArray[np.float64] = np.linalg.inv(ours) @ adapted @ theirs
    return matrix


def _xyz_matrix(chromaticities: Sequence[float]) -> NDArray[np.float64] | None:
    """Linear R G B to CIE XYZ with the white at Y = 1 (SMPTE RP 177-1993, section 3.3); None where there is none."""
    x, y = np.asarray(chromaticities, np.float64).reshape(4, 2).T
    if not (np.isfinite([x, y]).all() and y[3] > 0):
        return None
    points = np.stack([x, y, 1 - x - y])
    primaries, white = points[:, :3], points[:, 3] / y[3]
    if abs(np.linalg.det(primaries)) < 1e-6 or (_BRADFORD @ white).min() <= 0:
        return None
    return primaries * np.linalg.solve(primaries, white)


def _apply(processor: Any, colour: Array) -> Array:
    processor.applyRGB(colour)
    return colour


@cache
def _config() -> Any:
    return _ocio().Config.CreateFromBuiltinConfig(CONFIG)


@cache
def _space_processor(space: str, direction: Literal["decode", "encode"]) -> Any:
    config = _config()
    if space == CINEON:
        processor = config.getProcessor(_cineon(direction))
    else:
        processor = config.getProcessor(*((space, LINEAR) if direction == "decode" else (LINEAR, space)))
    # The default takes powers by an approximation that makes 1.000024 of white.
    return processor.getOptimizedCPUProcessor(_ocio().OPTIMIZATION_LOSSLESS)


@cache
def _display_processor() -> Any:
    return _config().getProcessor(_display_view()).getDefaultCPUProcessor()


def _display_view() -> Any:
    config, display = _config(), _config().getDefaultDisplay()
    return _ocio().DisplayViewTransform(src=LINEAR, display=display, view=config.getDefaultView(display))


def _cineon(direction: Literal["decode", "encode"]) -> Any:
    """log = slope log10(lin_slope lin + lin_offset) + offset, so that code 95 is linear 0 and code 685 linear 1."""
    ocio = _ocio()
    black = 10.0 ** ((_BLACK - _WHITE) / _DENSITY_CODES)
    curve = ocio.LogAffineTransform(
        logSideSlope=[_DENSITY_CODES / 1023] * 3,
        logSideOffset=[_WHITE / 1023] * 3,
        linSideSlope=[1.0 - black] * 3,
        linSideOffset=[black] * 3,
        direction=ocio.TRANSFORM_DIR_INVERSE if direction == "decode" else ocio.TRANSFORM_DIR_FORWARD,
    )
    curve.setBase(10.0)
    return curve


def _ocio() -> Any:
    """OpenColorIO, imported when first needed: commands that touch no pixels start without it."""
    import PyOpenColorIO

    return PyOpenColorIO
