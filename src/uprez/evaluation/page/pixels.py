"""A crop's pixels as text that a browser unpacks exactly, and a sheet of small pictures of all crops.

A crop is one zlib stream in base64. For each image come the planes G, R - G, B - G and, where it is not 1 everywhere,
A; then the FLIP map, where there is one. Halves are numbered in their order, from -NaN to NaN, and each is written as
its difference from what its neighbours predict, folded so that small ones are small numbers: all low bytes of a plane,
then all high bytes. Everything wraps at 16 bits, 8 for FLIP, so nothing is lost. `assets/codec.js` reads it.

The prediction is the median edge detector of LOCO-I (Weinberger et al. 2000, The LOCO-I Lossless Image Compression
Algorithm, section III-A), with 0 beyond the upper and the left edge.
"""

import base64
import math
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.evaluation.content import TRUTH, Crop, Shown
from uprez.frames.image_results import ENCODINGS, store
from uprez.frames.preview import displayed

SIDE, COLUMNS = 128, 12
"""Of a small picture in the sheet, pixels; and how many stand in a row."""

_ONE = np.float16(1)


def packed_crop(crop: Crop) -> tuple[list[dict[str, Any]], str]:
    """What each image needs to be unpacked, and the text. ValueError where images are not all of one size."""
    if len({image.pixels.shape for image in crop.images}) != 1:
        raise ValueError(f"{crop.pair}: images of a crop are of one size")
    facts, parts = [], []
    for image in crop.images:
        step = _repeated(image.pixels)
        has_alpha = bool((image.pixels[..., 3] != _ONE).any())
        mean = None if image.flip is None else float(image.flip.mean() / 255)
        facts.append({"method": image.method, "step": step, "alpha": has_alpha, "flip": mean})
        parts += _planes(image, step, has_alpha)
    return facts, base64.b64encode(zlib.compress(b"".join(parts), 9)).decode("ascii")


def _repeated(pixels: NDArray[np.float16]) -> int:
    """2 where each pixel stands for a square of 2 x 2, as in the source, else 1."""
    bits = pixels.view(np.uint16)
    height, width = bits.shape[:2]
    if height % 2 or width % 2:
        return 1
    return 2 if np.array_equal(bits[::2, ::2].repeat(2, 0).repeat(2, 1), bits) else 1


def _planes(image: Shown, step: int, has_alpha: bool) -> list[bytes]:
    red, green, blue, alpha = np.moveaxis(_ordered(image.pixels[::step, ::step]), 2, 0)
    planes = [green, red - green, blue - green, *([alpha] if has_alpha else [])]
    written = []
    for plane in planes:
        rest = _folded(plane - _predicted(plane))
        written += [(rest & 255).astype(np.uint8).tobytes(), (rest >> 8).astype(np.uint8).tobytes()]
    if image.flip is not None:
        written.append((image.flip - _predicted(image.flip)).tobytes())
    return written


def _ordered(halves: NDArray[np.float16]) -> NDArray[np.uint16]:
    bits = np.ascontiguousarray(halves).view(np.uint16)
    return np.where(bits & 0x8000, ~bits, bits | 0x8000).astype(np.uint16)


def _folded(difference: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
    signed = difference.view(np.int16).astype(np.int32)
    return ((signed << 1) ^ (signed >> 15)).astype(np.uint16)


def _predicted(plane: NDArray[Any]) -> NDArray[Any]:
    values = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1), np.int32)
    values[1:, 1:] = plane
    left, above, corner = values[1:, :-1], values[:-1, 1:], values[:-1, :-1]
    return np.clip(left + above - corner, np.minimum(left, above), np.maximum(left, above)).astype(plane.dtype)


def sheet(crops: Sequence[Crop]) -> bytes:
    """A JPEG with a small picture of each crop, the truth where it has one, through the display transform."""
    rows = max(1, math.ceil(len(crops) / COLUMNS))
    canvas = np.zeros((rows * SIDE, COLUMNS * SIDE, 3), np.uint8)
    for number, crop in enumerate(crops):
        row, column = divmod(number, COLUMNS)
        small = displayed(_small(next((image for image in crop.images if image.method == TRUTH), crop.images[0])))
        canvas[row * SIDE :, column * SIDE :][: small.shape[0], : small.shape[1]] = small
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crops.jpg"
        store(path, canvas, ENCODINGS[".jpg"])
        return path.read_bytes()


def shrink(height: int, width: int) -> int:
    """How many pixels of a crop, each way, are one in its small picture."""
    return math.ceil(max(height, width) / SIDE)


def _small(image: Shown) -> NDArray[np.float32]:
    height, width = image.pixels.shape[:2]
    by = shrink(height, width)
    # Whole squares only: a crop's last rows and columns may be missing from its small picture.
    whole = np.nan_to_num(image.pixels[: max(1, height // by) * by, : max(1, width // by) * by, :3].astype(np.float32))
    rows = np.add.reduceat(whole, range(0, whole.shape[0], by), axis=0)
    small: NDArray[np.float32] = np.add.reduceat(rows, range(0, whole.shape[1], by), axis=1)
    small /= by * by
    return small
