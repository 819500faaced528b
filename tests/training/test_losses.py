"""Losses and the schedule are pure functions with known values."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from uprez.dataset.tensors import compress_rgba
from uprez.encoding import compress
from uprez.training.losses import (
    MEASURES,
    adversarial,
    colour_shift,
    critic_loss,
    detail_distance,
    feature_distance,
    fidelity,
    l1,
    light_distance,
    over,
)
from uprez.training.schedule import learning_rate


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_equal_frames_cost_nothing(measure: Callable[[Tensor], Tensor]) -> None:
    x = torch.rand(2, 4, 5, 5)
    assert fidelity(x, x, torch.ones(2), measure=measure, alpha_weight=1) == 0


@pytest.mark.parametrize(("measure", "value"), [("l1", 2.0), ("l2", 4.0), ("charbonnier", math.sqrt(5) - 1)])
def test_a_constant_error_of_two_units_costs_what_the_formula_says(measure: str, value: float) -> None:
    truth = torch.zeros(1, 4, 3, 3)
    result = torch.full_like(truth, 0.02)
    cost = fidelity(result, truth, torch.tensor([0.01]), measure=MEASURES[measure], alpha_weight=0)
    assert cost == pytest.approx(value)


def test_alpha_counts_by_its_weight() -> None:
    truth, result = torch.zeros(1, 4, 3, 3), torch.zeros(1, 4, 3, 3)
    result[:, 3] = 1
    unit = torch.ones(1)
    assert fidelity(result, truth, unit, measure=l1, alpha_weight=0) == 0
    assert fidelity(result, truth, unit, measure=l1, alpha_weight=0.5) == pytest.approx(0.5)


@pytest.mark.parametrize("linear", [True, False], ids=["linear", "compressed"])
def test_colour_shift_is_how_far_the_lowered_result_is_from_the_source(linear: bool) -> None:
    """A result of light 0.5 everywhere over a source of 0.4: 0.1 in linear light, T's difference in the compressed."""
    result, source = (as_rgba(light, side) for light, side in ((0.5, 8), (0.4, 4)))
    expected = 0.1 if linear else np.subtract(*compress(np.array([0.5, 0.4])))
    assert colour_shift(result, source, (0.5, 0.5), 2, linear=linear) == pytest.approx(float(expected), rel=1e-3)
    assert colour_shift(result, as_rgba(0.5, 4), (0.5, 0.5), 2, linear=linear) == pytest.approx(0, abs=1e-6)


def test_detail_is_told_by_its_strength_not_by_what_it_looks_like() -> None:
    """Half the contrast is half the strength; where stripes lie, or how light a gradient is, counts not at all."""
    stripes = torch.zeros(1, 4, 32, 32) + 0.3
    stripes[..., ::2] += 0.1
    assert detail_distance(stripes, stripes) == 0
    assert detail_distance(0.3 + (stripes - 0.3) / 2, stripes) == pytest.approx(math.log(2) / 3, rel=0.01)
    assert detail_distance(0.3 + (stripes - 0.3) / 2, stripes, strength=0.5) == pytest.approx(0, abs=1e-4)
    assert detail_distance(stripes.roll(1, 3), stripes) == pytest.approx(0, abs=1e-4)
    coarse = torch.linspace(0.1, 0.5, 32).expand(1, 4, 32, 32)
    assert detail_distance(coarse, coarse.flip(3)) == pytest.approx(0, abs=0.05)


def test_detail_along_x_along_y_and_of_each_colour_counts_apart() -> None:
    """Stripes across, a checkerboard or stripes of another colour do not do for stripes, however strong they are."""
    stripes = torch.zeros(1, 4, 32, 32) + 0.3
    stripes[..., ::2] += 0.1
    checkerboard = stripes.clone()
    checkerboard[..., 1::2, :] = checkerboard[..., 1::2, :].roll(1, 3)
    red, green = (torch.where(torch.arange(4)[:, None, None] == k, stripes, 0.3) for k in (0, 1))
    for other in (stripes.transpose(2, 3), checkerboard):
        assert detail_distance(other, stripes) > 2
    assert detail_distance(green, red) > 0.8


