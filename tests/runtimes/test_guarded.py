import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.runtimes.guarded import GuardedRuntime


class Double:
    """A network that repeats every pixel twice each way, with an error of its own."""

    device = "cpu"

    def __init__(self, precision: str, error: float) -> None:
        self.precision = precision
        self._error = np.float32(error)

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The error grows with the value, as rounding does."""
        return (planes * (1 + self._error)).repeat(2, axis=2).repeat(2, axis=3)


PLANES = np.random.default_rng(0).random((1, 4, 200, 300)).astype(np.float32)


def test_reduced_precision_is_used_where_it_stays_within_sixty_decibels() -> None:
    """An error of 1e-4 of values below one is 75 dB under a peak of 0.6."""
    fast = Double("bf16", 1e-4)
    np.testing.assert_array_equal(GuardedRuntime(fast, Double("f32", 0))(PLANES), fast(PLANES))


def test_float32_is_used_where_reduced_precision_strays_further() -> None:
    """An error of 1e-2 is 35 dB."""
    exact = Double("f32", 0)
    np.testing.assert_array_equal(GuardedRuntime(Double("bf16", 1e-2), exact)(PLANES), exact(PLANES))


def test_it_says_which_precision_really_ran() -> None:
    good, bad = PLANES, PLANES * np.float32(50)
    runtime = GuardedRuntime(Double("bf16", 1e-4), Double("f32", 0))
    assert runtime.precision == "bf16"
    runtime(good)
    assert runtime.precision == "bf16"
    runtime(bad)
    assert runtime.precision == "bf16, f32 for 1 of 2 bands"
    runtime = GuardedRuntime(Double("bf16", 1e-2), Double("f32", 0))
    runtime(good)
    assert runtime.precision == "f32, bf16 strayed too far"


def test_each_input_is_judged_by_itself_where_most_happens() -> None:
    """A bright corner decides, and a frame's result does not depend on the frame before."""
    exact, fast = Double("f32", 0), Double("bf16", 5e-4)
    dark = PLANES * np.float32(0.01)
    corner = dark.copy()
    corner[:, :, 140:, 210:] = PLANES[:, :, 140:, 210:] * 50
    runtime = GuardedRuntime(fast, exact)
    for _ in range(2):
        np.testing.assert_array_equal(runtime(dark), fast(dark))
        np.testing.assert_array_equal(runtime(corner), exact(corner))


def test_flat_colour_is_not_taken_for_detail() -> None:
    """Strong flat colours all over, where both precisions agree, do not hide one textured corner where they don't."""
    exact, fast = Double("f32", 0), Double("bf16", 1e-2)
    planes = np.zeros_like(PLANES)
    planes[:, 0] = 1
    flat = planes.copy()
    planes[:, :, 150:, 250:] = PLANES[:, :, 150:, 250:]

    class OnlyTexture(Double):
        """Strays where neighbours differ."""

        def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
            good = bool(np.ptp(planes, axis=(2, 3)).max() == 0)
            return (exact if good else fast)(planes)

    runtime = GuardedRuntime(OnlyTexture("bf16", 0), exact)
    np.testing.assert_array_equal(runtime(planes), exact(planes))
    np.testing.assert_array_equal(runtime(flat), exact(flat))


class StraysAboveZero(Double):
    """Exact where values are not positive."""

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.where(planes > 0, planes * (1 + self._error), planes).repeat(2, axis=2).repeat(2, axis=3)


@pytest.mark.parametrize(("error", "good"), [(1e-2, False), (4e-3, True)], ids=["58.6 dB", "66.6 dB"])
def test_the_whole_input_counts_though_only_one_busy_square_of_it_strays(error: float, good: bool) -> None:
    """Both agree on the busiest corner, and not on the next."""
    planes = np.zeros_like(PLANES)
    planes[:, :, 5:30, 5:30] = -2 * PLANES[:, :, 5:30, 5:30]
    planes[:, :, 160:190, 260:290] = PLANES[:, :, 160:190, 260:290]
    fast, exact = StraysAboveZero("bf16", error), Double("f32", 0)
    result = GuardedRuntime(fast, exact)(planes)
    np.testing.assert_array_equal(result, (fast if good else exact)(planes))


@pytest.mark.parametrize("size", [(32, 32), (33, 32), (64, 95), (200, 300)])
def test_an_error_that_is_the_same_all_over_is_estimated_exactly(size: tuple[int, int]) -> None:
    class Offset(Double):
        def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
            return (planes + self._error).repeat(2, axis=2).repeat(2, axis=3)

    planes = np.zeros((1, 4, *size), np.float32)
    guarded = GuardedRuntime(Offset("bf16", 6e-4), Double("f32", 0))
    assert guarded.agreement(planes) == pytest.approx(60.0, abs=1e-3)  # a peak of 0.6 over 6e-4


def test_an_input_smaller_than_the_square_is_judged_whole() -> None:
    """One pixel is enough."""
    exact = Double("f32", 0)
    small = np.ascontiguousarray(PLANES[:, :, :1, :1])
    np.testing.assert_array_equal(GuardedRuntime(Double("bf16", 1e-2), exact)(small), exact(small))
