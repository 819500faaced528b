"""`train`: from pairs on disk to a run folder, resumed exactly."""

import json
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.training.pairs import write_pairs
from tests.training.recipes import TINY
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.dataset.tensors import compress_rgba
from uprez.errors import RecipeError, UsageError
from uprez.models.card import load_card
from uprez.networks import build
from uprez.training import run as runs
from uprez.training.checkpoint import load_checkpoint
from uprez.training.finish import consistent, finish
from uprez.training.run import train

RECIPE = (
    'name = "tiny"'
    + TINY
    + """held_out_looks = ["b"]
[[stage]]
steps = {steps}
minibatch = 4
warmup = 5
learning_rate = 2e-3
validate_every = {every}
"""
)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=3, side=24)
    return tmp_path / "pairs"


def recipe(tmp_path: Path, steps: int) -> Path:
    path = tmp_path / f"recipe_{steps}.toml"
    path.write_text(RECIPE.format(steps=steps, every=max(10, steps // 4)))
    return path


def test_a_run_folder_explains_itself(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 20), pairs=[pairs], run=tmp_path / "run", device="cpu")
    facts = json.loads((tmp_path / "run/run.json").read_text())
    assert facts["recipe"]["name"] == "tiny"
    assert set(facts["train"]) == {"a/0000", "a/0001", "a/0002"}
    assert set(facts["validation"]) == {"b/0000", "b/0001", "b/0002"}
    rows = [json.loads(line) for line in (tmp_path / "run/stats.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [10, 20]
    assert not list((tmp_path / "run").glob("*.part"))


def test_tensorboard_shows_the_figures_and_what_validation_saw(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 20), pairs=[pairs], run=tmp_path / "run", device="cpu", time_limit=0)
    train(recipe(tmp_path, 20), pairs=[pairs], run=tmp_path / "run", device="cpu")
    shown = EventAccumulator(str(tmp_path / "run/tensorboard")).Reload()
    assert {"loss/fidelity", "gain_db", "sharpness", "patches_per_second"} <= set(shown.Tags()["scalars"])
    assert [event.step for event in shown.Scalars("gain_db")] == [1, 10, 20]
    assert set(shown.Tags()["images"]) == {"b/0000", "b/0001", "b/0002"}
    (image, *_) = shown.Images("b/0000")
    assert (image.width, image.height) == (3 * 48, 48)


def test_pairs_that_live_on_the_device_teach_the_same(
    tmp_path: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a GPU they do where its memory holds them; here the processor's stands for it."""
    path = recipe(tmp_path, 40)
    loaded = train(path, pairs=[pairs], run=tmp_path / "loaded", device="cpu")
    monkeypatch.setattr(runs, "is_resident", lambda sampler, device: True)
    resident = train(path, pairs=[pairs], run=tmp_path / "resident", device="cpu", time_limit=0)
    resident = train(path, pairs=[pairs], run=tmp_path / "resident", device="cpu")
    assert resident.step == 40
    assert resident.score == pytest.approx(loaded.score, abs=0.02)


def test_training_learns_what_interpolation_can_not_know(tmp_path: Path, pairs: Path) -> None:
    """The pairs' HR is sharper than bicubic makes it by a fixed rule: after some steps a held-out look gains."""
    checkpoint = train(recipe(tmp_path, 400), pairs=[pairs], run=tmp_path / "run", device="cpu")
    assert checkpoint.best > 0.3


def test_the_drift_term_leaves_consistency_less_to_do(tmp_path: Path, pairs: Path) -> None:
    """On a held-out look, by the same steps with and without it."""
    kernel = (0.5, 0.5)
    left = {}
    for weight in (0.0, 20.0):
        path = recipe(tmp_path, 200)
        path.write_text(path.read_text() + f"[stage.losses]\ndrift = {weight}\n")
        network = build({"family": "residual", "features": 8, "blocks": 1, "scale": 2})
        network.load_state_dict(train(path, pairs=[pairs], run=tmp_path / str(weight), device="cpu").average)
        moved = []
        for _, lr, _ in read_frames(pair for pair in find_pairs([pairs]) if pair.look == "b"):
            source = compress_rgba(torch.from_numpy(lr).permute(2, 0, 1)[None].float())
            own = finish(source, network(source).detach(), 2)
            moved.append(float((consistent(own, source, 2, kernel) - own).abs().mean()))
        left[weight] = sum(moved)
    assert left[20.0] < 0.7 * left[0.0]


def test_a_run_that_was_stopped_and_repeated_ends_with_the_same_weights(tmp_path: Path, pairs: Path) -> None:
    path = recipe(tmp_path, 30)
    whole = train(path, pairs=[pairs], run=tmp_path / "whole", device="cpu")
    while (step := _steps_done(tmp_path / "parts")) < 30:
        train(path, pairs=[pairs], run=tmp_path / "parts", device="cpu", time_limit=0)
        assert _steps_done(tmp_path / "parts") > step
    parts = load_checkpoint(tmp_path / "parts/last.pt")
    for name, value in whole.network.items():
        assert torch.equal(value, parts.network[name]), name
        assert torch.equal(whole.average[name], parts.average[name]), name


def _steps_done(run: Path) -> int:
    return load_checkpoint(run / "last.pt").step if (run / "last.pt").exists() else 0


def test_a_run_begins_with_the_weights_it_is_given(tmp_path: Path, pairs: Path) -> None:
    first = train(recipe(tmp_path, 20), pairs=[pairs], run=tmp_path / "first", device="cpu")
    second = train(
        recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "second", device="cpu", init_from=tmp_path / "first/last.pt"
    )
    moved = max(float((second.network[n] - v).abs().max()) for n, v in first.average.items())
    assert 0 < moved < 1e-2


def test_a_run_begins_with_the_weights_of_a_model_folder(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 40), pairs=[pairs], run=tmp_path / "first", device="cpu")
    rows = [json.loads(line) for line in (tmp_path / "first/stats.jsonl").read_text().splitlines()]
    best = max(rows, key=lambda row: sum(row["gain_db"].values()))
    path = recipe(tmp_path, 1)
    path.write_text(path.read_text().replace("2e-3", "1e-9"))
    train(path, pairs=[pairs], run=tmp_path / "second", device="cpu", init_from=tmp_path / "first/model")
    second = json.loads((tmp_path / "second/stats.jsonl").read_text())
    assert second["gain_db"] == pytest.approx(best["gain_db"], abs=0.02)


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("weights.safetensors", b"F32", b"I32", "not the network that its card describes"),
        ("card.toml", b"weights_sha256", b"weights_sha257", "unknown key 'weights_sha257'"),
        ("card.toml", b'weights_sha256 = "', b'weights_sha256 = ""  # ', "no weights_sha256"),
    ],
)
def test_a_model_folder_whose_weights_its_card_does_not_vouch_for_is_refused(
    tmp_path: Path, pairs: Path, file: str, old: bytes, new: bytes, reason: str
) -> None:
    """Damaged weights may load without complaint, and would begin a run of days."""
    train(recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "first", device="cpu")
    damaged = tmp_path / "first/model" / file
    damaged.write_bytes(damaged.read_bytes().replace(old, new, 1))
    with pytest.raises(RecipeError, match=reason) as told:
        train(
            recipe(tmp_path, 2),
            pairs=[pairs],
            run=tmp_path / "second",
            device="cpu",
            init_from=tmp_path / "first/model",
        )
    assert str(damaged) in str(told.value)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "second").exists()


