"""A rendered pair as what a store holds of it: tiles, density and row."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coding import stored_alpha, stored_colour, stored_guide
from uprez.dataset.density import SMALLEST_ERROR, cell_sums, cumulative, hardness_of, intensity_of, rows_looked_at
from uprez.dataset.pairs import Pair
from uprez.dataset.store.layout import DIGEST, TILE, ImageSpec, Row, digest_of
from uprez.errors import FrameError
from uprez.frames import DecodePool, open_frame
from uprez.layers.picture import find_picture

GUIDES = {
    "albedo": ("albedo.R", "albedo.G", "albedo.B"),
    "normal": ("normal.X", "normal.Y", "normal.Z"),
    "depth": ("depth.Z",),
    "motion": ("backward.u", "backward.v", "forward.u", "forward.v"),
}
"""Channels of each guide, in the order in which they are stored."""
BINS = 16
"""Of the histogram of LR's intensity, evenly over T from 0 to 1.4."""


Plane = NDArray[np.floating]
"""A channel (H, W) as it was read; light is half float."""
Tile = tuple[int, int, bytes | memoryview]
"""Row, column, content with its hash."""


@dataclass(frozen=True)
class Encoded:
    """What is to be written of a pair: its row but for the pair's number and split; its density; the tiles of each
    image, in order, by (row, column), each ending in its hash.
    """

    row: Row
    density: NDArray[np.float64]
    tiles: list[list[Tile]]


def encode_pair(pair: Pair, *, guides: Sequence[str], more: Sequence[str], scale: int, pool: DecodePool) -> Encoded:
    """Read a pair's files and encode them. guides: of `GUIDES`, of both LR and HR, those that the files have. more:
    tags of images rendered beside them, such as `hr_4spp`, those that the pair has, with their guides.

    Raises FrameError where a file can't be read, has no picture, or does not fit LR in size.
    """
    stamps, paths = stamps_of(pair, more), _paths(pair, more)  # stamps first: what changes from here on is seen later
    images: list[ImageSpec] = []
    tiles: list[list[Tile]] = []
    colour: dict[str, list[Plane]] = {}
    _require_places(paths, scale, pool)
    for name, path in paths.items():
        for image, planes in read_images(name, path, guides, scale, pool):
            _require_fit(image, images, path, scale)
            images.append(image)
            tiles.append(_tiles(image, planes))
            if image.name in ("lr", "hr"):
                colour[image.name] = planes[:3]
    lr = [stored_colour(plane) for plane in colour["lr"]]
    intensity = intensity_of(lr)
    hardness = hardness_of(lr, [stored_colour(rows_looked_at(plane, scale)) for plane in colour["hr"]], scale)
    for x, y, width, height in pair.failed:
        intensity[y : y + height, x : x + width] = hardness[y : y + height, x : x + width] = 0
    row: Row = {
        "show": pair.show,
        "shot": pair.shot,
        "look": pair.look,
        "frame": pair.frame,
        "element": pair.element,
        "filter": pair.filter,
        "scale": scale,
        "images": [asdict(image) for image in images],
        "left_out": [list(window) for window in pair.failed],
        "error": max(float(np.sqrt(np.mean(np.square(hardness)))), SMALLEST_ERROR),
        "intensity": _histogram(intensity),
        "asked": sorted(guides),
        "files": stamps,
        "sha256": {
            image.name: hashlib.sha256(b"".join(tile[-DIGEST:] for _, _, tile in of_image)).hexdigest()
            for image, of_image in zip(images, tiles, strict=True)
        },
    }
    density = np.stack([cumulative(cell_sums(plane)) for plane in (intensity, hardness)])
    return Encoded(row, density, tiles)


def read_images(
    name: str,
    path: Path,
    guides: Sequence[str],
    scale: int,
    pool: DecodePool,
    *,
    rows: tuple[int, int] | None = None,
) -> list[tuple[ImageSpec, list[Plane]]]:
    """Light and guides of one file. rows: only those from the first to before the second; the sizes that are said are
    the whole frame's.
    """
    with open_frame(path, pool=pool) as reader:
        picture = find_picture(reader)
        names = picture.places.keys()
        wanted = {"": tuple(channel for channel in "RGBA" if channel in names)}
        wanted |= {f" {guide}": GUIDES[guide] for guide in guides if set(GUIDES[guide]) <= names}
        height, width = picture.data.height, picture.data.width
        planes = picture.read(reader, [channel for group in wanted.values() for channel in group], rows)
    tile = TILE if name == "lr" else TILE * scale
    made: list[tuple[ImageSpec, list[Plane]]] = []
    for suffix, group in wanted.items():
        of_image = [planes[channel] for channel in group] if suffix else _light(planes)
        made.append((ImageSpec(name + suffix, height, width, len(of_image), tile), of_image))
    return made


