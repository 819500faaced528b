"""`uprez render`: LR/HR pairs out of a renderer."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from uprez.cli import render_options as options
from uprez.cli.console import error, note, out, out_json
from uprez.cli.pair_progress import shown_pairs
from uprez.cli.pair_settings import pair_settings
from uprez.cli.render_start import demo_start
from uprez.cli.values import parse_seconds, parse_size, show_seconds
from uprez.errors import SOME_FAILED, UsageError

if TYPE_CHECKING:
    from uprez.renderers.make import RendererSettings
    from uprez.renderers.plan import PairSettings, ShotTask
    from uprez.renderers.run import PairOutcome

_LEAST_SIZE = 64
_USUAL_AOVS = "albedo,normal,depth,motion"

app = typer.Typer(
    name="render",
    help="Render LR/HR pairs to train and measure with. A run that was stopped is simply repeated.",
    no_args_is_help=True,
)


@app.command()
def demo(
    output: options.Output = Path("pairs"),
    looks: Annotated[str | None, typer.Option(metavar="NAMES", help="Only these looks: toys,credits.")] = None,
    seeds: Annotated[str, typer.Option(metavar="RANGE", help="Which shots of each look: 0-19.")] = "0-3",
    length: Annotated[int, typer.Option(min=1, max=1000, help="Frames of each shot; above 1 it moves.")] = 1,
    assets: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Models, HDRIs, textures and fonts to use.")
    ] = None,
    more_looks: Annotated[Path | None, typer.Option(metavar="FOLDER", help="A folder of more looks.")] = None,
    list_looks: Annotated[bool, typer.Option("--list", help="Say which looks there are, and stop.")] = False,
    size: options.Size = None,
    window: options.Window = None,
    samples: options.Samples = 64,
    few_samples: options.FewSamples = "",
    equal_cost: options.EqualCost = False,
    truth: options.Truth = None,
    truth_samples: options.TruthSamples = 4096,
    no_denoise: options.NoDenoise = False,
    aovs: options.Aovs = _USUAL_AOVS,
    uncorrected: options.Uncorrected = False,
    filters: options.Filters = None,
    keep_samples: options.KeepSamples = False,
    blender: options.Blender = None,
    device: options.Device = "cpu",
    jobs: options.Jobs = 1,
    threads: options.Threads = 0,
    time_limit: options.TimeLimit = "1h",
    change: Annotated[str, typer.Option(hidden=True)] = "",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    """The demo show: film-like shots of our own, rendered with Blender's Cycles."""
    from uprez.renderers import demo as show
    from uprez.renderers.make import RendererSettings
    from uprez.renderers.shots import parse_frames

    for folder in (assets, more_looks):
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{folder}: there is no such folder")
    if list_looks:
        for name, description in show.looks(more_looks).items():
            out(f"{name:20} {description}")
        return 0
    chosen = show.choose_looks(looks.split(",") if looks else [], more_looks)
    tasks = show.demo_tasks(
        chosen,
        parse_frames(seeds, "--seeds", least=0),
        length=length,
        size=_size(size, "--size"),
        window=_size(window, "--window"),
        assets=assets,
        folder=more_looks,
        change=change,
    )
    settings = pair_settings(
        samples, few_samples, equal_cost, (truth, truth_samples), no_denoise, aovs, uncorrected, filters
    )
    renderer = RendererSettings(blender=blender, device=device, threads=threads, patience=_patience(time_limit))
    begins = demo_start(tasks, settings, show.look_changes(chosen, more_looks), device)
    return _run(
        tasks, renderer, settings, output, jobs, keep_samples=keep_samples, as_json=as_json, quiet=quiet, begins=begins
    )


