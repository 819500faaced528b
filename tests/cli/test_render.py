"""`uprez render`: what is printed, exit codes, and a run that is killed and repeated."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from uprez.dataset.manifest import NAME, read_manifest

RENDERER = """
import sys, time
import numpy as np, OpenEXR
scene, output, width, height, samples, seconds = sys.argv[1:]
width, height = int(width), int(height)
with open(scene + ".calls", "a") as calls:
    calls.write(f"{width}\\n")
time.sleep(float(seconds))
if open(scene).read() == "bad":
    sys.exit("Error: no licence")
y, x = np.mgrid[:1024, :1024] / 1024
fine = sum(np.sin(40 * k * x) * np.cos(31 * y * k) for k in range(1, 5)) / 8 + 0.6
plane = fine.reshape(width, 1024 // width, width, 1024 // width).mean((1, 3)).astype(np.float16)
OpenEXR.File({}, {"R": plane, "G": plane, "B": plane, "A": np.ones_like(plane)}).write(output)
"""


def command(folder: Path, seconds: float = 0.0) -> list[object]:
    """Options that render by a stand-in, which takes that long an image."""
    program = folder / "renderer.py"
    program.write_text(RENDERER)
    template = (
        f"{shlex.quote(sys.executable)} {program} {{scene}} {{output}} {{width}} {{height}} {{samples}} {seconds}"
    )
    return ["--renderer", "command", "--command", template, "--size", "128", "--aovs", "none", "-o", "pairs"]


def scenes(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"sh{number:03}.scene" for number in range(count)]
    for path in paths:
        path.write_text("good")
    return paths


def test_pairs_are_rendered_and_a_repeated_run_keeps_them(uprez: Run, tmp_path: Path) -> None:
    paths = scenes(tmp_path, 2)
    first = uprez("render", "shots", *paths, *command(tmp_path))
    assert first.returncode == 0, first.stderr
    assert "1/2  show/sh000/0001 rendered" in first.stderr
    assert "2 rendered" in first.stderr
    again = uprez("render", "shots", *paths, *command(tmp_path), "--json")
    summary = json.loads(again.stdout)
    assert (summary["kept"], summary["rendered"], summary["failed"]) == (2, 0, 0)


def test_one_that_fails_is_one_line_and_exit_code_1(uprez: Run, tmp_path: Path) -> None:
    bad, good = scenes(tmp_path, 2)
    bad.write_text("bad")
    done = uprez("render", "shots", bad, good, tmp_path / "gone.scene", *command(tmp_path), "--json")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert (summary["rendered"], summary["failed"]) == (1, 2)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) == 2
    assert any("no licence" in line for line in errors)
    assert any("gone.scene: there is no such scene" in line for line in errors)
    assert "Traceback" not in done.stderr


def test_a_killed_run_goes_on_where_it_was(uprez: Run, tmp_path: Path) -> None:
    paths = scenes(tmp_path, 3)
    arguments = [str(each) for each in ("render", "shots", *paths, *command(tmp_path, seconds=0.4))]
    run = subprocess.Popen([sys.executable, "-m", "uprez", *arguments], cwd=tmp_path, stderr=subprocess.DEVNULL)
    manifest = tmp_path / "pairs" / NAME
    while run.poll() is None and not (manifest.exists() and manifest.read_text().count("\n") >= 1):
        time.sleep(0.02)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    before = sum(len(Path(f"{path}.calls").read_text().split()) for path in paths if Path(f"{path}.calls").exists())
    done = uprez(*arguments)
    assert done.returncode == 0, done.stderr
    assert sorted(row["shot"] for row in read_manifest(tmp_path / "pairs").rows) == ["sh000", "sh001", "sh002"]
    after = sum(len(Path(f"{path}.calls").read_text().split()) for path in paths)
    assert after <= 6 + 1  # six images, and the one that was being rendered when the run was killed
    assert before < after
    assert "show/sh000/0001 kept" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_takes_no_more_is_one_line_a_pair_and_exit_code_1(uprez: Run, tmp_path: Path) -> None:
    done = uprez("render", "shots", *scenes(tmp_path, 2), *command(tmp_path), largest_file=12_000)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("error:")]) == 2
    assert not list((tmp_path / "pairs").rglob("*.part"))


def test_looks_of_the_demo_show_are_listed_without_blender(uprez: Run, tmp_path: Path) -> None:
    listed = uprez("render", "demo", "--list", env=os.environ | {"PATH": "/nowhere", "UPREZ_BLENDER": ""})
    assert listed.returncode == 0, listed.stderr
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert len(names) >= 15
    assert "credits" in names
    assert all(len(line.split()) > 2 for line in listed.stdout.splitlines())


def test_without_blender_it_says_how_to_get_it_in_one_line(uprez: Run, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "UPREZ_BLENDER"} | {"PATH": "/nowhere"}
    done = uprez("render", "demo", env=environment)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "Blender is not installed" in line
    assert "pip install bpy==5.0.1" in line


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        pytest.param(["demo", "--looks", "toyz"], "no look 'toyz'; there are", id="an unknown look"),
        pytest.param(["demo", "--seeds", "a-b"], "no frame range", id="seeds that are no numbers"),
        pytest.param(["demo", "--window", "385"], "'385' is not a size at HR", id="a window of odd size"),
        pytest.param(["demo", "--size", "20"], "--size: 20 is too small for its pairs", id="a frame that is too small"),
        pytest.param(["demo", "--time-limit", "0"], "--time-limit: no image is rendered within 0", id="no time"),
        pytest.param(["demo", "--assets", "gone"], "gone: there is no such folder", id="assets that are missing"),
        pytest.param(["demo", "--aovs", "uv"], "--aovs: no 'uv'; there are albedo", id="an unknown AOV"),
        pytest.param(["demo", "--filters", "blur"], "no pixel filter 'blur'; there are box", id="an unknown filter"),
        pytest.param(["demo", "--filters", "box", "--samples", "63"], "64 samples", id="too few samples for filters"),
        pytest.param(
            ["demo", "--filters", "box", "--truth", "40"], "does not go with --truth", id="a truth of filters"
        ),
        pytest.param(["demo", "--filters", "box", "--uncorrected"], "with --uncorrected", id="filters uncorrected"),
        pytest.param(["demo", "--keep-samples", "--blender", sys.executable], "without --filters", id="no samples"),
        pytest.param(
            ["shots", "a.rib", "--renderer", "renderman", "--filters", "box", "--no-denoise"],
            "not with RenderMan",
            id="filters in RenderMan",
        ),
        pytest.param(["shots", "a.blend", "--renderer", "command"], "needs --command TEMPLATE", id="no template"),
        pytest.param(["shots", "a.blend", "--renderer", "renderman"], "prman was not found", id="no RenderMan"),
        pytest.param(["shots", "a.blend", "--blender", "gone"], "gone: there is no such program", id="no Blender"),
        pytest.param(["shots", "a.blend", "--sample", "2", "--blender", sys.executable], "1 frames only", id="sample"),
    ],
)
def test_what_can_not_be_tried_is_one_line_and_exit_code_2(uprez: Run, arguments: list[str], problem: str) -> None:
    done = uprez("render", *arguments)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert problem in line


def test_a_program_that_is_no_blender_is_told_so(uprez: Run, tmp_path: Path) -> None:
    done = uprez("render", "shots", *scenes(tmp_path, 1), "--blender", sys.executable)
    assert done.returncode == 2
    assert "is no Blender" in done.stderr
