"""Layers: the channels of a frame that mean one thing, found from their names, types and metadata."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from uprez.frames.types import Channel, FrameHeader, Part
from uprez.upscaling import naming


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


@dataclass(frozen=True)
class Layer:
    """Channels of one part that mean one thing.

    name: unique in the frame. part: the part's number. channels: full names, in order of meaning (R G B A, X Y Z, u v).
    view: which eye, "" where the file has one view. alpha: the last channel is the alpha of the others.
    note: why the rule, or what the user should know; may be empty. beauty: the name of the layer that a part of the
    beauty adds up to, where that is known. total: which sum it belongs to, where several add up to one beauty.
    alpha_part: the part of its alpha, where that is another.
    """

    name: str
    part: int
    channels: tuple[str, ...]
    rule: Rule
    note: str = ""
    view: str = ""
    alpha: bool = False
    beauty: str = ""
    total: str = ""
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
    for number, part in enumerate(header.parts):
        for found in _layers_of(part, number, cryptomattes):
            taken = {layer.name for layer in layers}
            layers.append(_named_apart(found, part, len(header.parts), taken))
    return _settle_beauty(layers, header)


def _layers_of(part: Part, number: int, cryptomattes: Mapping[str, str]) -> Iterable[Layer]:
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
            yield replace(whole, name=title, note=note)
            continue
        counted = tuple(c.name for c in channels.values() if c.type == "uint")
        if counted:
            yield replace(whole, name=prefix or counted[0], channels=counted, note="whole numbers")
        sampled = {suffix: c.name for suffix, c in channels.items() if c.type != "uint"}
        yield from _by_meaning(whole, sampled, title)


def _by_meaning(whole: Layer, channels: Mapping[str, str], title: str) -> Iterable[Layer]:
    """Split the float channels of one group, {suffix: full name}, into sets that belong together, and give each its
    rule.
    """
    sets = naming.sets_of(tuple(channels), title)
    meanings = [naming.meaning(title, suffixes) for suffixes in sets]
    for suffixes, meaning in zip(sets, meanings, strict=True):
        if meaning == "luminance" and {"beauty", "color"} & set(meanings):
            meaning = "unknown"  # a spare `r` beside R G B is no picture
        if meaning == "color" and not whole.name:
            meaning = "beauty"  # plain R G B, whatever the part is called; `_settle_beauty` looks at the other parts
        names = tuple(channels[suffix] for suffix in suffixes)
        rule, note = _RULES[meaning]
        alpha = rule in (Rule.BEAUTY, Rule.COLOR) and naming.is_alpha(suffixes[-1]) and len(suffixes) > 1
        name = whole.name or "".join(suffixes).lower() if len(suffixes) > 1 else names[0]
        yield replace(whole, name=name, channels=names, rule=rule, note=note, alpha=alpha)


_RULES: Mapping[naming.Meaning, tuple[Rule, str]] = {
    "id": (Rule.ID, ""),
    "normal": (Rule.NORMAL, ""),
    "depth": (Rule.DEPTH, ""),
    "position": (Rule.DEPTH, "position"),
    "velocity": (Rule.DEPTH, "velocity in scene units: not scaled"),
    "uv": (Rule.DEPTH, "surface coordinates"),
    "motion": (Rule.MOTION, "taken to count pixels; see --rules for other units"),
    "matte": (Rule.MATTE, ""),
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
    """In a file of several parts, plain R G B in a part with a name of its own is an AOV if its view has a beauty by
    name; in a view that has none, if the part is called an AOV and another one is not.
    """
    titles = {layer.name: _title(layer, header) for layer in layers if layer.rule is Rule.BEAUTY}
    beauties: set[str] = set()
    for view in {layer.view for layer in layers}:
        names = [layer.name for layer in layers if layer.name in titles and layer.view == view]
        by_name = [name for name in names if naming.is_beauty(titles[name])]
        no_aovs = [name for name in names if not naming.is_aov(titles[name])]
        beauties.update(by_name or no_aovs or names)
    return tuple(
        replace(layer, rule=Rule.COLOR) if layer.name in titles and layer.name not in beauties else layer
        for layer in layers
    )


def _title(layer: Layer, header: FrameHeader) -> str:
    part = header.parts[layer.part]
    prefix = naming.split(layer.channels[0], naming.views_of(part))[0]
    return prefix or naming.title_of(part)
