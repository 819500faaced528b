"""What one worker process does: some methods on a pair, their figures and crops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress
from uprez.errors import FrameError, ModelError
from uprez.evaluation.content import SOURCE, TRUTH, Crop, Row, Shown
from uprez.evaluation.measure import Flip, figures_of, flip_map
from uprez.evaluation.methods import Method, open_method
from uprez.evaluation.pairs import Array, Judged, read_pair
from uprez.frames import DecodePool
from uprez.frames.atomic import whole_file
from uprez.models.interpolation import interpolate

CROP = 96
"""HR pixels along a crop."""
_STEP = 16


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    pair: str
    rows: tuple[Row, ...]
    failures: tuple[str, ...]
    """A line for each thing that failed."""


@dataclass
class Worker:
    """What a worker process keeps from pair to pair."""

    methods: dict[str, Method]
    pool: DecodePool
    flip: Flip | None
    white: float


def open_worker(methods: Sequence[str], white: float, threads: int) -> Worker:
    """Raises ModelError for a model that can't be loaded."""
    opened = {name: open_method(name, threads=threads) for name in methods}
    return Worker(opened, DecodePool(), flip_map(), white)


def judge(worker: Worker, pair: Judged, methods: Mapping[str, Path], base: Path) -> Outcome:
    """Figures of some methods on a pair, and their crops, which go to the files named; to `base` what all of them are
    held against.
    """
    try:
        images = read_pair(pair, worker.pool)
    except FrameError as error:
        return Outcome(pair.name, (), (str(error),))
    rows: list[Row] = []
    failures: list[str] = []
    scale = images.truth.shape[0] // images.source.shape[0]
    y, x = hardest(images.source, images.truth, CROP)
    window = (slice(y, y + CROP), slice(x, x + CROP))
    for name, crop in methods.items():
        try:
            result = worker.methods[name].result(pair, images, worker.pool)
        except (FrameError, ModelError) as error:
            failures.append(f"{pair.name}: {error}")
            continue
        flip = None if worker.flip is None else worker.flip(result.pixels, images.truth)
        figures = figures_of(result.pixels, images, flip, white=worker.white)
        rows.append(Row(pair.name, pair.look, pair.shot, name, figures, result.core_seconds))
        _save(crop, {"pixels": result.pixels[window]}, None if flip is None else flip[window])
    repeated = images.source.repeat(scale, 0).repeat(scale, 1)
    _save(base, {TRUTH: images.truth[window], SOURCE: repeated[window]}, None, place=(y, x))
    return Outcome(pair.name, tuple(rows), tuple(failures))


def hardest(source: Array, truth: Array, side: int) -> tuple[int, int]:
    """The corner, (y, x), of the square of `side` in which bicubic interpolation in T is farthest from the truth, on a
    grid of 16 pixels; single fireflies don't decide it. So it is the same for all methods.
    """
    scale = truth.shape[0] // source.shape[0]
    enlarged = interpolate(compress(source[..., :3]), "bicubic", scale)
    error = np.abs(enlarged - compress(truth[..., :3])).mean(-1, dtype=np.float64)
    error = np.minimum(error, np.quantile(error, 0.99))
    sums = np.pad(error.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    rows = np.arange(0, max(1, error.shape[0] - side + 1), _STEP)
    columns = np.arange(0, max(1, error.shape[1] - side + 1), _STEP)
    low, right = np.minimum(rows + side, error.shape[0]), np.minimum(columns + side, error.shape[1])
    within = sums[np.ix_(low, right)] - sums[np.ix_(rows, right)]
    within += sums[np.ix_(rows, columns)] - sums[np.ix_(low, columns)]
    place = np.unravel_index(int(within.argmax()), within.shape)
    return int(rows[place[0]]), int(columns[place[1]])


def _save(path: Path, images: Mapping[str, Array], flip: Array | None, place: tuple[int, int] = (0, 0)) -> None:
    largest = float(np.finfo(np.float16).max)
    arrays: dict[str, NDArray[np.generic]] = {
        name: image.clip(-largest, largest).astype(np.float16) for name, image in images.items()
    }
    if flip is not None:
        arrays["flip"] = np.rint(255 * flip).clip(0, 255).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as part, part.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, place=np.array(place), **arrays)


def load_crop(pair: str, base: Path, methods: Mapping[str, Path]) -> Crop:
    """What has been saved of a pair. Raises OSError, ValueError or KeyError for files that are gone or not whole."""
    with np.load(base, allow_pickle=False) as stored:
        y, x = (int(value) for value in stored["place"])
        images = [Shown(name, stored[name], None) for name in (TRUTH, SOURCE)]
    for method, path in methods.items():
        with np.load(path, allow_pickle=False) as stored:
            images.append(Shown(method, stored["pixels"], stored["flip"] if "flip" in stored.files else None))
    return Crop(pair, x, y, tuple(images))
