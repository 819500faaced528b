"""`uprez upscale`: frames in, frames out, and what the person or the farm hears of it."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run
from tests.cli.frames import read_channels, write_colours, write_frame
from tests.models.networks import model_folder
from tests.processes import that_hears_ctrl_c
from uprez.models import load_card, save_card


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Three frames, 1 to 3."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in (1, 2, 3):
        write_frame(folder / f"shot.{number:04}.exr", seed=number)
    return folder


def test_the_command_of_the_readme_upscales_the_examples_with_previews(uprez: Run, root: Path, tmp_path: Path) -> None:
    """Four frames at twice their size, a PNG beside each."""
    done = uprez("upscale", root / "examples" / "shot.####.exr", "-o", "upscaled", "--preview")
    assert done.returncode == 0, done.stderr
    results = sorted(path.name for path in (tmp_path / "upscaled").iterdir())
    assert results == [f"shot.{n}.{ending}" for n in range(1001, 1005) for ending in ("exr", "preview.png")]
    source = read_channels(root / "examples" / "shot.1001.exr")
    result = read_channels(tmp_path / "upscaled" / "shot.1001.exr")
    for name, channel in source.items():
        assert result[name].shape == (540, 960)
        assert result[name].dtype == channel.dtype
    blocks = result["G"].astype(np.float32).reshape(270, 2, 480, 2).mean((1, 3))
    assert np.abs(np.log1p(blocks) - np.log1p(source["G"].astype(np.float32))).mean() < 0.01


def test_every_layer_comes_out_by_its_rule(uprez: Run, sequence: Path, tmp_path: Path) -> None:
    assert uprez("upscale", "in/shot.0001.exr", "-o", "out", "--model", "bicubic").returncode == 0
    source, result = read_channels(sequence / "shot.0001.exr"), read_channels(tmp_path / "out" / "shot.0001.exr")
    assert np.array_equal(result["id"], source["id"].repeat(2, 0).repeat(2, 1))
    assert set(np.unique(result["Z"])) <= set(np.unique(source["Z"]))
    assert np.all(result["A"] == 1)
    assert np.allclose(result["N.Z"].astype(np.float32), 0.8, atol=1e-3)


def test_the_summary_counts_frames_and_names_the_model(uprez: Run, sequence: Path) -> None:
    done = uprez("upscale", "in/shot.####.exr", "-o", "out", "--model", "bicubic", "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 0
    assert (summary["done"], summary["skipped"], summary["failed"], summary["missing"]) == (3, 0, 0, [])
    assert summary["model"].startswith("bicubic")
    assert [frame["frame"] for frame in summary["frames"]] == [1, 2, 3]
    assert summary["frames"][0]["layers"]["id"] == "id"
    assert done.stderr.splitlines()[-1].startswith("3 done in ")


def test_precision_f32_never_computes_in_bfloat16_and_is_another_result(uprez: Run, sequence: Path) -> None:
    """A re-run that asks for what was made skips it; one that asks for the other does not."""
    command = ("upscale", "in/shot.0001.exr", "-o", "out", "--json", "--device", "cpu")
    made, again, other = (
        json.loads(uprez(*command, *options).stdout) for options in (("--precision", "f32"), ("--precision", "f32"), ())
    )
    assert made["device"] == "cpu f32"
    assert [run["frames"][0]["status"] for run in (made, again, other)] == ["done", "skipped", "done"]


def test_an_unknown_precision_is_named_with_the_known_ones(uprez: Run, sequence: Path) -> None:
    done = uprez("upscale", "in/shot.0001.exr", "-o", "out", "--precision", "f16")
    assert done.returncode == 2
    assert (
        done.stderr == "error: Invalid value for '--precision': 'f16' is not one of 'auto', 'f32'; see uprez --help\n"
    )


def test_sharpness_and_quality_are_settings_of_a_frame(uprez: Run, sequence: Path, tmp_path: Path) -> None:
    """Each gives other pixels, and frames made with another setting are not taken for finished."""
    model_folder(tmp_path / "soft", seed=1)
    sharp = model_folder(tmp_path / "sharp")
    save_card(replace(load_card(sharp), softer="../soft"), sharp)
    command = ("upscale", "in/shot.0001.exr", "-o", "out", "--model", "sharp", "--json")
    made = []
    for settings in ((), ("--sharpness", "0"), ("--sharpness", "0.5"), ("--quality", "best")):
        done = uprez(*command, *settings)
        assert json.loads(done.stdout)["done"] == 1, done.stderr
        assert json.loads(uprez(*command, *settings).stdout)["skipped"] == 1
        made.append(read_channels(tmp_path / "out" / "shot.0001.exr")["G"].tobytes())
    assert len(set(made)) == 4
    refused = uprez("upscale", "in/shot.0001.exr", "-o", "out", "--model", "soft", "--sharpness", "0.5")
    assert refused.returncode == 2
    assert "its sharpness can't be set" in refused.stderr


def test_a_frame_is_held_to_its_source_by_the_kernel_of_the_filter_that_is_named(
    uprez: Run, sequence: Path, tmp_path: Path
) -> None:
    model = model_folder(tmp_path / "model")
    save_card(replace(load_card(model), down_kernel=(0.1, 0.4, 0.4, 0.1), down_kernels={"box": [0.5, 0.5]}), model)
    command = ("upscale", "in/shot.0001.exr", "-o", "out", "--model", "model", "--json")
    made = []
    for named in ((), ("--pixel-filter", "box"), ("--pixel-filter", "gauss-2")):
        done = uprez(*command, *named)
        assert json.loads(done.stdout)["done"] == 1, done.stderr
        assert json.loads(uprez(*command, *named).stdout)["skipped"] == 1
        made.append(read_channels(tmp_path / "out" / "shot.0001.exr")["G"].tobytes())
    assert len(set(made)) == 3
    refused = uprez(*command, "--pixel-filter", "blur")
    assert (refused.returncode, "no pixel filter 'blur'" in refused.stderr) == (2, True)


def test_a_repeated_command_skips_what_is_finished(uprez: Run, sequence: Path, tmp_path: Path) -> None:
    command = ("upscale", "in/shot.####.exr", "-o", "out", "--model", "bicubic", "--json")
    uprez(*command)
    (tmp_path / "out" / "shot.0002.exr").unlink()
    summary = json.loads(uprez(*command).stdout)
    assert (summary["done"], summary["skipped"]) == (1, 2)


def test_a_broken_frame_fails_alone_with_one_line(uprez: Run, sequence: Path, tmp_path: Path) -> None:
    broken = sequence / "shot.0002.exr"
    broken.write_bytes(broken.read_bytes()[:-500])
    done = uprez("upscale", "in/shot.####.exr", "-o", "out", "--model", "bicubic", "--quiet")
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["shot.0001.exr", "shot.0003.exr"]
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: in/shot.0002.exr: ")


def test_frames_of_a_range_that_are_not_there_are_named_and_the_rest_is_done(uprez: Run, sequence: Path) -> None:
    done = uprez("upscale", "in/shot.####.exr", "-o", "out", "--model", "bicubic", "--frames", "2-4", "-q", "--json")
    summary = json.loads(done.stdout)
    assert done.returncode == 1
    assert done.stderr == "error: in/shot.0004.exr: not there\n"
    assert (summary["done"], summary["missing"]) == (2, ["in/shot.0004.exr"])


def test_quiet_says_nothing_when_all_is_well(uprez: Run, sequence: Path) -> None:
    done = uprez("upscale", "in", "-o", "out", "--model", "bicubic", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_no_frame_in_a_folder_is_named_and_left_alone(uprez: Run, sequence: Path) -> None:
    (sequence / "notes.txt").write_text("no frame")
    done = uprez("upscale", "in", "-o", "out", "--model", "bicubic", "--json")
    assert done.returncode == 0
    assert "in/notes.txt: no frame by its name, left alone" in done.stderr.splitlines()
    assert json.loads(done.stdout)["no_frames"] == ["in/notes.txt"]


def test_layers_that_add_up_in_one_frame_alone_are_colour_in_all(uprez: Run, tmp_path: Path) -> None:
    for number, gain in ((1, 1.0), (2, 2.0)):
        write_colours(tmp_path / f"shot.{number}.exr", {"": 0.75, "foo.": 0.25, "bar.": 0.5 * gain})
    done = uprez("upscale", "shot.#.exr", "-o", "out", "--model", "bicubic", "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["rule_changes"] == []
    assert {frame["layers"]["foo"] for frame in told["frames"]} == {"color"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a farm's cancel"])
def test_an_interrupted_run_leaves_whole_frames_only(sequence: Path, tmp_path: Path, number: signal.Signals) -> None:
    """A terminal sends its signal to every process of the run at once; the run ends within seconds."""
    for copy in range(4, 200):
        (sequence / f"shot.{copy:04}.exr").symlink_to("shot.0001.exr")
    run = _started(tmp_path, "--model", "tvi")
    _wait_for(tmp_path / "out" / "shot.0002.exr", run)
    os.killpg(run.pid, number)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert said.splitlines()[-1] == "error: interrupted"
    assert "Traceback" not in said
    results = list((tmp_path / "out").iterdir())
    assert 2 <= len(results) < 199
    assert all(read_channels(path)["id"].shape == (32, 48) for path in results)


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.1, 0.15, 0.2, 0.3])
def test_ctrl_c_while_the_model_is_being_loaded_ends_the_run(sequence: Path, tmp_path: Path, moment: float) -> None:
    """Libraries are being imported then, and the first frame read; whenever it comes, nothing hangs."""
    for copy in range(4, 200):
        (sequence / f"shot.{copy:04}.exr").symlink_to("shot.0001.exr")
    run = _started(tmp_path)
    _wait_for(tmp_path / "out", run)
    time.sleep(moment)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert said.splitlines()[-1] == "error: interrupted"
    assert "Traceback" not in said


def _started(folder: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        that_hears_ctrl_c([sys.executable, "-m", "uprez", "upscale", "in", "-o", "out", *options]),
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for(path: Path, run: "subprocess.Popen[str]") -> None:
    while not path.exists():
        assert run.poll() is None
        time.sleep(0.01)


def test_a_terminal_sees_at_once_what_is_going_on(sequence: Path, tmp_path: Path) -> None:
    """Loading, and then the first frame while it is being made."""
    shown = on_a_terminal(tmp_path, "in/shot.####.exr", "-o", "out", "--model", "bicubic")
    assert "loading the model" in shown
    assert "frame 1 of 3: shot.0001.exr" in shown


def test_a_terminal_gets_a_bar_with_frame_rate_and_time_left(sequence: Path, tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "in/shot.####.exr", "-o", "out", "--model", "bicubic")
    assert "3/3 frames" in shown
    assert "frames/s" in shown
    assert "left" in shown


def on_a_terminal(folder: Path, *words: str) -> str:
    """What `uprez upscale` shows on a terminal."""
    command = [sys.executable, "-m", "uprez", "upscale", *words]
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    subprocess.run(command, cwd=folder, env=environment, stderr=theirs, stdout=subprocess.DEVNULL, check=True)
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    return shown.decode()


def test_memory_that_no_run_keeps_to_is_a_usage_error(uprez: Run, sequence: Path) -> None:
    done = uprez("upscale", "in", "-o", "out", "--model", "bicubic", "--memory", "10")
    assert done.returncode == 2
    assert "no run takes less than 414M" in done.stderr
    assert "a number alone counts bytes" in done.stderr


def test_results_that_were_made_otherwise_are_replaced_with_a_word(uprez: Run, sequence: Path, tmp_path: Path) -> None:
    """And a preview of theirs goes with them."""
    assert uprez("upscale", "in", "-o", "out", "--model", "bicubic", "--preview").returncode == 0
    (tmp_path / "out/shot.0002.preview.png").write_bytes(b"somebody's own picture")
    done = uprez("upscale", "in", "-o", "out", "--model", "bilinear", "--json")
    assert "3 done (3 in the place of results made by bicubic)" in done.stderr.splitlines()[-1]
    assert {frame["replaced"] for frame in json.loads(done.stdout)["frames"]} == {"by bicubic"}
    assert [path.name for path in sorted((tmp_path / "out").glob("*.png"))] == ["shot.0002.preview.png"]
    again = uprez("upscale", "in", "-o", "out", "--model", "bilinear", "--overwrite")
    assert "in the place" not in again.stderr


def test_a_terminal_that_goes_away_does_not_end_the_run(sequence: Path, tmp_path: Path) -> None:
    """A lost connection, with the run made deaf to it: progress and failures go nowhere, frames are done."""
    for copy in range(4, 40):
        (sequence / f"shot.{copy:04}.exr").symlink_to("shot.0001.exr")
    (sequence / "shot.0020.exr").unlink()
    (sequence / "shot.0020.exr").write_bytes(b"no frame")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "uprez", "upscale", "in/shot.####.exr", "-o", "out", "--model", "tvi", "--json"]
    run = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"TERM": "xterm"}, stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    _wait_for(tmp_path / "out" / "shot.0001.exr", run)
    os.close(ours)
    told, _ = run.communicate(timeout=60)
    summary = json.loads(told)
    assert (run.returncode, summary["done"], summary["failed"]) == (1, 38, 1)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end of a terminal is closed
        return b""
