"""`uprez compare`: two frames held against each other."""

from pathlib import Path
from typing import Annotated

import typer

from uprez.cli.console import out, out_json
from uprez.cli.evaluate import names_in
from uprez.cli.extras import extra


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A frame, or one of half the size.", show_default=False)],
    second: Annotated[Path, typer.Argument(metavar="B", help="The truth.", show_default=False)],
    models: Annotated[
        str, typer.Option("--model", metavar="NAMES", help="What upscales A where it is smaller: names with commas.")
    ] = "film-x2-psnr,bicubic",
    page: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Also write a page: frames.html.")
    ] = None,
    flip: Annotated[
        bool, typer.Option("--flip", help="Also HDR-FLIP, which takes several times as long as all else.")
    ] = False,
    white: Annotated[float, typer.Option(min=1, help="cd/m2 that scene-linear 1 stands for, for PU21.")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
) -> None:
    """Hold A against B, the truth: figures; where A is smaller, of what models make of it."""
    with extra("evaluate"):
        from uprez.evaluation.frames import compare_frames
        from uprez.evaluation.measure import METRICS
        from uprez.evaluation.page import write_page
        from uprez.evaluation.report import content_of_frames

    rows, crops = compare_frames(first, second, names_in(models, "--model"), white=white, with_flip=flip)
    if page is not None:
        write_page(content_of_frames(rows, crops, second), page)
    if as_json:
        out_json({row.method: dict(row.figures) for row in rows})
        return
    columns = [max(12, len(row.method)) for row in rows]
    titles = [metric for metric in METRICS if any(metric.name in row.figures for row in rows)]
    wide = max(len(metric.title) for metric in titles)
    out("  ".join([" " * wide, *(f"{row.method:>{width}}" for row, width in zip(rows, columns, strict=True))]))
    for metric in titles:
        cells = [
            f"{row.figures[metric.name]:>{width}.{metric.digits}f}" if metric.name in row.figures else f"{'-':>{width}}"
            for row, width in zip(rows, columns, strict=True)
        ]
        out("  ".join([f"{metric.title:{wide}}", *cells]))
