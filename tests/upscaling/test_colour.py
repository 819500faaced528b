"""What holds of colour whatever a model does."""

import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.upscaling.colour import interpolate_colour, settle

RANDOM = np.random.default_rng(6)


def wild(source: NDArray[np.float32]) -> NDArray[np.float32]:
    """A result as bad as a model could make it."""
    height, width, channels = source.shape
    return RANDOM.normal(0, 3, (2 * height, 2 * width, channels)).astype(np.float32)


def test_flat_surroundings_give_exactly_their_value() -> None:
    """Five by five equal pixels: black, opaque, a constant layer."""
    source = np.full((12, 14, 4), 0.25, np.float32)
    source[:, 10:] = 0.75
    result = settle(wild(source), source, 2, alpha=True)
    assert np.all(result[:, :16] == 0.25)
    assert np.all(result[:, 24:] == 0.75)
    assert not np.all(result[:, 16:24, :3] == 0.25)


def test_colour_is_not_negative_where_its_source_is_not() -> None:
    source = RANDOM.uniform(0, 2, (9, 9, 3)).astype(np.float32)
    assert settle(wild(source), source, 2, alpha=False).min() >= 0


def test_negative_colour_may_stay_as_negative_as_it_is_around() -> None:
    """Colours out of gamut are no mistake."""
    source = RANDOM.uniform(0, 2, (12, 12, 3)).astype(np.float32)
    source[6, 6] = -0.5
    result = settle(np.full((24, 24, 3), -9, np.float32), source, 2, alpha=False)
    assert np.all(result[12:14, 12:14] == -0.5)
    assert result[:8].min() >= 0


def test_alpha_stays_within_its_neighbourhood() -> None:
    """Alpha beyond 0 and 1 is kept where it is there."""
    source = RANDOM.uniform(-0.2, 1.3, (10, 11, 4)).astype(np.float32)
    around = np.pad(source[..., 3], 1, mode="edge")
    nine = np.stack([around[y : y + 10, x : x + 11] for y in range(3) for x in range(3)])
    result = settle(wild(source), source, 2, alpha=True)[..., 3].reshape(10, 2, 11, 2)
    assert np.all(result >= nine.min(axis=0)[:, None, :, None])
    assert np.all(result <= nine.max(axis=0)[:, None, :, None])


@pytest.mark.parametrize("value", [1e30, 3e38, -2e38])
def test_magnitudes_that_no_encoding_holds_are_interpolated_as_they_are(value: float) -> None:
    source = np.full((9, 9, 1), 0.5, np.float32)
    source[4, 4] = value
    result = interpolate_colour(source, 2)
    assert np.isfinite(result).all()
    assert abs(result[8, 8, 0]) > abs(value) / 2
    assert np.all(result[:4] == 0.5)


def test_highlights_do_not_ring() -> None:
    """Interpolated in the compressed domain, a lamp leaves no dark ring around it."""
    source = np.full((11, 11, 3), 0.2, np.float32)
    source[5, 5] = 500
    assert interpolate_colour(source, 2).min() > 0.05
