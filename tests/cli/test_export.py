"""`uprez export` as a compositor types it."""

import json
from pathlib import Path

import pytest

from uprez.cli import main


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
