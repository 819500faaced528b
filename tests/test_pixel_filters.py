"""Pixel filters of renderers."""

import numpy as np
import pytest

from uprez.errors import UsageError
from uprez.pixel_filters import COMMON, FAMILIES, filtered, pixel_filter


@pytest.mark.parametrize("name", [*COMMON, *FAMILIES])
@pytest.mark.parametrize("subpixels", [1, 2, 4, 7, 8])
def test_taps_are_symmetric_have_a_mean_of_one_and_are_centred(name: str, subpixels: int) -> None:
    taps = pixel_filter(name).taps(subpixels)
    assert sum(taps) == pytest.approx(1)
    assert taps == pytest.approx(taps[::-1])
    assert (len(taps) - subpixels) % 2 == 0


@pytest.mark.parametrize("name", COMMON)
def test_even_light_stays_and_a_ramp_keeps_its_place(name: str) -> None:
    even, ramp = (
        np.full((32, 32, 2), 3, np.float32),
        np.broadcast_to(np.arange(32.0)[:, np.newaxis, np.newaxis], (32, 32, 1)),
    )
    np.testing.assert_allclose(filtered(even, pixel_filter(name), 4), 3, rtol=1e-5)
    np.testing.assert_allclose(filtered(ramp, pixel_filter(name), 2)[6:10, 0, 0], np.arange(6, 10) * 2 + 0.5, rtol=1e-5)


def test_a_box_is_the_mean_of_a_pixels_samples() -> None:
    samples = np.random.default_rng(1).random((12, 8, 3), np.float32)
    means = samples.reshape(3, 4, 2, 4, 3).mean((1, 3))
    np.testing.assert_allclose(filtered(samples, pixel_filter("box"), 4), means, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "half"), [("gauss-2", 0.5887), ("blackman-harris-1.5", 0.5), ("triangle", 0.5), ("mitchell", 0.55)]
)
def test_a_filter_falls_to_half_where_its_formula_says(name: str, half: float) -> None:
    """Half of the peak: of exp(-2 x^2) at 0.589, of a tent of radius 1 at 0.5."""
    weight = pixel_filter(name).weight
    place = np.linspace(0, 1.5, 15001)
    found = place[np.argmax(weight(place) <= weight(np.zeros(1)) / 2)]
    assert found == pytest.approx(half, abs=0.05)


def test_filters_with_negative_lobes_ring_and_the_others_do_not() -> None:
    step = np.repeat(np.where(np.arange(64) < 32, 0, 1.0)[:, np.newaxis, np.newaxis], 8, axis=1)
    ringing = {name for name in COMMON if filtered(step, pixel_filter(name), 4).min() < -1e-6}
    assert ringing == {"mitchell", "catmull-rom", "lanczos-2", "lanczos-3", "sinc"}


@pytest.mark.parametrize("name", ["gaus-2", "", "box-9", "gauss-0.1", "lanczos-0"])
def test_an_unknown_filter_or_an_impossible_width_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="pixel filter"):
        pixel_filter(name)


def test_a_size_that_is_no_multiple_is_refused() -> None:
    with pytest.raises(ValueError, match="not 4 to a pixel"):
        filtered(np.zeros((9, 8, 1), np.float32), pixel_filter("box"), 4)
