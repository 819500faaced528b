"""`uprez pairs`: finished frames become pairs, pairs are checked again, and shown on a page."""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import OpenEXR
import pytest

from tests.cli.conftest import Run
from tests.training.pairs import write_frames, write_pairs
from uprez.dataset.manifest import NAME, read_manifest
from uprez.dataset.pairs import find_pairs


def picture(frame: int, width: int, shift: float = 0.0) -> np.ndarray:
    y, x = np.mgrid[:512, :512] / 512
    fine = sum(np.sin(23 * k * (x + shift) + frame) * np.cos(17 * y * k) for k in range(1, 5)) / 8 + 0.6
    return fine.reshape(width, 512 // width, width, 512 // width).mean((1, 3)).astype(np.float16)


def write(path: Path, plane: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    OpenEXR.File({}, {"R": plane, "G": plane, "B": plane}).write(str(path))


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    for frame in (1001, 1002, 1003):
        write(tmp_path / f"lr/sh010_2k.{frame}.exr", picture(frame, 64))
        write(tmp_path / f"hr/sh010_4k.{frame}.exr", picture(frame, 128))
    return tmp_path


@pytest.mark.parametrize(
    ("lr", "hr"),
    [
        pytest.param("lr", "hr", id="folders"),
        pytest.param("lr/sh010_2k.####.exr", "hr/sh010_4k.####.exr", id="patterns"),
    ],
)
def test_frames_of_two_sizes_are_matched_by_name_and_number(uprez: Run, frames: Path, lr: str, hr: str) -> None:
    done = uprez("pairs", "ingest", lr, hr, "-o", "pairs", "--show", "alpha")
    assert done.returncode == 0, done.stderr
    assert "3 added" in done.stderr
    assert [(row["show"], row["shot"], row["frame"]) for row in read_manifest(frames / "pairs").rows] == [
        ("alpha", "sh010", 1001),
        ("alpha", "sh010", 1002),
        ("alpha", "sh010", 1003),
    ]
    assert find_pairs([frames / "pairs"])[0].lr.name == "sh010_2k.1001.exr"


def test_frames_of_one_shot_seen_through_two_filters_are_told_apart(uprez: Run, frames: Path) -> None:
    for name in ("box", "gauss:box"):
        done = uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--filter", name)
        assert "3 added" in done.stderr, done.stderr
    rows = read_manifest(frames / "pairs").by_key().values()
    assert [(row.get("lr_filter"), row["filter"]) for row in rows] == [(None, "box")] * 3 + [("gauss-2", "box")] * 3
    assert len(find_pairs([frames / "pairs"])) == 6
    assert uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--filter", "blur").returncode == 2


def test_frames_that_show_two_things_or_do_not_fit_are_refused_with_the_reason(uprez: Run, frames: Path) -> None:
    write(frames / "lr/sh010_2k.1002.exr", picture(1002, 64, shift=0.02))
    write(frames / "lr/sh010_2k.1003.exr", picture(1003, 32))
    write(frames / "lr/sh010_2k.1004.exr", picture(1004, 64))
    done = uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--json")
    assert done.returncode == 1
    summary = json.loads(done.stdout)
    assert summary["added"] == 1
    reasons = {Path(pair["lr"]).name: pair["reason"] for pair in summary["refused"]}
    assert "shift" in reasons["sh010_2k.1002.exr"]
    assert "32x32 and 128x128" in reasons["sh010_2k.1003.exr"]
    assert [Path(path).name for path in summary["alone"]] == ["sh010_2k.1004.exr"]


def test_ingesting_again_adds_nothing_twice(uprez: Run, frames: Path) -> None:
    for _ in range(2):
        assert uprez("pairs", "ingest", "lr", "hr", "-o", "pairs").returncode == 0
    assert len(read_manifest(frames / "pairs").rows) == 3


def test_another_shot_whose_frames_are_called_the_same_is_told_apart(uprez: Run, frames: Path) -> None:
    shutil.copytree(frames / "lr", frames / "sh020/lr")
    shutil.copytree(frames / "hr", frames / "sh020/hr")
    first = uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--json")
    assert (json.loads(first.stdout)["added"], json.loads(first.stdout)["kept"]) == (3, 0)
    again = uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--json")
    assert (json.loads(again.stdout)["added"], json.loads(again.stdout)["kept"]) == (0, 3)
    refused = uprez("pairs", "ingest", "sh020/lr", "sh020/hr", "-o", "pairs")
    assert refused.returncode == 1
    assert "is there already, from" in refused.stderr
    assert uprez("pairs", "ingest", "sh020/lr", "sh020/hr", "-o", "pairs", "--shot", "sh020").returncode == 0
    assert len(read_manifest(frames / "pairs").rows) == 6


def test_frames_that_were_delivered_anew_are_judged_anew(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    write(frames / "lr/sh010_2k.1001.exr", picture(1001, 64, shift=0.05))
    assert uprez("pairs", "ingest", "lr", "hr", "-o", "pairs").returncode == 1
    assert len(find_pairs([frames / "pairs"])) == 2


def test_frames_without_a_match_are_told(uprez: Run, frames: Path) -> None:
    done = uprez("pairs", "ingest", "lr/sh010_2k.1001.exr", "hr/sh010_4k.1002.exr", "-o", "pairs")
    assert done.returncode == 2
    assert "no frame of lr/sh010_2k.1001.exr matches" in done.stderr


def test_a_check_names_what_is_damaged_and_mends_the_manifest(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    path = frames / "pairs" / NAME
    path.write_bytes(path.read_bytes()[:-30])
    (frames / "lr/sh010_2k.1001.exr").write_bytes(b"")
    done = uprez("pairs", "check", "pairs")
    assert done.returncode == 1
    assert "manifest.jsonl, line 3: cut short" in done.stderr
    assert "sh010_2k.1001.exr: is empty" in done.stderr
    assert "1 coherent" in done.stderr
    assert [row["frame"] for row in read_manifest(frames / "pairs").rows] == [1002]


def test_a_check_keeps_pairs_whose_files_are_out_of_reach(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    (frames / "hr").rename(frames / "away")
    done = uprez("pairs", "check", "pairs")
    assert done.returncode == 1
    assert done.stderr.count("it stays in the manifest, unchecked") == 3
    (frames / "away").rename(frames / "hr")
    assert "3 coherent" in uprez("pairs", "check", "pairs").stderr


def test_a_check_takes_pairs_of_other_scales_and_even_frames(uprez: Run, tmp_path: Path) -> None:
    write_pairs(tmp_path / "pairs", looks=("a",), count=2, side=40, scale=4)
    even = np.full((160, 160, 4), 0.5, np.float32)
    write_frames(tmp_path / "even", [(even[::4, ::4], even)])
    done = uprez("pairs", "check", "pairs", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["coherent"] == 2
    assert len(told["down_kernels"]["unknown at 4x"]) == 8
    done = uprez("pairs", "check", "even", "--json")
    assert sum(json.loads(done.stdout)["down_kernels"]["unknown at 4x"]) == pytest.approx(1)


def test_a_check_fits_the_down_kernel_of_each_renderer(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    done = uprez("pairs", "check", "pairs", "--json")
    (taps,) = json.loads(done.stdout)["down_kernels"].values()
    assert taps == pytest.approx([0, 0.5, 0.5, 0], abs=0.02)  # the frames are box averages


def test_a_page_shows_every_pair(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    done = uprez("pairs", "show", "pairs")
    assert done.returncode == 0, done.stderr
    page = (frames / "pairs/contact_sheet.html").read_text()
    assert page.count("<figure") == 3
    assert len(list((frames / "pairs/contact_sheet").glob("*.jpg"))) == 3


def test_a_page_finds_its_pictures_whatever_it_is_called(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs", "--look", "50% #1")
    assert uprez("pairs", "show", "pairs", "-o", "x#y 100%.html").returncode == 0
    page = (frames / "x#y 100%.html").read_text()
    sources = re.findall(r'src="([^"]*)"', page)
    assert len(sources) == 3
    assert all((frames / unquote(urlsplit(source).path)).is_file() for source in sources)
    assert 'href="#50%25%20%231"' in page


def test_a_page_shows_pairs_of_which_little_or_something_odd_is_known(uprez: Run, frames: Path) -> None:
    uprez("pairs", "ingest", "lr", "hr", "-o", "pairs")
    rows = [dict(row) for row in read_manifest(frames / "pairs").rows]
    rows[0] |= {"look": 7, "core_seconds": {"lr": "long", "hr": None}}
    del rows[1]["coherence"]
    (frames / "pairs" / NAME).write_text("\n".join(map(json.dumps, rows)))
    done = uprez("pairs", "show", "pairs")
    assert (done.returncode, done.stderr) == (0, "3 pairs shown\n")


def test_a_folder_without_pairs_is_refused_in_one_line(uprez: Run, tmp_path: Path) -> None:
    for command in ("check", "show"):
        done = uprez("pairs", command, tmp_path)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
