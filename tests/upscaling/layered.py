"""Frames with layers of every kind, written and read by the OpenEXR module, which uprez's own reader has no part in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

Planes = dict[str, NDArray[Any]]


def picture(height: int, width: int, seed: int = 1) -> NDArray[np.float64]:
    """(H, W, 3) scene-linear: a ramp, a disc far brighter than white, thin lines, a little grain. Nothing is black."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    u, v = (x + 0.5) / width, (y + 0.5) / height
    rgb = np.stack([0.18 + 0.5 * u, 0.18 + 0.4 * v, 0.5 - 0.3 * u * v], -1)
    disc = 1 / (1 + np.exp(np.clip((np.hypot((u - 0.6) * width / height, v - 0.45) - 0.2) * 90, -50, 50)))
    rgb = rgb * (1 - disc[..., None]) + disc[..., None] * np.array([6.0, 3.5, 1.2])
    rgb[(x.astype(int) + 2 * y.astype(int)) % 23 == 0] *= 0.35
    return rgb * (1 + 0.04 * random.standard_normal((height, width, 1)))


def edge_of(height: int, width: int) -> NDArray[np.bool_]:
    """Where the far surface is seen: right of a wavy line."""
    y, x = np.mgrid[0:height, 0:width]
    edge: NDArray[np.bool_] = x > width / 2 + 6 * np.sin(y / 5)
    return edge


def layered_planes(height: int = 48, width: int = 64, seed: int = 1) -> Planes:
    """Beauty with alpha, three light groups that add up to it, albedo, depth, position, normals, motion, ids,
    Cryptomatte, a mask.
    """
    y, x = np.mgrid[0:height, 0:width]
    edge = edge_of(height, width)
    lights = {
        name: np.round(picture(height, width, seed + k) * 256) / 1024 for k, name in enumerate(("key", "fill", "rim"))
    }
    alpha = np.clip((x - 8) / 8.0, 0, 1)
    planes: Planes = {}
    for name, light in lights.items():
        planes |= _colour(f"lg_{name}.", light * alpha[..., None], "f2")
    planes |= _colour(
        "", sum(np.stack([planes[f"lg_{name}.{c}"] for c in "RGB"], 2).astype("f8") for name in lights), "f2"
    )
    planes["A"] = alpha.astype("f2")
    planes |= _colour("albedo.", np.where(edge[..., None], [0.8, 0.1, 0.1], [0.1, 0.2, 0.7]), "f2")
    planes["Z"] = np.where(edge, 1000.0 + y, 3.25 + 0.01 * x).astype("f4")
    planes |= _named("P.", "XYZ", np.dstack([x * 0.1, y * -0.1, planes["Z"]]), "f4")
    normals = np.dstack([np.sin(x / 9.0), np.cos(y / 7.0), np.full((height, width), 0.8)])
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    planes |= _named("N.", "XYZ", np.where(alpha[..., None] > 0, normals, 0), "f4")
    planes |= _named("motion.", "uv", np.where(edge[..., None], [12.5, -0.25], [-3.0, 7.75]), "f2")
    planes["objectId"] = np.where(edge, 3000000001, 7).astype("u4")
    ids = np.where(edge, 0x7FC00ABC, 0x12345678).astype("u4").view("f4")  # one of them a NaN with a payload
    planes |= {"CryptoObject00.R": ids, "CryptoObject00.G": np.ones((height, width), "f4")}
    planes |= {"CryptoObject00.B": np.zeros((height, width), "f4"), "CryptoObject00.A": np.zeros((height, width), "f4")}
    planes["mask.A"] = edge.astype("f2")
    return planes


CRYPTOMATTE = {
    "cryptomatte/3ae39a5/name": "CryptoObject",
    "cryptomatte/3ae39a5/hash": "MurmurHash3_32",
    "cryptomatte/3ae39a5/conversion": "uint32_to_float32",
    "cryptomatte/3ae39a5/manifest": json.dumps({"/set/floor": "12345678"}),
}


def write_frame(
    path: Path, planes: Mapping[str, NDArray[Any]], *, origin: tuple[int, int] = (0, 0), **attributes: Any
) -> Path:
    """One part, ZIP, its data window at `origin`; the display window is the data window unless given."""
    height, width = next(iter(planes.values())).shape
    low = np.array(origin, np.int32)
    window = (low, low + np.array([width - 1, height - 1], np.int32))
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    header |= {"dataWindow": window, "displayWindow": window} | attributes
    with OpenEXR.File(header, {name: np.ascontiguousarray(plane) for name, plane in planes.items()}) as file:
        file.write(str(path))
    return path


def write_layered(path: Path, height: int = 48, width: int = 64, seed: int = 1) -> Path:
    """`layered_planes` as a file, with its Cryptomatte declared."""
    return write_frame(path, layered_planes(height, width, seed), **CRYPTOMATTE)


def read_planes(path: Path, part: int = 0) -> Planes:
    """Every channel of a part by name, in its own type."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return {name: channel.pixels for name, channel in file.channels(part).items()}


def stacked(planes: Mapping[str, NDArray[Any]], *names: str) -> NDArray[np.float64]:
    """Some channels as (H, W, C), float64."""
    return np.stack([planes[name] for name in names], axis=2).astype(np.float64)


def doubled(plane: NDArray[Any]) -> NDArray[Any]:
    """Every pixel four times: what a result is at LR sample points, and all of a nearest one."""
    return plane.repeat(2, axis=0).repeat(2, axis=1)


def _colour(prefix: str, rgb: Any, kind: str) -> Planes:
    return _named(prefix, "RGB", rgb, kind)


def _named(prefix: str, names: str, values: Any, kind: str) -> Planes:
    return {prefix + name: np.ascontiguousarray(values[..., k].astype(kind)) for k, name in enumerate(names)}
