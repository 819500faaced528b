"""open_frame: which frames it takes and what it hands out."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.frames.exr_samples import LOSSLESS, LOSSY, part, picture, read_frame, same, write_frame
from uprez.errors import DeclinedError, FrameError
from uprez.frames import Channel, DecodePool, Tiling, open_frame


@pytest.mark.parametrize("compression", LOSSLESS + LOSSY)
@pytest.mark.parametrize("tiling", [None, Tiling(16, 24)], ids=["scan lines", "tiles"])
def test_bands_put_together_are_the_whole_part(
    compression: str, tiling: Tiling | None, pool: DecodePool, tmp_path: Path
) -> None:
    """Bands of any height, whatever the codec packs together, equal one read of all rows."""
    write_frame(tmp_path / "frame.exr", part(compression=compression, tiling=tiling))
    with open_frame(tmp_path / "frame.exr", pool=pool) as reader:
        whole = reader.read(0, 0, 300)
        edges = [0, 1, 40, 256, 299, 300]
        bands = [reader.read(0, top, bottom) for top, bottom in pairwise(edges)]
    assert same(whole, {name: np.concatenate([band[name] for band in bands]) for name in whole})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.tuples(st.integers(0, 299), st.integers(1, 300)).filter(lambda rows: rows[0] < rows[1]))
def test_a_band_holds_exactly_its_rows(rows: tuple[int, int], pool: DecodePool, tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    if not path.exists():
        write_frame(path, part(tiling=Tiling(20, 12), compression="piz"))
    with open_frame(path, pool=pool) as reader:
        band = reader.read(0, *rows)
    expected = picture(part(), seed=0)
    assert same(band, {name: plane[slice(*rows)] for name, plane in expected.items()})


def test_channels_come_in_their_own_type(pool: DecodePool, tmp_path: Path) -> None:
    """half as float16, float as float32, uint as uint32: an id of 3000000001 is never seen as a float."""
    channels = (Channel("Y", "half"), Channel("Z", "float"), Channel("id", "uint"))
    mixed = part(channels=channels)
    planes = picture(mixed)
    planes["id"][0, 0] = 3000000001
    write_frame(tmp_path / "frame.exr", mixed, planes=[planes])
    (found,) = read_frame(tmp_path / "frame.exr", pool)
    assert same(found, planes)
    assert [found[channel.name].dtype for channel in channels] == [np.float16, np.float32, np.uint32]


def test_only_the_channels_asked_for_are_handed_out(pool: DecodePool, tmp_path: Path) -> None:
    write_frame(tmp_path / "frame.exr", part())
    with open_frame(tmp_path / "frame.exr", pool=pool) as reader:
        assert list(reader.read(0, 0, 10, ["G", "A"])) == ["G", "A"]
        with pytest.raises(KeyError):
            reader.read(0, 0, 10, ["Z"])


@pytest.mark.parametrize("rows", [(-1, 5), (5, 5), (290, 301)])
def test_rows_outside_the_part_are_a_mistake_of_the_caller(
    rows: tuple[int, int], pool: DecodePool, tmp_path: Path
) -> None:
    write_frame(tmp_path / "frame.exr", part())
    with open_frame(tmp_path / "frame.exr", pool=pool) as reader, pytest.raises(ValueError, match="rows"):
        reader.read(0, *rows)


def test_a_frame_is_known_by_its_content(pool: DecodePool, tmp_path: Path) -> None:
    """An EXR called .png is an EXR."""
    path = tmp_path / "frame.png"
    write_frame(path, part())
    with open_frame(path, pool=pool) as reader:
        assert reader.kind == "exr"
        assert same(reader.read(0, 0, 300), picture(part(), seed=0))


@pytest.mark.parametrize("mode", [OpenEXR.MIPMAP_LEVELS, OpenEXR.RIPMAP_LEVELS])
def test_a_frame_whose_smaller_levels_are_missing_is_refused(
    mode: OpenEXR.LevelMode, pool: DecodePool, tmp_path: Path
) -> None:
    """The OpenEXR module writes only the full-size level of such a file; its table has no places for the others."""
    tiles = OpenEXR.TileDescription()
    tiles.xSize, tiles.ySize, tiles.mode = 16, 16, mode
    path = tmp_path / "levels.exr"
    OpenEXR.File({"type": OpenEXR.tiledimage, "tiles": tiles}, picture(part(40, 40))).write(str(path))
    with pytest.raises(FrameError, match="chunk"):
        open_frame(path, pool=pool)


def test_deep_samples_are_declined(pool: DecodePool, tmp_path: Path) -> None:
    samples = np.empty((4, 5), object)
    for place in np.ndindex(samples.shape):
        samples[place] = np.ones(2, np.float32)
    path = tmp_path / "deep.exr"
    header = {"type": OpenEXR.deepscanline, "compression": OpenEXR.ZIPS_COMPRESSION}
    OpenEXR.File(header, {"Z": samples}).write(str(path))
    with pytest.raises(DeclinedError, match="deep"):
        open_frame(path, pool=pool)


@pytest.mark.parametrize("name", ["RY", "left.RY"])
def test_luminance_chroma_is_declined(name: str, pool: DecodePool, tmp_path: Path) -> None:
    planes = {one: np.zeros((4, 4), np.float16) for one in (name, name.replace("RY", "BY"), "Y")}
    OpenEXR.File({}, planes).write(str(tmp_path / "frame.exr"))
    with pytest.raises(DeclinedError, match="luminance"):
        open_frame(tmp_path / "frame.exr", pool=pool)


def test_what_is_no_frame_is_refused_by_name(pool: DecodePool, tmp_path: Path) -> None:
    """Missing, empty, a folder, a pipe, text with the extension of an EXR: one line each, no waiting on the pipe."""
    (tmp_path / "empty.exr").touch()
    (tmp_path / "folder.exr").mkdir()
    (tmp_path / "text.exr").write_text("Not a picture.\n" * 40)
    os.mkfifo(tmp_path / "pipe.exr")
    for name in ("missing", "empty", "folder", "text", "pipe"):
        with pytest.raises(FrameError) as refusal:
            open_frame(tmp_path / f"{name}.exr", pool=pool)
        assert f"{name}.exr" in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_refused(pool: DecodePool, tmp_path: Path) -> None:
    write_frame(tmp_path / "frame.exr", part())
    (tmp_path / "frame.exr").chmod(0)
    with pytest.raises(FrameError, match="can't be read"):
        open_frame(tmp_path / "frame.exr", pool=pool)


def test_a_file_that_shrinks_while_it_is_read_is_refused(pool: DecodePool, tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    write_frame(path, part())
    with open_frame(path, pool=pool) as reader:
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises(FrameError, match="shorter"):
            reader.read(0, 0, 300)
