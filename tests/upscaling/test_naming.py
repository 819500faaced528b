"""What names say, by the table of the renderers and the grammar around it."""

from pathlib import Path

import pytest

from tests.upscaling.test_layers import layers_of, part, text
from uprez.layers.grammar import renderer_of
from uprez.layers.naming import cryptomatte_of, meaning, read_name
from uprez.layers.vocabulary import ANY, FOLDER, ROLES, Row, rows
from uprez.upscaling import Layer, Rule

RENDERERS = {
    "Arnold", "Karma", "Mantra", "RenderMan", "V-Ray", "Redshift", "Octane", "Corona", "Cycles", "MoonRay", "Unreal",
    "Terragen", "Nuke", "Gaffer", "Mitsuba", "pbrt",
}  # fmt: skip


def example(row: Row) -> str:
    """A name that the row means: its own, with a lamp's in place of a wildcard."""
    if row.name.startswith("*"):
        return "key" + row.name[1:]
    lamp = {"*": "key_lamp" if row.name[-2:-1] in (" ", "_") else "KeyLamp", "#": "3"}.get(row.name[-1])
    return row.name if lamp is None else row.name[:-1] + lamp


@pytest.mark.parametrize("renderer", sorted(RENDERERS | {ANY}))
def test_each_row_of_the_table_is_read_as_what_it_means(renderer: str) -> None:
    own = [row for row in rows() if row.renderer == renderer]
    found = {row: read_name(example(row), renderer="" if renderer == ANY else renderer) for row in own}
    assert {row.name: reading.role for row, reading in found.items()} == {row.name: row.means for row in own}
    assert all(reading.row is not None for reading in found.values())


def test_the_table_holds_the_renderers_and_each_row_has_a_meaning_and_a_source() -> None:
    assert {row.renderer for row in rows()} == RENDERERS | {ANY}
    assert all(row.means in ROLES and row.source and row.name for row in rows())
    assert {row.source for row in rows() if "http" not in row.source} == {
        "Names in use in pipelines, in no vendor's list",
        "Names met in scenes and scripts, in no list that was read",
    }
    keys = [(row.renderer, row.name, row.means) for row in rows()]
    assert len(set(keys)) == len(keys)


def colours(*names: str, letters: str = "RGB") -> list[str]:
    return [f"{name}.{letter}" if name else letter for name in names for letter in letters]


def rules_of(*channels: str) -> dict[str, str]:
    return {name: layer.rule.value for name, layer in layers_of(part(*channels)).items()}


@pytest.mark.parametrize(
    "view",
    ["Motion test", "depth", "Normal", "id", "UV", "mask", "position_A", "crypto", "Z", "Vector", "velocity", "N"],
)
def test_the_pass_decides_and_not_what_users_call_the_layer_around_it(view: str) -> None:
    channels = [*colours(f"{view}.Combined", f"{view}.Combined_key", f"{view}.Diffuse Color"), f"{view}.Depth.Z"]
    assert rules_of(*channels, *colours(f"{view}.Normal", letters="XYZ")) == {
        f"{view}.Combined": "beauty",
        f"{view}.Combined_key": "color",
        f"{view}.Diffuse Color": "color",
        f"{view}.Depth.Z": "depth",
        f"{view}.Normal": "normal",
    }


PREFIXES = [
    "RGBA_",
    "Combined_",
    "lg_",
    "C_",
    "VRayLightSelect_",
    "lightSelect_",
    "Beauty_",
    "Ci_",
    "light_",
    "LightGroup_",
]
LAMPS = [
    "forward_fill",
    "P1",
    "N_wall",
    "id",
    "mask_bounce",
    "Z",
    "Motion",
    "depth rim",
    "uv",
    "normal",
    "crypto",
    "mv",
]


@pytest.mark.parametrize(
    "prefix", [*PREFIXES, "DiffuseLighting_", "directdiffuse_", "diffuse_direct_", "fg_lg_", "bg.RGBA_"]
)
def test_what_stands_behind_a_declared_prefix_is_a_lamps_name(prefix: str) -> None:
    for lamp in LAMPS:
        found = rules_of(*colours("", prefix + lamp))
        assert found == {"rgb": "beauty", prefix + lamp: "color"}, lamp
    assert read_name(prefix + "N_wall").lamp == "nwall"


