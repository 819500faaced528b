"""Methods over pairs: figures that are right, runs that go on, failures that are named."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.training.pairs import write_pairs
from uprez.errors import ModelError, UsageError, WriteError
from uprez.evaluation.content import SOURCE, TRUTH
from uprez.evaluation.run import Evaluation, EvaluationJob, evaluate
from uprez.metrics import compressed_psnr

pytest.importorskip("pyarrow")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "pairs"
    write_pairs(folder, looks=("a", "b"), count=2, side=60)
    return folder


@pytest.fixture
def pairs(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "pairs")


DEADLY = """
import os, sys, importlib.abc, importlib.machinery

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "uprez.evaluation.work":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            judge = module.judge
            module.judge = lambda w, pair, *rest: os._exit(9) if pair.name == "a/0001" else judge(w, pair, *rest)

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""
"""Makes judging one pair end its process, as a fault of a library would."""


def judged(pairs: Path, tmp_path: Path, *methods: str, **settings: int) -> tuple[Evaluation, list[str]]:
    """And the pairs that it had to work on."""
    worked: list[str] = []
    job = EvaluationJob(folders=(pairs,), methods=methods, output=tmp_path / "report", **settings)  # type: ignore[arg-type]
    return evaluate(job, lambda done, total, outcome: worked.append(outcome.pair)), worked


def read(path: Path) -> np.ndarray:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([file.channels()[name].pixels for name in "RGBA"], axis=2).astype(np.float32)


def rows_of(pairs: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (pairs / "manifest.jsonl").read_text().splitlines()]


def test_every_method_is_judged_on_every_pair(pairs: Path, tmp_path: Path) -> None:
    found, worked = judged(pairs, tmp_path, "bicubic", "nearest")
    assert [(row.pair, row.method) for row in found.rows] == [
        (f"{look}/{seed:04d}", method) for look in "ab" for seed in (0, 1) for method in ("bicubic", "nearest")
    ]
    assert sorted(worked) == ["a/0000", "a/0001", "b/0000", "b/0001"]
    assert not found.failures
    truth, source = read(pairs / "a/a_0000_hr.exr"), read(pairs / "a/a_0000_lr.exr")
    nearest = next(row for row in found.rows if (row.pair, row.method) == ("a/0000", "nearest"))
    assert nearest.figures["psnr_db"] == pytest.approx(compressed_psnr(source.repeat(2, 0).repeat(2, 1), truth))


def test_crops_show_the_same_place_in_every_method_the_worst_frame_first(pairs: Path, tmp_path: Path) -> None:
    found, _ = judged(pairs, tmp_path, "bicubic", "nearest", crops=3)
    assert len(found.crops) == 3
    psnr = {row.pair: row.figures["psnr_db"] for row in found.rows if row.method == "bicubic"}
    assert [crop.pair for crop in found.crops] == sorted(psnr, key=psnr.__getitem__)[:3]
    crop = found.crops[0]
    assert [image.method for image in crop.images] == [TRUTH, SOURCE, "bicubic", "nearest"]
    truth = read(pairs / f"{crop.pair.replace('/', f'/{crop.pair[0]}_')}_hr.exr")
    window = truth[crop.y : crop.y + 96, crop.x : crop.x + 96]
    assert np.array_equal(crop.images[0].pixels, window.astype(np.float16))
    assert np.array_equal(crop.images[1].pixels, crop.images[3].pixels)  # LR repeated is what nearest is


def test_a_run_goes_on_and_measures_only_what_is_new(pairs: Path, tmp_path: Path) -> None:
    first, _ = judged(pairs, tmp_path, "bicubic")
    again, worked = judged(pairs, tmp_path, "bicubic")
    assert (again.rows, worked) == (first.rows, [])
    assert [crop.pair for crop in again.crops] == [crop.pair for crop in first.crops]
    more, worked = judged(pairs, tmp_path, "bicubic", "nearest")
    assert len(worked) == 4
    assert [row for row in more.rows if row.method == "bicubic"] == list(first.rows)
    os.utime(pairs / "a/a_0000_hr.exr")
    _, worked = judged(pairs, tmp_path, "bicubic", "nearest")
    assert worked == ["a/0000"]


def test_processes_beside_one_another_find_the_same(pairs: Path, tmp_path: Path) -> None:
    one, _ = judged(pairs, tmp_path / "one", "bicubic")
    two, _ = judged(pairs, tmp_path / "two", "bicubic", jobs=2)
    assert one.rows == two.rows


