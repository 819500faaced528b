"""Previews: what a viewer without colour management shows beside the source."""

from pathlib import Path

import numpy as np
import OpenImageIO
import pytest

from uprez.frames.preview import DIVIDER, has_description, write_preview


def read_codes(path: Path) -> np.ndarray:
    return OpenImageIO.ImageBuf(str(path)).get_pixels(OpenImageIO.UINT8)


def test_source_and_result_stand_side_by_side_with_a_white_line_between(tmp_path: Path) -> None:
    """8 bit RGB; each source pixel is a scale x scale square of one value."""
    source = np.random.default_rng(0).random((5, 7, 4), np.float32)
    result = source.repeat(2, axis=0).repeat(2, axis=1)
    write_preview(tmp_path / "a.png", source, result, 2)
    codes = read_codes(tmp_path / "a.png")
    assert codes.shape == (10, 14 + DIVIDER + 14, 3)
    np.testing.assert_array_equal(codes[:, :14], codes[:, 14 + DIVIDER :])
    assert np.all(codes[:, 14 : 14 + DIVIDER] == 255)


def test_light_goes_through_the_tone_map(tmp_path: Path) -> None:
    """Black is black, brighter is lighter, neutral stays neutral, and a highlight of 100 is still below or at white."""
    ramp = np.repeat(np.array([0, 0.02, 0.18, 1, 4, 100], np.float32)[None, :, None], 3, axis=2)
    write_preview(tmp_path / "a.png", ramp, ramp, 1)
    codes = read_codes(tmp_path / "a.png")[0, :6].astype(int)
    assert np.all(codes[0] == 0)
    assert np.all(np.diff(codes[:, 1]) >= 0)
    assert 70 < codes[2, 1] < 110, "middle grey"
    assert 150 < codes[3, 1] < 250, "diffuse white is under display white, so that highlights have room"
    assert np.abs(codes - codes[:, :1]).max() <= 1


def test_values_that_are_no_numbers_do_not_spoil_their_neighbours(tmp_path: Path) -> None:
    """NaN is black, infinity is as bright as can be shown."""
    pixels = np.full((3, 3, 4), 0.18, np.float32)
    write_preview(tmp_path / "clean.png", pixels, pixels, 1)
    pixels[1, 1], pixels[0, 0] = np.nan, np.inf
    write_preview(tmp_path / "a.png", pixels, pixels, 1)
    codes = read_codes(tmp_path / "a.png")
    assert np.all(codes[1, 1] == 0)
    assert np.all(codes[0, 0] >= 250)
    np.testing.assert_array_equal(codes[2], read_codes(tmp_path / "clean.png")[2])


def test_a_preview_says_what_it_was_made_from(tmp_path: Path) -> None:
    """Found without decoding a pixel, however large the picture is."""
    pixels = np.random.default_rng(0).random((200, 300, 3), np.float32)
    write_preview(tmp_path / "a.png", pixels, pixels, 1, description="uprez 0123456789abcdef")
    assert has_description(tmp_path / "a.png", "uprez 0123456789abcdef")
    assert not has_description(tmp_path / "a.png", "uprez 123456789abcdef0")
    assert not has_description(tmp_path / "none.png", "uprez 0123456789abcdef")


def test_shapes_that_do_not_belong_together_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not 2 times"):
        write_preview(tmp_path / "a.png", np.zeros((4, 4, 4), np.float32), np.zeros((8, 7, 4), np.float32), 2)
    assert list(tmp_path.iterdir()) == []
