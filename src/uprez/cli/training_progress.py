"""How far a run of training has come: a bar for the stage on a terminal, and a line at each validation."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from uprez.cli.console import best_effort, note, printable
from uprez.cli.values import show_seconds

if TYPE_CHECKING:
    from uprez.training.recipe import Stage

Row = dict[str, Any]
Tick = Callable[[str, int], None]


@contextmanager
def shown_training(stages: "Sequence[Stage]", *, quiet: bool) -> Iterator[tuple[Callable[[Row], None], Tick]]:
    """What to hand to a run as its report and its tick; both say nothing where `quiet`."""
    by_name = {stage.name: stage for stage in stages}
    if quiet:
        yield lambda row: None, lambda stage, step: None
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(by_name) as told:
            yield told
    else:
        yield lambda row: note(_line(row, by_name)), lambda stage, step: None


@contextmanager
def _bar(stages: "dict[str, Stage]") -> Iterator[tuple[Callable[[Row], None], Tick]]:
    from rich import progress as rich_progress
    from rich.console import Console

    console = Console(file=best_effort(sys.stderr), highlight=False)
    columns = (rich_progress.BarColumn(None), rich_progress.TextColumn("{task.fields[told]}"))
    with rich_progress.Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0, told="")
        begun: dict[str, tuple[float, int]] = {}

        def tick(name: str, step: int) -> None:
            started, first = begun.setdefault(name, (time.monotonic(), step))
            stage, rate = stages[name], (step - first) / max(time.monotonic() - started, 1e-9)
            left = f"  {show_seconds((stage.steps - step) / rate)} left" if rate else ""
            told = f"{name} {step}/{stage.steps}{left}"
            bar.update(task, completed=step / stage.steps, told=told)

        def report(row: Row) -> None:
            console.print(printable(_line(row, stages)), markup=False, soft_wrap=True)

        yield report, tick


def _line(row: Row, stages: "dict[str, Stage]") -> str:
    """Stage and step, figures, the rate and the stage's time left; anything else as it is."""
    if "step" not in row:
        return "  ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items())
    stage, rate = stages[row["stage"]], row["patches_per_second"]
    gains = list(row["gain_db"].values())
    gain = f"{sum(gains) / len(gains):+.2f} dB over bicubic" if gains else "nothing to validate on"
    sharp = f"  sharpness {row['sharpness']:.2f}" if "sharpness" in row else ""
    left = show_seconds((stage.steps - row["step"]) * stage.minibatch / rate) if rate else "?"
    at = f"{stage.name} {row['step']}/{stage.steps}"
    return f"{at}  loss {row['loss']:.5f}  {gain}{sharp}  {rate:.0f} patches/s  {left} left"
