"""Augmentation treats LR and HR alike and leaves alpha's meaning alone."""

import pytest
import torch

from uprez.dataset.augmentation import augment, colour_shift
from uprez.dataset.patches import Minibatch


def batch_of(count: int = 6, side: int = 8) -> Minibatch:
    lr = torch.rand(count, 4, side, side, generator=torch.Generator().manual_seed(0))
    return Minibatch(lr, lr.repeat_interleave(2, 2).repeat_interleave(2, 3), torch.ones(count))


@pytest.mark.parametrize("seed", range(12))
def test_lr_and_hr_are_varied_alike(seed: int) -> None:
    varied = augment(batch_of(), torch.Generator().manual_seed(seed), exposure_stops=2, permute_channels=True)
    torch.testing.assert_close(varied.lr.repeat_interleave(2, 2).repeat_interleave(2, 3), varied.hr)


def test_all_eight_flips_and_rotations_come() -> None:
    batch = batch_of(1)
    seen = {augment(batch, torch.Generator().manual_seed(seed)).lr.numpy().tobytes() for seed in range(100)}
    assert len(seen) == 8


def test_exposure_and_channel_order_leave_alpha_alone() -> None:
    batch = batch_of()
    for seed in range(8):
        varied = augment(batch, torch.Generator().manual_seed(seed), exposure_stops=2, permute_channels=True)
        plain = augment(batch, torch.Generator().manual_seed(seed))
        assert torch.equal(varied.lr[:, 3], plain.lr[:, 3])


def test_exposure_stays_within_its_stops() -> None:
    batch = batch_of(200)
    varied = augment(batch, torch.Generator().manual_seed(1), exposure_stops=1.5)
    gain = varied.lr[:, :3].mean((1, 2, 3)) / batch.lr[:, :3].mean((1, 2, 3))
    assert gain.min() >= 2**-1.5 * 0.999
    assert gain.max() <= 2**1.5 * 1.001
    assert gain.min() < 0.5
    assert gain.max() > 2


def test_the_colour_shift_is_one_colour_a_patch_uniform_and_the_same_for_both() -> None:
    ones = Minibatch(torch.ones(4000, 4, 2, 2), torch.ones(4000, 4, 4, 4), torch.ones(4000))
    shifted = colour_shift(ones, torch.Generator().manual_seed(1), 0.01)
    shift = shifted.lr[:, :3, 0, 0] - 1
    assert torch.equal(shifted.hr[:, :3, 3, 3] - 1, shift)
    assert shift.abs().max() <= 0.01 + 1e-6
    deciles = torch.histc(shift[:, 0], 10, -0.01, 0.01)
    assert (deciles - 400).abs().max() < 6 * 400**0.5


def test_the_colour_shift_leaves_transparent_black() -> None:
    clear = Minibatch(torch.zeros(3, 4, 2, 2), torch.zeros(3, 4, 4, 4), torch.ones(3))
    shifted = colour_shift(clear, torch.Generator().manual_seed(1), 0.01)
    assert not shifted.lr.any()
    assert not shifted.hr.any()
