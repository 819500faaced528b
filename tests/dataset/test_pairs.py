"""Pairs on disk: what is found, how it is read."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.training.pairs import write_pairs
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.errors import FrameError, UsageError


def test_half_float_pairs_are_read_bit_for_bit(tmp_path: Path) -> None:
    write_pairs(tmp_path, looks=("a",), count=1, side=24)
    ((found, lr, hr),) = read_frames(find_pairs([tmp_path]))
    stored = OpenEXR.File(str(found.hr)).channels()["RGBA"].pixels
    assert lr.shape == (24, 24, 4)
    assert hr.shape == (48, 48, 4)
    assert hr.tobytes() == stored.tobytes()


def test_a_pair_whose_render_has_not_finished_is_left_out(tmp_path: Path) -> None:
    write_pairs(tmp_path, looks=("a",), count=3, side=24)
    (tmp_path / "a/a_0001_hr.exr").unlink()
    assert [found.shot for found in find_pairs([tmp_path])] == ["0000", "0002"]


def test_a_frame_without_alpha_is_opaque(tmp_path: Path) -> None:
    write_pairs(tmp_path, looks=("a",), count=1, side=24)
    with OpenEXR.File({}, {"RGB": np.zeros((24, 24, 3), np.float16)}) as file:
        file.write(str(tmp_path / "a/a_0000_lr.exr"))
    ((_, lr, _),) = read_frames(find_pairs([tmp_path]))
    assert (lr[..., 3] == 1).all()


def test_a_frame_without_colour_is_refused_by_name(tmp_path: Path) -> None:
    write_pairs(tmp_path, looks=("a",), count=1, side=24)
    with OpenEXR.File({}, {"Z": np.zeros((24, 24), np.float16)}) as file:
        file.write(str(tmp_path / "a/a_0000_lr.exr"))
    with pytest.raises(FrameError, match=r"a_0000_lr\.exr: no finished picture in R, G, B"):
        list(read_frames(find_pairs([tmp_path])))


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[1]",
        pytest.param("[" * 100_000, id="deep"),
        '{"look": "a"}',
        '{"look": "a", "lr": "lr.exr", "hr": "hr.exr"}',
        '{"look": "a", "seed": 1e999}',
        '{"look": "a", "shot": "s", "frame": 1e999, "lr": "lr.exr", "hr": "hr.exr"}',
        '{"look": "a", "seed": 0, "coherence": {"psnr": "good"}}',
    ],
)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(text)
    with pytest.raises(UsageError, match="not a manifest of pairs"):
        find_pairs([tmp_path])


def test_a_shot_without_frame_numbers_is_a_single_frame(tmp_path: Path) -> None:
    write_pairs(tmp_path, looks=("a",), count=1, side=24)
    paths = '"lr": "a/a_0000_lr.exr", "hr": "a/a_0000_hr.exr"'
    (tmp_path / "manifest.jsonl").write_text('{"look": "city", "shot": "sh010", ' + paths + "}")
    (found,) = find_pairs([tmp_path])
    assert (found.shot, found.frame) == ("sh010", 0)
