"""A run over shots: pairs are rendered, checked and written down; what dies is repeated, what failed is told."""

import json
import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from uprez.dataset.manifest import NAME, add_row, read_manifest
from uprez.dataset.pairs import find_pairs, read_rgba
from uprez.dataset.verdict import recheck
from uprez.frames import DecodePool
from uprez.renderers.command import Command
from uprez.renderers.folder import begin
from uprez.renderers.plan import PairSettings, ShotTask, Take, file_name
from uprez.renderers.protocol import Result
from uprez.renderers.run import FAILURES, PairOutcome, render_pairs
from uprez.request import Image, Shot

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
if "silent" in orders:
    os.close(1); os.close(2)
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


@dataclass(frozen=True)
class Opened(Command):
    """A renderer that says for how many images it opened a scene, each time."""

    images: list[int] = field(default_factory=list)

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        self.images.append(len(images))
        return super().render(shot, images)


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


def test_a_path_written_otherwise_and_more_frames_before_are_the_same_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = replace(task(tmp_path, "a", frames=(5,)), shot=Shot(scene=str(tmp_path / "a/a.scene"), meter_frame=5))
    run(tmp_path, [late])
    monkeypatch.chdir(tmp_path / "a")
    early = replace(late, shot=Shot(scene="a.scene", meter_frame=4), frames=(4, 5))
    assert sorted(statuses(run(tmp_path, [early]))) == ["kept", "rendered"]


def test_another_look_is_written_down_and_nothing_is_rendered(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "a")])
    run(tmp_path, [replace(task(tmp_path, "a"), look="exterior")])
    assert read_manifest(tmp_path / "pairs").by_key()["show", "a", 1, "whole", ""]["look"] == "exterior"
    assert len(calls(tmp_path, "a")) == 2


def test_a_truth_is_the_mean_of_the_halves_that_are_there(tmp_path: Path) -> None:
    tasks, settings = [task(tmp_path, "a")], replace(SETTINGS, truth=45.0)
    run(tmp_path, tasks, settings)
    half, hr = (tmp_path / f"pairs/show/a/0001_{tag}.exr" for tag in ("hr_half1", "hr"))
    before = hr.stat().st_mtime_ns
    assert statuses(run(tmp_path, tasks, settings)) == ["kept"]
    assert hr.stat().st_mtime_ns == before
    half.unlink()
    run(tmp_path, tasks, settings)
    assert hr.stat().st_mtime_ns > before


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
    (told,) = begin(tmp_path / "pairs", tasks)
    assert "show/a/0001_lr.exr: is gone" in told
    run(tmp_path, tasks)
    assert calls(tmp_path, "a") == ["1 64 16", "1 128 16", "1 64 16"]
    assert len(read_manifest(tmp_path / "pairs").by_key()) == 2


def damage(path: Path) -> None:
    """Spoil the pixels of a file, and leave its header."""
    content = bytearray(path.read_bytes())
    content[-400:-200] = bytes(200)
    path.write_bytes(content)


def test_a_file_that_was_cut_short_is_named_and_rendered_again(tmp_path: Path) -> None:
    tasks, settings = [task(tmp_path, "a")], replace(SETTINGS, few_samples=(1,))
    run(tmp_path, tasks, settings)
    for tag in ("hr", "hr_1spp"):
        path = tmp_path / f"pairs/show/a/0001_{tag}.exr"
        path.write_bytes(path.read_bytes()[:200])
        (told,) = begin(tmp_path / "pairs", tasks)
        assert told == f"{path}: is damaged; it is rendered again"
        assert statuses(run(tmp_path, tasks, settings)) == ["rendered"]
        assert begin(tmp_path / "pairs", tasks) == []


@pytest.mark.parametrize("tag", ["lr", "hr", "hr_1spp", "hr_half1", "hr_half2"])
def test_damaged_pixels_of_any_image_are_found_by_a_check_and_rendered_again(tmp_path: Path, tag: str) -> None:
    tasks, settings = [task(tmp_path, "a")], replace(SETTINGS, few_samples=(1,), truth=45.0)
    run(tmp_path, tasks, settings)
    path = tmp_path / f"pairs/show/a/0001_{tag}.exr"
    with DecodePool() as pool:
        sound = read_rgba(path, pool)
    damage(path)
    told: list[str] = []
    recheck(tmp_path / "pairs", lambda checked: told.append(checked.damaged))
    if "half" not in tag:  # no part of the pair any more, once they are its mean
        assert str(path) in told[0]
    else:
        (tmp_path / "pairs/show/a/0001_hr.exr").unlink()
    assert statuses(run(tmp_path, tasks, settings)) == ["rendered"]
    with DecodePool() as pool:
        np.testing.assert_array_equal(read_rgba(path, pool), sound)
    assert statuses(run(tmp_path, tasks, settings)) == ["kept"]


