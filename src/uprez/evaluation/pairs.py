"""What is to be judged: every pair that a folder's manifest lists, and what its renders took."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.manifest import NAME, Key, Row, filters_name, filters_of, key_of, lines_of, paths_of, show_of
from uprez.dataset.pairs import read_rgba
from uprez.dataset.shots import shot_name
from uprez.errors import FrameError, UsageError
from uprez.frames import DecodePool, open_frame
from uprez.frames.spelling import as_spelled
from uprez.layers.picture import find_picture

Array = NDArray[np.float32]
"""(H, W, 4), scene-linear, premultiplied."""
HALVES = ("hr_half1", "hr_half2")
"""The two renders whose mean is the truth, where there are two."""
LEAST_SIDE = 4
"""Pixels along LR that its signs need."""
_MOTION = ("backward.u", "backward.v")
"""Channels of an HR frame that say where its points were in the frame before."""


@dataclass(frozen=True)
class Judged:
    """One pair to judge methods on."""

    name: str
    """look/shot/frame, the element where it is not the whole, and the pixel filters where some were chosen; the shot
    with its show where two shows have it.
    """
    look: str
    shot: str
    lr: Path
    hr: Path
    more: Mapping[str, Path]
    """Images rendered beside them, by tag."""
    core_seconds: Mapping[str, float]
    """What each of its images took to render, by tag: lr, hr, hr_equal."""
    full_core_seconds: float | None = None
    """What HR with all of LR's samples took to render; None where nothing says so."""
    known_as: str = ""
    """What training calls the shot, see `shot_name`."""
    previous: "Judged | None" = None
    """That of the frame before in the same shot, itself without one before it."""


def pairs_of(folder: Path) -> list[Judged]:
    """Every pair of a folder's manifest by its last line, sorted by name; also such as the coherence check refused: the
    verdict on them is wanted, too. Raises UsageError where there is no manifest or a line of it is damaged.
    """
    if not (folder / NAME).exists():
        raise UsageError(f"{folder / NAME}: there is none; name a folder of rendered pairs with its manifest")
    rows: dict[Key, Row] = {}
    for number, row in lines_of(folder):
        if row is None:
            raise UsageError(f"{folder / NAME}, line {number}: not a manifest of pairs; uprez pairs check mends it")
        rows[key_of(row)] = row
    found = {key: _judged(folder, row) for key, row in rows.items()}
    if len({pair.name for pair in found.values()}) < len(found):  # of several shows
        found = {key: _of_show(pair, key[0]) for key, pair in found.items()}
    pairs = [
        replace(pair, previous=found.get((show, shot, frame - 1, element, filters)))
        for (show, shot, frame, element, filters), pair in found.items()
    ]
    return sorted(pairs, key=lambda pair: pair.name)


def _of_show(pair: Judged, show: str) -> Judged:
    """Told apart from pairs of the same name in other shows."""
    shot = f"{show}:{pair.shot}"
    return replace(pair, shot=shot, name=pair.name.replace(f"{pair.look}/{pair.shot}", f"{pair.look}/{shot}", 1))


def _judged(folder: Path, row: Row) -> Judged:
    lr, hr = paths_of(folder, row)
    shot = str(row["shot"]) if "shot" in row else f"{int(row['seed']):04d}"
    frame = [f"{int(row['frame']):04d}"] if row.get("frame") else []
    element = [str(row["element"])] if row.get("element", "whole") != "whole" else []
    return Judged(
        name="/".join(filter(None, [str(row["look"]), shot, *frame, *element, filters_name(*filters_of(row))])),
        look=str(row["look"]),
        shot=shot,
        lr=lr,
        hr=hr,
        more={tag: folder / path for tag, path in (row.get("more", {}) | _halves(row)).items()},
        core_seconds=_seconds(row.get("core_seconds")),
        full_core_seconds=_full_seconds(row),
        known_as=shot_name(show_of(row), str(row["look"]), shot),
    )


