"""RenderMan at its interface: what a stand-in of prman is given, as the documentation has it, and what comes of it."""

import gzip
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.renderers.stand_ins import image_of, prman, read, readable
from uprez.errors import UsageError
from uprez.frames import Window
from uprez.renderers.protocol import RenderError, Result, SceneError
from uprez.renderers.renderman import RenderMan, find_prman
from uprez.request import AOVS, Shot

RIB = """##RenderMan RIB-Structure 1.1
version 3.04
Option "searchpath" "string archive" ["./ribs:@"] # a comment with "quotes" and [brackets
Display "was.exr" "it" "rgba" "int asrgba" [1]
DisplayChannel "color albedo" "string source" "color Oi"
Format 640 360 1
Hider "raytrace" "int incremental" [1] "int maxsamples" [128] "float darkfalloff" [0.025]
Projection "perspective" "fov" [40]
WorldBegin
Sphere 1 -1 1 360
WorldEnd
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that has, after a render, `0.rib` and `1.rib` as prman got them."""
    folder = tmp_path / "seen"
    folder.mkdir()
    monkeypatch.setenv("SEEN", str(folder))
    return folder


def render(tmp_path: Path, rib: str, *, threads: int = 0, camera: str = "", **changes: Any) -> Result:
    scene = tmp_path / "scene.rib"
    scene.write_text(rib)
    renderer = RenderMan(prman(tmp_path), tmp_path / "work", threads=threads, patience=60)
    shot = Shot(scene=str(scene), camera=camera)
    (result,) = renderer.render(shot, [image_of(tmp_path / "image.exr", **changes)])
    return result


def with_world(request: str) -> str:
    return RIB.replace("Sphere", f"{request}\nSphere")


def test_an_image_has_the_size_and_colours_that_prman_wrote(tmp_path: Path) -> None:
    result = render(tmp_path, RIB, threads=3)
    planes, place = read(result.image.output)
    assert place == Window(0, 0, 39, 23)
    assert set(planes) == {"R", "G", "B", "A"}
    assert result.window is None
    assert readable(result.image.output)


def test_size_samples_and_output_are_ours_and_the_rest_of_the_rib_stays(tmp_path: Path, seen: Path) -> None:
    render(tmp_path, RIB, samples=16, seed=3)
    options, scene = (seen / "0.rib").read_text(), (seen / "1.rib").read_text()
    hider = '"int minsamples" [16] "int maxsamples" [16] "int sampleoffset" [48]'
    assert f'Hider "raytrace" {hider}\n' in options
    assert "Format 40 24 1\nCropWindow 0 0.9875 0 0.979166667\n" in options
    ours = {"Display": "", "Format": "Format 40 24 1", "Hider": 'Hider "raytrace" "int incremental" [1] '}
    for before, after in zip(RIB.splitlines(), scene.splitlines(), strict=True):
        assert before == after or after.startswith(ours[before.split()[0]])
    assert '"int maxsamples" [16] "float darkfalloff" [0.025] "int minsamples" [16] "int sampleoffset" [48]' in scene


def test_names_in_the_rib_are_looked_up_from_its_own_folder(tmp_path: Path, seen: Path) -> None:
    render(tmp_path, RIB)
    assert (seen / "cwd").read_text() == str(tmp_path.resolve())


def test_the_pixels_of_a_window_are_those_of_the_frame(tmp_path: Path) -> None:
    result = render(tmp_path, RIB.replace("WorldBegin", "CropWindow 0 0.5 0 1\nWorldBegin"), window=(11, 5, 13, 7))
    planes, place = read(result.image.output)
    assert place == Window(11, 5, 23, 11)
    assert result.window == (11, 5, 13, 7)
    np.testing.assert_array_equal(planes["R"][0], np.arange(11, 24))
    np.testing.assert_array_equal(planes["G"][:, 0], np.arange(5, 12))


