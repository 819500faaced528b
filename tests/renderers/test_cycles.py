"""Rendering with Blender's Cycles, for real: what files hold, what is corrected, and what is said of bad scenes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from uprez.errors import UsageError
from uprez.frames import DecodePool, open_frame
from uprez.metrics.psnr import compressed_psnr
from uprez.renderers.cycles import Cycles, find_blender
from uprez.renderers.protocol import Result, SceneError
from uprez.request import Image, Shot

ALL_AOVS = ("albedo", "normal", "depth", "motion")
Planes = dict[str, NDArray[np.float32]]


@pytest.fixture
def cycles(blender: Path, tmp_path: Path) -> Cycles:
    return Cycles(blender, tmp_path / "work", threads=1, patience=110)


def image(tmp_path: Path, name: str = "image", **changes: object) -> Image:
    asked = Image(output=str(tmp_path / f"{name}.exr"), frame=1, width=96, height=64, samples=8)
    return replace(asked, **changes)  # type: ignore[arg-type]


def render(cycles: Cycles, scene: Path, images: Sequence[Image]) -> tuple[list[Result], list[Planes]]:
    results = list(cycles.render(Shot(scene=str(scene)), images))
    return results, [planes_of(Path(result.image.output)) for result in results]


def planes_of(path: Path) -> Planes:
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        (part,) = reader.header.parts
        planes = reader.read(0, 0, part.data_window.height)
    return {name: plane.astype(np.float32) for name, plane in planes.items()}


def rgba(planes: Planes) -> NDArray[np.float32]:
    return np.stack([planes[name] for name in "RGBA"], axis=-1)


def test_a_file_holds_beauty_and_guides_by_the_names_of_the_field(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    results, (planes,) = render(cycles, scenes / "scene.blend", [image(tmp_path, aovs=ALL_AOVS)])
    assert set(planes) == {
        *"RGBA",
        *("albedo.R", "albedo.G", "albedo.B", "normal.X", "normal.Y", "normal.Z", "depth.Z"),
        *("backward.u", "backward.v", "forward.u", "forward.v"),
    }
    assert results[0].aovs == ALL_AOVS
    assert results[0].seconds > 0
    assert np.isfinite(planes["R"]).all()
    lengths = np.sqrt(sum(planes[f"normal.{axis}"] ** 2 for axis in "XYZ"))
    assert np.median(lengths[planes["depth.Z"] < 20]) == pytest.approx(1, abs=0.05)


def test_motion_says_where_a_point_was_and_will_be(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    _, (planes,) = render(cycles, scenes / "scene.blend", [image(tmp_path, aovs=("motion",), samples=1)])
    moving = np.abs(planes["backward.u"]) > 0.3  # the ball goes to the right
    assert moving.any()
    assert (planes["backward.u"][moving] < 0).all()
    assert (planes["forward.u"][moving] > 0).all()
    assert np.abs(planes["backward.v"][moving]).max() < 0.5


def test_a_window_is_that_part_of_the_frame_at_its_place(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    window = (22, 16, 40, 32)
    whole, part = image(tmp_path, "whole", samples=64), image(tmp_path, "part", samples=64, window=window)
    _, (all_of_it, cut) = render(cycles, scenes / "scene.blend", [whole, part])
    x, y, width, height = window
    expected = rgba(all_of_it)[y : y + height, x : x + width]
    found = rgba(cut)
    moved = [np.roll(found, (dy, dx), (0, 1)) for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))]
    assert compressed_psnr(found, expected) > max(compressed_psnr(each, expected) for each in moved) + 3
    with DecodePool() as pool, open_frame(Path(part.output), pool=pool) as reader:
        header = reader.header.parts[0]
    assert (header.data_window.x_min, header.data_window.y_min) == (22, 16)
    assert (header.display_window.width, header.display_window.height) == (96, 64)


def test_a_window_of_a_size_is_the_same_part_at_both_sizes(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    large = image(tmp_path, "hr", width=192, height=128, window_size=(64, 48))
    small = image(tmp_path, "lr", window_size=(32, 24), relative_size=0.5)
    (hr, lr), _ = render(cycles, scenes / "scene.blend", [large, small])
    assert hr.window is not None
    assert lr.window == tuple(edge // 2 for edge in hr.window)
    (alone,), _ = render(cycles, scenes / "scene.blend", [small])
    assert alone.window == lr.window


def test_what_is_measured_in_pixels_follows_the_size_and_the_result_says_so(
    cycles: Cycles, scenes: Path, tmp_path: Path
) -> None:
    full = image(tmp_path, "hr")
    half = image(tmp_path, "lr", width=48, height=32, relative_size=0.5)
    left = replace(half, output=str(tmp_path / "left.exr"), correct=False)
    (hr, lr, uncorrected), _ = render(cycles, scenes / "scene.blend", [full, half, left])
    assert (hr.corrected, uncorrected.corrected) == ({}, {})
    assert lr.corrected["dicing_rate"] == [0.5, 0.5]
    assert lr.corrected["bump_filter_width"] == pytest.approx([0.05, 0.05])


def test_limits_and_whole_numbers_of_blender_s_settings_are_kept_and_told(
    cycles: Cycles, scenes: Path, tmp_path: Path
) -> None:
    half = image(tmp_path, "lr", width=48, height=32, relative_size=0.5)
    (lr,), _ = render(cycles, scenes / "production.blend", [half])
    assert lr.corrected["strand_pixel"] == [2, 2]
    assert lr.corrected["dicing_rate"] == pytest.approx([0.1, 0.1])


def test_a_camera_that_is_named_is_not_changed_by_markers_nor_are_pixels_and_views_the_scene_s(
    cycles: Cycles, scenes: Path, tmp_path: Path
) -> None:
    shown = []
    for camera in ("Camera", "above"):
        asked = image(tmp_path, camera, samples=64)
        list(cycles.render(Shot(scene=str(scenes / "production.blend"), camera=camera), [asked]))
        shown.append(rgba(planes_of(Path(asked.output))))
    _, (usual,) = render(cycles, scenes / "scene.blend", [image(tmp_path, samples=64)])
    assert compressed_psnr(shown[0], rgba(usual)) > 35
    assert compressed_psnr(shown[1], rgba(usual)) < 25


def test_elements_composited_with_over_give_the_whole(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    names = ("whole", "volumes", "solids", "sky")
    images = [image(tmp_path, name, element=name, samples=128, denoise=False) for name in names]
    _, planes = render(cycles, scenes / "scene.blend", images)
    whole, volumes, solids, sky = (rgba(each) for each in planes)
    assert volumes[..., 3].max() > 0.3
    assert volumes[..., 3].min() == 0
    assert 0 < solids[..., 3].mean() < 1
    over = volumes + (1 - volumes[..., 3:]) * (solids + (1 - solids[..., 3:]) * sky)
    assert compressed_psnr(over, whole) > 30
    assert float(over[..., :3].mean()) == pytest.approx(float(whole[..., :3].mean()), rel=0.02)


def test_a_collection_is_an_element_of_its_own(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    _, (planes,) = render(cycles, scenes / "scene.blend", [image(tmp_path, element="collection:solids")])
    assert planes["A"].min() == 0
    assert planes["A"].max() == pytest.approx(1, abs=1e-2)


def test_instances_of_a_collection_are_solids_too(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    images = [image(tmp_path, name, element=name, denoise=False) for name in ("solids", "sky")]
    _, (solids, sky) = render(cycles, scenes / "instanced.blend", images)
    assert 0.2 < solids["A"].mean() < 1
    colour = rgba(sky)[..., :3]
    assert np.ptp(colour.reshape(-1, 3), axis=0).max() < 1e-3  # nothing but the even sky


def test_keys_drivers_and_view_layers_of_a_scene_do_not_override_what_is_asked_for(
    cycles: Cycles, scenes: Path, tmp_path: Path
) -> None:
    """The scene has three samples by a key, two by its view layer, and noise that follows the frame by a driver."""
    asked = {"samples": 64, "denoise": False}
    images = [image(tmp_path, f"seed {seed}", seed=seed, **asked) for seed in (1, 2)]
    _, (first, second) = render(cycles, scenes / "instanced.blend", images)
    _, (plain,) = render(cycles, scenes / "scene.blend", [image(tmp_path, "plain", seed=1, **asked)])
    assert not np.array_equal(rgba(first), rgba(second))
    other_seed, same_seed = (float(np.square(rgba(each) - rgba(first)).mean()) for each in (second, plain))
    assert same_seed < other_seed / 10


def test_elements_of_a_scene_share_one_window(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    windows = [
        render(cycles, scenes / "scene.blend", [image(tmp_path, name, element=name, window_size=(32, 32), samples=1)])[
            0
        ]
        for name in ("whole", "volumes", "sky")
    ]
    assert len({result.window for (result,) in windows}) == 1


def test_the_same_request_gives_the_same_pixels(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    _, (first,) = render(cycles, scenes / "scene.blend", [image(tmp_path, "a")])
    _, (again,) = render(cycles, scenes / "scene.blend", [image(tmp_path, "b")])
    np.testing.assert_array_equal(rgba(first), rgba(again))


@pytest.mark.parametrize("name", ["monkey.glb", "monkey.usdc", "monkey.abc"])
def test_a_scene_without_camera_and_light_gets_both(cycles: Cycles, scenes: Path, tmp_path: Path, name: str) -> None:
    _, (planes,) = render(cycles, scenes / name, [image(tmp_path, aovs=("depth",))])
    seen = planes["depth.Z"] < 1e6
    assert 0.1 < seen.mean() < 0.9
    assert planes["G"][seen].mean() > 0.02


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        pytest.param("gone.blend", "there is no such scene", id="missing"),
        pytest.param("no_camera.blend", "has no camera", id="without a camera"),
        pytest.param("textured.blend", r"needs \S*wood\.png, which is missing; restore it", id="short of a texture"),
        pytest.param("tiled.blend", r"needs \S*bark\.1001\.png, which is missing and 1 more", id="short of UDIM tiles"),
        pytest.param("sequence.blend", r"needs \S*rain\.0001\.png, which is missing", id="short of a sequence"),
        pytest.param("movie.blend", r"needs \S*plate\.mp4, which is missing", id="short of a movie"),
        pytest.param("broken.blend", "can't be opened", id="a broken .blend"),
        pytest.param("broken.glb", "can't be opened: (?!Location)", id="a broken .glb"),
        pytest.param("make.py", "not a scene that Blender opens", id="no scene at all"),
    ],
)
def test_a_scene_that_can_not_be_rendered_is_one_line(
    cycles: Cycles, scenes: Path, tmp_path: Path, name: str, problem: str
) -> None:
    with pytest.raises(SceneError, match=problem) as caught:
        render(cycles, scenes / name, [image(tmp_path)])
    assert str(caught.value).startswith(str(scenes / name))
    assert "\n" not in str(caught.value)


def test_missing_textures_can_be_allowed(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    shot = Shot(scene=str(scenes / "textured.blend"), allow_missing=True)
    assert list(cycles.render(shot, [image(tmp_path, samples=1)]))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param({"element": "collection:nobody"}, "no collection 'nobody'; there are solids", id="a collection"),
        pytest.param({"element": "layer:nobody"}, "no view layer 'nobody'", id="a view layer"),
        pytest.param({"element": "clouds"}, "no element 'clouds'; name whole, solids", id="an element"),
    ],
)
def test_what_a_scene_lacks_is_named_with_what_it_has(
    cycles: Cycles, scenes: Path, tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    with pytest.raises(SceneError, match=problem):
        render(cycles, scenes / "scene.blend", [image(tmp_path, **changes)])


def test_a_camera_that_is_not_there_is_named_with_those_that_are(cycles: Cycles, scenes: Path, tmp_path: Path) -> None:
    shot = Shot(scene=str(scenes / "scene.blend"), camera="left")
    with pytest.raises(SceneError, match="no camera 'left'; there are: Camera"):
        list(cycles.render(shot, [image(tmp_path)]))


def test_a_program_can_be_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "python3"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_blender(Path("./python3")) == program


def test_a_blender_that_is_not_there_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such program; get it with: .*pip install bpy"):
        find_blender(tmp_path / "blender")
