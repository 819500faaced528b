"""What the check of coherence must find in a pair, and what it must let pass."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.dataset.coherence import Coherence, check
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.dataset.verdict import known_kernel
from uprez.errors import UsageError
from uprez.pixel_filters import COMMON, filtered, pixel_filter

Image = np.ndarray
FINE = 8
"""Samples of the scene along an LR pixel."""
SIZE = 96
"""LR pixels along the pairs made here."""
SLOPE = 0.6 / np.log(5001)
"""Of T over the logarithm of light, well above black."""
MARGIN = 4
"""LR pixels of scene around them, so that they can be moved."""


def blackman_harris(pixel: int) -> Image:
    """Blackman-Harris over 1.5 pixels of so many samples, as Cycles has it."""
    taps = round(1.5 * pixel) // 2 * 2
    phase = 2 * np.pi * (np.arange(taps) + 0.5) / taps
    window = 0.35875 - 0.48829 * np.cos(phase) + 0.14128 * np.cos(2 * phase) - 0.01168 * np.cos(3 * phase)
    return window / window.sum()


def photograph(scene: Image, pixel: int, *, x: float = 0, y: float = 0) -> Image:
    """The scene through a pixel filter, (H, W, 4) float32, opaque; moved by LR pixels to the right and down."""
    kernel, size = blackman_harris(pixel), SIZE * FINE // pixel
    first = MARGIN * FINE + pixel // 2 - len(kernel) // 2
    top, left = first - round(y * FINE), first - round(x * FINE)
    rows = sum(w * scene[top + k :][: size * pixel : pixel] for k, w in enumerate(kernel))
    both = sum(w * rows[:, left + k :][:, : size * pixel : pixel] for k, w in enumerate(kernel))
    return np.dstack([both, np.ones((size, size))]).astype(np.float32)


def pair_of(scene: Image, *, moved: tuple[float, float] = (0, 0), lr_scene: Image | None = None) -> tuple[Image, Image]:
    """LR and HR; LR of another scene where there is one."""
    lr = photograph(scene if lr_scene is None else lr_scene, FINE, x=moved[0], y=moved[1])
    return lr, photograph(scene, FINE // 2)


def side() -> int:
    return (SIZE + 2 * MARGIN) * FINE


def smooth_noise(seed: int, wide: int) -> Image:
    """Noise from -1 to 1 with features of so many samples."""
    coarse = np.random.default_rng(seed).uniform(-1, 1, (side() // wide + 3, side() // wide + 3))
    place = np.arange(side()) / wide
    before, fraction = place.astype(int), 0.5 - 0.5 * np.cos(np.pi * (place % 1))
    rows = coarse[before] * (1 - fraction[:, None]) + coarse[before + 1] * fraction[:, None]
    return rows[:, before] * (1 - fraction) + rows[:, before + 1] * fraction


def room() -> Image:
    """A wall that grows darker, with a texture, and tiles of two greys below; (H, W, 3), linear."""
    y, x = np.mgrid[: side(), : side()] / side()
    wall = 0.1 + 0.4 * x + 0.05 * smooth_noise(1, 24) + 0.1 * smooth_noise(2, 90)
    tiles = np.where((np.floor(x * 9.3) + np.floor(y * 11.7)) % 2 == 0, 0.05, 0.3)
    grey = np.where(y > 0.6 + 0.1 * x, tiles, np.maximum(wall, 0.02))
    return grey[..., None] * np.array([1.0, 0.85, 0.7])


def with_ball(scene: Image, *, x: float, y: float = 40, radius: float = 9, shade: float = 0.9) -> Image:
    """A ball at LR pixels (x, y)."""
    place = np.arange(side()) / FINE - MARGIN
    distance = np.hypot(place - x, place[:, None] - y) / radius
    lit = shade * (1 - 0.3 * distance[..., None] ** 2)
    return np.where(distance[..., None] < 1, lit, scene)


def text(seed: int = 3, *, value: float = 1.0) -> Image:
    """Lines of strokes on pure black, about an LR pixel thick."""
    rng, page = np.random.default_rng(seed), np.zeros((side(), side(), 3))
    for line in range(6 * FINE, side() - 12 * FINE, 12 * FINE):
        for letter in range(6 * FINE, side() - 8 * FINE, 7 * FINE):
            thick = rng.integers(FINE, 2 * FINE)
            for stroke in rng.integers(0, 4 * FINE, 2):
                page[line : line + 8 * FINE, letter + stroke : letter + stroke + thick] = value
            bar = line + rng.integers(0, 7 * FINE)
            page[bar : bar + thick, letter : letter + 5 * FINE] = value
    return page


def hair(seed: int = 4) -> Image:
    """Bright threads, a quarter of an LR pixel to a whole one, on pure black."""
    rng, page = np.random.default_rng(seed), np.zeros((side(), side(), 3))
    rows = np.arange(side())
    for _ in range(90):
        columns = rng.uniform(0, side()) + rng.uniform(-0.4, 0.4) * rows + 30 * np.sin(rows / rng.uniform(60, 200))
        for width in range(rng.integers(2, FINE)):
            page[rows, np.clip(columns + width, 0, side() - 1).astype(int)] = rng.uniform(0.2, 1)
    return page


def glints(seed: int = 5) -> Image:
    """Chrome: small lights of a hundred times white on a dark ground."""
    rng, scene = np.random.default_rng(seed), 0.05 * room()
    for _ in range(60):
        y, x = rng.integers(0, side() - FINE, 2)
        scene[y : y + FINE // 2, x : x + FINE // 2] = rng.uniform(5, 100)
    return scene


def grass(seed: int) -> Image:
    """Blades of random heights and places."""
    rng, scene = np.random.default_rng(seed), np.full((side(), side(), 3), 0.04)
    for x, y, tall, light in zip(*rng.uniform(0, 1, (4, 2500)), strict=True):
        top, left = int(y * side()), int(x * side())
        scene[top : top + int((0.3 + tall) * 14 * FINE), left : left + FINE] = np.array([0.4, 0.8, 0.2]) * (
            0.1 + 0.5 * light
        )
    return scene


GOOD: dict[str, Callable[[], Image]] = {
    "room": room,
    "ball": lambda: with_ball(room(), x=45),
    "text": text,
    "bright text": lambda: text(value=30.0),
    "hair": hair,
    "glints": glints,
    "grass": lambda: grass(6),
    "black": lambda: np.zeros((side(), side(), 3)),
    "grey": lambda: np.full((side(), side(), 3), 0.18),
}


def require_found(result: Coherence, *words: str) -> None:
    assert not result.coherent
    assert result.failed
    for word in words:
        assert word in result.reason


@pytest.mark.parametrize("name", GOOD)
def test_one_scene_through_two_sizes_of_filter_is_coherent(name: str) -> None:
    result = check(*pair_of(GOOD[name]()))
    assert (result.coherent, result.reason, result.failed) == (True, "", ())
    assert max(map(abs, result.shift)) < 0.05
    assert result.exposure == pytest.approx(1, abs=0.06 if name == "hair" else 0.02)


@pytest.mark.parametrize("name", ["room", "text", "hair", "glints", "grass"])
@pytest.mark.parametrize("moved", [(0.5, 0), (0, -0.5), (0.5, 0.5), (-1, 0), (0, 1), (2, 0), (-2, 2)])
def test_a_shift_of_half_a_pixel_or_more_is_found_and_told(name: str, moved: tuple[float, float]) -> None:
    result = check(*pair_of(GOOD[name](), moved=moved))
    require_found(result)
    if name == "room":
        require_found(result, "shifted by")
        assert result.shift == pytest.approx(moved, abs=0.1)
        assert result.failed == ((0, 0, SIZE, SIZE),)


@pytest.mark.parametrize("name", ["room", "text", "glints", "grass", "grey"])
@pytest.mark.parametrize("factor", [1.05, 0.95, 2.0])
def test_an_exposure_five_percent_off_is_found_and_told(name: str, factor: float) -> None:
    lr, hr = pair_of(GOOD[name]())
    result = check(lr * np.array([factor] * 3 + [1], np.float32), hr)
    require_found(result, "LR is" if factor > 1 else "HR is", "% brighter")
    assert result.exposure == pytest.approx(factor, rel=0.02)


PRIMARIES = np.array([[0.6131, 0.3395, 0.0474], [0.0702, 0.9164, 0.0134], [0.0206, 0.1096, 0.8698]])
"""Rec.709's in ACEScg."""


