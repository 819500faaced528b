"""Alpha that lies apart from its picture: `Ci.r Ci.g Ci.b` and `a`, `alpha.A`, a part of its own.

One picture has one alpha, however it is stored: both go through the network together, as R G B A do.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from uprez.frames.types import FrameHeader
from uprez.layers import naming
from uprez.layers.layers import Layer, Rule

_ALPHA = frozenset({"a", "alpha"})
_COMPONENTS = frozenset({"y", "r", "x", "z", "v"})
"""Last names that say nothing where a channel stands alone: `alpha.Y`, `alpha.R`."""
_PICTURE = frozenset(
    ("rgb", "rgba", "beauty", "combined", "color", "colour", "ci", "c", "image", "final", "master", "primary", "main")
)
_STEP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


def join_alphas(layers: Sequence[Layer], header: FrameHeader) -> tuple[Layer, ...]:
    """The layers, each beauty without an alpha together with the one matte that is evidently its alpha, by name: same
    view, same data window, and of no other beauty. A matte by hand stays one.
    """
    pictures = [one for one in layers if one.rule is Rule.BEAUTY and not one.alpha and len(one.channels) in (1, 3)]
    mattes = [one for one in layers if one.rule is Rule.MATTE and len(one.channels) == 1 and one.note != "by hand"]
    wanted = {matte.name: _picture_of(matte, layers, header) for matte in mattes}
    joined: dict[str, Layer] = {}
    taken: set[str] = set()
    for picture in pictures:
        own = [matte for matte in mattes if wanted[matte.name] == picture.name]
        if len(own) == 1:
            joined[picture.name] = _together(picture, own[0])
            taken.add(own[0].name)
    return tuple(joined.get(layer.name, layer) for layer in layers if layer.name not in taken)


def _together(picture: Layer, alpha: Layer) -> Layer:
    told = f"its alpha is {alpha.name}"
    return replace(
        picture,
        channels=(*picture.channels, *alpha.channels),
        alpha=True,
        alpha_part=None if alpha.part == picture.part else alpha.part,
        note=f"{picture.note}; {told}" if picture.note else told,
    )


def _picture_of(matte: Layer, layers: Iterable[Layer], header: FrameHeader) -> str:
    """The name of the beauty whose alpha a matte is: the only one, or the one that says most of the matte's words; ""
    for none. A beauty with an alpha of its own counts: what lies beside it is another's, or nobody's.
    """
    said = _words(matte, header)
    if not said & _ALPHA:
        return ""
    fits: dict[str, int] = {}
    for layer in layers:
        window = header.parts[layer.part].data_window
        if layer.rule is Rule.BEAUTY and layer.view == matte.view and window == header.parts[matte.part].data_window:
            of_picture = _words(layer, header)
            if said - _ALPHA - _COMPONENTS <= of_picture | _PICTURE:
                fits[layer.name] = len((said & of_picture) - _ALPHA) - len(of_picture - said - _PICTURE)
    best = [name for name, kinship in fits.items() if kinship == max(fits.values())]
    return best[0] if len(best) == 1 else ""


def _words(layer: Layer, header: FrameHeader) -> frozenset[str]:
    """The words and numbers of a layer's name, its part's and, where it has one channel, of that: no view's."""
    part = header.parts[layer.part]
    prefix, suffix, _ = naming.split(layer.channels[0], naming.views_of(part))
    named = [prefix, naming.title_of(part) if len(header.parts) > 1 else ""]
    named += [suffix] if len(layer.channels) == 1 else []
    return frozenset(word.lower() for name in named for word in _STEP.findall(name))
