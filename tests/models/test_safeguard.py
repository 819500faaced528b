"""The safeguard: light that a result has lost, or made up, is the source's again; all other results are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models.test_consistency import KERNEL, film
from uprez.encoding import compress, expand
from uprez.models.consistency import down
from uprez.models.interpolation import interpolate
from uprez.models.rows import Array
from uprez.models.safeguard import REACH, safeguard


def star(background: float, value: float) -> Array:
    source = np.full((40, 40, 3), background, np.float32)
    source[20, 20] = value
    return source


def dither() -> Array:
    y, x = np.mgrid[:40, :40]
    return np.repeat(((x + y) % 2).astype(np.float32)[..., np.newaxis], 3, axis=2)


LOST = {
    "one bright pixel": (star(0.002, 50), 0.002),
    "one very bright pixel on grey": (star(0.2, 1000), 0.2),
    "a dither": (dither(), 0.0),
}


@pytest.mark.parametrize(("source", "left"), LOST.values(), ids=LOST)
def test_light_that_a_result_has_lost_comes_back_where_it_was(source: Array, left: float) -> None:
    """What a denoiser would make of it, and what it is."""
    result = safeguard(np.full((80, 80, 3), left, np.float32), source, KERNEL, 2, colours=3)
    assert result.mean() == pytest.approx(source.mean(), rel=0.01)
    brightest = np.unravel_index(source[..., 0].argmax(), (40, 40))
    assert down(result, KERNEL, 2)[brightest] == pytest.approx(source[brightest], rel=0.6)


@pytest.mark.parametrize("row", [27, 40, 59])
def test_what_is_made_good_does_not_depend_on_where_the_array_begins(row: int) -> None:
    """A firefly beside pixels that are left alone: bands of a frame begin anywhere."""
    source = np.full((96, 40, 3), 0.05, np.float32)
    source[row, 20], source[row + 4, 20] = 50, 1.5
    whole, part = (
        safeguard(np.full((2 * len(rows), 80, 3), 0.05, np.float32), rows, KERNEL, 2, colours=3)
        for rows in (source, source[9:])
    )
    np.testing.assert_array_equal(whole[2 * (9 + REACH) :], part[2 * REACH :])


def test_light_that_a_result_has_made_up_goes_and_nothing_turns_negative() -> None:
    source = star(0.002, 0.002)
    result = np.full((80, 80, 3), 0.002, np.float32)
    result[40:42, 40:42] = 100
    safeguard(result, source, KERNEL, 2, colours=3)
    assert result.min() >= 0
    assert result.max() < 1


def test_what_is_off_in_one_colour_is_made_good_in_all_and_in_alpha() -> None:
    """A lost star leaves no coloured or hollow rim."""
    source = np.concatenate([star(0.002, 50), star(0.0, 1)[..., :1]], axis=2)
    result = np.zeros((80, 80, 4), np.float32)
    result[..., 1] = interpolate(source[..., 1:2], "nearest", 2)[..., 0]
    safeguard(result, source, KERNEL, 2, colours=3)
    assert result[..., 3].sum() / 4 == pytest.approx(1, rel=0.01)
    assert result[..., 0].sum() == pytest.approx(result[..., 2].sum())


def test_a_result_with_about_the_light_of_its_source_is_left_alone() -> None:
    """Bit for bit, up to a factor of 1.6 either way and near edges on black, where the faint rim may be far off."""
    truth = film(80, 96)
    truth[:, 48:] = 0
    truth[:, 46:48] *= 0.01
    source = down(truth, KERNEL, 2)
    for gain in (0.63, 1.0, 1.6):
        result = truth * np.float32(gain)
        result[:, 46:48] = 0
        before = result.copy()
        np.testing.assert_array_equal(safeguard(result, source, KERNEL, 2, colours=3), before)


@given(first=st.integers(0, 50), rows=st.integers(1, 9))
@settings(deadline=None, max_examples=20)
def test_a_band_with_its_reach_of_rows_equals_the_whole_frame(first: int, rows: int) -> None:
    """What lets a frame be streamed: exactly, bit for bit."""
    result, source = film(120, 40, seed=5), film(60, 20, seed=6)
    top, bottom = max(0, first - REACH), min(60, first + rows + REACH)
    band = safeguard(result[2 * top : 2 * bottom].copy(), source[top:bottom], KERNEL, 2, colours=3)
    wanted = safeguard(result.copy(), source, KERNEL, 2, colours=3)[2 * first : 2 * (first + rows)]
    assert not np.array_equal(wanted, result[2 * first : 2 * (first + rows)])
    np.testing.assert_array_equal(band[2 * (first - top) : 2 * (first - top + rows)], wanted)


def test_on_rendered_pairs_next_to_nothing_is_touched(clean_pairs: list[tuple[Array, Array]]) -> None:
    """Of a sharp result, the truth itself would not do: its light differs by what noise either render has."""
    touched = pixels = 0
    for lr, _ in clean_pairs:
        result = np.array(expand(interpolate(compress(lr[..., :3]), "lanczos", 2)))
        before = result.copy()
        safeguard(result, lr[..., :3], KERNEL, 2, colours=3)
        touched += np.count_nonzero((result != before).any(axis=2))
        pixels += before[..., 0].size
    assert touched < 0.01 * pixels