def test_what_can_not_be_judged_is_named_and_the_rest_goes_on(pairs: Path, tmp_path: Path) -> None:
    (pairs / "a/a_0000_hr.exr").unlink()
    (pairs / "a/a_0001_lr.exr").write_bytes(b"no frame")
    broken = read(pairs / "b/b_0000_hr.exr")
    broken[3, 4, 1] = np.nan
    write(pairs / "b/b_0000_hr.exr", broken)
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert [row.pair for row in found.rows] == ["b/0001"]
    told = " ".join(found.failures)
    assert len(found.failures) == 3
    assert "a_0000_hr.exr: is not there" in told
    assert "a_0001_lr.exr" in told
    assert "b_0000_hr.exr: holds values that are no numbers" in told


def test_pairs_of_unequal_size_are_named(pairs: Path, tmp_path: Path) -> None:
    write(pairs / "a/a_0000_hr.exr", read(pairs / "a/a_0000_hr.exr")[:-1])
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert len(found.rows) == 3
    assert "a_0000_hr.exr: is 120x119, no multiple of its LR frame's 60x60" in found.failures[0]


def test_a_source_with_infinite_light_is_judged(pairs: Path, tmp_path: Path) -> None:
    source = read(pairs / "a/a_0000_lr.exr")
    source[3, 4, 0], source[5, 5, 1] = np.inf, np.nan
    write(pairs / "a/a_0000_lr.exr", source)
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert not found.failures
    assert len(found.rows) == len(found.crops) == 4
    assert all(np.isfinite(list(found.signs[shot])).all() for shot in found.signs)


@pytest.mark.parametrize("side", [2, 4, 10])
def test_small_frames_are_judged_or_named(pairs: Path, tmp_path: Path, side: int) -> None:
    frame = read(pairs / "a/a_0000_hr.exr")
    write(pairs / "a/a_0000_lr.exr", frame[:side, :side])
    write(pairs / "a/a_0000_hr.exr", frame[: 2 * side, : 2 * side])
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert [line.partition("lr.exr: ")[2] for line in found.failures] == (
        ["is 2x2; 4 pixels a side at least are judged"] if side == 2 else []
    )
    assert len(found.rows) == (3 if side == 2 else 4)
    assert all("block_drift" not in row.figures for row in found.rows if row.pair == "a/0000" and side < 8)


def test_a_model_of_another_scale_is_named(pairs: Path, tmp_path: Path) -> None:
    write(pairs / "a/a_0000_hr.exr", read(pairs / "a/a_0000_lr.exr").repeat(3, 0).repeat(3, 1))
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert found.failures == ("a/0000: bicubic: gives 2 times the size, the pair's HR is 3",)
    assert len(found.rows) == 3


