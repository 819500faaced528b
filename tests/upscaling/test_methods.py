"""Mattes, numbers of unknown meaning, normals and ids."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tests.upscaling.layered import doubled
from tests.upscaling.test_surfaces import four_nearest
from uprez.upscaling.methods import REACH, held, nearest, normals

FINITE = st.floats(-(2.0**100), 2.0**100, width=32)
SHAPES = st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(1, 3))


@given(arrays.arrays(np.float32, SHAPES, elements=FINITE))
def test_a_held_value_lies_between_the_four_nearest_samples(source: NDArray[np.float32]) -> None:
    near = four_nearest(source)
    result = held(source, 2)
    assert np.all(result >= near.min(axis=0))
    assert np.all(result <= near.max(axis=0))


def test_a_ramp_goes_on_evenly() -> None:
    ramp = np.arange(12, dtype=np.float32)[None, :, None] * np.ones((5, 1, 1), np.float32)
    assert np.allclose(np.diff(held(ramp, 2)[4, 6:-6, 0]), 0.5, atol=0.11)


def test_non_finite_values_stay_where_they_are_and_spread_nowhere() -> None:
    source = np.full((9, 9, 1), 0.5, np.float32)
    source[3, 4], source[6, 1], source[6, 2] = np.nan, np.inf, -np.inf
    result = held(source, 2)[..., 0]
    assert np.array_equal(result, doubled(np.where(np.isfinite(source), 0.5, source)[..., 0]), equal_nan=True)


@given(arrays.arrays(np.uint32, SHAPES, elements=st.integers(0, 2**32 - 1)))
def test_ids_are_repeated_bit_for_bit(source: NDArray[np.uint32]) -> None:
    assert np.array_equal(nearest(source, 2), doubled(source))


def unit_vectors(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.mgrid[0:height, 0:width]
    vectors = np.dstack([np.sin(x / 5), np.cos(y / 4), np.full((height, width), 0.7)])
    return (vectors / np.linalg.norm(vectors, axis=2, keepdims=True)).astype(np.float32)


def test_unit_normals_give_unit_normals_that_turn_smoothly() -> None:
    """Half floats are unit within their rounding."""
    for kind, tolerance in ((np.float32, 1e-6), (np.float16, 2.0**-10)):
        result = normals(unit_vectors(20, 30).astype(kind), 2)
        assert np.allclose(np.linalg.norm(result, axis=2), 1, atol=tolerance)
        angle = np.arccos(np.clip((result[:, 1:] * result[:, :-1]).sum(axis=2), -1, 1))
        assert angle.max() < 0.2


def test_background_of_zero_stays_zero_and_does_not_shorten_its_neighbours() -> None:
    source = unit_vectors(12, 12)
    source[:, 6:] = 0
    result = normals(source, 2)
    assert np.all(result[:, 12:] == 0)
    assert np.allclose(np.linalg.norm(result[:, :12], axis=2), 1, atol=1e-6)


def test_opposite_normals_do_not_cancel_out() -> None:
    source = np.zeros((6, 6, 3), np.float32)
    source[:, :3, 0], source[:, 3:, 0] = 1, -1
    result = normals(source, 2)
    assert np.array_equal(np.unique(result[..., 0]), [-1.0, 1.0])


def test_vectors_that_are_not_unit_are_interpolated_and_held() -> None:
    """Normals coded as colour, or filtered over an edge, keep their lengths."""
    source = 0.5 + 0.5 * unit_vectors(10, 10)
    near = four_nearest(source)
    result = normals(source, 2)
    assert np.all((result >= near.min(axis=0)) & (result <= near.max(axis=0)))


def test_a_row_depends_on_rows_within_reach_only() -> None:
    """NaN among them: what stands in for one comes from no farther away."""
    random = np.random.default_rng(5)
    source = random.normal(size=(80, 20, 3)).astype(np.float32)
    source[random.random((80, 20)) < 0.3] = np.nan
    for method in (held, normals):
        whole, part = method(source, 2), method(source[30 - REACH : 40 + REACH], 2)
        assert np.array_equal(part[2 * REACH : -2 * REACH], whole[60:80], equal_nan=True)
