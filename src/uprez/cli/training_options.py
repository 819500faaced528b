"""Options of the commands that train."""

from pathlib import Path
from typing import Annotated

import typer

Pairs = Annotated[
    list[Path], typer.Option("--pairs", metavar="FOLDER", help="A store, or a folder of pairs; repeat it.")
]
TimeLimit = Annotated[
    str | None, typer.Option(metavar="TIME", help="Stop after 90s, 20m or 1.5h; the same command goes on later.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
InitFrom = Annotated[
    Path | None,
    typer.Option(metavar="MODEL", help="A checkpoint, a model folder or a bundled model whose weights begin each run."),
]
Features = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Weights of the feature network, where the recipe's losses have one."),
]
Workers = Annotated[int, typer.Option(min=0, help="Processes beside each that make patches.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
