"""What channel, layer and part names say: the table of the renderers (`names/`), the grammar that reads names by it,
and how a file spells layers, views, components and Cryptomattes.

Sources: the EXR standard (layers, views), Cryptomatte specification 1.2, and the lists that each row names.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from uprez.frames.types import Part
from uprez.layers.components import ALPHAS, COLOURED_ALPHAS, COLOURS, LETTERS
from uprez.layers.grammar import DATA, LIGHT, Reading, read_title

__all__ = [
    "Meaning",
    "Reading",
    "cryptomatte_of",
    "cryptomattes",
    "is_alpha",
    "is_aov",
    "is_beauty",
    "is_light_group",
    "is_lobe",
    "meaning",
    "read_layer",
    "read_name",
    "split",
    "title_of",
    "views_of",
    "words",
    "words_and_numbers",
]

Meaning = Literal[
    "id",
    "normal",
    "depth",
    "position",
    "velocity",
    "uv",
    "motion",
    "motion_share",
    "matte",
    "number",
    "luminance",
    "xyz",
    "beauty",
    "color",
    "unknown",
]

_NEUTRAL = frozenset({"left", "right", "main", "view", "layer", "viewlayer", "renderlayer"})
_SINGLE_COLOURS = frozenset({"Y", "y", "R", "G", "B", "r", "g", "b"})
_VECTORS_ALONE = frozenset({"normal", "position", "velocity", "uv"})
_BY_SUFFIX = {"T": "depth", "I": "id"}
"""Mitsuba's components of a distance and an index."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")


def read_name(title: str, letters: Sequence[str] = ("R", "G", "B"), renderer: str = "") -> Reading:
    """What the name of a layer or part says, by the table of the renderers.

    letters: its components, as the file spells them. renderer: who wrote the file, as `grammar.renderer_of` tells, for
    names that mean several things. Outer names that users type decide nothing; see `Reading` for what comes back.
    """
    return read_title(title, renderer, vector=len(letters) < 3 or letters[0] not in _COLOUR_LETTERS)


_COLOUR_LETTERS = frozenset(letter for names in COLOURS for letter in names)


def read_layer(title: str, letters: tuple[str, ...], renderer: str = "") -> Reading:
    """The same for a set of components, whose own name speaks where the layer's says nothing: `objectId`, `Z`."""
    if len(letters) == 2 and not title:
        return read_name("".join(letters), letters, renderer)
    if len(letters) > 1 or (letters[0] in LETTERS and title):
        return read_name(title, letters, renderer)
    own = read_name(letters[0], letters, renderer)
    return own if own.role else read_name(title, letters, renderer)


def meaning(title: str, letters: tuple[str, ...], renderer: str = "") -> Meaning:
    """What a set of components means, by the name of its layer (or of its part, where channels have no prefix)."""
    reading = read_layer(title, letters, renderer)
    if len(letters) == 1:
        return _meaning_alone(title, letters[0], reading)
    if reading.role in DATA:
        return reading.role  # type: ignore[return-value] # these roles are meanings, too
    finished = is_beauty(title, renderer)
    if letters[:3] in [names[:3] for names in COLOURS]:
        return "beauty" if finished else "color"
    if len(letters) >= 3 and (finished or reading.role in LIGHT):
        return "color" if not finished else "xyz" if letters[0] in "Xx" else "beauty"
    return "luminance" if letters == ("Y", "A") else "unknown"


def _meaning_alone(title: str, letter: str, reading: Reading) -> Meaning:
    """The meaning of one channel by itself. A vector's single component is a number, but for its depth."""
    if reading.role != "id" and letter in ALPHAS | COLOURED_ALPHAS:
        return "matte"
    if letter in ("W", "w") and reading.role in LIGHT | {"beauty", "picture"}:
        return "matte"  # the fourth of a picture that is written as X Y Z W
    if letter in _BY_SUFFIX and reading.role not in DATA:
        return _BY_SUFFIX[letter]  # type: ignore[return-value]
    if reading.role == "position" and letter in "Zz":
        return "depth"
    if reading.role in DATA and reading.role not in _VECTORS_ALONE:
        return reading.role  # type: ignore[return-value]
    return "luminance" if letter in _SINGLE_COLOURS and is_beauty(title) else "unknown"


