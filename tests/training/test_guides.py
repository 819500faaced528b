"""A feature network of one's own: learnt from the guides of rendered pairs, then used by a stage's losses."""

import json
from pathlib import Path

import pytest
import torch

from tests.training.pairs import write_pairs
from tests.training.recipes import TINY
from uprez.dataset.loader import Minibatch
from uprez.errors import UsageError
from uprez.training.guides import guide_terms
from uprez.training.run import train

GUIDES = """
name = "guides"
task = "guides"
[network]
features = 4
[data]
patch = 16
[[stage]]
name = "guides"
steps = {steps}
minibatch = 4
warmup = 5
learning_rate = 3e-3
validate_every = 20
"""
USES = (
    'name = "uses"'
    + TINY
    + """[[stage]]
steps = 2
minibatch = 2
[stage.losses]
feature = 0.1
"""
)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a",), count=3, side=24, guides=True)
    return tmp_path / "pairs"


def recipe(tmp_path: Path, text: str) -> Path:
    (tmp_path / "recipe.toml").write_text(text)
    return tmp_path / "recipe.toml"


def test_it_learns_to_tell_guides_from_beauty(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, GUIDES.format(steps=80)), pairs=[pairs], run=tmp_path / "run", device="cpu")
    rows = [json.loads(line)["losses"] for line in (tmp_path / "run/stats.jsonl").read_text().splitlines()]
    assert set(rows[0]) == {"albedo", "normal", "depth"}
    assert all(rows[-1][name] < 0.7 * rows[0][name] for name in rows[0])


def test_its_weights_serve_a_recipe_whose_losses_have_features(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, GUIDES.format(steps=1)), pairs=[pairs], run=tmp_path / "first", device="cpu")
    weights = tmp_path / "first/features.safetensors"
    train(recipe(tmp_path, USES), pairs=[pairs], run=tmp_path / "run", device="cpu", feature_weights=weights)
    row = json.loads((tmp_path / "run/stats.jsonl").read_text())
    assert set(row["losses"]) == {"fidelity", "feature"}
    assert row["losses"]["feature"] > 0


def test_without_weights_of_ones_own_the_bundled_ones_serve(tmp_path: Path, pairs: Path) -> None:
    train(recipe(tmp_path, USES), pairs=[pairs], run=tmp_path / "run", device="cpu")
    assert json.loads((tmp_path / "run/stats.jsonl").read_text())["losses"]["feature"] > 0


def test_losses_with_vgg19_ask_for_its_weights_before_anything_is_read(tmp_path: Path) -> None:
    outside = USES + '[features]\nfamily = "vgg19"\n'
    with pytest.raises(UsageError, match=r"name its weights by --features FILE \(vgg19\)"):
        train(recipe(tmp_path, outside), pairs=[tmp_path / "none"], run=tmp_path / "run", device="cpu")
    with pytest.raises(UsageError, match=r"missing.safetensors: .*No such file"):
        train(
            recipe(tmp_path, USES),
            pairs=[tmp_path / "none"],
            run=tmp_path / "run",
            device="cpu",
            feature_weights=tmp_path / "missing.safetensors",
        )
    assert not (tmp_path / "run").exists()


def test_pairs_without_guides_are_named(tmp_path: Path) -> None:
    write_pairs(tmp_path / "bare", looks=("a",), count=2, side=24)
    with pytest.raises(UsageError, match=r"a/000\d has no hr albedo"):
        train(recipe(tmp_path, GUIDES.format(steps=1)), pairs=[tmp_path / "bare"], run=tmp_path / "run", device="cpu")


def batch(depth: float, normal: tuple[float, float, float]) -> Minibatch:
    shape = (2, 1, 8, 8)
    others = {
        "hr albedo": torch.full((2, 3, 8, 8), 0.25),
        "hr normal": torch.tensor(normal)[None, :, None, None].expand(2, 3, 8, 8),
        "hr depth": torch.full(shape, depth),
    }
    return Minibatch(torch.zeros(2, 4, 4, 4), torch.zeros(2, 4, 8, 8), torch.ones(2), others)


def test_what_is_right_costs_nothing_whatever_the_worlds_size() -> None:
    predicted = torch.zeros(2, 7, 8, 8)
    predicted[:, :3], predicted[:, 5] = 0.25, 3.0
    assert all(
        value == pytest.approx(0, abs=1e-6) for value in guide_terms(predicted, batch(500.0, (0, 0, 1))).values()
    )


def test_skies_have_neither_normal_nor_depth() -> None:
    terms = guide_terms(torch.randn(2, 7, 8, 8), batch(65504.0, (0, 0, 0)))
    assert terms["normal"] == 0
    assert terms["depth"] == 0


def test_a_normal_across_the_surfaces_costs_one() -> None:
    predicted = torch.zeros(2, 7, 8, 8)
    predicted[:, 3] = 2.0
    assert guide_terms(predicted, batch(1.0, (0, 0, 1)))["normal"] == pytest.approx(1)
