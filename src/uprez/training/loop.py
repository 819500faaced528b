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
from uprez.errors import DivergedError, RecipeError
from uprez.networks.critics import build_critic
from uprez.training.board import SHOWN, Board
from uprez.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from uprez.training.optimisers import optimiser_for
from uprez.training.recipe import Recipe, Stage, recipe_from
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
    """Train all stages, until `time_limit` seconds have passed or a signal comes; go on from `run/last.pt` if there.

    Every step takes the patches of its own number, so that a run that was stopped and repeated takes the same steps.
    Writes last.pt, best.pt and stats.jsonl into the run folder, and STAGE.pt, the stage's best, once a stage is done;
    `write_model` then gets the stage and that file. Raises KeyboardInterrupt after Ctrl-C or SIGTERM, once the
    checkpoint is written; DivergedError where a loss or a weight is no number any more; RecipeError where the folder's
    stage can't go on with the recipe.
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
    _require_same_stage(path, recipe_from(last.recipe).stage[last.stage], course.recipe.stage[last.stage], last.step)
    state = fresh(course, last.stage, last.network)
    state.generator.optimiser.load_state_dict(last.optimiser)
    if state.critic is not None:
        state.critic.network.load_state_dict(last.critic)
        state.critic.optimiser.load_state_dict(last.critic_optimiser)
    average = {name: value.to(course.fabric.device) for name, value in last.average.items()}
    return State(state.generator, average, state.critic, last.stage, last.step, last.best)


def _require_same_stage(path: Path, before: Stage, now: Stage, done: int) -> None:
    """Raises RecipeError where a stage can't go on as the recipe has it now."""
    told = f"{path}: {done} steps of the stage {now.name} are done"
    if before.optimiser != now.optimiser:
        raise RecipeError(f"{told} by {before.optimiser}; go on with it, or name another folder")
    if bool(before.losses.gan) != bool(now.losses.gan):
        raise RecipeError(f"{told} {'with' if before.losses.gan else 'without'} a critic; name another folder")
    if done > now.steps:
        raise RecipeError(f"{told}, and the recipe has {now.steps} now; give it as many, or name another folder")


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
        stage.patches_of_a_part(fabric.world_size),
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
        is_due = state.step % stage.validate_every == 0 or state.step == stage.steps
        if stop or is_due:
            seconds = time.monotonic() - mark
            losses = _mean_losses(fabric, taken, course.run, state.step)
            row = {"stage": stage.name, "step": state.step, "loss": sum(losses.values()), "losses": losses}
            row |= {"patches_per_second": len(taken) * stage.minibatch / seconds, **_validation(course, state)}
            if fabric.is_global_zero:
                record(course, state, row, is_due=is_due)
                course.report(row)
            fabric.barrier()
            taken, mark = [], time.monotonic()
    return stop


def _mean_losses(fabric: Fabric, taken: list[dict[str, Tensor]], run: Path, step: int) -> dict[str, float]:
    """Means over steps and processes, by term. Raises DivergedError where one is no number in more than a few steps:
    those that overflowed alone have taught nothing, and count for nothing.
    """
    names = list(dict.fromkeys(name for terms in taken for name in terms))
    none = torch.zeros_like(next(iter(taken[0].values())))
    values = torch.stack([torch.stack([terms.get(name, none) for terms in taken]) for name in names])
    lost = (~values.isfinite()).float().mean(1)
    means = torch.where(lost > _LOST, torch.nan, torch.where(values.isfinite(), values, torch.nan).nanmean(1))
    if fabric.world_size > 1:
        means = fabric.all_reduce(means, reduce_op="mean")  # type: ignore[assignment]
    losses = dict(zip(names, means.tolist(), strict=True))
    if wrong := [name for name, value in losses.items() if not math.isfinite(value)]:
        raise DivergedError(f"the loss {wrong[0]} is no number at step {step}; lower the learning rate; {_stands(run)}")
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


def record(course: Course, state: State, row: dict[str, Any], *, is_due: bool) -> None:
    """Write the checkpoints and a line of stats.jsonl.

    With a critic the latest weights are the best ones, since fidelity only falls there and says nothing; and without
    frames to validate on. What was validated before it was due, since the run was stopped, competes with nothing, or
    the run would end otherwise than one that was not. Raises DivergedError for weights that are no numbers.
    """
    gains = list(row["gain_db"].values())
    score = sum(gains) / len(gains) if gains else math.nan
    is_best = state.critic is not None or not gains or score >= state.best - TIE
    if not is_due:
        is_best = state.best == -math.inf
    elif gains:
        state.best = max(score, state.best)
    critic = state.critic
    _require_numbers(course, state)
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


def _require_numbers(course: Course, state: State) -> None:
    """Raises DivergedError where a weight is no number: what would be written could never go on."""
    learners = [state.generator, state.critic] if state.critic else [state.generator]
    values = [*state.average.values(), *(each for one in learners for each in one.network.state_dict().values())]
    if not all(bool(value.isfinite().all()) for value in values):
        raise DivergedError(f"a weight is no number at step {state.step}; lower the rates; {_stands(course.run)}")


def _stands(run: Path) -> str:
    return f"{run / 'last.pt'} stands" if (run / "last.pt").exists() else "no checkpoint was written before"


def _steps_before(course: Course, state: State) -> int:
    """Steps of the stages before this one."""
    return sum(earlier.steps for earlier in course.recipe.stage[: state.stage])


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Within it, the first Ctrl-C or SIGTERM, by which a farm cancels a task, only sets a flag, so that a step is never
    cut in two; the second one kills as usual.
    """
    happened = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield happened.is_set
        return

    def note(*_: object) -> None:
        happened.set()
        give_back()

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, note)
    try:
        yield happened.is_set
    finally:
        give_back()


def _stage_file(run: Path, stage: Stage) -> Path:
    return run / f"{stage.name}.pt"


def _any_process(fabric: Fabric, here: bool) -> bool:
    """Whether it is so in any process: all of them stop at the same step."""
    if fabric.world_size == 1:
        return here
    return bool(fabric.all_reduce(torch.tensor(float(here), device=fabric.device), reduce_op="sum") > 0)  # type: ignore[operator]
