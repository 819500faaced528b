"""Frames that are not EXR come in scene-linear, premultiplied and whole, or are refused by one line."""

import json
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import DeclinedError, FrameError, UsageError
from uprez.frames import Window
from uprez.frames.color import find_space
from uprez.frames.image_results import write_image
from uprez.frames.images import image_format, read_image

GENERATOR = np.random.default_rng(7)
NOISE = GENERATOR.random((18, 32, 4), np.float32)


def save(path: Path, pixels: np.ndarray, kind: str, **attributes: object) -> Path:
    """Write samples exactly as given, by OpenImageIO alone."""
    spec = OpenImageIO.ImageSpec(pixels.shape[1], pixels.shape[0], pixels.shape[2], kind)
    for name, value in attributes.items():
        spec.attribute(name.replace("__", ":"), value)
    output = OpenImageIO.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(pixels)
    assert output.close()
    return path


def srgb_to_linear(encoded: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, independent of OpenColorIO."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def colour(planes: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack([planes[name] for name in "RGB"], axis=2)


@pytest.mark.parametrize(
    ("name", "kind", "top"),
    [("a.png", "uint8", 255), ("a.png", "uint16", 65535), ("a.tif", "uint8", 255), ("a.tif", "uint16", 65535)],
)
def test_integer_pixels_are_taken_as_srgb(tmp_path: Path, name: str, kind: str, top: int) -> None:
    """The IEC curve gives the same linear values; samples are half in the header."""
    codes = GENERATOR.integers(0, top + 1, (18, 32, 3)).astype(kind)
    header, planes = read_image(save(tmp_path / name, codes, kind))
    np.testing.assert_allclose(colour(planes), srgb_to_linear(codes / top), rtol=2e-5, atol=1e-6)
    assert [(channel.name, channel.type) for channel in header.parts[0].channels] == [
        ("R", "half"),
        ("G", "half"),
        ("B", "half"),
    ]


def test_float_pixels_are_linear_as_they_are(tmp_path: Path) -> None:
    """Negative values, highlights and NaN of a float TIFF arrive bit for bit."""
    pixels = (NOISE[..., :3] * 40 - 1).astype(np.float32)
    pixels[3, 4, 1] = np.nan
    header, planes = read_image(save(tmp_path / "a.tif", pixels, "float"))
    np.testing.assert_array_equal(colour(planes), pixels)
    assert header.parts[0].channels[0].type == "float"


@pytest.mark.parametrize(("code", "linear"), [(95, 0.0), (685, 1.0), (1023, 13.52109)])
def test_log_dpx_follows_the_cineon_curve(tmp_path: Path, code: int, linear: float) -> None:
    """Reference black 95 is 0, reference white 685 is 1, code 1023 is 13.52 times white, exactly on code values."""
    words = np.full((2, 2, 3), (code << 6) | (code >> 4), np.uint16)
    path = save(tmp_path / "a.dpx", words, "uint16", oiio__BitsPerSample=10, oiio__ColorSpace="KodakLog")
    header, planes = read_image(path)
    np.testing.assert_allclose(planes["R"], linear, rtol=1e-4, atol=1e-6)
    assert header.parts[0].text("uprez:colorspace") == "Cineon"


def test_unassociated_alpha_multiplies_linear_colour(tmp_path: Path) -> None:
    """Straight PNG colour is linearised before it is multiplied, so a half covered edge has half the light."""
    codes = np.zeros((1, 3, 4), np.uint16)
    codes[..., :3], codes[0, :, 3] = 40000, (0, 32768, 65535)
    _, planes = read_image(save(tmp_path / "a.png", codes, "uint16", oiio__UnassociatedAlpha=1))
    full = srgb_to_linear(np.array(40000 / 65535))
    np.testing.assert_allclose(planes["R"][0], [0, full * 32768 / 65535, full], rtol=2e-5, atol=1e-7)
    np.testing.assert_allclose(planes["A"][0], [0, 32768 / 65535, 1], rtol=1e-6)


def test_associated_alpha_is_divided_out_before_the_curve(tmp_path: Path) -> None:
    """Encoded premultiplied TIFF colour gives the same light as straight; where alpha is 0 its light stays."""
    alpha = np.array([[[1.0], [0.5], [0.0]]])
    straight = np.array([[[0.6] * 3, [0.6] * 3, [0.3] * 3]])
    codes = np.concatenate([straight * np.where(alpha > 0, alpha, 1), alpha], axis=2)
    path = save(tmp_path / "a.tif", np.rint(codes * 65535).astype(np.uint16), "uint16")
    _, planes = read_image(path)
    expected = [srgb_to_linear(np.array(0.6)), srgb_to_linear(np.array(0.6)) / 2, srgb_to_linear(np.array(0.3))]
    np.testing.assert_allclose(planes["R"][0], expected, rtol=2e-4)


def test_grey_is_colour_with_three_equal_channels(tmp_path: Path) -> None:
    codes = GENERATOR.integers(0, 256, (4, 5, 1)).astype(np.uint8)
    _, planes = read_image(save(tmp_path / "a.png", codes, "uint8"))
    assert list(planes) == ["R", "G", "B"]
    np.testing.assert_array_equal(planes["R"], planes["B"])
    np.testing.assert_allclose(planes["G"], srgb_to_linear(codes[..., 0] / 255), rtol=2e-5, atol=1e-6)


def test_a_named_colour_space_replaces_the_rule(tmp_path: Path) -> None:
    """An alias of OpenColorIO's config is enough; a wrong name is answered with the nearest right one."""
    codes = GENERATOR.integers(0, 65536, (4, 5, 3)).astype(np.uint16)
    path = save(tmp_path / "a.tif", codes, "uint16")
    header, planes = read_image(path, "lin_rec709")
    np.testing.assert_allclose(colour(planes), codes / 65535, rtol=1e-6)
    assert header.parts[0].text("uprez:colorspace") == "Linear Rec.709 (sRGB)"
    with pytest.raises(UsageError, match=r'"ACEScgg".*"ACEScg"'):
        read_image(path, "ACEScgg")


@pytest.mark.parametrize(
    ("told", "space"),
    [
        pytest.param({"floating": True, "bits": 32, "profile": "Dot Gain 20%"}, "Linear Rec.709 (sRGB)", id="float"),
        pytest.param({"floating": False, "bits": 16, "transfer": "Linear"}, "Linear Rec.709 (sRGB)", id="linear DPX"),
        pytest.param({"floating": False, "bits": 10, "transfer": "ITU-R 709-4"}, "Camera Rec.709", id="video DPX"),
        pytest.param({"floating": False, "bits": 10, "transfer": "Undefined"}, "Cineon", id="10 bit DPX, unsaid"),
        pytest.param({"floating": False, "bits": 16, "transfer": "Undefined"}, "sRGB Encoded Rec.709 (sRGB)", id="DPX"),
        pytest.param({"floating": False, "bits": 8, "profile": "Display P3"}, "sRGB Encoded P3-D65", id="known ICC"),
        pytest.param({"floating": False, "bits": 8, "profile": "Dot Gain 20%"}, None, id="unknown ICC: none"),
        pytest.param({"floating": False, "bits": 8, "declared": "g22_rec709"}, "Gamma 2.2 Encoded Rec.709", id="PNG"),
        pytest.param({"floating": False, "bits": 8, "declared": "no such"}, "sRGB Encoded Rec.709 (sRGB)", id="rest"),
    ],
)
def test_the_colour_space_rule(told: dict[str, object], space: str | None) -> None:
    """The rows of the table in `uprez.frames.color`."""
    assert find_space(**told) == space  # type: ignore[arg-type]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_tags_are_carried_out(tmp_path: Path, orientation: int) -> None:
    """Pixels come upright as OpenImageIO's own reorientation, an independent one, has them."""
    path = save(tmp_path / "a.tif", NOISE[..., :3].copy(), "float", Orientation=orientation)
    expected = OpenImageIO.ImageBufAlgo.reorient(OpenImageIO.ImageBuf(str(path))).get_pixels()
    header, planes = read_image(path)
    np.testing.assert_array_equal(colour(planes), expected)
    assert header.parts[0].data_window == Window(0, 0, expected.shape[1] - 1, expected.shape[0] - 1)


def test_windows_aspect_and_film_metadata_are_kept(tmp_path: Path) -> None:
    """An offset TIFF is a crop of its display window; DPX time and key codes become the EXR attributes of that name."""
    spec = OpenImageIO.ImageSpec(8, 6, 3, "float")
    spec.x, spec.y, spec.full_width, spec.full_height = 10, 20, 64, 48
    output = OpenImageIO.ImageOutput.create("tiff")
    assert output.open(str(tmp_path / "a.tif"), spec)
    assert output.write_image(NOISE[:6, :8, :3].copy())
    assert output.close()
    part = read_image(tmp_path / "a.tif")[0].parts[0]
    assert part.data_window == Window(10, 20, 17, 25)
    assert part.display_window == Window(0, 0, 63, 47)

    spec = OpenImageIO.ImageSpec(8, 6, 3, "uint16")
    spec.attribute("smpte:TimeCode", OpenImageIO.TypeTimeCode, (0x01020304, 0))
    spec.attribute("PixelAspectRatio", 2.0)
    assert output.close()
    output = OpenImageIO.ImageOutput.create("dpx")
    assert output.open(str(tmp_path / "a.dpx"), spec)
    assert output.write_image(np.zeros((6, 8, 3), np.uint16))
    assert output.close()
    part = read_image(tmp_path / "a.dpx")[0].parts[0]
    assert part.attributes["timeCode"].data == bytes([4, 3, 2, 1, 0, 0, 0, 0])
    assert part.pixel_aspect == 2.0
    assert part.chromaticities == pytest.approx((0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290))


@pytest.mark.parametrize("name", ["a.tif", "a.png", "a.jpg", "a.dpx", "a.hdr"])
def test_a_file_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    """No grey or zero pixels pass for a picture, whatever is left of the file."""
    whole = tmp_path / f"whole{Path(name).suffix}"
    write_image(whole, np.ascontiguousarray(NOISE[..., :3]))
    data = whole.read_bytes()
    for tenth in range(10):
        (tmp_path / name).write_bytes(data[: len(data) * tenth // 10])
        with pytest.raises(FrameError) as caught:
            read_image(tmp_path / name)
        assert str(caught.value).startswith(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_several_images_in_one_file_are_declined(tmp_path: Path) -> None:
    """Pages are never dropped in silence."""
    path, spec = tmp_path / "a.tif", OpenImageIO.ImageSpec(4, 4, 3, "uint8")
    output = OpenImageIO.ImageOutput.create("tiff")
    assert output.open(str(path), (spec, spec))
    assert output.write_image(np.zeros((4, 4, 3), np.uint8))
    assert output.open(str(path), spec, "AppendSubimage")
    assert output.write_image(np.ones((4, 4, 3), np.uint8))
    assert output.close()
    with pytest.raises(DeclinedError, match="several images"):
        read_image(path)


@pytest.mark.parametrize(
    ("channels", "kind", "reason"),
    [(5, "uint8", "channels R, G, B, A, channel4"), (3, "int16", "samples are int16")],
)
def test_other_channels_and_sample_types_are_declined(tmp_path: Path, channels: int, kind: str, reason: str) -> None:
    path = save(tmp_path / "a.tif", np.zeros((4, 4, channels), kind), kind)
    with pytest.raises(DeclinedError, match=reason):
        read_image(path)


def test_a_size_that_the_file_cannot_hold_is_refused_before_memory_is_taken(tmp_path: Path) -> None:
    """A PNG of a few hundred bytes that claims 40000 x 40000 pixels costs no gigabytes."""
    path = save(tmp_path / "a.png", np.zeros((4, 4, 3), np.uint8), "uint8")
    data = bytearray(path.read_bytes())
    data[16:24] = (40000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(FrameError, match="claims"):
        read_image(path)


@pytest.mark.skipif(sys.platform != "linux", reason="address space limits are reliable on Linux only")
def test_a_picture_beyond_the_memory_limit_is_one_line(tmp_path: Path) -> None:
    """Inside the decode worker's address space limit a big, honest file ends in a FrameError, not in a death."""
    path = save(tmp_path / "a.tif", np.zeros((8000, 8000, 3), np.uint8), "uint8", compression="zip")
    script = f"""
        import pathlib, resource
        import numpy, OpenImageIO, PyOpenColorIO
        from uprez.errors import FrameError
        from uprez.frames.images import read_image
        resource.setrlimit(resource.RLIMIT_AS, (1200 << 20, 1200 << 20))
        try:
            read_image(pathlib.Path({str(path)!r}))
        except FrameError as error:
            print(error)
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "8000 x 8000 pixels do not fit into the memory allowed" in run.stdout


def test_files_are_told_by_content(tmp_path: Path) -> None:
    """A PNG named .tif is read; text named .png, an empty file, a folder and a missing file are refused by name."""
    codes = np.full((2, 2, 3), 255, np.uint8)
    wrong = tmp_path / "a.tif"
    wrong.write_bytes(save(tmp_path / "a.png", codes, "uint8").read_bytes())
    assert image_format(wrong) == "png"
    np.testing.assert_allclose(read_image(wrong)[1]["R"], 1.0, rtol=1e-6)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    for name, reason in [
        ("text.png", "not an image"),
        ("empty.png", "empty"),
        (".", "not an ordinary file"),
        ("gone.png", "No such"),
    ]:
        with pytest.raises(FrameError, match=reason):
            read_image(tmp_path / name)


@given(st.data())
def test_flipped_bytes_never_escape_as_foreign_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Damage is either seen and refused, or changes pixels of a picture that is still whole."""
    folder = tmp_path_factory.mktemp("flips", numbered=True)
    path = folder / data.draw(st.sampled_from(["a.tif", "a.png", "a.jpg", "a.dpx", "a.hdr"]))
    write_image(path, np.ascontiguousarray(NOISE[..., :3]))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        header, planes = read_image(path)
    except FrameError:
        pass
    else:
        window = header.parts[0].data_window
        assert all(plane.shape == (window.height, window.width) for plane in planes.values())


def test_importing_the_room_loads_no_image_library() -> None:
    """Commands that touch no pixels start without OpenImageIO and OpenColorIO."""
    script = """
        import sys
        import uprez.frames.images, uprez.frames.image_results, uprez.frames.preview, uprez.frames.sequences
        print([name for name in ("OpenImageIO", "PyOpenColorIO", "fileseq") if name in sys.modules])
    """
    run = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_corpus_of_other_formats_is_read_or_refused_as_its_manifest_says(shared: Path) -> None:
    """Valid files have the size and channels that the manifest gives; truncated ones are refused by name."""
    manifest = json.loads((shared / "exr" / "MANIFEST.json").read_text())["files"]
    others = [entry for entry in manifest if not entry["path"].endswith(".exr")]
    assert len(others) == 12
    for entry in others:
        path = shared / "exr" / entry["path"]
        if entry["expect"].get("must") == "refuse":
            with pytest.raises(FrameError, match=path.name):
                read_image(path)
            continue
        header, planes = read_image(path)
        window = header.parts[0].data_window
        assert [window.width, window.height] == entry["expect"]["size"], path.name
        assert list(planes) == entry["expect"]["channels"], path.name
        assert all(np.isfinite(plane).all() for plane in planes.values()), path.name
