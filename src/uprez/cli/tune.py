"""`uprez tune`: the weights and rates of a recipe, searched."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli import training_options as options
from uprez.cli.console import note, out, out_json
from uprez.cli.extras import extra
from uprez.cli.values import parse_seconds

if TYPE_CHECKING:
    from uprez.training.trial import Finished


def tune(
    study: Annotated[Path, typer.Argument(help="What is searched, a TOML file.", show_default=False)],
    pairs: options.Pairs,
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="The study's folder; tuning/STUDY by default.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="So many trials in all, of all processes that share FOLDER.")] = 30,
    time_limit: options.TimeLimit = None,
    device: options.Device = "auto",
    init_from: options.InitFrom = None,
    features: options.Features = None,
    workers: options.Workers = 1,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Search a recipe's weights and rates for sharpness without artifacts. Start it as often as there are machines."""
    seconds = None if time_limit is None else parse_seconds(time_limit)
    with extra("train"):
        from uprez.training.trial import Means
        from uprez.training.tuning import open_study
        from uprez.training.tuning import tune as tune_recipe
        from uprez.training.tuning_page import write_page
    place = folder or Path("tuning") / study.stem

    def report(done: "Finished") -> None:
        if not quiet:
            note(f"{done.over}/{trials}  trial {done.number} {done.outcome}  {_figures(done)}")

    def told(row: dict[str, object]) -> None:
        if not quiet and "packing_pairs_into" in row:
            note(f"packing pairs into {row['packing_pairs_into']}")

    means = Means(device, init_from, features, workers)
    best = tune_recipe(
        study, pairs=pairs, out=place, trials=trials, time_limit=seconds, means=means, report=report, told=told
    )
    page = write_page(open_study(place), best, place)
    if as_json:
        out_json({"page": str(page), "best": [_summary(each) for each in best]})
        return
    for each in best:
        out(f"{_figures(each)}  {each.folder / 'recipe.toml'}")
    out(f"page: {page}" if best else f"no trial is complete yet; page: {page}")


def _figures(done: "Finished") -> str:
    shown = {key: f"{value:.3g}" if isinstance(value, float) else str(value) for key, value in done.values.items()}
    values = "  ".join(f"{key} {value}" for key, value in shown.items())
    if done.score is None:
        return values
    return f"blur {done.score.blur:.3f}  artifacts {done.score.artifacts:.4f}  {values}"


def _summary(done: "Finished") -> dict[str, object]:
    score = done.score._asdict() if done.score else {}
    return {"trial": done.number, **score, "values": done.values, "recipe": str(done.folder / "recipe.toml")}
