"""Even light beside a hard edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

import uprez
from uprez.models.limits import SUPPORT
from uprez.models.plateaus import ALIKE, REACH, SLACK, plateaus
from uprez.models.registry import model_names
from uprez.upscaling.colour import hold, limits_of

Array = NDArray[np.float32]
SUB = 8
LIGHT = arrays(np.float32, (9, 11), elements=st.floats(0, 1000, width=32))
NETWORKS = [name for name in model_names() if name.startswith("film")]


def lamp(contrast: float, radius: float) -> Array:
    """A flat disc as bright as that over 0.2, as a box filter sees it: (40, 44, 3)."""
    y, x = (np.mgrid[: 40 * SUB, : 44 * SUB].astype(np.float32) + 0.5) / SUB - 0.5
    cover = (np.hypot(x - 21.3, y - 19.6) < radius).reshape(40, SUB, 44, SUB).mean((1, 3))
    return np.repeat((0.2 + 0.2 * (contrast - 1) * cover)[..., np.newaxis], 3, axis=2).astype(np.float32)


def held(result: Array, source: Array, scale: int) -> Array:
    """One channel through its plateaus alone."""
    kept = result.copy()
    for plateau in plateaus(source, scale):
        plateau.hold(kept, scale)
    return kept


@pytest.mark.parametrize("contrast", [10, 100, 1000, 10000])
@pytest.mark.parametrize("model", NETWORKS)
def test_a_flat_lamp_is_flat_inside_and_keeps_its_light(model: str, contrast: float) -> None:
    source = lamp(contrast, 5)
    result = uprez.upscale(source, model=model)
    y, x = (np.mgrid[:80, :88] + 0.5) / 2 - 0.5
    inside = result[np.hypot(x - 21.3, y - 19.6) < 3.5] / (0.2 * contrast)
    assert 0.9 < inside.min() <= inside.max() < 1.1
    assert result.mean() == pytest.approx(source.mean(), rel=0.02)


@pytest.mark.parametrize("scale", [2, 4])
def test_whatever_a_network_says_the_inside_of_a_lamp_is_within_the_slack(scale: int) -> None:
    source = lamp(100, 4.5)[..., 0]
    said = np.random.default_rng(2).uniform(0, 500, (40 * scale, 44 * scale)).astype(np.float32)
    middle = (slice(18 * scale, 22 * scale), slice(20 * scale, 23 * scale))
    assert np.ptp(source[17:23, 19:24]) == 0
    np.testing.assert_allclose(held(said, source, scale)[middle], 20, rtol=SLACK + 1e-6)


def test_textures_and_edges_are_left_alone() -> None:
    """Even light alone is no plateau: something nearby must be many times brighter or darker."""
    texture = np.random.default_rng(3).uniform(0.5, 0.5 * (1 + ALIKE), (20, 20)).astype(np.float32)
    assert plateaus(texture, 2) == []
    stripes = np.where(np.arange(20) % 2, np.float32(1), np.float32(0.01)) * np.ones((20, 1), np.float32)
    assert {int(column) for one in plateaus(stripes, 2) for column in one.columns} <= {0, 19}  # where the last repeats


@given(LIGHT)
def test_the_limits_of_a_plateau_are_within_reach_of_those_of_its_pixel(source: Array) -> None:
    """So that a result which is held to one and then to the other is within both."""
    (limit,) = limits_of(source[..., np.newaxis], 2, alpha=False, support=SUPPORT)
    for plateau in limit.even:
        low, high = limit.low[plateau.rows, plateau.columns], limit.high[plateau.rows, plateau.columns]
        assert (plateau.low <= high).all()
        assert (low <= plateau.high).all()


@given(arrays(np.float32, (2 * REACH + 6, 9), elements=st.sampled_from([0.0, 1.0, 1.05, 20.0, 21.0])))
def test_rows_beyond_the_reach_change_nothing(source: Array) -> None:
    said = np.full((2 * len(source), 18), 7, np.float32)
    whole, part = held(said, source, 2), held(said[4:], source[2:], 2)
    assert np.array_equal(whole[4 + 2 * REACH :], part[2 * REACH :])


def test_a_result_is_held_in_every_channel() -> None:
    source = lamp(100, 6)
    result = np.full((80, 88, 3), 1e4, np.float32)
    hold(result, limits_of(source, 2, alpha=False, support=SUPPORT), 2)
    assert result[38, 42].max() <= 20 * (1 + SLACK) + 1e-3
