"""Pixel filters: what they weigh, how they are called, and what they make of fine samples."""

import numpy as np
import pytest

from uprez.errors import UsageError
from uprez.pixel_filters import COMMON, FAMILIES, filtered, pixel_filter

SUBPIXELS = (4, 8)


def step(place: float, size: int = 24, subpixels: int = 8) -> np.ndarray:
    """Fine samples of an edge at `place`, in pixels from the left: 0 before it, 1 behind."""
    across = (np.arange(size * subpixels) + 0.5) / subpixels
    return np.broadcast_to((across > place).astype(np.float32)[np.newaxis, :, np.newaxis], (8, len(across), 1))


@pytest.mark.parametrize("subpixels", SUBPIXELS)
@pytest.mark.parametrize("name", COMMON)
def test_weights_add_up_to_one_and_are_symmetric(name: str, subpixels: int) -> None:
    taps = np.array(pixel_filter(name).taps(subpixels))
    assert taps.sum() == pytest.approx(1, abs=1e-12)
    assert (taps == taps[::-1]).all()
    assert (len(taps) - subpixels) % 2 == 0
    assert len(taps) == subpixels + 2 * pixel_filter(name).margin(subpixels)


@pytest.mark.parametrize("name", COMMON)
def test_an_even_image_stays_as_it_is(name: str) -> None:
    even = np.full((16, 24, 2), 0.7, np.float32)
    assert filtered(even, pixel_filter(name), 8) == pytest.approx(np.full((2, 3, 2), 0.7), abs=1e-6)


def test_a_box_is_the_mean_of_a_pixel_s_samples() -> None:
    samples = np.random.default_rng(1).random((16, 24, 3)).astype(np.float32)
    expected = samples.reshape(4, 4, 6, 4, 3).mean(axis=(1, 3))
    assert filtered(samples, pixel_filter("box"), 4) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("width", [1, 1.3, 1.5, 2])
def test_a_box_of_any_width_sees_an_edge_as_a_ramp_of_that_width(width: float) -> None:
    seen = filtered(step(12, subpixels=8), pixel_filter(f"box-{width}"), 8)[0, :, 0]
    expected = np.clip((np.arange(24) + 0.5 - 12) / width + 0.5, 0, 1)
    assert seen == pytest.approx(expected, abs=2e-3)  # its ends are cut to a part of a subpixel


def test_a_triangle_sees_an_edge_as_its_running_sum() -> None:
    away = np.arange(24) + 0.5 - 12.25
    near = np.clip(np.abs(away), 0, 1)
    expected = np.where(away < 0, (1 - near) ** 2 / 2, 1 - (1 - near) ** 2 / 2)
    assert filtered(step(12.25, subpixels=8), pixel_filter("triangle"), 8)[0, :, 0] == pytest.approx(expected, abs=0.01)


def test_samples_beyond_the_edge_repeat_the_last() -> None:
    seen = filtered(step(0.0), pixel_filter("lanczos-3"), 8)
    assert seen == pytest.approx(np.ones_like(seen), abs=1e-6)


def test_cycles_filters_send_a_thousandth_of_the_light_out_to_their_radius() -> None:
    for name in ("gauss-2", "blackman-harris-1.5"):
        taps = np.array(pixel_filter(name).taps(8))
        assert taps[0] > 5e-5
        assert taps[0] == pytest.approx(taps[1])
    assert np.array(pixel_filter("gauss-2").taps(8))[:8].sum() == pytest.approx(1 / 1022 * 8 / 11.6, rel=0.05)


@pytest.mark.parametrize(
    ("written", "called"),
    [
        ("gauss", "gauss-2"),
        ("box-1", "box"),
        ("box-1.5", "box-1.5"),
        ("lanczos", "lanczos-3"),
        ("mitchell", "mitchell"),
    ],
)
def test_a_filter_has_one_name_however_it_is_written(written: str, called: str) -> None:
    assert pixel_filter(written).name == called


def test_the_usual_filters_are_called_as_they_are_listed() -> None:
    assert [pixel_filter(name).name for name in COMMON] == list(COMMON)
    assert {name for family in FAMILIES for name in COMMON if name.startswith(family)} == set(COMMON)


@pytest.mark.parametrize("name", ["", "blur", "box-0", "gauss-0.1", "lanczos-99", "box-", "2"])
def test_an_unknown_filter_or_width_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="pixel filter"):
        pixel_filter(name)


def test_samples_that_make_no_whole_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match="not 4 to a pixel"):
        filtered(np.zeros((8, 9, 1), np.float32), pixel_filter("box"), 4)
