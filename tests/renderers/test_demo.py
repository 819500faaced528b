"""The demo show: which looks there are, how shots are framed, and a pair of it rendered for real."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import uprez.blender
from uprez.dataset.manifest import paths_of, read_manifest
from uprez.errors import UsageError
from uprez.frames import DecodePool, open_frame
from uprez.renderers.demo import LookChanges, choose_looks, demo_tasks, look_changes, looks
from uprez.renderers.estimate import core_seconds_of
from uprez.renderers.plan import PairSettings

BUILD = """
import hashlib, json, sys
sys.path.insert(0, sys.argv[-2])
import bpy, numpy as np
from uprez.blender import demo
digests = {}
for look in sys.argv[-1].split(","):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    demo.build(look, 0)
    digest = hashlib.sha256()
    for thing in sorted(bpy.context.scene.objects, key=lambda thing: thing.name):
        digest.update(np.array(thing.matrix_world, np.float32).tobytes())
        if thing.type == "MESH":
            points = np.empty(len(thing.data.vertices) * 3, np.float32)
            thing.data.vertices.foreach_get("co", points)
            digest.update(points.tobytes())
            corners = np.empty(len(thing.data.loops), np.int32)
            thing.data.loops.foreach_get("vertex_index", corners)
            digest.update(corners.tobytes())
    kinds = {thing.type for thing in bpy.context.scene.objects}
    digests[look] = [bpy.context.scene.camera is not None, len(bpy.context.scene.objects), digest.hexdigest()]
