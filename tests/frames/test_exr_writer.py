"""FrameWriter: what it writes, and that nothing half-written ever carries a frame's name."""

import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.frames.exr_samples import LOSSLESS, LOSSY, Planes, part, picture, read_frame, same, write_frame
from uprez.errors import FrameError
from uprez.frames import Attribute, Channel, DecodePool, FrameHeader, FrameWriter, Part, Tiling, Window, open_frame


def _independent(path: Path) -> list[OpenEXR.Part]:
    parts: list[OpenEXR.Part] = OpenEXR.File(str(path), separate_channels=True).parts
    return parts


@pytest.mark.parametrize("compression", LOSSLESS + LOSSY)
@pytest.mark.parametrize("tiling", [None, Tiling(32, 16, "one", True)], ids=["scan lines", "tiles"])
@pytest.mark.parametrize("line_order", ["increasing_y", "decreasing_y", "random_y"])
def test_an_independent_reader_finds_what_was_written(
    compression: str, tiling: Tiling | None, line_order: str, tmp_path: Path
) -> None:
    """The OpenEXR module agrees on windows, codec, line order and tiles; lossless samples are equal to the bit."""
    path = tmp_path / "frame.exr"
    written = part(37, 70, x=-5, y=-9, compression=compression, tiling=tiling, line_order=line_order)
    (planes,) = write_frame(path, written)
    (found,) = _independent(path)
    assert [corner.tolist() for corner in found.header["dataWindow"]] == [[-5, -9], [31, 60]]
    assert str(found.header["compression"]).removesuffix("_COMPRESSION").removeprefix("Compression.").lower() in (
        compression,
        compression.replace("none", "no"),
    )
    assert str(found.header["lineOrder"]).removeprefix("LineOrder.").lower() == line_order
    assert ("tiles" in found.header) == (tiling is not None)
    if compression in LOSSLESS:
        assert same({name: channel.pixels for name, channel in found.channels.items()}, planes)


def test_scan_line_and_tiled_parts_of_different_size_share_a_file(pool: DecodePool, tmp_path: Path) -> None:
    """Parts keep their own windows, types, codecs and tiles, also when their bands come by turns."""
    display = Window(0, 0, 99, 99)
    parts = (
        part(50, 60, name="beauty", view="left", display_window=display),
        part(21, 33, x=7, y=-3, name="ids", display_window=display, tiling=Tiling(8, 8), compression="zips",
             channels=(Channel("id", "uint"),)),
        part(9, 90, name="depth", display_window=display, channels=(Channel("Z", "float"),), line_order="decreasing_y"),
    )  # fmt: skip
    planes = [picture(one, seed) for seed, one in enumerate(parts)]
    path = tmp_path / "frame.exr"
    with FrameWriter(path, FrameHeader(path, parts, multipart=True)) as writer:
        for top in range(0, 90, 10):
            for number, content in enumerate(planes):
                rows = {name: plane[top : top + 10] for name, plane in content.items()}
                if len(next(iter(rows.values()))):
                    writer.write(number, top, rows)
    assert all(same(one, other) for one, other in zip(planes, read_frame(path, pool), strict=True))
    for one, found in zip(planes, _independent(path), strict=True):
        assert same({name: channel.pixels for name, channel in found.channels.items()}, one)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=st.sets(st.integers(1, 99)), decreasing=st.booleans())
def test_bands_of_any_height_give_the_same_file(edges: set[int], decreasing: bool, tmp_path: Path) -> None:
    """The bytes do not depend on how the rows were cut into bands."""
    one = part(20, 100, line_order="decreasing_y" if decreasing else "increasing_y")
    planes = picture(one)
    write_frame(tmp_path / "whole.exr", one, planes=[planes])
    stops = [*sorted(edges), 100]
    with FrameWriter(tmp_path / "bands.exr", FrameHeader(tmp_path / "bands.exr", (one,))) as writer:
        for top, bottom in zip([0, *stops], stops, strict=False):
            writer.write(0, top, {name: plane[top:bottom] for name, plane in planes.items()})
    assert (tmp_path / "whole.exr").read_bytes() == (tmp_path / "bands.exr").read_bytes()


def test_decreasing_y_puts_the_bottom_rows_first(tmp_path: Path) -> None:
    """The file order of the chunks is what the attribute promises; the offset table stays sorted by y."""
    path = tmp_path / "frame.exr"
    write_frame(path, part(4, 40, channels=(Channel("Y", "half"),), line_order="decreasing_y", compression="none"))
    data = path.read_bytes()
    size = 8 + 2 * 4
    chunks = [data[at : at + size] for at in range(len(data) - 40 * size, len(data), size)]
    table = struct.unpack("<40Q", data[len(data) - 40 * size - 320 : len(data) - 40 * size])
    assert [struct.unpack_from("<i", chunk)[0] for chunk in chunks] == list(range(39, -1, -1))
    assert list(table) == sorted(table, reverse=True)