@pytest.mark.parametrize(
    "change",
    [np.eye(3)[::-1], np.full((3, 3), 1 / 3), np.diag([1.25, 1, 0.75]), PRIMARIES],
    ids=["channels swapped", "grey", "white balance", "another colour space"],
)
def test_hues_that_differ_all_over_are_found_though_the_light_is_the_same(change: Image) -> None:
    scene = room() * np.array([1.0, 0.6, 0.3])
    lr, hr = pair_of(scene)
    other = lr[..., :3] @ change.T.astype(np.float32)
    other *= lr[..., :3].sum(-1, keepdims=True) / other.sum(-1, keepdims=True)
    result = check(np.dstack([other, lr[..., 3]]), hr)
    require_found(result, "hues differ by")
    assert not result.usable


def test_a_light_that_is_off_is_found_where_it_shone() -> None:
    x = np.arange(side()) / side()
    off = 1 - 0.3 * np.exp(-(((x - 0.75) / 0.15) ** 2) - ((x[:, None] - 0.25) / 0.15) ** 2)
    result = check(*pair_of(room(), lr_scene=room() * off[..., None]))
    require_found(result, "lit otherwise")
    assert (64, 16, 16, 16) in result.failed


@pytest.mark.parametrize("pixels", [1.5, 3])
def test_a_thing_that_moved_by_three_hr_or_lr_pixels_is_found_where_it_is(pixels: float) -> None:
    result = check(*pair_of(with_ball(room(), x=45), lr_scene=with_ball(room(), x=45 + pixels)))
    require_found(result, "differs in")
    x, y, width, height = result.failed[0]
    assert x - 12 < 45 < x + width + 12
    assert y - 12 < 40 < y + height + 12
    assert len(result.failed) <= 9


