"""The manifest of a folder of pairs: appended to by runs that die, read by everything."""

import json
import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.dataset.manifest import NAME, add_row, key_of, paths_of, read_manifest, update
from uprez.dataset.pairs import find_pairs
from uprez.errors import UsageError


def row(shot: str = "a", frame: int = 1, **more: object) -> dict[str, object]:
    return {
        "show": "s",
        "shot": shot,
        "look": "toys",
        "frame": frame,
        "lr": f"{shot}_lr.exr",
        "hr": f"{shot}_hr.exr",
        **more,
    }


def test_rows_come_back_in_the_order_they_were_added(tmp_path: Path) -> None:
    rows = [row(shot, psnr=40.5) for shot in "bac"]
    for each in rows:
        add_row(tmp_path, each)
    assert list(read_manifest(tmp_path).rows) == rows


def test_a_folder_without_a_manifest_has_no_rows(tmp_path: Path) -> None:
    assert read_manifest(tmp_path).rows == ()


def test_the_last_row_of_a_pair_counts(tmp_path: Path) -> None:
    add_row(tmp_path, row(psnr=1))
    add_row(tmp_path, row(psnr=2))
    assert [each["psnr"] for each in read_manifest(tmp_path).by_key().values()] == [2]


def test_frames_and_elements_of_a_shot_are_pairs_of_their_own() -> None:
    assert len({key_of(row(frame=1)), key_of(row(frame=2)), key_of(row(frame=1, element="solids"))}) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"coherence": None},
        {"coherence": {"failed": [[1, 2]]}},
        {"coherence": {"failed": [["a", 2, 3, 4]]}},
        {"coherence": {"failed": [[-1, 0, 16, 16]]}},
        {"coherence": {"failed": 3}},
        {"more": ["hr_1spp.exr"]},
        {"more": {"hr_1spp": 1}},
    ],
)
def test_a_row_that_is_none_is_named(tmp_path: Path, wrong: dict[str, object]) -> None:
    add_row(tmp_path, row("a"))
    add_row(tmp_path, row("b", **wrong))
    assert read_manifest(tmp_path).damaged == (2,)
    with pytest.raises(UsageError, match="line 2: not a manifest of pairs"):
        find_pairs([tmp_path])


@given(st.integers(1, 200))
def test_a_line_cut_short_anywhere_is_named_and_spoils_no_other(cut: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        add_row(folder, row("a"))
        add_row(folder, row("b"))
        path = folder / NAME
        whole = path.read_bytes()
        length = len(whole.splitlines(keepends=True)[1])
        path.write_bytes(whole[: len(whole) - min(cut, length - 1)])
        add_row(folder, row("c"))
        known = read_manifest(folder)
        complete = cut == 1  # only the newline was lost
        assert [each["shot"] for each in known.rows] == (["a", "b", "c"] if complete else ["a", "c"])
        assert known.damaged == (() if complete else (2,))


def test_an_updated_manifest_holds_what_became_of_the_last_row_of_each_pair(tmp_path: Path) -> None:
    for shot in "abca":
        add_row(tmp_path, row(shot, seed=len(read_manifest(tmp_path).rows)))
    update(tmp_path, lambda rows: [each for each in rows if each["shot"] != "b"])
    assert {each["shot"]: each["seed"] for each in read_manifest(tmp_path).rows} == {"a": 3, "c": 2}
    assert len(read_manifest(tmp_path).rows) == 2


def _update_often(folder: Path) -> None:
    for _ in range(50):
        update(folder, lambda rows: rows)


def test_rows_that_are_added_while_others_update_are_not_lost(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    working = [
        context.Process(target=_add_many, args=(tmp_path, "a")),
        context.Process(target=_update_often, args=(tmp_path,)),
    ]
    for process in working:
        process.start()
    for process in working:
        process.join()
    assert sorted(each["frame"] for each in read_manifest(tmp_path).rows) == list(range(50))


def _add_many(folder: Path, shot: str) -> None:
    for frame in range(50):
        add_row(folder, row(shot, frame))


def test_two_runs_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_add_many, args=(tmp_path, shot)) for shot in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    known = read_manifest(tmp_path)
    assert len(known.rows) == 100
    assert not known.damaged


def test_a_row_of_look_and_seed_stands_for_the_files_of_that_name(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(json.dumps({"look": "toys", "seed": 7}) + "\n")
    (found,) = read_manifest(tmp_path).rows
    assert paths_of(tmp_path, found) == (tmp_path / "toys/toys_0007_lr.exr", tmp_path / "toys/toys_0007_hr.exr")