@app.command()
def shots(
    scenes: Annotated[
        list[Path],
        typer.Argument(metavar="SCENE", help="Scene files, or .toml lists of shots.", show_default=False),
    ],
    output: options.Output = Path("pairs"),
    frames: Annotated[str, typer.Option(metavar="RANGE", help="Frames of scene files: 1-10, or 1 3 20-25x5.")] = "1",
    camera: Annotated[str, typer.Option(metavar="NAME", help="The camera; the scene's own by default.")] = "",
    sample: Annotated[int | None, typer.Option(min=1, help="Draw so many frames at random over all shots.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the sample, windows and noise.")] = 0,
    size: options.Size = None,
    window: options.Window = None,
    meter_frame: Annotated[
        int | None,
        typer.Option(metavar="FRAME", help="The frame in which --window looks for detail; the first by default."),
    ] = None,
    samples: options.Samples = 64,
    few_samples: options.FewSamples = "",
    equal_cost: options.EqualCost = False,
    truth: options.Truth = None,
    truth_samples: options.TruthSamples = 4096,
    no_denoise: options.NoDenoise = False,
    element: options.Element = None,
    aovs: options.Aovs = _USUAL_AOVS,
    uncorrected: options.Uncorrected = False,
    filters: options.Filters = None,
    keep_samples: options.KeepSamples = False,
    allow_missing: options.AllowMissing = False,
    renderer: Annotated[Literal["cycles", "renderman", "command"], typer.Option(help="What renders.")] = "cycles",
    blender: options.Blender = None,
    prman: Annotated[Path | None, typer.Option(metavar="PROGRAM", help="RenderMan's renderer.")] = None,
    command: Annotated[
        str | None, typer.Option(metavar="TEMPLATE", help="A renderer's command: see docs/render.md.")
    ] = None,
    device: options.Device = "cpu",
    jobs: options.Jobs = 1,
    threads: options.Threads = 0,
    time_limit: options.TimeLimit = "1h",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    """Your own shots, by Cycles, RenderMan or any renderer that has a command."""
    from uprez.renderers.make import RendererSettings
    from uprez.renderers.shots import listed_shots, parse_frames, sample_frames, shot_tasks

    listed = listed_shots(scenes, frames=parse_frames(frames, "--frames"), camera=camera)
    tasks = shot_tasks(
        sample_frames(listed, sample, seed) if sample else listed,
        size=_size(size, "--size") or (1920, 1080),
        window=_size(window, "--window"),
        elements=list(dict.fromkeys(element or ["whole"])),
        seed=seed,
        allow_missing=allow_missing,
        meter_frame=meter_frame,
    )
    settings = pair_settings(
        samples, few_samples, equal_cost, (truth, truth_samples), no_denoise, aovs, uncorrected, filters
    )
    wanted = RendererSettings(
        name=renderer,
        blender=blender,
        prman=prman,
        command=command,
        device=device,
        threads=threads,
        patience=_patience(time_limit),
    )
    return _run(tasks, wanted, settings, output, jobs, keep_samples=keep_samples, as_json=as_json, quiet=quiet)


@app.command()
def charts(
    output: options.Output = Path("pairs"),
    seeds: Annotated[str, typer.Option(metavar="RANGE", help="Which charts: 0-99.")] = "0-49",
    side: Annotated[int, typer.Option(min=_LEAST_SIZE, help="HR pixels along a side; even.")] = 256,
    filters: Annotated[
        str, typer.Option(metavar="LIST", help="A pair for each pixel filter: box,gauss-2, or all.")
    ] = "all",
    jobs: options.Jobs = 1,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> int:
    """Charts of hard edges, lamps, lines and lettering, over six decades of light. Needs no renderer."""
    from uprez.renderers.charts import chart_tasks
    from uprez.renderers.filtering import LEAST_SAMPLES
    from uprez.renderers.make import RendererSettings
    from uprez.renderers.shots import parse_frames

    if side % 2:
        raise UsageError(f"--side: {side} is odd, and LR is half of it")
    tasks = chart_tasks(parse_frames(seeds, "--seeds"), side)
    settings = pair_settings(LEAST_SAMPLES, "", False, (None, 0), True, "none", False, filters)
    wanted = RendererSettings(name="charts")
    return _run(tasks, wanted, settings, output, jobs, keep_samples=False, as_json=as_json, quiet=quiet)


def _size(text: str | None, option: str) -> tuple[int, int] | None:
    if text is None:
        return None
    size = parse_size(text)
    if min(size) < _LEAST_SIZE:
        raise UsageError(f"{option}: {text} is too small for its pairs to be checked; {_LEAST_SIZE} at least")
    return size


def _patience(text: str) -> float:
    seconds = parse_seconds(text)
    if not seconds:
        raise UsageError(f"--time-limit: no image is rendered within {text}; write it like 20m")
    return seconds


def _run(
    tasks: "Sequence[ShotTask]",
    wanted: "RendererSettings",
    settings: "PairSettings",
    output: Path,
    jobs: int,
    *,
    keep_samples: bool,
    as_json: bool,
    quiet: bool,
    begins: Sequence[str] = (),
) -> int:
    """begins: lines to print before anything is rendered."""
    from uprez.renderers.folder import begin
    from uprez.renderers.make import make_renderer
    from uprez.renderers.plan import OWN
    from uprez.renderers.run import render_pairs

    filters = settings.filters != (OWN,)
    if keep_samples and not filters:
        raise UsageError("--keep-samples: there are none without --filters")
    renderer = make_renderer(wanted, work=output, jobs=jobs, filters=filters, keep_samples=keep_samples)
    for mended in begin(output, tasks, settings.filters):
        error(mended)
    for line in () if quiet else begins:
        note(line)
    total = sum(len(task.frames) for task in tasks) * len(settings.filters)
    with shown_pairs(total, jobs, quiet=quiet) as report:
        outcomes = render_pairs(tasks, renderer=renderer, settings=settings, out=output, jobs=jobs, report=report)
    counts = {status: sum(outcome.status == status for outcome in outcomes) for status in _STATUSES}
    seconds = sum(outcome.core_seconds for outcome in outcomes)
    if as_json:
        out_json({"pairs": str(output), **counts, "core_seconds": round(seconds, 1), "failures": _failures(outcomes)})
    elif not quiet:
        told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        note(f"{told or 'nothing to render'}; {show_seconds(seconds)} of processor time")
    if older := sum(outcome.older for outcome in outcomes):
        note(
            f"{older} of the kept pairs were made by another version of the renderer or the look; delete them to renew"
        )
    return SOME_FAILED if counts["failed"] else 0


_STATUSES = ("rendered", "kept", "incoherent", "failed")


def _failures(outcomes: "Sequence[PairOutcome]") -> list[dict[str, str]]:
    return [{"pair": outcome.name, "reason": outcome.reason} for outcome in outcomes if outcome.status == "failed"]
