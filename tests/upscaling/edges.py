"""Frames in parts, windows and compressions of every kind, upscaled by the code that the command calls."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from uprez.upscaling import UpscaleJob, UpscaleSummary, run

Planes = dict[str, NDArray[Any]]
Box = tuple[int, int, int, int]


def header(*, data: Box | None = None, display: Box | None = None, compression: str = "ZIP", **more: Any) -> Planes:
    """A part's header for the OpenEXR module; windows are corners (x_min, y_min, x_max, y_max)."""
    made: dict[str, Any] = {"compression": getattr(OpenEXR, f"{compression}_COMPRESSION")}
    made["type"] = OpenEXR.scanlineimage
    for key, box in (("dataWindow", data), ("displayWindow", display)):
        if box is not None:
            made[key] = (np.array(box[:2], np.int32), np.array(box[2:], np.int32))
    return made | more


def write(path: Path, planes: Mapping[str, NDArray[Any]], **more: Any) -> Path:
    """A file of one part."""
    return write_parts(path, [(None, planes)], **more)


def write_parts(path: Path, parts: Sequence[tuple[str | None, Mapping[str, NDArray[Any]]]], **more: Any) -> Path:
    """A file of several parts with one header."""
    made = [
        OpenEXR.Part(header(**more), {key: np.ascontiguousarray(plane) for key, plane in planes.items()}, name or "")
        for name, planes in parts
    ]
    if parts[0][0] is None:
        with OpenEXR.File(made[0].header, made[0].channels) as file:
            file.write(str(path))
    else:
        with OpenEXR.File(made) as file:
            file.write(str(path))
    return path


def upscaled(*sources: Path, out: Path, **settings: Any) -> UpscaleSummary:
    """Every source into the folder `out`; in float32, so that nothing depends on the CPU."""
    job = UpscaleJob(sources=tuple(map(str, sources)), output=str(out), precision="f32", overwrite=True, **settings)
    summary = run(job)
    assert summary.exit_code == 0, [frame.reason for frame in summary.results]
    return summary


def read(path: Path) -> list[Planes]:
    """Every part's channels."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return [{name: channel.pixels.copy() for name, channel in part.channels.items()} for part in file.parts]


def element(height: int, width: int, seed: int = 1) -> NDArray[np.float32]:
    """(H, W, 4): stripes and grain that are cut off hard by their alpha."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    random = np.random.default_rng(seed)
    colour = 0.4 + 0.3 * np.stack([np.sin(x / 3), np.cos(y / 4), np.sin((x + 2 * y) / 5)], 2)
    colour = colour * (1 + 0.1 * random.standard_normal((height, width, 1)))
    alpha = (np.hypot((x - width / 2) / width, (y - height / 2) / height) < 0.4).astype(np.float64)
    return np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)