def test_every_attribute_is_kept_byte_for_byte(pool: DecodePool, tmp_path: Path) -> None:
    """Types nobody knows, empty strings, structural types under other names, NaN: bytes in, bytes out."""
    attributes = {
        "blob": Attribute("acmeBlob", bytes(range(64))),
        "empty": Attribute("string", b""),
        "nan": Attribute("float", struct.pack("<I", 0x7FC12345)),
        "spareOrder": Attribute("lineOrder", b"\1"),
        "spareCodec": Attribute("compression", b"\4"),
        "preview": Attribute("preview", struct.pack("<II", 2, 1) + bytes(range(8))),
        "n" * 200: Attribute("string", "größer".encode()),
        "type": Attribute("string", b"scanlineimage"),
        "screenWindowCenter": Attribute("v2f", struct.pack("<2f", 0.5, -0.5)),
        "screenWindowWidth": Attribute("float", struct.pack("<f", 2)),
    }
    path = tmp_path / "frame.exr"
    write_frame(path, part(attributes=attributes))
    with open_frame(path, pool=pool) as reader:
        assert dict(reader.header.parts[0].attributes) == attributes
        assert reader.header.long_names


def test_what_the_standard_requires_is_added_where_a_header_lacks_it(tmp_path: Path) -> None:
    """Frames of other formats have no screen window; strict EXR readers want one."""
    write_frame(tmp_path / "frame.exr", part())
    header = _independent(tmp_path / "frame.exr")[0].header
    assert header["screenWindowWidth"] == 1.0
    assert header["screenWindowCenter"].tolist() == [0.0, 0.0]


def test_the_dwa_level_is_kept_and_obeyed(tmp_path: Path) -> None:
    """A higher dwaCompressionLevel gives a smaller file."""
    sizes = []
    for level in (1.0, 400.0):
        path = tmp_path / f"{level}.exr"
        level_attribute = {"dwaCompressionLevel": Attribute("float", struct.pack("<f", level))}
        write_frame(path, part(256, 256, compression="dwaa", attributes=level_attribute))
        assert _independent(path)[0].header["dwaCompressionLevel"] == level
        sizes.append(path.stat().st_size)
    assert sizes[1] < sizes[0] * 0.7


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_frame(tmp_path / f"{name}.exr", part(name="a"), part(name="b", tiling=Tiling(16, 16)))
    assert (tmp_path / "one.exr").read_bytes() == (tmp_path / "two.exr").read_bytes()


def test_finite_floats_become_the_nearest_finite_half_and_infinities_stay(pool: DecodePool, tmp_path: Path) -> None:
    """Beyond ±65504 there is no half: the value stops there. Inf, a depth at the horizon, and NaN stay, and so does
    what comes as half.
    """
    one = part(6, 1, channels=(Channel("Y", "half"),))
    floats = np.array([[1e9, -1e9, np.inf, np.nan, 65519.0, 1 / 3]], np.float32)
    path = tmp_path / "frame.exr"
    write_frame(path, one, planes=[{"Y": floats}])
    (found,) = read_frame(path, pool)
    np.testing.assert_array_equal(found["Y"], np.array([[65504, -65504, np.inf, np.nan, 65504, 1 / 3]], np.float16))
    floats[0, :2] = -np.inf, 65520.0
    write_frame(path, one, planes=[{"Y": floats[:, :3].repeat(2, axis=1)}])
    expected = np.array([[-np.inf, -np.inf, 65504, 65504, np.inf, np.inf]], np.float16)
    np.testing.assert_array_equal(read_frame(path, pool)[0]["Y"], expected)
    bits = np.array([[0x7C00, 0xFC00, 0x7E01, 0x8000, 0x0001, 0x7BFF]], np.uint16).view(np.float16)
    write_frame(path, one, planes=[{"Y": bits}])
    assert same(read_frame(path, pool)[0], {"Y": bits})


