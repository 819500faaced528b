"""What compressions keep, held against the OpenEXR library."""

import struct
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.frames.exr_samples import LOSSLESS, LOSSY, part, read_frame, write_frame
from uprez.frames import Attribute, Channel, DecodePool, FrameHeader, FrameWriter
from uprez.frames.exr.lossy import HALF_MAX, brightest, keeps_bits
from uprez.frames.types import SampleType

NAMES = ("R", "G", "B", "Y", "RY", "A", "Z", "r", "y", "red", "id.R", "id.Y", "id.r", "id.A", "R.x", "objectId")
TYPES: tuple[SampleType, ...] = ("half", "float", "uint")


@pytest.fixture(scope="module")
def pool() -> DecodePool:
    with DecodePool() as started:
        yield started


@pytest.mark.parametrize("compression", [*LOSSLESS, *LOSSY])
def test_bits_are_kept_where_it_says_so_and_only_there(pool: DecodePool, tmp_path: Path, compression: str) -> None:
    random = np.random.default_rng(2)
    # Steps of several pixels: blocks of mere noise DWA stores as they are.
    ids = np.kron(random.integers(1, 40, (16, 16)), np.ones((6, 6))) * 7.3 + random.integers(0, 2, (96, 96))
    for name, kind in product(NAMES, TYPES):
        one = part(96, 96, channels=(Channel(name, kind),), compression=compression)
        wanted = (ids * (1 if kind == "half" else 1001.3)).astype(one.channels[0].dtype)
        path = tmp_path / "ids.exr"
        write_frame(path, one, planes=[{name: wanted}])
        same = read_frame(path, pool)[0][name].tobytes() == wanted.tobytes()
        assert same == keeps_bits(one, one.channels[0]), (name, kind)


@pytest.mark.parametrize("compression", [*LOSSLESS, *LOSSY])
@pytest.mark.parametrize("level", [None, 45.0, 300.0, 5000.0, float("nan")])
def test_what_is_finite_is_read_back_finite(
    pool: DecodePool, tmp_path: Path, compression: str, level: float | None
) -> None:
    attributes = {} if level is None else {"dwaCompressionLevel": Attribute("float", struct.pack("<f", level))}
    random = np.random.default_rng(3)
    for kind, names in product(("half", "float"), (("R", "G", "B"), ("Y",), ("id.R", "Z"))):
        one = part(
            70, 60, channels=tuple(Channel(n, kind) for n in names), compression=compression, attributes=attributes
        )
        bright = random.random((60, 70)) < random.choice([0.01, 0.5, 0.95])
        planes = {name: np.where(bright, random.uniform(40000, 65504, (60, 70)), 0.2).astype("f4") for name in names}
        write_frame(tmp_path / "sun.exr", one, planes=[planes])
        for name, plane in read_frame(tmp_path / "sun.exr", pool)[0].items():
            assert np.isfinite(plane).all(), (kind, name)


def test_values_that_dwa_brings_back_as_infinite_are_lowered_and_counted(tmp_path: Path, pool: DecodePool) -> None:
    one = part(64, 64, channels=tuple(Channel(name, "half") for name in "RGB"), compression="dwaa")
    random = np.random.default_rng(1)
    planes = {name: random.uniform(0, HALF_MAX, (64, 64)).astype("f2") for name in "RGB"}
    for plane in planes.values():
        plane[::2] = plane[::2] * np.float16(1e-3)
    path = tmp_path / "noise.exr"
    with FrameWriter(path, FrameHeader(path, (one,))) as writer:
        writer.write(0, 0, planes)
    assert sum(writer.lowered.values()) > 0
    for name, plane in read_frame(path, pool)[0].items():
        assert np.isfinite(plane).all()
        assert plane.astype("f8").sum() > 0.9 * planes[name].astype("f8").sum()


def test_the_brightest_value_goes_by_type_compression_and_name() -> None:
    for compression, channel, most in [
        ("zip", Channel("R", "half"), HALF_MAX),
        ("zip", Channel("R", "float"), np.inf),
        ("dwab", Channel("Z", "float"), np.inf),
        ("dwab", Channel("a.A", "half"), HALF_MAX),
    ]:
        assert brightest(part(compression=compression), channel) == most
    for kind in ("half", "float"):
        assert 60000 < brightest(part(compression="dwaa"), Channel("lg.R", kind)) < HALF_MAX