@pytest.mark.parametrize(
    "name", ["Light ID 1", "Light pass 2", "Light ID 12", "LightSelect3", "VRayLightSelectKey", "lg1"]
)
def test_numbered_lights_are_lights(name: str) -> None:
    assert read_name(name).role == "light"


@pytest.mark.parametrize(
    ("name", "rule"),
    [("norm", Rule.NORMAL), ("uvmap", Rule.DEPTH), ("stmap", Rule.DEPTH), ("dPdcameradtime", Rule.DEPTH)]
    + [("Ps", Rule.DEPTH), ("Nref", Rule.NORMAL), ("wpos", Rule.DEPTH), ("shadingNormals", Rule.NORMAL)]
    + [("wsn", Rule.NORMAL), ("lensDistortion", Rule.DEPTH), ("posW", Rule.DEPTH), ("dPdtime", Rule.DEPTH)]
    + [("char_normals_v2", Rule.NORMAL), ("hero worldPosition", Rule.DEPTH), ("bg_objectId", Rule.ID)]
    + [("motionVectors", Rule.MOTION), ("FinalImageMovieRenderQueue_MotionVectors", Rule.DEPTH)],
)  # fmt: skip
def test_data_is_known_by_many_names(name: str, rule: Rule) -> None:
    assert layers_of(part(*colours(name)))[name].rule is rule


@pytest.mark.parametrize(
    "name",
    [
        "renderMain_beauty",
        "BeautyPass",
        "Composite",
        "default",
        "rgba",
        "char_beauty",
        "masterBeauty",
        "beauty_main",
        "tgRgb",
    ]
    + ["Beauty", "C", "Ci", "FinalImage", "ViewLayer.Combined", "RGB color"],
)
def test_a_beauty_has_many_names(name: str) -> None:
    assert rules_of(*colours(name, "lg_key", "lg_fill")) == {name: "beauty", "lg_key": "color", "lg_fill": "color"}


def test_the_only_name_that_says_nothing_beside_lights_is_the_beauty() -> None:
    assert rules_of(*colours("sh010", "lg_key", "lg_fill"))["sh010"] == "beauty"
    assert rules_of(*colours("sh010", "sh020", "lg_key", "lg_fill"))["sh010"] == "color"


def test_a_probable_name_is_no_beauty_beside_a_declared_one() -> None:
    assert rules_of(*colours("Combined", "main")) == {"Combined": "beauty", "main": "color"}
    assert rules_of(*colours("main", "albedo")) == {"main": "beauty", "albedo": "color"}


VECTORS = {
    "no dot": ["Nx", "Ny", "Nz", "Px", "Py", "Pz"],
    "capitals": ["NX", "NY", "NZ", "PX", "PY", "PZ"],
    "underscores": ["N_x", "N_y", "N_z", "P_x", "P_y", "P_z"],
    "brackets": ["N[x]", "N[y]", "N[z]", "P[x]", "P[y]", "P[z]"],
    "dots": ["N.x", "N.y", "N.z", "P.x", "P.y", "P.z"],
}


@pytest.mark.parametrize("channels", VECTORS.values(), ids=VECTORS.keys())
@pytest.mark.parametrize("outer", ["", "ViewLayer."])
def test_components_belong_together_however_they_are_spelled(channels: list[str], outer: str) -> None:
    layers = layers_of(part("R", "G", "B", *(outer + channel for channel in channels)))
    found = {layer.rule: layer.channels for layer in layers.values() if layer.rule is not Rule.BEAUTY}
    assert found == {
        Rule.NORMAL: tuple(outer + channel for channel in channels[:3]),
        Rule.DEPTH: tuple(outer + channel for channel in channels[3:]),
    }


def test_letters_without_a_dot_are_components_only_of_what_a_name_says() -> None:
    assert set(rules_of("max", "may", "maz").values()) == {"generic"}
    assert rules_of("diffuseR", "diffuseG", "diffuseB") == {"diffuse": "color"}


@pytest.mark.parametrize("letters", ["XYZ", "xyz", "UVW", "uvw"])
@pytest.mark.parametrize("name", ["light_key", "diffuse", "RGBA_key", "directdiffuse"])
def test_light_is_colour_whatever_its_components_are_called(name: str, letters: str) -> None:
    assert rules_of(*colours(""), *colours(name, letters=letters)) == {"rgb": "beauty", name: "color"}