def test_ids_are_never_taken_from_floats(tmp_path: Path) -> None:
    one = part(2, 1, channels=(Channel("id", "uint"),))
    with pytest.raises(ValueError, match="uint"):
        write_frame(tmp_path / "frame.exr", one, planes=[{"id": np.ones((1, 2), np.float32)}])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("y0", "changed"),
    [
        pytest.param(1, {}, id="a row too late"),
        pytest.param(0, {"R": np.zeros((4, 36), np.float16)}, id="too narrow"),
        pytest.param(0, {"R": np.zeros((301, 37), np.float16)}, id="too high"),
        pytest.param(0, {"depth": np.zeros((300, 37), np.float16)}, id="a channel too many"),
    ],
)
def test_rows_that_do_not_fit_are_a_mistake_of_the_caller(y0: int, changed: Planes, tmp_path: Path) -> None:
    header = FrameHeader(tmp_path / "frame.exr", (part(),))
    with pytest.raises(ValueError, match=r"row|channels"), FrameWriter(header.path, header) as writer:
        writer.write(0, y0, picture(part()) | changed)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "impossible",
    [
        pytest.param(part(x=2**30), id="a window beyond what EXR can hold"),
        pytest.param(part(compression="jpeg"), id="a compression that EXR does not know"),
        pytest.param(part(channels=(*part().channels, Channel("A", "half"))), id="a channel twice"),
        pytest.param(part(attributes={"fps": Attribute("rational", b"24")}), id="an attribute too short for its type"),
        pytest.param(part(tiling=Tiling(2**16, 2**16)), id="a tile beyond 2 GB"),
    ],
)
def test_a_header_that_no_exr_can_hold_is_refused_before_anything_is_written(impossible: Part, tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    with pytest.raises(FrameError, match=r"frame\.exr: no such EXR can be written"):
        FrameWriter(path, FrameHeader(path, (impossible,)))
    assert not list(tmp_path.iterdir())


def test_missing_rows_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    with (
        pytest.raises(FrameError, match="only 40 of 300 rows"),
        FrameWriter(path, FrameHeader(path, (part(),))) as writer,
    ):
        writer.write(0, 0, {name: plane[:40] for name, plane in picture(part()).items()})
    assert not list(tmp_path.iterdir())


def test_a_failure_keeps_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    path.write_bytes(b"yesterday's frame")
    header = FrameHeader(path, (part(),))
    with pytest.raises(ZeroDivisionError), FrameWriter(path, header) as writer:
        writer.write(0, 1 // 0, picture(part()))
    assert path.read_bytes() == b"yesterday's frame"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_carries_the_name_of_the_frame_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    with FrameWriter(path, FrameHeader(path, (part(),))) as writer:
        writer.write(0, 0, picture(part()))
        assert [found.name for found in tmp_path.iterdir()] == [".frame.exr.part"]
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_written_over(pool: DecodePool, tmp_path: Path) -> None:
    """Even when it is longer than the new file."""
    path = tmp_path / "frame.exr"
    (tmp_path / ".frame.exr.part").write_bytes(bytes(1 << 20))
    (planes,) = write_frame(path, part())
    assert same(read_frame(path, pool)[0], planes)
    assert path.stat().st_size < 1 << 20
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_of_one_frame_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    header = FrameHeader(path, (part(),))
    with FrameWriter(path, header) as first:
        with pytest.raises(FrameError, match="another process is writing it"), FrameWriter(path, header):
            pass
        first.write(0, 0, picture(part()))
    assert path.exists()


def test_a_destination_that_takes_no_file_is_refused_by_name(tmp_path: Path) -> None:
    """A folder that is not there, a folder of the frame's own name, a name too long, a system folder."""
    (tmp_path / "folder.exr").mkdir()
    for path in (
        tmp_path / "no" / "frame.exr",
        tmp_path / "folder.exr",
        tmp_path / ("x" * 250 + ".exr"),
        Path("/proc/x.exr"),
    ):
        with pytest.raises(FrameError) as refusal, FrameWriter(path, FrameHeader(path, (part(),))):
            pass
        assert str(path) in str(refusal.value)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("line_order", ["increasing_y", "decreasing_y"])
def test_a_full_disk_is_one_error_and_leaves_nothing(line_order: str, tmp_path: Path) -> None:
    """A limit on the size of files stands in for the disk."""
    path = tmp_path / "frame.exr"
    one = part(512, 1024, compression="none", line_order=line_order)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, before[1]))
    try:
        with (
            pytest.raises(FrameError, match="can't be written: File too large"),
            FrameWriter(path, FrameHeader(path, (one,))) as writer,
        ):
            _write_bands(writer, picture(one), 128)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def _write_bands(writer: FrameWriter, planes: Planes, height: int) -> None:
    for top in range(0, len(next(iter(planes.values()))), height):
        writer.write(0, top, {name: plane[top : top + height] for name, plane in planes.items()})


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads its peak memory from /proc")
def test_memory_is_bounded_by_the_bands(tmp_path: Path) -> None:
    """A frame of 512 MB written in bands of 8 MB stays within 250 MB, interpreter and libraries included.

    ru_maxrss would count what the process that forked had: it outlives exec.
    """
    script = """
import sys, numpy
from pathlib import Path
from uprez.frames import Channel, FrameHeader, FrameWriter, Part, Window
window, path = Window(0, 0, 16383, 8191), Path(sys.argv[1])
part = Part(None, None, (Channel("Z", "float"),), window, window, 1.0, "zips", "increasing_y", None, {})
with FrameWriter(path, FrameHeader(path, (part,))) as writer:
    for top in range(0, 8192, 128):
        writer.write(0, top, {"Z": numpy.full((128, 16384), top, numpy.float32)})
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    command = [sys.executable, "-c", script, str(tmp_path / "frame.exr")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 250 << 10