@pytest.mark.parametrize("width", [37, 1920, 4096])
def test_every_window_of_a_frame_comes_out_to_the_pixel(tmp_path: Path, width: int) -> None:
    window = (width // 3, 1, width // 2, 2)
    _, place = read(render(tmp_path, RIB, width=width, height=4, window=window).image.output)
    assert place == Window(width // 3, 1, width // 3 + width // 2 - 1, 2)


def test_aovs_have_the_fields_names_in_the_file(tmp_path: Path, seen: Path) -> None:
    result = render(tmp_path, RIB, aovs=AOVS)
    planes, _ = read(result.image.output)
    assert result.aovs == ("albedo", "normal", "depth", "motion")
    values = {name: plane[0, 0] for name, plane in planes.items() if "." in name}
    colours = {"albedo.R": 1, "albedo.G": 2, "albedo.B": 3, "normal.X": 1, "normal.Y": 2, "normal.Z": 3}
    assert values == colours | {"depth.Z": 1, "backward.u": 1, "backward.v": -2, "forward.u": 1, "forward.v": -2}
    options = (seen / "0.rib").read_text()
    assert 'DisplayChannel "normal uprez_normal" "string source" "normal Nn"' in options
    assert 'DisplayChannel "vector uprez_backward" "string source" "vector motionBack"' in options
    assert "\"color lpe:nothruput;noinfinitecheck;noclamp;unoccluded;overwrite;C<.S'passthru'>*((U2L)|O)\"" in options


def test_lr_is_diced_as_hr_is(tmp_path: Path, seen: Path) -> None:
    result = render(tmp_path, RIB, relative_size=0.5)
    assert 'Attribute "dice" "float micropolygonlength" [0.5]\n' in (seen / "0.rib").read_text()
    assert result.corrected["micropolygonlength"] == [0.5, 0.5]
    assert "not corrected" in result.corrected["texture_filter"]


@pytest.mark.parametrize(
    ("request_", "became", "name", "value"),
    [
        ('Attribute "dice" "float micropolygonlength" [2]', '"float micropolygonlength" [1]', "micropolygonlength", 1),
        ('Attribute "dice" "micropolygonlength" 3.0', '"micropolygonlength" 1.5', "micropolygonlength", 1.5),
        ('Points "constant float dice:micropolygonlength" [4]', 'length" [2]', "micropolygonlength", 2),
        ('Option "curve" "float minwidth" [0.5]', '"float minwidth" [0.25]', "minwidth", 0.25),
        ('Options "PRManOptions" "id" "float curve:minwidth" [1e0]', 'curve:minwidth" [0.5]', "minwidth", 0.5),
        ("ShadingRate 4", "ShadingRate 1", "shadingrate", 1),
    ],
)
def test_what_the_rib_itself_sets_in_pixels_is_corrected_too(
    tmp_path: Path, seen: Path, request_: str, became: str, name: str, value: float
) -> None:
    result = render(tmp_path, with_world(request_), relative_size=0.5)
    assert became in (seen / "1.rib").read_text()
    assert value in result.corrected[name]


def test_a_length_in_a_string_or_comment_and_other_lengths_stay(tmp_path: Path, seen: Path) -> None:
    kept = 'Attribute "user" "string note" ["micropolygonlength [2]"] # "float micropolygonlength" [2]\n'
    kept += 'Attribute "dice" "float worlddistancelength" [2]\nCurves "linear" [2] "nonperiodic" "float minwidth" [2]'
    render(tmp_path, with_world(kept), relative_size=0.5)
    assert kept in (seen / "1.rib").read_text()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("[1 # 2 ] 3\n 4 ]", id="a bracket in a comment"),
        pytest.param("[" + "1 " * 9999, id="an array that never ends"),
        pytest.param('"[1 2', id="a string that never ends"),
    ],
)
def test_what_is_no_sound_rib_is_left_to_prman_as_it_is(tmp_path: Path, seen: Path, end: str) -> None:
    render(tmp_path, RIB + end, relative_size=0.5)
    assert (seen / "1.rib").read_text().endswith(end)


@pytest.mark.parametrize("changes", [{"relative_size": 1.0}, {"relative_size": 0.5, "correct": False}])
def test_nothing_is_corrected_at_hr_or_where_it_is_not_wanted(
    tmp_path: Path, seen: Path, changes: dict[str, Any]
) -> None:
    set_by_scene = 'Attribute "dice" "float micropolygonlength" [2]'
    result = render(tmp_path, with_world(set_by_scene), **changes)
    assert result.corrected == {}
    assert "micropolygonlength" not in (seen / "0.rib").read_text()
    assert set_by_scene in (seen / "1.rib").read_text()


def test_archives_that_were_not_looked_into_are_told(tmp_path: Path) -> None:
    more = 'ReadArchive "tree.rib"\nProcedural2 "DelayedReadArchive2" "SimpleBound" "string filename" ["grass.rib"]'
    result = render(tmp_path, with_world(more), relative_size=0.5)
    assert [name.split()[0] for name in result.corrected["not_looked_into"]] == ["DelayedReadArchive2", "tree.rib"]


