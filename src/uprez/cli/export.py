"""`uprez export`: a model for other hosts."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from uprez.cli.console import out, out_json
from uprez.cli.extras import extra
from uprez.errors import UsageError


class Host(StrEnum):
    """What a model is exported to."""

    NUKE = "nuke"
    ONNX = "onnx"
    OPENVINO = "openvino"
    INT8 = "int8"


def export(
    model: Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="The model.", show_default=False)],
    to: Annotated[
        Host,
        typer.Option(
            help="nuke: a folder for the Cattery; onnx: one file; openvino: two. All take scene-linear R G B A. "
            "int8: a model for --model that is faster on CPUs and a little less exact."
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
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="For int8: rendered pairs to calibrate with.", show_default=False),
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
        Host.INT8: _export_int8,
    }
    folder = output or Path(f"{Path(model).name}-{to}")
    if (pairs is None) == (to is Host.INT8):
        raise UsageError("--to int8 needs --pairs FOLDER" if pairs is None else "--pairs is for --to int8 alone")
    settings = {} if pairs is None else {"pairs": pairs}
    files = exports[to](model, folder, sharpness=sharpness, **settings)
    if as_json:
        out_json({"model": model, "to": str(to), "files": [str(file) for file in files]})
        return
    for file in files:
        out(str(file))


def _export_int8(model: str, folder: Path, *, sharpness: float | None, pairs: Path) -> list[Path]:
    with extra("int8"):
        from uprez.export.int8 import export_int8

    return export_int8(model, folder, pairs=pairs, sharpness=sharpness)
