"""What one worker process does: some methods on a pair, their figures and crops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress
from uprez.errors import FrameError, ModelError, WriteError
from uprez.evaluation.content import SOURCE, TRUTH, Crop, Row, Shown, as_bytes, as_half
from uprez.evaluation.measure import Flip, figures_of, flip_map
from uprez.evaluation.methods import Method, applies, open_method
from uprez.evaluation.pairs import HALVES, Array, Images, Judged, read_pair
from uprez.evaluation.places import worst_places
from uprez.evaluation.signs import signs_of
from uprez.files.whole import whole_file
from uprez.frames import DecodePool
from uprez.models.interpolation import interpolate

CROP = 96
"""HR pixels along a crop."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair."""

    pair: str
    rows: tuple[Row, ...]
    failures: tuple[str, ...]
    """A line for each thing that failed."""
    died: bool = False
    """Whether its process did, which may do better another time."""


@dataclass(frozen=True)
class Seen:
    """A pair, and what methods made of it."""

    images: Images
    results: dict[str, Array]


@dataclass
class Worker:
    """What a worker process keeps from pair to pair."""

    methods: dict[str, Method]
    pool: DecodePool
    flip: Flip | None
    white: float
    seen: dict[str, Seen] = field(default_factory=dict)
    """The last pair by its name: the next frame of its shot is held against it."""


def open_worker(methods: Sequence[str], white: float, threads: int) -> Worker:
    """Raises ModelError for a model that can't be loaded."""
    opened = {name: open_method(name, threads=threads) for name in methods}
    return Worker(opened, DecodePool(), flip_map(), white)


def judge(worker: Worker, pair: Judged, methods: Mapping[str, Path], base: Path) -> Outcome:
    """Figures of some methods on a pair, and their crops, which go to the files named; to `base` what all of them are
    held against. The last row is of the source, with its signs. Raises WriteError where the disk takes no crops.
    """
    try:
        images = read_pair(pair, worker.pool)
    except FrameError as error:
        return Outcome(pair.name, (), (str(error),))
    rows: list[Row] = []
    failures: list[str] = []
    before = _before(worker, pair) if images.motion is not None else None
    seen = Seen(images, {})
    ((y, x),) = worst_places(_missed(images), CROP, 1)
    window = (slice(y, y + CROP), slice(x, x + CROP))
    for name, crop in methods.items():
        try:
            result = worker.methods[name].result(pair, images, worker.pool)
        except (FrameError, ModelError) as error:
            failures.append(f"{pair.name}: {error}")
            continue
        if wrong := int(np.count_nonzero(~np.isfinite(result.pixels).all(-1))):
            failures.append(f"{pair.name}: {name}: {wrong} pixel{'s' * (wrong != 1)} of the result are no numbers")
            continue
        flip = None if worker.flip is None else worker.flip(result.pixels, images.truth)
        seen.results[name] = result.pixels
        earlier = None if before is None else _result_before(worker, pair, name, before)
        judged = replace(images, halves=None) if name in HALVES else images  # its noise is part of the truth's
        figures = figures_of(result.pixels, judged, flip, white=worker.white, before=earlier)
        rows.append(Row(pair.name, pair.look, pair.shot, name, figures, result.core_seconds))
        _save(crop, {"pixels": result.pixels[window]}, None if flip is None else flip[window])
    worker.seen = {pair.name: seen}
    signs = signs_of(images.source)._asdict()
    rows.append(Row(pair.name, pair.look, pair.shot, SOURCE, signs, pair.core_seconds.get("lr")))
    repeated = images.source.repeat(images.scale, 0).repeat(images.scale, 1)
    _save(base, {TRUTH: images.truth[window], SOURCE: repeated[window]}, None, place=(y, x))
    return Outcome(pair.name, tuple(rows), tuple(failures))


def _before(worker: Worker, pair: Judged) -> Seen | None:
    """The frame before: as it was just judged, or read anew where this worker judged something else. None where it
    can't be read, of which its own outcome tells.
    """
    assert pair.previous is not None
    if kept := worker.seen.get(pair.previous.name):
        return kept
    try:
        return Seen(read_pair(pair.previous, worker.pool), {})
    except FrameError:
        return None


def _result_before(worker: Worker, pair: Judged, method: str, before: Seen) -> tuple[Array, Array] | None:
    """What a method made of the frame before, and its truth; made now if it was not kept."""
    assert pair.previous is not None
    if method not in before.results:
        if not applies(method, pair.previous):
            return None
        try:
            made = worker.methods[method].result(pair.previous, before.images, worker.pool)
        except (FrameError, ModelError):
            return None
        before.results[method] = made.pixels
    return before.results[method], before.images.truth


def _missed(images: Images) -> Array:
    """(H, W): how far bicubic interpolation in T is from the truth. So the place is the same for all methods."""
    enlarged = interpolate(compress(images.source[..., :3]), "bicubic", images.scale)
    return np.abs(enlarged - compress(images.truth[..., :3])).mean(-1)


def _save(path: Path, images: Mapping[str, Array], flip: Array | None, place: tuple[int, int] = (0, 0)) -> None:
    arrays: dict[str, NDArray[np.generic]] = {name: as_half(image) for name, image in images.items()}
    if flip is not None:
        arrays["flip"] = as_bytes(flip)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as part, part.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, place=np.array(place), **arrays)
    except OSError as error:
        raise WriteError(path.parent, f"can't be used: {error.strerror}", "the same command goes on") from None
    except WriteError as error:
        raise WriteError(error.path, error.problem, "the same command goes on") from None


def load_crop(pair: str, base: Path, methods: Mapping[str, Path]) -> Crop:
    """What has been saved of a pair. Raises OSError, ValueError or KeyError for files that are gone or not whole."""
    with np.load(base, allow_pickle=False) as stored:
        y, x = (int(value) for value in stored["place"])
        images = [Shown(name, stored[name], None) for name in (TRUTH, SOURCE)]
    for method, path in methods.items():
        with np.load(path, allow_pickle=False) as stored:
            images.append(Shown(method, stored["pixels"], stored["flip"] if "flip" in stored.files else None))
    return Crop(pair, x, y, tuple(images))
