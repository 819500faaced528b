"""The header of a result: what changes with the resolution changes, all else stays; and where it came from."""

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from tests.upscaling.test_layers import part, text
from uprez.errors import FrameError
from uprez.frames import Attribute, FrameHeader, Tiling, Window
from uprez.upscaling.attributes import Provenance, identify, result_header, settings_text

PROVENANCE = Provenance("1.0", "net 0abc", '{"scale":2}', "f.exr 3 ff")


def header_with(**attributes: Attribute) -> FrameHeader:
    return FrameHeader(Path("f.exr"), (part("R", "G", "B", **attributes),))


def result_of(source: FrameHeader) -> FrameHeader:
    return result_header(source, Path("out/f.exr"), 2, PROVENANCE)


def test_windows_are_doubled_corner_by_corner() -> None:
    """Corners are inclusive: pixel -102 becomes -204 and -203."""
    overscan = replace(part("R"), data_window=Window(-102, -54, 2149, 1133))
    (result,) = result_of(FrameHeader(Path("f.exr"), (overscan,))).parts
    assert result.data_window == Window(-204, -108, 4299, 2267)


def test_attributes_that_count_pixels_of_the_picture_are_scaled() -> None:
    source = header_with(
        originalDataWindow=Attribute("box2i", struct.pack("<4i", -8, -4, 2055, 1083)),
        xDensity=Attribute("float", struct.pack("<f", 72.0)),
    )
    found = result_of(source).parts[0].attributes
    assert struct.unpack("<4i", found["originalDataWindow"].data) == (-16, -8, 4111, 2167)
    assert struct.unpack("<f", found["xDensity"].data) == (144.0,)


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("box2i", struct.pack("<4i", -8, -4, 2055, 1083)),
        Attribute("timecode", bytes(8)),
        Attribute("m44f", bytes(64)),
        Attribute("acmeBlob", bytes(range(64))),
        Attribute("string", b""),
    ],
)
def test_all_other_attributes_stay_to_the_byte(attribute: Attribute) -> None:
    assert result_of(header_with(anything=attribute)).parts[0].attributes["anything"] == attribute


def test_attributes_of_another_type_than_the_standards_are_left_alone() -> None:
    odd = text("as scanned")
    assert result_of(header_with(xDensity=odd)).parts[0].attributes["xDensity"] == odd


def test_one_level_of_tiles_remains() -> None:
    tiled = replace(part("R"), tiling=Tiling(20, 12, "ripmap", True))
    assert result_of(FrameHeader(Path("f.exr"), (tiled,))).parts[0].tiling == Tiling(20, 12, "one", False)


def test_provenance_stands_in_the_first_part_alone_and_replaces_an_older_one() -> None:
    """A result may be a source again."""
    two = FrameHeader(Path("f.exr"), (part("R", name="a"), part("Z", name="b")), True)
    once = result_of(two)
    again = result_header(once, Path("g.exr"), 2, Provenance("2.0", "other", "{}", "f.exr 4 ee"))
    assert once.parts[0].text("uprez:model") == "net 0abc"
    assert not any(name.startswith("uprez:") for name in once.parts[1].attributes)
    assert {name: again.parts[0].text(name) for name in again.parts[0].attributes} == {
        "uprez:version": "2.0", "uprez:model": "other", "uprez:settings": "{}", "uprez:source": "f.exr 4 ee",
    }  # fmt: skip


def test_a_result_tells_whether_it_was_made_just_so() -> None:
    made = result_of(header_with()).parts[0]
    assert PROVENANCE.stands_in(made)
    assert not Provenance("1.0", "net 0abc", '{"scale":2}', "f.exr 3 fe").stands_in(made)
    assert not PROVENANCE.stands_in(header_with().parts[0])
    assert PROVENANCE.stands_in(part("R", comments=text(PROVENANCE.as_text())))


def test_settings_are_written_alike_in_any_order() -> None:
    assert settings_text({"b": 1, "a": [2]}) == settings_text({"a": [2], "b": 1}) == '{"a":[2],"b":1}'


def test_a_source_is_known_by_name_size_and_content(tmp_path: Path) -> None:
    path = tmp_path / "f.exr"
    path.write_bytes(b"abc")
    assert identify(path) == f"f.exr 3 {hashlib.sha256(b'abc').hexdigest()}"
    with pytest.raises(FrameError, match="can't be read"):
        identify(tmp_path / "none.exr")
