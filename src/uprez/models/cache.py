"""Models that stay loaded from one call to the next: compiling a network takes longer than a small picture."""

import os
import threading
from collections import OrderedDict
from pathlib import Path

from uprez.models.model import Model
from uprez.models.registry import Quality, load_model, model_files

MOST_MODELS = 2
"""Models that are kept, the latest used ones. A runtime keeps the memory of its largest call."""

_Stamp = tuple[str, int, int, int]
_Key = tuple[str, str, float | None, Quality, tuple[_Stamp, ...]]

_lock = threading.Lock()
_models: OrderedDict[_Key, Model] = OrderedDict()


def kept_model(
    name_or_folder: str | Path, *, device: str = "auto", sharpness: float | None = None, quality: Quality = "normal"
) -> Model:
    """`load_model` with these settings, or the model that it gave before.

    A model is loaded again when one of its files has changed on disk (name, size, time or inode), those of the softer
    model that it blends with included. `MOST_MODELS` are kept. Any thread may call this, and a process that was forked
    loads its own: a runtime's threads do not live on in a fork. Raises ModelError as `load_model` does.
    """
    name = str(name_or_folder)
    stamps = tuple(_stamp(path) for path in model_files(name, sharpness=sharpness))
    key = name if not stamps else "", device, sharpness, quality, stamps
    with _lock:
        model = _models.pop(key, None)
        if model is None:
            model = load_model(name, device=device, sharpness=sharpness, quality=quality)
        _models[key] = model
        while len(_models) > MOST_MODELS:
            _models.popitem(last=False)
    return model


def forget_models() -> None:
    """Let go of all models that are kept, and of their memory once nobody uses them."""
    with _lock:
        _models.clear()


def _stamp(path: Path) -> _Stamp:
    """What changes when a file is written again, or the folder's name comes to mean another one."""
    real = Path(os.path.realpath(path))  # not Path.resolve, which raises where links go round
    try:
        status = real.stat()
    except OSError:
        return str(real), -1, -1, -1
    return str(real), status.st_size, status.st_mtime_ns, status.st_ino


def _begin_anew() -> None:
    global _lock, _models
    _lock, _models = threading.Lock(), OrderedDict()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
