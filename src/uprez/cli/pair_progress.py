"""How far a rendering run has come: a bar on a terminal, a line a pair in a farm's log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from uprez.cli.console import best_effort, error, note, printable, tell_host
from uprez.cli.values import show_seconds

if TYPE_CHECKING:
    from uprez.renderers.run import PairOutcome

Report = Callable[["PairOutcome"], None]


class _Pace:
    """Time left, from what was really rendered: pairs that were kept cost nothing."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._worked = total, 0, 0
        self._started = time.monotonic()

    def tell(self, outcome: "PairOutcome") -> tuple[int, str]:
        self._done += 1
        self._worked += outcome.status != "kept"
        seconds = time.monotonic() - self._started
        left = f"{show_seconds(seconds / self._worked * (self._total - self._done))} left" if self._worked else ""
        return self._done, left


@contextmanager
def shown_pairs(total: int, jobs: int, *, quiet: bool) -> Iterator[Report]:
    """What to hand to a run as its report: failures are told in any case, the rest unless `quiet`."""
    pace = _Pace(total)
    if not quiet and sys.stderr is not None and sys.stderr.isatty():
        with _bar(total, pace) as report:
            yield report
        return

    def report_line(outcome: "PairOutcome") -> None:
        done, left = pace.tell(outcome)
        tell_host(done / total, "  ".join(filter(None, (f"{done}/{total} pairs", left))))
        if outcome.status == "failed":
            error(_told(outcome))
        elif not quiet:
            note("  ".join(filter(None, (f"{done}/{total}", _told(outcome), left))))

    yield report_line


@contextmanager
def _bar(total: int, pace: _Pace) -> Iterator[Report]:
    from rich import progress as rich_progress
    from rich.console import Console

    console = Console(file=best_effort(sys.stderr), highlight=False)
    columns = (rich_progress.BarColumn(None), rich_progress.TextColumn("{task.fields[told]}"))
    with rich_progress.Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total, told=f"0/{total} pairs")

        def report(outcome: "PairOutcome") -> None:
            done, left = pace.tell(outcome)
            bar.update(task, completed=done, told="  ".join(filter(None, (f"{done}/{total} pairs", left))))
            if outcome.status in ("failed", "incoherent"):
                console.print(printable(_told(outcome)), markup=False, soft_wrap=True)

        yield report


def _told(outcome: "PairOutcome") -> str:
    """One line: which pair, what became of it, and why or for how much."""
    reason = f": {outcome.reason}" if outcome.reason else ""
    cost = f" in {outcome.core_seconds:.0f} core-s" if outcome.core_seconds else ""
    return f"{outcome.name} {outcome.status}{cost}{reason}"