def test_a_run_folder_of_another_recipe_is_refused(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "run", device="cpu")
    other = recipe(tmp_path, 2)
    other.write_text(other.read_text().replace("features = 8", "features = 12"))
    with pytest.raises(RecipeError, match="another recipe"):
        train(other, pairs=[pairs], run=tmp_path / "run", device="cpu")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("features = 8", "features = -4", "negative"),
        ("features = 8", "features = 0", "network family 'residual'"),
        ("features = 8", "features = 8\ninputs = 5", "network.inputs must be 4"),
        ('"residual"', '"unet"', "unknown network family 'unet'"),
        ("warmup = 5", "blend = 5", "stage psnr: blend is for networks that grow"),
        (
            "_every = 10",
            "_every = 10\nlosses = {gan = 0.1}\n[critic]\nfeatures = 0",
            "critic.features must be positive, got 0",
        ),
        ("_every = 10", '_every = 10\nlosses = {gan = 0.1}\n[critic]\nfamily = "judge"', "unknown critic 'judge'"),
    ],
)
def test_what_can_not_be_built_is_refused_before_anything_is_read(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = recipe(tmp_path, 1)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RecipeError, match=problem) as told:
        train(path, pairs=[tmp_path / "none"], run=tmp_path / "run", device="cpu")
    assert str(told.value).startswith(str(path))
    assert not (tmp_path / "run").exists()


