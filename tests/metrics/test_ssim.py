"""Structural similarity, held against independent implementations."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_msssim import ms_ssim as peer_ms_ssim
from skimage.metrics import structural_similarity

from uprez.metrics import ms_ssim, ssim

RANDOM = np.random.default_rng(3)
REFERENCE = RANDOM.random((192, 208, 3)) * 0.6
NOISY = REFERENCE + 0.05 * RANDOM.standard_normal(REFERENCE.shape)
SOFT = (REFERENCE + np.roll(REFERENCE, 1, 0) + np.roll(REFERENCE, 1, 1)) / 3


@pytest.mark.parametrize("result", [NOISY, SOFT, REFERENCE * 1.1], ids=["noisy", "soft", "brighter"])
def test_ssim_agrees_with_scikit_image(result: np.ndarray) -> None:
    peer = structural_similarity(
        result,
        REFERENCE,
        data_range=0.6,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert ssim(result, REFERENCE, peak=0.6) == pytest.approx(peer, abs=1e-4)


@pytest.mark.parametrize("result", [NOISY, SOFT, REFERENCE * 1.1], ids=["noisy", "soft", "brighter"])
def test_ms_ssim_agrees_with_pytorch_msssim(result: np.ndarray) -> None:
    planes = (torch.from_numpy(image.transpose(2, 0, 1))[None] for image in (result, REFERENCE))
    peer = float(peer_ms_ssim(*planes, data_range=0.6))
    assert ms_ssim(result, REFERENCE, peak=0.6) == pytest.approx(peer, abs=1e-4)


@given(seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=10)
def test_equal_images_have_one_and_order_makes_no_difference(seed: int) -> None:
    first, second = np.random.default_rng(seed).random((2, 20, 24, 3))
    assert ssim(first, first, peak=1) == pytest.approx(1)
    assert ssim(first, second, peak=1) == pytest.approx(ssim(second, first, peak=1))
    assert ssim(first, second, peak=1) < 0.5
    assert ms_ssim(REFERENCE, REFERENCE, peak=1) == pytest.approx(1)


def test_images_of_other_shapes_or_too_small_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        ssim(REFERENCE, REFERENCE[:-1], peak=1)
    with pytest.raises(ValueError, match="needs 161 pixels along a side, got 208x160"):
        ms_ssim(REFERENCE[:160], REFERENCE[:160], peak=1)
