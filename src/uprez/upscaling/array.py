"""`uprez.upscale`: an array or a frame's beauty, enlarged in memory by what the commands use too."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uprez.encoding import repair_nonfinite
from uprez.errors import UsageError
from uprez.frames import DecodePool, open_frame
from uprez.layers.finding import find_rules
from uprez.layers.rules import RuleBook
from uprez.models.cache import kept_model
from uprez.models.card import Card
from uprez.models.model import Model
from uprez.models.registry import DEFAULT_MODEL, Quality
from uprez.upscaling.borders import NO_BORDER, Border, find_border
from uprez.upscaling.borders import pictures as pictures_of
from uprez.upscaling.job import DEFAULT_MEMORY
from uprez.upscaling.plan import pixel_budget
from uprez.upscaling.results import finish_colour, reach_of, upscale_colour
from uprez.upscaling.sinks import image_layers

Array = NDArray[np.float32]


def upscale(
    source: ArrayLike | str | os.PathLike[str],
    model: str | os.PathLike[str] | Model | None = None,
    *,
    device: str = "auto",
    sharpness: float | None = None,
    quality: Quality = "normal",
    consistency: bool = True,
    memory_bytes: int = DEFAULT_MEMORY,
) -> Array:
    """Enlarge a picture: an array, or the (first) beauty of a frame file. For whole files with all their layers, see
    `upscaling.run`.

    source: (H, W, C) or (H, W) of floating-point numbers, scene-linear, of C = 1 (grey), 2 (grey, alpha), 3 (R G B) or
    4 (R G B A) channels, colour premultiplied by alpha; rows from the top; or the path of a file that uprez reads.
    Integers and booleans are refused: they hold codes (8-bit sRGB, say) whose meaning an array does not carry.
    model: a name, a folder, or a model loaded by `uprez.models.registry.load_model`; None is the default model.
    A model given by name or folder stays loaded for the next call, see `uprez.models.cache`.
    sharpness: 0 to 1, between the model's softer one and itself; quality: "best" is the mean of eight flips and turns.
    Both are for a model given by name or folder.
    Returns float32, (H * scale, W * scale, C), in the same state; (H * scale, W * scale) for (H, W). NaN and
    infinities are replaced from their neighbours first. Raises UsageError for an array of another shape or type,
    FrameError or ModelError for files that can't be used.
    """
    if not isinstance(source, str | os.PathLike):
        pictures = [_checked(source)]
    if model is None or isinstance(model, str | os.PathLike):
        model = kept_model(os.fspath(model or DEFAULT_MODEL), device=device, sharpness=sharpness, quality=quality)
    if isinstance(source, str | os.PathLike):
        pictures = _load(source, model.card, reach_of(model.card, consistency=consistency))
    memory = pixel_budget(memory_bytes) // 2
    result = np.concatenate([_enlarged(one, model, memory, consistency=consistency) for one in pictures])
    if not isinstance(source, str | os.PathLike) and np.ndim(source) == 2:
        result = result[..., 0]
    return np.ascontiguousarray(result)


@dataclass(frozen=True)
class _Picture:
    """(H, W, C), linear; is the last channel an alpha, and what lies around?"""

    pixels: Array
    alpha: bool
    border: Border = NO_BORDER


def _enlarged(picture: _Picture, model: Model, memory_bytes: int, *, consistency: bool) -> Array:
    border, alpha = picture.border, picture.alpha
    starts = border.starts(picture.pixels.shape[1])
    finite = border.extended(repair_nonfinite(picture.pixels)[0].astype(np.float32, copy=False))
    compressed = upscale_colour(finite, alpha, model, memory_bytes)
    result = finish_colour(compressed, finite, alpha, model.card, consistency=consistency, starts=starts)
    return border.cut_off(result, model.card.scale)


def _checked(source: ArrayLike) -> _Picture:
    given: NDArray[Any] = np.asarray(source)
    if given.dtype.kind != "f":
        raise UsageError(_no_light(given.dtype))
    array: NDArray[Any] = given.astype(np.float32, copy=False)
    array = array[..., np.newaxis] if array.ndim == 2 else array
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4 or 0 in array.shape:
        raise UsageError(f"an array to upscale is (H, W, C) with 1 to 4 channels, not {np.shape(source)}")
    return _Picture(array, array.shape[2] in (2, 4))


def _no_light(dtype: np.dtype[Any]) -> str:
    """Why an array of that type is no picture, and how it becomes one."""
    if dtype.kind not in "iub":
        return f"an array to upscale holds floating-point numbers, not {dtype}"
    undone = ""
    if dtype.kind == "u":
        undone = (
            f"; sRGB codes are linearised by x = array / {np.iinfo(dtype).max}, "
            "np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)"
        )
    return (
        f"an array of {dtype} does not say what its numbers mean; pass scene-linear floating-point numbers "
        f"(array.astype('float32') where they are){undone}; or pass the path of the image file"
    )


def _load(source: str | os.PathLike[str], card: Card, reach: int) -> list[_Picture]:
    """A frame's beauty: one picture, or the faces of a cube from the top."""
    with DecodePool() as pool, open_frame(Path(source), pool=pool) as reader:
        (layer,) = image_layers(find_rules([reader], RuleBook()), reader.header)
        parts = [reader.header.parts[part] for part in layer.parts]
        border, height = find_border(parts, [layer], card, reach), parts[0].data_window.height
        read = ((part, layer.channels_of(part)) for part in layer.parts)
        planes = [plane for part, names in read for plane in reader.read(part, 0, height, names).values()]
    whole = np.stack(planes, axis=2).astype(np.float32)
    return [_Picture(face, layer.alpha, border) for face in np.split(whole, len(pictures_of(parts)))]
