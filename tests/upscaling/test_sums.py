"""Parts that add up to the beauty: found, and enlarged so that they still do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from tests.upscaling.layered import picture
from tests.upscaling.test_layers import part
from uprez.frames import FrameHeader
from uprez.layers.layers import Sum
from uprez.layers.sums import adopt_parts, recognise_parts
from uprez.upscaling import Layer, Rule, find_layers
from uprez.upscaling.colour import interpolate_colour
from uprez.upscaling.sharing import enlarged_short, local_contrast, range_of, reached_by, share_detail, short_of


def recognised(colours: dict[str, NDArray[np.floating]], compression: str = "zip") -> dict[str, str]:
    """The rules that layers of these colours get, by name: "" is the beauty."""
    names = [f"{name}.{c}".lstrip(".") for name in colours for c in "RGB"]
    header = FrameHeader(Path("f.exr"), (replace(part(*names), compression=compression),))

    def sample(layer: Layer, beside: Layer) -> NDArray[np.float32]:
        return colours[layer.name.replace("rgb", "")].reshape(-1, 3).astype(np.float32)

    return {layer.name: layer.rule.value for layer in recognise_parts(find_layers(header), header, sample)}


def lights(*names: str) -> dict[str, NDArray[np.float16]]:
    return {name: picture(8, 9, seed).astype(np.float16) for seed, name in enumerate(names)}


def total(colours: dict[str, NDArray[np.float16]]) -> NDArray[np.float16]:
    """As a renderer writes it: summed, then rounded to half."""
    return np.sum([c.astype(np.float64) for c in colours.values()], axis=0).astype(np.float16)


@pytest.mark.parametrize(
    "names",
    [("lg_key", "lg_fill", "lg_rim"), ("diffuse", "specular", "emission"), ("foo", "bar", "qux")],
    ids=["light groups", "lobes", "names that say nothing"],
)
def test_layers_that_add_up_to_the_beauty_are_its_parts_and_others_are_not(names: tuple[str, ...]) -> None:
    parts = lights(*names)
    rules = recognised({"": total(parts), **parts, "albedo": picture(8, 9, 77), "matcap": picture(8, 9, 78)})
    assert rules == {"rgb": "beauty", **dict.fromkeys(names, "beauty_part"), "albedo": "color", "matcap": "color"}


def test_light_groups_and_lobes_may_add_up_to_the_same_beauty() -> None:
    groups = lights("lg_key", "lg_fill")
    beauty = total(groups)
    half = (beauty.astype(np.float64) * 0.25).astype(np.float16)
    lobes = {"diffuse": half, "specular": (beauty.astype(np.float64) - half).astype(np.float16)}
    rules = recognised({"": beauty, **groups, **lobes})
    assert rules == {"rgb": "beauty", **dict.fromkeys([*groups, *lobes], "beauty_part")}


LIGHTS = ("key_light", "fill_light", "rim_light")


@pytest.mark.parametrize("off", [(), ("rim_light",), LIGHTS], ids=["all lit", "one light off", "a black frame"])
def test_light_groups_have_one_rule_in_all_frames_of_a_sequence(off: tuple[str, ...]) -> None:
    """Whatever is lit in a frame, and whatever colour layers that are no light stand beside."""
    parts = {name: light * (name not in off) for name, light in lights(*LIGHTS).items()}
    rules = recognised({"": total(parts), **parts, "albedo": picture(8, 9, 77)})
    assert rules == {"rgb": "beauty", **dict.fromkeys(LIGHTS, "beauty_part"), "albedo": "color"}


@pytest.mark.parametrize(
    "names",
    [
        ("RGBA_key", "RGBA_fill"),
        ("ViewLayer.Combined_key", "ViewLayer.Combined_fill"),
        ("VRayLightSelect_sun", "VRayLightSelect_sky"),
        ("VRayLighting", "VRayGlobalIllumination", "VRayReflection"),
        ("directDiffuse", "indirectDiffuse", "directSpecular", "indirectSpecular"),
    ],
    ids=["Arnold", "Cycles", "V-Ray lights", "V-Ray", "RenderMan"],
)
def test_where_pixels_tell_nothing_names_decide(names: tuple[str, ...]) -> None:
    black = dict.fromkeys(("", *names, "albedo", "rawDiffuse", "diffuse_albedo"), np.zeros((8, 9, 3), np.float16))
    rules = recognised(black)
    assert {name for name, rule in rules.items() if rule == "beauty_part"} == set(names)


def test_where_pixels_tell_nothing_names_that_say_nothing_are_colour() -> None:
    black = np.zeros((8, 9, 3), np.float16)
    assert recognised({"": black, "foo": black, "2_x": black}) == {"rgb": "beauty", "foo": "color", "2_x": "color"}


def test_a_lobe_counts_once_where_its_direct_part_stands_beside_it() -> None:
    black = dict.fromkeys(("", "diffuse", "diffuse_direct", "specular", "specular_direct"), np.zeros((8, 9, 3)))
    rules = recognised(black)
    assert {name for name, rule in rules.items() if rule == "beauty_part"} == {"diffuse", "specular"}


@pytest.mark.parametrize("damage", ["a filter with negative lobes", "a lossy codec"])
def test_sums_are_found_by_pixels_though_filters_ring_and_codecs_lose(damage: str) -> None:
    parts = {
        name: picture(24, 27, seed) * (picture(24, 27, seed + 50) > 0.4)
        for seed, name in enumerate(("foo", "bar", "baz", "qux"))
    }
    beauty = np.sum(list(parts.values()), axis=0)
    if damage == "a lossy codec":
        noise = np.random.default_rng(4)
        parts = {name: part * noise.uniform(0.99, 1.01, part.shape) for name, part in parts.items()}
        compression = "dwaa"
    else:
        parts, beauty = {name: ringing(part) for name, part in parts.items()}, ringing(beauty)
        compression = "zip"
    rules = recognised({"": beauty, **parts, "odd": picture(24, 27, 90)}, compression)
    assert rules == {"rgb": "beauty", **dict.fromkeys(parts, "beauty_part"), "odd": "color"}


def ringing(image: NDArray[np.floating]) -> NDArray[np.float64]:
    """(H, W, 3) through a filter with negative lobes along x."""
    around = np.pad(image, ((0, 0), (2, 2), (0, 0)), mode="edge")
    width = image.shape[1]
    weights = (-0.1, 0.2, 0.8, 0.2, -0.1)
    total: NDArray[np.float64] = np.sum([w * around[:, k : k + width] for k, w in enumerate(weights)], axis=0)
    return total


def test_light_groups_of_a_denoised_beauty_are_its_parts_by_name_alone() -> None:
    """Grain in the groups that the beauty has lost is no contradiction; layers of other names must add up exactly."""
    grain = 1 + 0.04 * np.random.default_rng(5).standard_normal((8, 9, 3))
    for names, rule in ((LIGHTS, "beauty_part"), (("foo", "bar", "qux"), "color")):
        parts = lights(*names)
        denoised = (total(parts) * grain).astype(np.float16)
        assert recognised({"": denoised, **parts}) == {"rgb": "beauty", **dict.fromkeys(names, rule)}


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (("lg_key", "lg_fill"), "beauty_part"),  # what no light group holds is a rest
        (("foo", "bar"), "color"),
        (("diffuse", "specular"), "beauty_part"),  # they have most of its light
    ],
    ids=["light groups", "names that say nothing", "lobes"],
)
def test_layers_that_miss_a_light_are_parts_where_their_names_say_light_groups(
    names: tuple[str, str], rule: str
) -> None:
    parts = lights(*names, "rim")
    assert recognised({"": total(parts), **{name: parts[name] for name in names}}) == {
        "rgb": "beauty", **dict.fromkeys(names, rule),
    }  # fmt: skip


def test_lobes_that_are_a_small_part_of_the_beauty_are_no_parts() -> None:
    parts = lights("diffuse", "specular")
    colours = {"": total(parts) * np.float16(4), **parts}
    assert recognised(colours) == {"rgb": "beauty", "diffuse": "color", "specular": "color"}


def test_numbered_lights_are_no_beauties_where_the_beauty_has_a_name_of_its_own() -> None:
    parts = lights("lg1", "lg2", "lg3")
    rules = recognised({"hero_v12": total(parts), **parts})
    assert rules == {"hero_v12": "beauty", **dict.fromkeys(parts, "beauty_part")}


def test_light_groups_that_are_more_than_the_beauty_are_no_parts() -> None:
    parts = lights("lg_key", "lg_fill")
    assert recognised({"": total(parts) * np.float16(0.5), **parts}) == {
        "rgb": "beauty", "lg_key": "color", "lg_fill": "color",
    }  # fmt: skip


def test_a_sentinel_of_the_largest_float_is_no_part_and_no_fault() -> None:
    beauty = np.zeros((8, 9, 3), np.float32)
    beauty[:2] = 1
    rules = recognised({"": beauty, "foo": beauty, "bar": np.full_like(beauty, np.finfo(np.float32).max)})
    assert rules == {"rgb": "beauty", "foo": "color", "bar": "color"}


def test_parts_set_by_hand_join_the_beauty_that_their_names_are_of() -> None:
    """And the sum that was recognised of it, where there is one."""
    names = [f"{side}.{name}.{c}" for side in ("bg", "fg") for name in ("Combined", "a", "b") for c in "RGB"]
    header = FrameHeader(Path("f.exr"), (part(*names),))
    layers = find_layers(header)
    by_hand = [replace(layer, rule=Rule.BEAUTY_PART) for layer in layers if layer.name[-1] in "ab"]
    adopted = {layer.name: layer.sums for layer in adopt_parts(by_hand, layers, header)}
    for side in ("bg", "fg"):
        one = Sum(f"{side}.Combined", (f"{side}.a", f"{side}.b"), "by hand")
        assert adopted[f"{side}.a"] == adopted[f"{side}.b"] == (one,)
    known = Sum("bg.Combined", ("bg.a",), "exact")
    found = [replace(layer, sums=(known,)) if layer.name == "bg.a" else layer for layer in layers]
    (joined,) = adopt_parts([layer for layer in by_hand if layer.name == "bg.b"], found, header)
    assert joined.sums == (Sum("bg.Combined", ("bg.a", "bg.b"), "by hand"),)


VALUES = st.floats(0, 60000, width=16)
PLANES = arrays.arrays(np.float32, (3, 4, 5, 3), elements=VALUES)


@given(PLANES, arrays.arrays(np.float32, (4, 5, 3), elements=VALUES), st.none() | PLANES)
def test_parts_add_up_to_any_beauty(
    parts: NDArray[np.float32], beauty: NDArray[np.float32], contrasts: NDArray[np.float32] | None
) -> None:
    """Zero parts and negative detail too; no part of positive light turns negative, no black one is lit alone."""
    limits = None if contrasts is None else list(contrasts)
    shared = share_detail(beauty, list(parts.copy()), None, limits)
    magnitude = np.abs(beauty) + sum(np.abs(one) for one in shared) + sum(parts)
    assert np.all(np.abs(sum(shared) - beauty) <= 2.0**-20 * magnitude)
    assert all((one >= -(2.0**-20) * magnitude).all() for one in shared)
    assert all((one[(before == 0) & (sum(parts) > 0)] == 0).all() for one, before in zip(shared, parts, strict=True))


def test_an_edge_in_one_light_does_not_show_in_another() -> None:
    """The brighter light is even here: what the network sharpens is the other's edge."""
    edge = np.broadcast_to(np.array([0.1, 0.1, 0.4, 0.4])[:, None, None], (4, 4, 3)).astype(np.float32)
    even = np.full((4, 4, 3), 5, np.float32)
    sharper = np.array([0, -0.05, 0.05, 0], np.float32)[:, None, None]
    contrasts = [local_contrast(edge), local_contrast(even)]
    sharpened, kept = share_detail(edge + even + sharper, [edge.copy(), even.copy()], None, contrasts)
    assert np.allclose(kept, 5, atol=1e-6)
    assert np.allclose(sharpened, edge + sharper, atol=1e-6)


