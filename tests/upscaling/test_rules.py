"""Layer rules that are set by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.upscaling.test_layers import part
from uprez.errors import RecipeError
from uprez.frames import Channel, FrameHeader
from uprez.layers.rules import as_template
from uprez.upscaling import Rule, RuleBook, find_layers, read_rules

HEADER = FrameHeader(Path("f.exr"), (part("R", "G", "B", "ao.R", "heat.v", "id:uint", "flow.u", "flow.v"),))


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text)
    return path


def test_a_glob_sets_the_rule_of_the_layers_whose_name_or_channels_it_fits(tmp_path: Path) -> None:
    """The last line that fits wins."""
    book = read_rules(written(tmp_path, '[layers]\n"*" = "matte"\n"ao*" = "color"\n"R" = "beauty"\n"id" = "id"\n'))
    rules = {layer.name: layer.rule for layer in book.apply(find_layers(HEADER), HEADER) if layer.name != "id"}
    assert rules == {"rgb": Rule.BEAUTY, "ao.R": Rule.COLOR, "heat.v": Rule.MATTE, "flow": Rule.MATTE}


RGBA = FrameHeader(
    Path("f.exr"), (part("R", "G", "B", "A", "shadow_matte.R", "shadow_matte.G", "shadow_matte.B", "shadow_matte.A"),)
)


@pytest.mark.parametrize("rule", [Rule.NORMAL, Rule.MOTION, Rule.DEPTH])
def test_alpha_is_no_component_of_a_vector(rule: Rule) -> None:
    beauty, alpha, *_ = RuleBook((("rgba", rule),)).apply(find_layers(RGBA), RGBA)
    assert (beauty.rule, beauty.channels) == (rule, ("R", "G", "B"))
    assert (alpha.rule, alpha.channels) == (Rule.MATTE, ("A",))


def test_what_was_no_colour_by_meaning_may_be_colour_with_its_alpha() -> None:
    found = {layer.name: layer for layer in find_layers(RGBA)}
    assert found["shadow_matte"].rule is Rule.MATTE
    _, matte = RuleBook((("shadow_matte", Rule.COLOR),)).apply(found.values(), RGBA)
    assert (matte.rule, matte.alpha, len(matte.colours)) == (Rule.COLOR, True, 3)


BRACKETS = "lpe:C<RD>[<L.>O]"


def header_of(*names: str) -> FrameHeader:
    """A frame with a beauty and colour layers of these names, which may hold a colon."""
    channels = tuple(Channel(f"{name}.{letter}", "half") for name in names for letter in "RGB")
    plain = part("R", "G", "B")
    return FrameHeader(Path("f.exr"), (replace(plain, channels=(*plain.channels, *channels)),))


def test_a_name_is_taken_as_it_is_before_it_is_a_glob() -> None:
    """Brackets are a glob's, so that this one would fit `lpe:C<RD><` and no layer of its own name."""
    header = header_of(BRACKETS, "lpe:C<RD><", "ao[1]", "ao1")
    for name in (BRACKETS, "ao[1]"):
        layers = RuleBook(((name, Rule.GENERIC),)).apply(find_layers(header), header)
        assert [layer.name for layer in layers if layer.rule is Rule.GENERIC] == [name]
    book = RuleBook((("ao[1]", Rule.GENERIC),))
    other = header_of("ao1")
    assert [layer.name for layer in book.apply(find_layers(other), other) if layer.note == "by hand"] == ["ao1"]


def test_a_channels_name_is_taken_as_it_is_too() -> None:
    header = header_of(BRACKETS)
    layers = RuleBook(((f"{BRACKETS}.R", Rule.MATTE),)).apply(find_layers(header), header)
    assert [layer.name for layer in layers if layer.rule is Rule.MATTE] == [BRACKETS]


def test_a_glob_that_fits_nothing_in_all_frames_is_told_of_and_one_that_fits_somewhere_is_not() -> None:
    book = RuleBook((("shdow_*", Rule.MATTE), ("ao*", Rule.MATTE), (BRACKETS, Rule.GENERIC)))
    frames = [find_layers(header_of(name)) for name in ("ao1", BRACKETS)]
    (line,) = book.unfit(frames)
    assert "'shdow_*' fits no layer" in line
    assert book.unfit([(), ()]) == ()


def test_a_template_of_rules_gives_the_same_rules(tmp_path: Path) -> None:
    header = header_of(BRACKETS, "ao[1]", 'a\\b "c"', "plän", "tab\there", "N", "P1")
    layers = find_layers(header)
    book = read_rules(written(tmp_path, as_template(layers)))
    assert len(book.entries) == len(layers)
    again = book.apply(layers, header)
    assert [(layer.name, layer.rule) for layer in again] == [(layer.name, layer.rule) for layer in layers]


def test_a_template_leaves_sums_to_be_found() -> None:
    (layer,) = find_layers(header_of("lg_key"))[1:]
    assert as_template([replace(layer, rule=Rule.BEAUTY_PART)]).splitlines()[1].startswith('# "lg_key" = "beauty_part"')


def test_no_rules_change_nothing() -> None:
    assert RuleBook().apply(find_layers(HEADER), HEADER) == find_layers(HEADER)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[layer]\n"*" = "color"', r"unknown table 'layer'; did you mean \[layers\]\?"),
        ('[layers]\n"ao" = "colour"', "'ao' = 'colour' is no rule; did you mean 'color'"),
        ('[layers]\n"ao" = 7', "'ao' = 7 is no rule; known: beauty"),
        ("[layers", "not valid TOML"),
        ("a = " + "[" * 5000, "nested too deeply"),
        ("a" + ".a" * 2000 + " = 1", "nested too deeply"),
        ("a = " + "9" * 5000, "not valid TOML"),
        ("layers = 3", "must be a table"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(RecipeError, match=problem) as caught:
        read_rules(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none.toml: can't be read: No such file"):
        read_rules(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("glob", "rule", "problem"),
    [("id", Rule.MATTE, "whole numbers"), ("flow", Rule.COLOR, "2 colours")],
)
def test_a_rule_that_cannot_serve_a_layer_is_refused(glob: str, rule: Rule, problem: str) -> None:
    with pytest.raises(RecipeError, match=problem):
        RuleBook(((glob, rule),)).apply(find_layers(HEADER), HEADER)
