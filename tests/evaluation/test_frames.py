"""Two frames held against each other."""

from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.test_run import read, write
from tests.training.pairs import write_pairs
from uprez.errors import FrameError
from uprez.evaluation.content import SOURCE, TRUTH
from uprez.evaluation.frames import compare_frames
from uprez.evaluation.places import worst_places
from uprez.metrics import compressed_psnr


@pytest.fixture
def frames(tmp_path: Path) -> tuple[Path, Path]:
    """LR and HR of a pair with discs."""
    write_pairs(tmp_path / "pairs", looks=("a",), count=1, side=120)
    return tmp_path / "pairs/a/a_0000_lr.exr", tmp_path / "pairs/a/a_0000_hr.exr"


def test_a_smaller_frame_is_upscaled_by_each_model(frames: tuple[Path, Path]) -> None:
    rows, crops = compare_frames(*frames, ("bicubic", "nearest"), white=100)
    assert [row.method for row in rows] == ["bicubic", "nearest"]
    repeated = read(frames[0]).repeat(2, 0).repeat(2, 1)
    assert rows[1].figures["psnr_db"] == pytest.approx(compressed_psnr(repeated, read(frames[1])))
    assert [image.method for image in crops[0].images] == [TRUTH, SOURCE, "bicubic", "nearest"]


def test_a_frame_of_the_same_size_is_held_against_it_as_it_is(frames: tuple[Path, Path], tmp_path: Path) -> None:
    truth = read(frames[1])
    wrong = truth.copy()
    wrong[200:230, 20:50, :3] += 0.3
    write(tmp_path / "wrong.exr", wrong)
    rows, crops = compare_frames(tmp_path / "wrong.exr", frames[1], (), white=100)
    (row,) = rows
    assert row.method == "wrong.exr"
    assert row.figures["psnr_db"] == pytest.approx(compressed_psnr(wrong, truth), abs=0.01)  # frames are read as half
    assert [image.method for image in crops[0].images] == [TRUTH, "wrong.exr"]
    assert crops[0].y <= 200 <= crops[0].y + 192
    same, _ = compare_frames(frames[1], frames[1], (), white=100)
    assert "psnr_db" not in same[0].figures  # infinite
    assert same[0].figures["ssim"] == pytest.approx(1)


def test_frames_without_a_common_measure_are_refused(frames: tuple[Path, Path], tmp_path: Path) -> None:
    write(tmp_path / "odd.exr", read(frames[1])[:-3])
    with pytest.raises(FrameError, match=r"a_0000_hr\.exr: is 240x240, no multiple"):
        compare_frames(tmp_path / "odd.exr", frames[1], (), white=100)
    truth = read(frames[1])
    truth[3, 3, 0] = np.nan
    write(tmp_path / "nan.exr", truth)
    with pytest.raises(FrameError, match=r"nan\.exr: holds values that are no numbers"):
        compare_frames(frames[1], tmp_path / "nan.exr", (), white=100)
    with pytest.raises(FrameError, match="is not there"):
        compare_frames(tmp_path / "none.exr", frames[1], (), white=100)


def test_the_worst_places_come_first_and_do_not_overlap() -> None:
    error = np.zeros((200, 300))
    error[100:140, 200:240], error[10:40, 10:40] = 3, 1
    places = worst_places(error, 64, 5)
    assert len(places) == 5
    held = [error[y : y + 64, x : x + 64].sum() for y, x in places]
    assert held[0] == 3 * 40 * 40
    assert held[1] == 30 * 30
    for k, (top, left) in enumerate(places):
        assert all(abs(top - other) >= 64 or abs(left - beside) >= 64 for other, beside in places[:k])


def test_a_frame_smaller_than_a_crop_is_one_place() -> None:
    assert worst_places(np.ones((20, 30)), 96, 10) == [(0, 0)]
