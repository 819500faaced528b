"""`uprez train`: a network from a recipe and rendered pairs."""

from collections.abc import Callable
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
    workers: Annotated[int, typer.Option(min=0, help="Processes beside that make patches.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Train a network on rendered pairs. The same command again goes on where the run stopped."""
    seconds = None if time_limit is None else parse_seconds(time_limit)
    with extra("train"):
        from uprez.training import recipe as recipes
        from uprez.training import run as training
    stage = recipes.read_recipe(recipe).psnr
    folder = run or Path("runs") / recipe.stem
    checkpoint = training.train(
        recipe,
        pairs=pairs,
        run=folder,
        device=device,
        time_limit=seconds,
        init_from=init_from,
        workers=workers,
        report=(lambda row: None) if quiet else _progress(stage.steps, stage.minibatch),
    )
    if as_json:
        out_json({"run": str(folder), "step": checkpoint.step, "steps": stage.steps, "best_gain_db": checkpoint.best})


def _progress(steps: int, minibatch: int) -> Callable[[Row], None]:
    """A line for each row that training reports: the step, its figures, the rate and the time left."""

    def show(row: Row) -> None:
        if "step" not in row:
            note("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))
            return
        rate = row["patches_per_second"]
        gains = list(row["gain_db"].values())
        gain = f"{sum(gains) / len(gains):+.2f} dB over bicubic" if gains else "nothing to validate on"
        left = show_seconds((steps - row["step"]) * minibatch / rate) if rate else "?"
        note(f"step {row['step']}/{steps}  loss {row['loss']:.5f}  {gain}  {rate:.0f} patches/s  {left} left")

    return show
