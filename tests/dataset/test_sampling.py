"""Which patches come, how often, and that LR and HR stay together."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.pairs import write_frames
from uprez.dataset.augmentation import Augmentation
from uprez.dataset.density import CELL, Density
from uprez.dataset.pairs import find_pairs
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.sources import ExrPairs
from uprez.errors import UsageError

STILL = Augmentation(turns=False, colour_shift=0.0)


def ramp(height: int, width: int) -> np.ndarray:
    """Every value tells where it lies."""
    y, x = np.mgrid[:height, :width]
    return np.stack([y / 64, x / 64, (x + y) / 64, np.ones_like(x)], -1).astype(np.float16)


def source_of(tmp_path: Path, *frames: np.ndarray) -> ExrPairs:
    """Pairs whose HR is LR repeated."""
    write_frames(tmp_path, [(lr, lr.repeat(2, 0).repeat(2, 1)) for lr in frames])
    return ExrPairs(find_pairs([tmp_path]))


def sampler_of(source: ExrPairs, **options: object) -> PatchSampler:
    return PatchSampler(source, range(len(source.rows)), **{"patch": 16, "augmentation": STILL, **options})  # type: ignore[arg-type]


def test_hr_patches_lie_over_their_lr_patches(tmp_path: Path) -> None:
    sampler = sampler_of(source_of(tmp_path, ramp(40, 56), ramp(33, 47)))
    for index in range(32):
        images = sampler.sample(index).images
        np.testing.assert_array_equal(images["lr"].repeat(2, 0).repeat(2, 1), images["hr"])


def test_a_sample_is_a_function_of_the_seed_and_its_number(tmp_path: Path) -> None:
    source = source_of(tmp_path, ramp(64, 64))
    first, again, other = (sampler_of(source, augmentation=Augmentation(), seed=seed) for seed in (5, 5, 6))
    assert [first.place(index) for index in range(50)] == [again.place(index) for index in reversed(range(50))][::-1]
    np.testing.assert_array_equal(first.sample(7).images["hr"], again.sample(7).images["hr"])
    assert [first.place(index) for index in range(50)] != [other.place(index) for index in range(50)]


def expected_corners(source: ExrPairs, density: Density, patch: int, side: int) -> np.ndarray:
    """The chance of every corner by the definition: any pixel is drawn, then any patch that holds it."""
    cells = np.diff(source.density(0), axis=1, prepend=0).reshape(2, side // CELL, side // CELL) / CELL**2
    shares = np.array([density.floor, density.intensity, density.hardness]) / (
        density.floor + density.intensity + density.hardness
    )
    pixels = shares[0] / side**2 + sum(
        share * part.repeat(CELL, 0).repeat(CELL, 1) for share, part in zip(shares[1:], cells, strict=True)
    )
    chance = np.zeros((side - patch + 1,) * 2)
    for y in range(side):
        for x in range(side):
            corners = [slice(max(0, at - patch + 1), min(at, side - patch) + 1) for at in (y, x)]
            chance[tuple(corners)] += pixels[y, x] / chance[tuple(corners)].size
    return chance


@pytest.mark.parametrize(
    "density", [Density(0.5, 1.0, 0.0), Density(0.2, 0.0, 1.0), Density(0.0, 1.0, 1.0), Density(1.0, 0.0, 0.0)]
)
def test_sampling_follows_the_stated_density(tmp_path: Path, density: Density) -> None:
    """Chi-square over blocks of corners: bright and rough places come as often as the density says, dark ones too."""
    lr = np.zeros((64, 64, 4), np.float16)
    lr[..., 3] = 1
    lr[:24, :24, :3] = 4
    hr = lr.repeat(2, 0).repeat(2, 1)
    hr[80:, 80:, :3] += np.random.default_rng(0).random((48, 48, 1)).astype(np.float16)
    write_frames(tmp_path, [(lr, hr)])
    source = ExrPairs(find_pairs([tmp_path]))
    sampler, draws = sampler_of(source, density=density, seed=1), 20_000
    corners = np.array([sampler.place(index)[1:] for index in range(draws)])
    blocks = np.linspace(0, 49, 8).astype(int)
    observed = np.histogram2d(corners[:, 0], corners[:, 1], (blocks, blocks))[0]
    chance = expected_corners(source, density, 16, 64)
    expected = np.add.reduceat(np.add.reduceat(chance, blocks[:-1], 0), blocks[:-1], 1) * draws
    assert expected.sum() == pytest.approx(draws)
    chi_square = float((np.square(observed - expected) / np.maximum(expected, 1e-9))[expected > 1].sum())
    freedom = (expected > 1).sum() - 1
    assert chi_square < freedom + 6 * (2 * freedom) ** 0.5
    assert not observed[expected == 0].any()


def test_frames_come_by_their_area(tmp_path: Path) -> None:
    sampler = sampler_of(source_of(tmp_path, ramp(32, 32), ramp(64, 96)))
    share = np.mean([sampler.place(index)[0] == 1 for index in range(4000)])
    assert share == pytest.approx(6 / 7, abs=0.03)


def test_every_patch_carries_the_error_of_its_frame(tmp_path: Path) -> None:
    rough = np.random.default_rng(0).random((64, 64, 1)).repeat(4, 2).astype(np.float16) ** 3
    flat = np.full((64, 64, 4), 0.5, np.float16)
    write_frames(tmp_path, [(rough[::2, ::2], rough), (flat[::2, ::2], flat)])
    source = ExrPairs(find_pairs([tmp_path]))
    errors = {patch.pair: patch.error for patch in map(sampler_of(source).sample, range(64))}
    assert errors[0] > 0.05
    assert errors[1] == pytest.approx(0.003)


def test_no_patch_holds_what_is_left_out(tmp_path: Path) -> None:
    source = source_of(tmp_path, ramp(64, 64), ramp(20, 20))
    source.rows[0]["left_out"], source.rows[1]["left_out"] = [[32, 16, 16, 16]], [[8, 8, 4, 4]]
    places = [sampler_of(source).place(index) for index in range(2000)]
    assert {pair for pair, _, _ in places} == {0}
    assert sampler_of(source).without_room == [1]
    assert all(y + 16 <= 16 or y >= 32 or x + 16 <= 32 or x >= 48 for _, y, x in places)
    assert any(y + 16 == 16 for _, y, _ in places)
    dark = np.zeros((64, 64, 4), np.float16)
    dark[30:34, 30:34, :3] = 1
    lamp = source_of(tmp_path / "lamp", dark)
    lamp.rows[0]["left_out"] = [[24, 24, 16, 16]]  # all of its light
    assert sampler_of(lamp, density=Density(0, 1, 0)).place(0)[0] == 0
    source.rows[0]["left_out"] = [[0, 0, 64, 64]]
    with pytest.raises(UsageError, match="no pairs"):
        sampler_of(source)


def test_what_can_not_be_drawn_is_refused(tmp_path: Path) -> None:
    source = source_of(tmp_path, ramp(12, 40))
    with pytest.raises(UsageError, match="no pairs with room for patches of 16 LR pixels"):
        sampler_of(source)
    with pytest.raises(UsageError, match="a/0000 has no hr albedo; build the store with it"):
        sampler_of(source, patch=8, images=("lr", "hr", "hr albedo"))
    with pytest.raises(UsageError, match="no pairs"):
        PatchSampler(source, [])
    with pytest.raises(UsageError, match="no places"):
        sampler_of(source, patch=8, density=Density(0, 0, 0))
