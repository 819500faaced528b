"""What `uprez info` says of a frame's pixel filter, and of models that do not know it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from uprez.encoding import repair_nonfinite
from uprez.layers.layers import Rule
from uprez.metrics.edges import estimate_filter
from uprez.models.registry import DEFAULT_MODEL, model_card, model_names

if TYPE_CHECKING:
    from uprez.frames import FrameReader
    from uprez.layers.layers import Layer

_LOOKED_AT = 1 << 20
"""Pixels in the middle of a frame that are looked at: a quarter of a second at most."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def pixel_filter_of(frame: "FrameReader", layers: "Sequence[Layer]") -> dict[str, Any] | None:
    """What the edges of the first beauty of an open frame say, as plain values; None where it has no beauty. Raises
    FrameError where its pixels can't be read.
    """
    beauty = next((layer for layer in layers if layer.rule is Rule.BEAUTY and len(layer.channels) >= 3), None)
    if beauty is None:
        return None
    window = frame.header.parts[beauty.part].data_window
    rows = min(window.height, max(64, _LOOKED_AT // window.width))
    top = (window.height - rows) // 2
    planes = frame.read(beauty.part, top, top + rows, beauty.channels[:3])
    light = np.stack([planes[name] for name in beauty.channels[:3]], axis=-1).astype(np.float32)
    found = estimate_filter(repair_nonfinite(light @ _LUMINANCE[:, np.newaxis])[0][..., 0])
    return {
        "looks_like": list(found.names),
        "soft": found.soft,
        "edges": found.edges,
        "known_to_model": is_known(model_card(DEFAULT_MODEL).pixel_filters, found.names),
    }


def is_known(knows: Sequence[str], looks_like: Sequence[str]) -> bool:
    """Whether a model has learned one of the filters that a frame may have; so it has where either says nothing."""
    return not (knows and looks_like) or bool(set(knows) & set(looks_like))


def filter_lines(told: dict[str, Any] | None) -> list[str]:
    """The same for people."""
    if told is None:
        return []
    line = f"  pixel filter: {_looks(told)} ({told['edges']} edges)"
    if told["known_to_model"]:
        return [line]
    known = ", ".join(model_card(DEFAULT_MODEL).pixel_filters)
    better = [name for name in model_names() if is_known_well(model_card(name).pixel_filters, told["looks_like"])]
    hint = f"; try --model {better[0]}" if better else ""
    return [line, f"    warning: {DEFAULT_MODEL} has learned {known} only: look at hard edges of the result{hint}"]


def is_known_well(knows: Sequence[str], looks_like: Sequence[str]) -> bool:
    """Whether a model's card names one of the filters that a frame may have."""
    return bool(set(knows) & set(looks_like))


def _looks(told: dict[str, Any]) -> str:
    if told["looks_like"]:
        return "looks like " + " or ".join(told["looks_like"])
    return "softer than any: out of focus, or scaled up" if told["soft"] else "unknown: too few clear edges that agree"
