"""High-band energy: how much of the finest detail is there."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.encoding import expand
from uprez.metrics import high_band_energy


def grating(frequency: float, amplitude: float, side: int = 96) -> np.ndarray:
    """A sine in the compressed domain, of so many cycles a pixel, along x."""
    wave = 0.3 + amplitude * np.sin(2 * math.pi * frequency * np.arange(side))
    return expand(np.broadcast_to(wave[None, :, None], (side, side, 3)).astype(np.float32))


def test_an_image_is_as_sharp_as_itself() -> None:
    image = np.random.default_rng(1).random((40, 50, 3), np.float32)
    assert high_band_energy(image, image) == 1


@given(st.floats(0.05, 0.95))
def test_energy_goes_by_the_square_of_the_amplitude(share: float) -> None:
    assert high_band_energy(grating(0.4, 0.1 * share), grating(0.4, 0.1)) == pytest.approx(share**2, rel=1e-2)


def test_what_the_source_could_hold_does_not_count() -> None:
    fine, coarse = grating(0.4, 0.05), grating(0.1, 0.05)
    assert high_band_energy(coarse, fine) < 1e-4
    both = expand(np.float32(0.3) + np.zeros((96, 96, 3), np.float32))
    assert high_band_energy(both, fine) < 1e-8


def test_the_frame_edges_do_not_count_as_detail() -> None:
    """Without a window the jump from the right edge to the left one would be detail at every frequency."""
    ramp = np.broadcast_to(np.linspace(0.1, 0.6, 96, dtype=np.float32)[None, :, None], (96, 96, 3))
    assert high_band_energy(expand(ramp), grating(0.4, 0.02)) < 1e-3


def test_noise_of_the_reference_does_not_count_beside_a_second_render() -> None:
    random = np.random.default_rng(3)
    clean = grating(0.4, 0.02, 256)
    noisy = [expand(0.3 + 0.02 * np.sin(0.8 * math.pi * np.arange(256))[:, None] + noise) for noise in noises(random)]
    assert high_band_energy(clean, noisy[0]) < 0.3
    assert high_band_energy(clean, noisy[0], second=noisy[1]) == pytest.approx(1, rel=0.1)


def noises(random: np.random.Generator) -> list[np.ndarray]:
    return [random.normal(0, 0.06, (256, 256, 3)).astype(np.float32) for _ in range(2)]


def test_images_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        high_band_energy(np.zeros((4, 4, 3)), np.zeros((4, 5, 3)))


def test_without_detail_on_either_side_nothing_is_missing() -> None:
    flat = np.ones((16, 16, 3), np.float32)
    assert high_band_energy(flat, flat) == 1