def words(name: str) -> frozenset[str]:
    """The words of a name, lower case, without digits."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def words_and_numbers(name: str) -> frozenset[str]:
    """The words of a name, lower case, and its numbers."""
    return words(name) | frozenset(re.findall(r"\d+", name))


def views_of(part: Part) -> tuple[str, ...]:
    """The views that channel names of this part may carry: its `multiView` attribute, the default view first."""
    found = part.attributes.get("multiView")
    if found is None or found.type != "stringvector":
        return ()
    names, place = [], 0
    while place + 4 <= len(found.data):
        length = int.from_bytes(found.data[place : place + 4], "little")
        names.append(found.data[place + 4 : place + 4 + length].decode("utf-8", "replace"))
        place += 4 + length
    return tuple(names)


def split(channel: str, views: Sequence[str]) -> tuple[str, str, str]:
    """A channel's name as (layer prefix, suffix, view), after "Multi-View OpenEXR": the view stands first or last but
    one.

    Names of the default view carry none: it is returned for them. Names that end with a dot are no layer's; a dot
    before a component alone divides nothing: V-Ray's `.R` is R.
    """
    default = views[0] if views else ""
    prefix, dot, suffix = channel.rpartition(".")
    if dot and not prefix and suffix in LETTERS:
        return "", suffix, default
    if not dot or not prefix or not suffix:
        return "", channel, default
    steps = prefix.split(".")
    for place in (len(steps) - 1, 0):
        if steps[place] in views:
            return ".".join(steps[:place] + steps[place + 1 :]), suffix, steps[place]
    return prefix, suffix, default


def title_of(part: Part) -> str:
    """The part's name without its view: `rgba_right` seen by `right` is rgba."""
    name = part.name or ""
    if part.view:
        name = re.sub(rf"(?<![A-Za-z]){re.escape(part.view)}(?![A-Za-z])", "", name)
    return name.strip("._- ")


def cryptomattes(parts: Sequence[Part]) -> dict[str, str]:
    """The layers that metadata declare to be Cryptomatte, in any part for all of them, and the manifest file of each
    ("" where the frame holds it): specification 1.2, attributes `cryptomatte/<key>/name` and `…/manif_file`.
    """
    found: dict[str, str] = {}
    for part in parts:
        for key in part.attributes:
            if key.startswith("cryptomatte/") and key.endswith("/name") and (name := part.text(key)):
                found[name] = part.text(key.removesuffix("name") + "manif_file") or found.get(name, "")
    return found


def cryptomatte_of(title: str, declared: Iterable[str]) -> str | None:
    """Which of the declared Cryptomattes a layer or part is: its preview, which has the name alone, or one of its
    ranks: the name and two digits (name00, name01 ...).
    """
    known = set(declared)
    if title in known:
        return title
    return title[:-2] if title[:-2] in known and re.fullmatch("[0-9]{2}", title[-2:]) else None


def is_beauty(title: str, renderer: str = "") -> bool:
    """Whether a layer's or part's name, the empty one too, means the finished picture."""
    return words(title) <= _NEUTRAL or read_name(title, renderer=renderer).role in ("beauty", "picture")


def is_light_group(name: str) -> bool:
    """Whether a colour layer's name means the light of some lamps alone: `lg_key`, `RGBA_P1`, `VRayLightSelect_sun`."""
    return read_name(name).role == "light"


def is_lobe(name: str) -> bool:
    """Whether a colour layer's name means one way of light to the camera, a term of the beauty: `diffuse`,
    `specular_indirect`. Its albedo is none, nor what is still to be multiplied by that (`rawDiffuse`).
    """
    return read_name(name).role == "lobe"


def is_aov(name: str) -> bool:
    """Whether a colour layer's name means anything but the finished picture: a light, a lobe, an albedo, a shadow."""
    return read_name(name).role in LIGHT | DATA


def is_alpha(suffix: str) -> bool:
    """Whether a channel's last name means alpha."""
    return suffix in ALPHAS
