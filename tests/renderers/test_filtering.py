"""Pairs of any pixel filter: fine samples are rendered once, and every filter sees them as the renderer would have."""

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.renderers.stand_ins import read
from uprez.dataset.contact_sheet import contact_sheet
from uprez.dataset.manifest import read_manifest
from uprez.dataset.pairs import find_pairs
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, build
from uprez.dataset.store.layout import name_of, shot_of
from uprez.dataset.store.splits import split_of
from uprez.dataset.store.summary import summarise
from uprez.dataset.verdict import recheck
from uprez.errors import UsageError
from uprez.evaluation.pairs import pairs_of
from uprez.pixel_filters import COMMON, filtered, pixel_filter
from uprez.renderers.command import Command
from uprez.renderers.cycles import Cycles
from uprez.renderers.filtering import Filtering, parse_filters, require_plain
from uprez.renderers.folder import begin
from uprez.renderers.make import RendererSettings, make_renderer
from uprez.renderers.plan import Filters, PairSettings, ShotTask
from uprez.renderers.run import PairOutcome, render_pairs
from uprez.request import Image, Shot

RENDERER = """
import json, os, sys
import numpy as np, OpenEXR
scene, output, filter, *numbers = sys.argv[1:]
width, height, samples, seed, frame, x, y, across, down = map(int, numbers)
with open(os.path.join(os.path.dirname(scene), "calls"), "a") as calls:
    calls.write(json.dumps([filter, width, samples, seed, x, y, across, down]) + "\\n")
if "fail" in open(scene).read():
    sys.exit("Error: no licence")
rows, columns = np.mgrid[y : y + down, x : x + across]
v, u = (rows + 0.5) / height, (columns + 0.5) / width
red = (0.2 + (np.floor(u * 9 + 0.3 * v) % 2) + 0.3 * v).astype(np.float32)
if "lamp" in open(scene).read():
    red = np.where((np.abs(u - 0.5) < 0.05) & (np.abs(v - 0.5) < 0.05), np.float32(2e5), red)
if "hole" in open(scene).read():
    red[down // 2, across // 2] = np.nan
depth = (u * 100).astype(np.float32)
planes = {"R": red, "G": red / 2, "B": red / 4, "A": np.ones_like(red), "depth.Z": depth}
planes["backward.u"] = np.full_like(red, 8.0)
window = (np.array([x, y], np.int32), np.array([x + across - 1, y + down - 1], np.int32))
OpenEXR.File({"dataWindow": window}, planes).write(output)
"""
SIZE = (128, 96)
SETTINGS = PairSettings(samples=64, aovs=(), denoise=False)


def command(folder: Path) -> Command:
    program = folder / "renderer.py"
    program.write_text(RENDERER)
    words = ("width", "height", "samples", "seed", "frame", "x", "y", "window_width", "window_height")
    template = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {{scene}} {{output}} {{filter}} "
    return Command(template + " ".join(f"{{{word}}}" for word in words), folder / "pairs" / ".rendering", patience=60)


def task(folder: Path, orders: str = "", name: str = "a", **changes: object) -> ShotTask:
    scene = folder / name / "scene.txt"
    scene.parent.mkdir(exist_ok=True)
    if not scene.exists():
        scene.write_text(orders)
    shot = Shot(scene=str(scene))
    usual = ShotTask(show="show", name=name, look="bars", shot=shot, frames=(1,), size=SIZE)
    return replace(usual, **changes)  # type: ignore[arg-type]


def run(folder: Path, tasks: Sequence[ShotTask], filters: str, keep_samples: bool = False) -> list[PairOutcome]:
    out, seen = folder / "pairs", parse_filters(filters)
    begin(out, tasks, seen)
    renderer = Filtering(command(folder), out / ".rendering", keep_samples)
    settings = replace(SETTINGS, filters=seen)
    return render_pairs(tasks, renderer=renderer, settings=settings, out=out, jobs=1, report=lambda _: None)