print("BUILT " + json.dumps(digests))
"""
SOURCES = Path(uprez.blender.__file__).parents[2]


def test_there_are_at_least_fifteen_looks_and_each_says_what_it_shows() -> None:
    known = looks()
    assert len(known) >= 15
    assert all(len(description) > 15 for description in known.values())


def test_a_look_is_added_by_adding_a_file(tmp_path: Path) -> None:
    (tmp_path / "caves.py").write_text('"""Caves with crystals."""\n')
    assert looks(tmp_path)["caves"] == "Caves with crystals."
    assert choose_looks(["caves"], tmp_path) == ["caves"]


def test_a_look_names_its_element_or_it_is_its_hero(tmp_path: Path) -> None:
    (tmp_path / "caves.py").write_text('"""Caves with crystals."""\nELEMENT = "solids"\n')
    options = {"length": 1, "size": None, "window": None, "assets": None, "folder": tmp_path}
    tasks = demo_tasks(["caves", "clouds_smoke", "toys"], [2, 3], **options)  # type: ignore[arg-type]
    assert [task.element for task in tasks] == ["whole"] * 3 + ["solids", "volumes", "collection:hero"]


@pytest.mark.parametrize("element", ["ELEMENT: str = 'sky'", "ELEMENT = 'sky'"])
def test_an_element_may_have_a_type(tmp_path: Path, element: str) -> None:
    (tmp_path / "caves.py").write_text(element + "\n")
    (task,) = demo_tasks(["caves"], [3], length=1, size=None, window=None, assets=None, folder=tmp_path)
    assert task.element == "sky"


def test_an_element_that_is_no_text_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "caves.py").write_text("ELEMENT = choose()\n")
    with pytest.raises(UsageError, match=r"caves\.py: is no look \(ELEMENT must be text"):
        demo_tasks(["caves"], [3], length=1, size=None, window=None, assets=None, folder=tmp_path)


def test_an_unknown_look_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no look 'cavez'; there are .*toys"):
        choose_looks(["cavez"])


def test_a_file_that_is_no_look_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "caves.py").write_text("def build(")
    with pytest.raises(UsageError, match=r"caves\.py: is no look"):
        looks(tmp_path)


def test_one_shot_in_four_is_an_element_and_frames_differ_in_size() -> None:
    tasks = demo_tasks(["toys", "credits"], range(40), length=1, size=None, window=(384, 384), assets=None, folder=None)
    assert sum(task.element == "collection:hero" for task in tasks) == 20
    assert len({task.size for task in tasks}) > 3
    assert all(side % 2 == 0 and side >= 384 for task in tasks for side in task.size)
    assert [task.look for task in tasks[:4]] == ["toys", "credits", "toys", "credits"]


def test_every_look_can_be_built_without_assets_and_is_the_same_twice(blender: Path, tmp_path: Path) -> None:
    if not blender.name.startswith("python"):
        pytest.skip("needs a Python that has bpy")
    script = tmp_path / "build.py"
    script.write_text(BUILD)

    def build(names: list[str]) -> dict[str, list[object]]:
        command = [str(blender), str(script), str(SOURCES), ",".join(names)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.splitlines() if line.startswith("BUILT ")]
        assert lines, done.stderr[-2000:]
        return json.loads(lines[0].removeprefix("BUILT "))  # type: ignore[no-any-return]

    built = build(sorted(looks()))
    assert all(has_camera and things > 1 for has_camera, things, _ in built.values())
    again = ["credits", "product", "toys"]
    assert build(again) == {name: built[name] for name in again}


def test_a_tiny_pair_of_it_has_all_guides_and_is_coherent(blender: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uprez", "render", "demo", "--looks", "product", "--seeds", "1", "-o", "pairs"]
    command += ["--size", "320x180", "--window", "128", "--samples", "16", "--few-samples", "1", "--equal-cost"]
    command += ["--blender", str(blender), "--threads", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (row,) = read_manifest(tmp_path / "pairs").rows
    assert row["corrected"]["lr"]["dicing_rate"] == [0.5, 0.5]
    assert set(row["more"]) == {"hr_1spp", "hr_equal"}
    assert row["coherence"]["psnr"] > 25
    for path, side in zip(paths_of(tmp_path / "pairs", row), (64, 128), strict=True):
        with DecodePool() as pool, open_frame(path, pool=pool) as reader:
            part = reader.header.parts[0]
        assert (part.data_window.width, part.data_window.height) == (side, side)
        names = {channel.name for channel in part.channels}
        assert {"R", "G", "B", "A", "albedo.R", "normal.X", "depth.Z"} <= names


def test_a_sequence_moves_and_has_motion_vectors(blender: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "uprez", "render", "demo", "--looks", "toys", "--seeds", "2", "-o", "pairs"]
    command += ["--length", "2", "--size", "192x108", "--samples", "4", "--blender", str(blender), "--threads", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = read_manifest(tmp_path / "pairs").rows
    assert [row["frame"] for row in rows] == [1, 2]
    assert all("motion" in row["aovs"] for row in rows)
    _, hr = paths_of(tmp_path / "pairs", rows[0])
    with DecodePool() as pool, open_frame(hr, pool=pool) as reader:
        motion = reader.read(0, 0, 108, ["backward.u", "backward.v"])
    assert max(abs(motion["backward.u"]).max(), abs(motion["backward.v"]).max()) > 0.3


def test_what_looks_change_is_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text('"""Mine."""\n\ndef build(shot):\n    shot.key, shot.sampling = 0.1, 3\n')
    found = look_changes(["credits", "mine", "toys"], tmp_path)
    assert found == {"credits": LookChanges(4, denoise=False), "mine": LookChanges(3)}
    assert found["credits"].text() == "4 times the samples and no denoiser"


def test_an_estimate_goes_by_pixels_samples_and_images() -> None:
    def seconds(seeds: range, settings: PairSettings, sampling: int = 1) -> float:
        tasks = demo_tasks(["toys"], seeds, length=1, size=(1920, 1080), window=(512, 512), assets=None, folder=None)
        found = core_seconds_of(tasks, settings, {"toys": LookChanges(sampling)})
        assert found is not None
        return found

    one = seconds(range(1), PairSettings(samples=64))
    assert 60 < one < 600
    assert seconds(range(3), PairSettings(samples=64)) == pytest.approx(3 * one)
    assert one < seconds(range(1), PairSettings(samples=64, equal_cost=True)) < 2 * one
    assert seconds(range(1), PairSettings(samples=64), 4) > 3 * one
    assert seconds(range(1), PairSettings(samples=64, denoise=False), 4) == pytest.approx(one)
    assert core_seconds_of([], PairSettings(truth=45.0), {}) is None
