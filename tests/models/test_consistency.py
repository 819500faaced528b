import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprez.encoding import compress, expand
from uprez.metrics import compressed_psnr, drift
from uprez.models.consistency import REACH, down, enforce
from uprez.models.interpolation import interpolate
from uprez.models.rows import Array

KERNEL = (0.0676, 0.4324, 0.4324, 0.0676)


def film(height: int, width: int, *, seed: int = 0) -> Array:
    """Linear RGBA with highlights and black: squared log-normal noise, smoothed a little, alpha in [0, 1]."""
    random = np.random.default_rng(seed)
    colour = np.exp(random.standard_normal((height, width, 4)) * 2 - 2)
    colour = (colour + np.roll(colour, 1, 0) + np.roll(colour, 1, 1)) / 3
    colour[random.random((height, width)) < 0.1] = 0
    colour[..., 3] = np.clip(colour[..., 3], 0, 1)
    return colour.astype(np.float32)


def direct_down(result: Array, kernel: tuple[float, ...], scale: int) -> np.ndarray:
    """The definition: pad by repetition, then one weighted sum an axis."""
    margin = (len(kernel) - scale) // 2
    padded = np.pad(result.astype(np.float64), ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    height, width = result.shape[0] // scale, result.shape[1] // scale
    columns = sum(w * padded[:, k : k + scale * width : scale][:, :width] for k, w in enumerate(kernel))
    return np.asarray(sum(w * columns[k : k + scale * height : scale][:height] for k, w in enumerate(kernel)))


@pytest.mark.parametrize(
    ("kernel", "scale"),
    [
        pytest.param((0.5, 0.5), 2, id="box at two"),
        pytest.param(KERNEL, 2, id="four taps at two"),
        pytest.param((-0.01, 0.07, 0.44, 0.44, 0.07, -0.01), 2, id="six taps at two"),
        pytest.param((0.1, 0.2, 0.4, 0.2, 0.1), 3, id="five taps at three"),
        pytest.param((0.05, 0.15, 0.3, 0.3, 0.15, 0.05), 4, id="six taps at four"),
    ],
)
def test_down_is_the_separable_sum_computed_directly(kernel: tuple[float, ...], scale: int) -> None:
    """Blocks, phases and margins give what the definition gives."""
    result = film(6 * scale, 5 * scale)
    np.testing.assert_allclose(down(result, kernel, scale), direct_down(result, kernel, scale), rtol=1e-5, atol=1e-6)


def test_a_result_that_is_consistent_already_is_left_alone() -> None:
    """Nothing missing, nothing moved."""
    result = film(40, 48)
    np.testing.assert_allclose(enforce(result, down(result, KERNEL, 2), KERNEL, 2), result, rtol=1e-4, atol=1e-6)


@given(gain=st.floats(0.9, 0.98) | st.floats(1.02, 1.1), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=20)
def test_a_colour_shift_is_undone(gain: float, seed: int) -> None:
    """A channel that came out too bright or too dark has the source's light again."""
    truth = film(96, 96, seed=seed)
    truth[..., 3] = 1
    source = down(truth, KERNEL, 2)
    shifted = truth * np.array([gain, 1, 2 - gain, 1], np.float32)
    before = drift(down(shifted, KERNEL, 2), source)
    after = drift(down(enforce(shifted, source, KERNEL, 2), KERNEL, 2), source)
    assert np.abs(after.mean).max() < 0.05 * np.abs(before.mean).max()


def test_black_stays_black_and_no_value_is_more_than_halved_or_doubled() -> None:
    """Light is shared out in proportion to what is there."""
    result, source = film(48, 48, seed=1), film(24, 24, seed=2) * np.float32([1, 9, 0.1, 1])
    result[..., 0] *= -1
    enforced = enforce(result, source, KERNEL, 2)
    colour, before = enforced[..., :3], result[..., :3]
    assert (colour[before == 0] == 0).all()
    ratio = (colour / np.where(before == 0, 1, before))[before != 0]
    assert ratio.min() >= 0.4999
    assert ratio.max() <= 2.0001
    assert ratio.min() < 0.6 < 1.8 < ratio.max()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_any_number_of_channels_is_enforced_and_nothing_is_changed_in_place(channels: int) -> None:
    """Pure; three channels come out as they do among four."""
    result, source = film(24, 32, seed=3), film(12, 16, seed=4)
    before = result.copy()
    some = enforce(result[..., :channels], source[..., :channels], KERNEL, 2)
    np.testing.assert_array_equal(result, before)
    np.testing.assert_array_equal(some[..., :3], enforce(result, source, KERNEL, 2)[..., : min(channels, 3)])


@given(first=st.integers(0, 50), rows=st.integers(1, 9))
@settings(deadline=None, max_examples=20)
def test_a_band_with_its_reach_of_rows_equals_the_whole_frame(first: int, rows: int) -> None:
    """What lets a frame be streamed: exactly, bit for bit."""
    result, source = film(120, 40, seed=5), film(60, 20, seed=6)
    top, bottom = max(0, first - REACH), min(60, first + rows + REACH)
    band = enforce(result[2 * top : 2 * bottom], source[top:bottom], KERNEL, 2, first_row=top)
    wanted = enforce(result, source, KERNEL, 2)[2 * first : 2 * (first + rows)]
    np.testing.assert_array_equal(band[2 * (first - top) : 2 * (first - top + rows)], wanted)


def test_on_rendered_pairs_bicubic_gains_by_consistency_and_no_longer_drifts(
    clean_pairs: list[tuple[Array, Array]],
) -> None:
    """Mean drift under a thousandth in every channel, blocks nearer to the source than the truth's own, PSNR not
    lower.
    """
    plain, enforced, found, truth = [], [], [], []
    for lr, hr in clean_pairs:
        colour = expand(interpolate(compress(lr[..., :3]), "bicubic", 2))
        result = np.concatenate([colour, interpolate(lr[..., 3:], "bicubic", 2)], axis=2)
        consistent = enforce(result, lr, KERNEL, 2)
        plain.append(compressed_psnr(result, hr))
        enforced.append(compressed_psnr(consistent, hr))
        found.append(drift(down(consistent[..., :3], KERNEL, 2), lr[..., :3]))
        truth.append(drift(down(hr[..., :3], KERNEL, 2), lr[..., :3]))
    assert np.mean(enforced) >= np.mean(plain)
    assert max(np.abs(one.mean).max() for one in found) < 1e-3
    blocks, own = (np.concatenate([one.blocks for one in each]) for each in (found, truth))
    assert np.percentile(blocks, 99) <= np.percentile(own, 99)
