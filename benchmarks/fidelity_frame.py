"""A frame whose every layer has a known meaning, and the checks that it is still the same meaning after upscaling."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from exr_files import around, write_exr

WIDTH, HEIGHT = 160, 112
LIGHTS = ("key", "fill", "rim")
NAMES = ("/set/backdrop", "/set/floor", "/char/hero", "/prop/ball")
IDS = np.array([0x3F2A71C5, 0x41B903E7, 0xBE80F12D, 0x4D7700A3], np.uint32)
"""As Cryptomatte makes them: 32-bit hashes whose bits read as ordinary floats; one is negative."""
FAR = 1e10
MOTIONS = np.array([[0, 0], [1.5, -0.25], [-12.5, 7.75], [30.25, 2.0]])
"""Pixels from frame to frame, a row a surface."""

Channels = dict[str, np.ndarray]


@dataclass(frozen=True)
class Known:
    """What no file says: which surface each LR pixel shows."""

    surface: np.ndarray


def write_frame(path: Path) -> Known:
    """Four surfaces with hard edges: the picture, two ways to add up to it, and what a renderer knows of geometry."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    surface = np.zeros((HEIGHT, WIDTH), int)
    surface[y > 70 + 0.15 * x] = 1
    ball, hero = (x - 112) ** 2 + (y - 50) ** 2, (x - 52) ** 2 / 0.36 + (y - 58) ** 2
    surface[hero < 40**2] = 2
    surface[ball < 24**2] = 3
    channels = {**_light(x, y, surface), **_geometry(x, y, surface), **_cryptomatte(surface)}
    attributes = {
        "cryptomatte/a1b2c3d/name": "CryptoObject",
        "cryptomatte/a1b2c3d/hash": "MurmurHash3_32",
        "cryptomatte/a1b2c3d/conversion": "uint32_to_float32",
        "cryptomatte/a1b2c3d/manifest": json.dumps({n: f"{i:08x}" for n, i in zip(NAMES, IDS.tolist(), strict=True)}),
    }
    write_exr(path, channels, **attributes)
    return Known(surface)


def _light(x: np.ndarray, y: np.ndarray, surface: np.ndarray) -> Channels:
    """Lights with texture, noise and a highlight. Their sum, and that of the lobes, is the beauty rounded to half."""
    rng = np.random.default_rng(5)
    albedo = np.array([[0, 0, 0], [0.5, 0.45, 0.4], [0.8, 0.2, 0.1], [0.1, 0.3, 0.9]])[surface]
    weave = 0.75 + 0.25 * np.sin(x * 1.9) * np.cos(y * 1.3)
    lights = []
    for number, tint in enumerate(([1.0, 0.9, 0.7], [0.2, 0.25, 0.4], [0.6, 0.6, 0.9])):
        falloff = np.exp(-((x - 40 * number - 20) ** 2 + (y - 30 * number) ** 2) / (2 * 45**2))
        light = albedo * (weave * falloff * (1 + 0.05 * rng.standard_normal(x.shape)))[..., None] * tint
        lights.append(light.astype(np.float16))
    lights[0][(x - 105) ** 2 + (y - 42) ** 2 < 9] += np.float16(40)
    beauty = sum(light.astype(np.float64) for light in lights).astype(np.float16)
    diffuse = (beauty * np.float16(0.6)).astype(np.float16)
    planes = {f"lg_{name}": light for name, light in zip(LIGHTS, lights, strict=True)}
    specular = (beauty.astype(np.float64) - diffuse).astype(np.float16)
    planes |= {"diffuse": diffuse, "specular": specular, "albedo": albedo}
    channels = {f"{name}.{c}": _plane(p[..., k], "f2") for name, p in planes.items() for k, c in enumerate("RGB")}
    channels |= {c: _plane(beauty[..., k], "f2") for k, c in enumerate("RGB")}
    return {**channels, "A": _plane(surface > 0, "f2")}


def _geometry(x: np.ndarray, y: np.ndarray, surface: np.ndarray) -> Channels:
    round_normal = np.dstack([(x - 112) / 24, (50 - y) / 24, np.zeros_like(x)])
    round_normal[..., 2] = np.sqrt(np.maximum(0.04, 1 - (round_normal**2).sum(-1)))
    round_normal /= np.linalg.norm(round_normal, axis=-1, keepdims=True)
    flat = np.array([[0, 0, 0], [0, 1, 0], [0.6, 0, 0.8], [0, 0, 0]])[surface]
    normal = np.where((surface == 3)[..., None], round_normal, flat)
    depth = np.choose(surface, [np.full_like(x, FAR), 60 - 0.4 * (y - 70), 12 + 0.01 * x, 5 - round_normal[..., 2]])
    position = np.dstack([np.where(surface, side * depth / 100, 0) for side in (x - 80, 56 - y)] + [depth])
    motion = MOTIONS[surface]
    channels = {"Z": _plane(depth, "f4"), "objectId": _plane(IDS[surface], "u4")}
    channels |= {f"N.{c}": _plane(normal[..., k], "f2") for k, c in enumerate("XYZ")}
    channels |= {f"P.{c}": _plane(position[..., k], "f4") for k, c in enumerate("XYZ")}
    return channels | {f"motion.{c}": _plane(motion[..., k], "f4") for k, c in enumerate("uv")}


