"""Pixels against names: data that is named like light, light that is named like data, and what is neither."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.upscaling.layered import picture, write_frame
from tests.upscaling.test_layers import part
from uprez.frames import DecodePool, FrameHeader, open_frame
from uprez.layers.finding import find_rules
from uprez.layers.pixels import overrule
from uprez.upscaling import Layer, Rule, RuleBook, find_layers

HEIGHT, WIDTH = 48, 64
Y, X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
BALL = np.hypot(X - 30, Y - 22) < 18


def seen(name: str, values: NDArray[np.floating], letters: str = "RGB") -> Layer:
    """The layer of that name beside a beauty, after a look at its pixels, (H, W, C)."""
    header = FrameHeader(Path("f.exr"), (part("R", "G", "B", *(f"{name}.{letter}" for letter in letters)),))
    layer = next(one for one in find_layers(header) if one.channels[0] == f"{name}.{letters[0]}")
    return overrule(layer, lambda one: values.reshape(-1, values.shape[2]).astype(np.float32)[:, : len(one.colours)])


def filtered(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brought down to half by a Lanczos filter of 3 lobes, as a renderer does: negative beside edges."""
    at = np.arange(-5.5, 6) / 2
    kernel = np.sinc(at) * np.sinc(at / 3)
    kernel /= kernel.sum()
    for axis in (0, 1):
        values = np.apply_along_axis(
            lambda line: np.convolve(np.pad(line, 6, "edge"), kernel, "same")[6:-6:2], axis, values
        )
    return values


def normals(edge: bool = True) -> NDArray[np.float64]:
    """Unit vectors of a ball; nothing around it."""
    x, y = (X - 30) / 18, (22 - Y) / 18
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    return np.stack([x, y, z], 2) * BALL[..., None]


SURFACES = np.where(BALL, 1, np.where(X > 45, 2, 0))
MOTION = np.stack([(SURFACES == 1) * 3.5, (SURFACES == 2) * -2.0, X * 0], 2)
DATA = {
    "vectors of length 1": (normals(), Rule.NORMAL),
    "velocity": (MOTION, Rule.DEPTH),
    "positions around the origin": (np.stack([X - 32, Y - 24, 5 + 0 * X], 2), Rule.DEPTH),
    "depth with nothing hit at 1e10": (np.where(BALL, 20 + X / 9, 1e10)[..., None].repeat(3, 2), Rule.DEPTH),
    "ids that are whole numbers": (np.array([7.0, 14, 31])[SURFACES][..., None].repeat(3, 2), Rule.ID),
    "hashes": (np.array([1.2e12, -3.7e-9, 7.7e20])[SURFACES][..., None].repeat(3, 2), Rule.ID),
}


@pytest.mark.parametrize(("values", "rule"), DATA.values(), ids=DATA.keys())
def test_numbers_under_a_name_that_says_nothing_get_the_rule_of_their_kind(
    values: NDArray[np.float64], rule: Rule
) -> None:
    layer = seen("xq7", values)
    assert layer.rule is rule
    assert layer.why.startswith("pixels: ")
    assert layer.doubt == ""


@pytest.mark.parametrize("name", ["RGBA_key", "diffuse", "albedo", "lg_fill"])
@pytest.mark.parametrize("kind", ["vectors of length 1", "positions around the origin"])
def test_numbers_under_a_name_of_light_are_data_all_the_same_and_that_is_told(name: str, kind: str) -> None:
    values, rule = DATA[kind]
    layer = seen(name, values)
    assert layer.rule is rule
    assert "is named like light" in layer.doubt


LAMP = np.where(np.hypot(*np.mgrid[-48:48, -64:64]) < 9, 60.0, 0)
NOISE = 0.002 * np.random.default_rng(1).standard_normal((HEIGHT, WIDTH, 3))
LIGHTS = {
    "a picture": picture(HEIGHT, WIDTH),
    "beside edges a little negative": filtered(picture(2 * HEIGHT, 2 * WIDTH) * 4),
    "a lamp in the dark, filtered": filtered(LAMP[..., None].repeat(3, 2)),
    "noise about zero": picture(HEIGHT, WIDTH) * BALL[..., None] + NOISE,
    "colours outside the gamut": picture(HEIGHT, WIDTH) @ np.array([[1, -0.1, 0], [0, 1, 0], [-0.2, 0, 1]]),
    "black": np.zeros((HEIGHT, WIDTH, 3)),
    "flat": np.full((HEIGHT, WIDTH, 3), 0.5),
    "a glowing panel": BALL[..., None] * np.array([4.0, 3, 1]),
    "red, green and blue alone": np.eye(3)[SURFACES],
    "a single spark": (np.hypot(X - 3, Y - 4) < 1)[..., None] * np.array([-1.0, 0, 1]),
}  # fmt: skip


