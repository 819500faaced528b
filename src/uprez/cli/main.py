"""`uprez`: the commands, and what every one of them does about errors, signals and exit codes.

Commands import what they need when they are called, so that `uprez --help` loads no image library and no runtime.
"""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from uprez import __version__
from uprez.cli.compare import compare
from uprez.cli.console import error, out, prepare_streams
from uprez.cli.dataset import app as dataset_app
from uprez.cli.evaluate import evaluate
from uprez.cli.export import export
from uprez.cli.farm import app as farm_app
from uprez.cli.info import info
from uprez.cli.models import models
from uprez.cli.pairs import app as pairs_app
from uprez.cli.render import app as render_app
from uprez.cli.train import train
from uprez.cli.tune import tune
from uprez.cli.upscale import upscale
from uprez.errors import NOTHING_TRIED, UprezError

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="uprez",
    help="Rendered film frames at twice their size, with every layer, number and attribute still right.",
    epilog="Exit codes: 0 all done; 1 some items failed; 2 nothing was tried; 130 interrupted, whole frames only.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (upscale, info, models, train, tune, evaluate, compare, export):
    app.command()(command)
app.add_typer(render_app)
app.add_typer(pairs_app)
app.add_typer(dataset_app)
app.add_typer(farm_app)


def _show_version(wanted: bool) -> None:
    if wanted:
        out(f"uprez {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _begin(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        out(context.get_help())
        raise typer.Exit(NOTHING_TRIED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `uprez` with `arguments` (those of the process where None) and return the exit code.

    A UprezError becomes one line on stderr; any other exception is a fault of uprez and keeps its traceback.
    """
    prepare_streams()
    with _interruptible() as interrupted:
        return _exit_code(arguments, interrupted)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Within it Ctrl-C and SIGTERM, by which a farm cancels a task, end what runs alike, with whole frames only; gives
    whether one of them has come. Afterwards signals do what they did before: Python that calls `main` may fork.
    """
    happened = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal happened
        happened = True
        raise KeyboardInterrupt

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, interrupt)
    if before[signal.SIGINT] is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: happened
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


def _exit_code(arguments: Sequence[str] | None, interrupted: Callable[[], bool]) -> int:
    try:
        code = app(None if arguments is None else list(arguments), prog_name="uprez", standalone_mode=False)
    except UprezError as problem:
        error(str(problem))
        return problem.exit_code
    except typer.TyperException as problem:
        error(f"{problem.format_message().rstrip('.')}; see uprez --help")
        return NOTHING_TRIED
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except ImportError:
        # A library that is interrupted while it loads calls that a failed import.
        if not interrupted():
            raise
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        error("interrupted")
    return int(code or 0)
