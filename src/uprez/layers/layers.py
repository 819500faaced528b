"""Layers: the channels of a frame that mean one thing, found from their names, types and metadata."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from uprez.frames.types import Channel, FrameHeader, Part
from uprez.layers import naming
from uprez.layers.components import components_of
from uprez.layers.grammar import UNREAD, Reading, renderer_of, words_of_data
from uprez.layers.vocabulary import lexicon


class Rule(Enum):
    """How a layer is enlarged: docs/upscale.md says it in full, `methods.py` does it."""

    BEAUTY = "beauty"
    """The network, colour and alpha together."""
    BEAUTY_PART = "beauty_part"
    """Interpolated; then the beauty's added detail is shared out, so that the parts still add up to it."""
    COLOR = "color"
    """The network, on its own."""
    MATTE = "matte"
    """Alpha alone, masks, coverage: interpolated, held between the four nearest samples."""
    NORMAL = "normal"
    """Interpolated as vectors; unit where they were unit."""
    DEPTH = "depth"
    """Depth, position and all that jumps between surfaces: nearest surface, edges followed."""
    MOTION = "motion"
    """As depth, then times the scale: it is taken to count pixels."""
    ID = "id"
    """The nearest sample, bit for bit."""
    GENERIC = "generic"
    """Numbers of unknown meaning: as mattes."""


Fit = Literal["exact", "within noise", "falls short", "by name", "by hand"]
"""How well a sum holds in the source. falls short: a rest is left, which no layer holds."""


@dataclass(frozen=True)
class Sum:
    """Layers that add up to another, all by their names.

    colours: for each part the layer that it is multiplied by first, "" for none; empty where none is multiplied.
    """

    whole: str
    parts: tuple[str, ...]
    fit: Fit
    colours: tuple[str, ...] = ()

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """Each part with the layer that it is multiplied by, or "" for none."""
        return tuple(zip(self.parts, self.colours or ("",) * len(self.parts), strict=True))

    def __str__(self) -> str:
        lights: dict[str, list[str]] = {}
        for part, colour in self.terms:
            lights.setdefault(colour, []).append(part)
        products = [
            f"({' + '.join(own)}) x {colour}" if len(own) > 1 else f"{own[0]} x {colour}"
            for colour, own in lights.items()
            if colour
        ]
        return f"{self.whole} = " + " + ".join([*products, *lights.get("", ())])


@dataclass(frozen=True)
class Layer:
    """Channels of one part that mean one thing.

    name: unique in the frame. part: the part's number. channels: full names, in order of meaning (R G B A, X Y Z, u v).
    view: which eye, "" where the file has one view. alpha: the last channel is the alpha of the others.
    note: what the user should know; may be empty. sums: those that it is a part or the whole of. why: what the rule
    goes by, for people. doubt: where name and pixels disagree, how. reading: what its name says. alpha_part: the part
    of its alpha, where that is another.
    """

    name: str
    part: int
    channels: tuple[str, ...]
    rule: Rule
    note: str = ""
    view: str = ""
    alpha: bool = False
    sums: tuple[Sum, ...] = ()
    why: str = ""
    doubt: str = ""
    reading: Reading = UNREAD
    alpha_part: int | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        """The parts that hold its channels: its own, and that of its alpha where this lies apart."""
        return (self.part,) if self.alpha_part in (None, self.part) else (self.part, self.alpha_part)

    def channels_of(self, part: int) -> tuple[str, ...]:
        """Those of its channels that lie in this part, in their order."""
        if len(self.parts) == 1:
            return self.channels if part == self.part else ()
        return self.colours if part == self.part else self.channels[-1:] if part == self.alpha_part else ()

    @property
    def colours(self) -> tuple[str, ...]:
        """The channels without the alpha that belongs to them."""
        return self.channels[:-1] if self.alpha else self.channels


def find_layers(header: FrameHeader) -> tuple[Layer, ...]:
    """Every channel of every part in exactly one layer, with the rule that its meaning asks for.

    Parts of the beauty are colour here: `sums.recognise_parts` tells them from other colour.
    """
    layers: list[Layer] = []
    cryptomattes = naming.cryptomattes(header.parts)
    renderer = renderer_of(_titles(header))
    for number, part in enumerate(header.parts):
        for found in _layers_of(part, number, cryptomattes, renderer):
            taken = {layer.name for layer in layers}
            layers.append(_named_apart(found, part, len(header.parts), taken))
    return _settle_beauty(layers, header)


