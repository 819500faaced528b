"""Every file of the corpus comes out as an independent reader sees it, or is refused in one line."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from tests.frames.exr_samples import LOSSLESS, corpus, corpus_path, outcome, read_frame, same
from uprez.errors import DeclinedError, FrameError
from uprez.frames import DecodePool, FrameHeader, FrameWriter, open_frame


def _readable(path: str, expect: Mapping[str, Any]) -> bool:
    newer_codec = "codec" in expect.get("handling", "")
    return path.endswith(".exr") and (expect.get("handling", "").startswith("processed") or newer_codec)


def _declined(path: str, expect: Mapping[str, Any]) -> bool:
    return path.startswith("valid") and path.endswith(".exr") and not _readable(path, expect)


READABLE, DECLINED = corpus(_readable), corpus(_declined)
REFUSED = corpus(lambda _, expect: expect.get("must") == "refuse")
EITHER = corpus(lambda _, expect: expect.get("must") == "either")


@pytest.mark.parametrize("file", READABLE)
def test_every_sample_is_what_the_independent_reader_sees(file: Mapping[str, Any], pool: DecodePool) -> None:
    """Windows, channels, types and the digest of every channel in its stored type, lossy codecs too: same decoder. But
    for LJ2K, whose floating-point wavelets round otherwise on another CPU: there by the library itself, here.
    """
    with open_frame(corpus_path(file), pool=pool) as reader:
        assert len(reader.header.parts) == len(file["expect"]["parts"])
        for number, (part, expected) in enumerate(zip(reader.header.parts, file["expect"]["parts"], strict=True)):
            planes = reader.read(number, 0, part.data_window.height)
            window, display = part.data_window, part.display_window
            assert [window.x_min, window.y_min, window.x_max, window.y_max] == expected["dataWindow"]
            assert [display.x_min, display.y_min, display.x_max, display.y_max] == expected["displayWindow"]
            assert [(channel.name, channel.type) for channel in part.channels] == [
                (channel["name"], channel["type"]) for channel in expected["channels"]
            ]
            digests = {name: _digest(plane) for name, plane in planes.items()}
            if part.compression == "lj2k":
                library = OpenEXR.File(str(corpus_path(file)), separate_channels=True).parts[number].channels
                assert digests == {name: _digest(channel.pixels) for name, channel in library.items()}
            else:
                assert digests == {channel["name"]: channel["sha256_16"] for channel in expected["channels"]}


def _digest(plane: np.ndarray) -> str:
    return hashlib.sha256(plane.tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("file", READABLE)
def test_a_copy_keeps_every_attribute_to_the_byte_and_every_lossless_sample(
    file: Mapping[str, Any], pool: DecodePool, tmp_path: Path
) -> None:
    """Through our own reader: the parts are equal but for mip- and rip-maps, which are written as one level."""
    source, copy = corpus_path(file), tmp_path / "copy.exr"
    _copy(source, copy, pool)
    with open_frame(source, pool=pool) as before, open_frame(copy, pool=pool) as after:
        for one, other in zip(before.header.parts, after.header.parts, strict=True):
            assert dict(one.attributes) == dict(other.attributes)
            assert (one.name, one.view, one.channels) == (other.name, other.view, other.channels)
            assert (one.compression, one.line_order) == (other.compression, other.line_order)
            assert (one.tiling is None) == (other.tiling is None)
    for one, old, new in zip(before.header.parts, read_frame(source, pool), read_frame(copy, pool), strict=True):
        if one.compression in LOSSLESS:
            assert same(old, new)


@pytest.mark.parametrize("file", READABLE)
def test_an_independent_reader_sees_no_difference_between_a_frame_and_its_copy(
    file: Mapping[str, Any], pool: DecodePool, tmp_path: Path
) -> None:
    """The OpenEXR module, with nothing of ours between: headers, and samples of lossless codecs."""
    source, copy = corpus_path(file), tmp_path / "copy.exr"
    _copy(source, copy, pool)
    before, after = (OpenEXR.File(str(path), separate_channels=True).parts for path in (source, copy))
    assert len(before) == len(after)
    for one, other in zip(before, after, strict=True):
        assert one.header.keys() == other.header.keys()
        for name in one.header.keys() - {"tiles", "channels", "chunkCount"}:
            assert _plain(one.header[name]) == _plain(other.header[name]), name
        if "tiles" in one.header:
            old, new = one.header["tiles"], other.header["tiles"]
            assert (old.xSize, old.ySize, old.roundingMode) == (new.xSize, new.ySize, new.roundingMode)
            assert new.mode == OpenEXR.ONE_LEVEL
        assert list(one.channels) == list(other.channels)
        if str(one.compression()).removesuffix("_COMPRESSION").lower() in LOSSLESS:
            for name, channel in one.channels.items():
                assert channel.pixels.tobytes() == other.channels[name].pixels.tobytes()


@pytest.mark.parametrize("file", DECLINED)
def test_what_can_not_keep_its_meaning_is_declined(file: Mapping[str, Any], pool: DecodePool) -> None:
    """Deep samples, subsampled channels and luminance/chroma: one line that names the file and the reason."""
    with pytest.raises(DeclinedError) as refusal:
        open_frame(corpus_path(file), pool=pool)
    assert str(corpus_path(file)) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("file", REFUSED)
def test_a_malformed_frame_is_refused(file: Mapping[str, Any], pool: DecodePool) -> None:
    """On opening or reading; never a crash, a hang, or made-up pixels."""
    with pytest.raises(FrameError) as refusal:
        read_frame(corpus_path(file), pool)
    assert str(corpus_path(file)) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("file", EITHER)
def test_a_frame_that_breaks_the_standard_harmlessly_is_read_or_refused(
    file: Mapping[str, Any], pool: DecodePool
) -> None:
    assert "\n" not in outcome(corpus_path(file), pool)


def _copy(source: Path, copy: Path, pool: DecodePool) -> None:
    with open_frame(source, pool=pool) as reader:
        header = FrameHeader(copy, reader.header.parts, reader.header.multipart, reader.header.long_names)
        with FrameWriter(copy, header) as writer:
            for number, part in enumerate(header.parts):
                writer.write(number, 0, reader.read(number, 0, part.data_window.height))


def _plain(value: Any) -> Any:
    """A header value of the OpenEXR module as something that compares by content."""
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, OpenEXR.PreviewImage):
        return str(value), value.pixels.tobytes()
    return str(value)
