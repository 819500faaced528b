"""A run over shots: pairs are rendered, checked and written down; what dies is repeated, what failed is told."""

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from uprez.dataset.manifest import NAME, read_manifest
from uprez.dataset.pairs import find_pairs, read_rgba
from uprez.frames import DecodePool
from uprez.renderers.command import Command
from uprez.renderers.plan import PairSettings, ShotTask
from uprez.renderers.run import FAILURES, PairOutcome, begin, render_pairs
from uprez.request import Shot

RENDERER = """
import os, sys
import numpy as np, OpenEXR
scene, output, width, height, frame, samples, seed = sys.argv[1:8]
width, height = int(width), int(height)
open(os.path.join(os.path.dirname(scene), "calls"), "a").write(f"{frame} {width} {samples}\\n")
orders = open(scene).read()
if "crash" in orders:
    sys.exit("Error: the renderer fell over")
if "stumble" in orders and not os.path.exists(scene + ".stumbled"):
    open(scene + ".stumbled", "w").close()
    os.abort()
if f"fail at {frame}." in orders:
    sys.exit("Error: this frame is too much")
if "hang" in orders:
    import time; time.sleep(600)
fine = 1024
y, x = np.mgrid[:fine, :fine] / fine
shift = 0.02 if "incoherent" in orders and width < 128 else 0.0
waves = [np.sin(40 * k * (x + shift) + 0.1 * int(frame)) * np.cos(31 * y * k) for k in range(1, 5)]
colour = sum(waves) / 8 + 0.6
block = fine // width
small = colour.reshape(width, block, width, block).mean((1, 3))
noise = np.random.default_rng(int(seed)).normal(0, 0.01 / np.sqrt(int(samples)), small.shape)
plane = (small + noise).astype(np.float16)
OpenEXR.File({}, {"R": plane, "G": plane, "B": plane, "A": np.ones_like(plane)}).write(output)
"""
SETTINGS = PairSettings(samples=16, aovs=())


def renderer(folder: Path) -> Command:
    program = folder / "renderer.py"
    program.write_text(RENDERER)
    template = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} "
    template += "{scene} {output} {width} {height} {frame} {samples} {seed}"
    return Command(template, folder / "pairs" / ".rendering", patience=60)


def task(folder: Path, name: str, orders: str = "", frames: tuple[int, ...] = (1,)) -> ShotTask:
    scene = folder / name / f"{name}.scene"
    scene.parent.mkdir(exist_ok=True)
    if not scene.exists():
        scene.write_text(orders)
    return ShotTask(show="show", name=name, look="waves", shot=Shot(scene=str(scene)), frames=frames, size=(128, 128))


def run(
    folder: Path, tasks: list[ShotTask], settings: PairSettings = SETTINGS, patience: float = 60, jobs: int = 1
) -> list[PairOutcome]:
    out = folder / "pairs"
    begin(out)
    told: list[PairOutcome] = []
    outcomes = render_pairs(
        tasks,
        renderer=replace(renderer(folder), patience=patience),
        settings=settings,
        out=out,
        jobs=jobs,
        report=told.append,
    )
    assert told == outcomes
    return outcomes


def calls(folder: Path, name: str) -> list[str]:
    path = folder / name / "calls"
    return path.read_text().splitlines() if path.exists() else []


