"""What is judged: models, renders of another cost, each from a pair to a result."""

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from uprez.dataset.pairs import read_rgba
from uprez.errors import FrameError, ModelError, UsageError
from uprez.evaluation.pairs import Array, Images, Judged
from uprez.frames import DecodePool
from uprez.models import load_model
from uprez.models.registry import model_card
from uprez.upscaling.array import upscale


@dataclass(frozen=True)
class Result:
    """What a method made of a pair."""

    pixels: Array
    """(H, W, 4), of the truth's size."""
    core_seconds: float | None
    """Of rendering and upscaling together; None where the pair does not say what its renders took."""


class Method(Protocol):
    """Something that gives a frame of HR's size for a pair."""

    name: str
    fingerprint: str
    """Another one where it would give other pixels."""

    def result(self, pair: Judged, images: Images, pool: DecodePool) -> Result:
        """Raises FrameError or ModelError for what can't be done."""
        ...


class ModelMethod:
    """A model on LR, as `uprez upscale` runs it."""

    def __init__(self, name: str, *, threads: int) -> None:
        """name: of a model or its folder, and after a colon its sharpness, or `best`. Raises ModelError."""
        self.name = name
        settings = _settings(name)
        self._model = load_model(**settings, threads=threads, device="cpu")
        self.fingerprint = method_fingerprint(name)

    def result(self, pair: Judged, images: Images, pool: DecodePool) -> Result:
        """See Method."""
        if self._model.card.scale != images.scale:
            raise ModelError(
                f"{self.name}: gives {self._model.card.scale} times the size, the pair's HR is {images.scale}"
            )
        started = time.process_time()
        pixels = upscale(images.source, self._model)
        taken = time.process_time() - started
        rendered = pair.core_seconds.get("lr")
        return Result(pixels, None if rendered is None else rendered + taken)


class RenderMethod:
    """A render that lies beside the pair, such as HR at equal cost."""

    def __init__(self, tag: str) -> None:
        self.name, self.fingerprint = tag, ""

    def result(self, pair: Judged, images: Images, pool: DecodePool) -> Result:
        """See Method. The pair has such a render: see `applies`."""
        pixels = read_rgba(pair.more[self.name], pool).astype(np.float32)
        if pixels.shape != images.truth.shape:
            raise FrameError(pair.more[self.name], "is not of HR's size")
        return Result(pixels, pair.core_seconds.get(self.name))


def open_method(name: str, *, threads: int = 1) -> Method:
    """A method by its name: `hr_…` is a render beside the pair, all else a model. Raises ModelError."""
    return RenderMethod(name) if name.startswith("hr_") else ModelMethod(name, threads=threads)


def applies(name: str, pair: Judged) -> bool:
    """Whether a pair has what a method needs: a render beside it, where it is one."""
    return not name.startswith("hr_") or name in pair.more


def method_fingerprint(name: str) -> str:
    """Of a method, without loading it. Raises ModelError."""
    if name.startswith("hr_"):
        return ""
    settings = _settings(name)
    card = model_card(settings.pop("name_or_folder"), **settings)
    return card.fingerprint or hashlib.sha256(json.dumps([card.name, card.scale]).encode()).hexdigest()


def shots_learned_from(name: str) -> frozenset[str] | None:
    """Hashes of the shots that a model learned from, see `shot_hash`; None where its card lists none, and for renders.
    Raises ModelError.
    """
    if name.startswith("hr_"):
        return None
    settings = _settings(name)
    shots = model_card(settings.pop("name_or_folder"), **settings).training.get("shots")
    return frozenset(map(str, shots)) if isinstance(shots, list | tuple) else None


def _settings(name: str) -> dict[str, Any]:
    if Path(name).is_dir():  # a folder's name may have a colon
        return {"name_or_folder": name}
    model, _, setting = name.partition(":")
    if not setting:
        return {"name_or_folder": model}
    if setting == "best":
        return {"name_or_folder": model, "quality": "best"}
    try:
        return {"name_or_folder": model, "sharpness": float(setting)}
    except ValueError:
        raise UsageError(f"{name}: after the colon stands a sharpness from 0 to 1, or best") from None
