"""What a pair has and what it lacks: parts of a store, and guides asked for later."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.training.pairs import write_pairs
from uprez.cli import main
from uprez.dataset.store import Store


def run(*arguments: object) -> int:
    return main(["dataset", *map(str, arguments)])


def build(capsys: pytest.CaptureFixture[str], *sources: Path, store: Path, options: Sequence[str] = ()) -> dict:
    assert run("build", *sources, "-o", store, "--json", "-q", *options) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def guided(tmp_path: Path) -> Path:
    """Two pairs with albedo, normals and depth."""
    write_pairs(tmp_path / "guided", looks=("a",), count=2, side=40, guides=True)
    return tmp_path / "guided"


def test_the_half_of_a_guide_that_an_export_left_out_is_added_by_a_later_build(
    tmp_path: Path, guided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(capsys, guided, store=tmp_path / "s", options=["--guides", "albedo"])
    assert run("export", tmp_path / "s", "-o", tmp_path / "part", "--images", "lr, hr, lr albedo", "-q") == 0
    build(capsys, tmp_path / "part", store=tmp_path / "merged")
    told = build(capsys, guided, store=tmp_path / "merged", options=["--guides", "albedo"])
    assert told["replaced"] == 2
    with Store(tmp_path / "merged") as store:
        assert all(store.image(place, "hr albedo") for place in range(2))


def test_guides_that_no_file_has_are_looked_for_once(
    tmp_path: Path, guided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--guides", "albedo, motion", "--more", "hr_4ssp"]
    assert build(capsys, guided, store=tmp_path / "s", options=["--guides", "albedo"])["bytes"]
    build(capsys, guided, store=tmp_path / "s", options=options)
    assert build(capsys, guided, store=tmp_path / "s", options=options)["bytes"] == 0


def test_pairs_that_failed_are_not_among_those_that_lack_something(
    tmp_path: Path, guided: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (guided / "a/a_0001_hr.exr").write_bytes(b"not an image")
    assert run("build", guided, "-o", tmp_path / "s", "--guides", "motion") == 1
    assert "1 of 1 pairs have no motion" in capsys.readouterr().err.splitlines()
