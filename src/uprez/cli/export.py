"""`uprez export`: a model for other hosts."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from uprez.cli.console import out, out_json
from uprez.cli.extras import extra


class Host(StrEnum):
    """What a model is exported to."""

    NUKE = "nuke"
    ONNX = "onnx"
    OPENVINO = "openvino"


def export(
    model: Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="The model.", show_default=False)],
    to: Annotated[
        Host,
        typer.Option(
            help="nuke: a folder for the Cattery; onnx: one file; openvino: two. All take scene-linear R G B A."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where it goes; MODEL-HOST if not.", show_default=False),
    ] = None,
    sharpness: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Between the model's softer one and itself; in Nuke what the knob begins with.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
) -> None:
    """Write a model as Nuke's Inference node, ONNX or OpenVINO take it."""
    with extra("train"):
        from uprez.export.nuke import export_nuke
        from uprez.export.onnx import export_onnx, export_openvino

    exports: dict[Host, Callable[..., list[Path]]] = {
        Host.NUKE: export_nuke,
        Host.ONNX: export_onnx,
        Host.OPENVINO: export_openvino,
    }
    folder = output or Path(f"{Path(model).name}-{to}")
    files = exports[to](model, folder, sharpness=sharpness)
    if as_json:
        out_json({"model": model, "to": str(to), "files": [str(file) for file in files]})
        return
    for file in files:
        out(str(file))
