import numpy as np
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


def test_one_bad_square_of_the_busiest_is_enough() -> None:
    """Fast and exact agree on the busiest corner, and not on the next."""
    exact, fast = Double("f32", 0), Double("bf16", 1e-2)
    planes = np.zeros_like(PLANES)
    planes[:, :, 5:30, 5:30] = -2 * PLANES[:, :, 5:30, 5:30]
    planes[:, :, 160:190, 260:290] = PLANES[:, :, 160:190, 260:290]

    class OnlyPositive(Double):
        """Strays above zero."""

        def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.where(exact(planes) > 0, fast(planes), exact(planes))

    np.testing.assert_array_equal(GuardedRuntime(OnlyPositive("bf16", 0), exact)(planes), exact(planes))


def test_an_input_smaller_than_the_square_is_judged_whole() -> None:
    """One pixel is enough."""
    exact = Double("f32", 0)
    small = np.ascontiguousarray(PLANES[:, :, :1, :1])
    np.testing.assert_array_equal(GuardedRuntime(Double("bf16", 1e-2), exact)(small), exact(small))