@pytest.mark.parametrize("exposure", [0.95, 1.05])
def test_other_light_is_found_in_noisy_text_that_was_not_denoised(exposure: float) -> None:
    rng = np.random.default_rng(5)
    lr, hr = (x * np.maximum(1 + 0.1 * rng.standard_normal((*x.shape[:2], 1)), 0) for x in TEXT)
    lr[..., 3], hr[..., 3] = 1, 1
    assert check(lr, hr, denoised=False).coherent
    lr[..., :3] *= exposure
    require_found(check(lr, hr, denoised=False), "% brighter")


def test_text_to_which_a_denoiser_gave_any_light_is_refused_as_unclear() -> None:
    lr, hr = (x.copy() for x in TEXT)
    letters = np.random.default_rng(5).uniform(0.9, 1.1, (SIZE // 32, SIZE // 32))
    lr[..., :3] *= np.kron(letters, np.ones((32, 32)))[..., np.newaxis].astype(np.float32)
    result = check(lr, hr)
    assert not result.usable
    assert "render it with more samples" in result.reason


def test_a_missing_thing_is_found() -> None:
    require_found(check(*pair_of(with_ball(room(), x=45), lr_scene=room())))


def test_a_missing_line_of_text_is_found() -> None:
    page = text()
    page[: side() // 5] = 0
    require_found(check(*pair_of(text(), lr_scene=page)))


def test_another_seed_of_a_scatter_is_found() -> None:
    require_found(check(*pair_of(grass(6), lr_scene=grass(7))))


def test_a_thing_missing_in_alpha_alone_is_found() -> None:
    lr, hr = pair_of(np.zeros((side(), side(), 3)))
    lr[30:60, 30:60, 3] = 0
    hr[..., 3] = 1
    require_found(check(lr, hr))


def test_what_fails_is_named_so_that_the_rest_can_be_used() -> None:
    result = check(*pair_of(with_ball(room(), x=45), lr_scene=with_ball(room(), x=49)))
    assert f"in {len(result.failed)} of {(SIZE // 16) ** 2} windows" in result.reason
    assert str(result.failed[0][:2]) in result.reason
    assert all(0 <= x < SIZE and 0 <= y < SIZE and (w, h) == (16, 16) for x, y, w, h in result.failed)


@given(level=st.floats(0, 0.014), seed=st.integers(0, 2**31))
def test_noise_is_told_and_no_reason_to_refuse(level: float, seed: int) -> None:
    """Up to a tenth of a pixel's light: in more of it 5 % of exposure could not be told."""
    rng = np.random.default_rng(seed)
    lr, hr = (np.maximum(x * (1 + 8 * level * rng.standard_normal(x.shape)), 0) for x in ROOM)
    lr[..., 3], hr[..., 3] = 1, 1
    result = check(lr, hr)
    assert result.coherent
    assert result.noise == pytest.approx(level * 8 * SLOPE * 1.07 / 3**0.5, rel=0.2, abs=5e-4)


@given(light=st.floats(-8, 4))
def test_a_good_pair_is_coherent_however_it_is_exposed(light: float) -> None:
    lr, hr = (x * np.array([2**light] * 3 + [1], np.float32) for x in ROOM)
    assert check(lr, hr).coherent


@given(dark=st.floats(0, 0.01), seed=st.integers(0, 2**31))
def test_what_a_log_curve_magnifies_around_text_on_black_passes(dark: float, seed: int) -> None:
    lr, hr = (x.copy() for x in TEXT)
    lr[..., :3] += 0.1 * dark * np.random.default_rng(seed).random(lr.shape[:2] + (1,)).astype(np.float32)
    assert check(lr, hr).coherent


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_passed_over(value: float) -> None:
    lr, hr = (x.copy() for x in ROOM)
    lr[10, 20, 1], hr[50:53, 60:63] = value, value
    result = check(lr, hr)
    assert result.coherent
    assert np.isfinite([result.psnr, *result.shift, result.exposure, result.noise]).all()


def test_half_floats_and_missing_alpha_make_no_difference() -> None:
    lr, hr = ROOM
    whole, half, opaque = (
        check(lr, hr),
        check(lr.astype(np.float16), hr.astype(np.float16)),
        check(lr[..., :3], hr[..., :3]),
    )
    for result in (half, opaque):
        assert result.coherent
        assert result.exposure == pytest.approx(whole.exposure, abs=1e-3)
        assert result.psnr == pytest.approx(whole.psnr, abs=0.05)


@pytest.mark.parametrize("size", [(33, 95), (64, 39), (50, 70)])
def test_any_size_from_32_pixels_on_is_checked(size: tuple[int, int]) -> None:
    lr, hr = ROOM
    assert check(lr[: size[0], : size[1]], hr[: 2 * size[0], : 2 * size[1]]).coherent


@pytest.mark.parametrize(
    ("lr", "hr", "problem"),
    [
        ((64, 64, 4), (128, 130, 4), "not RGB or RGBA at 2x"),
        ((64, 64, 4), (128, 128, 3), "not RGB or RGBA at 2x"),
        ((64, 64), (128, 128), "not RGB or RGBA at 2x"),
        ((31, 64, 3), (62, 128, 3), "too small"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(lr: tuple[int, ...], hr: tuple[int, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        check(np.zeros(lr, np.float32), np.zeros(hr, np.float32))


def test_the_starter_pairs_are_coherent_but_for_what_a_denoiser_spoilt(shared: Path) -> None:
    pairs = read_frames(find_pairs([shared / "starter" / "pairs"]))
    refused = {pair.name for pair, lr, hr in pairs if not check(lr, hr).coherent}
    assert "text_credits/0003" in refused  # letters whose light differs by a quarter
    assert refused <= {"text_credits/0003", "exterior_sun/0003"}  # waves whose glitter was taken for other light


def test_half_a_pixel_is_found_in_the_starter_pairs(shared: Path) -> None:
    for pair, lr, hr in read_frames(find_pairs([shared / "starter" / "clean"])):
        moved = hr[2:-2, 3:-1]
        assert not check(lr[1:-1, 1:-1], moved).coherent, pair.name


ROOM = pair_of(with_ball(room(), x=45))
TEXT = pair_of(text())


def test_a_thing_that_moved_in_the_dark_is_found_by_its_guide() -> None:
    """Light of a millionth says nothing; albedo does."""
    lr, hr = (np.full((size, size, 4), [1e-6, 1e-6, 1e-6, 1], np.float32) for size in (SIZE, 2 * SIZE))
    floor = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((16, 16))).astype(np.float32) * 0.2 + 0.1
    albedo, moved = floor.copy(), floor.copy()
    albedo[60:100, 60:100] = moved[60:100, 66:106] = 0.7
    small, other = (plane.reshape(SIZE, 2, SIZE, 2).mean((1, 3)) for plane in (albedo, moved))
    assert check(lr, hr, guides=[(small, albedo)]).coherent
    result = check(lr, hr, guides=[(other, albedo)])
    assert not result.coherent
    assert "differs in" in result.reason


def test_a_pair_that_differs_in_a_corner_is_usable_elsewhere() -> None:
    lr, hr = (np.tile(image, (3, 3, 1)) for image in ROOM)
    assert check(lr, hr).coherent
    lr[2:12, 2:12] *= 3
    result = check(lr, hr)
    assert (result.coherent, result.usable) == (False, True)
    assert 0 < len(result.failed) <= 9
    lr[:90, :90] *= 3
    assert not check(lr, hr).usable


def test_a_pair_that_is_shifted_or_lit_otherwise_is_usable_nowhere() -> None:
    assert not check(*pair_of(room(), moved=(0.5, 0))).usable
    lr, hr = ROOM
    assert not check(lr * np.float32(1.05), hr).usable


def test_a_shift_in_the_dark_is_found_by_a_guide_and_by_alpha() -> None:
    """Light of a millionth says nothing; albedo or an element's edge does."""
    lr, hr = (np.full((size, size, 4), [1e-6, 1e-6, 1e-6, 1], np.float32) for size in (SIZE, 2 * SIZE))
    albedo = np.kron(np.indices((12, 12)).sum(axis=0) % 2, np.ones((16, 16))).astype(np.float32) * 0.5
    small = np.roll(albedo, 1, axis=1).reshape(SIZE, 2, SIZE, 2).mean((1, 3))
    found = check(lr, hr, guides=[(small, albedo)])
    assert "shifted by" in found.reason
    assert found.shift == pytest.approx((0.5, 0), abs=0.1)
    lr[..., 3], hr[..., 3] = small * 2, albedo * 2
    assert "shifted by" in check(lr, hr).reason


def test_noise_over_an_even_wall_is_no_shift_where_a_guide_is_steady() -> None:
    noise = np.random.default_rng(3)
    lr, hr = (
        (0.2 + 0.02 * noise.standard_normal((size, size, 1))).repeat(3, axis=2).astype(np.float32) for size in (32, 64)
    )
    edge = np.zeros((64, 64), np.float32)
    edge[:, 30:] = 1
    assert check(lr, hr, guides=[(edge.reshape(32, 2, 32, 2).mean((1, 3)), edge)]).shift == pytest.approx(
        (0, 0), abs=0.1
    )


def test_guides_that_are_noise_do_not_hide_a_shift_of_what_is_out_of_focus() -> None:
    scene = np.repeat(0.3 + 0.06 * smooth_noise(12, 12 * FINE)[..., None], 3, axis=2)
    rng = np.random.default_rng(13)
    noise = [(rng.uniform(0.2, 0.8, (SIZE, SIZE)), rng.uniform(0.2, 0.8, (2 * SIZE, 2 * SIZE))) for _ in range(3)]
    assert check(*pair_of(scene), guides=[]).coherent
    assert abs(check(*pair_of(scene), guides=noise).shift[0]) < 0.1
    require_found(check(*pair_of(scene, moved=(0.5, 0)), guides=noise), "shifted by")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("lr_filter", "hr_filter"),
    [*((name, name) for name in COMMON), *((name, "box") for name in COMMON if name != "sinc")],
)
def test_a_pair_of_any_pixel_filter_is_coherent_by_its_own_down_kernel(lr_filter: str, hr_filter: str) -> None:
    """Bars with hard edges, each of another hue, beside which sharp filters ring. A sinc that is cut off rings too far
    for what a box has seen.
    """
    y, x = np.mgrid[:512, :768] / 512
    bars = np.floor(9 * x + 3 * y) % 3
    fine = np.stack([0.02 + (bars == hue) * (1 + 0.3 * y) for hue in range(3)], axis=-1).astype(np.float32)
    lr, hr = filtered(fine, pixel_filter(lr_filter), 8), filtered(fine, pixel_filter(hr_filter), 4)
    assert check(lr, hr, down_kernel=known_kernel(lr_filter, hr_filter)).reason == ""
