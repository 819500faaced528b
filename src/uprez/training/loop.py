"""The loop over the stages of a recipe: read from top to bottom, in the order of time."""

import json
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed import all_gather_object

from uprez.dataset.loader import Numbering, minibatches
from uprez.dataset.resident import ResidentPairs
from uprez.dataset.sampling import PatchSampler
from uprez.errors import DivergedError, TrainingError
from uprez.networks.critics import build_critic
from uprez.training.board import SHOWN, Board
from uprez.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from uprez.training.optimisers import optimiser_for
from uprez.training.recipe import Recipe, Stage
from uprez.training.step import Features, Learner, Setting, State, take_step
from uprez.training.task import build_for
from uprez.training.validation import Frame, Validated, validate

TIE = 0.01
"""Scores this close, in dB, say nothing about which weights are better: the later ones are kept."""

_LOST = 0.02
"""Share of steps whose loss may be no number."""

Report = Callable[[dict[str, Any]], None]
Tick = Callable[[str, int], None]


@dataclass(frozen=True)
class Course:
    """What a run is made of, but for its state."""

    recipe: Recipe
    sampler: PatchSampler
    validation: Sequence[Frame]
    """Read anew at each validation."""
    run: Path
    fabric: Fabric
    kernel: tuple[float, ...] = ()
    """The pairs' down-kernel, for consistency; without it none is enforced."""
    features: Features | None = None
    workers: int = 0
    resident: ResidentPairs | None = None
    """The sampler's pairs on the device, instead of workers."""
    report: Report = field(default=lambda row: None)
    tick: Tick = field(default=lambda stage, step: None)
    """Hears of every step that is done: the stage's name and the step."""
    board: Board | None = None


def train_stages(
    course: Course,
    *,
    initial: Mapping[str, Tensor] | None = None,
    time_limit: float | None = None,
    write_model: Callable[[Stage, Path], None] = lambda stage, checkpoint: None,
) -> Checkpoint:
    """Train all stages, until `time_limit` seconds have passed or Ctrl-C; go on from `run/last.pt` where it exists.

    Every step takes the patches of its own number, so that a run that was stopped and repeated takes the same steps.
    Writes last.pt, best.pt and stats.jsonl into the run folder, and STAGE.pt, the stage's best, once a stage is done;
    `write_model` then gets the stage and that file. Raises KeyboardInterrupt after Ctrl-C, once the checkpoint is
    written; DivergedError where a loss is no number any more.
    """
    started = time.monotonic()
    state = begin(course, initial)
    if course.fabric.is_global_zero:
        steps = _steps_before(course, state) + state.step
        course = replace(course, board=Board(course.run / "tensorboard", from_step=steps))
    with interruption() as interrupted:

        def must_stop() -> bool:
            over_time = time_limit is not None and time.monotonic() - started > time_limit
            return _any_process(course.fabric, interrupted() or over_time)

        while True:
            stage = course.recipe.stage[state.stage]
            stopped = _train_stage(course, state, must_stop)
            if state.step < stage.steps:
                break
            if course.fabric.is_global_zero:
                write_model(stage, _stage_file(course.run, stage))
            course.fabric.barrier()
            if stopped or state.stage + 1 == len(course.recipe.stage):
                break
            state = fresh(course, state.stage + 1, load_checkpoint(_stage_file(course.run, stage)).average)
        if interrupted():
            raise KeyboardInterrupt
    return load_checkpoint(course.run / "last.pt")


def begin(course: Course, initial: Mapping[str, Tensor] | None = None) -> State:
    """The state at the first step of this call: from `run/last.pt`, from `initial` weights, or fresh."""
    path = course.run / "last.pt"
    if not path.exists():
        return fresh(course, 0, initial)
    last = load_checkpoint(path)
    state = fresh(course, last.stage, last.network)
    state.generator.optimiser.load_state_dict(last.optimiser)
    if state.critic is not None:
        state.critic.network.load_state_dict(last.critic)
        state.critic.optimiser.load_state_dict(last.critic_optimiser)
    average = {name: value.to(course.fabric.device) for name, value in last.average.items()}
    return State(state.generator, average, state.critic, last.stage, last.step, last.best)


