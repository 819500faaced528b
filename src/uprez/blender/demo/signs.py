"""Signs of a street: neon letters, light boxes, blade signs, awnings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uprez.blender.demo import boxes, geometry, lettering, lights, materials, structures
from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.shot import Shot

_BLADES = (
    "HOTEL",
    "BAR",
    "CAFE",
    "KINO",
    "JAZZ",
    "NOODLE",
    "RAMEN",
    "PARK",
    "PIZZA",
    "DANCE",
    "ROOMS",
    "SUSHI",
    "COIN",
)


@dataclass(frozen=True)
class Maker:
    """What the signs of a street have in common."""

    faces: Sequence[Any]
    """Fonts."""
    glow: float
    """Radiance of a light box; neon has a few times that."""


def _letters(draw: Draw, maker: Maker, body: str, size: float, **options: Any) -> tuple[Any, float, float]:
    """Text data, and a guess at its width and height."""
    lines = body.split("\n")
    width = 0.66 * size * max(len(line) for line in lines) if len(lines) == 1 else 0.9 * size
    return lettering.text(body, draw.choice(maker.faces), size=size, **options), width, size * len(lines)


def seen_only(thing: Any) -> Any:
    """Have a glowing thing seen, in mirrors too, but light nothing: for what a lamp beside it stands in for."""
    for material in thing.data.materials:
        material.cycles.emission_sampling = "NONE"
    thing.visible_diffuse = False
    thing.lightgroup = "practical"
    return thing


def _spill(shot: Shot, root: Any, colour: Colour, power: float, size: tuple[float, float]) -> None:
    """Light of a sign's colour on what is before it: cheaper to sample than the letters themselves."""
    lamp = lights.area(shot, (0, -0.3, 0), (0, -2, 0), power=power, colour=colour, size=size, group="practical")
    lamp.parent = root


def neon(shot: Shot, draw: Draw, maker: Maker, body: str, size: float) -> Any:
    """Letters of bent glass tubes on a dark board, facing -y; its root is the board."""
    glow, colour = maker.glow * draw.log_uniform(3, 12), draw.vivid()
    curve, width, height = _letters(draw, maker, body, size, bevel=0.02 * size)
    curve.fill_mode = "NONE"
    board = geometry.box(width + 0.4 * size, 0.06 * size, height + 0.35 * size, bevel=0.02)
    root = shot.add(board, materials.paint(draw, (0.012, 0.012, 0.015), size=1.0), to="set")
    upright = (math.pi / 2, 0, 0)
    tubes = [shot.add(curve, materials.neon(colour, glow), to="set", location=(0, -0.08 * size, 0), rotation=upright)]
    if draw.chance(0.6):
        half, rise = width / 2 + 0.12 * size, height / 2 + 0.1 * size
        corners = [(-half, 0, -rise), (half, 0, -rise), (half, 0, rise), (-half, 0, rise), (-half, 0, -rise)]
        frame = geometry.tubes(structures.chain(corners), 0.02 * size)
        tubes.append(shot.add(frame, materials.neon(draw.vivid(), glow), to="set", location=(0, -0.08 * size, 0)))
    for tube in tubes:
        seen_only(tube).parent = root
    _spill(shot, root, colour, maker.glow * 25 * size * width, (width, height))
    return root


def light_box(shot: Shot, draw: Draw, maker: Maker, body: str, size: float) -> Any:
    """Dark letters on a lit panel, or lit ones on a dark panel, in a metal frame, facing -y."""
    colour = draw.choice((draw.vivid(), draw.vivid(), (1.0, 0.93, 0.82)))
    glow = maker.glow * draw.log_uniform(1.5, 6)
    dark, lit = materials.plastic(draw, (0.02, 0.02, 0.022)), materials.emission(colour, glow)
    panel, ink = (lit, dark) if draw.chance(0.6) else (dark, materials.emission(colour, glow * 3))
    curve, width, height = _letters(draw, maker, body, size, extrude=0.02 * size)
    height += 0.4 * size
    root = shot.add(geometry.box(width + 0.6 * size, 0.16, height + 0.12, bevel=0.02), materials.metal(draw), to="set")
    front = shot.add(geometry.box(width + 0.5 * size, 0.02, height, bevel=0), panel, to="set", location=(0, -0.08, 0))
    letters = shot.add(curve, ink, to="set", location=(0, -0.1, 0), rotation=(math.pi / 2, 0, 0))
    for thing in (front, letters):
        seen_only(thing).parent = root
    _spill(shot, root, colour, maker.glow * 12 * height * width, (width, height))
    return root


def blade(shot: Shot, draw: Draw, maker: Maker) -> Any:
    """A tall sign that stands out from a wall: letters below each other, facing -y."""
    kind = draw.choice((neon, light_box))
    return kind(shot, draw, maker, "\n".join(draw.choice(_BLADES)), draw.uniform(0.45, 0.8))


def awning(shot: Shot, draw: Draw, width: float) -> Any:
    """A striped cloth awning from y = 0 out to -y, its rail at z = 0."""
    stripes = max(4, int(width / 0.28))
    parts = [
        boxes.boxes(
            [(width * k / stripes - width / 2, -1.2, 0.0)], [(width * (k + 1) / stripes - width / 2, 0.0, 0.01)]
        )
        for k in range(stripes)
    ]
    cloths = [
        materials.weave(draw, colour, size=0.6, coordinates="UV") for colour in (draw.colour(), (0.8, 0.76, 0.68))
    ]
    root = shot.add(boxes.mesh(boxes.merge(parts[::2])), cloths[0], to="set")
    other = shot.add(boxes.mesh(boxes.merge(parts[1::2])), cloths[1], to="set")
    edge = [
        boxes.upright(
            (width * k / stripes - width / 2 + 0.01, -0.18, width * (k + 1) / stripes - width / 2, 0.0), (-1.2, -1.19)
        )
        for k in range(stripes)
    ]
    valance = shot.add(boxes.mesh(boxes.merge(edge)), cloths[0], to="set")
    other.parent = valance.parent = root
    return root
