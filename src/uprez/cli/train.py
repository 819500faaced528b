"""`uprez train`: a network from a recipe and rendered pairs."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from uprez.cli.console import note, out_json
from uprez.cli.extras import extra
from uprez.cli.values import parse_seconds, show_seconds

Row = dict[str, Any]


def train(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file.", show_default=False)],
    pairs: Annotated[
        list[Path],
        typer.Option("--pairs", metavar="FOLDER", help="A store, or a folder of pairs; repeat it."),
    ],
    run: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="The run folder; runs/RECIPE by default.")
    ] = None,
    time_limit: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop after 90s, 20m or 1.5h; the same command goes on later.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    init_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE|FOLDER", help="A checkpoint or a model folder whose weights begin the run."),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weights of the feature network, where the recipe's losses have one."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(min=1, help="Processes that train together on this machine, one a GPU; torchrun sets its own."),
    ] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Processes beside each that make patches.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train a network on rendered pairs. The same command again goes on where the run stopped."""
    seconds = None if time_limit is None else parse_seconds(time_limit)
    with extra("train"):
        from uprez.training import recipe as recipes
        from uprez.training import run as training
    stages = recipes.read_recipe(recipe).stage
    folder = run or Path("runs") / recipe.stem
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
        report=(lambda row: None) if quiet else _progress(stages),
    )
    if as_json and os.environ.get("LOCAL_RANK", "0") == "0":
        stage = stages[checkpoint.stage]
        done = {"stage": stage.name, "step": checkpoint.step, "steps": stage.steps, "best_gain_db": checkpoint.best}
        out_json({"run": str(folder), **done})


def _progress(stages: Sequence[Any]) -> Callable[[Row], None]:
    """A line for each row that training reports: stage and step, its figures, the rate and the stage's time left."""
    by_name = {stage.name: stage for stage in stages}

    def show(row: Row) -> None:
        if "step" not in row:
            note("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))
            return
        stage, rate = by_name[row["stage"]], row["patches_per_second"]
        gains = list(row["gain_db"].values())
        gain = f"{sum(gains) / len(gains):+.2f} dB over bicubic" if gains else "nothing to validate on"
        sharp = f"  sharpness {row['sharpness']:.2f}" if "sharpness" in row else ""
        left = show_seconds((stage.steps - row["step"]) * stage.minibatch / rate) if rate else "?"
        at = f"{stage.name} {row['step']}/{stage.steps}"
        note(f"{at}  loss {row['loss']:.5f}  {gain}{sharp}  {rate:.0f} patches/s  {left} left")

    return show
