"""Display-referred previews: the source, enlarged without smoothing, beside its result, for any viewer.

Pixels go through the default display and view of OpenColorIO's built-in config (sRGB, the ACES SDR tone map),
premultiplied over black; alpha itself is not shown.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.frames import color
from uprez.frames.image_results import DISPLAY_PNG, ENCODINGS, quantised, store

Array = NDArray[np.float32]

DIVIDER = 4
"""Width in pixels of the white line between source and result."""
_BAND = 64
"""Rows converted at once: the float copy stays small beside a large frame."""
_HEAD = 4096
"""Bytes in which a preview's text stands, uncompressed, before its pixels."""


def write_preview(path: Path, source: Array, result: Array, scale: int, *, description: str = "") -> None:
    """Write the 8 bit RGB PNG or JPEG `path`, (H scale) rows of 2 (W scale) + DIVIDER columns: source, then result.

    source: (H, W, 3 or 4), result: (H scale, W scale, 3 or 4), scene-linear Rec.709 premultiplied. NaN shows as
    black, infinities as the brightest white. description: text that the file carries along, see `has_description`.
    The file appears whole or not at all. ValueError for shapes that do not fit; FrameError where the disk won't take
    it.
    """
    height, width = source.shape[:2]
    if result.shape[:2] != (height * scale, width * scale):
        raise ValueError(f"result {result.shape} is not {scale} times the source {source.shape}")
    canvas = np.full((height * scale, 2 * width * scale + DIVIDER, 3), 255, np.uint8)
    canvas[:, : width * scale] = displayed(source).repeat(scale, axis=0).repeat(scale, axis=1)
    canvas[:, width * scale + DIVIDER :] = displayed(result)
    store(path, canvas, ENCODINGS[".jpg"] if path.suffix == ".jpg" else DISPLAY_PNG, description)


def has_description(path: Path, description: str) -> bool:
    """Whether `path` is a preview that was written with that description. Decodes no pixels."""
    try:
        with path.open("rb") as file:
            return description.encode() in file.read(_HEAD)
    except OSError:
        return False


def displayed(linear: Array) -> NDArray[np.uint8]:
    """Scene-linear Rec.709 (H, W, 3 or more) as (H, W, 3) codes of an sRGB display: see the module for the view."""
    shown = np.empty((*linear.shape[:2], 3), np.uint8)

    def convert(first: int) -> None:
        rows: Array = np.array(linear[first : first + _BAND, :, :3], np.float32, order="C")
        np.nan_to_num(rows, copy=False, nan=0.0, posinf=color.HALF_MAX, neginf=-color.HALF_MAX)
        shown[first : first + _BAND] = quantised(color.to_display(rows), 8)

    # The tone map takes seconds a 4K frame on one core; OpenColorIO lets go of the interpreter lock meanwhile.
    with ThreadPoolExecutor() as workers:
        list(workers.map(convert, range(0, linear.shape[0], _BAND)))
    return shown
