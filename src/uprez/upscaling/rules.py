"""Rules that people set by hand, over those found by meaning: a TOML file of globs.

    [layers]
    "*_shadow" = "matte"
    "left.ao" = "generic"

A glob (`fnmatch`, case counts) is tried on a layer's name and on each of its channels' names; the last that fits wins.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from uprez.errors import RecipeError
from uprez.frames.types import FrameHeader
from uprez.models.toml import load_toml
from uprez.upscaling import naming
from uprez.upscaling.layers import Layer, Rule

_COLOURS = (Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART)
_VECTORS = (Rule.NORMAL, Rule.DEPTH, Rule.MOTION)
"""Alpha is none of their components: it becomes a matte of its own."""


@dataclass(frozen=True)
class RuleBook:
    """Globs and the rules they set, in the file's order."""

    entries: tuple[tuple[str, Rule], ...] = ()

    def apply(self, layers: Iterable[Layer], header: FrameHeader) -> tuple[Layer, ...]:
        """The layers, those that a glob fits under its rule. RecipeError where a rule can't serve its channels."""
        return tuple(each for layer in layers for each in self._override(layer, header))

    def _override(self, layer: Layer, header: FrameHeader) -> tuple[Layer, ...]:
        fits = [rule for glob, rule in self.entries if any(fnmatchcase(n, glob) for n in (layer.name, *layer.channels))]
        if not fits:
            return (layer,)
        rule = fits[-1]
        part = header.parts[layer.part]
        if rule is not Rule.ID and any(part.channel(name).type == "uint" for name in layer.channels):
            raise RecipeError(
                f"rules: layer {layer.name!r} holds whole numbers: the only rule for it is {Rule.ID.value!r}"
            )
        *others, last = layer.channels
        has_alpha = bool(others) and naming.is_alpha(naming.split(last, naming.views_of(part))[1])
        chosen = replace(layer, rule=rule, note="by hand", alpha=has_alpha and rule in _COLOURS)
        if rule in _COLOURS and len(chosen.colours) not in (1, 3):
            raise RecipeError(
                f"rules: layer {layer.name!r} has {len(chosen.colours)} colours: {rule.value!r} needs 1 or 3"
            )
        if has_alpha and rule in _VECTORS:
            alpha = replace(chosen, name=f"{layer.name} {last}", channels=(last,), rule=Rule.MATTE)
            return replace(chosen, channels=tuple(others)), alpha
        return (chosen,)


def read_rules(path: Path) -> RuleBook:
    """Read a rules file. RecipeError, one line, for a file that is missing, no TOML, or says something unknown."""
    said = load_toml(path, RecipeError)
    for key in said:
        if key != "layers":
            raise RecipeError(f"{path}: unknown table {key!r}; did you mean [layers]?")
    table = said.get("layers", {})
    if not isinstance(table, dict):
        raise RecipeError(f'{path}: [layers] must be a table of lines like "albedo*" = "color"')
    return RuleBook(tuple((glob, _rule(path, glob, value)) for glob, value in table.items()))


def _rule(path: Path, glob: str, value: object) -> Rule:
    known = [rule.value for rule in Rule]
    if isinstance(value, str) and value in known:
        return Rule(value)
    near = difflib.get_close_matches(str(value), known, n=1)
    advice = f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(known)
    raise RecipeError(f"{path}: {glob!r} = {value!r} is no rule; {advice}")
