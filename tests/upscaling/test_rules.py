"""Layer rules that are set by hand."""

from pathlib import Path

import pytest

from tests.upscaling.test_layers import part
from uprez.errors import RecipeError
from uprez.frames import FrameHeader
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
