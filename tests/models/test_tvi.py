import numpy as np
import pytest

from uprez.models.interpolation import interpolate
from uprez.models.rows import Array
from uprez.models.tvi import TviModel


def total_variation(image: Array) -> float:
    """Isotropic, channels coupled, forward differences."""
    down, right = np.zeros_like(image), np.zeros_like(image)
    down[:-1], right[:, :-1] = np.diff(image, axis=0), np.diff(image, axis=1)
    return float(np.sqrt((down**2 + right**2).sum(axis=2)).sum())


@pytest.fixture
def samples() -> Array:
    """A soft blob over a hard diagonal edge, two channels."""
    y, x = np.mgrid[0:20, 0:24].astype(np.float32)
    return np.stack([np.exp(-((y - 9) ** 2 + (x - 12) ** 2) / 30), (y > x).astype(np.float32)], axis=2)


@pytest.mark.parametrize("scale", [2, 3])
def test_every_source_pixel_is_the_mean_of_its_block(samples: Array, scale: int) -> None:
    """The constraint holds exactly, not as a penalty."""
    result = TviModel(scale).upscale(samples)
    blocks = result.reshape(20, scale, 24, scale, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(blocks, samples, atol=1e-6)


def test_the_result_has_less_total_variation_than_any_interpolation_with_the_same_means(samples: Array) -> None:
    """What the model minimises, against bicubic and nearest brought onto the constraint."""
    result = TviModel().upscale(samples)
    for method in ("nearest", "bicubic"):
        other = interpolate(samples, method, 2)
        error = samples - other.reshape(20, 2, 24, 2, 2).mean(axis=(1, 3))
        assert total_variation(result) < total_variation(other + error.repeat(2, axis=0).repeat(2, axis=1))


def test_more_steps_lower_the_total_variation_by_little(samples: Array) -> None:
    """The fixed number of steps is near the minimum."""
    found, settled = (total_variation(TviModel(iterations=steps).upscale(samples)) for steps in (60, 600))
    assert settled <= found <= 1.02 * settled


def test_a_constant_stays_that_constant() -> None:
    """No variation at all is the least."""
    result = TviModel().upscale(np.full((5, 6, 4), 0.3, np.float32))
    np.testing.assert_allclose(result, 0.3, rtol=1e-6)


def test_values_beyond_the_halo_have_no_influence() -> None:
    """Steps are fixed so that tiles are exact: bit for bit."""
    model = TviModel(iterations=6)
    frame = np.random.default_rng(0).random((40, 8, 2)).astype(np.float32)
    other = frame.copy()
    other[20:] = 1 - other[20:]
    kept = 2 * (20 - model.card.halo)
    np.testing.assert_array_equal(model.upscale(frame)[:kept], model.upscale(other)[:kept])
