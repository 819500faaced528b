import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from uprez.encoding import compress
from uprez.metrics import compressed_psnr, psnr


def test_equal_arrays_have_infinite_psnr() -> None:
    """No cap: equal is inf."""
    frame = np.linspace(0, 2, 24, dtype=np.float32).reshape(2, 4, 3)
    assert psnr(frame, frame, peak=1.0) == math.inf


@given(st.floats(1e-4, 1), st.floats(0.1, 100))
@settings(deadline=None)
def test_a_constant_error_gives_twenty_log_of_peak_over_error(error: float, peak: float) -> None:
    """10 log10(peak^2 / error^2), whatever the image."""
    reference = np.zeros((3, 5, 4))
    assert psnr(reference + error, reference, peak=peak) == pytest.approx(20 * math.log10(peak / error))


def test_psnr_agrees_with_scikit_image() -> None:
    """The same number as an independent implementation gives."""
    random = np.random.default_rng(1)
    result, reference = random.random((2, 16, 16, 3))
    assert psnr(result, reference, peak=0.6) == pytest.approx(
        peak_signal_noise_ratio(reference, result, data_range=0.6)
    )


def test_psnr_is_symmetric() -> None:
    """Which of the two is the reference makes no difference."""
    first, second = np.random.default_rng(2).random((2, 8, 8, 3))
    assert psnr(first, second, peak=1) == psnr(second, first, peak=1)


def test_different_shapes_are_refused_instead_of_broadcast() -> None:
    """A (1, 1, 3) array never stands for a whole frame."""
    with pytest.raises(ValueError, match="shapes differ"):
        psnr(np.zeros((1, 1, 3)), np.zeros((4, 4, 3)), peak=1)


def test_compressed_psnr_is_that_of_the_compressed_colour_with_peak_of_white() -> None:
    """T on both, peak 0.6 = T(1), alpha left out."""
    result, reference = np.random.default_rng(3).random((2, 8, 8, 4)).astype(np.float32)
    expected = psnr(compress(result[..., :3]), compress(reference[..., :3]), peak=0.6)
    assert compressed_psnr(result, reference) == expected
    reference[..., 3] = 0
    assert compressed_psnr(result, reference) == expected
