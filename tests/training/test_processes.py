"""Several processes train as one does, through the command line, since each of them is the command begun again."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import with_small_files
from tests.training.pairs import write_pairs
from tests.training.test_stages import RECIPE
from uprez.training.checkpoint import load_checkpoint


@pytest.fixture
def begin(tmp_path: Path):  # type: ignore[no-untyped-def]
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=2, side=24)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def begin_training(run: str, processes: int, text: str = RECIPE, largest_file: int = 0) -> subprocess.Popen[str]:
        (tmp_path / f"{run}.toml").write_text(text)
        command = [sys.executable, "-m", "uprez", "train", f"{run}.toml", "--pairs", "pairs", "-o", run]
        options = ["--device", "cpu", "--workers", "0", "--processes", str(processes)]
        whole = [*command, *options]
        return subprocess.Popen(
            with_small_files(largest_file, whole) if largest_file else whole,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return begin_training


def test_two_processes_learn_what_one_does(tmp_path: Path, begin) -> None:  # type: ignore[no-untyped-def]
    """A game that compares no patch with another, since each process sees its own."""
    text = RECIPE.replace("gan = 0.01", 'gan = 0.01\ngan_as = "lsgan"')
    for run, processes in (("one", 1), ("two", 2)):
        training = begin(run, processes, text)
        _, told = training.communicate(timeout=300)
        assert training.returncode == 0, told
        assert told.count("gan 6/6") == 1  # one process speaks for all
    one, two = (load_checkpoint(tmp_path / run / "gan.pt") for run in ("one", "two"))
    for name, value in one.network.items():
        assert (two.network[name] - value).abs().mean() < 1e-5, name  # in bfloat16 single ones are further off


def test_a_run_whose_other_process_is_killed_ends_in_a_line_and_goes_on(tmp_path: Path, begin) -> None:  # type: ignore[no-untyped-def]
    endless = RECIPE.replace("steps = 4", "steps = 4000")
    training = begin("run", 2, endless)
    _wait_for(tmp_path / "run/last.pt", training)
    os.kill(_child_of(training.pid), signal.SIGKILL)
    _, told = training.communicate(timeout=60)
    assert training.returncode == 1
    assert "another process of the run has ended; the last checkpoint stands" in told.splitlines()[-1]
    assert "Traceback" not in told
    assert load_checkpoint(tmp_path / "run/last.pt").step >= 2


def test_a_run_that_a_farm_cancels_keeps_all_its_steps(tmp_path: Path, begin) -> None:  # type: ignore[no-untyped-def]
    training = begin("run", 1, RECIPE.replace("steps = 4", "steps = 400000").replace("every = 2", "every = 200"))
    _wait_for(tmp_path / "run/last.pt", training)
    training.send_signal(signal.SIGTERM)
    _, told = training.communicate(timeout=60)
    assert training.returncode == 130, told
    assert "Traceback" not in told
    last = load_checkpoint(tmp_path / "run/last.pt").step
    rows = [json.loads(line)["step"] for line in (tmp_path / "run/stats.jsonl").read_text().splitlines()]
    assert last == rows[-1]
    assert rows[:-1] == list(range(200, last, 200))


def test_a_disk_that_takes_no_checkpoint_ends_the_run_in_a_line_and_the_last_one_stands(tmp_path: Path, begin) -> None:  # type: ignore[no-untyped-def]
    """A limit on the size of files refuses as a full disk does."""
    first = begin("run", 1)
    _, told = first.communicate(timeout=300)
    assert first.returncode == 0, told
    before = (tmp_path / "run/last.pt").read_bytes()
    (tmp_path / "run/gan.pt").unlink()
    longer = RECIPE.replace("steps = 6", "steps = 9")
    training = begin("run", 1, longer, largest_file=20_000)
    _, told = training.communicate(timeout=300)
    assert training.returncode == 1
    assert re.search(r"error: run\S*: File too large; the last checkpoint stands", told.splitlines()[-1])
    assert "Traceback" not in told
    assert (tmp_path / "run/last.pt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*.part"))


def _wait_for(path: Path, training: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert training.poll() is None, training.communicate()
        time.sleep(0.1)


def _child_of(parent: int) -> int:
    """The process that the first one began to train beside it."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent and b"train" in (entry / "cmdline").read_bytes():
                return int(entry.name)
    raise AssertionError("no child")
