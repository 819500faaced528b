"""`uprez pairs`: what is done with rendered pairs on disk."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli.console import error, note, out, out_json
from uprez.errors import SOME_FAILED

if TYPE_CHECKING:
    from uprez.dataset.ingest import Ingested
    from uprez.dataset.verdict import Rechecked

Folder = Annotated[Path, typer.Argument(metavar="PAIRS", help="A folder of pairs.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")]

app = typer.Typer(name="pairs", help="Add, check and look at rendered pairs.", no_args_is_help=True)


@app.command()
def ingest(
    lr: Annotated[str, typer.Argument(metavar="LR", help="A folder, or a pattern like lr/shot.####.exr.")],
    hr: Annotated[str, typer.Argument(metavar="HR", help="The same frames at twice the size.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="PAIRS", help="The folder to add them to.")],
    show: Annotated[str, typer.Option(metavar="NAME", help="The show that they are of.")] = "show",
    look: Annotated[str, typer.Option(metavar="NAME", help="What kind of shots they are.")] = "shot",
    shot: Annotated[
        str, typer.Option(metavar="NAME", help="The shot, where the frames' names don't tell it from others.")
    ] = "",
    filters: Annotated[
        str, typer.Option("--filter", metavar="NAME", help="Their pixel filter, where it is known: gauss-2, or LR:HR.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Match finished frames of two sizes, check them, and add the coherent ones."""
    from uprez.dataset import ingest as ingesting

    refused: list[Ingested] = []

    def report(pair: "Ingested") -> None:
        if pair.reason:
            refused.append(pair)
            error(f"{pair.lr}: not added: {pair.reason}")

    matches = ingesting.match([lr], [hr])
    for path in matches.alone:
        error(f"{path}: has no partner on the other side")
    added, kept = ingesting.ingest(
        matches,
        out=output,
        show=show,
        look=look,
        shot=shot,
        filters=_filters(filters) if filters else ("", ""),
        report=report,
    )
    if as_json:
        told = [{"lr": str(pair.lr), "hr": str(pair.hr), "reason": pair.reason} for pair in refused]
        out_json({"added": added, "kept": kept, "refused": told, "alone": [str(path) for path in matches.alone]})
    else:
        there = f"{kept} there already, " if kept else ""
        note(f"{added} added, {there}{len(refused)} refused, {len(matches.alone)} without a partner")
    return SOME_FAILED if refused or matches.alone else 0


def _filters(text: str) -> tuple[str, str]:
    from uprez.pixel_filters import pixel_filter

    lr, _, hr = text.partition(":")
    return pixel_filter(lr).name, pixel_filter(hr or lr).name


@app.command()
def check(folder: Folder, as_json: AsJson = False) -> int:
    """Check every pair again, mend the manifest, and fit the down-kernel of each renderer."""
    from uprez.dataset.manifest import read_manifest
    from uprez.dataset.verdict import recheck
    from uprez.errors import UsageError

    known = read_manifest(folder)
    if not known.path.exists():
        raise UsageError(f"{known.path}: there is none; name a folder of pairs")
    for number in known.damaged:
        error(f"{known.path}, line {number}: cut short, or no pair; dropped")
    counts = {"coherent": 0, "in part": 0, "incoherent": 0, "damaged": 0}

    def report(pair: "Rechecked") -> None:
        verdict = _verdict(pair)
        counts[verdict] += 1
        if pair.damaged:
            left = "it stays in the manifest, unchecked" if pair.kept else "no longer in the manifest: render it again"
            error(f"{pair.damaged}; {left}")
        elif verdict != "coherent" and not as_json:
            out(f"{pair.row.get('shot', pair.row.get('seed'))} {pair.row['look']}: {pair.row['coherence']['reason']}")

    kernels = recheck(folder, report)
    if as_json:
        out_json({**counts, "damaged_lines": list(known.damaged), "down_kernels": kernels})
    else:
        for renderer, taps in kernels.items():
            out(f"down-kernel of {renderer}: {json.dumps([round(tap, 4) for tap in taps])}")
        note(", ".join(f"{count} {name}" for name, count in counts.items()))
    return SOME_FAILED if counts["damaged"] or known.damaged else 0


def _verdict(pair: "Rechecked") -> str:
    if pair.damaged:
        return "damaged"
    if pair.row["coherence"]["coherent"]:
        return "coherent"
    return "in part" if pair.row["coherence"]["usable"] else "incoherent"


@app.command()
def show(
    folder: Folder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="PAIRS/contact_sheet.html by default.")
    ] = None,
) -> int:
    """Write a page to look at: every pair, LR beside HR, by look."""
    from uprez.dataset.contact_sheet import contact_sheet

    failed: list[str] = []

    def report(trouble: str) -> None:
        failed.append(trouble)
        error(trouble)

    page = output or folder / "contact_sheet.html"
    count = contact_sheet(folder, page, report)
    out(str(page))
    note(f"{count} pairs shown")
    return SOME_FAILED if failed else 0
