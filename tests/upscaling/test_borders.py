"""What lies around a data window: nothing inside the display window, the other side of a picture that goes round."""

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from tests.upscaling.edges import Box, element, read, upscaled, write, write_parts
from uprez import upscale
from uprez.frames import DecodePool, Window, open_frame
from uprez.layers.finding import find_rules
from uprez.models.registry import load_model
from uprez.upscaling import RuleBook
from uprez.upscaling.borders import NO_BORDER, find_border
from uprez.upscaling.frame import plan_frame

LITTLE = 1 << 20
HEIGHT, WIDTH = 150, 170
DISPLAY = (0, 0, WIDTH - 1, HEIGHT - 1)
BOXES = [(70, 60, 120, 101), (3, 5, 40, 149), (121, 0, 169, 149), (33, 40, 33, 40)]
LATLONG = {"envmap": OpenEXR.ENVMAP_LATLONG}


def planes_of(picture: np.ndarray, names: str = "RGBA") -> dict[str, Any]:
    return {name: np.ascontiguousarray(picture[..., index]) for index, name in enumerate(names)}


def cut(planes: dict[str, Any], box: Box, scale: int = 1) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    return {n: p[y0 * scale : (y1 + 1) * scale, x0 * scale : (x1 + 1) * scale] for n, p in planes.items()}


@pytest.mark.parametrize("alpha", [True, False])
@pytest.mark.parametrize("settings", [{}, {"consistency": False}, {"model": "bicubic"}])
def test_an_element_cut_to_its_data_window_gives_the_pixels_of_the_whole_frame(
    tmp_path: Path, alpha: bool, settings: dict[str, Any]
) -> None:
    picture, sources, wholes = element(HEIGHT, WIDTH), [], []
    picture[..., :3] += 0.2
    for number, box in enumerate(BOXES):
        inside = np.zeros((HEIGHT, WIDTH, 1), np.float32)
        inside[box[1] : box[3] + 1, box[0] : box[2] + 1] = 1
        planes = planes_of(np.dstack([picture[..., :3] * inside, inside]), "RGBA" if alpha else "RGB")
        planes |= {"albedo.R": planes["G"], "albedo.G": planes["B"], "albedo.B": planes["R"], "mask.A": inside[..., 0]}
        wholes.append(write(tmp_path / f"whole{number}.exr", planes))
        sources.append(write(tmp_path / f"cut{number}.exr", cut(planes, box), data=box, display=DISPLAY))
    upscaled(*wholes, *sources, out=tmp_path / "out", **settings)
    for source, whole, box in zip(sources, wholes, BOXES, strict=True):
        (got,), (wanted,) = read(tmp_path / "out" / source.name), read(tmp_path / "out" / whole.name)
        for name, plane in cut(wanted, box, 2).items():
            assert np.allclose(got[name], plane, rtol=1e-4, atol=1e-5), (box, name)


def test_so_it_does_in_bands_tiles_and_parts(tmp_path: Path) -> None:
    box, height = (20, 200, 80, 599), 700
    picture = element(height, 90)
    inside = np.zeros((height, 90, 1), np.float32)
    inside[box[1] : box[3] + 1, box[0] : box[2] + 1] = 1
    planes = planes_of(picture * inside)
    whole = write(tmp_path / "whole.exr", planes)
    other = write_parts(
        tmp_path / "parts.exr",
        [("rgba", cut(planes, box)), ("albedo", cut({n: planes[n] for n in "RGB"}, box))],
        data=box,
        display=(0, 0, 89, height - 1),
        compression="ZIPS",
    )
    card = load_model("film-x2-psnr").card
    with DecodePool() as pool, open_frame(other, pool=pool) as reader:
        plan = plan_frame(reader, find_rules([reader], RuleBook()), card, 55, LITTLE)
        (stage,) = plan.stages
        assert len(stage.bands) > 1
        assert [row for band in stage.bands for row in band.rows] == list(range(400))
    upscaled(whole, out=tmp_path / "out")
    upscaled(other, out=tmp_path / "out", memory_bytes=LITTLE)
    (wanted,), (got, _) = read(tmp_path / "out" / "whole.exr"), read(tmp_path / "out" / "parts.exr")
    for name, plane in cut(wanted, box, 2).items():
        assert np.allclose(got[name], plane, rtol=1e-4, atol=1e-5), name


