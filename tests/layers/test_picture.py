"""Every reader of a picture finds the one that `uprez info` calls beauty, wherever it lies in a file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from tests.renderers.stand_ins import image_of, read
from uprez.dataset.guides import read_guides
from uprez.dataset.ingest import ingest, match
from uprez.dataset.pairs import find_pairs, read_rgba
from uprez.dataset.store.encode import encode_pair, read_images
from uprez.errors import FrameError
from uprez.evaluation.frames import compare_frames
from uprez.frames import DecodePool, open_frame
from uprez.layers.picture import find_picture
from uprez.renderers.command import Command
from uprez.request import Shot

Array = NDArray[np.float32]
Way = Callable[[int], list[tuple[str, dict[str, Array]]]]
SIDE = 96


def picture_at(side: int) -> Array:
    """Discs over a gradient, with alpha: the same picture at every size."""
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + 0.5) / side
    colour = np.stack([0.3 + x, 0.4 + y, 0.5 + 0.4 * np.sin(9 * x) * np.cos(7 * y)], -1)
    alpha = 0.5 + 0.5 * np.clip(8 * (0.4 - np.hypot(x - 0.5, y - 0.5)), 0, 1)
    return np.concatenate([colour * alpha[..., None], alpha[..., None]], -1).astype(np.float32)


def normals_at(side: int) -> Array:
    y, x = (np.mgrid[0:side, 0:side].astype(np.float32) + 0.5) / side
    normals = np.stack([np.sin(5 * x), np.cos(6 * y), -0.2 - x * y], -1)
    return (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32)


def channels(prefix: str, pixels: Array, suffixes: str = "RGBA") -> dict[str, Array]:
    return {prefix + suffix: np.ascontiguousarray(pixels[..., k]) for k, suffix in enumerate(suffixes)}


def write(path: Path, parts: Sequence[tuple[str, Mapping[str, Array]]], **header: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}
    made = [OpenEXR.Part({**kept, **({"name": name} if name else {})}, dict(planes)) for name, planes in parts]
    OpenEXR.File(made).write(str(path))
    return path


def plain(side: int) -> list[tuple[str, dict[str, Array]]]:
    return [("", channels("", picture_at(side)))]


def normals_first(side: int) -> list[tuple[str, dict[str, Array]]]:
    return [("N", channels("", normals_at(side), "RGB")), ("rgba", channels("", picture_at(side)))]


def view_layer(side: int) -> list[tuple[str, dict[str, Array]]]:
    """As Blender writes multi-layer files."""
    return [
        ("", channels("ViewLayer.Combined.", picture_at(side)) | channels("ViewLayer.Normal.", normals_at(side), "XYZ"))
    ]


def named_rgba(side: int) -> list[tuple[str, dict[str, Array]]]:
    return [("", channels("rgba.", picture_at(side)) | channels("N.", normals_at(side), "XYZ"))]


def beauty_in_lower_case(side: int) -> list[tuple[str, dict[str, Array]]]:
    return [("", channels("beauty.", picture_at(side), "rgba") | channels("normal.", normals_at(side), "xyz"))]


def data_part_first(side: int) -> list[tuple[str, dict[str, Array]]]:
    data = {"Z": np.full((side, side), 7, np.float32)}
    return [("depth", data), ("normal", channels("", normals_at(side), "XYZ")), ("C", channels("", picture_at(side)))]


WAYS = [plain, normals_first, view_layer, named_rgba, beauty_in_lower_case, data_part_first]


@pytest.mark.parametrize("way", WAYS)
def test_every_reader_finds_the_picture(way: Way, tmp_path: Path) -> None:
    lr = write(tmp_path / "lr/a.0001.exr", way(SIDE))
    hr = write(tmp_path / "hr/a.0001.exr", way(2 * SIDE))
    reports = []
    added, _ = ingest(match([str(lr)], [str(hr)]), out=tmp_path / "p", show="s", look="l", report=reports.append)
    assert (added, [each.reason for each in reports]) == (1, [""])
    expected = picture_at(SIDE).astype(np.float16)
    (pair,) = find_pairs([tmp_path / "p"])
    with DecodePool() as pool:
        np.testing.assert_array_equal(read_rgba(lr, pool), expected)
        ((_, planes),) = read_images("lr", lr, (), 2, pool)
        np.testing.assert_array_equal(np.stack(planes, -1).astype(np.float16), expected)
        row = encode_pair(pair, guides=("normal",), more=(), scale=2, pool=pool).row
    assert ("lr normal" in [image["name"] for image in row["images"]]) == (way is not plain)
    rows, _ = compare_frames(lr, write(tmp_path / "plain.exr", plain(SIDE)), [], white=1.0)
    assert rows[0].figures["flip"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("way", [normals_first, view_layer, named_rgba, data_part_first])
def test_guides_beside_the_picture_are_found_by_their_meaning(way: Way, tmp_path: Path) -> None:
    files = [write(tmp_path / f"{side}.exr", way(side)) for side in (SIDE, 2 * SIDE)]
    with DecodePool() as pool:
        guides = read_guides(*files, pool)
    assert len(guides) == 3
    np.testing.assert_allclose(guides[0][0], (normals_at(SIDE)[..., 0] + 1) / 2, atol=1e-6)


def test_a_guide_that_could_be_one_of_two_is_left_out(tmp_path: Path) -> None:
    planes = channels("Nbump.", normals_at(SIDE), "XYZ") | channels("Ngeo.", -normals_at(SIDE), "XYZ")
    path = write(tmp_path / "a.exr", [("", channels("", picture_at(SIDE)) | planes)])
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        assert not any(name.startswith("normal") for name in find_picture(reader).places)


@pytest.mark.parametrize("way", WAYS)
def test_a_command_may_leave_any_kind_of_file(way: Way, tmp_path: Path) -> None:
    left = write(tmp_path / "left.exr", way(SIDE))
    scene = tmp_path / "scene"
    scene.touch()
    program = tmp_path / "copy.sh"
    program.write_text(f'#!/bin/sh\ncp "{left}" "$1"\n')
    program.chmod(0o755)
    command = Command(f"{program} {{output}} {{scene}}", tmp_path / "work")
    (result,) = command.render(Shot(scene=str(scene)), [image_of(tmp_path / "out/a.exr", width=SIDE, height=SIDE)])
    planes, _ = read(result.image.output)
    found = np.stack([planes[name] for name in "RGBA"], -1)
    np.testing.assert_array_equal(found, picture_at(SIDE).astype(np.float16))
    with DecodePool() as pool, open_frame(Path(result.image.output), pool=pool) as reader:
        assert ("normal.X" in find_picture(reader).places) == (way is not plain)


def test_a_window_is_cut_out_of_the_picture_behind_other_parts(tmp_path: Path) -> None:
    left = write(tmp_path / "left.exr", normals_first(SIDE))
    (tmp_path / "scene").touch()
    program = tmp_path / "copy.sh"
    program.write_text(f'#!/bin/sh\ncp "{left}" "$1"\n')
    program.chmod(0o755)
    image = image_of(tmp_path / "out/a.exr", width=SIDE, height=SIDE, window=(40, 44, 32, 32))
    (result,) = Command(f"{program} {{output}} {{scene}}", tmp_path / "w").render(
        Shot(scene=str(tmp_path / "scene")), [image]
    )
    planes, _ = read(result.image.output)
    np.testing.assert_array_equal(planes["G"], picture_at(SIDE)[44:76, 40:72, 1].astype(np.float16))
    np.testing.assert_allclose(planes["N.G"], normals_at(SIDE)[44:76, 40:72, 1], atol=1e-3)


def test_of_two_views_both_members_show_the_left_one(tmp_path: Path) -> None:
    """Whichever part comes first in a file."""
    right = ("right", channels("", 1 - picture_at(SIDE)), "right")
    left = ("left", channels("", picture_at(SIDE)), "left")
    for order in ([left, right], [right, left]):
        made = [
            OpenEXR.Part({"name": name, "view": view, "type": OpenEXR.scanlineimage}, planes)
            for name, planes, view in order
        ]
        OpenEXR.File(made).write(str(tmp_path / "a.exr"))
        with DecodePool() as pool:
            np.testing.assert_array_equal(read_rgba(tmp_path / "a.exr", pool), picture_at(SIDE).astype(np.float16))
        (tmp_path / "a.exr").unlink()


def test_two_finished_pictures_that_differ_are_declined_in_one_line(tmp_path: Path) -> None:
    planes = channels("fg.Combined.", picture_at(SIDE)) | channels("bg.Combined.", 1 - picture_at(SIDE))
    path = write(tmp_path / "a.exr", [("", planes)])
    with DecodePool() as pool, pytest.raises(FrameError, match="are both finished pictures and differ") as caught:
        read_rgba(path, pool)
    assert "\n" not in str(caught.value)


def test_the_same_picture_twice_is_one(tmp_path: Path) -> None:
    planes = channels("beauty.", picture_at(SIDE)) | channels("rgba.", picture_at(SIDE))
    path = write(tmp_path / "a.exr", [("", planes)])
    with DecodePool() as pool:
        np.testing.assert_array_equal(read_rgba(path, pool), picture_at(SIDE).astype(np.float16))


@pytest.mark.parametrize(
    "planes",
    [
        pytest.param({"Z": np.ones((SIDE, SIDE), np.float32)}, id="depth alone"),
        pytest.param(channels("N.", normals_at(SIDE), "XYZ"), id="normals alone"),
        pytest.param({"Y": np.ones((SIDE, SIDE), np.float32)}, id="grey"),
    ],
)
def test_a_frame_without_a_picture_is_declined_in_one_line(planes: dict[str, Array], tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", [("", planes)])
    with DecodePool() as pool, pytest.raises(FrameError, match="no finished picture in R, G, B") as caught:
        read_rgba(path, pool)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_written_anew_is_looked_at_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", normals_first(SIDE))
    with DecodePool() as pool:
        read_rgba(path, pool)
        path.unlink()
        write(path, view_layer(SIDE))
        np.testing.assert_array_equal(read_rgba(path, pool), picture_at(SIDE).astype(np.float16))
