"""`uprez dataset`, as it is typed."""

import json
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.training.pairs import write_pairs
from uprez.cli import main
from uprez.dataset.store import Store


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=3, side=40)
    return tmp_path / "pairs"


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)


def test_pairs_are_packed_counted_checked_and_exported(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, part = str(tmp_path / "show.lmdb"), str(tmp_path / "part.lmdb")
    assert main(["dataset", "build", str(pairs), "-o", store, "--json", "-q"]) == 0
    built = told(capsys)
    assert (built["added"], built["kept"]) == (6, 0)
    assert main(["dataset", "info", store, "--json"]) == 0
    summary = told(capsys)
    assert summary["counts"]["look"] == {"a": 3, "b": 3}  # type: ignore[index]
    assert sum(summary["intensity"]) == 6 * 40 * 40  # type: ignore[call-overload]
    assert main(["dataset", "check", store, "-q"]) == 0
    assert main(["dataset", "export", store, "-o", part, "--looks", "b", "--json", "-q"]) == 0
    assert told(capsys)["pairs"] == 3
    with Store(Path(part)) as opened:
        assert {row["look"] for row in opened.rows} == {"b"}


def test_info_reads_well(tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["dataset", "build", str(pairs), "-o", str(tmp_path / "s"), "-q"])
    assert main(["dataset", "info", str(tmp_path / "s")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("6 pairs of 6 shots")
    assert "look     a 3, b 3" in lines
    assert "images   lr 6, hr 6" in lines


def test_guides_and_images_beside_are_stored_where_they_are_asked_for(tmp_path: Path) -> None:
    def write(name: str, side: int) -> None:
        planes = {channel: np.full((side, side), 0.25, np.float32) for channel in ("R", "G", "B", "A", "depth.Z")}
        planes["depth.Z"][:2] = np.inf
        planes |= {
            f"normal.{axis}": np.full((side, side), value, np.float32)
            for axis, value in zip("XYZ", (0, 0, 1), strict=True)
        }
        with OpenEXR.File({}, planes) as file:
            file.write(str(tmp_path / "pairs" / name))

    (tmp_path / "pairs").mkdir()
    for name, side in (("lr.exr", 40), ("hr.exr", 80), ("few.exr", 80)):
        write(name, side)
    row = {"show": "s", "look": "a", "shot": "sh1", "frame": 7, "element": "whole", "lr": "lr.exr", "hr": "hr.exr"}
    (tmp_path / "pairs/manifest.jsonl").write_text(json.dumps(row | {"more": {"hr_4spp": "few.exr"}}))
    build = ["dataset", "build", str(tmp_path / "pairs"), "-o", str(tmp_path / "s"), "-q"]
    assert main([*build, "--guides", "depth,normal,albedo", "--more", "hr_4spp"]) == 0
    with Store(tmp_path / "s") as store:
        for name, side in (("lr", 40), ("hr", 80), ("hr_4spp", 80)):
            assert store.read(0, f"{name} normal", 0, 0, side, side)[5, 5].tolist() == [0, 0, 1]
            assert store.read(0, f"{name} depth", 0, 0, side, side)[:3, 0, 0].tolist() == [65504, 65504, 0.25]
        assert store.image(0, "lr albedo") is None


def test_a_pair_that_can_not_be_read_is_left_out_by_name(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pairs / "a/a_0001_hr.exr").write_bytes(b"not an image")
    assert main(["dataset", "build", str(pairs), "-o", str(tmp_path / "s"), "-q"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "a/0001: left out: " in line
    assert "a_0001_hr.exr" in line
    with Store(tmp_path / "s") as store:
        assert len(store) == 5


def test_damaged_pairs_are_taken_out_and_added_again(tmp_path: Path, pairs: Path) -> None:
    store = tmp_path / "s"
    main(["dataset", "build", str(pairs), "-o", str(store), "-q"])
    with Store(store) as opened:
        tile = opened.read_stored(2, "hr", 0, 0, 80, 80).transpose(0, 2, 1).tobytes()
    data = bytearray((store / "data.mdb").read_bytes())
    data[data.index(tile) + 10] ^= 1
    (store / "data.mdb").write_bytes(data)
    assert main(["dataset", "check", str(store), "-q"]) == 1
    assert main(["dataset", "check", str(store), "--mend", "-q"]) == 0
    assert main(["dataset", "build", str(pairs), "-o", str(store), "-q"]) == 0
    assert main(["dataset", "check", str(store), "-q"]) == 0
    with Store(store) as opened:
        assert len(opened) == 6


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--guides", "colour"], "no guide 'colour'; there are albedo, normal, depth, motion"),
        (["--validation", "0.7", "--test", "0.3"], "leave nothing to train on"),
        (["--validation", "nan"], "leave nothing to train on"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str], options: list[str], problem: str
) -> None:
    assert main(["dataset", "build", str(pairs), "-o", str(tmp_path / "s"), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert problem in line
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("command", ["info", "check"])
def test_a_folder_that_is_no_store_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main(["dataset", command, str(tmp_path)]) == 2
    assert "is no store of pairs; uprez dataset build makes one" in capsys.readouterr().err


def test_what_pairs_lack_is_told(tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "dataset",
        "build",
        str(pairs),
        "-o",
        str(tmp_path / "s"),
        "--guides",
        "albedo, normal",
        "--more",
        "hr_4spp",
    ]
    assert main(asked) == 0
    lines = capsys.readouterr().err.splitlines()
    for what in ("albedo", "normal", "hr_4spp", "verdict; uprez pairs check gives them one"):
        assert f"6 of 6 pairs have no {what}" in lines
    assert main([*asked, "--json"]) == 0
    assert told(capsys)["lacking"] == {"albedo": 6, "normal": 6, "hr_4spp": 6, "verdict": 6}


def test_the_same_folder_twice_is_one(tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = pairs / ".." / pairs.name
    assert main(["dataset", "build", str(pairs), str(again), "-o", str(tmp_path / "s"), "--json", "-q"]) == 0
    assert told(capsys)["added"] == 6


def test_shots_are_listed_with_their_splits(tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["dataset", "build", str(pairs), "-o", str(tmp_path / "s"), "-q", "--validation", "0.5", "--test", "0"])
    assert main(["dataset", "info", str(tmp_path / "s"), "--shots"]) == 0
    shots = [line.split() for line in capsys.readouterr().out.splitlines() if "/" in line]
    assert [shot for shot, _, _ in shots] == [f"{look}/{k:04d}" for look in "ab" for k in range(3)]
    assert {split for _, split, _ in shots} <= {"train", "validation"}


@pytest.mark.parametrize("source", ["pairs/a/a_0000_lr.exr", "empty", "damaged"])
def test_a_source_that_can_not_be_read_leaves_no_store(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged/manifest.jsonl").write_text('{"look": "a"')
    assert main(["dataset", "build", str(pairs), str(tmp_path / source), "-o", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("output", ["notes", "part", "part/store"])
def test_a_store_that_can_not_be_opened_is_refused_before_anything_is_tried(
    tmp_path: Path, pairs: Path, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/thesis.txt").touch()
    (tmp_path / "part").touch()
    assert main(["dataset", "build", str(pairs), "-o", str(tmp_path / output)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {tmp_path / output}: ")
    assert "repeat the command" not in line
