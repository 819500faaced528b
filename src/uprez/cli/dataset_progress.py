"""How far work on a store has come: a bar on a terminal, a line every tenth in a log."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from uprez.cli.console import best_effort, note, tell_host
from uprez.cli.values import show_seconds


class Advance(Protocol):
    """Hears of one more item done, or that `done` are: of how many, and how many bytes it was."""

    def __call__(self, total: int, size: int, done: int | None = None) -> None: ...


class _Pace:
    def __init__(self) -> None:
        self.done, self.bytes, self.started = 0, 0, time.monotonic()

    def advance(self, size: int, done: int | None) -> None:
        self.done, self.bytes = self.done + 1 if done is None else done, self.bytes + size

    def told(self, total: int, unit: str) -> str:
        seconds = max(time.monotonic() - self.started, 1e-6)
        rate = f"{self.bytes / seconds / 1e6:.0f} MB/s" if self.bytes else f"{self.done / seconds:.0f} {unit}/s"
        left = f"{show_seconds(seconds / max(self.done, 1) * (total - self.done))} left"
        return "  ".join((f"{self.done}/{total} {unit}", rate, left))


@contextmanager
def shown(unit: str, *, quiet: bool) -> Iterator[Advance]:
    """What to call as items are done; nothing is shown where `quiet`."""
    pace = _Pace()
    if quiet or sys.stderr is None:
        yield lambda total, size, done=None: None
    elif sys.stderr.isatty():
        yield from _bar(pace, unit)
    else:

        def advance(total: int, size: int, done: int | None = None) -> None:
            before = pace.done
            pace.advance(size, done)
            tell_host(pace.done / max(total, 1), pace.told(total, unit))
            if 10 * pace.done // max(total, 1) > 10 * before // max(total, 1):
                note(pace.told(total, unit))

        yield advance


def _bar(pace: _Pace, unit: str) -> Iterator[Advance]:
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (rich_progress.BarColumn(None), rich_progress.TextColumn("{task.fields[told]}"))
    with rich_progress.Progress(*columns, console=Console(file=best_effort(sys.stderr), highlight=False)) as bar:
        task = bar.add_task("", total=None, told="")

        def advance(total: int, size: int, done: int | None = None) -> None:
            pace.advance(size, done)
            bar.update(task, total=total, completed=pace.done, told=pace.told(total, unit))

        yield advance
