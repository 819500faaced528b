import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from uprez.encoding import compress
from uprez.metrics import psnr
from uprez.models.interpolation import METHODS, Method, interpolate, reach
from uprez.models.rows import Array

every_method = pytest.mark.parametrize("method", METHODS)
FRAMES = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9), elements=st.floats(-4, 4, width=32)
)


def keys(x: float) -> float:
    """Cubic convolution with a = -0.75, as a formula of its own."""
    x = abs(x)
    if x < 1:
        return 1.25 * x**3 - 2.25 * x**2 + 1
    return -0.75 * (x - 1) * (x - 2) ** 2 if x < 2 else 0.0


def direct_bicubic(row: np.ndarray, scale: int) -> np.ndarray:
    """The definition, sample by sample: sum over all LR samples, edges repeated."""
    padded = np.pad(row.astype(np.float64), 4, mode="edge")
    places = (np.arange(len(row) * scale) + 0.5) / scale - 0.5
    return np.array([sum(value * keys(place - (tap - 4)) for tap, value in enumerate(padded)) for place in places])


@every_method
@given(frame=FRAMES, scale=st.integers(1, 4))
@settings(deadline=None)
def test_a_constant_stays_that_constant_and_the_size_is_multiplied(method: Method, frame: Array, scale: int) -> None:
    """Weights sum to one, at the edges too."""
    result = interpolate(np.full_like(frame, 0.5), method, scale)
    assert result.shape == (frame.shape[0] * scale, frame.shape[1] * scale, frame.shape[2])
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, 0.5, rtol=1e-6)


@every_method
@given(frame=FRAMES)
@settings(deadline=None)
def test_flips_and_transposition_commute_with_enlarging(method: Method, frame: Array) -> None:
    """Half-pixel alignment: no direction is preferred and nothing shifts."""
    result = interpolate(frame, method, 2)
    for turn in (np.flipud, np.fliplr, lambda a: a.transpose(1, 0, 2)):
        np.testing.assert_allclose(interpolate(np.ascontiguousarray(turn(frame)), method, 2), turn(result), atol=1e-5)


def test_nearest_repeats_every_pixel_bit_for_bit() -> None:
    """HR pixels 2x and 2x + 1 are LR pixel x."""
    frame = np.random.default_rng(0).standard_normal((5, 7, 4)).astype(np.float32)
    np.testing.assert_array_equal(interpolate(frame, "nearest", 3), frame.repeat(3, axis=0).repeat(3, axis=1))


def test_bilinear_at_two_weighs_three_quarters_and_one_quarter() -> None:
    """An HR centre lies a quarter of an LR pixel from its own."""
    frame = np.array([0, 1, 5], np.float32).reshape(1, 3, 1)
    np.testing.assert_allclose(interpolate(frame, "bilinear", 2)[0, :, 0], [0, 0.25, 0.75, 2, 4, 5])


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_bicubic_is_cubic_convolution_computed_directly(scale: int) -> None:
    """Polyphase slices give what the defining sum gives."""
    row = np.random.default_rng(1).random(11).astype(np.float32)
    np.testing.assert_allclose(
        interpolate(row.reshape(1, -1, 1), "bicubic", scale)[0, :, 0], direct_bicubic(row, scale), atol=1e-6
    )


@pytest.mark.parametrize("method", ["bilinear", "bicubic", "lanczos"])
def test_a_ramp_is_continued_inside(method: Method) -> None:
    """A linear gradient stays one away from the edges; a = -0.75 and lanczos give that up for sharper edges, a
    little.
    """
    ramp = np.arange(16, dtype=np.float32).reshape(1, -1, 1).repeat(3, axis=2)
    inside = interpolate(ramp, method, 2)[0, 8:-8, 0]
    np.testing.assert_allclose(inside, np.arange(8, 24) / 2 - 0.25, atol=1e-5 if method == "bilinear" else 0.05)


@every_method
@given(first=st.integers(0, 20), rows=st.integers(1, 8))
@settings(deadline=None)
def test_a_band_with_its_reach_of_rows_equals_the_whole_frame_bit_for_bit(
    method: Method, first: int, rows: int
) -> None:
    """What lets a frame be streamed."""
    frame = np.random.default_rng(2).standard_normal((28, 6, 4)).astype(np.float32)
    top, bottom = max(0, first - reach(method)), min(28, first + rows + reach(method))
    band = interpolate(frame[top:bottom], method, 2)[2 * (first - top) : 2 * (first - top + rows)]
    np.testing.assert_array_equal(band, interpolate(frame, method, 2)[2 * first : 2 * (first + rows)])


def test_the_input_is_not_changed_and_may_be_half_or_a_view() -> None:
    """Pure, for any floating type and layout."""
    frame = np.random.default_rng(3).random((4, 9, 6)).astype(np.float16)
    view, before = frame[:, ::2, 1:5], frame.copy()
    result = interpolate(view, "bicubic", 2)
    np.testing.assert_array_equal(frame, before)
    np.testing.assert_array_equal(result, interpolate(np.ascontiguousarray(view, np.float32), "bicubic", 2))


def test_bicubic_on_rendered_pairs_reaches_its_known_psnr(clean_pairs: list[tuple[Array, Array]]) -> None:
    """28.14 dB over the 13 clean pairs, compressed domain, peak 0.6: the baseline of every table."""
    scores = [
        psnr(interpolate(compress(lr[..., :3]), "bicubic", 2), compress(hr[..., :3]), peak=0.6)
        for lr, hr in clean_pairs
    ]
    assert np.mean(scores) == pytest.approx(28.14, abs=0.01)
