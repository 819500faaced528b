"""EXR attribute values as plain values."""

import struct
from typing import Any

import pytest

from uprez.cli.attributes import attribute_value
from uprez.frames.types import Attribute


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        pytest.param("string", b"caf\xc3\xa9", "café", id="text"),
        pytest.param("string", b"caf\xe9", "caf\\xe9", id="text that is not UTF-8"),
        pytest.param("int", struct.pack("<i", -3), -3, id="whole number"),
        pytest.param("float", struct.pack("<f", 0.1), 0.1, id="float, without digits that are not in it"),
        pytest.param("float", struct.pack("<f", float("nan")), "nan", id="NaN, which JSON does not have"),
        pytest.param("v2i", struct.pack("<2i", 3, 4), [3, 4], id="vector"),
        pytest.param("rational", struct.pack("<iI", 24000, 1001), [24000, 1001], id="rational"),
        pytest.param("stringvector", b"\4\0\0\0left\5\0\0\0right", ["left", "right"], id="list of texts"),
        pytest.param("floatvector", struct.pack("<2f", 1, 2), [1.0, 2.0], id="list of floats"),
        pytest.param("timecode", struct.pack("<II", 0x01020304, 0), "01:02:03:04", id="timecode"),
        pytest.param("timecode", struct.pack("<II", 0x23595869, 0), "23:59:58;29", id="drop-frame timecode"),
        pytest.param("v2i", b"\0" * 5, "(v2i, 5 bytes)", id="damaged"),
        pytest.param("studioThing", b"\0" * 9, "(studioThing, 9 bytes)", id="a type of somebody's own"),
    ],
)
def test_a_value_is_shown_as_what_it_means(kind: str, data: bytes, value: Any) -> None:
    assert attribute_value(Attribute(kind, data)) == value
