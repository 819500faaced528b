"""Rules that people set by hand, over those found by meaning: a TOML file of globs.

    [layers]
    "*_shadow" = "matte"
    "left.ao" = "generic"

What a layer is called, or else a channel, is taken as that name. All else is a glob (`fnmatch`, case counts), tried on
a layer's name and on each of its channels' names. The last that fits wins.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from uprez.errors import RecipeError
from uprez.files.toml import load_toml
from uprez.frames.types import FrameHeader
from uprez.layers import naming
from uprez.layers.layers import Layer, Rule

_COLOURS = (Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART)
_VECTORS = (Rule.NORMAL, Rule.DEPTH, Rule.MOTION)
"""Alpha is none of their components: it becomes a matte of its own."""


@dataclass(frozen=True)
class RuleBook:
    """Globs and the rules they set, in the file's order."""

    entries: tuple[tuple[str, Rule], ...] = ()

    def apply(self, layers: Iterable[Layer], header: FrameHeader) -> tuple[Layer, ...]:
        """The layers, those that a glob fits under its rule. RecipeError where a rule can't serve its channels."""
        layers = tuple(layers)
        chosen: dict[str, tuple[str, Rule]] = {}
        for glob, rule in self.entries:
            chosen |= {layer.name: (glob, rule) for layer in _fitting(glob, layers)}
        return tuple(each for layer in layers for each in self._override(layer, header, chosen.get(layer.name)))

    def unfit(self, frames: Iterable[Sequence[Layer]]) -> tuple[str, ...]:
        """A line for each glob that fits no layer of any of the frames; none where all frames are without layers."""
        known = [layers for layers in frames if layers]
        globs = [glob for glob, _ in self.entries if known and not any(_fitting(glob, layers) for layers in known)]
        return tuple(f"rules: {glob!r} fits no layer; `uprez info` prints their names" for glob in globs)

    def _override(self, layer: Layer, header: FrameHeader, entry: tuple[str, Rule] | None) -> tuple[Layer, ...]:
        if entry is None:
            return (layer,)
        glob, rule = entry
        part = header.parts[layer.part]
        if rule is not Rule.ID and any(part.channel(name).type == "uint" for name in layer.channels):
            raise RecipeError(
                f"rules: layer {layer.name!r} holds whole numbers: the only rule for it is {Rule.ID.value!r}"
            )
        *others, last = layer.channels
        has_alpha = bool(others) and naming.is_alpha(naming.split(last, naming.views_of(part))[1])
        coloured = has_alpha and rule in _COLOURS
        chosen = replace(layer, rule=rule, note="by hand", why=f"rules: {glob!r}", alpha=coloured)
        if rule in _COLOURS and len(chosen.colours) not in (1, 3):
            raise RecipeError(
                f"rules: layer {layer.name!r} has {len(chosen.colours)} colours: {rule.value!r} needs 1 or 3"
            )
        if has_alpha and rule in _VECTORS:
            alpha = replace(chosen, name=f"{layer.name} {last}", channels=(last,), rule=Rule.MATTE)
            return replace(chosen, channels=tuple(others)), alpha
        return (chosen,)


def _fitting(glob: str, layers: Sequence[Layer]) -> list[Layer]:
    """The layers that are called so, or have a channel that is, or else those that fit as a glob."""
    return (
        [layer for layer in layers if layer.name == glob]
        or [layer for layer in layers if glob in layer.channels]
        or [layer for layer in layers if any(fnmatchcase(name, glob) for name in (layer.name, *layer.channels))]
    )


def as_template(layers: Iterable[Layer]) -> str:
    """The rules that layers have, as a TOML file to edit, each with what it goes by. Parts of a beauty are left out by
    a comment sign: uprez finds their sums anew, which a rule by hand would make one of.
    """
    lines = ["[layers]"]
    for layer in layers:
        sign = "# " if layer.rule is Rule.BEAUTY_PART else ""
        lines.append(
            f"{sign}{_quoted(layer.name)} = {_quoted(layer.rule.value)}  # {_on_one_line(layer.why)}".rstrip(" #")
        )
    return "\n".join(lines)


def _quoted(name: str) -> str:
    """A TOML basic string."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'


def _on_one_line(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


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
