"""Printed things that hang or stand upright and face -y: lines of text, posters, cartons."""

import math
from typing import Any

from uprez.blender.demo import geometry, lettering, materials
from uprez.blender.demo.colours import mixed, scaled
from uprez.blender.demo.shot import Shot, Vector3

_UPRIGHT = (math.pi / 2, 0.0, 0.0)


def line(shot: Shot, body: str, face: Any, ink: Any, place: Vector3, room: float, **options: Any) -> Any:
    """A line of upright text, made smaller where it is wider than `room`."""
    thing = shot.add(lettering.text(body, face, **options), ink, location=place, rotation=_UPRIGHT)
    factor = min(1.0, room / max(lettering.width(thing), 1e-6))
    thing.scale = (factor, factor, factor)
    return thing


def poster(shot: Shot, place: Vector3, wide: float, tall: float) -> None:
    """A sheet with a heading, a picture of simple shapes, and small print."""
    draw = shot.draw
    x, y, z = place
    ground = draw.choice((draw.colour(), mixed(draw.colour(), (1, 1, 1), 0.8), (0.85, 0.82, 0.74)))
    dark = sum(ground) < 0.9
    turn = (math.pi / 2, draw.gauss(0, 0.05), 0)
    shot.add(
        geometry.box(wide, tall, 0.002, bevel=0),
        materials.paper(draw, ground, size=wide),
        location=place,
        rotation=turn,
    )
    ink = materials.paper(draw, (0.9, 0.88, 0.8) if dark else scaled(draw.colour(), 0.15))
    face, other = lettering.font(shot), lettering.font(shot)
    head = lettering.wrapped(lettering.title(draw).upper(), 11)
    front = y - 0.0025
    line(shot, head, face, ink, (x, front, z + tall * 0.28), wide * 0.86, size=wide * 0.16, leading=0.9)
    if draw.chance(0.6):
        mark = draw.choice(
            (
                geometry.torus(wide * 0.17, wide * 0.02),
                geometry.cylinder(wide * 0.2, 0.002, bevel=0, segments=draw.choice((3, 5, 64))),
            )
        )
        shot.add(
            mark,
            materials.paper(draw, draw.colour()),
            location=(x, front, z - tall * 0.06),
            rotation=_UPRIGHT,
            scale=(1, 1, 0.05),
        )
    body = lettering.wrapped(lettering.prose(draw, 36), 40)
    line(shot, body, other, ink, (x, front - 0.001, z - tall * 0.34), wide * 0.86, size=wide * 0.042)


def carton(shot: Shot, place: Vector3, wide: float, tall: float, *, seed: str) -> None:
    """A carton with a printed face; the same seed gives the same print."""
    draw = shot.draw.branch(seed)
    x, y, z = place
    ground = draw.colour()
    shot.add(
        geometry.box(wide, 0.3, tall, bevel=0.012),
        materials.paper(draw, ground, size=0.5),
        location=(x, y, z + tall / 2),
    )
    band = mixed(draw.colour(), (1, 1, 1), 0.5)
    shot.add(
        geometry.box(wide * 0.92, 0.002, tall * 0.42, bevel=0),
        materials.paper(draw, band),
        location=(x, y - 0.151, z + tall * 0.58),
    )
    ink = materials.plastic(draw, scaled(draw.colour(), 0.2) if sum(band) > 0.9 else (0.9, 0.9, 0.85))
    face, other = lettering.font(shot, draw), lettering.font(shot, draw)
    name = lettering.wrapped(lettering.title(draw).upper(), 9)
    line(shot, name, face, ink, (x, y - 0.153, z + tall * 0.6), wide * 0.8, size=0.13, leading=0.85)
    print_ink = materials.plastic(draw, (0.9, 0.88, 0.8) if sum(ground) < 1.0 else (0.03, 0.03, 0.03))
    line(shot, lettering.sign(draw).lower(), other, print_ink, (x, y - 0.153, z + tall * 0.87), wide * 0.8, size=0.06)
    small = lettering.wrapped(lettering.prose(draw, 24), 36)
    line(shot, small, other, print_ink, (x, y - 0.153, z + tall * 0.2), wide * 0.84, size=0.026)
