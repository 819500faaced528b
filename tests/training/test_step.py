"""One step of training."""

from pathlib import Path

import torch

from uprez.dataset.loader import Minibatch
from uprez.training.loop import Learner
from uprez.training.processes import open_fabric
from uprez.training.recipe import recipe_from
from uprez.training.step import Setting, State, take_step
from uprez.training.task import build_for

RECIPE = {"name": "step", "network": {"family": "residual", "features": 8, "blocks": 1}, "stage": [{"minibatch": 2}]}


def test_a_patch_whose_loss_is_no_number_teaches_nothing(tmp_path: Path) -> None:
    """The weights stay numbers, and the next patch teaches as usual."""
    recipe, fabric = recipe_from(RECIPE), open_fabric("cpu", 1)
    network = build_for(recipe)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.0)
    learner = Learner(*fabric.setup(network, optimiser))
    average = {name: value.clone() for name, value in learner.network.state_dict().items()}
    state = State(learner, average, None)
    setting = Setting(recipe, recipe.stage[0], (), fabric)
    good = Minibatch(torch.rand(2, 4, 16, 16), torch.rand(2, 4, 32, 32), torch.ones(2), {})
    bad = Minibatch(good.lr, torch.full_like(good.hr, torch.inf), torch.ones(2), {})
    begun = {name: value.clone() for name, value in learner.network.state_dict().items()}
    lost = take_step(setting, state, iter([bad]))
    assert not torch.isfinite(lost["fidelity"])
    for name, value in learner.network.state_dict().items():
        torch.testing.assert_close(value, begun[name])
    taught = take_step(setting, state, iter([good]))
    assert torch.isfinite(taught["fidelity"])
    after = learner.network.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert any((after[name] != begun[name]).any() for name in begun)
