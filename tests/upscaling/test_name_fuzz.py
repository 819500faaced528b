"""Frames whose layers are named from all tables, inside what users named, with lamps that are called like data."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.upscaling.layered import picture
from uprez.frames import Channel, FrameHeader, Part, Window
from uprez.layers.pixels import overrule
from uprez.layers.vocabulary import Role, Row, index, rows, squash
from uprez.upscaling import Layer, Rule, find_layers

FRAMES, LAYERS = 2000, 6
OUTER = re.split(
    r"\|",
    "Motion test|depth|hero|N_wall|id|mask_bounce|P1|forward_fill|sh010_v003|uv|Z|Vector|crypto|velocity|plän|光|"
    "position A|normals|motion|ViewLayer|RenderLayer 2|N|object|masterLayer|key|rs_beauty_v2|left hand|RGBA_key|"
    "matte painting",
)
LAMPS = re.split(
    r"\|",
    "forward_fill|P1|N_wall|id|mask_bounce|Z|depth_rim|normal|Motion_Sun|uv_lamp|position_A|velocity|matte|vector|"
    "ST|cam_P|key|fill 02|Sky_ID|worldPosition|UV|flow|Neon|dPdtime|index 3|ZDepth|alpha|st_light|object_id|crypto|"
    "backward|default|Lämpchen",
)
TIGHT = ["KeyLight", "12", "N_wall", "Motion", "Z_rim", "UvLamp"]
PLAIN = ["hero", "bg", "sh010", "v003", "tree", "left", "char12", "Bob", "final"]

COLOUR = {"beauty", "picture", "light", "lobe", "raw", "albedo", "colour"}
OF_LIGHT = {Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART}
OF_DATA: dict[str, Rule] = {
    "normal": Rule.NORMAL, "depth": Rule.DEPTH, "position": Rule.DEPTH, "velocity": Rule.DEPTH, "motion": Rule.MOTION,
    "motion_share": Rule.DEPTH, "uv": Rule.DEPTH, "id": Rule.ID, "matte": Rule.MATTE, "number": Rule.GENERIC,
}  # fmt: skip
RGB = ("RGB", "rgb", "RGBA", "rgba", ("red", "green", "blue"), ("Red", "Green", "Blue"))
LETTERS: dict[str, tuple[str | tuple[str, ...], ...]] = {
    **dict.fromkeys(("light", "lobe", "beauty"), (*RGB, "XYZ", "xyz", "UVW")),
    **dict.fromkeys(("picture", "raw", "albedo", "colour"), RGB),
    **dict.fromkeys(("normal", "position", "velocity"), ("XYZ", "xyz", "RGB", "rgb")),
    "motion": ("XY", "uv", "UV", "RG", "rgb", "XYZW", "RGB"),
    "uv": ("XY", "uv", "RGB", "UV", "rg"),
    "motion_share": ("RGB", "rgb"),
    "depth": ("Z", "RGB", "rgb", "R", "v"),
    **dict.fromkeys(("id", "matte", "number"), ("X", "RGB", "rgb", "R", "v")),
}


def spelled(row: Row, chance: random.Random) -> str:
    """The row's name in some case and with some separators, its lamp one of those that are named like data."""
    name = row.name
    if name.startswith("*"):
        lamp = chance.choice([lamp for lamp in LAMPS if not lamp.startswith(("mask", "matte", "crypto"))])
        return lamp + chance.choice("_ -") + cased(name.strip("*_ "), chance)
    if name.endswith("#"):
        return cased(name[:-1], chance) + str(chance.randint(1, 9))
    if name.endswith("*"):
        stem = name[:-1].rstrip("_ ")
        if name[-2] not in "_ " and chance.random() < 0.4:
            return stem + chance.choice(TIGHT)
        return respaced(cased(stem, chance), chance) + chance.choice("_ -") + cased(chance.choice(LAMPS), chance)
    return respaced(name, chance) if len(name) < 4 else cased(respaced(name, chance), chance)


def cased(name: str, chance: random.Random) -> str:
    case: Callable[[str], str] = chance.choice([str, str, str.lower, str.upper, str.title])
    return case(name)


def respaced(name: str, chance: random.Random) -> str:
    return name if "." in name else name.replace("_", chance.choice("__ -"))


