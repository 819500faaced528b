"""`uprez farm`: the same work on many machines."""

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli.console import HOST_VARIABLE, note, out
from uprez.cli.extras import extra
from uprez.cli.upscale import upscale

if TYPE_CHECKING:
    from uprez.upscaling.job import Report, UpscaleJob, UpscaleSummary

app = typer.Typer(name="farm", help="The same work on many machines: a Ray cluster, or a farm that takes OpenJD jobs.")
run_app = typer.Typer(name="run", help="Spread frames over a Ray cluster.", no_args_is_help=True)


@run_app.callback()
def run(
    context: typer.Context,
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Of the cluster's head; auto: the one this machine is part of.")
    ] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, help="As many as the cluster has room for, if left out.")
    ] = None,
) -> None:
    """Spread frames over a Ray cluster whose machines all see the same files.

    Takes --threads, --memory and --device as what each worker gets. A run that was stopped is simply repeated.
    """

    def on_cluster(job: "UpscaleJob", report: "Report") -> "UpscaleSummary":
        with extra("farm"):
            from uprez.farm.cluster import Cluster
            from uprez.farm.run import upscale_on

        return upscale_on(Cluster(address=address, workers=workers), job, report, lambda line: note(f"warning: {line}"))

    context.obj = on_cluster


run_app.command()(upscale)
app.add_typer(run_app)


_WORDS = {"allow_interspersed_args": False, "ignore_unknown_options": True}
"""For commands that take the words of another."""


@app.command(context_settings=_WORDS)
def bundle(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND…", help="upscale, render or evaluate as they are typed without a farm.", show_default=False
        ),
    ],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="The bundle's folder.")] = Path("bundle"),
    chunk: Annotated[int, typer.Option(min=1, help="Frames, or pairs, of a task.")] = 10,
    attempts: Annotated[int, typer.Option(min=1, help="How often a task is begun until it counts as failed.")] = 3,
    name: Annotated[str, typer.Option(help="Of the job; what it runs by default.")] = "",
) -> None:
    """Make a job of a command: a bundle of Open Job Description, as AWS Deadline Cloud and openjd take it."""
    from uprez.cli.bundle import job_bundle
    from uprez.cli.main import app as commands
    from uprez.farm.bundle import write_bundle

    made = job_bundle(commands, words, name=name, count=chunk, attempts=attempts)
    for file in write_bundle(made, to):
        out(str(file))
    note(f"to a farm: deadline bundle submit {quote(str(to))}")
    for step in made.steps:
        values = (to / "parameters.json").absolute()
        files = f"{quote(str(to / 'template.json'))} --step {step.name} -p {quote(f'file://{values}')}"
        note(f"or here: openjd run {files}")


@app.command(context_settings=_WORDS, hidden=True)
def task(
    words: Annotated[list[str], typer.Argument(metavar="COMMAND…", show_default=False)],
    attempts: Annotated[int, typer.Option(min=1)] = 1,
) -> int:
    """What a task of a bundle runs: a command, begun again where it ends badly, its progress told as OpenJD's hosts
    read it.
    """
    from uprez.farm.attempts import attempt

    environment = {**os.environ, HOST_VARIABLE: "openjd"}
    return attempt(words, attempts=attempts, environment=environment, tell=out, pass_on=note)