def test_a_render_beside_the_pair_is_a_method_where_there_is_one(pairs: Path, tmp_path: Path) -> None:
    rows = rows_of(pairs)
    truth = read(pairs / "a/a_0000_hr.exr")
    write(pairs / "a/equal.exr", truth + np.float32(0.01))
    seconds = {"lr": 10.0, "hr": 100.0, "hr_equal": 25.0}
    rows[0] |= {"more": {"hr_equal": "a/equal.exr"}, "core_seconds": seconds}
    (pairs / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    found, _ = judged(pairs, tmp_path, "bicubic", "hr_equal")
    of_render = [row for row in found.rows if row.method == "hr_equal"]
    assert [(row.pair, row.core_seconds) for row in of_render] == [("a/0000", 25.0)]
    of_model = next(row for row in found.rows if (row.pair, row.method) == ("a/0000", "bicubic"))
    assert of_model.core_seconds is not None
    assert 10 < of_model.core_seconds < 20
    assert not found.failures


def test_two_renders_of_the_truth_tell_what_its_noise_adds(pairs: Path, tmp_path: Path) -> None:
    """A result that is as good as the truth's own mean would be is told to be better than its plain figure."""
    rows, random = rows_of(pairs)[:1], np.random.default_rng(0)
    clean = read(pairs / "a/a_0000_hr.exr")
    noise = (0.02 * random.standard_normal((2, *clean.shape))).astype(np.float32) * np.float32([1, 1, 1, 0])
    halves = [clean + one for one in noise]
    write(pairs / "a/a_0000_hr.exr", sum(halves) / np.float32(2))
    for number, half in enumerate(halves, 1):
        write(pairs / f"a/half{number}.exr", half)
    write(pairs / "a/clean.exr", clean)
    rows[0] |= {"more": {"hr_clean": "a/clean.exr"}, "truth": {"halves": ["a/half1.exr", "a/half2.exr"]}}
    (pairs / "manifest.jsonl").write_text(json.dumps(rows[0]) + "\n")
    found, _ = judged(pairs, tmp_path, "bicubic", "hr_clean", "hr_half1")
    figures = {row.method: row.figures for row in found.rows}
    assert figures["hr_clean"]["psnr_db_without_noise"] > figures["hr_clean"]["psnr_db"] + 8
    assert figures["bicubic"]["psnr_db_without_noise"] >= figures["bicubic"]["psnr_db"]
    detail, without_noise = (figures["hr_clean"][f"sharpness_db{rest}"] for rest in ("", "_without_noise"))
    assert detail < -0.4
    assert without_noise == pytest.approx(0, abs=0.25)
    assert "psnr_db_without_noise" not in figures["hr_half1"]
    for name in ("psnr_db", "pu21_psnr_db", "flip"):  # a half is as far from the mean as the mean is from the clean one
        assert figures["hr_half1"][name] == pytest.approx(figures["hr_clean"][name], rel=0.06)


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Three frames of a shot that stands still, with motion, and two renders of each: errors that stay, and such that
    come and go.
    """
    folder, random = tmp_path / "sequence", np.random.default_rng(3)
    folder.mkdir()
    truth = (0.2 + 0.4 * random.random((48, 64, 4))).astype(np.float32)
    truth[..., 3] = 1
    error = (0.02 * random.standard_normal(truth.shape)).astype(np.float32) * np.float32([1, 1, 1, 0])
    lines = []
    for frame in (1, 2, 3):
        images = {"lr": truth[::2, ::2], "hr": truth, "steady": truth + error, "lively": truth + error * (-1) ** frame}
        for name, image in images.items():
            motion = {"V.backward.u": 0.0, "V.backward.v": 0.0} if name == "hr" else {}
            write(folder / f"{name}.{frame}.exr", image, **motion)
        more = {f"hr_{name}": f"{name}.{frame}.exr" for name in ("steady", "lively")}
        row = {"show": "s", "look": "a", "shot": "one", "frame": frame, "more": more}
        lines.append(row | {"lr": f"lr.{frame}.exr", "hr": f"hr.{frame}.exr"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def flicker_of(found: Evaluation) -> dict[tuple[str, str], float | None]:
    return {(row.pair, row.method): row.figures.get("flicker") for row in found.rows}


def test_frames_that_follow_one_another_tell_of_flicker(sequence: Path, tmp_path: Path) -> None:
    """Errors that stay where they are do not flicker, those that come and go do; the first frame says nothing."""
    figures = flicker_of(judged(sequence, tmp_path, "hr_steady", "hr_lively")[0])
    assert figures["a/one/0001", "hr_steady"] is None
    for frame in ("0002", "0003"):
        assert figures[f"a/one/{frame}", "hr_steady"] == pytest.approx(0, abs=1e-6)
        assert (figures[f"a/one/{frame}", "hr_lively"] or 0) > 0.005


def test_flicker_does_not_depend_on_what_was_judged_before(sequence: Path, tmp_path: Path) -> None:
    """The frame before is upscaled again where it was judged by an earlier run."""
    (tmp_path / "at once").mkdir()
    whole = flicker_of(judged(sequence, tmp_path / "at once", "bicubic", "hr_lively")[0])
    manifest = sequence / "manifest.jsonl"
    lines = manifest.read_text().splitlines(keepends=True)
    for count in (1, 2, 3):
        manifest.write_text("".join(lines[:count]))
        found, worked = judged(sequence, tmp_path, "bicubic", "hr_lively")
        assert worked == [f"a/one/{count:04d}"]
    assert flicker_of(found) == whole


def test_without_motion_or_over_another_window_there_is_no_flicker(sequence: Path, tmp_path: Path) -> None:
    truth = read(sequence / "hr.2.exr")
    write(sequence / "hr.2.exr", truth)
    figures = flicker_of(judged(sequence, tmp_path, "hr_lively")[0])
    assert figures["a/one/0002", "hr_lively"] is None
    assert figures["a/one/0003", "hr_lively"] is not None


def test_light_that_was_added_is_told_as_drift(sequence: Path, tmp_path: Path) -> None:
    source = read(sequence / "lr.1.exr")
    enlarged = source.repeat(2, 0).repeat(2, 1)
    write(sequence / "steady.1.exr", enlarged)
    write(sequence / "lively.1.exr", enlarged * np.float32([1.02, 1, 1, 1]))
    found, _ = judged(sequence, tmp_path, "hr_steady", "hr_lively")
    figures = {row.method: row.figures for row in found.rows if row.pair == "a/one/0001"}
    assert figures["hr_steady"]["drift"] == pytest.approx(0, abs=1e-4)
    assert figures["hr_lively"]["drift"] == pytest.approx(2, abs=0.05)
    assert figures["hr_lively"]["block_drift"] == pytest.approx(2, abs=0.2)


def test_a_job_that_can_not_be_done_is_refused_before_anything_is_tried(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model 'bicubix'"):
        judged(pairs, tmp_path, "bicubic", "bicubix")
    with pytest.raises(UsageError, match="after the colon stands a sharpness from 0 to 1, or best"):
        judged(pairs, tmp_path, "film-x2-psnr:fine")
    with pytest.raises(UsageError, match="hr_eqaul: no pair has such a render beside it"):
        judged(pairs, tmp_path, "bicubic", "hr_eqaul")
    with pytest.raises(UsageError, match="name a folder of rendered pairs"):
        judged(tmp_path, tmp_path, "bicubic")
    assert not (tmp_path / "report/figures.jsonl").exists()


def test_pairs_of_two_shows_that_are_called_alike_are_both_judged(pairs: Path, tmp_path: Path) -> None:
    lines = []
    for show in ("one", "two"):
        shutil.copytree(pairs / "a", pairs / show)
        names = {image: f"{show}/a_0000_{image}.exr" for image in ("lr", "hr")}
        lines.append(json.dumps({"show": show, "look": "a", "shot": "s", "frame": 1, **names}))
    (pairs / "manifest.jsonl").write_text("\n".join(lines) + "\n")
    found, _ = judged(pairs, tmp_path, "bicubic")
    assert [row.pair for row in found.rows] == ["a/one:s/0001", "a/two:s/0001"]


def test_two_folders_with_pairs_of_one_name_are_refused(pairs: Path, tmp_path: Path) -> None:
    job = EvaluationJob(
        folders=(pairs, shutil.copytree(pairs, tmp_path / "more")), methods=("bicubic",), output=tmp_path
    )
    with pytest.raises(UsageError, match="a/0000: is in two of the folders"):
        evaluate(job)


def test_a_result_that_holds_no_numbers_is_a_failure_and_no_figure(pairs: Path, tmp_path: Path) -> None:
    rows = rows_of(pairs)
    rows[0]["more"] = {"hr_4spp": "a/a_0000_4spp.exr"}
    (pairs / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pixels = read(pairs / "a/a_0000_hr.exr")
    pixels[3, 5, 0] = np.inf
    with OpenEXR.File({}, {name: np.ascontiguousarray(pixels[..., k]) for k, name in enumerate("RGBA")}) as file:
        file.write(str(pairs / "a/a_0000_4spp.exr"))
    found, _ = judged(pairs, tmp_path, "bicubic", "hr_4spp")
    assert found.failures == ("a/0000: hr_4spp: 1 pixel of the result are no numbers",)
    assert {row.pair for row in found.rows if row.method == "hr_4spp"} == set()


def test_a_pair_that_ends_its_process_costs_no_other(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found, _ = judged(pairs, tmp_path, "bicubic", jobs=2)
    assert found.failures == ("a/0001: the process that judged it died; run again",)
    assert found.died == 1
    assert [row.pair for row in found.rows] == ["a/0000", "b/0000", "b/0001"]


def test_crops_that_a_disk_does_not_take_are_an_error_in_a_line(pairs: Path, tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/crops").write_text("in the way")
    with pytest.raises(WriteError, match="crops: can't be used: File exists; the same command goes on"):
        judged(pairs, tmp_path, "bicubic")


def test_a_run_that_was_killed_goes_on_where_it_was(pairs: Path, tmp_path: Path) -> None:
    """Lines that were written stay, one that was cut short is measured again, and no process is left."""
    command = [sys.executable, "-m", "uprez", "evaluate", str(pairs), "--models", "bicubic", "-o"]
    command.append(str(tmp_path / "report"))
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        ledger = tmp_path / "report/figures.jsonl"
        deadline = time.monotonic() + 60
        while (not ledger.exists() or not ledger.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        while (left := processes_of(process.pid)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not left
    with ledger.open("a") as file:
        file.write('{"key": "cut')
    before = ledger.read_text()
    found, worked = judged(pairs, tmp_path, "bicubic")
    assert len(found.rows) == 4
    assert len(worked) < 4
    assert ledger.read_text().startswith(before)
    assert judged(pairs, tmp_path, "bicubic")[1] == []


def processes_of(session: int) -> list[int]:
    """Those of a session that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, of = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(of) == session and state != "Z":
                found.append(int(folder.name))
    return found


def write(path: Path, pixels: np.ndarray, **even: float) -> None:
    """even: further channels, each of one value."""
    channels = {name: np.ascontiguousarray(pixels[..., k]) for k, name in enumerate("RGBA")}
    channels |= {name: np.full(pixels.shape[:2], value, np.float32) for name, value in even.items()}
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))