def test_data_at_the_edge_of_its_window_is_what_it_was(tmp_path: Path) -> None:
    """Depth, ids and normals have no value that means nothing: their last row repeats, as at a frame's own edge."""
    random = np.random.default_rng(3)
    normals = np.float32([0.6, 0, 0.8]) * np.ones((30, 40, 1), np.float32)
    planes = {
        "Z": random.uniform(1, 50, (30, 40)).astype("f4"),
        "objectId": random.integers(0, 9, (30, 40)).astype("u4"),
    }
    planes |= {f"N.{axis}": normals[..., index] for index, axis in enumerate("XYZ")} | planes_of(element(30, 40) + 0.2)
    box = (50, 60, 89, 89)
    upscaled(
        write(tmp_path / "cut.exr", planes, data=box, display=(0, 0, 199, 199)),
        write(tmp_path / "own.exr", planes, data=box, display=box),
        out=tmp_path / "out",
        model="bicubic",
    )
    (got,), (own,) = read(tmp_path / "out" / "cut.exr"), read(tmp_path / "out" / "own.exr")
    for name in ("Z", "objectId", "N.X", "N.Y", "N.Z"):
        assert np.array_equal(got[name], own[name]), name
    assert not np.array_equal(got["R"], own["R"])


@pytest.mark.parametrize("data", [(0, 0, 99, 79), (-8, -8, 107, 87)])
def test_a_window_that_covers_the_display_window_has_no_border(tmp_path: Path, data: Box) -> None:
    """So that these frames, nearly all, keep their bytes."""
    picture = element(data[3] - data[1] + 1, data[2] - data[0] + 1)
    source = write(tmp_path / "frame.exr", planes_of(picture), data=data, display=(0, 0, 99, 79))
    with DecodePool() as pool, open_frame(source, pool=pool) as reader:
        layers = find_rules([reader], RuleBook())
        assert find_border(reader.header.parts, layers, load_model("bicubic").card, 12) == NO_BORDER


def test_an_array_of_a_cut_element_is_that_of_the_whole_frame(tmp_path: Path) -> None:
    picture, box = element(100, 120), (40, 30, 90, 70)
    inside = np.zeros((100, 120, 1), np.float32)
    inside[30:71, 40:91] = 1
    planes = planes_of(picture * inside)
    source = write(tmp_path / "cut.exr", cut(planes, box), data=box, display=(0, 0, 119, 99))
    model = load_model("film-x2-psnr", precision="f32")
    whole = upscale(picture * inside, model)
    assert np.allclose(upscale(source, model), whole[60:142, 80:182], rtol=1e-4, atol=1e-5)


