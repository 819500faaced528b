"""What type and codec can hold is part of the result: finite, with the light of the source, or with a word about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from tests.upscaling.edges import read, upscaled, write, write_parts
from uprez.layers.storage import REACH, spread_excess

CODECS = ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB"]
EXACT = {"NO", "RLE", "ZIPS", "ZIP", "PIZ"}
HALF_MAX = 65504.0


def sun(value: float, size: int, kind: str, names: str = "R G B", *, disc: bool = False) -> dict[str, NDArray[Any]]:
    """A sun, whiter or redder, over a dim grey."""
    y, x = np.mgrid[0:48, 0:64]
    inside = np.hypot(x - 31.3, y - 22.8) < size / 2 if disc else (abs(x - 32) < size / 2) & (abs(y - 22) < size / 2)
    frame = np.where(inside, value, 0.2)
    return {name: (frame * share).astype(kind) for name, share in zip(names.split(), (1, 0.9, 0.6), strict=False)}


def light(planes: Mapping[str, NDArray[Any]]) -> float:
    return float(sum(plane.astype(np.float64).sum() for plane in planes.values()))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_a_sun_keeps_its_light_and_stays_finite_in_every_codec_and_type(tmp_path: Path, codec: str, kind: str) -> None:
    sources = [
        write(tmp_path / f"{value}_{size}.exr", sun(value, size, kind, disc=size == 9), compression=codec)
        for value in (40000, 60000)
        for size in (1, 4, 9)
    ]
    upscaled(*sources, out=tmp_path / "out", model="film-x2-fast")
    for source in sources:
        (before,), (after,) = read(source), read(tmp_path / "out" / source.name)
        assert all(np.isfinite(plane).all() for plane in after.values()), source.name
        # What a lossy codec takes is not ours to give.
        assert light(after) / 4 == pytest.approx(light(before), rel=0.02 if codec in EXACT else 0.06), source.name


@pytest.mark.parametrize("codec", ["ZIP", "DWAA", "DWAB"])
def test_so_do_tiles_parts_views_grey_light_groups_and_other_data(tmp_path: Path, codec: str) -> None:
    tiles = OpenEXR.TileDescription()
    tiles.xSize = tiles.ySize = 16
    bright = sun(62000, 5, "f2")
    groups = {f"lg_{name}.{channel}": (plane * 0.5).astype("f2") for name in "ab" for channel, plane in bright.items()}
    data = {"Z": np.full((48, 64), 6.5e4, "f2"), "depth.R": bright["R"], "mask.A": (bright["R"] > 1).astype("f2")}
    sources = [
        write(tmp_path / "tiles.exr", bright, compression=codec, type=OpenEXR.tiledimage, tiles=tiles),
        write(tmp_path / "grey.exr", sun(64000, 3, "f2", "Y"), compression=codec),
        write(tmp_path / "groups.exr", bright | groups | data, compression=codec),
        write(tmp_path / "level.exr", bright, compression=codec, dwaCompressionLevel=200.0),
        write_parts(
            tmp_path / "parts.exr",
            [("rgb.left", sun(6e4, 4, "f2")), ("rgb.right", sun(5e4, 4, "f4")), ("albedo", sun(4e4, 2, "f2"))],
            compression=codec,
        ),
    ]
    upscaled(*sources, out=tmp_path / "out", model="film-x2-fast")
    for source in sources:
        for after in read(tmp_path / "out" / source.name):
            for name, plane in after.items():
                assert np.isfinite(plane).all(), (source.name, name)


def test_light_that_finds_no_room_is_told_of(tmp_path: Path) -> None:
    """Everything is as bright as a half can be; a brighter lamp would have to be cut."""
    random = np.random.default_rng(5)
    frame = (65504 - 20000 * (random.random((48, 64)) < 0.02)).astype("f2")
    source = write(tmp_path / "white.exr", dict.fromkeys("RGB", frame))
    summary = upscaled(source, out=tmp_path / "out", consistency=False)
    (after,) = read(tmp_path / "out" / "white.exr")
    assert np.isfinite(after["R"]).all()
    lines = [line for line in summary.notes if "brighter than 65504" in line]
    assert len(lines) == 1
    assert "% of their light is gone" in lines[0]
    assert summary.as_dict()["frames"][0]["cut"]


def test_frames_that_keep_all_their_light_are_not_told_of(tmp_path: Path) -> None:
    summary = upscaled(write(tmp_path / "sun.exr", sun(3e4, 4, "f2")), out=tmp_path / "out", model="film-x2-fast")
    assert not [line for line in summary.notes if "brighter" in line or "lowered" in line]


@pytest.mark.parametrize(
    ("codec", "names", "kind", "lost"),
    [
        ("DWAA", "ObjectID.R ObjectID.G ObjectID.B", "f2", True),
        ("DWAB", "id.Y", "f4", True),
        ("DWAA", "ObjectID.X ObjectID.Y ObjectID.Z", "f2", True),
        ("DWAA", "objectId", "f4", False),
        ("DWAA", "ObjectID.R", "u4", False),
        ("PXR24", "ObjectID.R", "f4", True),
        ("PXR24", "ObjectID.R", "f2", False),
        ("B44", "objectId", "f2", True),
        ("B44A", "objectId", "f4", False),
        ("ZIP", "ObjectID.R", "f4", False),
    ],
)
def test_ids_that_their_compression_changes_are_warned_of_once(
    tmp_path: Path, codec: str, names: str, kind: str, lost: bool
) -> None:
    ids = (np.mgrid[0:48, 0:64][1] // 8 * 7 + 1).astype(kind)
    planes = sun(1, 5, "f2") | dict.fromkeys(names.split(), ids)
    sources = [write(tmp_path / f"ids.{frame}.exr", planes, compression=codec) for frame in (1, 2)]
    summary = upscaled(*sources, out=tmp_path / "out", model="bilinear")
    told = [line for line in summary.notes if "can't keep the bits" in line]
    assert len(told) == (1 if lost else 0)
    assert all(names.split()[0].partition(".")[0] in line and codec.lower() in line for line in told)
    if not lost:
        (before,), (after,) = read(sources[0]), read(tmp_path / "out" / "ids.1.exr")
        for name in names.split():
            assert np.array_equal(after[name], before[name].repeat(2, 0).repeat(2, 1))


def test_too_much_light_goes_to_the_pixels_around_and_none_is_lost() -> None:
    random = np.random.default_rng(6)
    source = np.where(random.random((40, 50, 1)) < 0.2, 50000, 1).astype(np.float32)
    shares = random.uniform(0.1, 2, (40, 2, 50, 2))
    shares /= shares.mean((1, 3), keepdims=True)
    result = (source.repeat(2, 0).repeat(2, 1) * shares.reshape(80, 100, 1)).astype(np.float32)
    assert result.max() > HALF_MAX
    after = spread_excess(result.copy(), source, HALF_MAX, 2)
    assert after.max() <= HALF_MAX * (1 + 1e-6)
    assert after.sum(dtype=np.float64) == pytest.approx(result.sum(dtype=np.float64), rel=1e-5)


def test_what_is_spread_depends_on_its_reach_alone() -> None:
    random = np.random.default_rng(7)
    source = np.where(random.random((120, 60, 1)) < 0.1, 60000, 1).astype(np.float32)
    made = source.repeat(2, 0).repeat(2, 1) * random.uniform(0.2, 2.2, (240, 120, 1)).astype(np.float32)
    whole = spread_excess(made.copy(), source, HALF_MAX, 2)
    rows = slice(40, 100)
    part = spread_excess(made[80:200].copy(), source[rows], HALF_MAX, 2)
    inner = slice(2 * REACH, 120 - 2 * REACH)
    assert np.array_equal(part[inner], whole[80:200][inner])