def _cryptomatte(surface: np.ndarray) -> Channels:
    """Two ranks: what covers most of a 3 x 3 pixel filter, and what comes second."""
    wide = np.pad(surface, 1, mode="edge")
    near = [wide[dy : dy + HEIGHT, dx : dx + WIDTH] for dy in range(3) for dx in range(3)]
    cover = np.stack([np.mean([plane == k for plane in near], axis=0) for k in range(len(IDS))], -1)
    order = np.argsort(-cover, axis=-1, kind="stable")[..., :2]
    share = np.take_along_axis(cover, order, -1)
    ids = np.where(share > 0, IDS[order], 0).astype(np.uint32).view(np.float32)
    names = ("R", "G"), ("B", "A")
    planes = {c: plane[..., rank] for rank, (i, s) in enumerate(names) for c, plane in ((i, ids), (s, share))}
    return {f"CryptoObject00.{c}": _plane(plane, "f4") for c, plane in planes.items()}


def check_meaning(known: Known, before: Channels, after: Channels) -> dict[str, list[str]]:
    """What no longer means what it meant, by layer."""
    checks = {
        "light groups add up": _adds_up(after, [f"lg_{name}" for name in LIGHTS]),
        "lobes add up": _adds_up(after, ["diffuse", "specular"]),
        "ids are ids": _same_ids(before, after),
        "coverage belongs to its id": _coverage(after),
        "normals are unit": _unit(before, after),
        "alpha is an alpha": [] if after["A"].min() >= 0 and after["A"].max() <= 1 else [f"{after['A'].max()}"],
    }
    for layer, names in {"depth": ["Z"], "position": ["P.X", "P.Y", "P.Z"]}.items():
        checks[f"no {layer} between two surfaces"] = [
            line for name in names for line in _on_one_surface(known, before[name], after[name], name)
        ]
    checks["motion is doubled"] = [
        line
        for name in ("motion.u", "motion.v")
        for line in _on_one_surface(known, 2 * before[name], after[name], name)
    ]
    return checks


def _adds_up(after: Channels, parts: list[str]) -> list[str]:
    """The sum may differ by what half floats round: each part and the beauty by at most 2^-11 of itself."""
    problems = []
    for c in "RGB":
        planes = [after[f"{part}.{c}"].astype(np.float64) for part in parts]
        beauty = after[c].astype(np.float64)
        allowed = 2.0**-11 * (np.abs(beauty) + sum(map(np.abs, planes))) + 2.0**-24 * (1 + len(planes))
        off = np.abs(beauty - sum(planes)) / allowed
        if off.max() > 1:
            y, x = np.unravel_index(off.argmax(), off.shape)
            told = f"{[float(p[y, x]) for p in planes]} for {beauty[y, x]}, {off[y, x]:.1f} times what rounding allows"
            problems.append(f"{c}: {np.count_nonzero(off > 1)} pixels, worst at ({x}, {y}): {told}")
    return problems


def _same_ids(before: Channels, after: Channels) -> list[str]:
    problems = []
    for name in ("objectId", "CryptoObject00.R", "CryptoObject00.B"):
        old, new = before[name].view(np.uint32), after[name].view(np.uint32)
        if not np.array_equal(new, old.repeat(2, 0).repeat(2, 1)):
            invented = set(np.unique(new).tolist()) - set(np.unique(old).tolist())
            problems.append(f"{name}: not the nearest sample's bits; ids that were not there: {invented}")
    return problems


def _coverage(after: Channels) -> list[str]:
    """Coverage of the two ranks adds up to no more than 1, the first is the larger, and no id is without any."""
    first, second = (after[f"CryptoObject00.{c}"] for c in "GA")
    ids = after["CryptoObject00.R"].view(np.uint32)
    sound = (first + second <= 1 + 1e-6) & (first >= second) & (second >= 0) & ((first > 0) == (ids > 0))
    return [] if sound.all() else [f"{np.count_nonzero(~sound)} pixels"]


def _unit(before: Channels, after: Channels) -> list[str]:
    """Unit where the LR pixel is, zero where it is zero; half floats round each component by up to 2^-11 of itself."""
    old, new = (np.linalg.norm([c[f"N.{k}"].astype(np.float64) for k in "XYZ"], axis=0) for c in (before, after))
    unit = (np.abs(old - 1) < 2e-3).repeat(2, 0).repeat(2, 1)
    wrong = unit & (np.abs(new - 1) > 1e-3)
    none = ~unit & (new != 0)
    told = f"{np.count_nonzero(wrong)} not unit, {np.count_nonzero(none)} out of nothing"
    return [told] if (wrong | none).any() else []


def _on_one_surface(known: Known, before: np.ndarray, after: np.ndarray, name: str) -> list[str]:
    """Every value lies within those that one surface has in the 5 x 5 LR pixels around."""
    right = np.zeros(after.shape, bool)
    for surface in range(len(IDS)):
        there = known.surface == surface
        low = around(np.where(there, before, np.inf), 2, np.minimum).repeat(2, 0).repeat(2, 1)
        high = around(np.where(there, before, -np.inf), 2, np.maximum).repeat(2, 0).repeat(2, 1)
        slack = 1e-6 * np.abs(np.where(np.isfinite(low), low, 0))
        right |= (after >= low - slack) & (after <= high + slack)
    if right.all():
        return []
    y, x = np.argwhere(~right)[0]
    near = np.unique(before[max(0, y // 2 - 1) : y // 2 + 2, max(0, x // 2 - 1) : x // 2 + 2]).tolist()
    return [f"{name}: {np.count_nonzero(~right)} values, the first at ({x}, {y}): {after[y, x]} between {near}"]


def _plane(values: np.ndarray, kind: str) -> np.ndarray:
    return np.ascontiguousarray(values.astype(kind))
