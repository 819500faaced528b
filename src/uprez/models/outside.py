"""Networks that are not ours: an ONNX file and, beside it, a small card that says what goes in.

`net.onnx` has its card in `net.toml`:

    scale = 2
    halo = 32                # LR pixels that an output pixel looks at to each side
    encoding = "srgb"        # or "linear", "compressed": what R, G and B are in
    white = 1.0              # what white is in that encoding's file: 1, or 255
    output = "image"         # or "residual", over bicubic interpolation in the same encoding

It takes R, G, B as (1, 3, H, W) and gives (1, 3, scale H, scale W). Alpha, and in "srgb" what is brighter than white,
are interpolated: such a network has never seen any.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress, expand
from uprez.errors import ModelError
from uprez.files.bounded import read_bounded
from uprez.files.toml import load_toml
from uprez.models.card import Card
from uprez.models.interpolation import interpolate
from uprez.models.rows import Array

ENDING = ".onnx"
_MOST_BYTES = 1 << 30
_KNOWN: dict[str, Any] = {"scale": 2, "halo": 32, "encoding": "compressed", "white": 1.0, "output": "image"}
_FEATURES = 64
"""Channels of its widest activation, for the memory that it may take: its card does not say."""


def outside_card(path: Path) -> Card:
    """Raises ModelError for a small card that is not there or makes no sense."""
    return _read(path)[0]


class OutsideModel:
    """See `uprez.models.model.Model`."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """path: of the ONNX file. Raises ModelError where it, or its card, can't be used."""
        from uprez.runtimes.openvino import OpenVinoRuntime

        self.card, self._facts = _read(path)
        content = read_bounded(path, _MOST_BYTES, ModelError)
        self._runtime = OpenVinoRuntime(content, name=str(path), threads=threads)

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """See Model. Raises ModelError where the network fails or gives another size than its card says."""
        into, back = _ENCODINGS[str(self._facts["encoding"])]
        scale, white = self.card.scale, np.float32(self._facts["white"])
        result = interpolate(compressed, "bicubic", scale)
        source = np.asarray(compressed[..., :3], np.float32)
        encoded = into(source)
        planes = np.ascontiguousarray((encoded * white).transpose(2, 0, 1))[np.newaxis]
        given = self._runtime(planes)
        if given.shape != (1, 3, scale * planes.shape[2], scale * planes.shape[3]):
            raise ModelError(f"model {self.card.name!r}: gives {given.shape}, its card promises {scale} times the size")
        image = given[0].transpose(1, 2, 0) / white
        if self._facts["output"] == "residual":
            image = image + interpolate(encoded, "bicubic", scale)
        result[..., :3] = back(image, source)
        return result


def _identity(values: Array) -> Array:
    return values


def _to_srgb(compressed: Array) -> Array:
    """IEC 61966-2-1, of what is no brighter than white."""
    linear = np.clip(expand(compressed), 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055).astype(np.float32)


def _from_srgb(image: Array, source: Array) -> Array:
    """Compressed; where the source is brighter than white, its excess is interpolated and added."""
    scale = image.shape[0] // source.shape[0]
    excess = interpolate(np.maximum(expand(source) - 1, 0), "bicubic", scale)
    encoded = np.clip(image, 0, 1)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, np.power((encoded + 0.055) / 1.055, 2.4))
    return compress(linear.astype(np.float32) + np.maximum(excess, 0))


_Encoding = tuple[Callable[[Array], Array], Callable[[Array, Array], Array]]
_ENCODINGS: dict[str, _Encoding] = {
    "compressed": (_identity, lambda image, _: image),
    "linear": (expand, lambda image, _: compress(image)),
    "srgb": (_to_srgb, _from_srgb),
}


def _read(path: Path) -> tuple[Card, dict[str, Any]]:
    small = path.with_suffix(".toml")
    if not path.is_file():
        raise ModelError(f"{path}: no such network")
    if not small.exists():
        raise ModelError(f"{path}: needs a small card beside it, {small.name}: {', '.join(_KNOWN)}")
    facts = load_toml(small, ModelError)
    if unknown := sorted(set(facts) - set(_KNOWN)):
        raise ModelError(f"{small}: unknown key {unknown[0]!r}; known: {', '.join(_KNOWN)}")
    facts = _KNOWN | facts
    for key, value in _KNOWN.items():
        kinds = (int, float) if isinstance(value, float) else (type(value),)
        if not isinstance(facts[key], kinds) or isinstance(facts[key], bool):
            raise ModelError(f"{small}: {key} must be {'a number' if float in kinds or int in kinds else 'text'}")
    if facts["encoding"] not in _ENCODINGS or facts["output"] not in ("image", "residual") or facts["white"] <= 0:
        raise ModelError(f"{small}: encoding is {', '.join(_ENCODINGS)}, output is image or residual, white is above 0")
    digest = hashlib.sha256(read_bounded(path, _MOST_BYTES, ModelError))
    digest.update(repr(sorted(facts.items())).encode())
    scale, halo = int(facts["scale"]), int(facts["halo"])
    card = Card(
        name=path.stem, scale=scale, kind="network", halo=halo, features=_FEATURES, network_sha256=digest.hexdigest()
    )
    return card, facts
