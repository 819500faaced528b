"""Pairs on disk: what is found, how it is split, how it is read."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.pairs import write_pairs
from uprez.dataset.pairs import Pair, find_pairs, read_frames, split_of, split_pairs
from uprez.errors import FrameError, UsageError


def pair(look: str, shot: str) -> Pair:
    return Pair(look, shot, Path("lr"), Path("hr"))


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
    with pytest.raises(FrameError, match=r"a_0000_lr\.exr: no channel B"):
        list(read_frames(find_pairs([tmp_path])))


@pytest.mark.parametrize("text", ["not json", '{"look": "a"}', "[1]"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(text)
    with pytest.raises(UsageError, match="not a manifest of pairs"):
        find_pairs([tmp_path])


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 999)), unique=True, min_size=1), st.floats(0.01, 0.99))
def test_adding_shots_moves_none(shots: list[tuple[str, int]], share: float) -> None:
    pairs = [pair(look, f"{seed:04d}") for look, seed in shots]
    before, _ = split_pairs(pairs[:1], held_out_looks=(), validation_share=share)
    after, _ = split_pairs(pairs, held_out_looks=(), validation_share=share)
    assert (pairs[0] in before) == (pairs[0] in after)


def test_the_split_has_its_share() -> None:
    sides = [split_of(pair("a", str(seed)), validation_share=0.2) for seed in range(5000)]
    assert abs(sides.count("validation") / 5000 - 0.2) < 0.03


def test_a_held_out_look_is_never_trained_on() -> None:
    pairs = [pair(look, str(seed)) for look in "ab" for seed in range(50)]
    train, validation = split_pairs(pairs, held_out_looks=["b"], validation_share=0.1)
    assert {p.look for p in train} == {"a"}
    assert {p for p in pairs if p.look == "b"} <= set(validation)


def test_a_held_out_shot_neither_trains_nor_validates() -> None:
    pairs = [pair(look, str(seed)) for look in "ab" for seed in range(50)]
    train, validation = split_pairs(pairs, held_out_looks=["b"], held_out_shots=["7"], validation_share=0.1)
    assert "7" not in {p.shot for p in train + validation}