def test_detail_goes_by_magnitude_where_no_light_has_contrast() -> None:
    one, three = np.full((2, 2, 3), 1, np.float32), np.full((2, 2, 3), 3, np.float32)
    flat = np.zeros((2, 2, 3), np.float32)
    shared = share_detail(np.full((2, 2, 3), 4.4, np.float32), [one, three], None, [flat, flat])
    assert np.allclose(shared, [np.full((2, 2, 3), 1.1), np.full((2, 2, 3), 3.3)])


def test_local_contrast_is_the_range_of_the_pixels_around() -> None:
    spot = np.zeros((5, 6, 3), np.float32)
    spot[2, 1] = 7
    expected = np.zeros((5, 6, 3))
    expected[1:4, 0:3] = 7
    assert np.array_equal(local_contrast(spot), expected)


def test_a_part_that_is_dark_gets_no_light_while_another_is_lit() -> None:
    lit, dark = np.ones((1, 1, 3), np.float32), np.zeros((1, 1, 3), np.float32)
    one, other = share_detail(np.full((1, 1, 3), 3, np.float32), [lit, dark])
    assert np.all(one == 3)
    assert np.all(other == 0)


def test_what_is_short_in_the_source_is_short_in_the_result_but_rounding_is_not() -> None:
    parts = [np.full((1, 2, 3), 0.25, np.float32)] * 2
    source = np.array([[[0.5] * 3, [0.75] * 3]], np.float32) * np.float32(1 + 2.0**-12)
    assert np.allclose(short_of(source, parts), [[[0] * 3, [0.25] * 3]], atol=1e-3)
    assert np.all(short_of(source, parts)[0, 0] == 0)


