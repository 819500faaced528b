"""`uprez tune`: from a study and pairs to the trials that no other beats, and a page."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="tuning needs the extra train")

from tests.cli.conftest import Run
from tests.cli.test_train import RECIPE
from tests.training.pairs import write_pairs


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=3, side=24)
    (tmp_path / "tiny.toml").write_text(RECIPE.replace("patch = 16", "patch = 16\nvalidation_share = 0.3"))
    path = tmp_path / "rates.toml"
    path.write_text('recipe = "tiny.toml"\n[search]\n"stage.psnr.learning_rate" = { from = 1e-4, to = 1e-3 }\n')
    return path


def test_it_tells_each_trial_and_ends_with_the_best_and_a_page(uprez: Run, study: Path, tmp_path: Path) -> None:
    done = uprez("tune", study, "--pairs", "pairs", "--trials", "2", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["page"] == "tuning/rates/index.html"
    assert (tmp_path / summary["page"]).is_file()
    for best in summary["best"]:
        assert 1e-4 <= best["values"]["stage.psnr.learning_rate"] <= 1e-3
        assert best["blur"] >= 0
        assert best["artifacts"] > 0
        assert (tmp_path / best["recipe"]).is_file()
    lines = done.stderr.splitlines()
    assert lines[0] == "packing pairs into tuning/rates/pairs.lmdb"
    assert lines[-1].startswith("2/2  trial 1 complete  blur ")


def test_a_study_that_makes_no_sense_is_one_line(uprez: Run, study: Path) -> None:
    study.write_text('recipe = "tiny.toml"\n[search]\n"stage.psnr.speed" = [1, 2]\n')
    done = uprez("tune", study, "--pairs", "pairs")
    assert done.returncode == 2
    assert "rates.toml: unknown key" in done.stderr
    assert done.stderr.count("\n") == 1
