import numpy as np
import pytest

from uprez.metrics import hdr_flip

pytest.importorskip("flip_evaluator")


def test_flip_of_equal_frames_is_zero_and_grows_with_the_difference() -> None:
    """0 for the same, more for more; alpha is not looked at."""
    reference = np.random.default_rng(0).random((32, 32, 4)).astype(np.float32)
    slight, strong = reference * 1.02, reference * 1.3
    assert hdr_flip(reference, reference) == 0
    assert 0 < hdr_flip(slight, reference) < hdr_flip(strong, reference) < 1
    reference_with_other_alpha = np.concatenate([reference[..., :3], 1 - reference[..., 3:]], axis=2)
    assert hdr_flip(reference_with_other_alpha, reference) == 0


def test_a_black_reference_is_no_end_of_the_process() -> None:
    """FLIP finds no exposures for one."""
    black = np.zeros((32, 32, 4), np.float32)
    assert hdr_flip(black, black) == 0
    assert 0 < hdr_flip(black + 0.01, black) < hdr_flip(black + 0.5, black) < 1
