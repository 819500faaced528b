"""Losses and the schedule are pure functions with known values."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from uprez.training.losses import FIDELITY, fidelity
from uprez.training.schedule import learning_rate


@pytest.mark.parametrize("loss", sorted(FIDELITY))
def test_equal_frames_cost_nothing(loss: str) -> None:
    x = torch.rand(2, 4, 5, 5)
    assert fidelity(x, x, torch.ones(2), loss=loss, alpha_weight=1) == 0


@pytest.mark.parametrize(("loss", "value"), [("l1", 2.0), ("mse", 4.0), ("huber", math.sqrt(5) - 1)])
def test_a_constant_error_of_two_units_costs_what_the_formula_says(loss: str, value: float) -> None:
    truth = torch.zeros(1, 4, 3, 3)
    result = torch.full_like(truth, 0.02)
    assert fidelity(result, truth, torch.tensor([0.01]), loss=loss, alpha_weight=0) == pytest.approx(value)


def test_alpha_counts_by_its_weight() -> None:
    truth, result = torch.zeros(1, 4, 3, 3), torch.zeros(1, 4, 3, 3)
    result[:, 3] = 1
    unit = torch.ones(1)
    assert fidelity(result, truth, unit, loss="l1", alpha_weight=0) == 0
    assert fidelity(result, truth, unit, loss="l1", alpha_weight=0.5) == pytest.approx(0.5)


@given(st.integers(1, 5000), st.floats(0, 1), st.integers(1, 500))
def test_the_rate_rises_stays_and_falls(steps: int, decay_share: float, warmup: int) -> None:
    rates = [learning_rate(s, steps=steps, peak=1.0, warmup=warmup, decay_share=decay_share) for s in range(steps)]
    assert all(0 < rate <= 1 for rate in rates)
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


def test_the_constant_part_does_not_know_how_long_the_run_is() -> None:
    short, long = (
        [learning_rate(s, steps=n, peak=8e-4, warmup=10, decay_share=0.3) for s in range(700)] for n in (1000, 9000)
    )
    assert short == long
