"""`uprez upscale`: frames to twice their size."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from uprez.cli.console import error, note, out_json
from uprez.cli.progress import shown_progress
from uprez.cli.values import parse_memory, show_seconds

if TYPE_CHECKING:
    from uprez.upscaling.job import Report, UpscaleJob, UpscaleSummary

    Runner = Callable[[UpscaleJob, Report], UpscaleSummary]
    """What does the work: this process, or what `uprez farm run` leaves in the context."""


def upscale(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Files, folders or patterns like shot.####.exr.", show_default=False),
    ],
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FOLDER|PATTERN", help="A folder, or names like out/name.####.exr."),
    ],
    model: Annotated[str | None, typer.Option(metavar="NAME|FOLDER", help="A model; see uprez models.")] = None,
    sharpness: Annotated[
        float | None,
        typer.Option(metavar="0..1", min=0, max=1, help="0: fidelity alone; 1, or left out: the model as it is."),
    ] = None,
    quality: Annotated[
        Literal["normal", "best"],
        typer.Option(help="best: the mean of eight flips and turns, in eight times the time, for stills."),
    ] = "normal",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    frames: Annotated[str | None, typer.Option(metavar="RANGE", help="Only these frames: 1-10, or 1 3 7-20x2.")] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="What the run may use: 2G, 800M. 4G by default.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads for the network; all cores by default.")] = None,
    precision: Annotated[
        Literal["auto", "f32"],
        typer.Option(help="f32: never bfloat16, which auto takes where it is faster."),
    ] = "auto",
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file of layer rules that override the usual ones.")
    ] = None,
    pixel_filter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The frames' pixel filter, as uprez info names it; the model's by default."),
    ] = None,
    no_consistency: Annotated[
        bool, typer.Option("--no-consistency", help="Do not hold the result to the source.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Redo finished frames too.")] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write a PNG beside each result: source and result side by side.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show failures only.")] = False,
) -> None:
    """Take frames to twice their size. Finished frames are skipped, so a run that was stopped is simply repeated."""
    from uprez.layers.rules import RuleBook, read_rules
    from uprez.models.registry import DEFAULT_MODEL
    from uprez.upscaling.job import DEFAULT_MEMORY, UpscaleJob
    from uprez.upscaling.memory import keep_freed_memory

    job = UpscaleJob(
        sources=tuple(sources),
        output=output,
        model=model,
        sharpness=sharpness,
        quality=quality,
        device=device,
        frames=frames,
        memory_bytes=DEFAULT_MEMORY if memory is None else parse_memory(memory),
        threads=threads,
        precision=precision,
        pixel_filter=pixel_filter,
        consistency=not no_consistency,
        rules=RuleBook() if rules is None else read_rules(rules),
        preview=preview,
        overwrite=overwrite,
    )
    keep_freed_memory()
    run: Runner = context.obj or _here
    with shown_progress(quiet, f"{model or DEFAULT_MODEL} to {output}") as report:
        summary = run(job, report)
    for name in summary.missing:
        error(f"{name}: not there")
    if not quiet:
        for name in summary.holes:
            note(f"warning: {name}: not there")
        for name in summary.no_frames:
            note(f"{name}: no frame by its name, left alone")
        for line in (*summary.unfit_rules, *summary.rule_changes, *summary.notes):
            note(f"warning: {line}")
        note(_told(summary))
    if as_json:
        out_json(summary.as_dict())
    raise typer.Exit(summary.exit_code)


def _here(job: "UpscaleJob", report: "Report") -> "UpscaleSummary":
    from uprez.upscaling.sequence import run

    return run(job, report)


def _told(summary: "UpscaleSummary") -> str:
    """Like "18 done, 1 skipped, 1 failed in 0:24 (film-x2-psnr on CPU f32)"."""
    counts = summary.as_dict()
    said = [f"{counts[status]} {status}" for status in ("done", "skipped", "failed") if counts[status]]
    replaced = [frame.replaced for frame in summary.results if frame.replaced]
    if replaced:
        how = ", ".join(dict.fromkeys(replaced))
        said[0] += f" ({len(replaced)} in the place of results made {how})"
    if summary.missing:
        said.append(f"{len(summary.missing)} not there")
    return (
        f"{', '.join(said) or 'nothing done'} in {show_seconds(summary.seconds)} ({summary.model} on {summary.device})"
    )
