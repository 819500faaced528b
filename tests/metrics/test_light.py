"""Errors of light."""

import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.encoding import compress
from uprez.metrics import light_errors

Array = NDArray[np.float32]


def disc(light: float = 20, dark: float = 0.05) -> Array:
    y, x = np.mgrid[:64, :64]
    inside = np.hypot(y - 32, x - 32) < 16
    return np.repeat(np.where(inside, light, dark).astype(np.float32)[..., np.newaxis], 3, axis=2)


def test_the_reference_itself_has_none() -> None:
    assert light_errors(disc(), disc()) == (0, 0)


def test_a_stripe_inside_a_lamp_counts_although_it_is_next_to_nothing_in_t() -> None:
    striped = disc()
    striped[31:33, 28:36] *= 0.85
    assert np.abs(compress(striped) - compress(disc())).max() < 0.02
    assert light_errors(striped, disc()).flat > 0
    assert light_errors(striped, disc()).beyond == pytest.approx(16 / 64**2)


def test_a_bright_rim_is_beyond_the_reference_and_a_softer_edge_is_not() -> None:
    rim, soft = disc(), disc()
    edge = disc() != np.roll(disc(), 1, axis=1)
    rim[edge] = 30
    soft[edge] = 5
    assert light_errors(rim, disc()).beyond > 0.005
    assert light_errors(soft, disc()).beyond == 0


def test_four_per_cent_of_the_light_is_nothing() -> None:
    assert light_errors(disc() * 1.04, disc()) == (0, 0)


@pytest.mark.parametrize("gain", [0.1, 1, 300])
def test_figures_follow_the_exposure(gain: float) -> None:
    wrong = disc()
    wrong[20:40, 20:24] *= 1.5
    assert light_errors(wrong * gain, disc() * gain) == light_errors(wrong, disc())


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        light_errors(disc(), disc()[:32])
