"""Alpha: its error, and the fringes that it makes in a comp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.metrics import alpha_error, fringes
from uprez.metrics.alpha import backgrounds, over

SIDE = 48


def disc(softness: float = 1.0, colour: float = 0.5) -> np.ndarray:
    """A grey disc, premultiplied."""
    y, x = np.indices((SIDE, SIDE)) - SIDE / 2 + 0.5
    alpha = np.clip((14 - np.hypot(x, y)) / softness + 0.5, 0, 1)[..., np.newaxis]
    return np.concatenate([colour * alpha.repeat(3, 2), alpha], axis=2).astype(np.float32)


@given(st.floats(-0.5, 0.5))
def test_the_error_of_alpha_is_its_rms(error: float) -> None:
    image = disc()
    wrong = image + np.float32([0, 0, 0, error])
    assert alpha_error(wrong, image) == pytest.approx(abs(error), abs=1e-6)


def test_equal_elements_have_no_fringes_over_anything() -> None:
    for background in backgrounds(SIDE, SIDE).values():
        assert fringes(disc(), disc(), background) == 0


def test_a_halo_shows_over_white_where_alpha_alone_is_off() -> None:
    """Over black only colour is seen."""
    wrong = np.concatenate([disc()[..., :3], disc(3.0)[..., 3:]], axis=2)
    seen = {name: fringes(wrong, disc(), background) for name, background in backgrounds(SIDE, SIDE).items()}
    assert seen["black"] == 0
    assert seen["white"] > seen["checker"] > 0


def test_what_lies_far_from_edges_is_no_fringe() -> None:
    wrong = disc()
    wrong[SIDE // 2, SIDE // 2, :3] = 1
    assert fringes(wrong, disc(), np.zeros(3)) == 0
    opaque = np.ones((SIDE, SIDE, 4), np.float32)
    assert fringes(0.9 * opaque, opaque, np.zeros(3)) == 0


def test_over_is_exact_for_full_and_for_no_alpha() -> None:
    shown = over(disc(), np.float32([0.1, 0.2, 0.3]))
    assert shown[SIDE // 2, SIDE // 2] == pytest.approx([0.5] * 3)
    assert shown[0, 0] == pytest.approx([0.1, 0.2, 0.3])


def test_three_channels_have_no_alpha() -> None:
    with pytest.raises(ValueError, match="fourth of four channels"):
        alpha_error(disc()[..., :3], disc()[..., :3])
