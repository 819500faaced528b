"""A checkpoint becomes a model folder that a runtime without torch runs to the same values."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.pairs import write_pairs
from uprez.dataset.pairs import find_pairs
from uprez.dataset.shots import shot_hash
from uprez.dataset.sources import ExrPairs
from uprez.models.card import NETWORK_FILE, WEIGHTS_FILE, load_card
from uprez.networks import build, fuse
from uprez.networks.onnx import to_onnx
from uprez.runtimes.openvino import OpenVinoRuntime
from uprez.training.bundle import learned_filters, write_model
from uprez.training.checkpoint import Checkpoint
from uprez.training.recipe import recipe_from


def network() -> torch.nn.Module:
    torch.manual_seed(1)
    made = build({"family": "residual", "features": 8, "blocks": 2})
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return made


@pytest.mark.parametrize("size", [(1, 1), (17, 33), (64, 40)])
def test_the_onnx_file_computes_what_the_torch_network_does_at_any_size(size: tuple[int, int]) -> None:
    made = fuse(network())
    runtime = OpenVinoRuntime(to_onnx(made, 4), name="made", threads=1)
    x = torch.randn(1, 4, *size)
    with torch.no_grad():
        np.testing.assert_allclose(runtime(x.numpy()), made(x).numpy(), rtol=1e-4, atol=1e-4)


def test_the_onnx_file_is_the_same_each_time_and_names_no_place_of_this_machine() -> None:
    first, second = to_onnx(fuse(network()), 4), to_onnx(fuse(network()), 4)
    assert first == second
    assert b".py" not in first
    assert str(Path(__file__).parents[2]).encode() not in first


def test_a_model_folder_says_what_it_was_trained_on_and_what_was_held_out(tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=2, side=24)
    rows = ExrPairs(find_pairs([tmp_path / "pairs"])).rows
    recipe = recipe_from(
        {
            "name": "tiny",
            "network": {"family": "residual", "features": 8, "blocks": 2},
            "data": {"held_out_looks": ["b"], "patch": 16},
        }
    )
    state = network().state_dict()
    write_model(
        Checkpoint(recipe.to_dict(), 0, 7, 1.5, state, state, {}, score=1.5),
        tmp_path / "model",
        kernel=(0.1, 0.4, 0.4, 0.1),
        training=rows[:2],
        held_out=rows[2:],
        known_shots=["0123456789ab"],
    )
    card = load_card(tmp_path / "model")
    for digest, file in ((card.network_sha256, NETWORK_FILE), (card.weights_sha256, WEIGHTS_FILE)):
        assert digest == hashlib.sha256((tmp_path / "model" / file).read_bytes()).hexdigest()
    assert card.held_out == ("b (the whole look)",)
    assert card.training["steps"] == 7
    assert card.training["shots"] == sorted(["0123456789ab", shot_hash("a/0000"), shot_hash("a/0001")])
    assert card.halo == 6
    assert card.features == 8
    assert card.down_kernel == (0.1, 0.4, 0.4, 0.1)


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (("gauss-2", "box", "gauss-2"), ("box", "gauss-2")),
        (("gauss-2-to-box",), ("gauss-2",)),
        (("box", ""), ()),
        ((), ()),
    ],
)
def test_a_card_lists_the_pixel_filters_of_lr_where_every_pair_says_its_own(
    filters: tuple[str, ...], told: tuple[str, ...]
) -> None:
    assert learned_filters([{"filter": name} for name in filters]) == told


def test_pairs_from_before_there_were_filters_say_none() -> None:
    assert learned_filters([{"look": "toys"}]) == ()
