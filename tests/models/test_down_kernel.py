import numpy as np
import pytest

from uprez.errors import UsageError
from uprez.models.card import Card
from uprez.models.consistency import down
from uprez.models.down_kernel import filter_down_kernel, fit_down_kernel, seen_through
from uprez.pixel_filters import COMMON, filtered, pixel_filter


def pair(kernel: tuple[float, ...], scale: int, seed: int, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """An HR frame with highlights, and what the kernel makes of it."""
    random = np.random.default_rng(seed)
    hr = np.exp(random.standard_normal((12 * scale, 14 * scale, 3)) * 1.5).astype(np.float32)
    lr = down(hr, kernel, scale)
    return lr + noise * np.sqrt(np.abs(lr)) * random.standard_normal(lr.shape).astype(np.float32), hr


@pytest.mark.parametrize(
    ("kernel", "scale"),
    [
        pytest.param((0.1, 0.4, 0.4, 0.1), 2, id="four taps at two"),
        pytest.param((-0.02, 0.09, 0.43, 0.43, 0.09, -0.02), 2, id="six taps at two"),
        pytest.param((0.1, 0.2, 0.4, 0.2, 0.1), 3, id="five taps at three"),
    ],
)
def test_a_known_kernel_is_recovered(kernel: tuple[float, ...], scale: int) -> None:
    """From two frames without noise, to five digits."""
    found = fit_down_kernel([pair(kernel, scale, seed) for seed in (0, 1)], taps=len(kernel), scale=scale)
    assert found == pytest.approx(kernel, abs=1e-5)


def test_noise_that_grows_with_the_root_of_the_value_is_averaged_out() -> None:
    """Monte-Carlo noise: a hundredth of precision is left from ten percent noise on five small frames."""
    kernel = (0.07, 0.43, 0.43, 0.07)
    found = fit_down_kernel([pair(kernel, 2, seed, noise=0.1) for seed in range(5)])
    assert found == pytest.approx(kernel, abs=0.01)


def test_the_kernel_is_symmetric_and_sums_to_one() -> None:
    """Whatever the pairs say, light is kept."""
    found = fit_down_kernel([pair((0.3, 0.3, 0.2, 0.2), 2, 3)])
    assert found == found[::-1]
    assert sum(found) == pytest.approx(1, abs=1e-12)


def edges_through(name: str, subpixels: int) -> np.ndarray:
    """Vertical and horizontal edges at many places, 32 fine pixels to an LR pixel, seen through a filter."""
    draw = np.random.default_rng(5)
    lines = np.sort(draw.integers(0, 1536, 24))
    bars = np.searchsorted(lines, np.arange(1536)) % 2
    fine = (bars[:, np.newaxis] ^ bars).astype(np.float32)[..., np.newaxis].repeat(3, axis=2)
    return filtered(fine, pixel_filter(name), subpixels)


@pytest.mark.parametrize("name", COMMON)
def test_the_kernel_of_a_filter_is_what_pairs_of_edges_have(name: str) -> None:
    kernel = filter_down_kernel(pixel_filter(name), taps=12)
    assert sum(kernel) == pytest.approx(1, abs=1e-9)
    assert kernel == pytest.approx(kernel[::-1])
    lr, hr = edges_through(name, 32), edges_through(name, 16)
    off = np.sqrt(np.mean(np.square(down(hr, kernel, 2) - lr)[4:-4, 4:-4]))
    assert off < (0.06 if name == "blackman-harris-1" else 0.01)  # HR of a filter that narrow misses parts of edges


def test_the_kernel_of_a_box_is_the_mean_at_any_scale() -> None:
    for scale in (2, 3, 4):
        kernel = filter_down_kernel(pixel_filter("box"), scale=scale)
        margin = (len(kernel) - scale) // 2
        assert kernel == pytest.approx((0,) * margin + (1 / scale,) * scale + (0,) * margin, abs=1e-9)


def test_lr_may_have_another_filter_than_hr() -> None:
    wide = filter_down_kernel(pixel_filter("gauss-2"), pixel_filter("box"), taps=12)
    lr, hr = edges_through("gauss-2", 32), edges_through("box", 16)
    assert np.sqrt(np.mean(np.square(down(hr, wide, 2) - lr)[4:-4, 4:-4])) < 0.02


CARD = Card(name="a", kind="classical", halo=2, down_kernel=(0.1, 0.4, 0.4, 0.1), down_kernels={"box": [0.5, 0.5]})


def test_frames_of_a_named_filter_are_held_by_the_card_s_kernel_for_it_or_else_by_its_own() -> None:
    assert seen_through(CARD, None) is CARD
    assert seen_through(CARD, "box-1").down_kernel == (0.5, 0.5)
    assert seen_through(CARD, "gauss-2").down_kernel == filter_down_kernel(pixel_filter("gauss-2"), taps=6)


def test_a_model_that_holds_to_nothing_still_does_so_where_a_filter_is_named() -> None:
    card = Card(name="a", kind="classical", halo=2)
    assert seen_through(card, "box") == card
    with pytest.raises(UsageError, match="no pixel filter"):
        seen_through(card, "blur")
