"""PU21, against what its authors published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.metrics import pu21, pu21_psnr, pu21_ssim


def test_its_ends_and_the_level_of_a_display_are_the_published_ones() -> None:
    """0 at the darkest; 256 at 100 cd/m2, so that values are like those of 8 bits; 595.39 at the brightest."""
    assert pu21(np.array([0.005, 10_000.0])) == pytest.approx([0, 595.3939], abs=1e-3)
    assert pu21(np.array([100.0])) == pytest.approx([256], abs=0.6)


@given(st.floats(0.005, 10_000), st.floats(0.005, 10_000))
def test_more_light_is_never_less(first: float, second: float) -> None:
    low, high = sorted((first, second))
    encoded = pu21(np.array([low, high]))
    assert encoded[0] <= encoded[1]


def test_what_lies_beyond_is_held() -> None:
    assert pu21(np.array([-1.0, 0.0, 1e6])).tolist() == pu21(np.array([0.005, 0.005, 1e4])).tolist()


def test_the_same_error_counts_by_how_visible_it_is() -> None:
    """A tenth of a stop counts the more the brighter it is shown, up to where the eye is as good as it gets."""
    frame = np.random.default_rng(0).random((24, 24, 4)) * 0.5
    psnrs = [pu21_psnr(frame * 1.07, frame, white=white) for white in (0.1, 1.0, 10.0, 100.0)]
    assert psnrs == sorted(psnrs, reverse=True)
    assert pu21_psnr(frame * 1.07, frame) == psnrs[-1]
    assert pu21_ssim(frame, frame) == pytest.approx(1)