def statuses(outcomes: Sequence[PairOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def calls(folder: Path, name: str = "a") -> list[list[object]]:
    path = folder / name / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def samples_of(x: int, y: int, across: int, down: int, lamp: bool = False) -> NDArray[np.float32]:
    """What `RENDERER` makes of a part of the fine frame, 4 to an HR pixel: red alone."""
    rows, columns = np.mgrid[y : y + down, x : x + across]
    v, u = (rows + 0.5) / (4 * SIZE[1]), (columns + 0.5) / (4 * SIZE[0])
    red = (0.2 + (np.floor(u * 9 + 0.3 * v) % 2) + 0.3 * v).astype(np.float32)
    return np.where((np.abs(u - 0.5) < 0.05) & (np.abs(v - 0.5) < 0.05), np.float32(2e5), red) if lamp else red


def seen(name: str, subpixels: int, lamp: bool = False) -> NDArray[np.float32]:
    """The whole frame through a filter."""
    fine = samples_of(0, 0, 4 * SIZE[0], 4 * SIZE[1], lamp)
    return filtered(fine[..., np.newaxis], pixel_filter(name), subpixels)[..., 0]


def test_one_fine_render_gives_a_pair_for_each_filter(tmp_path: Path) -> None:
    names = ("box", "gauss-2", "lanczos-3")
    assert statuses(run(tmp_path, [task(tmp_path)], ",".join(names))) == ["rendered"] * 3
    assert [call[:3] for call in calls(tmp_path)] == [["box", 512, 1], ["box", 512, 4]]
    for name in names:
        for tag, subpixels in (("lr", 8), ("hr", 4)):
            planes, window = read(tmp_path / "pairs" / "show" / "a" / f"0001_{name}_{tag}.exr")
            assert planes["R"] == pytest.approx(seen(name, subpixels), rel=2e-3, abs=1e-3)
            assert (window.width, window.height) == (512 // subpixels, 384 // subpixels)
    assert not list((tmp_path / "pairs").rglob("*samples*"))
    assert not list((tmp_path / "pairs" / ".rendering").iterdir())


def test_lr_and_hr_have_samples_of_their_own(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box")
    (lr, hr) = calls(tmp_path)
    assert lr[3] != hr[3]


def test_rows_say_the_filters_and_tell_pairs_apart(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss:box,gauss-2")
    rows = read_manifest(tmp_path / "pairs").by_key().values()
    assert [(row.get("lr_filter"), row["filter"]) for row in rows] == [
        (None, "box"),
        ("gauss-2", "box"),
        (None, "gauss-2"),
    ]
    assert all(row["coherence"]["coherent"] for row in rows)
    assert all(row["samples"] == {"lr": 64, "hr": 64} for row in rows)
    pairs = find_pairs([tmp_path / "pairs"])
    assert [pair.name for pair in pairs] == ["bars/a/0001/box", "bars/a/0001/gauss-2", "bars/a/0001/gauss-2-to-box"]
    assert len({pair.lr for pair in pairs}) == 3


def test_lr_may_have_another_filter_than_hr(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "gauss-2:box")
    folder = tmp_path / "pairs" / "show" / "a"
    assert read(folder / "0001_gauss-2-to-box_lr.exr")[0]["R"] == pytest.approx(seen("gauss-2", 8), abs=2e-3)
    assert read(folder / "0001_gauss-2-to-box_hr.exr")[0]["R"] == pytest.approx(seen("box", 4), abs=2e-3)


def test_a_store_a_page_and_an_evaluation_keep_them_apart(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss-2,gauss-2:box")
    pairs, store = tmp_path / "pairs", tmp_path / "pairs.lmdb"
    with StoreWriter(store) as writer:
        build([pairs], writer, BuildSettings(jobs=1), lambda progress, total: None)
    with Store(store) as opened:
        assert sorted(map(name_of, opened.rows)) == [pair.name for pair in find_pairs([pairs])]
        assert len({row["split"] for row in opened.rows}) == 1
        assert summarise(opened.rows).counts["filter"] == {"box": 1, "gauss-2": 1, "gauss-2-to-box": 1}
    page = tmp_path / "page.html"
    assert contact_sheet(pairs, page, lambda trouble: pytest.fail(trouble)) == 3
    assert len(list((tmp_path / "page").iterdir())) == 3
    assert "gauss-2-to-box" in page.read_text()
    assert [pair.name for pair in pairs_of(pairs)] == [pair.name for pair in find_pairs([pairs])]


def test_all_filters_of_a_shot_are_in_one_split(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, name=name) for name in "abcdef"], "box,gauss-2,mitchell")
    splits: dict[str, set[str]] = {}
    for pair in find_pairs([tmp_path / "pairs"]):
        row = {"show": pair.show, "shot": pair.shot, "look": pair.look}
        splits.setdefault(pair.shot, set()).add(split_of(shot_of(row), validation=0.3, test=0.3))
    assert len(splits) == 6
    assert all(len(found) == 1 for found in splits.values())


@pytest.mark.parametrize("window", [(72, 64), (128, 96)])
def test_a_window_has_real_samples_around_it_as_far_as_the_frame_has_them(
    tmp_path: Path, window: tuple[int, int]
) -> None:
    run(tmp_path, [task(tmp_path, window_size=window)], "lanczos-3")
    (row,) = read_manifest(tmp_path / "pairs").rows
    x, y, width, height = row["window"]
    expected = seen("lanczos-3", 4)[y : y + height, x : x + width]
    folder = tmp_path / "pairs" / "show" / "a"
    planes, place = read(folder / "0001_lanczos-3_hr.exr")
    assert planes["R"] == pytest.approx(expected, rel=2e-3, abs=1e-3)
    assert (place.x_min, place.y_min, place.width, place.height) == (x, y, width, height)
    planes, place = read(folder / "0001_lanczos-3_lr.exr")
    cut = seen("lanczos-3", 8)[y // 2 : (y + height) // 2, x // 2 : (x + width) // 2]
    assert planes["R"] == pytest.approx(cut, rel=2e-3, abs=1e-3)


def test_light_is_weighed_and_other_numbers_are_those_of_the_middle(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "gauss-2")
    planes, _ = read(tmp_path / "pairs" / "show" / "a" / "0001_gauss-2_lr.exr")
    assert planes["depth.Z"][0] == pytest.approx((np.arange(64) * 8 + 4.5) / 512 * 100, rel=1e-4)
    assert planes["backward.u"] == pytest.approx(np.ones((48, 64)))  # 8 fine pixels are one of LR
    assert planes["A"] == pytest.approx(np.ones((48, 64)), abs=1e-3)


def test_samples_that_are_brighter_than_a_half_holds_keep_their_light(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "lamp")], "gauss-8")
    planes, _ = read(tmp_path / "pairs" / "show" / "a" / "0001_gauss-8_hr.exr")
    expected = np.minimum(seen("gauss-8", 4, lamp=True), 65504)
    assert planes["R"] == pytest.approx(expected, rel=2e-3, abs=1e-2)


def test_a_sample_that_is_no_number_spreads_nowhere(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "hole")], "lanczos-3")
    planes, _ = read(tmp_path / "pairs" / "show" / "a" / "0001_lanczos-3_hr.exr")
    assert planes["R"] == pytest.approx(seen("lanczos-3", 4), rel=0.02, abs=0.03)


def test_a_run_that_is_repeated_renders_nothing(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss-2")
    manifest = (tmp_path / "pairs" / "manifest.jsonl").read_bytes()
    assert statuses(run(tmp_path, [task(tmp_path)], "box,gauss-2")) == ["kept", "kept"]
    assert len(calls(tmp_path)) == 2
    assert (tmp_path / "pairs" / "manifest.jsonl").read_bytes() == manifest


def test_what_a_killed_run_left_is_kept_and_the_rest_has_the_same_pixels(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss-2")
    lost = tmp_path / "pairs" / "show" / "a" / "0001_gauss-2_hr.exr"
    before = read(lost)[0]["R"]
    lost.unlink()
    assert statuses(run(tmp_path, [task(tmp_path)], "box,gauss-2")) == ["kept", "rendered"]
    assert len(calls(tmp_path)) == 3  # HR's samples alone
    assert (read(lost)[0]["R"] == before).all()


def test_other_samples_make_every_filter_s_pair_anew(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss-2")
    out, seen_by = tmp_path / "pairs", parse_filters("box,gauss-2")
    settings = replace(SETTINGS, filters=seen_by, samples=128)
    renderer = Filtering(command(tmp_path), out / ".rendering")
    told = render_pairs([task(tmp_path)], renderer=renderer, settings=settings, out=out, jobs=1, report=lambda _: None)
    assert statuses(told) == ["rendered", "rendered"]


def test_samples_that_are_kept_serve_filters_that_are_asked_for_later(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box", keep_samples=True)
    folder = tmp_path / "pairs" / "show" / "a"
    kept = {path.name: path.read_bytes() for path in folder.glob("*samples*")}
    assert set(kept) == {"0001_samples_lr.exr", "0001_samples_hr.exr"}
    assert statuses(run(tmp_path, [task(tmp_path)], "box,mitchell")) == ["kept", "rendered"]
    assert len(calls(tmp_path)) == 2
    assert {path.name: path.read_bytes() for path in folder.glob("*samples*")} == kept


def test_samples_that_are_damaged_are_rendered_again(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box", keep_samples=True)
    path = tmp_path / "pairs" / "show" / "a" / "0001_samples_lr.exr"
    path.write_bytes(path.read_bytes()[:-2000])
    assert statuses(run(tmp_path, [task(tmp_path)], "gauss-2")) == ["rendered"]
    assert len(calls(tmp_path)) == 3


def test_a_filter_that_looks_farther_has_samples_as_far_and_changes_no_other(tmp_path: Path) -> None:
    window = task(tmp_path, window_size=(72, 64))
    run(tmp_path, [window], "gauss-2,lanczos-5")
    together = read(tmp_path / "pairs" / "show" / "a" / "0001_gauss-2_lr.exr")[0]["R"]
    alone = tmp_path / "alone"
    alone.mkdir()
    run(alone, [replace(window, shot=window.shot)], "gauss-2")
    assert (read(alone / "pairs" / "show" / "a" / "0001_gauss-2_lr.exr")[0]["R"] == together).all()


def test_all_filters_of_a_frame_that_fails_are_told_after_two_tries(tmp_path: Path) -> None:
    outcomes = run(tmp_path, [task(tmp_path, "fail", frames=(1, 2))], "box,gauss-2")
    assert statuses(outcomes) == ["failed"] * 4
    assert {outcome.name for outcome in outcomes} == {f"show/a/000{n} {f}" for n in (1, 2) for f in ("box", "gauss-2")}
    assert len(calls(tmp_path)) == 4
    assert all("no licence" in outcome.reason for outcome in outcomes)


def test_a_folder_that_is_checked_again_has_a_down_kernel_for_each_filter(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path)], "box,gauss-2")
    kernels = recheck(tmp_path / "pairs", lambda _: None)
    box, gauss = kernels.values()
    assert [name.rpartition(", ")[2] for name in kernels] == ["box", "gauss-2"]
    assert box == pytest.approx((0, 0.5, 0.5, 0), abs=0.02)
    assert gauss == pytest.approx((0.114, 0.386, 0.386, 0.114), abs=0.02)


def test_a_list_of_filters_names_each_once_however_it_is_written() -> None:
    assert parse_filters("gauss, gauss-2,box:gauss,box-1:gauss-2") == (
        Filters("gauss-2", "gauss-2"),
        Filters("box", "gauss-2"),
    )
    assert parse_filters("all") == tuple(Filters(name, name) for name in COMMON)


@pytest.mark.parametrize("text", ["", "box,", "blur", "box:", "box:blur", ":box", "box:box:box"])
def test_a_list_with_an_unknown_filter_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="pixel filter"):
        parse_filters(text)


def test_too_few_samples_and_what_goes_with_no_filters_are_refused() -> None:
    require_plain(64, {"--truth": None})
    with pytest.raises(UsageError, match="64 samples"):
        require_plain(63, {})
    with pytest.raises(UsageError, match="--truth"):
        require_plain(64, {"--equal-cost": False, "--truth": 40.0})


def test_a_command_says_where_its_filter_is_set(tmp_path: Path) -> None:
    settings = RendererSettings(name="command", command=f"{sys.executable} {{scene}} {{output}}")
    with pytest.raises(UsageError, match=r"lacks \{filter\}"):
        make_renderer(settings, work=tmp_path, jobs=1, filters=True)
    assert make_renderer(settings, work=tmp_path, jobs=1).name == "command"
    settings = replace(settings, command=f"{sys.executable} {{scene}} {{output}} {{filter}}")
    with pytest.raises(UsageError, match="for runs with --filters"):
        make_renderer(settings, work=tmp_path, jobs=1)
    assert make_renderer(settings, work=tmp_path, jobs=1, filters=True).name == "command"


def test_renderman_is_declined(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="RenderMan"):
        make_renderer(RendererSettings(name="renderman"), work=tmp_path, jobs=1, filters=True)


def test_what_is_denoised_is_so_at_its_own_size(tmp_path: Path) -> None:
    pytest.importorskip("pyoidn", reason="needs the extra filters")
    out = tmp_path / "pairs"
    settings = replace(SETTINGS, denoise=True, filters=parse_filters("gauss-2"))
    begin(out)
    renderer = Filtering(command(tmp_path), out / ".rendering")
    told = render_pairs([task(tmp_path)], renderer=renderer, settings=settings, out=out, jobs=1, report=lambda _: None)
    assert statuses(told) == ["rendered"]
    (row,) = read_manifest(out).rows
    assert row["denoised"]
    planes, _ = read(out / "show" / "a" / "0001_gauss-2_lr.exr")
    assert planes["R"].shape == (48, 64)
    assert not (planes["R"] == seen("gauss-2", 8).astype(np.float16)).all()
    assert np.abs(planes["R"] - seen("gauss-2", 8)).mean() < 0.03


def own_image(tmp_path: Path, name: str, **changes: object) -> Image:
    asked = Image(output=str(tmp_path / f"{name}.exr"), frame=1, width=64, height=48, samples=64, denoise=False)
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_cycles_samples_seen_through_its_own_filter_are_its_own_image(
    blender: Path, scenes: Path, tmp_path: Path
) -> None:
    cycles, shot = Cycles(blender, tmp_path / "work", threads=1, patience=110), Shot(scene=str(scenes / "scene.blend"))
    own, other = (own_image(tmp_path, f"own{seed}", seed=seed, window=(16, 12, 32, 24)) for seed in (1, 2))
    list(cycles.render(shot, [own, other]))
    names = ("blackman-harris-1.5", "box", "gauss-2")
    made = [own_image(tmp_path, f"1_{name}_hr", seed=3, window=(16, 12, 32, 24), filter=name) for name in names]
    results = list(Filtering(cycles, tmp_path / "work").render(shot, made))
    assert [result.image for result in results] == made
    assert all(result.window == (16, 12, 32, 24) for result in results)
    noise = rms(own, other)
    assert rms(made[0], own) < 1.2 * noise
    assert rms(made[0], own) < min(rms(made[1], own), rms(made[2], own))


def rms(first: Image, second: Image) -> float:
    one, other = (read(image.output)[0] for image in (first, second))
    return float(np.sqrt(np.mean([np.square(one[name] - other[name]) for name in "RGB"])))