def test_elements_have_names_and_files_of_their_own(tmp_path: Path) -> None:
    elements = ("whole", "collection:a:b", "collection:a/b", "collection:a-b")
    tasks = [replace(task(tmp_path, "a", "crash"), element=element) for element in elements]
    names = [outcome.name for outcome in run(tmp_path, tasks)]
    assert names == ["show/a/0001", *(f"show/a/0001 {element}" for element in elements[1:])]
    assert len({file_name(each, Take(1), "lr") for each in tasks}) == len(tasks)
    lines = (tmp_path / "pairs" / FAILURES).read_text().splitlines()
    assert {json.loads(line)["element"] for line in lines} == set(elements)


def test_rows_of_other_pairs_stay_although_their_files_are_out_of_reach(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "a")])
    elsewhere = {"show": "s", "shot": "far", "look": "x", "frame": 1, "element": "whole", "lr": "/no/lr.exr"}
    add_row(tmp_path / "pairs", elsewhere | {"hr": "/no/hr.exr"})
    assert begin(tmp_path / "pairs", [task(tmp_path, "a")]) == []
    run(tmp_path, [task(tmp_path, "b")])
    assert {row["shot"] for row in read_manifest(tmp_path / "pairs").rows} == {"a", "b", "far"}


def test_pixels_that_were_damaged_are_rendered_again(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks)
    hr = tmp_path / "pairs/show/a/0001_hr.exr"
    good = hr.read_bytes()
    hr.write_bytes(good[: len(good) // 2] + bytes(200) + good[len(good) // 2 + 200 :])
    (damaged,) = rechecked(tmp_path / "pairs")
    assert "0001_hr.exr" in damaged
    assert statuses(run(tmp_path, tasks)) == ["rendered"]
    (tmp_path / "good.exr").write_bytes(good)
    with DecodePool() as pool:
        np.testing.assert_array_equal(read_rgba(hr, pool), read_rgba(tmp_path / "good.exr", pool))
    assert calls(tmp_path, "a") == ["1 64 16", "1 128 16", "1 128 16"]


def rechecked(folder: Path) -> list[str]:
    told: list[str] = []
    recheck(folder, lambda pair: told.append(pair.damaged))
    return list(filter(None, told))


def test_a_pair_that_dies_while_it_is_rendered_anew_is_not_learnt_from(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks)
    sixty_four = replace(SETTINGS, samples=64)
    program = renderer(tmp_path).template
    (tmp_path / "renderer.py").write_text(
        RENDERER.replace('if "crash" in orders', 'if width == 128 and samples == "64"')
    )
    broken = Command(program, tmp_path / "pairs/.rendering", patience=60)
    outcomes = render_pairs(
        tasks, renderer=broken, settings=sixty_four, out=tmp_path / "pairs", jobs=1, report=lambda _: None
    )
    assert statuses(outcomes) == ["failed"]
    assert find_pairs([tmp_path / "pairs"]) == []
    assert statuses(run(tmp_path, tasks, sixty_four)) == ["rendered"]
    assert len(find_pairs([tmp_path / "pairs"])) == 1
    assert statuses(run(tmp_path, tasks, sixty_four)) == ["kept"]


def test_what_is_asked_for_later_stands_beside_what_was_there(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks, replace(SETTINGS, few_samples=(1,)))
    run(tmp_path, tasks, replace(SETTINGS, equal_cost=True))
    row = read_manifest(tmp_path / "pairs").rows[-1]
    assert set(row["more"]) == {"hr_1spp", "hr_equal"}
    assert set(row["seconds"]) == set(row["noise_seeds"]) == {"lr", "hr", "hr_1spp", "hr_equal"}
    assert statuses(run(tmp_path, tasks, replace(SETTINGS, few_samples=(1,)))) == ["kept"]
    assert len(calls(tmp_path, "a")) == 4


def test_a_command_that_was_changed_renders_anew(tmp_path: Path) -> None:
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks)
    other = Command(renderer(tmp_path).template + " brighter", tmp_path / "pairs/.rendering", patience=60)
    settings = {"settings": SETTINGS, "out": tmp_path / "pairs", "jobs": 1, "report": lambda _: None}
    assert statuses(render_pairs(tasks, renderer=other, **settings)) == ["rendered"]
    assert statuses(render_pairs(tasks, renderer=other, **settings)) == ["kept"]
    assert len(calls(tmp_path, "a")) == 4


def test_a_pair_is_not_made_of_two_versions(tmp_path: Path) -> None:
    """What is whole is kept and told; what is not is rendered anew with what is there now."""

    @dataclass(frozen=True)
    class Versioned(Command):
        name: str = "versioned"
        number: int = 1

        def version(self) -> str:
            return f"versioned {self.number}"

    template, out = renderer(tmp_path).template, tmp_path / "pairs"
    settings = {"settings": SETTINGS, "out": out, "jobs": 1, "report": lambda _: None}
    tasks = [task(tmp_path, "a"), task(tmp_path, "b")]
    out.mkdir()
    render_pairs(tasks, renderer=Versioned(template, out / ".rendering"), **settings)
    (out / "show/b/0001_hr.exr").unlink()
    outcomes = render_pairs(tasks, renderer=Versioned(template, out / ".rendering", number=2), **settings)
    assert [(outcome.status, outcome.older) for outcome in outcomes] == [("kept", True), ("rendered", False)]
    assert [len(calls(tmp_path, name)) for name in "ab"] == [2, 4]


def test_rows_that_are_added_while_the_folder_is_checked_stay(tmp_path: Path) -> None:
    run(tmp_path, [task(tmp_path, "a")])
    row = {"show": "s", "shot": "new", "look": "x", "frame": 1, "element": "whole", "lr": "l.exr", "hr": "h.exr"}
    recheck(tmp_path / "pairs", lambda _: add_row(tmp_path / "pairs", row))
    assert [row["shot"] for row in read_manifest(tmp_path / "pairs").rows] == ["a", "new"]


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


@pytest.mark.parametrize("orders", ["hang", "silent hang"])
def test_a_renderer_that_hangs_is_stopped_at_the_time_limit(tmp_path: Path, orders: str) -> None:
    """Also one that has closed its output."""
    (failed,) = run(tmp_path, [task(tmp_path, "a", orders)], patience=2)
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


def test_a_scene_is_opened_once_for_a_truth_whose_first_samples_suffice(tmp_path: Path) -> None:
    """Opening it costs more than the samples do, where it is a production's."""
    opened = Opened(**vars(renderer(tmp_path)))
    settings, out = replace(SETTINGS, truth=20.0, equal_cost=True), tmp_path / "pairs"
    begin(out)
    told: list[PairOutcome] = []
    render_pairs([task(tmp_path, "a")], renderer=opened, settings=settings, out=out, jobs=1, report=told.append)
    assert statuses(told) == ["rendered"]
    assert opened.images == [5]
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert row["truth"]["samples"] == 64
    assert row["truth"]["halves"] == ["show/a/0001_hr_half1.exr", "show/a/0001_hr_half2.exr"]
    assert all((tmp_path / "pairs" / half).exists() for half in row["truth"]["halves"])
    assert {tag: row["samples"][tag] for tag in row["more"]} == {"hr_equal": 4, "hr_full": 16}


def test_a_truth_goes_on_from_the_samples_that_it_had(tmp_path: Path) -> None:
    """Its first samples do not suffice: they are not tried again once more of them are there."""
    tasks = [task(tmp_path, "a")]
    run(tmp_path, tasks, replace(SETTINGS, truth=45.0))
    (row,) = read_manifest(tmp_path / "pairs").rows
    settings = replace(SETTINGS, truth=row["truth"]["agreement_db"] + 2)
    run(tmp_path, tasks, settings)
    rendered = calls(tmp_path, "a")
    row = read_manifest(tmp_path / "pairs").rows[-1]
    assert row["truth"]["samples"] == 128
    assert statuses(run(tmp_path, tasks, settings)) == ["kept"]
    assert calls(tmp_path, "a") == rendered
    (tmp_path / "pairs/show/a/0001_hr_half2.exr").unlink()
    run(tmp_path, tasks, settings)
    assert calls(tmp_path, "a") == [*rendered, f"1 128 {row['truth']['samples']}"]


def test_a_truth_that_would_need_more_samples_than_allowed_fails_before_they_are_rendered(tmp_path: Path) -> None:
    settings = replace(SETTINGS, truth=75.0, truth_samples=128)
    (outcome,) = run(tmp_path, [task(tmp_path, "a")], settings)
    assert outcome.status == "failed"
    assert re.search(r"agree to \d+\.\d dB only, with 64 samples, and would need some \d+;", outcome.reason)
    assert "--truth-samples" in outcome.reason
    assert all(int(call.split()[-1]) <= 64 for call in calls(tmp_path, "a"))


def test_jobs_change_nothing_but_the_time(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    run(tmp_path, [task(tmp_path, name) for name in names], jobs=3)
    assert {row["shot"] for row in read_manifest(tmp_path / "pairs").rows} == set(names)


@pytest.mark.parametrize("element", ["whole", "collection:hero"])
def test_the_name_of_a_file_says_the_element(tmp_path: Path, element: str) -> None:
    from uprez.renderers.plan import file_name

    name = file_name(replace(task(tmp_path, "a"), element=element), Take(7), "hr")
    assert name == {"whole": "show/a/0007_hr.exr", "collection:hero": "show/a/0007_collection-hero_hr.exr"}[element]