def test_the_frame_asked_for_is_rendered_of_those_in_the_rib(tmp_path: Path, seen: Path) -> None:
    one, two = (re.sub("360$", str(frame), RIB, flags=re.M) for frame in (91, 92))
    rib = f"FrameBegin 1\n{one}FrameEnd\nFrameBegin 2\n{two}FrameEnd\n"
    render(tmp_path, rib, frame=2)
    scene = (seen / "1.rib").read_text()
    assert "Sphere 1 -1 1 92" in scene
    assert "Sphere 1 -1 1 91" not in scene
    assert scene.count("FrameBegin") == 1
    with pytest.raises(SceneError, match="has no frame 3; its frames are 1, 2"):
        render(tmp_path, rib, frame=3)


def test_a_format_that_an_options_list_names_is_ours_too(tmp_path: Path, seen: Path) -> None:
    listed = '"int[2] Ri:FormatResolution" [640 360] "int hider:maxsamples" [9] "float[4] Ri:CropWindow" [0 1 0 1]'
    render(tmp_path, RIB.replace("WorldBegin", f'Options "PRManOptions" "id" {listed}\nWorldBegin'), samples=5)
    scene = (seen / "1.rib").read_text()
    assert '"int[2] Ri:FormatResolution" [40 24] "int hider:maxsamples" [5] "float[4] Ri:CropWindow" [0 0.98' in scene


@pytest.mark.parametrize(
    ("rib", "changes", "said"),
    [
        (RIB.replace("WorldBegin", ""), {}, "has 0 WorldBegin where an image takes one"),
        (RIB + RIB, {}, "has 2 WorldBegin where an image takes one"),
        (RIB, {"element": "sky"}, "prman renders element whole only, not sky"),
        (RIB, {"camera": "left"}, "camera 'left' can't be chosen in a RIB; leave --camera out"),
        (with_world('Attribute "dice" "float micropolygonlength" [$x]'), {"relative_size": 0.5}, "is no number"),
    ],
)
def test_a_rib_that_can_not_be_rendered_is_refused_in_one_line(
    tmp_path: Path, rib: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(SceneError) as refusal:
        render(tmp_path, rib, **changes)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("scene.rib", gzip.compress(RIB.encode()), "is no ASCII RIB; convert it: catrib -ascii"),
        ("scene.rib", b"\x97\x80\x05hello\x00", "is no ASCII RIB; convert it: catrib -ascii"),
        ("scene.usda", b"#usda 1.0\n", "prman reads RIB, not USD; render it by OpenUSD's usdrecord with hdPrman"),
        ("scene.usdc", b"PXR-USDC", "--command './usd.sh {width} {frame} {scene} {output}'"),
    ],
)
def test_a_scene_that_is_no_ascii_rib_is_refused_with_what_to_do(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    scene = tmp_path / name
    scene.write_bytes(content)
    renderer = RenderMan(prman(tmp_path), tmp_path / "work")
    with pytest.raises(SceneError) as refusal:
        next(renderer.render(Shot(scene=str(scene)), [image_of(tmp_path / "image.exr")]))
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_version_is_prmans_own(tmp_path: Path) -> None:
    assert RenderMan(prman(tmp_path), tmp_path).version() == "RenderMan 27.2"


def test_a_program_that_tells_no_version_is_no_prman(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERSION", "hello")
    with pytest.raises(UsageError, match="is no prman, it tells no version; name it with --prman PATH"):
        RenderMan(prman(tmp_path), tmp_path).version()


def test_prman_is_found_by_name_by_rmantree_or_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    program = prman(tmp_path / "bin")
    monkeypatch.delenv("RMANTREE", raising=False)
    assert find_prman(program) == program
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_prman(None) == program
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RMANTREE", str(tmp_path))
    assert find_prman(None) == program


@pytest.mark.parametrize("tree", ["", "/nowhere"])
def test_without_prman_one_line_says_how_to_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RMANTREE", tree)
    with pytest.raises(UsageError, match=r"prman was not found \(.*\); name it with --prman PATH, or set RMANTREE"):
        find_prman(None)


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("FAIL", "the renderer ended with exit code 1: P79999 {SEVERE} Error: no licence"),
        ("NO_IMAGE", "the renderer left no image"),
    ],
)
def test_a_prman_that_fails_costs_its_image_and_leaves_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, said: str
) -> None:
    monkeypatch.setenv(variable, "no licence")
    with pytest.raises(RenderError) as failure:
        render(tmp_path, RIB)
    assert said in str(failure.value)
    assert "\n" not in str(failure.value)
    assert not (tmp_path / "image.exr").exists()
