"""What every command does: exit codes, one line an error, quiet pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import uprez as package
from tests.cli.conftest import Run
from tests.cli.frames import write_frame
from uprez.cli import main


def test_version_names_the_program_and_its_version(uprez: Run) -> None:
    done = uprez("--version")
    assert (done.returncode, done.stdout) == (0, f"uprez {package.__version__}\n")


def test_help_lists_every_command(uprez: Run) -> None:
    done = uprez("--help")
    assert done.returncode == 0
    for command in ("upscale", "info", "models", "train"):
        assert command in done.stdout


def test_no_command_shows_the_help_and_says_that_nothing_was_done(uprez: Run) -> None:
    done = uprez()
    assert done.returncode == 2
    assert "Usage" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        pytest.param(["upscael"], "upscael", id="a command that does not exist"),
        pytest.param(["upscale", "--colour", "x.exr", "-o", "out"], "--colour", id="an option that does not exist"),
        pytest.param(["upscale", "-o", "out"], "SOURCE", id="no source"),
        pytest.param(["upscale", "x.exr"], "--output", id="no output"),
        pytest.param(["upscale", "x.exr", "-o", "out", "--memory", "lots"], "lots", id="memory that is no amount"),
        pytest.param(["upscale", "x.exr", "-o", "out", "--model", "bicubik"], "bicubic", id="a model misspelt"),
        pytest.param(["upscale", "x.exr", "-o", "out", "--device", "abacus"], "abacus", id="a device unknown"),
        pytest.param(["upscale", "x.exr", "-o", "out", "--frames", "ten"], "ten", id="frames that are no range"),
        pytest.param(["upscale", "missing.exr", "-o", "out"], "missing.exr", id="a source that is not there"),
        pytest.param(["upscale", "shot.####.exr", "-o", "out"], "shot.####.exr", id="a pattern that matches nothing"),
        pytest.param(["info", "missing.exr"], "missing.exr", id="info on a file that is not there"),
        pytest.param(["models", "bicubik"], "bicubik", id="the card of a model that is not there"),
        pytest.param(["train", "missing.toml", "--pairs", "."], "missing.toml", id="a recipe that is not there"),
        pytest.param(["train", "x.toml", "--pairs", ".", "--time-limit", "soon"], "soon", id="a time that is none"),
    ],
)
def test_what_can_not_be_tried_is_one_line_and_exit_code_2(
    uprez: Run, tmp_path: Path, arguments: list[str], named: str
) -> None:
    write_frame(tmp_path / "x.exr")
    done = uprez(*arguments)
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert named in lines[0]


def test_without_torch_train_names_the_cure(uprez: Run, tmp_path: Path) -> None:
    """The extra `train` brings torch; without it, one line says so."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    done = uprez("train", "recipe.toml", "--pairs", ".", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr == 'error: torch is not installed; run: pip install "uprez[train]"\n'


def test_a_fault_of_uprez_itself_keeps_its_traceback() -> None:
    """Only what a user, a file or a disk causes is told in one line."""
    script = "import uprez.models as r\nr.model_names = lambda: 1 / 0\n"
    script += "import sys\nfrom uprez.cli import main\nsys.exit(main(['models']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_error(uprez: Run, root: Path) -> None:
    """`uprez info … | head -1` ends without a word on stderr."""
    shell = f"'{sys.executable}' -m uprez info examples/shot.####.exr examples/shot.####.exr | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_does_not_fit_on_the_disk_is_one_line(root: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "uprez", "info", "examples/shot.1001.exr"]
        done = subprocess.run(command, cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: the output can't be written: No space left on device\n"


def test_closed_streams_are_no_error(root: Path) -> None:
    """Some farms start their tasks without stdout."""
    shell = f"'{sys.executable}' -m uprez info examples/shot.1001.exr >&-"
    done = subprocess.run(["bash", "-c", shell], cwd=root, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_without_stderr_does_its_work(root: Path, tmp_path: Path) -> None:
    shell = f"'{sys.executable}' -m uprez upscale examples/shot.1001.exr -o '{tmp_path}' --model bicubic 2>&-"
    done = subprocess.run(["bash", "-c", shell], cwd=root, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "shot.1001.exr").exists()


def test_a_farm_that_cancels_by_sigterm_gets_the_exit_code_of_an_interruption(root: Path) -> None:
    script = "import os, signal; from uprez.cli import main; import uprez.models as r\n"
    script += "r.model_names = lambda: os.kill(os.getpid(), signal.SIGTERM)\nimport sys; sys.exit(main(['models']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr == "error: interrupted\n"


def test_signals_do_what_they_did_before_once_a_command_is_done() -> None:
    """Python that calls it may fork processes, which end by SIGTERM."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    assert main(["--version"]) == 0
    assert [signal.getsignal(number) for number in numbers] == before
