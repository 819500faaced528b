"""Charts: analytic pictures of hard edges, as pairs of any pixel filter."""

import numpy as np
import pytest

from uprez.renderers.charts import chart

SIDE = 64


def test_the_same_seed_gives_the_same_chart_and_another_one_another() -> None:
    assert np.array_equal(chart(3, SIDE, 4), chart(3, SIDE, 4))
    assert not np.array_equal(chart(3, SIDE, 4), chart(4, SIDE, 4))


@pytest.mark.parametrize("seed", range(12))
def test_charts_are_light_with_an_alpha(seed: int) -> None:
    samples = chart(seed, SIDE, 4)
    assert samples.shape == (4 * SIDE, 4 * SIDE, 4)
    assert np.isfinite(samples).all()
    assert samples.min() >= 0
    assert samples[..., 3].max() <= 1
    assert (samples[..., :3][samples[..., 3] == 0] == 0).all()


def test_charts_have_both_pictures_and_elements_and_many_stops() -> None:
    charts = [chart(seed, SIDE, 2) for seed in range(24)]
    elements = [samples for samples in charts if samples[..., 3].min() < 1]
    assert 2 <= len(elements) <= 16
    lights = np.concatenate([samples[..., :3].ravel() for samples in charts])
    lights = lights[lights > 0]
    assert lights.max() / lights.min() > 2**16


def test_subpixels_are_the_same_chart_at_another_fineness() -> None:
    coarse, fine = chart(5, SIDE, 2), chart(5, SIDE, 8)
    means = fine.reshape(2 * SIDE, 4, 2 * SIDE, 4, 4).mean((1, 3))
    off = np.abs(coarse - means) > 0.05 * np.maximum(coarse, means) + 1e-3
    assert off.any(axis=2).mean() < 0.05  # thin shapes alone are drawn finer
