"""Runs of several stages: the second, with a critic, begins where the first ends, and goes on wherever it stopped."""

import json
from pathlib import Path

import pytest
import torch

from tests.training.pairs import write_changed, write_pairs
from tests.training.recipes import TINY
from uprez.errors import RecipeError, TrainingError
from uprez.models.card import load_card
from uprez.models.registry import load_model
from uprez.training.checkpoint import load_checkpoint
from uprez.training.loop import TIE
from uprez.training.run import train

RECIPE = (
    'name = "two"'
    + TINY
    + """validation_share = 0.3
[critic]
features = 8
[[stage]]
steps = 4
minibatch = 4
warmup = 1
validate_every = 2
[[stage]]
name = "gan"
steps = 6
minibatch = 4
warmup = 1
validate_every = 3
[stage.losses]
colour_shift = 5.0
gan = 0.01
"""
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "pairs"
    write_pairs(folder, looks=("a", "b"), count=3, side=24)
    return folder


def recipe(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    return write_changed(tmp_path / "two.toml", RECIPE, *changes)


def test_each_stage_leaves_its_weights_its_model_and_its_figures(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path), pairs=[pairs], run=tmp_path / "run", device="cpu")
    rows = [json.loads(line) for line in (tmp_path / "run/stats.jsonl").read_text().splitlines()]
    assert [(row["stage"], row["step"]) for row in rows] == [("psnr", 2), ("psnr", 4), ("gan", 3), ("gan", 6)]
    assert set(rows[0]["losses"]) == {"fidelity"}
    assert set(rows[-1]["losses"]) == {"fidelity", "colour_shift", "gan", "critic"}
    assert {"gain_db", "sharpness", "own_drift"} <= set(rows[-1])
    first, second = (load_card(tmp_path / "run" / name).training for name in ("model-psnr", "model"))
    assert (first["stage"], first["steps"]) == ("psnr", 4)
    assert (second["stage"], second["steps"]) == ("gan", 10)
    assert [load_card(tmp_path / "run" / name).softer for name in ("model-psnr", "model")] == ["", "../model-psnr"]


def test_a_run_with_a_critic_alone_blends_with_the_model_it_began_from(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path), pairs=[pairs], run=tmp_path / "first", device="cpu")
    path = recipe(tmp_path)
    path.write_text(without_first_stage(path.read_text()))
    train(path, pairs=[pairs], run=tmp_path / "second", device="cpu", init_from=tmp_path / "first/model-psnr")
    assert load_card(tmp_path / "second/model").softer == "../../first/model-psnr"
    assert load_model(tmp_path / "second/model", sharpness=0.5, device="cpu").card.softer == "../../first/model-psnr"
    train(path, pairs=[pairs], run=tmp_path / "third", device="cpu", init_from=tmp_path / "second/model")
    assert load_card(tmp_path / "third/model").softer == ""


def without_first_stage(text: str) -> str:
    before, _, second = text.split("[[stage]]")
    return f"{before}[[stage]]{second}"


def test_a_stage_begins_with_the_averaged_weights_of_the_one_before(tmp_path: Path, pairs: Path) -> None:
    slow = ("validate_every = 3", "validate_every = 1\nlearning_rate = 1e-9\nema = 0.0")
    train(recipe(tmp_path, ("steps = 6", "steps = 1"), slow), pairs=[pairs], run=tmp_path / "run", device="cpu")
    first, second = (load_checkpoint(tmp_path / f"run/{stage}.pt") for stage in ("psnr", "gan"))
    for name, value in first.average.items():
        torch.testing.assert_close(second.network[name], value, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("game", "optimiser"), [("relativistic", "adamw"), ("hinge", "muon")])
def test_a_run_that_was_stopped_anywhere_ends_with_the_same_weights(
    tmp_path: Path, pairs: Path, game: str, optimiser: str
) -> None:
    path = recipe(
        tmp_path,
        ("features = 8\nblocks", "features = 20\nblocks"),
        ("gan = 0.01", f'gan = 0.01\ngan_as = "{game}"'),
        ("warmup = 1", f'warmup = 1\noptimiser = "{optimiser}"'),
    )
    whole = train(path, pairs=[pairs], run=tmp_path / "whole", device="cpu")
    calls = 0
    while not (tmp_path / "parts/gan.pt").exists():
        parts = train(path, pairs=[pairs], run=tmp_path / "parts", device="cpu", time_limit=0)
        calls += 1
    assert calls == 10
    for kind in ("network", "average", "critic"):
        for name, value in getattr(whole, kind).items():
            assert torch.equal(value, getattr(parts, kind)[name]), (kind, name)


def test_what_a_stop_makes_validate_early_is_no_candidate_for_the_best(tmp_path: Path, pairs: Path) -> None:
    """Or the next stage would begin elsewhere than in a run that was not stopped: here the first of two steps is by
    far the better.
    """
    path = recipe(tmp_path, ("steps = 4", "steps = 2\nlearning_rate = 0.004\nema = 0.0"))
    train(path, pairs=[pairs], run=tmp_path / "whole", device="cpu")
    for _ in range(2):
        train(path, pairs=[pairs], run=tmp_path / "parts", device="cpu", time_limit=0)
    whole, parts = (load_checkpoint(tmp_path / run / "psnr.pt") for run in ("whole", "parts"))
    assert (whole.step, whole.best) == (parts.step, parts.best)
    rows = [json.loads(line) for line in (tmp_path / "parts/stats.jsonl").read_text().splitlines()]
    first, second = (sum(row["gain_db"].values()) / len(row["gain_db"]) for row in rows)
    assert first > second + TIE


def test_parts_of_a_minibatch_add_up_to_it(tmp_path: Path, pairs: Path) -> None:
    """Fidelity is a mean over patches, and so are the verdicts of a game that compares no patch with another. In
    bfloat16 a gradient near zero may have either sign, and Adam makes whole steps of it.
    """
    weights = []
    for parts in (1, 2):
        path = recipe(
            tmp_path,
            ("validate_every = 3", f"validate_every = 3\naccumulate = {parts}"),
            ("gan = 0.01", 'gan = 0.01\ngan_as = "lsgan"'),
        )
        weights.append(train(path, pairs=[pairs], run=tmp_path / str(parts), device="cpu").network)
    for name, value in weights[0].items():
        assert (weights[1][name] - value).abs().mean() < 1e-5, name


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_checkpoint_stands(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path), pairs=[pairs], run=tmp_path / "run", device="cpu", time_limit=0)
    before = (tmp_path / "run/last.pt").read_bytes()
    wild = recipe(
        tmp_path,
        ("steps = 4\n", "steps = 400\nlearning_rate = 0.9\nclip = 1e30\n"),
        ("validate_every = 2", "validate_every = 50"),
    )
    with pytest.raises(TrainingError, match=r"loss fidelity is no number at step \d+; .*last.pt stands"):
        train(wild, pairs=[pairs], run=tmp_path / "run", device="cpu")
    assert (tmp_path / "run/last.pt").read_bytes() == before


def test_stages_of_other_names_do_not_go_on(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path), pairs=[pairs], run=tmp_path / "run", device="cpu", time_limit=0)
    with pytest.raises(RecipeError, match="the stages' names differ"):
        train(recipe(tmp_path, ('"gan"', '"sharp"')), pairs=[pairs], run=tmp_path / "run", device="cpu")


def test_an_unknown_critic_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = recipe(tmp_path, ("[critic]", '[critic]\nfamily = "vgg"'))
    with pytest.raises(RecipeError, match="unknown critic 'vgg'"):
        train(path, pairs=[tmp_path / "none"], run=tmp_path / "run", device="cpu")
