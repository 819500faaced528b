"""Rendered pairs on disk: which there are, and their frames."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.manifest import (
    NAME,
    Key,
    Row,
    filters_name,
    filters_of,
    is_usable,
    key_of,
    lines_of,
    paths_of,
    show_of,
)
from uprez.errors import UsageError
from uprez.frames import DecodePool, open_frame
from uprez.layers.picture import find_picture

Frame = NDArray[np.float16]
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Pair:
    """LR and HR of one shot and frame. `look` is the kind of scene, `shot` is unique within the look, `take` tells
    frames, elements and pixel filters of a shot apart: `0001`, `0001/solids`, `0001/gauss-2`; empty where the manifest
    has one pair a shot.
    """

    look: str
    shot: str
    lr: Path
    hr: Path
    take: str = ""
    show: str = ""
    frame: int = 0
    element: str = "whole"
    filter: str = ""
    """The pixel filters, as `manifest.filters_name` puts them; empty where none were chosen."""
    more: tuple[tuple[str, Path], ...] = ()
    """Images rendered beside them, by their tags: `hr_4spp`."""
    failed: tuple[Window, ...] = ()
    """Where LR and HR differ: x, y, width, height in LR pixels. Not to be learnt from."""
    is_checked: bool = True
    """Whether the manifest has a verdict on its coherence."""

    @property
    def name(self) -> str:
        return "/".join(filter(None, (self.look, self.shot, self.take)))


def find_pairs(folders: Iterable[Path]) -> list[Pair]:
    """Every whole, usable pair that the manifests of `folders` list (see `manifest`), sorted by name.

    A pair with a missing file is left out: its render has not finished. So is one that the coherence check refused.
    Raises UsageError where a folder has no manifest, or one with a damaged line.
    """
    listed = [pair for folder in folders for pair, usable in _listed(folder) if usable]
    return sorted(filter(_is_whole, set(listed)), key=lambda pair: (pair.name, str(pair.lr)))


def refused_pairs(folder: Path) -> list[Pair]:
    """Every whole pair of a folder that the coherence check refused. Raises UsageError as `find_pairs` does."""
    return [pair for pair, usable in _listed(folder) if not usable and _is_whole(pair)]


def _listed(folder: Path) -> Iterable[tuple[Pair, bool]]:
    """Each pair of a manifest by its last line, and whether it is usable."""
    if not (folder / NAME).exists():
        raise UsageError(f"{folder / NAME}: there is none; name a folder of rendered pairs with its manifest")
    known: dict[Key, tuple[Pair, bool]] = {}  # and not the lines, which are ten times as large
    for number, row in lines_of(folder):
        if row is None:
            raise UsageError(f"{folder / NAME}, line {number}: not a manifest of pairs; uprez pairs check mends it")
        known[key_of(row)] = _pair(folder, row), is_usable(row)
    return known.values()


def _is_whole(pair: Pair) -> bool:
    return pair.lr.exists() and pair.hr.exists()


def _pair(folder: Path, row: Row) -> Pair:
    lr, hr = paths_of(folder, row)
    windows: list[list[int]] = row.get("coherence", {}).get("failed", [])
    failed = tuple((x, y, width, height) for x, y, width, height in windows)
    is_checked = "coherent" in row.get("coherence", {})
    if "shot" not in row:
        return Pair(str(row["look"]), f"{int(row['seed']):04d}", lr, hr, failed=failed, is_checked=is_checked)
    element, frame = str(row.get("element", "whole")), int(row.get("frame", 0))
    filters = filters_name(*filters_of(row))
    return Pair(
        look=str(row["look"]),
        shot=str(row["shot"]),
        lr=lr,
        hr=hr,
        take="/".join([f"{frame:04d}", *([] if element == "whole" else [element]), *([filters] if filters else [])]),
        show=show_of(row),
        frame=frame,
        element=element,
        filter=filters,
        more=tuple((tag, folder / path) for tag, path in sorted(row.get("more", {}).items())),
        failed=failed,
        is_checked=is_checked,
    )


def read_frames(pairs: Iterable[Pair]) -> Iterator[tuple[Pair, Frame, Frame]]:
    """Each pair with its LR and HR frame. Raises FrameError where a file can't be read or has no picture."""
    with DecodePool() as pool:
        for pair in pairs:
            yield pair, read_rgba(pair.lr, pool), read_rgba(pair.hr, pool)


def read_rgba(path: Path, pool: DecodePool) -> Frame:
    """A frame's finished picture, wherever it lies in the file, as half float (H, W, 4), scene-linear premultiplied R,
    G, B, A; alpha is 1 where there is none. What is finite stays so: beyond the largest half it is that.
    """
    with open_frame(path, pool=pool) as reader:
        picture = find_picture(reader)
        planes = picture.read(reader, [name for name in "RGBA" if name in picture.places])
    planes.setdefault("A", np.ones_like(planes["R"]))
    return np.stack([_as_half(planes[name]) for name in "RGBA"], axis=-1)


def _as_half(plane: NDArray[np.generic]) -> NDArray[np.float16]:
    if plane.dtype == np.float16:
        return plane.astype(np.float16)
    largest = np.float32(np.finfo(np.float16).max)
    values = plane.astype(np.float32)
    return np.where(np.isfinite(values), np.clip(values, -largest, largest), values).astype(np.float16)
