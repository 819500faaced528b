"""How far a run over frames has come: a bar on a terminal, a line a frame in a farm's log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from uprez.cli.console import best_effort, error, note, printable, tell_host
from uprez.cli.values import show_seconds

if TYPE_CHECKING:
    from uprez.upscaling.job import FrameOutcome, Progress

Report = Callable[["Progress"], None]


class Pace:
    """Frame rate and time left. Skipped frames cost nothing and say nothing about either."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._skipped = 0

    def tell(self, progress: "Progress") -> str:
        """Like "0.83 frames/s, 1:20 left"; nothing as long as nothing is known."""
        self._skipped += progress.finished is not None and progress.finished.status == "skipped"
        seconds = self._clock() - self._started
        worked = progress.work - self._skipped / max(1, progress.total)
        if seconds <= 0 or worked <= 0:
            return ""
        left = show_seconds(seconds * max(0.0, 1 - progress.work) / worked)
        return f"{worked * progress.total / seconds:.2f} frames/s, {left} left"


@contextmanager
def shown_progress(quiet: bool, what: str) -> Iterator[Report]:
    """What to hand to a run as its report: failed frames are shown in any case, the rest unless `quiet`.

    what: what is done with the frames, "film-x2 to out"; a log of several frames begins with it.
    """
    if quiet:
        yield lambda progress: _tell_trouble(progress.finished, error, note)
    elif sys.stderr is not None and sys.stderr.isatty():
        with _bar(what) as report:
            yield report
    else:
        yield _lines(what)


def _lines(what: str) -> Report:
    pace = Pace()
    begun = False

    def report(progress: "Progress") -> None:
        nonlocal begun
        if progress.working and progress.total > 1 and not begun:  # of one frame the line at its end says as much
            begun = True
            note(f"{progress.total} frames, {what}")
        rate = pace.tell(progress)
        frame = progress.finished
        if frame is None:
            return
        _tell_trouble(frame, error, note)
        counted = f"{progress.frames}/{progress.total}"
        tell_host(progress.work, "  ".join(filter(None, (f"{counted} frames", rate))))
        outcome = "skipped" if frame.status == "skipped" else f"{frame.status} in {show_seconds(frame.seconds)}"
        if frame.status != "failed":
            note("  ".join(filter(None, (counted, str(frame.result), outcome, rate))))

    return report


@contextmanager
def _bar(what: str) -> Iterator[Report]:
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.BarColumn(None),
        rich_progress.TextColumn("{task.fields[frames]}"),
        rich_progress.TextColumn("{task.fields[rate]}"),
    )
    console = Console(file=best_effort(sys.stderr), highlight=False)
    pace = Pace()
    with rich_progress.Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0, frames=what, rate="loading the model")

        def line(text: str) -> None:
            console.print(printable(text), markup=False, soft_wrap=True)

        def report(progress: "Progress") -> None:
            if progress.working is not None:
                counted = f"frame {progress.frames + 1} of {progress.total}: {printable(progress.working.name)}"
                is_new = counted != bar.tasks[0].fields["frames"]
                bar.update(task, completed=progress.work, frames=counted, rate=pace.tell(progress), refresh=is_new)
            elif progress.finished is not None:
                counted = f"{progress.frames}/{progress.total} frames"
                bar.update(task, completed=progress.work, frames=counted, rate=pace.tell(progress))
            _tell_trouble(progress.finished, lambda text: line(f"error: {text}"), line)

        yield report


def _tell_trouble(frame: "FrameOutcome | None", fail: Callable[[str], None], warn: Callable[[str], None]) -> None:
    """One line for a frame that failed, one for each layer that had to be repaired."""
    if frame is None:
        return
    if frame.status == "failed":
        fail(frame.reason)
    for repair in frame.repairs:
        warn(
            f"warning: {frame.source}: {repair.pixels} pixels of layer {repair.layer} were not finite, "
            f"the first at ({repair.x}, {repair.y}); repaired from their neighbours"
        )
