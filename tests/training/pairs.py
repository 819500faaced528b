"""Small pairs and recipes for the tests of training: what a renderer and a user would give, made in a moment."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import OpenEXR


def write_pairs(
    folder: Path, *, looks: tuple[str, ...], count: int, side: int, guides: bool = False, scale: int = 2
) -> None:
    """`count` pairs of `side` LR pixels for each look: coloured discs, LR the box average of HR, and their manifest.

    guides: with albedo (the discs' colour by half), normals and depth (even), as a renderer names them.
    """
    rows = []
    for look in looks:
        (folder / look).mkdir(parents=True)
        for seed in range(count):
            hr = _discs(np.random.default_rng([ord(look[0]), seed]), scale * side)
            lr = hr.reshape(side, scale, side, scale, 4).mean((1, 3))
            for frame, name in ((lr, "lr"), (hr, "hr")):
                _write(folder / look / f"{look}_{seed:04d}_{name}.exr", frame, _guides(frame) if guides else {})
            rows.append(json.dumps({"look": look, "seed": seed}))
    (folder / "manifest.jsonl").write_text("\n".join(rows) + "\n")


def _discs(rng: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    frame = np.ones((side, side, 4), np.float32) * [0.1, 0.1, 0.1, 1]
    for _ in range(12):
        cy, cx, radius = rng.uniform(0, side, 3) * [1, 1, 0.2]
        frame[(y - cy) ** 2 + (x - cx) ** 2 < radius**2, :3] = rng.uniform(0, 2, 3)
    return frame


def _guides(frame: np.ndarray) -> dict[str, np.ndarray]:
    even = np.ones(frame.shape[:2], np.float32)
    albedo = {f"albedo.{name}": 0.5 * frame[..., place] for place, name in enumerate("RGB")}
    return albedo | {"normal.X": 0 * even, "normal.Y": 0.6 * even, "normal.Z": 0.8 * even, "depth.Z": 3 * even}


def _write(path: Path, frame: np.ndarray, guides: Mapping[str, np.ndarray] | None = None) -> None:
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    channels = {name: np.ascontiguousarray(plane, np.float32) for name, plane in (guides or {}).items()}
    with OpenEXR.File(header, {"RGBA": np.ascontiguousarray(frame, np.float16), **channels}) as file:
        file.write(str(path))


def write_frames(folder: Path, frames: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Pairs of the look `a` from arrays (H, W, 4), LR and HR."""
    (folder / "a").mkdir(parents=True)
    for seed, pair in enumerate(frames):
        for frame, name in zip(pair, ("lr", "hr"), strict=True):
            _write(folder / "a" / f"a_{seed:04d}_{name}.exr", frame)
    rows = [json.dumps({"look": "a", "seed": seed}) for seed in range(len(frames))]
    (folder / "manifest.jsonl").write_text("\n".join(rows) + "\n")


def write_changed(path: Path, text: str, *changes: tuple[str, str]) -> Path:
    """A file of a text in which some of it is replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path
