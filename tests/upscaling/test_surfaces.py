"""Depth, position and motion: no value that lies between two surfaces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from uprez.upscaling.surfaces import REACH, nearest_surface


def four_nearest(source: NDArray[np.floating]) -> NDArray[np.floating]:
    """(4, 2H, 2W, C): the four samples nearest to each HR pixel of a result at twice the size, edges repeated."""
    around = np.pad(source, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = source.shape[:2]
    y, x = np.mgrid[0 : 2 * height, 0 : 2 * width]
    top, left = (y + 1) // 2, (x + 1) // 2
    return np.stack([around[top + dy, left + dx] for dy in (0, 1) for dx in (0, 1)])


SURFACES = st.sampled_from([0.0, 1.0, 3.25, 7.5, 1e10, np.inf, -np.inf, np.nan, 65504.0])


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(1)), elements=SURFACES))
def test_of_flat_surfaces_every_value_is_one_of_the_four_nearest(source: NDArray[np.float32]) -> None:
    """Background values (0, 1e10, infinities) and NaN are surfaces like any other: they stay so, to the bit."""
    near = four_nearest(source).view(np.uint32)
    result = nearest_surface(source, 2).view(np.uint32)
    assert np.all((near == result).any(axis=0))


def test_a_slanted_surface_is_interpolated() -> None:
    """Within a plane values go on evenly: half a step an HR pixel."""
    y, x = np.mgrid[0:8, 0:12].astype(np.float32)
    plane = (10 + 0.25 * x + 0.125 * y)[..., None]
    result = nearest_surface(plane, 2)[3:-3, 3:-3, 0]
    assert np.allclose(np.diff(result, axis=1), 0.125)
    assert np.allclose(np.diff(result, axis=0), 0.0625)


def test_two_slanted_surfaces_keep_apart() -> None:
    y, x = np.mgrid[0:40, 0:60].astype(np.float32)
    near, far = 5 + 0.02 * x, 90 + 0.3 * y
    source = np.where(x > 30 + 8 * np.sin(y / 6), far, near)[..., None].astype(np.float32)
    result = nearest_surface(source, 2)
    assert np.all((result <= near.max()) | (result >= far.min()))


def test_a_slanted_edge_is_followed_and_not_a_staircase_of_whole_pixels() -> None:
    """Of the steps of an edge that rises one pixel in three, half are half as high as a pixel."""
    y, x = np.mgrid[0:24, 0:90]
    source = np.where(x < 3 * y, 1.0, 9.0).astype(np.float32)[..., None]
    ends = (nearest_surface(source, 2)[8:40, :, 0] == 1).sum(axis=1)
    steps = np.diff(ends)
    assert set(steps.tolist()) == {2, 4}


@pytest.mark.parametrize("thin", ["dot", "row", "diagonal"])
def test_what_is_one_pixel_thin_is_not_voted_away(thin: str) -> None:
    source = np.full((11, 11, 1), 50.0, np.float32)
    place = {"dot": ([5], [5]), "row": ([5] * 9, range(1, 10)), "diagonal": (range(1, 10), range(1, 10))}[thin]
    source[list(place[0]), list(place[1])] = 2.0
    result = nearest_surface(source, 2)[..., 0]
    assert (result == 2).sum() >= 4 * len(list(place[0])) * 3 / 4
    assert set(np.unique(result)) == {2.0, 50.0}


def test_vectors_choose_all_components_together() -> None:
    random = np.random.default_rng(3)
    palette = random.normal(size=(5, 3)).astype(np.float32)
    source = palette[random.integers(0, 5, (20, 30))]
    result = nearest_surface(source, 2).reshape(-1, 3)
    assert all(np.all(palette == vector, axis=1).any() for vector in result)


def test_half_depth_rounded_to_steps_is_one_surface() -> None:
    """A plane in half floats is a staircase of single roundings: it is interpolated between them, never a jump."""
    x = np.arange(200, dtype=np.float32)
    source = np.broadcast_to((9 + 0.0021 * x).astype(np.float16), (6, 200))[..., None]
    result = nearest_surface(source, 2)
    assert result.dtype == np.float16
    assert np.abs(np.diff(result[2, :, 0].astype(np.float32))).max() <= 2.0**-7


def test_a_row_depends_on_rows_within_reach_only() -> None:
    random = np.random.default_rng(4)
    source = random.choice([1.0, 2.0, 8.0], (60, 24, 1)).astype(np.float32)
    whole = nearest_surface(source, 2)
    part = nearest_surface(source[20 - REACH : 30 + REACH], 2)
    assert np.array_equal(part[2 * REACH : -2 * REACH], whole[40:60])


@pytest.mark.parametrize("scale", [3, 4])
def test_other_scales_hold_the_rule_too(scale: int) -> None:
    source = np.where(np.arange(9)[None, :] > 4, 7.0, 2.0).astype(np.float32) * np.ones((5, 1), np.float32)
    result = nearest_surface(source[..., None], scale)
    assert result.shape == (5 * scale, 9 * scale, 1)
    assert set(np.unique(result)) == {2.0, 7.0}
