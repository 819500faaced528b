"""The patch pool: what is drawn, how often, and that LR and HR stay together."""

import numpy as np
import pytest
import torch

from uprez.dataset.patches import CELL, Density, PatchPool, patch_density
from uprez.errors import UsageError

CPU = torch.device("cpu")


def ramp_pair(height: int, width: int, offset: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A pair whose every HR value tells where it lies: HR is LR repeated."""
    y, x = np.mgrid[:height, :width]
    lr = np.stack([offset + y, offset + x, offset + x + y, np.ones_like(x)], -1).astype(np.float16)
    return lr, lr.repeat(2, 0).repeat(2, 1)


def test_hr_patches_lie_over_their_lr_patches() -> None:
    pool = PatchPool([ramp_pair(40, 56), ramp_pair(33, 47)], patch=16, density=Density(), device=CPU)
    batch = pool.sample(64, torch.Generator().manual_seed(1))
    assert torch.equal(batch.lr.repeat_interleave(2, 2).repeat_interleave(2, 3), batch.hr)


def test_patches_are_contiguous_rows_and_columns_of_their_frame() -> None:
    pool = PatchPool([ramp_pair(40, 56)], patch=16, density=Density(), device=CPU)
    batch = pool.sample(64, torch.Generator().manual_seed(1))
    assert (batch.lr[:, 0].diff(dim=1) == 1).all()
    assert (batch.lr[:, 1].diff(dim=2) == 1).all()


def test_the_same_generator_state_draws_the_same_patches() -> None:
    pool = PatchPool([ramp_pair(64, 64)], patch=16, density=Density(), device=CPU)
    first, second = (pool.sample(8, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first.lr, second.lr)
    assert torch.equal(first.hr, second.hr)


def test_sampling_follows_the_stated_density() -> None:
    """Chi-square over the cells of one frame: a bright corner is drawn as often as the density says, dark places
    still come.
    """
    lr = np.zeros((64, 64, 4), np.float16)
    lr[..., 3] = 1
    lr[:24, :24, :3] = 4
    hr = lr.repeat(2, 0).repeat(2, 1)
    density = Density(floor=0.5, intensity=1.0, hardness=0.0)
    corners, probability = patch_density(lr, np.zeros((64, 64), np.float32), 16, density)
    pool = PatchPool([(lr, hr)], patch=16, density=density, device=CPU)
    pool._lr = torch.arange(64 * 64, dtype=torch.float32)[:, None].expand(-1, 4).clone()
    draws = 20_000
    corner = pool.sample(draws, torch.Generator().manual_seed(2)).lr[:, 0, 0, 0].long()
    y, x = corner // 64, corner % 64
    interior = (y < 48) & (x < 48)  # the last cells also catch what is clamped to the frame
    expected = {tuple(c): p * draws for c, p in zip(corners.tolist(), probability, strict=True) if max(c) < 48}
    observed = torch.zeros(8, 8, dtype=torch.long).index_put_(
        (y[interior] // CELL, x[interior] // CELL), torch.ones(int(interior.sum()), dtype=torch.long), accumulate=True
    )
    chi_square = sum((int(observed[c[0] // CELL, c[1] // CELL]) - e) ** 2 / e for c, e in expected.items())
    assert chi_square < 36 + 6 * (2 * 36) ** 0.5
    assert min(expected.values()) > 0


def test_every_patch_carries_the_error_of_its_frame() -> None:
    rng = np.random.default_rng(0)
    rough = rng.random((64, 64, 4)).astype(np.float16)
    smooth = np.full((32, 32, 4), 0.5, np.float16)
    pool = PatchPool([(rough[::2, ::2], rough), (smooth[::2, ::2], smooth)], patch=16, density=Density(), device=CPU)
    batch = pool.sample(64, torch.Generator().manual_seed(0))
    is_smooth = (batch.lr == 0.5).flatten(1).all(1)
    assert batch.error[is_smooth].unique().tolist() == [pytest.approx(0.003)]
    assert (batch.error[~is_smooth] > 0.05).all()


@pytest.mark.parametrize(
    ("lr", "hr", "problem"),
    [
        ((32, 32, 4), (64, 65, 4), "not RGBA at 2x"),
        ((32, 32, 3), (64, 64, 3), "not RGBA at 2x"),
        ((8, 32, 4), (16, 64, 4), "smaller than the patch"),
    ],
)
def test_a_pair_that_does_not_fit_is_refused(lr: tuple[int, ...], hr: tuple[int, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        PatchPool([(np.zeros(lr, np.float16), np.zeros(hr, np.float16))], patch=16, density=Density(), device=CPU)


def test_no_pairs_are_refused() -> None:
    with pytest.raises(UsageError, match="no pairs"):
        PatchPool([], patch=16, density=Density(), device=CPU)