def _halves(row: Row) -> dict[str, str]:
    """By their tags, where the pair's HR is the mean of two."""
    truth = row.get("truth")
    files = truth.get("halves", ()) if isinstance(truth, dict) else ()
    return dict(zip(HALVES, map(str, files), strict=True)) if len(files) == len(HALVES) else {}


def _seconds(told: object) -> dict[str, float]:
    """By image, where the manifest says so: other renderers' manifests may say one figure for both, or none."""
    if not isinstance(told, dict):
        return {}
    return {tag: float(seconds) for tag, seconds in told.items() if isinstance(seconds, int | float)}


def _full_seconds(row: Row) -> float | None:
    """A truth of many more samples costs more than HR in full, which lies beside it then."""
    seconds = _seconds(row.get("core_seconds"))
    return seconds.get("hr_full", None if row.get("truth") else seconds.get("hr"))


@dataclass(frozen=True)
class Images:
    """A pair's images in memory."""

    source: Array
    truth: Array
    halves: tuple[Array, Array] | None = None
    """Both renders of the truth, where there are two."""
    motion: Array | None = None
    """(H, W, 2): for each pixel of the truth how far from it its point was in the frame before, see `flicker`; where
    the pair has a frame before it and the truth says so.
    """

    @property
    def scale(self) -> int:
        """By which the truth is larger."""
        return self.truth.shape[0] // self.source.shape[0]


def read_pair(pair: Judged, pool: DecodePool) -> Images:
    """Raises FrameError, naming the file, for what can't be judged: a frame that is not there or not whole, a truth
    that holds values that are no numbers, sizes that are no multiple of one another.
    """
    source, truth = (read_frame(path, pool) for path in (pair.lr, pair.hr))
    require_finite(truth, pair.hr)
    scale_of(source, truth, pair.hr)
    if min(source.shape[:2]) < LEAST_SIDE:
        raise FrameError(
            pair.lr, f"is {source.shape[1]}x{source.shape[0]}; {LEAST_SIDE} pixels a side at least are judged"
        )
    halves = None
    if all(tag in pair.more for tag in HALVES):
        first, second = (read_frame(pair.more[tag], pool) for tag in HALVES)
        halves = (first, second) if first.shape == second.shape == truth.shape else None
    return Images(source, truth, halves, _motion(pair, pool))


def _motion(pair: Judged, pool: DecodePool) -> Array | None:
    if pair.previous is None or not pair.previous.hr.exists():
        return None
    with open_frame(pair.hr, pool=pool) as reader, open_frame(pair.previous.hr, pool=pool) as before:
        now, earlier = find_picture(reader), find_picture(before)
        if now.data != earlier.data or not set(_MOTION) <= now.places.keys():
            return None
        planes = now.read(reader, _MOTION)
    motion: Array = np.stack([planes[name] for name in _MOTION], axis=-1).astype(np.float32)
    return motion if np.isfinite(motion).all() else None


def require_finite(truth: Array, path: Path) -> None:
    """Raises FrameError, naming `path`, for a truth that holds values that are no numbers."""
    if not np.isfinite(truth).all():
        raise FrameError(path, "holds values that are no numbers; a truth must not")


def scale_of(source: Array, truth: Array, path: Path) -> int:
    """How many times as wide as its source a truth is. Raises FrameError, naming `path`, where that is no number."""
    (height, width), (below, across) = truth.shape[:2], source.shape[:2]
    if height % below or width % across or height // below != width // across:
        raise FrameError(path, f"is {width}x{height}, no multiple of its LR frame's {across}x{below}")
    return height // below


def read_frame(path: Path, pool: DecodePool) -> Array:
    """A frame's R, G, B, A. Raises FrameError where it is not there or not whole."""
    if not as_spelled(path).exists():
        raise FrameError(path, "is not there")
    return read_rgba(path, pool).astype(np.float32)
