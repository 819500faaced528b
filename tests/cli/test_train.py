"""`uprez train`: from a recipe and pairs to a run folder."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra train")

from tests.cli.conftest import Run
from tests.training.pairs import write_pairs
from tests.training.recipes import TINY

RECIPES = Path(__file__).parents[2] / "recipes"
RECIPE = (
    'name = "tiny"'
    + TINY
    + """[[stage]]
steps = 4
minibatch = 2
validate_every = 2
"""
)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("discs",), count=3, side=32)
    (tmp_path / "tiny.toml").write_text(RECIPE)
    return tmp_path / "tiny.toml"


def test_it_trains_and_tells_step_loss_gain_rate_and_time_left(uprez: Run, recipe: Path, tmp_path: Path) -> None:
    done = uprez("train", recipe, "--pairs", "pairs", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["run"], summary["step"], summary["steps"]) == ("runs/tiny", 4, 4)
    assert (tmp_path / "runs" / "tiny" / "last.pt").is_file()
    assert (tmp_path / summary["model"] / "card.toml").is_file()
    last = done.stderr.splitlines()[-1]
    assert last.startswith("psnr 4/4  loss ")
    assert "patches/s" in last
    assert last.endswith(" left")


def test_a_dry_run_tells_sizes_speed_time_and_memory_and_writes_nothing(
    uprez: Run, recipe: Path, tmp_path: Path
) -> None:
    done = uprez("train", recipe, "--pairs", "pairs", "--dry-run")
    assert done.returncode == 0, done.stderr
    pairs, stage = done.stdout.splitlines()
    assert pairs == "2 pairs, 1 more to validate on"
    assert re.fullmatch(
        r"psnr: 0\.01 M parameters, 4 steps of 2 patches of 32 HR pixels: [\d.]+ patches/s, [\d.:]+(?: s)?, [\d.]+ GB",
        stage,
    )
    assert not (tmp_path / "runs").exists()


def test_it_ends_by_saying_where_the_model_is_and_how_to_judge_it(uprez: Run, recipe: Path) -> None:
    done = uprez("train", recipe, "--pairs", "pairs")
    assert done.returncode == 0, done.stderr
    said = "the model is runs/tiny/model; judge it with: uprez evaluate PAIRS --models runs/tiny/model,bicubic"
    assert done.stderr.splitlines()[-1] == said


def test_a_dry_run_refuses_what_a_run_would(uprez: Run, recipe: Path) -> None:
    recipe.write_text(RECIPE + '[stage.losses]\nfeature = 1.0\n[features]\nfamily = "vgg19"\n')
    done = uprez("train", recipe, "--pairs", "pairs", "--dry-run")
    assert done.returncode == 2
    assert "--features FILE" in done.stderr


def test_a_finished_run_is_not_trained_again(uprez: Run, recipe: Path) -> None:
    uprez("train", recipe, "--pairs", "pairs", "--quiet")
    done = uprez("train", recipe, "--pairs", "pairs", "--json")
    assert (done.returncode, json.loads(done.stdout)["step"]) == (0, 4)


def test_the_smoke_recipe_goes_from_pairs_to_an_upscaled_frame(uprez: Run, tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("discs",), count=6, side=40)
    done = uprez("train", RECIPES / "smoke.toml", "--pairs", "pairs", "-o", "smoke", "--json", "--quiet", timeout=400)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["stage"] == "gan"
    frame = "pairs/discs/discs_0000_lr.exr"
    for model in ("smoke/model-psnr", "smoke/model"):
        done = uprez("upscale", frame, "-o", model.replace("/", "_"), "--model", model)
        assert done.returncode == 0, done.stderr
