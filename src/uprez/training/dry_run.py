"""What a run would take, from a few steps of each stage on a few pairs: nothing is written."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from uprez.dataset.loader import Numbering, minibatches
from uprez.dataset.pairs import Pair, find_pairs
from uprez.dataset.resident import ResidentPairs, is_resident
from uprez.dataset.sources import ExrPairs, Source
from uprez.dataset.store import Store
from uprez.dataset.store.files import is_store
from uprez.dataset.store.layout import Row, shot_of
from uprez.dataset.store.splits import splits_of
from uprez.errors import UsageError
from uprez.networks.features import GUIDES
from uprez.training.data import require_scale, sampler_of, split
from uprez.training.loop import Course, fresh
from uprez.training.preparation import prepare
from uprez.training.processes import open_fabric
from uprez.training.recipe import Recipe
from uprez.training.step import Setting, take_step

_PAIRS = 8
"""Of folders, so many pairs are read: their files, since no store is built."""
_STEPS, _SECONDS = 3, 2.0
"""Steps of a stage, and seconds, that are timed at least, after one that is not."""


class StageEstimate(NamedTuple):
    """What one stage would take, in one process."""

    stage: str
    steps: int
    minibatch: int
    patch: int
    """HR pixels along a side."""
    parameters: int
    critic_parameters: int
    patches_per_second: float
    hours: float
    peak_bytes: int
    """Memory of the GPU, or else of the process, at its highest so far."""


class Estimate(NamedTuple):
    """What a run would take."""

    training_pairs: int
    validation_pairs: int
    stages: list[StageEstimate]


def estimate(
    recipe_path: Path,
    *,
    pairs: Sequence[Path],
    device: str = "auto",
    processes: int = 1,
    init_from: Path | None = None,
    feature_weights: Path | None = None,
) -> Estimate:
    """Check a recipe and its pairs as `train` does, and time a few steps of each stage in one process.

    Patches are made by the process that trains, so that workers beside it only make it faster. Raises RecipeError or
    UsageError as `train` does.
    """
    recipe, initial, features, _ = prepare(recipe_path, init_from, feature_weights)
    for stage in recipe.stage:
        stage.patches_of_a_part(processes)
    fabric = open_fabric(device, 1)
    source, training, validation = _opened(pairs, recipe)
    require_scale(source.rows, recipe.scale)
    sampler = sampler_of(source, range(len(source.rows)), recipe)
    resident = ResidentPairs(sampler, fabric.device) if is_resident(sampler, fabric.device) else None
    activations = features.to(fabric.device).activations if features else None
    course = Course(recipe, sampler, (), Path(), fabric, features=activations)
    stages = []
    for number, stage in enumerate(recipe.stage):
        state = fresh(course, number, initial)
        setting = Setting(recipe, stage, (1 / recipe.scale,) * recipe.scale, fabric, course.features)
        numbering = Numbering(stage.patches_of_a_part(1))
        batches = resident.minibatches(numbering) if resident else minibatches(sampler, numbering)
        take_step(setting, state, batches)
        begun, steps = time.monotonic(), 0
        while steps < _STEPS or time.monotonic() - begun < _SECONDS:
            take_step(setting, state, batches)
            steps += 1
        if fabric.device.type == "cuda":
            torch.cuda.synchronize()
        rate = steps * stage.minibatch / (time.monotonic() - begun)
        stages.append(
            StageEstimate(
                stage=stage.name,
                steps=stage.steps,
                minibatch=stage.minibatch,
                patch=recipe.data.patch * recipe.scale,
                parameters=_count(state.generator.network),
                critic_parameters=_count(state.critic.network) if state.critic else 0,
                patches_per_second=rate,
                hours=stage.steps * stage.minibatch / rate / 3600,
                peak_bytes=_peak(fabric.device),
            )
        )
    return Estimate(training, validation, stages)


def _opened(pairs: Sequence[Path], recipe: Recipe) -> tuple[Source, int, int]:
    """The one store, or a few pairs of the folders; and how many pairs there are to train and to validate on."""
    if len(pairs) == 1 and is_store(pairs[0]):
        store = Store(pairs[0])
        training, validation = split(store.rows, recipe.data)
        return store, len(training), len(validation)
    if any(is_store(path) for path in pairs):
        raise UsageError("--dry-run takes one store, or folders of pairs")
    found = find_pairs(pairs)
    named = [_row_of(pair) for pair in found]
    splits = splits_of(map(shot_of, named), validation=recipe.data.validation_share, test=0.0)
    rows = [{**row, "split": splits[shot_of(row)]} for row in named]
    training, validation = split(rows, recipe.data)
    guides = tuple(GUIDES) if recipe.task == "guides" else ()
    read = ExrPairs(found[:: -(-len(found) // _PAIRS) or 1], guides=guides, scale=recipe.scale)
    return read, len(training), len(validation)


def _row_of(pair: Pair) -> Row:
    """What of a pair's row in a store is known before it is read."""
    return {name: getattr(pair, name) for name in ("show", "look", "shot", "frame", "element", "filter")}


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
