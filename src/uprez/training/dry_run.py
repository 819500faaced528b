"""What a run would take, from a few steps of each stage on a few pairs: nothing is written."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from uprez.dataset.loader import Minibatch, Numbering, minibatches
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
from uprez.training.step import Setting, State, take_step

_PAIRS = 8
"""Of folders, so many pairs are read: their files, since no store is built."""
_STEPS, _SECONDS = 3, 2.0
"""Steps of a stage, and seconds, that are timed at least, after one that is not."""
_ALL_SECONDS = 60.0
"""Where the steps of all stages would take longer than this on a CPU, steps of few patches are timed."""
_FEW = 2
"""So many patches at most are then in a step."""


class StageEstimate(NamedTuple):
    """What one stage would take, in one process."""

    stage: str
    steps: int
    minibatch: int
    patch: int
    """HR pixels along a side."""
    parameters: int
    critic_parameters: int
    timed_minibatch: int
    """Patches of the steps that were timed: fewer than `minibatch` where those would have taken minutes."""
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
    stages: list[StageEstimate] = []
    for number, stage in enumerate(recipe.stage):
        state = fresh(course, number, initial)
        setting = Setting(recipe, stage, (1 / recipe.scale,) * recipe.scale, fabric, course.features)

        def batches_of(size: int) -> Iterator[Minibatch]:
            return resident.minibatches(Numbering(size)) if resident else minibatches(sampler, Numbering(size))

        timed = _timed(setting, state, batches_of, _ALL_SECONDS / len(recipe.stage))
        stages.append(
            StageEstimate(
                stage=stage.name,
                steps=stage.steps,
                minibatch=stage.minibatch,
                patch=recipe.data.patch * recipe.scale,
                parameters=_count(state.generator.network),
                critic_parameters=_count(state.critic.network) if state.critic else 0,
                timed_minibatch=timed.minibatch,
                patches_per_second=stage.minibatch / timed.seconds,
                hours=stage.steps * timed.seconds / 3600,
                peak_bytes=max([timed.peak_bytes, *(one.peak_bytes for one in stages)]),
            )
        )
    return Estimate(training, validation, stages)


class _Timed(NamedTuple):
    minibatch: int
    seconds: float
    """Of a step with all of its patches."""
    peak_bytes: int


def _timed(setting: Setting, state: State, batches_of: Callable[[int], Iterator[Minibatch]], seconds: float) -> _Timed:
    """What a step takes. Where the steps to be timed would take longer than `seconds` on a CPU, what one of few patches
    takes, and from that one of all: each patch takes as much again, and the optimiser takes its time once.
    """
    stage, device = setting.stage, setting.fabric.device
    if device.type == "cpu" and stage.minibatch > _FEW:
        small = {size: _with_few(setting, size) for size in (1, _FEW)}
        batches = batches_of(1)
        take_step(small[1], state, batches)
        one = _seconds_of(lambda: take_step(small[1], state, batches))
        if one * stage.minibatch * (_STEPS + 1) > seconds:
            peak = _peak(device)
            few = _seconds_of(lambda: take_step(small[_FEW], state, batches_of(_FEW)))
            more = stage.patches_of_a_part(1) - _FEW
            patch_bytes = (_peak(device) - peak) // (_FEW - 1)
            return _Timed(_FEW, _extrapolated(one, few, stage.minibatch), _peak(device) + max(0, more) * patch_bytes)
    batches = batches_of(stage.patches_of_a_part(1))
    take_step(setting, state, batches)
    begun, steps = time.monotonic(), 0
    while steps < _STEPS or time.monotonic() - begun < _SECONDS:
        take_step(setting, state, batches)
        steps += 1
    if device.type == "cuda":
        torch.cuda.synchronize()
    return _Timed(stage.minibatch, (time.monotonic() - begun) / steps, _peak(device))


def _with_few(setting: Setting, patches: int) -> Setting:
    return replace(setting, stage=replace(setting.stage, minibatch=patches, accumulate=1))


def _seconds_of(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _extrapolated(one: float, few: float, minibatch: int) -> float:
    """Seconds of a step of `minibatch` patches from those of steps of 1 and _FEW. A machine that does other work, too,
    may take longer for the first: then a step goes by its patches alone.
    """
    patch = (few - one) / (_FEW - 1)
    if not 0 < patch <= few / _FEW:
        patch = few / _FEW
    return few + (minibatch - _FEW) * patch


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
