"""The PSNR stage: read from top to bottom, in the order of time."""

import json
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from uprez.dataset.loader import Minibatch, minibatches
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.tensors import bicubic
from uprez.networks import build
from uprez.runtimes.openvino import reduced_precisions
from uprez.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from uprez.training.finish import consistent, finish
from uprez.training.losses import fidelity
from uprez.training.recipe import Recipe
from uprez.training.schedule import learning_rate

TIE = 0.01
"""Scores this close, in dB, say nothing about which weights are better: the later ones are kept."""

Frame = tuple[str, NDArray[np.float32], NDArray[np.float32]]
"""Name ("look/shot"), LR and HR, compressed (H, W, 4)."""


@dataclass
class State:
    """What changes from step to step."""

    network: nn.Module
    average: dict[str, Tensor]
    optimiser: torch.optim.Optimizer
    kernel: tuple[float, ...]
    """Down-kernel of the pairs, for consistency."""
    step: int = 0
    best: float = float("-inf")


def train_psnr(
    recipe: Recipe,
    sampler: PatchSampler,
    validation: Iterable[Frame],
    run: Path,
    *,
    device: torch.device,
    workers: int = 0,
    kernel: tuple[float, ...] = (),
    initial: dict[str, Tensor] | None = None,
    time_limit: float | None = None,
    report: Callable[[dict[str, Any]], None] = lambda row: None,
) -> Checkpoint:
    """Train until `recipe.psnr.steps`, until `time_limit` seconds have passed or Ctrl-C; go on from `run/last.pt`
    where it exists.

    validation: read through at each validation. kernel: the pairs' down-kernel, for consistency; without it none is
    enforced.
    Every step takes the patches of its own number, so that a run that was stopped and repeated takes the same steps.
    Writes last.pt, best.pt and stats.jsonl into `run`. Raises KeyboardInterrupt after Ctrl-C, once the
    checkpoint is written.
    """
    stage, started = recipe.psnr, time.monotonic()
    state = begin(recipe, run, device, initial, kernel)
    batches = minibatches(sampler, stage.minibatch, first=state.step, workers=workers)
    losses: list[Tensor] = []
    mark = time.monotonic()
    with interruption() as interrupted:
        while state.step < stage.steps:
            losses.append(train_step(recipe, state, next(batches).to(device)))
            stop = interrupted() or (time_limit is not None and time.monotonic() - started > time_limit)
            if stop or state.step % stage.validate_every == 0 or state.step == stage.steps:
                row = {
                    "step": state.step,
                    "loss": float(torch.stack(losses).mean()),
                    "patches_per_second": len(losses) * stage.minibatch / (time.monotonic() - mark),
                    "gain_db": validate(recipe, state, validation, device),
                }
                record(recipe, state, row, run)
                report(row)
                losses, mark = [], time.monotonic()
            if stop:
                break
        if interrupted():
            raise KeyboardInterrupt
    return load_checkpoint(run / "last.pt", device)


def begin(
    recipe: Recipe, run: Path, device: torch.device, initial: dict[str, Tensor] | None, kernel: tuple[float, ...]
) -> State:
    """The state at the first step of this call: from `run/last.pt`, from `initial` weights, or fresh."""
    torch.manual_seed(recipe.seed)
    network = _network(recipe, device)
    if initial is not None:
        network.load_state_dict(initial)
    average = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.psnr.learning_rate, weight_decay=0.0, fused=True)
    if not (run / "last.pt").exists():
        return State(network, average, optimiser, kernel)
    last = load_checkpoint(run / "last.pt", device)
    network.load_state_dict(last.network)
    optimiser.load_state_dict(last.optimiser)
    return State(network, last.average, optimiser, kernel, last.step, last.best)


def train_step(recipe: Recipe, state: State, batch: Minibatch) -> Tensor:
    """One step of the optimiser and of the moving average; the loss, detached."""
    stage, device = recipe.psnr, batch.lr.device
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate(
            state.step, steps=stage.steps, peak=stage.learning_rate, warmup=stage.warmup, decay_share=stage.decay_share
        )
    with torch.autocast(device.type, torch.bfloat16, enabled=_mixed_precision(device.type)):
        residual = state.network(batch.lr.contiguous(memory_format=torch.channels_last))
    kernel = state.kernel if state.step >= stage.consistency_from else ()
    own = finish(batch.lr, residual.float(), recipe.scale)
    result = consistent(own, batch.lr, recipe.scale, kernel) if kernel else own
    error = partial(fidelity, unit=batch.error, loss=stage.loss, alpha_weight=stage.alpha_weight)
    loss = error(result, batch.hr)
    if kernel and stage.colour_shift:
        loss = loss + stage.colour_shift * error(own, result.detach())
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.network.parameters(), stage.clip)
    state.optimiser.step()
    state.step += 1
    _average(state, min(stage.ema, (1 + state.step) / (10 + state.step)))
    return loss.detach()


@torch.no_grad()
def validate(recipe: Recipe, state: State, frames: Iterable[Frame], device: torch.device) -> dict[str, float]:
    """Gain of the averaged weights over bicubic in dB for each frame: PSNR of R, G, B in the compressed domain."""
    network = _network(recipe, device).eval()
    network.load_state_dict(state.average)
    gains = {}
    for name, lr, hr in frames:
        source, truth = (_tensor(frame, device) for frame in (lr, hr))
        residual = network(source.contiguous(memory_format=torch.channels_last))
        result = finish(source, residual, recipe.scale, state.kernel)
        before, after = ((x - truth)[:, :3].double().square().mean() for x in (bicubic(source, recipe.scale), result))
        gains[name] = float(10 * torch.log10(before / after.clamp(min=1e-12)))
    return gains


def record(recipe: Recipe, state: State, row: dict[str, Any], run: Path) -> None:
    """Write the checkpoints and a line of stats.jsonl. Without frames to validate on, a lower loss is better."""
    gains = list(row["gain_db"].values())
    score = sum(gains) / len(gains) if gains else -row["loss"]
    is_best, state.best = score >= state.best - TIE, max(score, state.best)
    checkpoint = Checkpoint(
        recipe.to_dict(),
        state.step,
        state.best,
        state.network.state_dict(),
        state.average,
        state.optimiser.state_dict(),
        score,
    )
    for name in ("last.pt", "best.pt") if is_best else ("last.pt",):
        save_checkpoint(checkpoint, run / name)
    with (run / "stats.jsonl").open("a", encoding="utf-8") as stats:
        stats.write(json.dumps(row) + "\n")


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


def _network(recipe: Recipe, device: torch.device) -> nn.Module:
    network = build({**recipe.network, "scale": recipe.scale})
    return network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]


@cache
def _mixed_precision(device: str) -> bool:
    """Whether the device multiplies bfloat16 faster than float32: CUDA does, a CPU where it has instructions for it."""
    return device == "cuda" or (device == "cpu" and "bf16" in reduced_precisions())


def _tensor(frame: NDArray[np.float32], device: torch.device) -> Tensor:
    return torch.from_numpy(frame).to(device).permute(2, 0, 1)[None]


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    current = state.network.state_dict()
    torch._foreach_lerp_(list(state.average.values()), [current[name] for name in state.average], 1 - decay)
