"""One step of training."""

import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from uprez.dataset.loader import Minibatch
from uprez.networks.critics import build_critic
from uprez.training.processes import open_fabric
from uprez.training.recipe import recipe_from
from uprez.training.step import Learner, Setting, State, take_step
from uprez.training.task import build_for

RECIPE = {"name": "step", "network": {"family": "residual", "features": 8, "blocks": 1}, "stage": [{"minibatch": 2}]}


def learner_of(fabric: Fabric, network: nn.Module) -> Learner:
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0.0)
    return Learner(*fabric.setup(network, optimiser))


@pytest.mark.parametrize("gan", [0.0, 0.1])
def test_a_patch_whose_loss_is_no_number_teaches_nothing(gan: float) -> None:
    """The weights stay numbers, those of a critic too, and the next patch teaches as usual."""
    recipe, fabric = recipe_from(RECIPE | {"stage": [{"minibatch": 2, "losses": {"gan": gan}}]}), open_fabric("cpu", 1)
    learner = learner_of(fabric, build_for(recipe))
    critic = learner_of(fabric, build_critic("unet", inputs=3, features=8)) if gan else None
    average = {name: value.clone() for name, value in learner.network.state_dict().items()}
    state = State(learner, average, critic)
    setting = Setting(recipe, recipe.stage[0], (), fabric)
    good = Minibatch(torch.rand(2, 4, 16, 16), torch.rand(2, 4, 32, 32), torch.ones(2), {})
    bad = Minibatch(good.lr, torch.full_like(good.hr, torch.inf), torch.ones(2), {})
    begun = {name: value.clone() for name, value in learner.network.state_dict().items()}
    lost = take_step(setting, state, iter([bad]))
    assert not torch.isfinite(lost["fidelity"])
    for name, value in learner.network.state_dict().items():
        torch.testing.assert_close(value, begun[name])
    if critic is not None:
        assert all(torch.isfinite(value).all() for value in critic.network.state_dict().values())
    taught = take_step(setting, state, iter([good]))
    assert all(torch.isfinite(term) for term in taught.values())
    after = learner.network.state_dict()
    assert all(torch.isfinite(value).all() for value in after.values())
    assert any((after[name] != begun[name]).any() for name in begun)
