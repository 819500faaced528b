"""`uprez tune`: the weights and rates of a recipe, searched."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli.console import note, out, out_json
from uprez.cli.extras import extra
from uprez.cli.values import parse_seconds

if TYPE_CHECKING:
    from uprez.training.trial import Finished


def tune(
    study: Annotated[Path, typer.Argument(help="What is searched, a TOML file.", show_default=False)],
    pairs: Annotated[
        list[Path],
        typer.Option("--pairs", metavar="FOLDER", help="A store, or a folder of pairs; repeat it."),
    ],
    folder: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="The study's folder; tuning/STUDY by default.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="So many trials in all, of all processes that share FOLDER.")] = 30,
    time_limit: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop after 90s, 20m or 1.5h; the same command goes on later.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    init_from: Annotated[
        Path | None,
        typer.Option(metavar="FILE|FOLDER", help="A checkpoint or a model folder whose weights begin every trial."),
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Weights of the feature network, where the recipe's losses have one."),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes that make patches.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
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
