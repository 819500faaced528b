"""A run over frames: restart, refusal, interruption, progress, and what it says at the end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.upscaling.layered import layered_planes, read_planes, write_frame, write_layered
from uprez.errors import ModelError, UsageError
from uprez.frames.color import rec709_matrix
from uprez.frames.image_results import write_image
from uprez.frames.images import read_image
from uprez.upscaling import Layer, Progress, Rule, RuleBook, UpscaleJob, UpscaleSummary, run

KILLS = int(os.environ.get("UPREZ_KILLS", "3"))
"""How often the restart test kills a run; benchmarks raise it."""


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Four layered frames, shot.1001.exr and on."""
    folder = tmp_path / "shot"
    folder.mkdir()
    for number in range(4):
        write_layered(folder / f"shot.{1001 + number}.exr", seed=number)
    return folder


def upscale(source: Path, output: Path, **changes: object) -> UpscaleSummary:
    settings = {"sources": (str(source),), "output": str(output), "model": "bicubic"} | changes
    return run(UpscaleJob(**settings))  # type: ignore[arg-type]


def statuses(summary: UpscaleSummary) -> list[str]:
    return [frame.status for frame in summary.results]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_finished_frames_are_skipped_and_all_others_redone(shot: Path, tmp_path: Path) -> None:
    """Another source, another model, other settings, a damaged result: each is redone."""
    out = tmp_path / "out"
    upscale(shot, out)
    wanted = contents(out)
    write_layered(shot / "shot.1001.exr", seed=77)
    (out / "shot.1002.exr").write_bytes(b"damaged")
    (out / "shot.1003.exr").unlink()
    again = upscale(shot, out)
    assert statuses(again) == ["done", "done", "done", "skipped"]
    assert {name: data for name, data in contents(out).items() if name != "shot.1001.exr"} == {
        name: data for name, data in wanted.items() if name != "shot.1001.exr"
    }
    assert statuses(upscale(shot, out)) == ["skipped"] * 4
    assert statuses(upscale(shot, out, model="lanczos")) == ["done"] * 4
    book = RuleBook((("albedo", Rule.MATTE),))
    assert statuses(upscale(shot, out, model="lanczos", rules=book)) == ["done"] * 4
    assert statuses(upscale(shot, out, model="lanczos", rules=book, overwrite=True)) == ["done"] * 4


def test_what_a_result_says_of_its_making(shot: Path, tmp_path: Path) -> None:
    import OpenEXR

    upscale(shot / "shot.1001.exr", tmp_path / "out")
    with OpenEXR.File(str(tmp_path / "out" / "shot.1001.exr"), header_only=True) as file:
        said = {name: value for name, value in file.header().items() if name.startswith("uprez:")}
    assert said.keys() == {"uprez:version", "uprez:model", "uprez:settings", "uprez:source"}
    assert said["uprez:model"] == "bicubic"
    assert json.loads(said["uprez:settings"]) == {
        "consistency": False,
        "precision": "f32",
        "rules": [],
        "scale": 2,
    }
    name, size, digest = said["uprez:source"].split()
    assert (name, int(size), len(digest)) == ("shot.1001.exr", (shot / "shot.1001.exr").stat().st_size, 64)


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_bytes(shot: Path, tmp_path: Path) -> None:
    """SIGKILL at random moments. At no time is there a result that is not whole."""
    upscale(shot, tmp_path / "whole")
    wanted = contents(tmp_path / "whole")
    killed = tmp_path / "killed"
    command = [sys.executable, "-m", "uprez", "upscale", str(shot), "-o", str(killed), "--model", "bicubic", "-q"]
    random = np.random.default_rng(11)
    for _ in range(KILLS):
        process = subprocess.Popen(command)
        try:
            process.wait(timeout=float(random.uniform(0.3, 2.5)))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        there = contents(killed) if killed.is_dir() else {}
        assert all(there[name] == wanted[name] for name in there if name in wanted)
        assert all(name.startswith(".") for name in there if name not in wanted)
    assert subprocess.run(command).returncode == 0
    assert contents(killed) == wanted


