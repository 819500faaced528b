"""Floats to halves: numpy's rounding is the definition, but for what is finite and beyond the largest half."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from uprez.frames.halves import halves

EVERY_HALF = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
FINITE = EVERY_HALF[np.isfinite(EVERY_HALF)].astype(np.float32)


def bits(plane: np.ndarray) -> np.ndarray:
    return np.asarray(plane, np.float16).view(np.uint16)


@pytest.mark.parametrize("way", [-np.inf, np.inf])
def test_every_half_and_what_lies_beside_it_is_rounded_as_numpy_does(way: float) -> None:
    """Every half comes back; so do the floats beside it and, to even, those half-way to the next."""
    ordered = np.unique(FINITE)
    between = (ordered[:-1] + ordered[1:]) / 2
    for floats in (FINITE, np.nextafter(FINITE, np.float32(way)), between, np.nextafter(between, np.float32(way))):
        np.testing.assert_array_equal(bits(halves(floats[None])), bits(floats[None].astype(np.float16)))


@given(
    hnp.arrays(
        np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(-65519, 65519, width=32)
    )
)
def test_any_finite_plane_is_rounded_as_numpy_does(plane: np.ndarray) -> None:
    np.testing.assert_array_equal(bits(halves(plane)), bits(plane.astype(np.float16)))


def test_what_is_too_large_becomes_the_largest_half_and_what_is_not_finite_stays() -> None:
    plane = np.array([[1e9, -1e9, 65520, np.inf, -np.inf, np.nan, -0.0, 1.0]], np.float32)
    np.testing.assert_array_equal(halves(plane), np.float16([[65504, -65504, 65504, np.inf, -np.inf, np.nan, -0.0, 1]]))
    np.testing.assert_array_equal(np.signbit(halves(plane))[0, 6], True)


def test_doubles_and_views_are_taken_too() -> None:
    plane = np.random.default_rng(0).normal(0, 1, (40, 60))
    np.testing.assert_array_equal(halves(plane), plane.astype(np.float16))
    single = plane.astype(np.float32)
    np.testing.assert_array_equal(halves(single[::2, ::3]), single[::2, ::3].astype(np.float16))