def _light(planes: dict[str, Plane]) -> list[Plane]:
    """R, G, B and A as half floats; alpha is 1 where there is none."""
    with np.errstate(over="ignore"):
        halves = {name: plane.astype(np.float16, copy=False) for name, plane in planes.items() if name in tuple("RGBA")}
    return [*(halves[name] for name in "RGB"), halves.get("A", np.ones_like(halves["R"]))]


def as_stored(image: ImageSpec, planes: Sequence[Plane], out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Channels (H, W) of an image, or the same part of each, as a tile holds them: (H, channels, W)."""
    height, width = planes[0].shape
    stored = np.empty((height, image.channels, width), image.dtype) if out is None else out
    kinds = (
        (stored_colour, stored_colour, stored_colour, stored_alpha) if image.is_light else (stored_guide,) * len(planes)
    )
    for k, (kind, plane) in enumerate(zip(kinds, planes, strict=True)):
        stored[:, k] = kind(plane)
    return stored


def _require_fit(image: ImageSpec, before: Sequence[ImageSpec], path: Path, scale: int) -> None:
    if not before:
        return
    times = 1 if image.name.split()[0] == "lr" else scale
    lr = before[0]
    if (image.height, image.width) != (lr.height * times, lr.width * times):
        raise FrameError(path, f"is {image.width}x{image.height} beside an LR of {lr.width}x{lr.height} at {scale}x")


def _require_places(paths: dict[str, Path], scale: int, pool: DecodePool) -> None:
    """Raises FrameError for an image whose pixels don't lie where LR's do: both may have been cropped, each its way."""
    windows = {}
    for name, path in paths.items():
        with open_frame(path, pool=pool) as reader:
            windows[name] = find_picture(reader).data
    for name, window in windows.items():
        times = 1 if name == "lr" else scale
        corner, lr = (window.x_min, window.y_min), windows["lr"]
        if corner != (lr.x_min * times, lr.y_min * times):
            raise FrameError(
                paths[name], f"begins at {corner}, and LR at {(lr.x_min, lr.y_min)}: they show different windows"
            )


def _tiles(image: ImageSpec, planes: Sequence[Plane]) -> list[Tile]:
    made: list[Tile] = []
    for row, column, y, x, height, width in image.tiles():
        size = 2 * image.channels * height * width
        content = np.empty(size + DIGEST, np.uint8)
        samples = content[:size].view(image.dtype).reshape(height, image.channels, width)
        # One tile after the other: what a look-up makes on its way stays in the cache.
        as_stored(image, [plane[y : y + height, x : x + width] for plane in planes], samples)
        content[size:] = np.frombuffer(digest_of(content[:size].data), np.uint8)
        made.append((row, column, content.data))
    return made


def _histogram(intensity: NDArray[np.float32]) -> list[int]:
    bins = np.minimum(intensity * np.float32(BINS / 1.4), BINS - 1).astype(np.intp)
    counts: list[int] = np.bincount(bins.ravel(), minlength=BINS).tolist()
    return counts


def stamps_of(pair: Pair, more: Sequence[str]) -> dict[str, list[int | str]]:
    """By which a later build tells whether a pair's files are still the same: name, bytes, time of each by its tag.
    Raises FrameError for a file that is gone.
    """
    stamps: dict[str, list[int | str]] = {}
    for tag, path in _paths(pair, more).items():
        try:
            facts = path.stat()
        except OSError as error:
            raise FrameError(path, error.strerror or str(error)) from None
        stamps[tag] = [path.name, facts.st_size, facts.st_mtime_ns]
    return stamps


def _paths(pair: Pair, more: Sequence[str]) -> dict[str, Path]:
    return {"lr": pair.lr, "hr": pair.hr} | {tag: path for tag, path in pair.more if tag in more and path.exists()}
