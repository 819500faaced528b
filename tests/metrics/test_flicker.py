"""Flicker: errors that change along the motion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprez.encoding import compress, expand
from uprez.metrics import flicker
from uprez.metrics.flicker import warped

RANDOM = np.random.default_rng(5)
WIDE = expand((0.2 + 0.2 * RANDOM.random((40, 60, 3))).astype(np.float32))
"""More of a scene than a frame shows."""


def frame(x: int, y: int) -> np.ndarray:
    return WIDE[y : y + 24, x : x + 32]


def still(u: float = 0.0, v: float = 0.0) -> np.ndarray:
    return np.broadcast_to(np.float32([u, v]), (24, 32, 2))


@given(u=st.integers(-4, 4), v=st.integers(-4, 4))
@settings(deadline=None)
def test_a_pan_along_its_motion_brings_the_frame_before_onto_this_one(u: int, v: int) -> None:
    """A point that is at (x, y) now was u pixels to the right and v up."""
    brought, seen = warped(frame(10, 8), still(u, v))
    now = frame(10 + u, 8 - v)
    assert np.array_equal(brought[seen], now[seen])
    assert seen.sum() == (32 - abs(u)) * (24 - abs(v))


def test_errors_that_stay_where_they_are_on_the_scene_do_not_flicker() -> None:
    wrong = expand(compress(WIDE) + np.float32(0.02) * RANDOM.standard_normal(WIDE.shape).astype(np.float32))
    now, before = frame(13, 8), frame(10, 8)
    results = (wrong[8:32, 10:42], wrong[8:32, 13:45])
    assert flicker(results, (before, now), still(3)) < 1e-6
    assert flicker(results, (before, now), still(0)) > 0.01


@given(st.floats(0.001, 0.02))
@settings(deadline=None)
def test_noise_that_is_another_in_each_frame_flickers_by_its_size(level: float) -> None:
    noise = level * np.random.default_rng(1).standard_normal((2, 24, 32, 3))
    results = tuple(expand((compress(frame(10, 8)) + one).astype(np.float32)) for one in noise)
    found = flicker((results[0], results[1]), (frame(10, 8), frame(10, 8)), still())
    assert found == pytest.approx(level * 2**0.5, rel=0.08)


def test_a_reference_that_changes_by_itself_is_no_flicker() -> None:
    brighter = expand(compress(frame(10, 8)) + np.float32(0.2))
    assert flicker((frame(10, 8), frame(10, 8)), (frame(10, 8), brighter), still()) == 0


def test_frames_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes differ"):
        flicker((frame(0, 0), frame(0, 0)[1:]), (frame(0, 0), frame(0, 0)), still())
