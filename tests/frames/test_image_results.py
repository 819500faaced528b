"""Results that are not EXR: the inverse of the rule that reads them, whole files only, the same bytes every time."""

import struct
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from uprez.errors import FrameError, UsageError
from uprez.frames.image_results import ENCODINGS, write_image
from uprez.frames.images import read_image
from uprez.frames.types import Attribute, Part, Window

GENERATOR = np.random.default_rng(11)


def scene(channels: int = 4) -> np.ndarray:
    """Premultiplied light from 0 to 0.9, some without coverage left out, so that every format can hold it."""
    pixels = GENERATOR.random((18, 32, channels), np.float32) * 0.9
    if channels == 4:
        pixels[..., 3] = np.clip(pixels[..., 3] * 1.2, 0.1, 1)
        pixels[..., :3] *= pixels[..., 3:]
    return pixels


def read_pixels(path: Path) -> np.ndarray:
    return np.stack(list(read_image(path)[1].values()), axis=2)


@pytest.mark.parametrize(
    ("name", "channels", "tolerance"),
    [
        pytest.param("a.tif", 4, 0, id="float TIFF is exact"),
        pytest.param("a.png", 4, 4e-5, id="16 bit PNG"),
        pytest.param("a.dpx", 4, 5e-3, id="10 bit log DPX: half a code is 0.4 %"),
        pytest.param("a.hdr", 3, 4e-3, id="RGBE: 8 bits of mantissa"),
        pytest.param("a.jpg", 3, 0.2, id="JPEG of noise"),
    ],
)
def test_what_is_written_reads_back_as_the_same_light(
    tmp_path: Path, name: str, channels: int, tolerance: float
) -> None:
    pixels = scene(channels)
    write_image(tmp_path / name, pixels)
    np.testing.assert_allclose(read_pixels(tmp_path / name), pixels, rtol=0, atol=tolerance)


def test_float_tiff_keeps_highlights_and_negative_values(tmp_path: Path) -> None:
    pixels = scene() * 60000 - 10
    write_image(tmp_path / "a.tif", pixels)
    np.testing.assert_array_equal(read_pixels(tmp_path / "a.tif"), pixels)


@pytest.mark.parametrize("name", ["a.jpg", "a.hdr"])
def test_formats_without_alpha_show_the_colour_over_black(tmp_path: Path, name: str) -> None:
    pixels = np.full((16, 16, 4), 0.25, np.float32)
    write_image(tmp_path / name, pixels)
    np.testing.assert_allclose(read_pixels(tmp_path / name), pixels[..., :3], atol=4e-3)


def test_the_same_pixels_give_the_same_bytes_whenever_and_wherever(tmp_path: Path) -> None:
    """No date, no path of the temporary file."""
    pixels = scene(3)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for extension in ENCODINGS:
            write_image(tmp_path / folder / f"x.0001{extension}", pixels, description="made by a test")
        time.sleep(1.1 if folder == "a" else 0)
    for first in (tmp_path / "a").iterdir():
        assert first.read_bytes() == (tmp_path / "b" / first.name).read_bytes(), first.name
        assert b".part" not in first.read_bytes(), first.name


@pytest.mark.parametrize("extension", [".tif", ".png", ".jpg", ".dpx"])
def test_the_description_travels_along(tmp_path: Path, extension: str) -> None:
    write_image(tmp_path / f"a{extension}", scene(3), description="uprez 0.1 film-x2")
    part = read_image(tmp_path / f"a{extension}")[0].parts[0]
    assert part.text("comments") == "uprez 0.1 film-x2"


def test_an_extension_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.exr, \.tif"):
        write_image(tmp_path / "a.gif", scene(3))
    assert list(tmp_path.iterdir()) == []


def test_nan_is_written_as_black(tmp_path: Path) -> None:
    pixels = scene(3)
    pixels[2, 3] = np.nan
    write_image(tmp_path / "a.png", pixels)
    assert np.all(read_pixels(tmp_path / "a.png")[2, 3] == 0)


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="can't be written: No such file"):
        write_image(tmp_path / "gone" / "a.png", scene(3))


@pytest.mark.skipif(sys.platform != "linux", reason="file size limits as on Linux")
@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.dpx", "a.hdr"])
def test_a_disk_that_fills_up_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    """A file size limit stands for the full disk: one FrameError, and the earlier file of that name is untouched."""
    (tmp_path / name).write_bytes(b"before")
    script = f"""
        import pathlib, resource, signal
        import numpy
        from uprez.errors import FrameError
        from uprez.frames.image_results import write_image
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
        pixels = numpy.random.default_rng(0).random((90, 160, 3), numpy.float32)
        try:
            write_image(pathlib.Path({str(tmp_path / name)!r}), pixels)
        except FrameError as error:
            print("refused", error)
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"refused {tmp_path / name}: ")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_does_not_end_the_process_that_writes_a_jpeg(tmp_path: Path) -> None:
    """libjpeg calls exit() when it can't write."""
    (tmp_path / ".a.jpg.part").symlink_to("/dev/full")
    with pytest.raises(FrameError, match="No space left on device"):
        write_image(tmp_path / "a.jpg", scene(3))
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".a.png.part").write_bytes(b"half a file" * 100000)
    write_image(tmp_path / "a.png", scene(3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert read_pixels(tmp_path / "a.png").shape == (18, 32, 3)


@pytest.mark.parametrize(("name", "codes"), [("a.dpx", True), ("a.tif", False), ("a.png", False)])
def test_the_pixel_aspect_is_kept_and_the_time_code_where_the_format_has_one(
    tmp_path: Path, name: str, codes: bool
) -> None:
    """An anamorphic frame comes back as wide as it was."""
    window = Window(0, 0, 31, 17)
    time_code = Attribute("timecode", struct.pack("<2I", 0x01020304, 0))
    source = Part(None, None, (), window, window, 2.0, "zip", "increasing_y", None, attributes={"timeCode": time_code})
    write_image(tmp_path / name, scene(3), source=source)
    header, _ = read_image(tmp_path / name)
    assert header.parts[0].pixel_aspect == pytest.approx(2)
    assert header.parts[0].attributes.get("timeCode") == (time_code if codes else None)