def test_patches_that_the_critic_of_a_later_stage_can_not_take_are_refused_before_the_first(tmp_path: Path) -> None:
    path = recipe(tmp_path, 1)
    path.write_text(
        path.read_text().replace("patch = 16", "patch = 50") + '[[stage]]\nname = "gan"\nlosses = {gan = 0.1}\n'
    )
    with pytest.raises(RecipeError, match=r"stage gan: the critic 'unet' can't take patches of 100 HR pixels; .* 8"):
        train(path, pairs=[tmp_path / "none"], run=tmp_path / "run", device="cpu")


def test_pairs_that_leave_none_to_train_on_are_refused(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("b",), count=2, side=24)
    with pytest.raises(UsageError, match="no pair is left to train on"):
        train(recipe(tmp_path, 1), pairs=[tmp_path / "pairs"], run=tmp_path / "run", device="cpu")


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "first", device="cpu")
    other = recipe(tmp_path, 1)
    other.write_text(other.read_text().replace("features = 8", "features = 12"))
    with pytest.raises(RecipeError, match=r"last.pt: the weights do not fit the network's architecture"):
        train(other, pairs=[pairs], run=tmp_path / "run", device="cpu", init_from=tmp_path / "first/last.pt")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("warmup = 5", 'warmup = 5\noptimiser = "adamw"', "20 steps of the stage psnr are done by muon"),
        ("warmup = 5", "warmup = 5\nlosses = {gan = 0.1}", "20 steps of the stage psnr are done without a critic"),
        ("steps = 20", "steps = 10", "20 steps of the stage psnr are done, and the recipe has 10 now"),
    ],
)
def test_a_stage_that_is_begun_can_not_become_another(
    tmp_path: Path, pairs: Path, old: str, new: str, told: str
) -> None:
    path = recipe(tmp_path, 20)
    train(path, pairs=[pairs], run=tmp_path / "run", device="cpu")
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RecipeError, match=told):
        train(path, pairs=[pairs], run=tmp_path / "run", device="cpu")


def test_a_device_that_is_not_there_is_refused(tmp_path: Path, pairs: Path) -> None:
    with pytest.raises(UsageError, match="unknown device 'cuda:0'; known: auto, cpu, cuda, mps"):
        train(recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "run", device="cuda:0")


def test_a_held_out_look_that_is_not_there_is_refused(tmp_path: Path, pairs: Path) -> None:
    path = recipe(tmp_path, 1)
    path.write_text(path.read_text().replace('["b"]', '["moon"]'))
    with pytest.raises(UsageError, match="'moon' is not among the pairs; there are a, b"):
        train(path, pairs=[pairs], run=tmp_path / "run", device="cpu")


def test_a_run_that_has_nothing_to_validate_on_says_why(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=24)
    told: list[dict[str, object]] = []
    path = recipe(tmp_path, 1)
    path.write_text(path.read_text().replace('held_out_looks = ["b"]', ""))
    train(path, pairs=[tmp_path / "pairs"], run=tmp_path / "run", device="cpu", report=told.append)
    assert told[1]["train_pairs"] == 1
    assert "two shots or more" in str(told[2]["nothing_validates"])
    assert load_card(tmp_path / "run/model").figures == {}


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="manifest"):
        train(recipe(tmp_path, 1), pairs=[tmp_path], run=tmp_path / "run", device="cpu")


def test_a_damaged_checkpoint_is_refused(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, 1), pairs=[pairs], run=tmp_path / "run", device="cpu")
    data = bytearray((tmp_path / "run/last.pt").read_bytes())
    (tmp_path / "run/last.pt").write_bytes(data[: len(data) // 2])
    with pytest.raises(RecipeError, match="not a checkpoint"):
        train(recipe(tmp_path, 2), pairs=[pairs], run=tmp_path / "run", device="cpu")
