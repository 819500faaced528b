"""What a run learns from: the store of its pairs, and which of them train and which validate."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, Progress, build, require_sources
from uprez.dataset.store.files import is_store
from uprez.dataset.store.layout import Row, identity_of
from uprez.errors import UsageError
from uprez.networks.features import GUIDES
from uprez.training.recipe import Data, Recipe


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
    require_sources(pairs, folder)
    with StoreWriter(folder, **shares) as writer:
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
    Raises UsageError for a held-out look that is not among the pairs.
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
    return train, validation