def test_detail_too_faint_to_be_seen_counts_as_none() -> None:
    even = torch.full((1, 4, 16, 16), 0.3)
    assert detail_distance(even + 1e-5 * torch.randn(even.shape), even) < 0.01


def as_rgba(light: float, side: int, alpha: float = 1.0) -> Tensor:
    """An even image, compressed."""
    linear = torch.tensor([light, light, light, alpha])[None, :, None, None].expand(1, 4, side, side)
    return compress_rgba(linear)


def test_a_composite_is_the_image_and_what_its_alpha_lets_through() -> None:
    shown = over(as_rgba(0.2, 3, alpha=0.25), torch.full((1, 3, 1, 1), 2.0))
    assert shown.shape == (1, 3, 3, 3)
    torch.testing.assert_close(shown, as_rgba(0.2 + 0.75 * 2.0, 3)[:, :3])


def test_an_opaque_image_hides_the_background() -> None:
    image = as_rgba(0.7, 3)
    torch.testing.assert_close(over(image, torch.full((1, 3, 1, 1), 9.0)), image[:, :3])


def test_each_layer_of_features_counts_alike_whatever_its_size() -> None:
    truth = [torch.ones(1, 2, 4, 4), 1000 * torch.ones(1, 8, 2, 2)]
    assert feature_distance([1.1 * layer for layer in truth], truth) == pytest.approx(0.1, rel=1e-4)


GAMES = ("hinge", "lsgan", "gan", "relativistic")


@pytest.mark.parametrize("kind", GAMES)
def test_a_critic_that_tells_truth_from_result_loses_less_and_costs_the_generator_more(kind: str) -> None:
    high, low = torch.full((4,), 2.0), torch.full((4,), -2.0)
    assert critic_loss(high, low, kind) < critic_loss(low, high, kind)
    assert adversarial(high, low, kind) > adversarial(low, high, kind)


@pytest.mark.parametrize(
    ("kind", "critic", "generator"),
    [
        ("hinge", 2.0, 0.0),
        ("lsgan", 0.5, 0.5),
        ("gan", 2 * math.log(2), math.log(2)),
        ("relativistic", math.log(2), math.log(2)),
    ],
)
def test_a_critic_that_can_not_tell_costs_what_the_formula_says(kind: str, critic: float, generator: float) -> None:
    undecided = torch.zeros(4)
    assert critic_loss(undecided, undecided, kind) == pytest.approx(critic)
    assert adversarial(undecided, undecided, kind) == pytest.approx(generator)


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


def lamp(light: float) -> Tensor:
    """(1, 4, 16, 16), compressed: an even lamp on black, and alpha 1."""
    linear = torch.zeros(1, 4, 16, 16)
    linear[:, :3, 4:12, 4:12] = light
    linear[:, 3] = 1
    return compress_rgba(linear)


def test_light_that_is_right_costs_nothing_and_alpha_counts_for_none() -> None:
    other = lamp(20)
    other[:, 3] = 0
    assert light_distance(other, lamp(20)) == 0


def test_an_overshoot_costs_its_share_of_the_light_whatever_the_exposure() -> None:
    for light in (0.5, 20, 2000):
        cost = light_distance(lamp(1.5 * light), lamp(light))
        assert cost == pytest.approx(0.5**2 * 64 / 256, rel=0.01)


def test_a_glow_of_the_dark_beside_a_lamp_is_left_to_fidelity() -> None:
    glowing = lamp(20)
    glowing[:, :3, 3, 4:12] = float(compress(np.array([0.05], np.float32))[0])
    assert light_distance(glowing, lamp(20)) < 1e-6


def test_the_gradient_of_light_is_finite_and_bounded_however_wrong_a_result_is() -> None:
    for wrong in (-3.0, 3.0, 40.0):
        result = torch.full((1, 4, 16, 16), wrong, requires_grad=True)
        light_distance(result, lamp(20)).backward()
        assert result.grad is not None
        assert torch.isfinite(result.grad).all()