def statuses(outcomes: list[PairOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def test_a_pair_is_lr_and_hr_and_a_row_that_says_all_about_them(tmp_path: Path) -> None:
    assert statuses(run(tmp_path, [task(tmp_path, "a")])) == ["rendered"]
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert (row["show"], row["shot"], row["look"], row["frame"], row["element"]) == ("show", "a", "waves", 1, "whole")
    assert row["samples"] == {"lr": 16, "hr": 16}
    assert row["noise_seeds"]["lr"] != row["noise_seeds"]["hr"]
    assert row["coherence"]["coherent"]
    assert set(row["seconds"]) == {"lr", "hr"}
    (pair,) = find_pairs([tmp_path / "pairs"])
    with DecodePool() as pool:
        assert read_rgba(pair.lr, pool).shape == (64, 64, 4)
        assert read_rgba(pair.hr, pool).shape == (128, 128, 4)


def test_a_run_that_is_repeated_renders_nothing_and_writes_nothing(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a", frames=(1, 2)), task(tmp_path, "b")]
    run(tmp_path, tasks)
    manifest = (tmp_path / "pairs" / NAME).read_bytes()
    assert statuses(run(tmp_path, tasks)) == ["kept"] * 3
    assert (tmp_path / "pairs" / NAME).read_bytes() == manifest
    assert len(calls(tmp_path, "a")) == 4


def test_a_scene_that_was_changed_is_rendered_again(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks)
    (tmp_path / "a/a.scene").write_text("another light")
    assert statuses(run(tmp_path, tasks)) == ["rendered"]
    assert len(read_manifest(tmp_path / "pairs").by_key()) == 1


def test_a_file_that_was_deleted_is_named_and_it_alone_is_rendered_again(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b")]
    run(tmp_path, tasks)
    (tmp_path / "pairs/show/a/0001_lr.exr").unlink()
    (told,) = begin(tmp_path / "pairs")
    assert "show/a/0001_lr.exr: is gone" in told
    run(tmp_path, tasks)
    assert calls(tmp_path, "a") == ["1 64 16", "1 128 16", "1 64 16"]
    assert len(read_manifest(tmp_path / "pairs").rows) == 2


def test_a_manifest_line_cut_short_is_named_and_mended_without_rendering(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a"), task(tmp_path, "b")]
    run(tmp_path, tasks)
    path = tmp_path / "pairs" / NAME
    path.write_bytes(path.read_bytes()[:-40])
    (told,) = begin(tmp_path / "pairs")
    assert "manifest.jsonl, line 2: cut short" in told
    run(tmp_path, tasks)
    assert sorted(row["shot"] for row in read_manifest(tmp_path / "pairs").rows) == ["a", "b"]
    assert len(calls(tmp_path, "b")) == 2


def test_a_renderer_that_crashes_is_tried_once_more(tmp_path: Path) -> None:
    assert statuses(run(tmp_path, [task(tmp_path, "a", "stumble")])) == ["rendered"]
    (failure,) = map(json.loads, (tmp_path / "pairs" / FAILURES).read_text().splitlines())
    assert (failure["shot"], failure["frame"]) == ("a", 1)


def test_a_renderer_that_always_fails_is_told_with_its_last_lines_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    failed, fine = run(tmp_path, [task(tmp_path, "bad", "crash"), task(tmp_path, "good")])
    assert (failed.status, fine.status) == ("failed", "rendered")
    assert "the renderer fell over" in failed.reason
    assert "\n" not in failed.reason
    assert len(calls(tmp_path, "bad")) == 2
    last = json.loads((tmp_path / "pairs" / FAILURES).read_text().splitlines()[-1])
    assert any("fell over" in line for line in last["log"])


def test_a_frame_that_always_fails_does_not_stop_the_frames_after_it(tmp_path: Path) -> None:
    outcomes = run(tmp_path, [task(tmp_path, "a", "fail at 2.", frames=(1, 2, 3))])
    assert [(outcome.frame, outcome.status) for outcome in outcomes] == [
        (1, "rendered"),
        (2, "failed"),
        (3, "rendered"),
    ]
    assert calls(tmp_path, "a").count("2 64 16") == 2


def test_every_frame_of_a_scene_that_can_not_be_rendered_is_told(tmp_path: Path) -> None:
    missing = replace(task(tmp_path, "a", frames=(1, 2)), shot=Shot(scene=str(tmp_path / "gone.blend")))
    assert statuses(run(tmp_path, [missing])) == ["failed", "failed"]


def test_a_renderer_that_hangs_is_stopped_at_the_time_limit(tmp_path: Path) -> None:
    (failed,) = run(tmp_path, [task(tmp_path, "a", "hang")], patience=2)
    assert failed.status == "failed"
    assert "no image within 2 s" in failed.reason


def test_a_scene_that_is_missing_is_told_and_not_tried_twice(tmp_path: Path) -> None:
    missing = replace(task(tmp_path, "a"), shot=Shot(scene=str(tmp_path / "gone.blend")))
    (failed,) = run(tmp_path, [missing])
    assert failed.reason == f"{tmp_path / 'gone.blend'}: there is no such scene"
    assert not calls(tmp_path, "a")


def test_a_pair_that_shows_two_things_is_kept_in_the_manifest_and_out_of_training(tmp_path: Path) -> None:
    (outcome,) = run(tmp_path, [task(tmp_path, "a", "incoherent")])
    assert outcome.status == "incoherent"
    assert "shift" in outcome.reason
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert not row["coherence"]["coherent"]
    assert find_pairs([tmp_path / "pairs"]) == []


def test_equal_cost_and_few_samples_are_rendered_beside_the_pair(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "a")], replace(SETTINGS, equal_cost=True, few_samples=(1, 4)))
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert row["samples"] == {"lr": 16, "hr": 16, "hr_equal": 4, "hr_1spp": 1, "hr_4spp": 4}
    assert set(row["more"]) == {"hr_equal", "hr_1spp", "hr_4spp"}
    assert all((tmp_path / "pairs" / path).exists() for path in row["more"].values())


def test_a_truth_is_the_mean_of_two_halves_that_agree(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "a")], replace(SETTINGS, truth=45.0))
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert row["truth"]["agreement_db"] >= 45
    folder = tmp_path / "pairs/show/a"
    with DecodePool() as pool:
        first, second, mean = (
            read_rgba(folder / f"0001_{tag}.exr", pool).astype(np.float32) for tag in ("hr_half1", "hr_half2", "hr")
        )
    assert not np.array_equal(first, second)
    np.testing.assert_allclose(mean, (first + second) / 2, atol=2e-3)


def test_jobs_change_nothing_but_the_time(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    run(tmp_path, [task(tmp_path, name) for name in names], jobs=3)
    assert {row["shot"] for row in read_manifest(tmp_path / "pairs").rows} == set(names)


@pytest.mark.parametrize("element", ["whole", "collection:hero"])
def test_the_name_of_a_file_says_the_element(tmp_path: Path, element: str) -> None:
    from uprez.renderers.plan import file_name

    name = file_name(replace(task(tmp_path, "a"), element=element), 7, "hr")
    assert name == {"whole": "show/a/0007_hr.exr", "collection:hero": "show/a/0007_collection-hero_hr.exr"}[element]
