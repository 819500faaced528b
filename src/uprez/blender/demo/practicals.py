"""Lights that are part of a scene: table lamps, candles, screens. Lengths in metres; each stands at a place."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, lettering, lights, materials
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.shot import Shot, Vector3


def add_lamp(shot: Shot, place: Vector3) -> None:
    """A table lamp: turned foot, pleated shade that glows, a bulb in it."""
    draw = shot.draw
    foot = geometry.spline(
        [(0, 0), (0.09, 0.0), (0.1, 0.02), (0.03, 0.06), (0.05, 0.16), (0.015, 0.3), (0.012, 0.38)], 60
    )
    shot.add(
        geometry.lathe(foot),
        draw.choice((materials.ceramic, materials.metal, materials.wood))(draw, size=0.4),
        location=place,
    )
    pleats, wide, narrow = draw.integer(24, 60), draw.uniform(0.15, 0.2), draw.uniform(0.08, 0.14)

    def shade(u: Any, v: Any) -> Any:
        radius = (wide + (narrow - wide) * v) * (1 + 0.012 * np.sin(u * pleats * 2 * math.pi))
        return np.cos(u * 2 * math.pi) * radius, np.sin(u * 2 * math.pi) * radius, 0.3 + 0.22 * v

    colour = draw.warm_white()
    shot.add(geometry.surface(shade, pleats * 8 + 1, 4), _shade_material(draw), location=place)
    x, y, z = place
    lights.bulb(shot, (x, y, z + 0.4), radius=0.028, strength=draw.log_uniform(150, 600), colour=colour, to="hero")


def _shade_material(draw: Draw) -> Any:
    """Thin cloth that light shines through."""
    surface = materials.Surface("lamp shade", draw, size=0.2)
    colour = draw.choice(((0.85, 0.75, 0.55), (0.8, 0.3, 0.15), (0.2, 0.5, 0.35), (0.9, 0.87, 0.8)))
    threads = surface.nodes.noise(surface.stretched(40, 40, 4), 3, detail=3)
    tint = surface.nodes.mix(threads * 0.5, colour, scaled(colour, 0.5))
    diffuse = surface.nodes.add("BsdfDiffuse", Color=tint)
    through = surface.nodes.add("BsdfTranslucent", Color=tint)
    surface.nodes.add("OutputMaterial", Surface=surface.nodes.mix_shader(0.5, diffuse, through))
    return surface.material


def add_candle(shot: Shot, place: Vector3) -> None:
    """A candle of 6 to 25 cm and its flame."""
    draw = shot.draw
    radius, height = draw.uniform(0.015, 0.04), draw.uniform(0.06, 0.25)
    shot.add(
        geometry.cylinder(radius, height, bevel=0.006),
        materials.wax(draw, (0.85, 0.78, 0.62), size=0.1),
        location=place,
    )
    x, y, z = place
    flame = geometry.lathe(geometry.spline([(0, 0), (0.007, 0.012), (0.0045, 0.03), (0, 0.045)], 24), segments=20)
    thing = shot.add(
        flame, materials.emission((1.0, 0.5, 0.16), draw.uniform(80, 250)), location=(x, y, z + height + 0.006)
    )
    thing.lightgroup = "practical"
    lights.point(shot, (x, y, z + height + 0.06), power=draw.uniform(0.6, 2), colour=(1.0, 0.55, 0.22), radius=0.01)


def add_screen(shot: Shot, place: Vector3) -> None:
    """A monitor with windows of text on it."""
    draw = shot.draw
    x, y, z = place
    shot.add(
        geometry.box(0.62, 0.03, 0.37, bevel=0.008),
        materials.plastic(draw, (0.02, 0.02, 0.02)),
        location=(x, y, z + 0.33),
    )
    shot.add(geometry.cylinder(0.1, 0.14, top=0.03), materials.metal(draw, size=0.2), location=(x, y, z))
    ground = materials.emission(scaled(draw.choice((draw.vivid(), (0.2, 0.25, 0.35))), 0.25), 1.0)
    glow = shot.add(
        geometry.plane(0.59, 0.34), ground, location=(x, y - 0.0165, z + 0.33), rotation=(math.pi / 2, 0, 0)
    )
    glow.lightgroup = "practical"
    ink = materials.emission((0.8, 0.95, 0.85), 1.2)
    face = lettering.font(shot)
    for column in (-0.27, 0.02):
        body = lettering.wrapped(lettering.prose(draw, 60), 24)
        curve = lettering.text(body, face, size=0.016, align="LEFT")
        shot.add(curve, ink, location=(x + column, y - 0.018, z + 0.33), rotation=(math.pi / 2, 0, 0))
    lights.area(
        shot,
        (x, y - 0.05, z + 0.33),
        (x, y - 1, z + 0.2),
        power=2,
        size=(0.5, 0.3),
        colour=draw.cool_white(),
        group="practical",
    )