@pytest.mark.parametrize("values", LIGHTS.values(), ids=LIGHTS.keys())
@pytest.mark.parametrize("name", ["RGBA_key", "diffuse_direct", "albedo"])
def test_light_stays_light(name: str, values: NDArray[np.float64]) -> None:
    layer = seen(name, values)
    assert (layer.rule, layer.doubt) == (Rule.COLOR, "")


@pytest.mark.parametrize("kind", [kind for kind in LIGHTS if kind != "red, green and blue alone"])
def test_light_whose_name_says_nothing_stays_light(kind: str) -> None:
    assert seen("xq7", LIGHTS[kind]).rule is Rule.COLOR


@pytest.mark.parametrize("name", ["normal", "depth", "object_id", "mask", "motionvector", "velocity"])
def test_a_picture_that_is_named_like_data_keeps_the_rule_of_its_name_and_is_told_of(name: str) -> None:
    plain = find_layers(FrameHeader(Path("f.exr"), (part(*(f"{name}.{letter}" for letter in "RGB")),)))[0]
    layer = seen(name, picture(HEIGHT, WIDTH))
    assert layer.rule is plain.rule
    assert "look like light" in layer.doubt


@pytest.mark.parametrize(
    ("name", "kind"), [("normal", "vectors of length 1"), ("P", "positions around the origin"), ("vel", "velocity")]
)
def test_data_that_is_what_its_name_says_is_in_no_doubt(name: str, kind: str) -> None:
    assert seen(name, DATA[kind][0]).doubt == ""


def test_motion_that_is_coded_around_one_half_is_not_scaled() -> None:
    values = 0.5 + 0.02 * MOTION
    layer = seen("MotionVectors", values)
    assert layer.rule is Rule.DEPTH
    assert "not scaled" in layer.doubt
    assert seen("MotionVectors", MOTION).rule is Rule.MOTION


def test_signed_values_under_a_word_of_motion_that_may_be_a_lamp_are_motion() -> None:
    assert seen("char_forward", MOTION).rule is Rule.MOTION
    assert seen("char_forward", LIGHTS["a picture"]).rule is Rule.COLOR


def test_vectors_of_unknown_meaning_that_are_unit_are_normals() -> None:
    assert seen("xq7", normals(), "XYZ").rule is Rule.NORMAL
    assert seen("xq7", picture(HEIGHT, WIDTH), "XYZ").rule is Rule.GENERIC


def frame_of(path: Path, **layers: NDArray[np.floating]) -> Path:
    """A file with a beauty and these layers."""
    planes = {letter: picture(HEIGHT, WIDTH)[..., k].astype("f4") for k, letter in enumerate("RGB")}
    for name, values in layers.items():
        planes |= {f"{name}.{letter}": values[..., k].astype("f4") for k, letter in enumerate("RGB")}
    return write_frame(path, planes)


def test_a_frame_is_judged_by_its_pixels_and_a_beauty_never_is(tmp_path: Path) -> None:
    path = frame_of(tmp_path / "a.exr", xq7=normals(), lit=picture(HEIGHT, WIDTH, 3), RGBA_key=MOTION)
    rules = {}
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        rules = {layer.name: layer.rule for layer in find_rules([reader], RuleBook())}
    assert rules == {"rgb": Rule.BEAUTY, "xq7": Rule.NORMAL, "lit": Rule.COLOR, "RGBA_key": Rule.DEPTH}
    beauty = write_frame(tmp_path / "b.exr", {c: normals()[..., k].astype("f4") for k, c in enumerate("RGB")})
    with DecodePool() as pool, open_frame(beauty, pool=pool) as reader:
        assert find_rules([reader], RuleBook())[0].rule is Rule.BEAUTY


def test_what_is_set_by_hand_stands(tmp_path: Path) -> None:
    path = frame_of(tmp_path / "a.exr", xq7=normals())
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        layers = {layer.name: layer for layer in find_rules([reader], RuleBook((("xq7", Rule.COLOR),)))}
    assert layers["xq7"].rule is Rule.COLOR
