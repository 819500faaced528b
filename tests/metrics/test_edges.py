"""Which pixel filter a frame seems to have, by its edges."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.metrics.edges import estimate_filter
from uprez.pixel_filters import COMMON, filtered, pixel_filter

SUB = 8
Array = NDArray[np.float32]


@cache
def blocks(seed: int, side: int = 144) -> Array:
    """Fine samples of rectangles at many angles and brightnesses, (side * SUB, side * SUB, 1)."""
    draw = np.random.default_rng(seed)
    size = side * SUB
    y, x = np.mgrid[:size, :size].astype(np.float32)
    picture = np.full((size, size, 1), 0.2, np.float32)
    for _ in range(14):
        (across, down), (width, height) = draw.uniform(0, size, 2), draw.uniform(0.15, 0.35, 2) * size
        angle = draw.uniform(-0.2, 0.2)
        u = (x - across) * np.cos(angle) + (y - down) * np.sin(angle)
        v = (y - down) * np.cos(angle) - (x - across) * np.sin(angle)
        picture[(np.abs(u) < width / 2) & (np.abs(v) < height / 2)] = draw.uniform(0.01, 1) * 2 ** draw.uniform(-2, 4)
    return picture


def frame(name: str, seed: int = 0) -> Array:
    return filtered(blocks(seed), pixel_filter(name), SUB)[..., 0]


@pytest.mark.parametrize("name", COMMON)
def test_the_filter_of_hard_edges_is_found_among_few_that_are_alike(name: str) -> None:
    for seed in (0, 1):
        found = estimate_filter(frame(name, seed))
        assert name in found.names
        assert len(found.names) <= 3
        assert not found.soft


@pytest.mark.parametrize("name", ["box", "gauss-2", "lanczos-3"])
def test_it_is_found_beside_edges_that_are_out_of_focus_and_in_noise(name: str) -> None:
    sharp, soft = frame(name), filtered(blocks(1), pixel_filter("gauss-6"), SUB)[..., 0]
    noise = np.random.default_rng(2).normal(0, 0.002, (144, 288)).astype(np.float32)
    both = np.concatenate([sharp, soft], axis=1) * (1 + noise)
    assert name in estimate_filter(both).names


def disc(radius: float) -> Array:
    """A frame behind a lens that is out of focus by so many pixels, seen through a box."""
    reach = int(radius * SUB)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    lens = (np.hypot(y, x) <= radius * SUB).astype(np.float32)
    picture = blocks(0)[..., 0]
    size = [side + 2 * reach for side in picture.shape]
    blurred = np.fft.irfft2(np.fft.rfft2(picture, size) * np.fft.rfft2(lens / lens.sum(), size), size)
    cut = blurred[reach:-reach, reach:-reach].astype(np.float32)
    return filtered(cut[..., np.newaxis], pixel_filter("box"), SUB)[8:-8, 8:-8, 0]


@pytest.mark.parametrize("radius", [1.5, 2.5, 4])
def test_a_frame_that_is_out_of_focus_has_no_filter_s_edges(radius: float) -> None:
    assert not estimate_filter(disc(radius)).names


@pytest.mark.parametrize("wider", ["gauss-3", "gauss-4", "gauss-6"])
def test_a_frame_that_is_softer_than_any_filter_is_told_as_such(wider: str) -> None:
    found = estimate_filter(frame(wider))
    assert (found.names, found.soft) == ((), True)


@pytest.mark.parametrize("kind", ["flat", "black", "ramp", "noise", "texture", "small", "thin"])
def test_nothing_is_said_of_a_frame_without_clear_edges(kind: str) -> None:
    draw = np.random.default_rng(3)
    y, x = np.mgrid[:96, :96].astype(np.float32)
    frames = {
        "flat": np.full((96, 96), 0.5),
        "black": np.zeros((96, 96)),
        "ramp": x / 96 + y / 50,
        "noise": draw.random((96, 96)),
        "texture": 1 + np.sin(x / 2) * np.sin(y / 3),
        "small": frame("box")[:8, :8],
        "thin": frame("box")[:2],
    }
    found = estimate_filter(frames[kind].astype(np.float32))
    assert (found.names, found.soft) == ((), False)


def test_brightness_and_direction_change_nothing() -> None:
    seen = frame("mitchell")
    expected = estimate_filter(seen).names
    for other in (seen * 1000, seen[::-1], seen[:, ::-1], np.ascontiguousarray(seen.T)):
        assert estimate_filter(np.ascontiguousarray(other)).names == expected