@pytest.mark.parametrize("shown", ["brighter", "darker", "clamped"])
def test_parts_of_a_beauty_that_they_do_not_quite_add_up_to_neither_ring_nor_turn_negative(shown: str) -> None:
    """A highlight in one light, and a beauty that was graded or clamped: the other light stays what it was."""
    key, fill = np.full((24, 24, 3), 0.1, np.float32), np.full((24, 24, 3), 0.2, np.float32)
    key[10:13, 10:13] = 800
    both = key + fill
    source = {"brighter": both * 1.2, "darker": both * 0.8, "clamped": np.minimum(both, 1)}[shown].astype(np.float32)
    enlarged = [interpolate_colour(colour, 2) for colour in (key, fill)]
    beauty = interpolate_colour(source, 2)
    short = short_of(source, [key, fill])
    rest = enlarged_short(range_of(short), reached_by(short, 2), beauty, enlarged)
    contrasts = [local_contrast(colour) for colour in (key, fill, short)]
    lit, even = share_detail(beauty * np.float32(1.1), enlarged, rest, contrasts)
    assert lit.min() >= 0
    assert 0.19 < even.min() <= even.max() < 0.41


def test_a_layer_without_one_finite_value_hides_no_contradiction() -> None:
    broken = np.full((8, 9, 3), np.nan, np.float16)
    colours = lights("diffuse", "specular")
    rules = recognised({"": picture(8, 9, 33), **colours, "custom": broken})
    assert rules == {"rgb": "beauty", "diffuse": "color", "specular": "color", "custom": "color"}


def test_lights_beside_a_black_beauty_are_no_parts_of_it() -> None:
    colours = lights("lg_key", "lg_fill")
    rules = recognised({"": picture(8, 9, 33) * 0, **colours})
    assert rules == {"rgb": "beauty", "lg_key": "color", "lg_fill": "color"}


def test_rule_names_are_those_of_the_design() -> None:
    assert Rule("beauty_part") is Rule.BEAUTY_PART
