"""A network that grows by doublings learns the smallest first, each truth brought down to the scale of its step."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.pairs import write_changed, write_pairs
from uprez.cli import main
from uprez.dataset.tensors import compress_rgba, expand_rgba
from uprez.errors import RecipeError, UsageError
from uprez.models.registry import load_model
from uprez.training.checkpoint import load_checkpoint
from uprez.training.curriculum import Aim, aim_of, lowered
from uprez.training.dry_run import estimate
from uprez.training.recipe import read_recipe
from uprez.training.run import train

RECIPE = """
name = "grown"
scale = 4
[network]
family = "prosr"
features = 8
growth = 4
levels = [[2], [1]]
[data]
patch = 16
validation_share = 0.3
[[stage]]
name = "x2"
scales = [2]
steps = 4
minibatch = 2
validate_every = 4
[[stage]]
name = "x4"
scales = [2, 4]
blend = 4
steps = 8
minibatch = 2
validate_every = 4
[stage.losses]
colour_shift = 1.0
"""


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grown") / "pairs"
    write_pairs(folder, looks=("a", "b"), count=3, side=24, scale=4)
    return folder


def recipe(folder: Path, *changes: tuple[str, str]) -> Path:
    return write_changed(folder / "grown.toml", RECIPE, *changes)


def test_a_step_is_of_one_of_its_stages_scales_and_the_last_one_comes_in_slowly(tmp_path: Path) -> None:
    run = read_recipe(recipe(tmp_path, ("blend = 4", "blend = 200"), ("steps = 8", "steps = 400")))
    assert {aim_of(run, 0, step) for step in range(4)} == {Aim(2)}
    aims = [aim_of(run, 1, step) for step in range(400)]
    assert min(Counter(aim.scale for aim in aims).values()) > 150
    assert all(aim.share == (min(1, (step + 1) / 200) if aim.scale == 4 else 1) for step, aim in enumerate(aims))
    assert aims == [aim_of(run, 1, step) for step in range(400)]


def test_truths_are_brought_down_in_linear_light() -> None:
    truth = compress_rgba(torch.tensor([[0.0, 8.0], [0.0, 0.0]]).repeat(1, 4, 1, 1))
    assert lowered(truth, 1) is truth
    torch.testing.assert_close(expand_rgba(lowered(truth, 2))[0, :3, 0, 0], torch.full((3,), 2.0))


def test_the_run_ends_with_a_model_of_the_recipes_scale(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path), pairs=[pairs], run=tmp_path / "run", device="cpu")
    rows = [json.loads(line) for line in (tmp_path / "run/stats.jsonl").read_text().splitlines()]
    assert [(row["stage"], row["step"]) for row in rows] == [("x2", 4), ("x4", 4), ("x4", 8)]
    assert all(np.isfinite(list(row["gain_db"].values())).all() and row["gain_db"] for row in rows)
    assert not (tmp_path / "run/model-x2").exists()
    model = load_model(tmp_path / "run/model", device="cpu")
    assert model.card.scale == 4
    assert model.upscale(np.full((9, 11, 4), 0.2, np.float32)).shape == (36, 44, 4)


def test_the_largest_scale_learns_from_a_store_that_was_built_for_it(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=3, side=16, scale=8)
    build = ["dataset", "build", str(tmp_path / "pairs"), "-o", str(tmp_path / "s"), "--validation", "0.3", "-q"]
    assert main([*build, "--scale", "8"]) == 0
    path = recipe(
        tmp_path, ("scale = 4", "scale = 8"), ("[[2], [1]]", "[[2], [1], [1]]"), ("scales = [2, 4]", "scales = [2, 8]")
    )
    train(path, pairs=[tmp_path / "s"], run=tmp_path / "run", device="cpu")
    model = load_model(tmp_path / "run/model", device="cpu")
    assert model.upscale(np.full((9, 11, 4), 0.2, np.float32)).shape == (72, 88, 4)
    with pytest.raises(UsageError, match="HR is 8 times LR's size, and the recipe's scale is 4"):
        train(recipe(tmp_path), pairs=[tmp_path / "s"], run=tmp_path / "other", device="cpu")


def test_a_dry_run_takes_pairs_of_the_recipes_scale(tmp_path: Path, pairs: Path) -> None:
    found = estimate(recipe(tmp_path), pairs=[pairs], device="cpu")
    assert [stage.stage for stage in found.stages] == ["x2", "x4"]
    assert (found.training_pairs, found.validation_pairs) == (4, 2)


def test_a_run_that_was_stopped_and_repeated_ends_with_the_same_weights(tmp_path: Path, pairs: Path) -> None:
    path = recipe(tmp_path)
    train(path, pairs=[pairs], run=tmp_path / "whole", device="cpu")
    for _ in range(2):
        train(path, pairs=[pairs], run=tmp_path / "cut", device="cpu", time_limit=0)
    train(path, pairs=[pairs], run=tmp_path / "cut", device="cpu")
    whole, cut = (load_checkpoint(tmp_path / run / "last.pt").network for run in ("whole", "cut"))
    assert all(torch.equal(cut[name], value) for name, value in whole.items())


def test_two_processes_learn_what_one_does(tmp_path: Path, pairs: Path) -> None:
    path = recipe(tmp_path)
    for processes in ("1", "2"):
        command = [sys.executable, "-m", "uprez", "train", str(path), "--pairs", str(pairs), "-o", f"run{processes}"]
        subprocess.run(
            [*command, "--device", "cpu", "--workers", "0", "--processes", processes],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            check=True,
            timeout=300,
        )
    one, two = (load_checkpoint(tmp_path / run / "x4.pt").network for run in ("run1", "run2"))
    for name, value in one.items():
        assert (two[name] - value).abs().mean() < 1e-5, name


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'family = "prosr"\nfeatures = 8\ngrowth = 4\nlevels = [[2], [1]]',
            'family = "residual"\nfeatures = 8\nblocks = 1',
            "known: 4",
        ),
        ("scales = [2]\n", "scales = [8]\n", "stage x2: scales: 8 is none that this network learns at; known: 2, 4"),
        ("scales = [2, 4]", "scales = [2]", "the last stage's scales must end with 4, the recipe's; got 2"),
        ("scales = [2, 4]", 'scales = ["4"]', "stage.scales must be a list of numbers"),
        ("blend = 4", "blend = -1", "stage.blend must not be negative, got -1"),
        ("scale = 4", "scale = 3", "scale must be 2, 4 or 8, got 3"),
    ],
)
def test_scales_that_make_no_sense_are_refused_before_anything_is_read(
    tmp_path: Path, pairs: Path, old: str, new: str, told: str
) -> None:
    path = recipe(tmp_path, (old, new))
    with pytest.raises(RecipeError, match=told):
        train(path, pairs=[pairs], run=tmp_path / "run", device="cpu")
