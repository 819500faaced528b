"""`uprez export` as a compositor types it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from uprez.cli import main
from uprez.models.registry import BUNDLED


def test_it_writes_the_folder_and_says_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "film-x2", "--to", "nuke"]) == 0
    told = capsys.readouterr().out.split()
    assert "film-x2-nuke/film_x2.pt" in told
    assert all((tmp_path / name).is_file() for name in told)


def test_json_names_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "film-x2", "--to", "onnx", "--sharpness", "0.5", "-o", str(tmp_path), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["files"] == [str(tmp_path / "film-x2.onnx")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["bicubic", "--to", "nuke"], "bicubic: no model folder with a network of uprez"),
        (["film-x2-psnr", "--to", "onnx", "--sharpness", "0.5"], "sharpness can't be set"),
        (["film-x3", "--to", "nuke"], "did you mean"),
    ],
)
def test_what_can_not_be_exported_is_one_line_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", *arguments]) == 2
    complaint = capsys.readouterr().err
    assert told in complaint
    assert complaint.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("host", ["nuke", "onnx", "openvino"])
def test_a_disk_that_is_full_is_one_line_and_no_file_is_left(tmp_path: Path, host: str) -> None:
    """A file size limit stands for it."""
    limits = (
        "import resource, signal, sys; from uprez.cli import main; import torch; import openvino; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000000, 1000000)); "
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limits, "export", "film-x2-psnr", "--to", host, "-o", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (2 if host == "openvino" else 1)
    assert "can't" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list((tmp_path / "out").iterdir())


def test_weights_cut_short_are_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(BUNDLED / "film-x2-psnr", tmp_path / "model")
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    assert main(["export", str(folder), "--to", "nuke", "-o", str(tmp_path / "out")]) == 2
    assert "weights.safetensors: not the network that its card describes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--to", "int8"], "needs --pairs"), (["--to", "onnx", "--pairs", "."], "for --to int8 alone")],
)
def test_pairs_belong_to_int8(uprez: Run, options: list[str], told: str) -> None:
    ended = uprez("export", "film-x2-psnr", *options)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
