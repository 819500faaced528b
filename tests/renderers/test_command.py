"""Rendering by a command template: real programs that are run, and the images that come of it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.renderers.stand_ins import image_of, mitsuba, read, readable, renderer
from uprez.errors import UsageError
from uprez.frames import Window
from uprez.renderers.command import Command, windows_of
from uprez.renderers.protocol import RenderError, Result, SceneError
from uprez.request import Shot

WINDOW = "{output} {x} {y} {window_width} {window_height} {scene}"
WHOLE = "{output} 0 0 {width} {height} {scene}"


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    scene = tmp_path / "my scene.xml"
    scene.write_text("a scene")
    return Shot(scene=str(scene))


def render(tmp_path: Path, shot: Shot, does: str, rest: str, **changes: Any) -> Result:
    command = Command(f"{renderer(tmp_path)} '{does}' {rest}", tmp_path / "work", patience=60)
    (result,) = command.render(shot, [image_of(tmp_path / "out" / "image.exr", **changes)])
    return result


def test_an_image_is_what_the_renderer_wrote_at_the_size_asked_for(tmp_path: Path, shot: Shot) -> None:
    result = render(tmp_path, shot, "fill", WHOLE)
    planes, place = read(result.image.output)
    assert place == Window(0, 0, 39, 23)
    assert result.window is None
    assert result.seconds > 0
    np.testing.assert_array_equal(planes["R"][0], np.arange(40))
    np.testing.assert_array_equal(planes["G"][:, 0], np.arange(24))
    assert readable(result.image.output)


def test_every_placeholder_is_filled_in_and_each_value_stays_one_argument(
    tmp_path: Path, shot: Shot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    rest = f"{WHOLE} {{samples}} {{seed}} {{camera}} {{frame:04}} {{relative_size}} 'a b;$HOME' {{{{brace}}}}"
    filming = replace(shot, camera="main camera")
    render(tmp_path, filming, "fill", rest, samples=9, seed=77, frame=12, relative_size=0.5)
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen[6:] == [shot.scene, "9", "77", "main camera", "0012", "0.5", "a b;$HOME", "{brace}"]
    assert seen[2:6] == ["0", "0", "40", "24"]


@pytest.mark.parametrize(
    ("does", "rest"),
    [
        pytest.param("fill", WINDOW, id="the window alone, at its place"),
        pytest.param("fill at the origin", WINDOW, id="the window alone, moved to the origin as Mitsuba does"),
        pytest.param("fill", WHOLE, id="the whole frame"),
        pytest.param("overscan", WHOLE, id="more than the whole frame"),
    ],
)
def test_a_window_is_the_same_whatever_part_of_the_frame_the_renderer_writes(
    tmp_path: Path, shot: Shot, does: str, rest: str
) -> None:
    result = render(tmp_path, shot, does, rest, window=(10, 6, 12, 8))
    planes, place = read(result.image.output)
    assert result.window == (10, 6, 12, 8)
    assert place == Window(10, 6, 21, 13)
    np.testing.assert_array_equal(planes["R"], np.tile(np.arange(10, 22), (8, 1)))
    np.testing.assert_array_equal(planes["G"][:, 0], np.arange(6, 14))


def test_overscan_is_cut_off_where_the_whole_frame_is_asked_for(tmp_path: Path, shot: Shot) -> None:
    planes, place = read(render(tmp_path, shot, "overscan", WHOLE).image.output)
    assert place == Window(0, 0, 39, 23)
    assert (planes["R"][0, 0], planes["G"][0, 0]) == (0, 0)


def test_channels_of_every_part_are_kept_by_their_names(tmp_path: Path, shot: Shot) -> None:
    planes, _ = read(render(tmp_path, shot, "depth", WHOLE, window=(2, 1, 4, 3)).image.output)
    assert set(planes) == {"R", "G", "B", "A", "Z"}
    np.testing.assert_array_equal(planes["Z"][0], np.arange(42, 46))


def test_results_come_one_by_one_and_nothing_of_their_making_stays(tmp_path: Path, shot: Shot) -> None:
    command = Command(f"{renderer(tmp_path)} fill {WHOLE}", tmp_path / "work")
    images = [image_of(tmp_path / f"{frame}.exr", frame=frame) for frame in (1, 2)]
    results = command.render(shot, images)
    assert next(results).image == images[0]
    assert not (tmp_path / "2.exr").exists()
    assert next(results).image == images[1]
    assert list(results) == []
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_window_without_a_place_is_the_same_part_of_every_image_on_even_pixels_at_hr(
    tmp_path: Path, seed: int
) -> None:
    shot = Shot(scene="scene.xml", seed=seed)
    lr = image_of(tmp_path / "lr.exr", 100, 60, window_size=(16, 10), relative_size=0.5)
    hr = image_of(tmp_path / "hr.exr", 200, 120, window_size=(32, 20))
    small, large = windows_of(shot, [lr, hr])
    assert small is not None
    assert large == tuple(2 * edge for edge in small)
    assert windows_of(shot, [lr, hr]) == [small, large]
    assert small[0] + small[2] <= 100
    assert small[1] + small[3] <= 60


def test_the_shots_seed_moves_the_window(tmp_path: Path) -> None:
    image = image_of(tmp_path / "lr.exr", 1000, 600, window_size=(16, 10))
    assert len({windows_of(Shot(scene="scene.xml", seed=seed), [image])[0] for seed in range(20)}) > 15


def test_a_window_larger_than_the_frame_is_the_frame(tmp_path: Path) -> None:
    image = image_of(tmp_path / "lr.exr", 40, 24, window_size=(64, 10))
    (window,) = windows_of(Shot(scene="scene.xml"), [image])
    assert window is not None
    assert (window[0], window[2:]) == (0, (40, 10))


@pytest.mark.parametrize(
    ("template", "said"),
    [
        pytest.param("python3 {scene} {outptu}", "no placeholder {outptu}; the nearest is {output}", id="misspelt"),
        pytest.param("python3 {scene} {output} {}", "no placeholder {}", id="nameless"),
        pytest.param("python3 {scene}", "the template lacks {output}", id="no output"),
        pytest.param("python3 {output}", "the template lacks {scene}", id="no scene"),
        pytest.param("", "the template lacks {scene}", id="empty"),
        pytest.param("python3 '{scene} {output}", "no closing quotation", id="open quote"),
        pytest.param("python3 {scene} {output} {x", "expected '}' before end of string", id="open brace"),
        pytest.param("python3 {scene} {output} {camera:d}", "'{camera:d}' can't be filled in", id="a name as a number"),
        pytest.param("no-such-renderer {scene} {output}", "there is no program 'no-such-renderer'", id="no program"),
    ],
)
def test_a_template_that_can_not_be_run_is_refused_in_one_line(tmp_path: Path, template: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Command(template, tmp_path)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("does", "said"),
    [
        pytest.param("fail", "the renderer ended with exit code 3: Error: the licence has run out", id="exit code"),
        pytest.param("die", "the renderer was ended by signal 9", id="signal"),
        pytest.param("nothing", "the renderer left no image", id="no image"),
        pytest.param("damage", "the renderer's image: ", id="no picture"),
        pytest.param("two sizes", "has 1x1 and 40x24 pixels, not 40x24", id="parts of two sizes"),
        pytest.param("no red", "no finished picture in R, G, B among its layers", id="no colour"),
    ],
)
def test_a_renderer_that_fails_costs_its_image_and_leaves_one_line(
    tmp_path: Path, shot: Shot, does: str, said: str
) -> None:
    with pytest.raises(RenderError) as failure:
        render(tmp_path, shot, does, WHOLE)
    assert said in str(failure.value)
    assert shot.scene in str(failure.value)
    assert "\n" not in str(failure.value)
    assert not (tmp_path / "out" / "image.exr").exists()


def test_an_image_of_another_size_is_refused(tmp_path: Path, shot: Shot) -> None:
    with pytest.raises(RenderError, match="has 40x23 pixels, not 40x24"):
        render(tmp_path, shot, "fill", "{output} 0 0 {width} 23 {scene}")


def test_a_renderer_that_hangs_is_stopped_at_the_time_limit(tmp_path: Path, shot: Shot) -> None:
    command = Command(f"{renderer(tmp_path)} hang {WHOLE}", tmp_path / "work", patience=0.2)
    with pytest.raises(RenderError, match="see --time-limit"):
        next(command.render(shot, [image_of(tmp_path / "image.exr")]))


def test_an_element_of_the_scene_is_refused(tmp_path: Path, shot: Shot) -> None:
    with pytest.raises(SceneError, match="renders element whole only, not volumes"):
        render(tmp_path, shot, "fill", WHOLE, element="volumes")


def test_a_scene_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match="there is no such scene"):
        render(tmp_path, Shot(scene=str(tmp_path / "none.xml")), "fill", WHOLE)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param("x={x} y={y} window_width={window_width} window_height={window_height}", id="the window"),
        pytest.param("window_width={width} window_height={height}", id="the whole frame"),
    ],
)
def test_mitsuba_renders_a_pair_that_shows_the_same(tmp_path: Path, settings: str) -> None:
    begin, scene = mitsuba(tmp_path)
    template = f"{begin} {{scene}} {{output}} {{seed}} width={{width}} height={{height}} samples={{samples}} {settings}"
    lr = image_of(tmp_path / "lr.exr", 64, 48, samples=64, seed=1, window=(14, 8, 32, 24), relative_size=0.5)
    hr = image_of(tmp_path / "hr.exr", 128, 96, samples=64, seed=2, window=(28, 16, 64, 48))
    results = list(Command(template, tmp_path / "work").render(Shot(scene=str(scene)), [lr, hr]))
    (small, place), (large, large_place) = (read(result.image.output) for result in results)
    assert large_place == place.scaled(2)
    for channel in "RGB":
        halved = large[channel].reshape(24, 2, 32, 2).mean((1, 3))
        apart = np.abs(halved - small[channel]).mean()
        steps = [(1, 0), (-1, 0), (1, 1), (-1, 1)]
        moved = [np.abs(np.roll(halved, by, axis) - small[channel]).mean() for by, axis in steps]
        assert apart < 0.03 * small[channel].mean()
        assert apart < min(moved)
