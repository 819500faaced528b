"""Damaged files: cut short, bits turned, chunks that lie. Refused or decoded; no crash, no hang, no made-up pixels."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from tests.frames.exr_samples import (
    LOSSLESS,
    LOSSY,
    exr_file,
    outcome,
    part,
    raw_attributes,
    raw_lines,
    read_frame,
    write_frame,
)
from uprez.errors import FrameError
from uprez.frames import Attribute, Channel, DecodePool, Tiling, open_frame

DIGEST = 64  # letters of what `outcome` says of a frame that is read


@pytest.mark.parametrize("compression", LOSSLESS + LOSSY)
def test_a_frame_cut_short_anywhere_is_refused_on_opening(compression: str, pool: DecodePool, tmp_path: Path) -> None:
    """At 25 random places and at the last byte; nothing needs to be decoded to see it."""
    whole, cut = tmp_path / "whole.exr", tmp_path / "cut.exr"
    write_frame(whole, part(40, 90, name="a", compression=compression), part(30, 30, name="b", tiling=Tiling(16, 8),
                display_window=part(40, 90).display_window, compression=compression))  # fmt: skip
    data = whole.read_bytes()
    for length in [*np.random.default_rng(5).integers(1, len(data), 25).tolist(), len(data) - 1]:
        cut.write_bytes(data[:length])
        with pytest.raises(FrameError):
            open_frame(cut, pool=pool)


@pytest.mark.parametrize("compression", LOSSLESS + LOSSY)
def test_turned_bytes_are_refused_or_decoded(compression: str, pool: DecodePool, tmp_path: Path) -> None:
    """15 random bytes turned, one at a time: an error names the file, what is read is the same when read again.

    But for DWA, whose decoder leaves memory as it was where coefficients are missing.
    """
    good, bad = tmp_path / "good.exr", tmp_path / "bad.exr"
    write_frame(good, part(64, 64, compression=compression))
    data = good.read_bytes()
    random = np.random.default_rng(6)
    for place in random.integers(0, len(data), 15).tolist():
        turned = bytearray(data)
        turned[place] ^= int(random.integers(1, 256))
        bad.write_bytes(turned)
        first = outcome(bad, pool)
        assert "\n" not in first
        assert len(first) == DIGEST or first.startswith(f"{bad}: ")
        if not compression.startswith("dwa"):
            assert outcome(bad, pool) == first


@pytest.mark.parametrize(
    ("compression", "lines", "packed"),
    [
        pytest.param(1, 1, bytes([3, 0]), id="rle"),
        pytest.param(2, 1, zlib.compress(bytes(5)), id="zips"),
        pytest.param(3, 16, zlib.compress(bytes(100)), id="zip"),
        pytest.param(5, 16, zlib.compress(bytes(100)), id="pxr24"),
    ],
)
def test_chunks_that_unpack_to_too_little_are_refused(
    compression: int, lines: int, packed: bytes, pool: DecodePool, tmp_path: Path
) -> None:
    """Some readers hand out the memory behind them as pixels."""
    chunks = [struct.pack("<2i", y, len(packed)) + packed for y in range(0, 32, lines)]
    (tmp_path / "short.exr").write_bytes(exr_file(raw_attributes(40, 32, compression), chunks))
    with pytest.raises(FrameError, match="decoded"):
        read_frame(tmp_path / "short.exr", pool)


def test_a_frame_put_together_by_hand_is_read(pool: DecodePool, tmp_path: Path) -> None:
    """What the following tests damage is sound before."""
    (tmp_path / "frame.exr").write_bytes(exr_file(raw_attributes(), raw_lines()))
    assert read_frame(tmp_path / "frame.exr", pool)[0]["Y"].shape == (4, 8)


_WINDOW = "dataWindow"
_BOX = "<4i"
_CHANNEL = struct.pack("<iB3xii", 1, 0, 1, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("channels", b"\0", id="no channels"),
        pytest.param("channels", b"Y\0" + _CHANNEL + b"Y\0" + _CHANNEL + b"\0", id="a channel twice"),
        pytest.param("channels", b"Y\0" + struct.pack("<iB3xii", 9, 0, 1, 1) + b"\0", id="a sample type that is none"),
        pytest.param("channels", b"Y\0" + struct.pack("<iB3xii", 1, 0, 0, 1) + b"\0", id="sampled every 0 pixels"),
        pytest.param("channels", b"Y\0" + _CHANNEL, id="a channel list without end"),
        pytest.param("channels", b"\xff\0" + _CHANNEL + b"\0", id="a channel name that is not UTF-8"),
        pytest.param("compression", b"\x63", id="a compression that is none"),
        pytest.param("lineOrder", b"\x09", id="a line order that is none"),
        pytest.param("pixelAspectRatio", struct.pack("<f", float("nan")), id="a pixel aspect of NaN"),
        pytest.param("pixelAspectRatio", struct.pack("<f", 0), id="a pixel aspect of 0"),
        pytest.param(_WINDOW, struct.pack(_BOX, 7, 3, 0, 0), id="an empty data window"),
        pytest.param(_WINDOW, struct.pack(_BOX, 0, 0, 7, 999_999), id="more rows than chunks"),
        pytest.param(_WINDOW, struct.pack(_BOX, -(2**31), -(2**31), 2**31 - 1, 2**31 - 1), id="windows that overflow"),
        pytest.param(_WINDOW, struct.pack(_BOX, 2**30, 0, 2**30 + 7, 3), id="a window whose double no EXR can hold"),
        pytest.param("displayWindow", struct.pack(_BOX, 0, 0, 10**9, 10**9), id="a display as large as that"),
        pytest.param(_WINDOW, b"0 0 7 3", id="a window of 7 bytes"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(name: str, value: bytes, pool: DecodePool, tmp_path: Path) -> None:
    attributes = raw_attributes()
    attributes[name] = Attribute(attributes[name].type, value)
    (tmp_path / "frame.exr").write_bytes(exr_file(attributes, raw_lines()))
    with pytest.raises(FrameError, match="malformed EXR"):
        open_frame(tmp_path / "frame.exr", pool=pool)


@pytest.mark.parametrize("name", ["channels", "compression", "dataWindow", "displayWindow", "lineOrder"])
def test_a_header_that_lacks_what_the_picture_needs_is_refused(name: str, pool: DecodePool, tmp_path: Path) -> None:
    attributes = raw_attributes()
    del attributes[name]
    (tmp_path / "frame.exr").write_bytes(exr_file(attributes, raw_lines()))
    with pytest.raises(FrameError, match=f"'{name}' is missing"):
        open_frame(tmp_path / "frame.exr", pool=pool)


@pytest.mark.parametrize("version", [0x63, 0xF0000002, 0x202, 0x1002, 0x1202])
def test_flags_that_the_file_does_not_keep_are_refused(version: int, pool: DecodePool, tmp_path: Path) -> None:
    (tmp_path / "frame.exr").write_bytes(exr_file(raw_attributes(), raw_lines(), version))
    with pytest.raises(FrameError, match="malformed EXR"):
        open_frame(tmp_path / "frame.exr", pool=pool)


@pytest.mark.parametrize("offset", [0, 10, 2**40, 2**63])
def test_a_chunk_table_that_points_elsewhere_is_refused(offset: int, pool: DecodePool, tmp_path: Path) -> None:
    (tmp_path / "frame.exr").write_bytes(exr_file(raw_attributes(), raw_lines(), changed_offsets={1: offset}))
    with pytest.raises(FrameError, match="chunk 1"):
        open_frame(tmp_path / "frame.exr", pool=pool)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(struct.pack("<2i", 5000, 16) + bytes(16), id="a row that is none of the picture's"),
        pytest.param(struct.pack("<2i", 1, -5) + bytes(16), id="a negative size"),
        pytest.param(struct.pack("<2i", 1, 2**31 - 1) + bytes(16), id="a size beyond the file"),
        pytest.param(struct.pack("<2i", 1, 8) + bytes(8), id="fewer bytes than its pixels"),
        pytest.param(struct.pack("<2i", 1, 40) + bytes(16), id="bytes that it shares with the next"),
    ],
)
def test_a_chunk_that_lies_about_itself_is_refused(second: bytes, pool: DecodePool, tmp_path: Path) -> None:
    chunks = raw_lines()
    chunks[1] = second
    (tmp_path / "frame.exr").write_bytes(exr_file(raw_attributes(), chunks))
    with pytest.raises(FrameError, match="malformed EXR"):
        open_frame(tmp_path / "frame.exr", pool=pool)


@pytest.mark.parametrize("number", [1, 77])
def test_a_chunk_of_another_part_is_refused(number: int, pool: DecodePool, tmp_path: Path) -> None:
    path = tmp_path / "frame.exr"
    one = part(8, 4, name="a", channels=(Channel("Y", "half"),), compression="none")
    write_frame(path, one, multipart=True)
    data = bytearray(path.read_bytes())
    data[-4 * 28 : -4 * 28 + 4] = struct.pack("<i", number)
    path.write_bytes(data)
    with pytest.raises(FrameError, match="chunk 0"):
        open_frame(path, pool=pool)
