"""Limits of a result by the light of its source."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

import uprez
from uprez.models.limits import REACH, SLACK, SUPPORT, limits
from uprez.pixel_filters import COMMON, filtered, pixel_filter

Array = NDArray[np.float32]
SUB = 8
LIGHT = arrays(np.float32, (9, 11), elements=st.floats(0, 100, width=32))


def edge(white: float, black: float, degrees: float) -> Array:
    """Fine samples of white beside black, 48 HR pixels wide: (H, W, 3)."""
    y, x = (np.mgrid[: 48 * SUB, : 48 * SUB].astype(np.float32) + 0.5) / SUB - 24.3
    turn = np.radians(degrees)
    cover = np.clip(0.5 - (np.cos(turn) * y - np.sin(turn) * x) * SUB, 0, 1)
    return np.repeat((black + (white - black) * cover)[..., np.newaxis], 3, axis=2)


@given(LIGHT, st.sampled_from([0.0, SUPPORT]))
def test_the_source_itself_lies_within_its_limits(source: Array, support: float) -> None:
    low, high = limits(source, 2, support)
    assert (low <= source).all()
    assert (source <= high).all()


@given(LIGHT, st.sampled_from([0.0, SUPPORT]))
def test_light_is_not_negative_where_the_source_is_not(source: Array, support: float) -> None:
    assert limits(source, 2, support)[0].min() >= 0


@given(LIGHT, st.floats(0.01, 100))
def test_limits_follow_the_exposure(source: Array, gain: float) -> None:
    gain = np.float32(gain)
    for one, other in zip(limits(source * gain, 2, SUPPORT), limits(source, 2, SUPPORT), strict=True):
        np.testing.assert_allclose(one, other * gain, rtol=1e-4, atol=1e-4 * gain)


def test_an_even_pixel_beside_an_edge_has_no_dark_pixel_and_no_bright_one() -> None:
    source = np.where(np.arange(16) < 8, np.float32(20), np.float32(0.002)) * np.ones((16, 1), np.float32)
    low, high = limits(source, 2, SUPPORT)
    np.testing.assert_allclose(low, source * (1 - SLACK), rtol=1e-5)
    np.testing.assert_allclose(high, source * (1 + SLACK), rtol=1e-5)


def test_a_thin_line_may_be_brighter_than_its_pixel_and_a_plateau_may_not() -> None:
    source = np.full((15, 15), 0.1, np.float32)
    source[:, 7] = 0.5
    assert limits(source, 2, SUPPORT)[1][7, 7] >= 0.9
    source[:, 5:10] = 0.5
    assert limits(source, 2, SUPPORT)[1][7, 7] == pytest.approx(0.5 * (1 + SLACK))


def test_an_interpolation_has_no_support() -> None:
    source = np.full((15, 15), 0.1, np.float32)
    source[:, 7] = 0.5
    assert limits(source, 2, 0)[1][7, 7] == pytest.approx(0.5 * (1 + SLACK))


@pytest.mark.parametrize("rows", [1, 5, 40])
def test_a_band_has_the_limits_of_the_frame(rows: int) -> None:
    source = np.random.default_rng(3).random((64, 20), np.float32)
    whole = limits(source, 2, SUPPORT)
    band = limits(source[20 - REACH : 20 + rows + REACH], 2, SUPPORT)
    for one, other in zip(whole, band, strict=True):
        assert np.array_equal(one[20 : 20 + rows], other[REACH : REACH + rows])


@pytest.mark.parametrize("method", ["bicubic", "lanczos", "bilinear"])
@pytest.mark.parametrize("name", COMMON)
def test_no_interpolation_rings_at_a_hard_edge_under_any_filter(method: str, name: str) -> None:
    """Beyond what the perfect result has; the source's own ringing is the source's."""
    for white, black in ((1, 0.01), (20, 0.002), (0.6, 0.3)):
        for degrees in (2, 30):
            samples = edge(white, black, degrees)
            source, perfect = (filtered(samples, pixel_filter(name), step * SUB) for step in (2, 1))
            result = uprez.upscale(source, method)
            assert result.max() <= max(source.max(), perfect.max()) * (1 + 2 * SLACK)
            inside = (edge(white, black, degrees)[::SUB, ::SUB] == white) & (perfect > 0.99 * white)
            far = inside & np.roll(inside, 6, 0) & np.roll(inside, -6, 0)
            assert result[far].min() >= 0.95 * min(white, perfect[far].min())
