"""Artifacts: what is added in flat areas, and beyond the truth's range around edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.encoding import expand
from uprez.metrics import artifacts
from uprez.metrics.artifacts import local_extreme

SIDE = 96


def of(compressed: np.ndarray) -> np.ndarray:
    """Grey, linear, from a compressed plane."""
    return np.repeat(expand(compressed.astype(np.float32))[..., np.newaxis], 3, axis=2)


def edge(width: float = 0.0) -> np.ndarray:
    """From 0.1 to 0.5 at the middle, over so many pixels."""
    x = np.arange(SIDE) - SIDE / 2 + 0.5
    step = np.clip(0.5 + x / width, 0, 1) if width else (x > 0).astype(float)
    return np.broadcast_to(0.1 + 0.4 * step, (SIDE, SIDE))


def test_an_image_has_none_against_itself() -> None:
    image = np.random.default_rng(1).random((40, 50, 3), np.float32)
    assert artifacts(image, image) == (0, 0)


@given(level=st.floats(0.001, 0.02), seed=st.integers(0, 2**31))
def test_noise_on_an_even_area_is_told_as_it_is(level: float, seed: int) -> None:
    noise = level * np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    found = artifacts(of(0.3 + noise), of(np.full((SIDE, SIDE), 0.3)))
    assert found.flat == pytest.approx(level, rel=0.05)
    assert found.edges == 0


def test_a_softer_edge_and_one_half_a_pixel_aside_have_none_but_ringing_has() -> None:
    ringing = edge() + np.where(np.abs(np.arange(SIDE) - SIDE / 2 - 1.5) < 1.5, 0.05, 0)
    assert artifacts(of(edge(4)), of(edge())).edges == 0
    assert artifacts(of(np.roll(edge(2), 1, axis=1)[:, 2:]), of(edge(2)[:, 2:])).edges == 0
    assert artifacts(of(ringing), of(edge())).edges > 0.01


def test_a_halo_far_from_every_edge_is_no_matter_of_edges_but_of_flat_areas() -> None:
    marked = edge().copy()
    marked[:, :8] += 0.05
    found = artifacts(of(marked), of(edge()))
    assert found.edges == 0
    assert found.flat > 0.01


@given(reach=st.integers(0, 9), seed=st.integers(0, 2**31))
def test_local_extremes_are_those_of_every_neighbourhood(reach: int, seed: int) -> None:
    plane = np.random.default_rng(seed).random((13, 11), np.float32)
    found = local_extreme(plane, reach, np.maximum)
    for y, x in ((0, 0), (6, 5), (12, 10), (3, 9)):
        around = plane[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        assert found[y, x] == around.max()


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        artifacts(np.zeros((4, 4, 3)), np.zeros((4, 5, 3)))
