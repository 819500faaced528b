"""Which rule a layer gets: by the words of its name, its suffixes, its type and the file's metadata."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.frames import Attribute, Channel, FrameHeader, Part, Window
from uprez.frames.types import SampleType
from uprez.upscaling import Layer, Rule, find_layers

WINDOW = Window(0, 0, 15, 7)


def part(*channels: str, name: str | None = None, view: str | None = None, **attributes: Attribute) -> Part:
    """A part with these channels: half, or of the type behind a colon ("id:uint")."""
    split = [channel.partition(":") for channel in channels]
    kinds: dict[str, SampleType] = {"": "half", "float": "float", "uint": "uint"}
    found = tuple(Channel(channel, kinds[kind]) for channel, _, kind in split)
    return Part(name, view, found, WINDOW, WINDOW, 1.0, "zip", "increasing_y", None, attributes)


def layers_of(*parts: Part) -> dict[str, Layer]:
    """The layers found, by name."""
    return {layer.name: layer for layer in find_layers(FrameHeader(Path("frame.exr"), parts, len(parts) > 1))}


def text(value: str) -> Attribute:
    return Attribute("string", value.encode())


def views(*names: str) -> Attribute:
    return Attribute("stringvector", b"".join(len(n).to_bytes(4, "little") + n.encode() for n in names))


RULES = {
    Rule.BEAUTY: ["R G B", "A B G R", "rgba.R rgba.G rgba.B", "beauty.r beauty.g beauty.b", "Y", "Y A", "X Y Z"]
    + ["ViewLayer.Combined.R ViewLayer.Combined.G ViewLayer.Combined.B ViewLayer.Combined.A"],
    Rule.COLOR: ["albedo.R albedo.G albedo.B", "diffuse_direct.R diffuse_direct.G diffuse_direct.B"]
    + ["RGBA_key.R RGBA_key.G RGBA_key.B RGBA_key.A", "Denoising_Albedo.R Denoising_Albedo.G Denoising_Albedo.B"]
    + ["VRayMtlSelect.R VRayMtlSelect.G VRayMtlSelect.B"],
    Rule.MATTE: ["A", "mask.A", "whitebarmask.mask", "AR", "coverage", "multimatte.R multimatte.G multimatte.B"],
    Rule.NORMAL: ["N.X N.Y N.Z", "Nn.x Nn.y Nn.z", "ViewLayer.Normal.X ViewLayer.Normal.Y ViewLayer.Normal.Z"]
    + ["VRayBumpNormals.R VRayBumpNormals.G VRayBumpNormals.B", "normal.r normal.g normal.b", "nrm.X nrm.Y nrm.Z"],
    Rule.DEPTH: ["Z", "ZBack", "depth.Z", "VRayZDepth", "Pz", "depth.R depth.G depth.B", "P.X P.Y P.Z"]
    + [
        "Pworld.r Pworld.g Pworld.b",
        "worldPosition.X worldPosition.Y worldPosition.Z",
        "uv.U uv.V",
        "velocity.X velocity.Y",
        "dPdtime.x dPdtime.y dPdtime.z",
        "vel.x vel.y vel.z",
    ],
    Rule.MOTION: [
        "forward.u forward.v",
        "motion.u motion.v",
        "motionvector.X motionvector.Y",
        "MotionVectors.R MotionVectors.G",
    ]
    + ["ViewLayer.Vector.X ViewLayer.Vector.Y ViewLayer.Vector.Z ViewLayer.Vector.W", "disparityL.x disparityL.y"],
    Rule.ID: ["id:uint", "count.n:uint", "objectId:float", "crypto_object00.r:float crypto_object00.g:float"]
    + ["cryptoobject00.R:float cryptoobject00.G:float cryptoobject00.B:float"]
    + ["primId.x:float", "deepid:float", "elementId:float"]
    + ["ViewLayer.IndexOB.X:float", "material_id.R:float material_id.G:float material_id.B:float"],
    Rule.GENERIC: ["noise.variance", "cputime", "width", "pidgin", "mist.v", "N", "ao.R"],
}


@pytest.mark.parametrize(("rule", "channels"), [(rule, names) for rule, cases in RULES.items() for names in cases])
def test_a_layer_gets_the_rule_that_its_name_asks_for(rule: Rule, channels: str) -> None:
    (layer,) = layers_of(part(*channels.split())).values()
    assert layer.rule is rule


def test_channels_come_in_the_order_of_their_meaning() -> None:
    """Files list them alphabetically."""
    found = layers_of(part("A", "B", "G", "R", "N.X", "N.Y", "N.Z"))
    assert found["rgba"].channels == ("R", "G", "B", "A")
    assert found["rgba"].alpha
    assert found["rgba"].colours == ("R", "G", "B")
    assert found["N"].channels == ("N.X", "N.Y", "N.Z")


def test_declared_cryptomatte_is_an_id_whatever_its_name() -> None:
    """The specification gives the layer's name in an attribute; ranks and preview begin with it."""
    declared = {"cryptomatte/ab12cd3/name": text("sets.heroes")}
    ranks = [f"sets.heroes{rank}.{c}:float" for rank in ("", "00", "01") for c in "RGBA"]
    found = find_layers(FrameHeader(Path("f.exr"), (part("R", "G", "B", *ranks, **declared),)))
    assert {layer.name: layer.rule for layer in found if layer.rule is Rule.ID} == {
        "sets.heroes": Rule.ID,
        "sets.heroes00": Rule.ID,
        "sets.heroes01": Rule.ID,
    }


