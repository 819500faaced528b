"""One step of a stage: the terms of its losses, the optimisers, the moving average."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from uprez.dataset.loader import Minibatch
from uprez.networks.critics import looks_at
from uprez.training.curriculum import Aim, aim_of, lowered
from uprez.training.finish import consistent, finish
from uprez.training.guides import guide_terms, seen
from uprez.training.losses import (
    MEASURES,
    adversarial,
    colour_shift,
    critic_loss,
    detail_distance,
    feature_distance,
    fidelity,
    light_distance,
    over,
)
from uprez.training.recipe import Recipe, Stage
from uprez.training.schedule import learning_rate

Features = Callable[[Tensor], Sequence[Tensor]]
"""Of composites, compressed (N, 3, H, W), to activations."""


@dataclass
class Learner:
    """A network that learns, and its optimiser."""

    network: nn.Module
    optimiser: torch.optim.Optimizer


@dataclass
class State:
    """What changes from step to step."""

    generator: Learner
    average: dict[str, Tensor]
    """Moving average of the generator's weights."""
    critic: Learner | None
    stage: int = 0
    step: int = 0
    """Steps of the stage that are done."""
    best: float = float("-inf")


@dataclass(frozen=True)
class Setting:
    """What stays the same in all steps of a stage."""

    recipe: Recipe
    stage: Stage
    kernel: tuple[float, ...]
    """Down-kernel of the pairs; without it no result is held to its source's light."""
    fabric: Fabric
    features: Features | None = None


Shown = list[tuple[Tensor, Tensor]]
"""Truths and results as a critic is to see them."""


def take_step(setting: Setting, state: State, batches: Iterator[Minibatch]) -> dict[str, Tensor]:
    """One step of the optimisers and of the moving average; the weighted terms of the losses, detached.

    batches: as many are taken as the stage accumulates.
    """
    stage, fabric, generator, critic = setting.stage, setting.fabric, state.generator, state.critic
    _set_rate(generator, stage, state.step, stage.learning_rate)
    backgrounds = _backgrounds(setting, state)
    terms = _guide_terms if setting.recipe.task == "guides" else _terms
    judged: Shown = []
    sums: dict[str, Tensor] = {}
    generator.optimiser.zero_grad(set_to_none=True)
    for part in range(stage.accumulate):
        batch = next(batches).to(fabric.device)
        with _no_sync(fabric, generator, last=part + 1 == stage.accumulate):
            found, shown = terms(setting, state, batch, backgrounds[part])
            fabric.backward(torch.stack(list(found.values())).sum() / stage.accumulate)
        judged += shown
        for name, term in found.items():
            sums[name] = sums.get(name, torch.zeros_like(term)) + term.detach() / stage.accumulate
    fabric.clip_gradients(generator.network, generator.optimiser, max_norm=stage.clip, error_if_nonfinite=False)
    _drop_nonfinite(generator.network)
    generator.optimiser.step()
    if critic is not None:
        sums["critic"] = _teach(setting, critic, state.step, judged)
    state.step += 1
    _average(state, min(stage.ema, (1 + state.step) / (10 + state.step)))
    return sums


def _guide_terms(
    setting: Setting, state: State, batch: Minibatch, background: Tensor
) -> tuple[dict[str, Tensor], Shown]:
    return guide_terms(state.generator.network(seen(batch, background)).float(), batch), []


