"""Alpha that lies apart from its picture is that picture's alpha."""

from pathlib import Path

import numpy as np
import pytest

from tests.upscaling.edges import element, read, upscaled, write, write_parts
from uprez import upscale
from uprez.frames import DecodePool, open_frame
from uprez.layers.finding import find_rules
from uprez.upscaling import Layer, Rule, RuleBook

PICTURE = element(40, 56)
APART = [
    # colours, the alpha that lies apart
    ("Ci.r Ci.g Ci.b", "a"),
    ("Ci.r Ci.g Ci.b", "Ci_a.a"),
    ("R G B", "a"),
    ("R G B", "alpha"),
    ("R G B", "alpha.A"),
    ("R G B", "Alpha.Alpha"),
    ("R G B", "alpha.Y"),
    ("C.r C.g C.b", "A"),
    ("beauty.R beauty.G beauty.B", "beauty.alpha"),
    ("beauty.R beauty.G beauty.B", "beauty_alpha.A"),
    ("ViewLayer.Combined.R ViewLayer.Combined.G ViewLayer.Combined.B", "ViewLayer.Alpha.A"),
]
PARTS = [("rgb", "alpha", "A"), ("rgb", "rgb_alpha", "A"), ("beauty", "alpha", "Y"), ("rgba", "A", "A")]
NOT_ITS_ALPHA = ["mask.A", "coverage", "holdout.A", "fg.alpha", "left_lamp.A", "opacity_mask.A", "AR"]


def layers_of(path: Path, rules: RuleBook | None = None) -> tuple[Layer, ...]:
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        return find_rules([reader], rules or RuleBook())


def colours(names: str, kind: str = "f2") -> dict[str, np.ndarray]:
    return {name: PICTURE[..., index].astype(kind) for index, name in enumerate(names.split())}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """The result of the element as R G B A."""
    folder = tmp_path_factory.mktemp("together")
    source = write(folder / "rgba.exr", colours("R G B A"))
    upscaled(source, out=folder / "out")
    (planes,) = read(folder / "out" / "rgba.exr")
    return planes


@pytest.mark.parametrize(("names", "alpha"), APART)
def test_a_picture_and_its_alpha_apart_give_the_pixels_of_both_together(
    together: dict[str, np.ndarray], tmp_path: Path, names: str, alpha: str
) -> None:
    source = write(tmp_path / "apart.exr", colours(names) | {alpha: PICTURE[..., 3].astype("f2")})
    upscaled(source, out=tmp_path / "out")
    (planes,) = read(tmp_path / "out" / "apart.exr")
    for name, same in zip([*names.split(), alpha], "RGBA", strict=True):
        assert np.array_equal(planes[name], together[same]), name


@pytest.mark.parametrize(("picture", "alpha", "channel"), PARTS)
@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_so_does_an_alpha_in_a_part_of_its_own_and_it_stays_there(
    together: dict[str, np.ndarray], tmp_path: Path, picture: str, alpha: str, channel: str, kind: str
) -> None:
    parts = [(alpha, {channel: PICTURE[..., 3].astype(kind)}), (picture, colours("R G B"))]
    source = write_parts(tmp_path / "parts.exr", parts)
    upscaled(source, out=tmp_path / "out")
    of_alpha, of_picture = read(tmp_path / "out" / "parts.exr")
    assert of_alpha[channel].dtype == np.dtype(kind)
    assert np.allclose(of_alpha[channel], together["A"], atol=5e-4)
    for name in "RGB":
        assert np.array_equal(of_picture[name], together[name])


def test_an_alpha_called_like_a_colour_goes_to_its_own_part(together: dict[str, np.ndarray], tmp_path: Path) -> None:
    parts = [("rgb", colours("R G B")), ("alpha", {"R": PICTURE[..., 3].astype("f2")})]
    upscaled(write_parts(tmp_path / "parts.exr", parts), out=tmp_path / "out")
    of_picture, of_alpha = read(tmp_path / "out" / "parts.exr")
    assert np.array_equal(of_picture["R"], together["R"])
    assert np.array_equal(of_alpha["R"], together["A"])


@pytest.mark.parametrize("name", NOT_ITS_ALPHA)
def test_a_matte_of_another_name_is_no_alpha(tmp_path: Path, name: str) -> None:
    source = write(tmp_path / "matte.exr", colours("R G B") | {name: PICTURE[..., 3].astype("f2")})
    rules = {layer.channels: layer.rule for layer in layers_of(source)}
    assert rules[("R", "G", "B")] is Rule.BEAUTY


@pytest.mark.parametrize(
    ("names", "alphas"),
    [
        ("R G B A", ["alpha.A"]),  # it has one
        ("R G B", ["a", "alpha.A"]),  # which of them?
        ("bg.Combined.R bg.Combined.G bg.Combined.B fg.Combined.R fg.Combined.G fg.Combined.B", ["a"]),  # whose?
    ],
)
def test_nothing_is_joined_where_it_is_not_evident(tmp_path: Path, names: str, alphas: list[str]) -> None:
    planes = {name: PICTURE[..., index % 4].astype("f2") for index, name in enumerate([*names.split(), *alphas])}
    found = layers_of(write(tmp_path / "several.exr", planes))
    for alpha in alphas:
        assert [layer.rule for layer in found if layer.channels == (alpha,)] == [Rule.MATTE]


def test_each_of_two_pictures_gets_its_own_alpha(tmp_path: Path) -> None:
    names = [f"{show}.{rest}" for show in ("bg", "fg") for rest in ("Combined.R", "Combined.G", "Combined.B", "alpha")]
    planes = {name: PICTURE[..., index % 4].astype("f2") for index, name in enumerate(names)}
    found = layers_of(write(tmp_path / "two.exr", planes))
    assert {layer.channels[-1] for layer in found if layer.rule is Rule.BEAUTY} == {"bg.alpha", "fg.alpha"}


def test_an_alpha_of_another_view_stays_apart(tmp_path: Path) -> None:
    planes = colours("R G B")
    source = write(
        tmp_path / "views.exr",
        planes | {"right.a": PICTURE[..., 3].astype("f2")},
        multiView=["left", "right"],
    )
    assert [layer.rule for layer in layers_of(source) if layer.channels == ("right.a",)] == [Rule.MATTE]


def test_a_matte_by_hand_stays_a_matte(tmp_path: Path) -> None:
    source = write(tmp_path / "hand.exr", colours("Ci.r Ci.g Ci.b") | {"a": PICTURE[..., 3].astype("f2")})
    found = layers_of(source, RuleBook((("a", Rule.MATTE),)))
    assert [layer.rule for layer in found if layer.channels == ("a",)] == [Rule.MATTE]


def test_an_array_and_other_formats_have_the_alpha_too(tmp_path: Path) -> None:
    parts = [("rgb", colours("R G B")), ("alpha", {"A": PICTURE[..., 3].astype("f2")})]
    source = write_parts(tmp_path / "parts.exr", parts)
    assert upscale(source, model="bilinear").shape == (80, 112, 4)
    upscaled(source, out=tmp_path / "out" / "parts.png", model="bilinear", preview=True)
    assert (tmp_path / "out" / "parts.png").read_bytes()[25] == 6  # PNG's colour type: with alpha
