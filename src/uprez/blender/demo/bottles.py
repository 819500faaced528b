"""Bottles with caps, and paper labels with lettering bent round them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, lettering, materials
from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.shot import Shot, Vector3

_HALF_TURN = 1.2  # radians from the middle of a label to its edge


@dataclass(frozen=True)
class Brand:
    """The shape of a range of bottles, and what their labels say."""

    radius: float
    height: float
    shoulder: float
    """Height of the straight part, in parts of the whole."""
    neck: float
    name: str
    face: Any
    make: materials.Maker


def brand(shot: Shot) -> Brand:
    """A brand by chance: bottles of 0.75 to 1 unit, of glass, plastic, ceramic or metal."""
    draw = shot.draw
    makers = (materials.glass, materials.plastic, materials.ceramic, materials.paint, materials.metal)
    return Brand(
        radius=draw.uniform(0.14, 0.22),
        height=draw.uniform(0.75, 1.0),
        shoulder=draw.uniform(0.55, 0.7),
        neck=draw.uniform(0.05, 0.09),
        name=lettering.title(draw),
        face=lettering.font(shot),
        make=draw.choice(makers),
    )


def add_bottle(shot: Shot, kind: Brand, place: Vector3, *, scale: float = 1.0) -> None:
    """A bottle of a brand in a colour of its own, its label towards -y."""
    draw = shot.draw
    colour = draw.colour()
    x, y, z = place
    shot.add(_body(kind), kind.make(draw, colour), location=place, scale=scale)
    cap = geometry.cylinder(kind.neck * 1.35, 0.16, bevel=0.012)
    surface = draw.choice((materials.metal, materials.wood, materials.plastic))(draw)
    shot.add(cap, surface, location=(x, y, z + (kind.height - 0.1) * scale), scale=scale)
    _add_label(shot, kind, colour, (x, y, z + kind.shoulder * kind.height * 0.5 * scale), scale)


def _body(kind: Brand) -> Any:
    radius, straight = kind.radius, kind.shoulder * kind.height
    foot = [(0, 0), (radius * 0.94, 0.0), (radius, 0.02)]
    top = [
        (radius, straight),
        (radius * 0.9, straight + 0.05),
        (kind.neck, kind.height * 0.87),
        (kind.neck, kind.height),
    ]
    return geometry.lathe(np.concatenate([foot, geometry.spline(top, 60)]), segments=96)


def _add_label(shot: Shot, kind: Brand, colour: Colour, place: Vector3, scale: float) -> None:
    draw = shot.draw
    tall, radius = kind.shoulder * kind.height * 0.72, kind.radius * 1.01

    def sheet(u: Array, v: Array) -> tuple[Array, Array, Array]:
        return _round((u - 0.5) * 2 * _HALF_TURN * radius, (v - 0.5) * tall, radius)

    ground = mixed(colour, (0.9, 0.88, 0.82), draw.choice((0.0, 0.8, 1.0)))
    shot.add(geometry.surface(sheet, 60, 4), materials.paper(draw, ground), location=place, scale=scale)
    ink = materials.plastic(draw, _ink(draw, ground))
    for body, size, height in _lines(draw, kind):
        letters = lettering.text(body, kind.face, size=size * kind.radius)
        fit = min(1.0, kind.radius * 1.8 / (0.62 * size * kind.radius * max(map(len, body.split("\n")))))

        def wrap(x: Array, y: Array, fit: float = fit, height: float = height) -> tuple[Array, Array, Array]:
            return _round(x * fit, y * fit + height * tall, radius * 1.006)

        shot.add(lettering.bent(letters, wrap), ink, location=place, scale=scale)


def _ink(draw: Draw, ground: Colour) -> Colour:
    return scaled(draw.colour(), 0.12) if sum(ground) > 0.9 else (0.85, 0.8, 0.6)


def _lines(draw: Draw, kind: Brand) -> list[tuple[str, float, float]]:
    """Text, size in parts of the radius, height in parts of the label."""
    return [
        (lettering.wrapped(kind.name.upper(), 11), 0.36, 0.22),
        (lettering.sign(draw).title(), 0.2, -0.08),
        (lettering.wrapped(lettering.prose(draw, 14), 34), 0.085, -0.27),
        (f"{draw.integer(2, 9) * 100} ml  ·  No. {draw.integer(1, 99)}", 0.1, -0.43),
    ]


def _round(x: Array, y: Array, radius: float) -> tuple[Array, Array, Array]:
    """Points of a plane wrapped round an upright cylinder."""
    return np.sin(x / radius) * radius, -np.cos(x / radius) * radius, y