def panorama(height: int, width: int) -> dict[str, Any]:
    """A picture that goes round, with data beside it that does, too."""
    y, x = np.mgrid[0:height, 0:width]
    around = 2 * np.pi * (x + 0.5) / width
    random = np.random.default_rng(4)
    base = 0.5 + 0.3 * np.stack([np.sin(3 * around), np.cos(5 * around + y / 5), np.sin(around) * np.cos(y / 9)], 2)
    base[random.random((height, width)) < 0.05] = 4
    planes = planes_of(base.astype("f4"), "RGB")
    planes |= {"Z": (20 + 10 * np.sin(2 * around)).astype("f4"), "objectId": (x // 7).astype("u4")}
    normal = np.stack([np.cos(around), np.sin(around), 0 * around], 2).astype("f4")
    planes |= {f"N.{axis}": normal[..., index] for index, axis in enumerate("XYZ")}
    lights = {"key": 0.75, "fill": 0.25}
    for name, share in lights.items():
        planes |= {f"lg_{name}.{channel}": planes[channel] * np.float32(share) for channel in "RGB"}
    planes["G"][3, 0] = np.nan
    return planes


@pytest.mark.parametrize(
    ("width", "settings"),
    [
        (192, {}),
        (100, {}),
        (70, {}),
        (100, {"consistency": False}),
        (96, {"model": "lanczos"}),
    ],
)
def test_a_latitude_longitude_picture_goes_round(tmp_path: Path, width: int, settings: dict[str, Any]) -> None:
    """Turned by half, upscaled and turned back it is the same, whatever its width."""
    planes = panorama(60, width)
    turned = {name: np.roll(plane, width // 2, 1) for name, plane in planes.items()}
    upscaled(
        write(tmp_path / "plain.exr", planes, **LATLONG),
        write(tmp_path / "turned.exr", turned, **LATLONG),
        out=tmp_path / "out",
        **settings,
    )
    (plain,), (other,) = read(tmp_path / "out" / "plain.exr"), read(tmp_path / "out" / "turned.exr")
    for name, plane in plain.items():
        back = np.roll(other[name], -width, 1)
        assert np.allclose(plane, back, rtol=2e-4, atol=1e-4), (name, np.abs(plane - back).max())


def test_so_it_does_in_bands(tmp_path: Path) -> None:
    planes = {name: plane for name, plane in panorama(500, 100).items() if name in "RGBZ"}
    turned = {name: np.roll(plane, 50, 1) for name, plane in planes.items()}
    upscaled(write(tmp_path / "plain.exr", planes, **LATLONG), out=tmp_path / "out")
    upscaled(write(tmp_path / "turned.exr", turned, **LATLONG), out=tmp_path / "out", memory_bytes=LITTLE)
    (plain,), (other,) = read(tmp_path / "out" / "plain.exr"), read(tmp_path / "out" / "turned.exr")
    for name, plane in plain.items():
        assert np.allclose(plane, np.roll(other[name], -100, 1), rtol=2e-4, atol=1e-4), name


def test_part_of_a_picture_that_goes_round_does_not(tmp_path: Path) -> None:
    source = write(
        tmp_path / "part.exr", planes_of(element(40, 50)), data=(10, 0, 59, 39), display=(0, 0, 99, 39), **LATLONG
    )
    with DecodePool() as pool, open_frame(source, pool=pool) as reader:
        layers = find_rules([reader], RuleBook())
        border = find_border(reader.header.parts, layers, load_model("bicubic").card, 12)
    assert not border.goes_round
    assert (border.left, border.right) == (10, 16)
    assert border.around(Window(10, 0, 59, 39)) == (76, 40)


@pytest.mark.parametrize("settings", [{}, {"memory_bytes": LITTLE}])
def test_the_faces_of_a_cube_know_nothing_of_each_other(tmp_path: Path, settings: dict[str, Any]) -> None:
    """They lie below each other in one window, and their edges meet elsewhere: each is a picture of its own."""
    faces = [element(70, 70, seed) + seed for seed in range(6)]
    cube = write(tmp_path / "cube.exr", planes_of(np.concatenate(faces), "RGB"), envmap=OpenEXR.ENVMAP_CUBE)
    alone = [write(tmp_path / f"face{n}.exr", planes_of(face, "RGB")) for n, face in enumerate(faces)]
    upscaled(cube, out=tmp_path / "out", preview=True, **settings)
    upscaled(*alone, out=tmp_path / "out")
    (whole,) = read(tmp_path / "out" / "cube.exr")
    array = upscale(cube, load_model("film-x2-psnr", precision="f32"))
    for number, face in enumerate(alone):
        (wanted,) = read(tmp_path / "out" / face.name)
        rows = slice(140 * number, 140 * (number + 1))
        for index, name in enumerate("RGB"):
            assert np.allclose(whole[name][rows], wanted[name], rtol=1e-4, atol=1e-5), (number, name)
            assert np.allclose(array[rows, :, index], wanted[name], rtol=1e-4, atol=1e-5), (number, name)
