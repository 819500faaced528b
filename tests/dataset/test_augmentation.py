"""Augmentation treats all images of a patch alike, each by its meaning."""

import numpy as np
import pytest

from uprez.dataset.augmentation import Augmentation, augment, drawn, turned
from uprez.encoding import compress, expand

ALL = Augmentation(colour_shift=0.01, exposure_stops=2.0, permute_channels=True)
STILL = Augmentation(turns=False, colour_shift=0.0)


def patch_of(side: int = 8) -> dict[str, np.ndarray]:
    lr = np.random.default_rng(0).random((side, side, 4)).astype(np.float32)
    return {"lr": lr, "hr": lr.repeat(2, 0).repeat(2, 1)}


def varied(seed: int, how: Augmentation, patch: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    return augment(patch or patch_of(), drawn(how, np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", range(12))
def test_lr_and_hr_are_varied_alike(seed: int) -> None:
    found = varied(seed, ALL)
    np.testing.assert_array_equal(found["lr"].repeat(2, 0).repeat(2, 1), found["hr"])


def test_all_eight_flips_and_rotations_come() -> None:
    assert len({varied(seed, Augmentation(colour_shift=0.0))["lr"].tobytes() for seed in range(100)}) == 8


def test_exposure_and_channel_order_leave_alpha_alone() -> None:
    for seed in range(8):
        plain = varied(seed, Augmentation())
        np.testing.assert_array_equal(varied(seed, ALL)["lr"][..., 3], plain["lr"][..., 3])


def test_exposure_multiplies_light_by_up_to_its_stops() -> None:
    before = expand(patch_of()["lr"][..., :3])
    gains = np.array(
        [(expand(varied(seed, Augmentation(False, 0.0, 1.5))["lr"][..., :3]) / before).mean() for seed in range(200)]
    )
    assert 2**-1.5 * 0.999 <= gains.min() < 0.5
    assert 2 < gains.max() <= 2**1.5 * 1.001


def test_the_colour_shift_is_one_colour_a_patch_even_and_the_same_for_both() -> None:
    ones = {name: np.ones((side, side, 4), np.float32) for name, side in (("lr", 2), ("hr", 4))}
    found = [varied(seed, Augmentation(colour_shift=0.01), ones) for seed in range(4000)]
    shifts = np.array([patch["lr"][0, 0, :3] - 1 for patch in found])
    np.testing.assert_array_equal(np.array([patch["hr"][3, 3, :3] - 1 for patch in found]), shifts)
    assert np.abs(shifts).max() <= 0.01 + 1e-6
    for channel in shifts.T:
        deciles = np.histogram(channel, 10, (-0.01, 0.01))[0]
        assert np.abs(deciles - 400).max() < 6 * 400**0.5


def test_the_colour_shift_leaves_transparent_black() -> None:
    clear = {name: np.zeros((4, 4, 4), np.float32) for name in ("lr", "hr")}
    assert not any(image.any() for image in varied(1, Augmentation(), clear).values())


def test_a_background_is_put_under_alpha_in_linear_light() -> None:
    half = np.full((4, 4, 4), 0.5, np.float32)
    half[..., :3] = compress(np.float32([0.1, 0.2, 0.3]))
    found = varied(3, Augmentation(turns=False, colour_shift=0.0, background=1.0), {"lr": half, "hr": half})["lr"]
    behind = (expand(found[..., :3]) - expand(half[..., :3])) / 0.5
    assert (found[..., 3] == 1).all()
    assert np.ptp(behind[..., 0]) < 1e-5
    assert ((behind > -1e-6) & (behind <= 1)).all()
    np.testing.assert_array_equal(varied(3, STILL, {"lr": half})["lr"], half)


def dome(side: int) -> np.ndarray:
    """Normals of a half sphere seen from the front, camera space: x to the right, y up."""
    place = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(place, -place)
    return np.stack([x, y, np.sqrt(np.maximum(0, 1 - x * x - y * y))], axis=-1).astype(np.float32)


@pytest.mark.parametrize("way", range(8))
def test_a_dome_turned_is_the_same_dome(way: int) -> None:
    """It looks alike from all sides: its normals must still point away from its middle."""
    np.testing.assert_allclose(turned(dome(16), way, "normal"), dome(16), atol=1e-6)


@pytest.mark.parametrize("way", range(8))
def test_motion_away_from_the_middle_stays_so(way: int) -> None:
    field = np.concatenate([dome(16)[..., :2], -dome(16)[..., :2]], axis=-1)
    np.testing.assert_allclose(turned(field, way, "motion"), field, atol=1e-6)


@pytest.mark.parametrize("way", range(8))
def test_turning_moves_values_of_guides_as_it_moves_light(way: int) -> None:
    image = patch_of()["lr"]
    np.testing.assert_array_equal(turned(image[..., :1], way, "depth"), turned(image, way, "light")[..., :1])


def test_channel_order_is_the_same_for_light_and_albedo() -> None:
    image = patch_of()["lr"]
    for seed in range(6):
        found = varied(seed, Augmentation(False, 0.0, 0.0, True), {"lr": image, "lr albedo": image[..., :3]})
        np.testing.assert_array_equal(found["lr"][..., :3], found["lr albedo"])
