"""What a task of a bundle runs: begun again where that can help, told as a host reads it."""

import signal
import subprocess
from pathlib import Path

from tests.farm.jobs import ENVIRONMENT, PROGRAMS, contents, run, wait_for, write_sequence


def test_progress_is_told_in_lines_of_its_own(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    ended = run("farm", "task", "upscale", shot, "-o", tmp_path / "out")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert [line for line in lines if line.startswith("openjd_progress: ")] == [
        "openjd_progress: 50.0",
        "openjd_progress: 100.0",
    ]
    assert lines[-1].startswith("openjd_status: 2/2 frames")


def test_without_a_host_nothing_of_that_is_said(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    assert run("upscale", shot, "-o", tmp_path / "out").stdout == ""


def test_a_frame_that_fails_is_tried_again_and_the_rest_is_kept(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    (tmp_path / "lr/shot.0002.exr").write_bytes(b"\x76\x2f\x31\x01 cut short")
    ended = run("farm", "task", "--attempts", 3, "upscale", shot, "-o", tmp_path / "out")
    assert ended.returncode == 1
    assert ended.stdout.count("openjd_status: attempt ") == 2
    assert ended.stdout.splitlines()[-1].startswith(f"openjd_fail: {tmp_path}/lr/shot.0002.exr")
    assert ended.stderr.count("shot.0001.exr  skipped") == 2


def test_what_can_never_be_tried_is_not_tried_again(tmp_path: Path) -> None:
    ended = run("farm", "task", "--attempts", 3, "upscale", tmp_path / "no.####.exr", "-o", tmp_path / "out")
    assert ended.returncode == 2
    assert "attempt" not in ended.stdout
    assert ended.stdout.startswith("openjd_fail: ")


def test_a_task_that_is_told_to_stop_stops_its_command(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 13), height=96, width=128)
    words = ["farm", "task", "--attempts", "3", "upscale", shot, "-o", tmp_path / "out", "--threads", "1"]
    with subprocess.Popen([PROGRAMS / "uprez", *words], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as task:
        wait_for(lambda: (tmp_path / "out/shot.0002.exr").exists())
        task.send_signal(signal.SIGTERM)
        told = task.communicate(timeout=60)[0]
    assert task.returncode == 130
    assert "attempt" not in told
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]
    assert 2 <= len(contents(tmp_path / "out")) < 12
