"""How a run's progress is told."""

from pathlib import Path

import pytest

from uprez.cli.progress import Pace, shown_progress
from uprez.upscaling.job import FrameOutcome, Progress, Repair, Status


def outcome(status: Status, **more: object) -> FrameOutcome:
    return FrameOutcome(source=Path("in/a.exr"), result=Path("out/a.exr"), frame=1, status=status, **more)  # type: ignore[arg-type]


class Clock:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_rate_is_frames_of_work_by_time_and_the_time_left_is_what_that_rate_needs() -> None:
    clock = Clock()
    pace = Pace(clock)
    clock.now += 10
    assert pace.tell(Progress(frames=5, total=20, work=0.25)) == "0.50 frames/s, 30.0 s left"


def test_skipped_frames_make_the_run_look_no_faster() -> None:
    """18 of 20 were there already: the two that remain take what frames take."""
    clock = Clock()
    pace = Pace(clock)
    for done in range(1, 19):
        assert pace.tell(Progress(frames=done, total=20, work=done / 20, finished=outcome("skipped"))) == ""
    clock.now += 4
    assert pace.tell(Progress(frames=19, total=20, work=0.95, finished=outcome("done"))) == "0.25 frames/s, 4.0 s left"


def test_a_log_gets_a_line_a_frame_with_count_time_rate_and_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with shown_progress(False, "film-x2 to out") as report:
        report(Progress(frames=0, total=2, work=0))
        assert capsys.readouterr().err == ""  # the model may not load
        report(Progress(frames=0, total=2, work=0.3, working=Path("in/a.exr")))
        report(Progress(frames=1, total=2, work=0.5, finished=outcome("done", seconds=1.25)))
    first, line = capsys.readouterr().err.splitlines()
    assert first == "2 frames, film-x2 to out"
    assert line.startswith("1/2  out/a.exr  done in 1.2 s  ")
    assert line.endswith(" left")
    assert "frames/s" in line


def test_a_log_of_one_frame_that_fails_says_why_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress(False, "film-x2 to out") as report:
        report(Progress(frames=0, total=1, work=0))
        report(Progress(frames=0, total=1, work=0.3, working=Path("in/a.exr")))
        report(Progress(frames=1, total=1, work=1, finished=outcome("failed", reason="in/a.exr: is deep")))
    assert capsys.readouterr().err.splitlines() == ["error: in/a.exr: is deep"]


def test_quiet_still_tells_what_failed_and_what_was_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    repair = Repair(layer="rgba", pixels=3, x=-7, y=12)
    with shown_progress(True, "film-x2 to out") as report:
        report(Progress(frames=1, total=3, work=0.3, finished=outcome("done", repairs=(repair,))))
        report(Progress(frames=2, total=3, work=0.6, finished=outcome("failed", reason="in/b.exr: cut short")))
    assert capsys.readouterr().err.splitlines() == [
        "warning: in/a.exr: 3 pixels of layer rgba were not finite, the first at (-7, 12); "
        "repaired from their neighbours",
        "error: in/b.exr: cut short",
    ]
