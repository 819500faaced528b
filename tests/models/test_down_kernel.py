import numpy as np
import pytest

from uprez.models.consistency import down
from uprez.models.down_kernel import fit_down_kernel


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