def wrapped(row: Row, name: str, chance: random.Random) -> str:
    """Sometimes words of users around a pass, and layers of theirs around all."""
    whole = any(other.whole for other in index().exact.get(squash(row.name), ()))
    if not (set("*#.") & set(row.name) or whole or len(squash(name)) < 4 or row.means == "picture"):
        word = chance.choice([*PLAIN, *[""] * 14])
        before = f"{word}{chance.choice('_ -')}{name}" if word else name
        after = f"{name}{chance.choice('_ -')}{word}" if word else name
        name = before if row.means in ("motion", "motion_share", "beauty") or chance.random() < 0.5 else after
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        name = chance.choice(OUTER) + chance.choice("..:/") + name
    return name


def is_plain(row: Row, name: str) -> bool:
    """Whether a spelling is not by chance that of another row, or one that could mean either: `Light pass ID`."""
    step = squash(name.replace(":", ".").replace("/", ".").rpartition(".")[2])
    others = {other.means for other in index().exact.get(step, ()) + index().exact.get(step.rstrip("0123456789"), ())}
    unclear = step.startswith(("lightpassid", "cmaskingmaskid")) or "lightpassid" in step
    return not unclear and not {means for means in others if (means in COLOUR) != (row.means in COLOUR)}


def frame_of(chance: random.Random, drawn: list[Row]) -> tuple[FrameHeader, dict[str, tuple[Row, str]]]:
    """A frame of these rows, in one part or one part each; and by the first channel of each layer its row."""
    split = chance.random() < 0.3
    parts: list[tuple[str | None, list[Channel]]] = []
    expected: dict[str, tuple[Row, str]] = {}
    for number, row in enumerate(drawn):
        name = wrapped(row, spelled(row, chance), chance)
        letters = chance.choice(LETTERS[row.means])
        if not is_plain(row, name) or any(name == other for _, other in expected.values()):
            continue
        channels = [Channel(f"{name}.{letter}", "float") for letter in letters]
        expected[f"{number if split else 0} {channels[0].name}"] = row, name
        parts.append((chance.choice(OUTER) if split else None, channels))
    if not split:
        parts = [(None, [channel for _, channels in parts for channel in channels])]
    window = Window(0, 0, 15, 7)
    made = tuple(
        Part(name, None, tuple(channels), window, window, 1.0, "zip", "increasing_y", None, {})
        for name, channels in parts
    )
    numbers = sorted({int(key.split(" ")[0]) for key in expected})
    renumbered = {
        f"{numbers.index(int(key.split(' ')[0]))} {key.split(' ', 1)[1]}": value for key, value in expected.items()
    }
    return FrameHeader(Path("f.exr"), made, split), renumbered


LIGHT_PIXELS = (picture(24, 32) - 0.01).reshape(-1, 3)
NORMALS = np.random.default_rng(2).standard_normal((768, 3))
PIXELS: dict[Role | str, NDArray[np.float64]] = {
    "normal": NORMALS / np.linalg.norm(NORMALS, axis=1, keepdims=True),
    "position": NORMALS * 20,
    "velocity": np.where(NORMALS > 0.5, 3.5, np.where(NORMALS < -0.5, -2.0, 0)),
    "motion": NORMALS * 4,
    "motion_share": 0.5 + 0.02 * np.where(np.abs(NORMALS) > 1, NORMALS, 0),
    "uv": np.abs(NORMALS) % 1,
    "depth": np.abs(NORMALS[:, :1]).repeat(3, 1) + 10,
    "id": np.rint(np.abs(NORMALS[:, :1]) * 4).repeat(3, 1),
    "matte": np.clip(np.abs(NORMALS), 0, 1),
    "number": np.abs(NORMALS),
}


def looked_at(layer: Layer, role: Role) -> Layer:
    """The layer after a look at pixels that are what its row means."""
    values = PIXELS.get(role, LIGHT_PIXELS).astype(np.float32)
    return overrule(layer, lambda one: values[:, : len(one.colours)])


def test_no_data_is_taken_for_colour_and_no_colour_for_data_whatever_users_call_what_is_around_it() -> None:
    chance = random.Random(20261201)
    known, wrong, count = rows(), [], 0
    for _ in range(FRAMES):
        header, expected = frame_of(chance, chance.choices(known, k=LAYERS))
        layers = {f"{layer.part} {channel}": layer for layer in find_layers(header) for channel in layer.channels}
        for first, (row, name) in expected.items():
            layer = looked_at(layers[first], row.means)
            right = layer.rule in OF_LIGHT if row.means in COLOUR else layer.rule is OF_DATA[row.means]
            count += 1
            if not right or layer.doubt:
                wrong.append((row.renderer, row.name, name, layer.channels, layer.rule.value, layer.doubt))
    assert wrong == []
    assert count > 0.9 * FRAMES * LAYERS