def test_ctrl_c_leaves_whole_frames_only(shot: Path, tmp_path: Path) -> None:
    for number in range(5, 40):
        shutil.copy(shot / "shot.1001.exr", shot / f"shot.{1000 + number}.exr")
    out = tmp_path / "out"

    def interrupt_after_two(progress: Progress) -> None:
        if progress.frames == 2 and progress.finished is not None:
            os.kill(os.getpid(), signal.SIGINT)

    job = UpscaleJob(sources=(str(shot),), output=str(out), model="bicubic")
    # Tests that run in the background start deaf to Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        summary = run(job, interrupt_after_two)
    finally:
        signal.signal(signal.SIGINT, before)
    assert summary.interrupted
    assert summary.exit_code == 130
    assert 2 <= len(summary.results) < 39
    assert {path.name for path in out.iterdir()} == {frame.result.name for frame in summary.results}
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("uprez")] == []


def test_progress_goes_from_nothing_to_all_and_names_each_frame_once(shot: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    job = UpscaleJob(sources=(str(shot),), output=str(tmp_path / "out"), model="bicubic")
    run(job, seen.append)
    works = [progress.work for progress in seen]
    assert works == sorted(works)
    assert works[-1] == 1
    assert [p.finished.source.name for p in seen if p.finished] == [f"shot.{n}.exr" for n in range(1001, 1005)]


def test_a_frame_that_fails_fails_alone(shot: Path, tmp_path: Path) -> None:
    broken = shot / "shot.1002.exr"
    broken.write_bytes(broken.read_bytes()[:-800])
    (shot / "shot.1003.exr").write_bytes(b"")
    summary = upscale(shot, tmp_path / "out")
    assert statuses(summary) == ["done", "failed", "failed", "done"]
    assert summary.exit_code == 1
    for frame in summary.results[1:3]:
        assert frame.reason.startswith(str(frame.source))
        assert "\n" not in frame.reason
    assert [path.name for path in sorted((tmp_path / "out").iterdir())] == ["shot.1001.exr", "shot.1004.exr"]


def test_a_pipe_among_the_sources_is_refused_and_not_waited_for(shot: Path, tmp_path: Path) -> None:
    os.mkfifo(shot / "shot.1099.exr")
    summary = upscale(shot, tmp_path / "out")
    assert statuses(summary) == ["done"] * 4 + ["failed"]
    assert summary.results[-1].reason.endswith("shot.1099.exr: is not a file")


def test_a_result_whose_name_the_disk_does_not_take_fails_in_one_line(shot: Path, tmp_path: Path) -> None:
    summary = upscale(shot / "shot.1001.exr", tmp_path / f"{'n' * 300}.####.exr")
    assert statuses(summary) == ["failed"]
    assert "\n" not in summary.results[0].reason


def test_a_frame_whose_pixels_are_damaged_in_the_middle_leaves_no_result(tmp_path: Path) -> None:
    """Found when half of it is written: what was written goes away."""
    source = write_frame(tmp_path / "frame.exr", layered_planes(700, 64))
    data = bytearray(source.read_bytes())
    place = len(data) * 3 // 4
    data[place : place + 4000] = bytes(4000)
    source.write_bytes(data)
    summary = upscale(source, tmp_path / "out", memory_bytes=0)
    assert statuses(summary) == ["failed"]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs the limits of POSIX")
def test_a_full_disk_fails_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on file size stands in for the disk: the write fails in the same way, in the middle of the frame."""
    noise = np.random.default_rng(12).uniform(0, 1, (4, 600, 256)).astype("f2")
    source = write_frame(tmp_path / "frame.exr", dict(zip("RGBA", noise, strict=True)))
    script = (
        "import resource, signal, sys; from uprez.cli import main; "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (2500000, 2500000)); "
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script, "upscale", str(source), "-o", str(tmp_path / "out")]
    done = subprocess.run([*command, "--model", "bilinear", "-q"], capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{tmp_path / 'out' / 'frame.exr'}: can't be written: File too large" in line
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder in which nobody can write")
def test_a_folder_that_cannot_be_written_to_fails_in_one_line(shot: Path) -> None:
    summary = upscale(shot, Path("/proc/self"))
    assert statuses(summary) == ["failed"] * 4
    assert "can't be written" in summary.results[0].reason
    assert "\n" not in summary.results[0].reason


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_tried(shot: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UsageError, match="results can't go there"):
        upscale(shot, tmp_path / "file" / "out")


def test_a_model_that_cannot_be_loaded_is_told_before_anything_is_tried(shot: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model 'bicubix'"):
        upscale(shot, tmp_path / "out", model="bicubix")
    assert not (tmp_path / "out").exists()


def test_non_finite_colour_is_repaired_counted_and_its_place_told(tmp_path: Path) -> None:
    """In the coordinates of the data window. Depth may be infinite: that is no fault."""
    planes = layered_planes()
    planes["G"][20, 30], planes["R"][20, 31], planes["Z"][5, 5] = np.nan, np.inf, np.inf
    source = write_frame(tmp_path / "frame.exr", planes, origin=(-10, 100))
    (frame,) = upscale(source, tmp_path / "out").results
    (repair,) = frame.repairs
    assert (repair.layer, repair.pixels, repair.x, repair.y) == ("rgba", 2, 20, 120)
    result = read_planes(tmp_path / "out" / "frame.exr")
    assert np.isfinite(result["G"]).all()
    assert np.all(np.isinf(result["Z"][10:12, 10:12]))
    assert np.isinf(result["Z"]).sum() == 4


def test_a_part_set_by_hand_needs_a_beauty(tmp_path: Path) -> None:
    planes = {name: plane for name, plane in layered_planes().items() if name.startswith("lg_")}
    source = write_frame(tmp_path / "frame.exr", planes)
    summary = upscale(source, tmp_path / "out", rules=RuleBook((("lg_*", Rule.BEAUTY_PART),)))
    assert "its view has none" in summary.results[0].reason


def test_a_preview_stands_beside_each_result_and_is_made_up_for(shot: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    upscale(shot / "shot.1001.exr", out)
    assert statuses(upscale(shot / "shot.1001.exr", out, preview=True)) == ["done"]
    assert sorted(path.name for path in out.iterdir()) == ["shot.1001.exr", "shot.1001.preview.png"]
    assert statuses(upscale(shot / "shot.1001.exr", out, preview=True)) == ["skipped"]


def test_a_preview_of_another_model_is_made_anew(shot: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    upscale(shot / "shot.1001.exr", out, model="nearest", preview=True)
    stale = (out / "shot.1001.preview.png").read_bytes()
    upscale(shot / "shot.1001.exr", out)
    assert statuses(upscale(shot / "shot.1001.exr", out, preview=True)) == ["done"]
    assert (out / "shot.1001.preview.png").read_bytes() != stale


def test_a_frame_without_a_beauty_has_no_preview_and_is_not_redone_for_it(tmp_path: Path) -> None:
    source = write_frame(tmp_path / "z.exr", {"Z": layered_planes()["Z"]})
    assert statuses(upscale(source, tmp_path / "out", preview=True)) == ["done"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["z.exr"]
    assert statuses(upscale(source, tmp_path / "out", preview=True)) == ["skipped"]


def test_a_preview_never_takes_the_place_of_its_source(tmp_path: Path) -> None:
    """Nor of another: the run is refused before anything is tried."""
    source, other = tmp_path / "shot.0001.png", tmp_path / "shot.0001.preview.png"
    write_image(source, np.full((8, 8, 3), 0.5, np.float32))
    before = source.read_bytes()
    assert statuses(upscale(source, tmp_path, preview=True)) == ["done"]
    assert source.read_bytes() == before
    with pytest.raises(UsageError, match="the preview would overwrite the source"):
        upscale(source, tmp_path, sources=(str(source), str(other)), preview=True)


AP0 = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)


def test_what_is_not_exr_shows_the_colours_that_the_chromaticities_mean(tmp_path: Path) -> None:
    """A Rec.709 orange stored in ACES AP0 is the same orange in a TIFF and in the preview; alpha is left alone."""
    orange, alpha = np.array([0.5, 0.2, 0.05]), np.full((12, 12), 0.75, "f4")
    colours = {"rec709": orange, "ap0": np.linalg.inv(rec709_matrix(AP0)) @ orange}
    shown = {}
    for name, colour in colours.items():
        planes = {channel: np.full((12, 12), value, "f4") for channel, value in zip("RGB", colour, strict=True)}
        attributes = {"chromaticities": AP0} if name == "ap0" else {}
        source = write_frame(tmp_path / f"{name}.exr", planes | {"A": alpha}, **attributes)
        upscale(source, tmp_path / f"{name}.tif", preview=True)
        picture = np.stack(list(read_image(tmp_path / f"{name}.tif")[1].values()), axis=2)
        np.testing.assert_allclose(picture, np.broadcast_to([*orange, 0.75], (24, 24, 4)), atol=2e-5)
        shown[name] = np.stack(list(read_image(tmp_path / f"{name}.preview.png")[1].values()), axis=2)
    np.testing.assert_allclose(shown["ap0"], shown["rec709"], atol=0.01)


@pytest.mark.parametrize("ending", ["png", "tif", "jpg", "dpx"])
def test_other_formats_hold_the_beauty_say_what_they_leave_out_and_are_skipped_too(
    shot: Path, tmp_path: Path, ending: str
) -> None:
    output = tmp_path / f"out.{ending}"
    (frame,) = upscale(shot / "shot.1001.exr", output).results
    assert frame.status == "done"
    assert frame.reason.startswith(f".{ending} holds the beauty alone: without ")
    assert statuses(upscale(shot / "shot.1001.exr", output)) == ["skipped"]


def test_the_summary_is_fit_for_json(shot: Path, tmp_path: Path) -> None:
    record = json.loads(json.dumps(upscale(shot, tmp_path / "out").as_dict()))
    assert (record["done"], record["skipped"], record["failed"]) == (4, 0, 0)
    assert record["frames"][0]["layers"]["lg_key"] == "beauty_part"


def test_files_that_are_named_like_data_and_manifests_that_stay_behind_are_noted_once(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    rgb = dict(zip("RGB", (0.2, 0.3, 0.4), strict=True))
    for name in ("shot_normal.0001", "shot_normal.0002", "shot.0001"):
        write_frame(tmp_path / f"in/{name}.exr", {c: np.full((8, 8), value, np.float32) for c, value in rgb.items()})
    summary = upscale(tmp_path / "in", tmp_path / "out")
    first = tmp_path / "in/shot_normal.0001.exr"
    told = "is named like normal and has the channels of a beauty, as which it was taken; --rules settles it"
    assert summary.notes == (f"{first}: {told}",)
    layer = Layer("crypto", 0, ("crypto00.R",), Rule.ID, note="Cryptomatte; its manifest m.json is not copied")
    frames = [replace(frame, layers=(layer,)) for frame in summary.results]
    assert len(replace(summary, results=tuple(frames)).notes) == 1


@pytest.mark.parametrize("name", ["noise.1001.exr", "scale_model.0007.exr", "hero_weight.exr"])
def test_a_shot_called_like_a_number_is_no_data(tmp_path: Path, name: str) -> None:
    planes = {c: plane for c, plane in layered_planes().items() if c in "RGBA"}
    assert upscale(write_frame(tmp_path / name, planes), tmp_path / "out").notes == ()


@pytest.fixture
def shot_that_fades_to_black(tmp_path: Path) -> Path:
    """Four frames, the last two black, of lights whose names do not say so: only pixels can tell that they add up."""
    folder = tmp_path / "fade"
    folder.mkdir()
    for number in range(1, 5):
        planes = layered_planes()
        for light, name in (("lg_key", "foo"), ("lg_fill", "bar"), ("lg_rim", "qux")):
            planes |= {f"{name}.{c}": planes.pop(f"{light}.{c}") for c in "RGB"}
        lit = {name: plane * (number < 3 or name[-1] not in "RGB") for name, plane in planes.items()}
        write_frame(folder / f"shot.{number:04}.exr", lit)
    return folder


def test_rules_are_decided_once_for_a_sequence(shot_that_fades_to_black: Path, tmp_path: Path) -> None:
    """Whichever of its frames a farm's task is given."""
    assert upscale(shot_that_fades_to_black, tmp_path / "out").rule_changes == ()
    (black,) = upscale(shot_that_fades_to_black, tmp_path / "task", frames="3").results
    assert {layer.name: layer.rule for layer in black.layers}["foo"] is Rule.BEAUTY_PART
    for name in ("shot.0003.exr", "shot.0001.exr"):
        upscale(shot_that_fades_to_black, tmp_path / "alone", frames=name[5:9])
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_black_frames_decide_nothing_for_lit_ones(shot_that_fades_to_black: Path, tmp_path: Path) -> None:
    """A flash of lightning: the first, the middle and the last frame are black."""
    lit, black = (shot_that_fades_to_black / f"shot.000{number}.exr" for number in (1, 3))
    flash = tmp_path / "flash"
    flash.mkdir()
    for number, source in enumerate((black, lit, black, lit, black), 1):
        shutil.copy(source, flash / f"shot.{number:04}.exr")
    second = upscale(flash, tmp_path / "out").results[1]
    assert {layer.rule for layer in second.layers if layer.name in ("foo", "bar", "qux")} == {Rule.BEAUTY_PART}


def test_a_damaged_frame_decides_nothing(shot_that_fades_to_black: Path, tmp_path: Path) -> None:
    (shot_that_fades_to_black / "shot.0001.exr").write_bytes(b"no frame")
    _, lit, *_ = upscale(shot_that_fades_to_black, tmp_path / "out").results
    assert lit.status == "done"


def test_a_layer_whose_rule_changes_is_named_with_the_first_such_frame(
    shot_that_fades_to_black: Path, tmp_path: Path
) -> None:
    """In a frame that was written otherwise, which decides for itself."""
    frame = shot_that_fades_to_black / "shot.0003.exr"
    write_frame(frame, read_planes(frame), compression=OpenEXR.PIZ_COMPRESSION)
    summary = upscale(shot_that_fades_to_black, tmp_path / "out")
    assert summary.exit_code == 0
    assert set(summary.rule_changes) == {
        f"{frame}: layer {name} is color, but beauty_part in shot.0001.exr; --rules settles it"
        for name in ("foo", "bar", "qux")
    }
    assert summary.as_dict()["rule_changes"] == list(summary.rule_changes)


@pytest.mark.parametrize("rule", [Rule.COLOR, Rule.BEAUTY_PART])
def test_a_rule_by_hand_holds_in_all_frames(shot_that_fades_to_black: Path, tmp_path: Path, rule: Rule) -> None:
    book = RuleBook(tuple((name, rule) for name in ("foo", "bar", "qux")))
    summary = upscale(shot_that_fades_to_black, tmp_path / "out", rules=book)
    assert summary.rule_changes == ()
    assert {layer.rule for frame in summary.results for layer in frame.layers if layer.name == "foo"} == {rule}


def test_a_light_that_goes_out_changes_no_rule(tmp_path: Path) -> None:
    for number in (1, 2):
        planes = layered_planes()
        lit = {name: plane * (number < 2 or not name.startswith("lg_rim")) for name, plane in planes.items()}
        for c in "RGB":
            lit[c] = sum(lit[f"lg_{light}.{c}"] for light in ("key", "fill", "rim"))
        write_frame(tmp_path / f"shot.{number:04}.exr", lit)
    assert upscale(tmp_path / "shot.####.exr", tmp_path / "out").rule_changes == ()
