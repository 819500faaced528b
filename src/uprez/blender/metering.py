"""A thumbnail of a shot, the exposure that it asks for, and the window of it that is worth rendering."""

import math
import random
import tempfile
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from uprez.blender import passes
from uprez.request import Image

Pixels = NDArray[np.float32]
_SIDE = 192  # pixels, the longer side of a thumbnail
_SAMPLES = 4
_SEEN = 0.3  # alpha above which a pixel counts as part of an element
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_FLOOR = 0.02  # of the mean: keeps black pixels from deciding a log mean
_DARKEST = 1e-9  # keeps a black frame's log mean finite
_FLAT = 0.05  # of the most detailed window's detail: what one without any counts as


def thumbnail(image: Image, frame: int) -> Pixels:
    """What `image` shows at `frame`, small and denoised, the same whatever its size: float32 (h, w, 4), linear
    premultiplied, rows from the top.
    """
    scene = bpy.context.scene
    factor = _SIDE / max(image.width, image.height)
    scene.frame_set(frame)
    scene.cycles.samples, scene.cycles.seed = _SAMPLES, 0
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"  # noise would pass for detail
    passes.set_window(max(1, round(image.width * factor)), max(1, round(image.height * factor)), None)
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "thumbnail.exr")
        settings = scene.render.image_settings
        settings.media_type, settings.file_format, settings.color_mode = "IMAGE", "OPEN_EXR", "RGBA"
        settings.color_depth = "32"
        scene.render.filepath, scene.render.use_file_extension = path, False
        bpy.ops.render.render(write_still=True)
        return _read(path)


def _read(path: str) -> Pixels:
    picture = bpy.data.images.load(path)
    width, height = picture.size
    pixels = np.empty(width * height * 4, np.float32)
    picture.pixels.foreach_get(pixels)
    bpy.data.images.remove(picture)
    return np.nan_to_num(pixels.reshape(height, width, 4)[::-1])


def exposure_for(preview: Pixels, key: float) -> float:
    """The factor that brings the log mean of luminance to `key` (Reinhard et al. 2002, equation 1), over what an
    element covers.
    """
    luminance = np.maximum(preview[..., :3] @ _LUMINANCE, 0)
    seen = preview[..., 3] > _SEEN
    values = luminance[seen] if seen.any() else luminance.ravel()
    log_mean = math.exp(float(np.mean(np.log(values + _FLOOR * values.mean() + _DARKEST))))
    return key / log_mean


def choose_window(preview: Pixels, image: Image, *, seed: str) -> tuple[int, int, int, int]:
    """A window of `image.window_size`, drawn from 32 places with a chance that goes by the fourth power of the detail
    there; corners on even pixels at HR.

    Detail is the mean gradient of the thumbnail's compressed luminance and alpha, so that empty sky and the black
    around credits come seldom.
    """
    assert image.window_size is not None
    width, height = (
        min(side, whole) for side, whole in zip(image.window_size, (image.width, image.height), strict=True)
    )
    step = max(1, round(2 * image.relative_size))  # pixels here that are two pixels at HR
    chooser = random.Random(f"window/{seed}")
    places = [
        (chooser.randrange(0, image.width - width + 1, step), chooser.randrange(0, image.height - height + 1, step))
        for _ in range(32)
    ]
    detail = _detail(preview)
    factor = preview.shape[1] / image.width
    weights = [_mean_inside(detail, x * factor, y * factor, width * factor, height * factor) for x, y in places]
    floor = _FLAT * max(weights) + 1e-9
    x, y = chooser.choices(places, [weight**4 + floor**4 for weight in weights])[0]
    return x, y, width, height


def _detail(preview: Pixels) -> Pixels:
    exposed = np.maximum(preview[..., :3] @ _LUMINANCE, 0) * exposure_for(preview, key=0.1)
    luminance = np.log1p(5000 * exposed) / math.log(5001)
    planes: Any = np.stack([luminance, preview[..., 3]])
    return np.abs(np.diff(planes, axis=1, append=planes[:, -1:])).sum(0) + np.abs(
        np.diff(planes, axis=2, append=planes[:, :, -1:])
    ).sum(0)


def _mean_inside(values: Pixels, x: float, y: float, width: float, height: float) -> float:
    rows = slice(int(y), max(int(y) + 1, math.ceil(y + height)))
    columns = slice(int(x), max(int(x) + 1, math.ceil(x + width)))
    return float(values[rows, columns].mean())
