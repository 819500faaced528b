"""`uprez evaluate` and `uprez compare`: what is told, and the exit codes."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.training.pairs import write_pairs

parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=2, side=60)
    return tmp_path / "pairs"


def test_means_with_their_confidence_and_what_is_real(uprez: Run, pairs: Path, tmp_path: Path) -> None:
    done = uprez("evaluate", "pairs", "--models", "bicubic,nearest", "-o", "report")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "4 frames; means, and where they lie with 95 % confidence"
    assert "PSNR, dB" in lines[1]
    assert lines[2].startswith("bicubic ")
    assert lines[3].startswith("nearest ")
    assert lines[4].startswith("bicubic over nearest: PSNR, dB +")
    assert lines[-1] == "report/index.html"
    page = (tmp_path / "report/index.html").read_text()
    assert "bicubic on pairs" in page
    assert "a/0001" in page
    table = parquet.read_table(tmp_path / "report/figures.parquet").to_pylist()
    assert [(row["pair"], row["method"]) for row in table[:2]] == [("a/0000", "bicubic"), ("a/0000", "nearest")]
    assert all(row["psnr_db"] > 0 and row["core_seconds"] is None for row in table)


def test_json_has_the_same(uprez: Run, pairs: Path) -> None:
    models = ("--models", "bicubic,nearest", "--compare", "nearest,bicubic")
    done = uprez("evaluate", "pairs", *models, "-o", "r", "--json")
    summary = json.loads(done.stdout)
    assert summary["frames"] == 4
    assert set(summary["methods"]) == {"bicubic", "nearest"}
    assert set(summary["looks"]) == {"a", "b"}
    assert set(summary["shots"]["a/0001"]["bicubic"]) == set(summary["methods"]["bicubic"])
    assert (summary["differences"]["first"], summary["differences"]["second"]) == ("nearest", "bicubic")
    assert summary["differences"]["metrics"]["psnr_db"]["mean"] < 0
    assert summary["failed"] == []


def test_a_frame_that_can_not_be_read_is_a_line_and_exit_code_1(uprez: Run, pairs: Path) -> None:
    (pairs / "a/a_0000_hr.exr").write_bytes(b"no frame")
    done = uprez("evaluate", "pairs", "--models", "bicubic", "-o", "report")
    assert done.returncode == 1
    assert "a_0000_hr.exr" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("3 frames;")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--models", "bicubix"), "did you mean 'bicubic'?"),
        (("--models", "bicubic", "--compare", "bicubic,none"), "--compare: none is not among the models"),
        (("--models", "bicubic", "--compare", "bicubic"), "--compare takes two models: A,B"),
        (("--models", ","), "--models: name one at least"),
    ],
)
def test_what_makes_no_sense_is_refused(uprez: Run, pairs: Path, arguments: tuple[str, ...], said: str) -> None:
    done = uprez("evaluate", "pairs", *arguments, "-o", "report")
    assert done.returncode == 2
    assert said in done.stderr


def test_two_frames_are_held_against_each_other(uprez: Run, pairs: Path) -> None:
    frames = (str(pairs / "a/a_0000_lr.exr"), str(pairs / "a/a_0000_hr.exr"))
    done = uprez("compare", *frames, "--model", "bicubic,nearest")
    assert done.returncode == 0, done.stderr
    title, first, *_ = done.stdout.splitlines()
    assert title.split() == ["bicubic", "nearest"]
    assert first.startswith("PSNR, dB")
    told = json.loads(uprez("compare", *frames, "--model", "bicubic", "-o", "page.html", "--json").stdout)
    assert "a_0000_lr.exr against a_0000_hr.exr" in (pairs.parent / "page.html").read_text()
    assert float(first.split()[2]) == pytest.approx(told["bicubic"]["psnr_db"], abs=0.01)
    refused = uprez("compare", frames[0], "none.exr")
    assert refused.returncode in (1, 2)
    assert "none.exr: is not there" in refused.stderr


def test_of_one_shot_no_confidence_is_shown(uprez: Run, tmp_path: Path) -> None:
    write_pairs(tmp_path / "one", looks=("a",), count=1, side=60)
    done = uprez("evaluate", "one", "--models", "bicubic,nearest", "-o", "r")
    lines = done.stdout.splitlines()
    assert "(one shot)" in lines[2]
    assert "(one shot), could be chance" in lines[4]
    page = (tmp_path / "r/index.html").read_text()
    assert "<span class=dim>one shot</span>" in page
    found = json.loads(uprez("evaluate", "one", "--models", "bicubic", "-o", "r", "--json").stdout)
    assert found["methods"]["bicubic"]["psnr_db"]["low"] is None


def test_flip_is_measured_where_it_is_asked_for(uprez: Run, pairs: Path) -> None:
    pytest.importorskip("flip_evaluator")
    frames = (str(pairs / "a/a_0000_lr.exr"), str(pairs / "a/a_0000_hr.exr"))
    assert "HDR-FLIP" not in uprez("compare", *frames, "--model", "bicubic", "-o", "page.html").stdout
    assert "HDR-FLIP" in uprez("compare", *frames, "--model", "bicubic", "--flip").stdout
