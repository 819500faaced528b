"""Primaries other than Rec.709's, on their way to what shows nothing else."""

import numpy as np
import pytest

from uprez.frames.color import REC709, rec709_matrix, to_rec709

AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
AP1 = (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)


@pytest.mark.parametrize(
    ("chromaticities", "matrix"),
    [
        pytest.param(
            AP0,
            [[2.52169, -1.13413, -0.38756], [-0.27648, 1.37272, -0.09624], [-0.01538, -0.15298, 1.16835]],
            id="ACES2065-1, S-2014-004",
        ),
        pytest.param(
            AP1,
            [[1.70505, -0.62179, -0.08326], [-0.13026, 1.14080, -0.01055], [-0.02400, -0.12897, 1.15297]],
            id="ACEScg",
        ),
    ],
)
def test_the_aces_primaries_give_the_matrices_that_are_published(
    chromaticities: tuple[float, ...], matrix: list[list[float]]
) -> None:
    """With Bradford adaptation, as in the ACES reference and OpenColorIO's built-in configs."""
    np.testing.assert_allclose(rec709_matrix(chromaticities), matrix, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "chromaticities",
    [
        pytest.param(None, id="a file that says nothing"),
        pytest.param(REC709, id="Rec.709"),
        pytest.param(tuple(np.array(REC709, np.float32)), id="Rec.709 as EXR stores it"),
        pytest.param((0.0,) * 8, id="nothing filled in"),
        pytest.param((np.nan,) * 8, id="no numbers"),
        pytest.param((0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3, 0.0), id="a white without light"),
        pytest.param((0.3, 0.3, 0.4, 0.4, 0.5, 0.5, 0.3127, 0.3290), id="three primaries in a line"),
    ],
)
def test_rec709_and_what_means_no_colours_stay_to_the_bit(chromaticities: tuple[float, ...] | None) -> None:
    pixels = np.random.default_rng(1).normal(0, 9, (3, 4, 4)).astype(np.float32)
    assert np.array_equal(to_rec709(pixels, chromaticities), pixels)


@pytest.mark.parametrize("chromaticities", [AP0, AP1, P3, (1, 0, 0, 1, 0, 0, 1 / 3, 1 / 3)])
def test_white_stays_neutral_and_alpha_as_it_is(chromaticities: tuple[float, ...]) -> None:
    grey = np.full((2, 2, 4), 0.18, np.float32)
    np.testing.assert_allclose(to_rec709(grey, chromaticities), grey, rtol=1e-5)