def _titles(header: FrameHeader) -> set[str]:
    """The names of all layers and parts."""
    prefixes = {
        naming.split(channel.name, views)[0]
        for part in header.parts
        for views in (naming.views_of(part),)
        for channel in part.channels
    }
    return prefixes | {naming.title_of(part) for part in header.parts}


def _layers_of(part: Part, number: int, cryptomattes: Mapping[str, str], renderer: str) -> Iterable[Layer]:
    views = naming.views_of(part)
    groups: dict[tuple[str, str], dict[str, Channel]] = {}
    for channel in part.channels:
        prefix, suffix, view = naming.split(channel.name, views)
        group = groups.setdefault((prefix, view), {})
        # `a.left.x` and `left.a.x` split alike: the second stands alone under its full name.
        group[suffix if suffix not in group else channel.name] = channel
    for (prefix, view), channels in groups.items():
        whole = Layer(prefix, number, tuple(c.name for c in channels.values()), Rule.ID, view=view or part.view or "")
        title = prefix or naming.title_of(part)
        cryptomatte = naming.cryptomatte_of(title, cryptomattes)
        if cryptomatte is not None:
            manifest = cryptomattes[cryptomatte]
            note = f"Cryptomatte; its manifest {manifest} is not copied" if manifest else "Cryptomatte"
            yield replace(whole, name=title, note=note, why="declared in the header")
            continue
        counted = tuple(c.name for c in channels.values() if c.type == "uint")
        if counted:
            name = prefix or counted[0]
            yield replace(whole, name=name, channels=counted, note="whole numbers", why="type: whole numbers")
        sampled = {suffix: c.name for suffix, c in channels.items() if c.type != "uint"}
        yield from _by_meaning(whole, sampled, title, renderer)


def _by_meaning(whole: Layer, channels: Mapping[str, str], title: str, renderer: str) -> Iterable[Layer]:
    """Split the float channels of one group, {suffix: full name}, into sets that belong together, and give each its
    rule.
    """
    sets = components_of(tuple(channels), title, renderer)
    titles = [f"{title}.{found.stem}".strip(".") if found.stem else title for found in sets]
    meanings = [naming.meaning(own, found.letters, renderer) for own, found in zip(titles, sets, strict=True)]
    for own, found, meaning in zip(titles, sets, meanings, strict=True):
        plain = not whole.name and not found.stem
        if meaning == "luminance" and {"beauty", "color"} & set(meanings):
            meaning = "unknown"  # a spare `r` beside R G B is no picture
        if meaning == "color" and plain:
            meaning = "beauty"  # plain R G B, whatever the part is called; `_settle_beauty` looks at the other parts
        names = tuple(channels[suffix] for suffix in found.suffixes)
        rule, note = _RULES[meaning]
        alpha = rule in (Rule.BEAUTY, Rule.COLOR) and naming.is_alpha(found.letters[-1]) and len(names) > 1
        reading = naming.read_layer(own, found.letters, renderer)
        name = ".".join(filter(None, (whole.name, found.stem))) or "".join(found.letters).lower()
        yield replace(
            whole,
            name=name if len(names) > 1 else names[0],
            channels=names,
            rule=rule,
            note=note,
            alpha=alpha,
            why=_why(reading, meaning, plain=plain),
            reading=reading,
        )


def _why(reading: Reading, meaning: naming.Meaning, *, plain: bool) -> str:
    """What a rule goes by, for people."""
    if reading.told:
        return reading.told
    if meaning in ("beauty", "luminance", "xyz"):
        return "plain components"
    if meaning == "matte":
        return "alpha by itself"
    return "no name that says what it is" if not plain or meaning == "unknown" else ""


