"""What a run learns from: the store of its pairs, and which of them train and which validate."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.augmentation import Augmentation
from uprez.dataset.density import Density
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.sources import Source
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, Progress, build, require_sources
from uprez.dataset.store.files import is_store
from uprez.dataset.store.layout import Row, identity_of, name_of
from uprez.encoding import expand
from uprez.errors import UsageError
from uprez.models.down_kernel import fit_down_kernel
from uprez.networks.features import GUIDES
from uprez.training.guides import IMAGES
from uprez.training.recipe import Data, Recipe
from uprez.training.validation import Frame

Array = NDArray[np.float32]
_FITTED, _FITTED_SIDE = 256, 256
"""Pairs, and LR pixels of each, on which the down-kernel is fitted."""
_VALIDATED_SIDE = 512
"""LR pixels along a validation frame's side at most: its middle."""


def open_pairs(pairs: Sequence[Path], recipe: Recipe, run: Path, report: Callable[[dict[str, Any]], None]) -> Store:
    """The store among `pairs` where there is but one, or one in the run folder built from all of them, with the splits
    of the stores among them or else those of the recipe.

    report: hears that a store is built, which takes a while.
    Raises UsageError for a folder that is neither, stores whose splits differ, or a pair that can't be read.
    """
    stores = [path for path in pairs if is_store(path)]
    if stores and len(pairs) == 1:
        return Store(pairs[0])
    shares = {"validation": recipe.data.validation_share, "test": 0.0}
    if stores:
        with Store(stores[0]) as first:
            shares = {split: first.facts[split] for split in shares}
    folder = run / "pairs.lmdb"
    require_sources(pairs, folder, shares)
    with StoreWriter(folder, validation=shares["validation"], test=shares["test"]) as writer:
        report({"packing_pairs_into": str(folder)})
        guides = tuple(GUIDES) if recipe.task == "guides" else ()
        done = build(pairs, writer, BuildSettings(scale=recipe.scale, guides=guides), _ignore)
    if failed := [progress for progress in done if progress.outcome == "failed"]:
        raise UsageError(failed[0].reason)
    return Store(folder)


def _ignore(_: Progress, __: int) -> None:
    pass


def split(rows: Sequence[Row], data: Data) -> tuple[list[int], list[int]]:
    """Places in `rows` of the training and of the validation pairs, by name; those of the test split are in neither.

    A held-out look is never trained on: all of it validates. A held-out shot does neither.
    Raises UsageError for a held-out look that is not among the pairs, and where none is left to train on.
    """
    known = {row["look"] for row in rows}
    if missing := set(data.held_out_looks) - known:
        raise UsageError(f"held-out look {min(missing)!r} is not among the pairs; there are {', '.join(sorted(known))}")
    train: list[int] = []
    validation: list[int] = []
    for place in sorted(range(len(rows)), key=lambda place: identity_of(rows[place])):
        row = rows[place]
        if row["shot"] in data.held_out_shots or row["split"] == "test":
            continue
        validates = row["look"] in data.held_out_looks or row["split"] == "validation"
        (validation if validates else train).append(place)
    if not train:
        raise UsageError("no pair is left to train on: all are held out or kept back; render more shots")
    return train, validation


def require_scale(rows: Sequence[Row], scale: int) -> None:
    """Raises UsageError where a pair's HR is not `scale` times its LR."""
    for row in rows:
        if row["scale"] != scale:
            told = f"HR is {row['scale']} times LR's size, and the recipe's scale is {scale}"
            raise UsageError(f"{name_of(row)}: {told}; name pairs of that scale, or change the recipe's")


def sampler_of(source: Source, pairs: Sequence[int], recipe: Recipe) -> PatchSampler:
    """Patches of some pairs of a source, as the recipe draws and varies them."""
    data, varied = recipe.data, recipe.augmentation
    return PatchSampler(
        source,
        pairs,
        patch=data.patch,
        density=Density(data.floor, data.intensity, data.hardness),
        augmentation=Augmentation(
            colour_shift=varied.colour_shift,
            exposure_stops=varied.exposure_stops,
            permute_channels=varied.permute_channels,
            background=varied.background,
        ),
        images=IMAGES if recipe.task == "guides" else ("lr", "hr"),
        seed=recipe.seed,
    )


def down_kernel_of(store: Store, training: Sequence[int], recipe: Recipe) -> tuple[float, ...]:
    """What brings HR to LR: fitted on pairs of the store, or a box where the recipe says so."""
    if recipe.data.down_kernel == "box":
        return (1 / recipe.scale,) * recipe.scale
    return fit_down_kernel(_windows(store, training), scale=recipe.scale)


class ValidationFrames(Sequence[Frame]):
    """Frames to validate on, whole up to _VALIDATED_SIDE, read anew each time: a studio's would not fit into memory."""

    def __init__(self, store: Store, pairs: Sequence[int]) -> None:
        self.store, self.pairs = store, pairs

    def __len__(self) -> int:
        return len(self.pairs)

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> "ValidationFrames": ...
    def __getitem__(self, place: int | slice) -> "Frame | ValidationFrames":
        if isinstance(place, slice):
            return ValidationFrames(self.store, self.pairs[place])
        pair = self.pairs[place]
        lr, hr = (_window(self.store, pair, name, side=_VALIDATED_SIDE) for name in ("lr", "hr"))
        return Frame(name_of(self.store.rows[pair]), lr, hr)


def _windows(store: Store, pairs: Sequence[int]) -> list[tuple[Array, Array]]:
    """Linear windows of LR and HR to fit the down-kernel on: of as many pairs, evenly chosen, as a few GB hold."""
    chosen = pairs[:: max(1, len(pairs) // _FITTED)]
    return [
        (expand(_window(store, pair, "lr", side=_FITTED_SIDE)), expand(_window(store, pair, "hr", side=_FITTED_SIDE)))
        for pair in chosen
    ]


def _window(store: Store, pair: int, name: str, *, side: int | None = None) -> Array:
    """An image of a pair from its middle, `side` LR pixels along it at most."""
    image, lr = store.image(pair, name), store.image(pair, "lr")
    assert image is not None
    assert lr is not None
    times = image.height // lr.height
    height, width = (min(length, side or length) for length in (lr.height, lr.width))
    y, x = (lr.height - height) // 2, (lr.width - width) // 2
    return store.read(pair, name, y * times, x * times, height * times, width * times)
