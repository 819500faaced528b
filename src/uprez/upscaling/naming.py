"""What channel, layer and part names say: the vocabulary of the renderers and compositors, as tables.

Names are met as words: `VRayZDepth` is v ray z depth, `objectId` is object id, so that "id" is not found in "width".
Sources: the EXR standard (layers, views), Cryptomatte specification 1.2, and the output names of Arnold, RenderMan,
V-Ray, Redshift, Karma and Mantra, Cycles and Nuke.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from uprez.frames.types import Part

Meaning = Literal[
    "id",
    "normal",
    "depth",
    "position",
    "velocity",
    "uv",
    "motion",
    "matte",
    "luminance",
    "xyz",
    "beauty",
    "color",
    "unknown",
]


def _vocabulary(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_IDS = _vocabulary(
    "id ids crypto cryptomatte index idx objectid objid materialid matid mtlid instanceid assetid nodeid renderid uid "
    "primid primitiveid elementid geomid shapeid groupid partid faceid deepid"
)
_NORMALS = _vocabulary("n nn ng ns normal normals nrm nworld ncamera ncam neye")
_POSITIONS = _vocabulary("p po pos position pworld pworldspace pcam pcamera pref pobject wpos worldpos")
_VELOCITIES = _vocabulary("velocity vel dpdt dpdtime")
_SURFACE_COORDINATES = _vocabulary("uv uvs st texcoord texcoords")
_MOTIONS = _vocabulary(
    "motion motionvector motionvectors mv mvec vector vectors forward backward flow opticalflow disparity parallax"
)
_DEPTHS = _vocabulary("z depth zdepth zback pz distance")
_MATTES = _vocabulary(
    "matte mattes mask masks multimatte puzzlematte coverage alpha opacity presence holdout roto stencil"
)
_BEAUTY = _vocabulary("beauty combined rgba rgb ci c color colour image final master primary")
_SURELY_BEAUTY = _vocabulary("beauty combined rgba rgb")
_NEUTRAL = _vocabulary("left right main view layer viewlayer renderlayer")

_LIGHTS = _vocabulary("lg lgt lightgroup lightgroups light lights lightselect")
_LOBES = _vocabulary(
    "diffuse specular spec sss subsurface transmission reflection reflections refraction refractions emission coat "
    "sheen volume gi globalillumination lighting direct indirect illumination selfillumination caustics glossy "
    "background environment scatter"
)
_NO_TERMS = _vocabulary(
    "raw unlit unshadowed unoccluded shadow shadows filter albedo color colour col mix total noisy denoise denoised "
    "variance noise texture roughness glossiness weight radius scale ior density ao occlusion samples count direction "
    "falloff linking ref heatmap grade sdr wireframe"
)

_COLOUR_SETS = (
    ("R", "G", "B", "A"),
    ("r", "g", "b", "a"),
    ("Red", "Green", "Blue", "Alpha"),
    ("red", "green", "blue", "alpha"),
)
_VECTOR_SETS = (("X", "Y", "Z", "W"), ("x", "y", "z", "w"), ("U", "V", "W"), ("u", "v", "w"))
_ALPHAS = frozenset({"A", "a", "Alpha", "alpha"})
_COLOURED_ALPHAS = frozenset({"AR", "AG", "AB"})  # the EXR standard's opacity per colour
_SINGLE_COLOURS = frozenset({"Y", "y", "R", "G", "B", "r", "g", "b"})

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")


def words(name: str) -> frozenset[str]:
    """The words of a name, lower case, without digits."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def words_and_numbers(name: str) -> frozenset[str]:
    """The words of a name, lower case, and its numbers."""
    return words(name) | frozenset(re.findall(r"\d+", name))