def test_a_cryptomatte_that_is_a_part_is_an_id_by_the_metadata_of_any_part() -> None:
    """Ranks as parts of plain R G B A, declared in the first part only. Other parts stay what they were."""
    declared = {"cryptomatte/ab12cd3/name": text("asset")}
    beauty, rank = part("R", "G", "B", "A", name="rgba", **declared), part("R", "G", "B", "A", name="asset00")
    found = layers_of(beauty, rank, part("asset01.R", "asset01.G", name="asset01"))
    assert {name: layer.rule for name, layer in found.items()} == {
        "rgba": Rule.BEAUTY,
        "asset00": Rule.ID,
        "asset01": Rule.ID,
    }
    assert found["asset00"].channels == ("R", "G", "B", "A")


def test_a_cryptomatte_whose_manifest_is_a_file_beside_the_source_says_so() -> None:
    """The attribute is relative to the source's folder; the file stays there."""
    declared = {
        "cryptomatte/ab12cd3/name": text("asset"),
        "cryptomatte/ab12cd3/manif_file": text("assets.json"),
    }
    found = layers_of(part("R", "G", "B", "asset00.R", "asset00.G", **declared))
    assert found["asset00"].note == "Cryptomatte; its manifest assets.json is not copied"


def test_whole_numbers_stand_apart_from_the_floats_of_their_layer() -> None:
    found = layers_of(part("shade.R", "shade.G", "shade.B", "shade.samples:uint"))
    assert sorted(layer.rule.value for layer in found.values()) == ["color", "id"]


def test_each_view_in_one_part_has_its_own_beauty() -> None:
    """ "Multi-View OpenEXR": the default view's channels bear no name; layers bear it last but one."""
    channels = [*"RGBA", *(f"left.{c}" for c in "RGBA"), "Z", "left.Z", "forward.left.u", "forward.left.v"]
    found = layers_of(part(*channels, multiView=views("right", "left")))
    beauties = {layer.view: layer.channels for layer in found.values() if layer.rule is Rule.BEAUTY}
    assert beauties == {"right": ("R", "G", "B", "A"), "left": ("left.R", "left.G", "left.B", "left.A")}
    assert {layer.view for layer in found.values() if layer.rule is Rule.MOTION} == {"left"}


def test_parts_say_what_their_plain_channels_mean() -> None:
    found = layers_of(
        part("R", "G", "B", "A", name="rgba_right", view="right"),
        part("R", "G", "B", name="albedo_right", view="right"),
        part("X", "Y", "Z", name="N", view="right"),
        part("u", "v", name="forward_right", view="right"),
        part("R", "G", "B", "A", name="rgba_left", view="left"),
    )
    rules = [layer.rule for layer in found.values()]
    assert rules == [Rule.BEAUTY, Rule.COLOR, Rule.NORMAL, Rule.MOTION, Rule.BEAUTY]


@pytest.mark.parametrize("main", ["default", "defaultRenderLayer", "foreground", "rgba"])
def test_a_part_called_a_lobe_is_one_whatever_the_main_part_is_called(main: str) -> None:
    names = (main, "diffuse", "specular", "emission", "albedo", "RGBA_key")
    layers = layers_of(*(part("R", "G", "B", name=name) for name in names))
    assert {layer.part for layer in layers.values() if layer.rule is Rule.BEAUTY} == {0}


def test_lobes_without_anything_else_are_pictures() -> None:
    layers = layers_of(*(part("R", "G", "B", name=name) for name in ("diffuse", "specular")))
    assert all(layer.rule is Rule.BEAUTY for layer in layers.values())


def test_plain_colour_is_the_beauty_whatever_the_only_part_is_called() -> None:
    (layer,) = layers_of(part("R", "G", "B", name="sh010_v003")).values()
    assert layer.rule is Rule.BEAUTY


def test_xyz_is_colour_and_z_beside_rgb_is_depth() -> None:
    assert layers_of(part("X:float", "Y:float", "Z:float"))["xyz"].rule is Rule.BEAUTY
    assert layers_of(part("R", "G", "B", "Z:float"))["Z"].rule is Rule.DEPTH


NAMES = st.lists(
    st.text(st.sampled_from("RGBAXYZuv.left id0N"), min_size=1, max_size=9), min_size=1, max_size=12, unique=True
)


@given(NAMES, st.sampled_from(["half", "float", "uint"]))
def test_every_channel_is_in_exactly_one_layer_and_every_layer_has_a_name_of_its_own(
    names: list[str], kind: SampleType
) -> None:
    channels = tuple(Channel(name, kind if k % 3 else "half") for k, name in enumerate(names))
    one = Part(
        "left", None, channels, WINDOW, WINDOW, 1.0, "zip", "increasing_y", None, {"multiView": views("left", "right")}
    )
    two = Part("other", None, channels, WINDOW, WINDOW, 1.0, "zip", "increasing_y", None, {})
    layers = find_layers(FrameHeader(Path("f.exr"), (one, two), True))
    for number in (0, 1):
        assert sorted(name for layer in layers if layer.part == number for name in layer.channels) == sorted(names)
    assert len({layer.name for layer in layers}) == len(layers)
