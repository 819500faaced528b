"""T, its inverse, and the repair of what is not finite."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.encoding import PEAK, compress, expand, repair_nonfinite


def every_finite_half() -> np.ndarray:
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    return halves[np.isfinite(halves)].astype(np.float32)


def test_every_finite_half_comes_back_within_a_hundred_thousandth() -> None:
    values = every_finite_half()
    back = expand(compress(values))
    some = values != 0
    assert (np.abs(back - values)[some] <= 1e-5 * np.abs(values[some])).all()
    assert (back[~some] == 0).all()


def test_white_is_the_peak_and_nothing_is_clipped() -> None:
    assert compress(np.float32([1.0]))[0] == pytest.approx(PEAK) == 0.6
    assert compress(np.float32([65504.0]))[0] == pytest.approx(1.381, abs=1e-3)
    assert expand(np.float32([1.0]))[0] == pytest.approx(292, rel=0.01)


def test_it_is_odd_and_rises() -> None:
    values = np.sort(every_finite_half())
    compressed = compress(values)
    np.testing.assert_array_equal(compress(-values), -compressed)
    assert (np.diff(compressed[np.concatenate([[True], np.diff(values) > 0])]) > 0).all()


def test_a_nan_leaves_its_neighbours_alone() -> None:
    np.testing.assert_array_equal(compress(np.float32([-1, np.nan, 1])), np.float32([-0.6, np.nan, 0.6]))
    np.testing.assert_allclose(expand(np.float32([-0.6, np.nan, 0.6])), [-1, np.nan, 1], rtol=1e-5)


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50))
def test_the_inverse_goes_both_ways(values: list[float]) -> None:
    linear = np.float32(values)
    np.testing.assert_allclose(expand(compress(linear)), linear, rtol=1e-5, atol=1e-10)


def test_a_finite_array_is_not_touched() -> None:
    array = np.random.default_rng(0).random((5, 6, 3)).astype(np.float16)
    repaired, count, place = repair_nonfinite(array)
    assert repaired is array
    assert (count, place) == (0, None)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_value_takes_the_mean_of_its_neighbours_and_its_pixel_is_named(bad: float) -> None:
    array = np.arange(25, dtype=np.float32).reshape(5, 5, 1)
    array[2, 3] = bad
    repaired, count, place = repair_nonfinite(array)
    assert repaired[2, 3, 0] == pytest.approx(13)
    assert (count, place) == (1, (2, 3))


def test_a_hole_is_filled_from_its_rim_inwards_and_nothing_else_changes() -> None:
    array = np.full((9, 9, 2), 0.5, np.float32)
    array[2:7, 2:7, 1] = np.nan
    repaired, count, _ = repair_nonfinite(array)
    assert count == 25
    assert (repaired == 0.5).all()


def test_a_channel_without_any_finite_value_becomes_zero() -> None:
    array = np.ones((3, 3, 2), np.float32)
    array[..., 0] = np.nan
    repaired, count, place = repair_nonfinite(array)
    assert (repaired[..., 0] == 0).all()
    assert (repaired[..., 1] == 1).all()
    assert (count, place) == (9, (0, 0))


@given(st.integers(0, 2**32 - 1))
def test_every_ring_is_the_mean_of_the_neighbours_known_before_it_channel_by_channel(seed: int) -> None:
    random = np.random.default_rng(seed)
    array = random.random((*random.integers(1, 9, 2), 2))
    array[random.random(array.shape) < random.random()] = np.nan
    expected = array.copy()
    while (np.isnan(expected).any(axis=(0, 1)) & ~np.isnan(expected).all(axis=(0, 1))).any():
        before = expected.copy()
        for y, x, channel in np.argwhere(np.isnan(before)):
            around = before[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2, channel]
            if not np.isnan(around).all():
                expected[y, x, channel] = np.nanmean(around)
    np.testing.assert_allclose(repair_nonfinite(array)[0], np.nan_to_num(expected), rtol=1e-12)


def test_a_hole_as_wide_as_a_frame_takes_no_longer_than_its_area() -> None:
    """A block of rows of which a renderer finished one column: within a second."""
    array = np.full((64, 2048, 4), np.nan, np.float32)
    array[:, 700] = 0.25
    began = time.process_time()
    repaired, count, place = repair_nonfinite(array)
    assert time.process_time() - began < 1
    assert (repaired == 0.25).all()
    assert (count, place) == (64 * 2047, (0, 0))
