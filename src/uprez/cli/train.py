"""`uprez train`: a network from a recipe and rendered pairs."""

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import training_options as options
from uprez.cli.console import note, out, out_json
from uprez.cli.extras import extra
from uprez.cli.training_progress import shown_training
from uprez.cli.values import parse_seconds, show_seconds

if TYPE_CHECKING:
    from uprez.training.dry_run import Estimate


def train(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file.", show_default=False)],
    pairs: options.Pairs,
    run: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="The run folder; runs/RECIPE by default.")
    ] = None,
    time_limit: options.TimeLimit = None,
    device: options.Device = "auto",
    init_from: options.InitFrom = None,
    features: options.Features = None,
    processes: Annotated[
        int,
        typer.Option(min=1, help="Processes that train together on this machine, one a GPU; torchrun sets its own."),
    ] = 1,
    workers: options.Workers = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all there is to check, say what the run would take, and stop.")
    ] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Train a network on rendered pairs. The same command again goes on where the run stopped."""
    seconds = None if time_limit is None else parse_seconds(time_limit)
    with extra("train"):
        from uprez.training import dry_run as dry_runs
        from uprez.training import recipe as recipes
        from uprez.training import run as training
    if dry_run:
        estimate = dry_runs.estimate(
            recipe, pairs=pairs, device=device, processes=processes, init_from=init_from, feature_weights=features
        )
        _tell(estimate, as_json=as_json)
        return
    stages = recipes.read_recipe(recipe).stage
    folder = run or Path("runs") / recipe.stem
    with shown_training(stages, quiet=quiet) as (report, tick):
        checkpoint = training.train(
            recipe,
            pairs=pairs,
            run=folder,
            device=device,
            processes=processes,
            time_limit=seconds,
            init_from=init_from,
            feature_weights=features,
            workers=workers,
            report=report,
            tick=tick,
        )
    if os.environ.get("LOCAL_RANK", "0") != "0":
        return
    model = folder / "model"
    if as_json:
        stage = stages[checkpoint.stage]
        gain = checkpoint.best if math.isfinite(checkpoint.best) else None
        done = {"stage": stage.name, "step": checkpoint.step, "steps": stage.steps, "best_gain_db": gain}
        out_json({"run": str(folder), "model": str(model) if model.is_dir() else None, **done})
    elif not quiet and model.is_dir():
        note(f"the model is {model}; judge it with: uprez evaluate PAIRS --models {model},bicubic")


def _tell(found: "Estimate", *, as_json: bool) -> None:
    if as_json:
        out_json(found._asdict() | {"stages": [stage._asdict() for stage in found.stages]})
        return
    validating = f", {found.validation_pairs} more to validate on" if found.validation_pairs else ""
    out(f"{found.training_pairs} pairs{validating}")
    for stage in found.stages:
        critic = f" and {stage.critic_parameters / 1e6:.2f} M of the critic" if stage.critic_parameters else ""
        few = ""
        if stage.timed_minibatch < stage.minibatch:
            few = f"; roughly, from steps of up to {stage.timed_minibatch} patches, as whole ones take minutes here"
        out(
            f"{stage.stage}: {stage.parameters / 1e6:.2f} M parameters{critic}, {stage.steps} steps of "
            f"{stage.minibatch} patches of {stage.patch} HR pixels: {stage.patches_per_second:.1f} patches/s, "
            f"{show_seconds(3600 * stage.hours)}, {stage.peak_bytes / 1e9:.1f} GB{few}"
        )