def _compounds(name: str) -> frozenset[str]:
    """The steps of a name, lower case, without digits: for words that capitals would cut, dPdtime, primId."""
    return frozenset(re.sub(r"[\W\d_]", "", step).lower() for step in re.split(r"[.:_\s-]", name))


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

    Names of the default view carry none: it is returned for them. Names that end or begin with a dot are no layer's.
    """
    default = views[0] if views else ""
    prefix, dot, suffix = channel.rpartition(".")
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
    """Which of the declared Cryptomattes a layer or part is: its preview or one of its ranks (name00, name01 ...)."""
    return next((name for name in declared if name in (title, title.rstrip("0123456789"))), None)


def is_beauty(title: str) -> bool:
    """Whether a layer's or part's name, the empty one too, means the finished picture."""
    if words(title) - _NEUTRAL <= _BEAUTY:
        return True
    last = words(title.rpartition(".")[2]) - _NEUTRAL
    return bool(last) and last <= _SURELY_BEAUTY


def is_light_group(name: str) -> bool:
    """Whether a colour layer's name means the light of some lamps alone: `lg_key`, `VRayLightSelect_sun`, or a beauty
    and a word more, `RGBA_key` (Arnold), `Combined_key` (Cycles).
    """
    said, steps = words(name), [step.partition("_") for step in re.split("[:.]", name)]
    of_beauty = any(rest and words(first) and words(first) <= _SURELY_BEAUTY for first, _, rest in steps)
    return (of_beauty or bool(said & _LIGHTS)) and not said & (_NO_TERMS | _LOBES)


def is_lobe(name: str) -> bool:
    """Whether a colour layer's name means one way of light to the camera, a term of the beauty: `diffuse`,
    `specular_indirect`. Its albedo is none, nor what is still to be multiplied by that (`rawDiffuse`).
    """
    said = words(name)
    return bool(said & _LOBES) and not said & _NO_TERMS


def is_aov(name: str) -> bool:
    """Whether a colour layer's name means anything but the finished picture: a light, a lobe, an albedo, a shadow."""
    return is_light_group(name) or bool(words(name) & (_LOBES | _NO_TERMS))


def is_alpha(suffix: str) -> bool:
    """Whether a channel's last name means alpha."""
    return suffix in _ALPHAS


def sets_of(suffixes: Sequence[str], title: str) -> list[tuple[str, ...]]:
    """Split the suffixes of one layer into sets that mean one thing together, each in order of meaning; what is left
    stands alone.
    """
    means_data = meaning(title, ("X", "Y", "Z")) not in ("beauty", "color", "unknown", "xyz")
    keeps_alpha = meaning(title, ("X", "Y", "Z")) in ("id", "matte", "beauty", "color", "unknown", "xyz")
    rest, sets = list(suffixes), []
    for names in (*_COLOUR_SETS, *_VECTOR_SETS):
        found = tuple(name for name in names if name in rest)
        if names in _COLOUR_SETS:
            whole = found[:3] == names[:3] or (means_data and len(found) > 1)
            found = found if keeps_alpha else tuple(name for name in found if name not in _ALPHAS)
        else:
            whole = found[:2] == names[:2]
        if whole and found:
            sets.append(found)
            rest = [name for name in rest if name not in found]
    if "Y" in rest and "A" in rest:
        sets.append(("Y", "A"))
        rest = [name for name in rest if name not in ("Y", "A")]
    return sets + [(name,) for name in rest]


def meaning(title: str, suffixes: tuple[str, ...]) -> Meaning:
    """What a set of channels means, by the name of its layer (or of its part, where channels have no prefix) and its
    suffixes.
    """
    data = _meaning_of_data(title, suffixes)
    if data != "unknown":
        return data
    if suffixes in (("X", "Y", "Z"), ("X", "Y", "Z", "A")) and is_beauty(title):
        return "xyz"
    if suffixes[:3] in [names[:3] for names in _COLOUR_SETS]:
        return "beauty" if is_beauty(title) else "color"
    if suffixes == ("Y", "A") or (suffixes[0] in _SINGLE_COLOURS and is_beauty(title)):
        return "luminance"
    return "unknown"


def _meaning_of_data(title: str, suffixes: tuple[str, ...]) -> Meaning:
    """The meaning of layers that are no colour, "unknown" for all others. The order decides where two vocabularies
    meet.
    """
    alone = len(suffixes) == 1
    said = words(title) | _compounds(title) | (words(suffixes[0]) | _compounds(suffixes[0]) if alone else frozenset())
    if said & _IDS or any(word.startswith("crypto") for word in said):
        return "id"
    if alone and suffixes[0] in _ALPHAS | _COLOURED_ALPHAS:
        return "matte"
    vectors: tuple[tuple[Meaning, frozenset[str], str], ...] = (
        ("normal", _NORMALS, "normal normals"),
        ("velocity", _VELOCITIES, "velocity"),
        ("position", _POSITIONS, "position"),
        ("uv", _SURFACE_COORDINATES, "texcoord"),
    )
    for found, vocabulary, endings in vectors:
        if not alone and _speaks(said, vocabulary, endings):
            return found
    if _speaks(said, _MOTIONS, "motion disparity"):
        return "motion"
    if _speaks(said, _DEPTHS, "depth"):
        return "depth"
    return "matte" if _speaks(said, _MATTES, "mask matte") else "unknown"


def _speaks(said: frozenset[str], vocabulary: frozenset[str], endings: str) -> bool:
    """Whether a word is in the vocabulary, or is a compound that ends like one: `whitebarmask`, `bumpnormal`."""
    return bool(said & vocabulary) or any(word.endswith(tuple(endings.split())) for word in said)