_RULES: Mapping[naming.Meaning, tuple[Rule, str]] = {
    "id": (Rule.ID, ""),
    "normal": (Rule.NORMAL, ""),
    "depth": (Rule.DEPTH, ""),
    "position": (Rule.DEPTH, "position"),
    "velocity": (Rule.DEPTH, "velocity in scene units: not scaled"),
    "uv": (Rule.DEPTH, "surface coordinates"),
    "motion": (Rule.MOTION, "taken to count pixels; see --rules for other units"),
    "motion_share": (Rule.DEPTH, "motion as a share of the frame: not scaled"),
    "matte": (Rule.MATTE, ""),
    "number": (Rule.GENERIC, ""),
    "luminance": (Rule.BEAUTY, "one channel: shown to the model as grey"),
    "xyz": (Rule.BEAUTY, "CIE XYZ"),
    "beauty": (Rule.BEAUTY, ""),
    "color": (Rule.COLOR, ""),
    "unknown": (Rule.GENERIC, ""),
}


def _named_apart(layer: Layer, part: Part, parts: int, taken: set[str]) -> Layer:
    """A name that is unique in the frame: the part's before the layer's own, the view's behind, where there are
    several.
    """
    of_part = (part.name or str(layer.part)) if parts > 1 else ""
    name = layer.name if layer.name.startswith(of_part) else f"{of_part}:{layer.name}"
    if len(naming.views_of(part)) > 1 and layer.view not in name:
        name = f"{name} {layer.view}"
    attempts = [name, f"{name} {layer.channels[0]}", f"{name} {layer.part} {layer.channels[0]}"]
    return replace(layer, name=next(attempt for attempt in attempts if attempt not in taken))


def _settle_beauty(layers: list[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """Of pictures in one view, those that a name declares to be finished are, or else those that are probably (`main`),
    or else plain R G B in parts that are not called an AOV. The others are colour. `_spare_beauties` stand in where a
    view has none.
    """
    beauties: set[str] = set()
    for view in {layer.view for layer in layers}:
        seen = [layer for layer in layers if layer.view == view]
        pictures = [layer for layer in seen if layer.rule is Rule.BEAUTY]
        titles = {layer.name: _title(layer, header) for layer in pictures}
        declared = [one for one in pictures if naming.is_beauty(titles[one.name]) and one.reading.role != "picture"]
        probable = [one for one in pictures if one.reading.role == "picture"]
        no_aovs = [one for one in pictures if not naming.is_aov(titles[one.name])]
        spare = _spare_beauties([one for one in seen if one.rule is Rule.COLOR])
        beauties.update(one.name for one in declared or probable or no_aovs or pictures or spare)
    return tuple(_settled(layer, layer.name in beauties) for layer in layers)


def _settled(layer: Layer, is_beauty: bool) -> Layer:
    if layer.rule is Rule.BEAUTY and not is_beauty:
        return replace(layer, rule=Rule.COLOR)
    return replace(layer, rule=Rule.BEAUTY) if is_beauty and layer.rule is Rule.COLOR else layer


def _spare_beauties(colours: list[Layer]) -> list[Layer]:
    """Which colour of a view without a beauty is one: what stands behind a beauty's prefix and is no lamp's name
    (`beauty_main`), or else the only one whose name says nothing beside several lights or lobes.
    """
    prefixed = [one for one in colours if one.reading.role == "light" and _is_no_lamp(one.reading.lamp)]
    unnamed = [one for one in colours if not one.reading.role and not words_of_data(_unversioned(one.name))]
    parts = [one for one in colours if one.reading.role in ("light", "lobe")]
    return prefixed or (unnamed if len(unnamed) == 1 and len(parts) > 1 else [])


def _unversioned(name: str) -> str:
    """A name without a version, whose `v` would say velocity: `hero_v12` is hero."""
    return re.sub(r"(?<![A-Za-z])[vV]\d+", "", name)


def _is_no_lamp(name: str) -> bool:
    """Whether what stands behind a beauty's prefix is no lamp's name: `main`, or a version, `v003`."""
    return name in lexicon().no_lamps or bool(re.fullmatch(r"v\d+", name))


def _title(layer: Layer, header: FrameHeader) -> str:
    part = header.parts[layer.part]
    prefix = naming.split(layer.channels[0], naming.views_of(part))[0]
    return prefix or naming.title_of(part)