@pytest.mark.parametrize("letters", ["RGBA", "rgba"])
def test_a_leading_dot_divides_nothing(letters: str) -> None:
    (layer,) = layers_of(part(*(f".{letter}" for letter in letters))).values()
    assert (layer.rule, layer.alpha, len(layer.channels)) == (Rule.BEAUTY, True, 4)


@pytest.mark.parametrize("name", ["lpe:C<RD>[<L.>O]", "lpe:C<RD>L", "C<TS>.*", "lpe:C.*<L.'key'>"])
def test_a_light_path_expression_is_light(name: str) -> None:
    assert meaning(name, ("R", "G", "B")) == "color"
    assert read_name(name).role in ("light", "lobe")


def test_a_rank_of_a_cryptomatte_is_its_name_and_exactly_two_digits() -> None:
    declared = ["asset", "asset2", "char10"]
    assert [cryptomatte_of(name, declared) for name in ("asset200", "asset201", "asset00", "char1002", "asset2")] == [
        "asset2", "asset2", "asset", "char10", "asset2",
    ]  # fmt: skip
    assert [cryptomatte_of(name, declared) for name in ("asset3", "asset1000", "asset2000", "assetA0")] == [None] * 4


def test_ranks_of_a_cryptomatte_that_is_called_with_a_digit_are_ids() -> None:
    declared = {"cryptomatte/1a2b3c4/name": text("asset2")}
    channels = [f"{name}.{letter}:float" for name in ("asset2", "asset200", "asset201") for letter in "RGBA"]
    layers = layers_of(part("R", "G", "B", *channels, *colours("asset3"), **declared))
    assert {name: layer.rule.value for name, layer in layers.items()} == {
        "rgb": "beauty", "asset2": "id", "asset200": "id", "asset201": "id", "asset3": "color",
    }  # fmt: skip


def test_a_name_that_means_several_things_means_what_the_renderer_of_the_frame_means() -> None:
    vray = ["lighting", "GI", "specular", "reflect", "refract", "SSS", "selfIllum", "diffuse"]
    assert renderer_of(vray) == "V-Ray"
    assert read_name("diffuse", renderer="V-Ray").role == "albedo"
    assert read_name("diffuse").role == "lobe"
    assert layers_of(part(*colours("", *vray)))["diffuse"].reading.role == "albedo"


@pytest.mark.parametrize(
    ("name", "terms", "lamp"),
    [
        ("directdiffuse", {"direct", "diffuse"}, ""),
        ("combineddiffuse", {"diffuse"}, ""),
        ("diffuse_indirect", {"diffuse", "indirect"}, ""),
        ("DiffuseLighting_key", {"diffuse"}, "key"),
        ("tgSurfDirectDiff", {"surface", "direct", "diffuse"}, ""),
        ("CESSENTIAL_Reflect", {"reflection"}, ""),
        ("glossytransmission", {"glossy", "transmission"}, ""),
    ],
)
def test_a_lobe_tells_its_ways_of_light(name: str, terms: set[str], lamp: str) -> None:
    found = read_name(name)
    assert (found.role, found.terms, found.lamp) == ("lobe", terms, lamp)


@pytest.mark.parametrize(
    ("name", "role"),
    [("diffuse_albedo", "albedo"), ("rawDiffuse", "raw"), ("specular_roughness", "number"), ("coat_normal", "normal")]
    + [("Diffuse Color", "albedo"), ("GlossDir", "raw"), ("diffuse_unshadowed", "colour"), ("lens_flare", "")],
)  # fmt: skip
def test_what_is_no_term_of_the_beauty_is_told_from_lobes(name: str, role: str) -> None:
    assert read_name(name).role == role


def test_a_layer_says_which_row_of_which_renderer_its_rule_goes_by() -> None:
    layers = layers_of(part("R", "G", "B", *colours("RGBA_key"), "mask.A"))
    assert [layers[name].why for name in ("rgb", "RGBA_key")] == ["plain components", "name: Arnold RGBA_*"]
    assert all(isinstance(layer, Layer) and layer.why for layer in layers.values())


def test_the_table_is_part_of_the_package(tmp_path: Path) -> None:
    assert FOLDER.is_dir()
    assert FOLDER.is_relative_to(Path(read_name.__code__.co_filename).parent)