def _terms(setting: Setting, state: State, batch: Minibatch, background: Tensor) -> tuple[dict[str, Tensor], Shown]:
    """The weighted terms by name; and what the critic is to see, where there is one."""
    recipe, stage, weights = setting.recipe, setting.stage, setting.stage.losses
    aim = aim_of(recipe, state.stage, state.step)
    scale, is_whole = aim.scale, aim.scale == recipe.scale
    kernel = setting.kernel if is_whole else (1 / scale,) * scale
    holds = is_whole and bool(kernel) and 0 <= stage.consistency_from <= state.step
    hr = lowered(batch.hr, recipe.scale // scale)
    own = finish(batch.lr, _residual(state.generator.network, batch.lr, aim, recipe.scale), scale)
    result = consistent(own, batch.lr, scale, kernel) if holds else own
    unit = batch.error if weights.relative else torch.ones_like(batch.error)
    error = partial(fidelity, unit=unit, measure=MEASURES[weights.measure], alpha_weight=weights.alpha)
    found = {}
    if weights.fidelity:
        found["fidelity"] = weights.fidelity * error(result, hr)
    if weights.light:
        found["light"] = weights.light * light_distance(result, hr)
    if weights.drift and holds:
        found["drift"] = weights.drift * error(own, result.detach())
    if weights.colour_shift:
        shift = colour_shift(own, batch.lr, kernel, scale, linear=weights.colour_shift_in == "linear")
        found["colour_shift"] = weights.colour_shift * shift
    if weights.detail:
        found["detail"] = weights.detail * detail_distance(result, hr, strength=weights.detail_strength)
    if not (weights.feature or weights.gan):
        return found, []
    composites = [over(image, background) for image in (hr, result)]
    if weights.feature and setting.features is not None:
        with setting.fabric.autocast():
            with torch.no_grad():
                truth = setting.features(composites[0])
            ours = setting.features(composites[1])
        found["feature"] = weights.feature * feature_distance(ours, truth)
    if state.critic is None:
        return found, []
    inputs = 4 if recipe.critic.alpha else 3
    real, fake = (looks_at(*shown, inputs) for shown in zip((hr, result), composites, strict=True))
    verdicts = _judged(setting.fabric, state.critic, real.detach(), fake)
    found["gan"] = weights.gan * adversarial(*verdicts, weights.gan_as)
    return found, [(real.detach(), fake.detach())]


def _residual(network: nn.Module, source: Tensor, aim: Aim, scale: int) -> Tensor:
    source = source.contiguous(memory_format=torch.channels_last)
    residual: Tensor = network(source) if aim == Aim(scale) else network(source, *aim)
    return residual.float()


def _judged(fabric: Fabric, critic: Learner, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """The critic's verdicts, for the generator to learn from: the critic itself learns nothing."""
    network: nn.Module = critic.network.module  # type: ignore[assignment]  # without what processes share gradients by
    network.requires_grad_(False)
    with fabric.autocast():
        verdicts = network(torch.cat([real, fake]))
    network.requires_grad_(True)
    on_real, on_fake = verdicts.float().chunk(2)
    return on_real, on_fake


def _teach(setting: Setting, critic: Learner, step: int, shown: Shown) -> Tensor:
    """One step of the critic on what the generator's step has shown; its loss, detached."""
    stage, fabric = setting.stage, setting.fabric
    _set_rate(critic, stage, step, stage.critic_learning_rate)
    critic.optimiser.zero_grad(set_to_none=True)
    total = torch.zeros((), device=fabric.device)
    for place, (real, fake) in enumerate(shown, 1):
        with _no_sync(fabric, critic, last=place == len(shown)):
            on_real, on_fake = critic.network(torch.cat([real, fake])).float().chunk(2)
            loss = critic_loss(on_real, on_fake, stage.losses.gan_as) / len(shown)
            fabric.backward(loss)
        total += loss.detach()
    _drop_nonfinite(critic.network)
    critic.optimiser.step()
    return total


def _backgrounds(setting: Setting, state: State) -> list[Tensor]:
    """For each part of this process, (N, 3, 1, 1), linear: even colours over six stops, the same whatever the number of
    processes and parts.
    """
    recipe, stage, fabric = setting.recipe, setting.stage, setting.fabric
    seed = np.random.SeedSequence((recipe.seed, state.stage, state.step)).generate_state(1, np.uint64)
    random = torch.Generator().manual_seed(int(seed[0]))
    drawn = torch.rand(stage.minibatch, 3, 1, 1, generator=random) * torch.exp2(
        6 * torch.rand(stage.minibatch, 1, 1, 1, generator=random) - 4
    )
    parts = drawn.to(fabric.device).reshape(stage.accumulate, fabric.world_size, -1, 3, 1, 1)
    return list(parts[:, fabric.global_rank])


def _no_sync(fabric: Fabric, learner: Learner, *, last: bool) -> AbstractContextManager[None]:
    """Processes share gradients in the last part of a step only."""
    if last or fabric.world_size == 1:
        return nullcontext()
    held: AbstractContextManager[None] = fabric.no_backward_sync(learner.network)  # type: ignore[arg-type]
    return held


def _set_rate(learner: Learner, stage: Stage, step: int, peak: float) -> None:
    for group in learner.optimiser.param_groups:
        group["lr"] = learning_rate(
            step, steps=stage.steps, peak=peak, warmup=stage.warmup, decay_share=stage.decay_share
        )


@torch.no_grad()
def _drop_nonfinite(network: nn.Module) -> None:
    """No gradient where it is no number: a single patch whose loss overflows must not end a run of days."""
    for parameter in network.parameters():
        if parameter.grad is not None:
            parameter.grad.nan_to_num_(nan=0.0, posinf=0.0, neginf=0.0)


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    current = state.generator.network.state_dict()
    torch._foreach_lerp_(list(state.average.values()), [current[name] for name in state.average], 1 - decay)