def fresh(course: Course, stage: int, weights: Mapping[str, Tensor] | None) -> State:
    """The state before the first step of a stage, from some weights or from fresh ones."""
    recipe, fabric = course.recipe, course.fabric
    rates = recipe.stage[stage]
    torch.manual_seed(recipe.seed + stage)
    network = build_for(recipe)
    if weights is not None:
        network.load_state_dict(weights)
    generator = _learner(fabric, network, rates.optimiser, rates.learning_rate, (0.9, 0.999))
    average = {name: value.detach().clone() for name, value in generator.network.state_dict().items()}
    critic = None
    if rates.losses.gan:
        judge = build_critic(
            recipe.critic.family, inputs=4 if recipe.critic.alpha else 3, features=recipe.critic.features
        )
        critic = _learner(fabric, judge, "adamw", rates.critic_learning_rate, (0.9, 0.99))
    return State(generator, average, critic, stage)


def _learner(fabric: Fabric, network: nn.Module, kind: str, rate: float, betas: tuple[float, float]) -> Learner:
    network = network.to(fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Learner(*fabric.setup(network, optimiser_for(network, kind, rate, betas)))


def _train_stage(course: Course, state: State, must_stop: Callable[[], bool]) -> bool:
    """Take steps until the stage is done or it must stop; whether it must."""
    stage, fabric = course.recipe.stage[state.stage], course.fabric
    setting = Setting(course.recipe, stage, course.kernel, fabric, course.features)
    numbering = Numbering(
        _share(stage, fabric),
        after=sum(earlier.steps * earlier.minibatch for earlier in course.recipe.stage[: state.stage]),
        rank=fabric.global_rank,
        ranks=fabric.world_size,
    )
    first = state.step * stage.accumulate
    if course.resident is not None:
        batches = course.resident.minibatches(numbering, first=first)
    else:
        batches = minibatches(course.sampler, numbering, first=first, workers=course.workers)
    taken: list[dict[str, Tensor]] = []
    mark, stop = time.monotonic(), False
    while state.step < stage.steps and not stop:
        taken.append(take_step(setting, state, batches))
        course.tick(stage.name, state.step)
        stop = must_stop()
        if stop or state.step % stage.validate_every == 0 or state.step == stage.steps:
            seconds = time.monotonic() - mark
            losses = _mean_losses(fabric, taken, course.run, state.step)
            row = {"stage": stage.name, "step": state.step, "loss": sum(losses.values()), "losses": losses}
            row |= {"patches_per_second": len(taken) * stage.minibatch / seconds, **_validation(course, state)}
            if fabric.is_global_zero:
                record(course, state, row)
                course.report(row)
            fabric.barrier()
            taken, mark = [], time.monotonic()
    return stop


def _share(stage: Stage, fabric: Fabric) -> int:
    """Patches of one part of a step in one process."""
    parts = stage.accumulate * fabric.world_size
    if stage.minibatch % parts:
        raise TrainingError(
            f"stage {stage.name}: a minibatch of {stage.minibatch} can't be shared by {fabric.world_size} processes "
            f"in {stage.accumulate} parts each; change minibatch or accumulate"
        )
    return stage.minibatch // parts


def _mean_losses(fabric: Fabric, taken: list[dict[str, Tensor]], run: Path, step: int) -> dict[str, float]:
    """Means over steps and processes, by term. Raises DivergedError where one is no number in more than a few steps:
    those that overflowed alone have taught nothing, and count for nothing.
    """
    names = list(taken[0])
    values = torch.stack([torch.stack([terms[name] for terms in taken]) for name in names])
    lost = (~values.isfinite()).float().mean(1)
    means = torch.where(lost > _LOST, torch.nan, torch.where(values.isfinite(), values, torch.nan).nanmean(1))
    if fabric.world_size > 1:
        means = fabric.all_reduce(means, reduce_op="mean")  # type: ignore[assignment]
    losses = dict(zip(names, means.tolist(), strict=True))
    if wrong := [name for name, value in losses.items() if not math.isfinite(value)]:
        stands = f"{run / 'last.pt'} stands" if (run / "last.pt").exists() else "no checkpoint was written before"
        raise DivergedError(f"the loss {wrong[0]} is no number at step {step}; lower the learning rate; {stands}")
    return losses


def _validation(course: Course, state: State) -> dict[str, Any]:
    """The gain of each frame, by name, and the mean of the other figures; each process takes some of the frames."""
    fabric, recipe = course.fabric, course.recipe
    if recipe.task == "guides":
        return {"gain_db": {}}
    network = build_for(recipe)
    network.load_state_dict(state.average)
    network = network.to(fabric.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    scale = recipe.scales_of(recipe.stage[state.stage])[-1]
    is_whole = scale == recipe.scale
    frames = course.validation[fabric.global_rank :: fabric.world_size]
    left = iter(range(SHOWN))

    def show(name: str, images: Callable[[], list[NDArray[np.float32]]]) -> None:
        if course.board is not None and next(left, None) is not None:
            course.board.image(_steps_before(course, state) + state.step, name, images())

    figures = validate(
        network if is_whole else partial(network, scale=scale),
        frames,
        scale=scale,
        kernel=course.kernel if is_whole else (),
        device=fabric.device,
        truth_times=recipe.scale // scale,
        show=show,
    )
    if fabric.world_size > 1:
        shares: list[dict[str, Validated]] = [{} for _ in range(fabric.world_size)]
        all_gather_object(shares, figures)
        figures = {name: found for share in shares for name, found in sorted(share.items())}
    gains = {name: found.gain_db for name, found in sorted(figures.items())}
    others = {
        name: sum(getattr(found, name) for found in figures.values()) / len(figures)
        for name in Validated._fields
        if figures and name != "gain_db"
    }
    return {"gain_db": gains, **others}


def record(course: Course, state: State, row: dict[str, Any]) -> None:
    """Write the checkpoints and a line of stats.jsonl.

    Without frames to validate on, a lower loss is better. With a critic the latest weights are the best ones: fidelity
    only falls there, and says nothing.
    """
    gains = list(row["gain_db"].values())
    score = sum(gains) / len(gains) if gains else -row["loss"]
    is_best = state.critic is not None or score >= state.best - TIE
    state.best = max(score, state.best)
    critic = state.critic
    checkpoint = Checkpoint(
        recipe=course.recipe.to_dict(),
        stage=state.stage,
        step=state.step,
        best=state.best,
        network=state.generator.network.state_dict(),
        average=state.average,
        optimiser=state.generator.optimiser.state_dict(),
        critic=critic.network.state_dict() if critic else {},
        critic_optimiser=critic.optimiser.state_dict() if critic else {},
        score=score,
    )
    stage = course.recipe.stage[state.stage]
    if is_best:
        save_checkpoint(checkpoint, course.run / "best.pt")
    if state.step == stage.steps:
        save_checkpoint(load_checkpoint(course.run / "best.pt"), _stage_file(course.run, stage))
    save_checkpoint(checkpoint, course.run / "last.pt")
    with (course.run / "stats.jsonl").open("a", encoding="utf-8") as stats:
        stats.write(json.dumps(row) + "\n")
    if course.board is not None:
        course.board.figures(_steps_before(course, state) + state.step, row)


def _steps_before(course: Course, state: State) -> int:
    """Steps of the stages before this one."""
    return sum(earlier.steps for earlier in course.recipe.stage[: state.stage])


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Within it, the first Ctrl-C only sets a flag, so that a step is never cut in two; the second one kills as
    usual.
    """
    happened = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield happened.is_set
        return

    def note(*_: object) -> None:
        happened.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield happened.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def _stage_file(run: Path, stage: Stage) -> Path:
    return run / f"{stage.name}.pt"


def _any_process(fabric: Fabric, here: bool) -> bool:
    """Whether it is so in any process: all of them stop at the same step."""
    if fabric.world_size == 1:
        return here
    return bool(fabric.all_reduce(torch.tensor(float(here), device=fabric.device), reduce_op="sum") > 0)  # type: ignore[operator]
