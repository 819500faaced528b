"""A big wheel with spokes, cabins, legs and bulbs."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, structures
from uprez.blender.demo.shot import Shot

RADIUS = 9.0
HUB = 11.0
"""Height of the axle in metres."""


def big_wheel(shot: Shot, glow: float) -> None:
    """A wheel in the plane across y about (0, 0, HUB); its bulbs have radiance `glow`."""
    draw = shot.draw
    count = draw.choice((16, 20, 24))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + draw.uniform(0, 0.4)
    spokes = np.stack([np.cos(angles), 0 * angles, np.sin(angles)], -1)
    white = materials.worn_paint(draw, draw.choice(((0.75, 0.74, 0.7), draw.colour())), size=1.0)
    rims, rods, lamps = [], [], []
    for y in (-0.7, 0.7):
        middle = np.array((0, y, HUB))
        rims += [structures.ring((0, y, HUB), RADIUS * part, "y", 96) for part in (1.0, 0.93)]
        for out, ahead in zip(spokes, np.roll(spokes, -1, axis=0), strict=True):
            rods.append(structures.segment((0, y * 1.6, HUB), middle + out * RADIUS))
            rods.append(structures.segment(middle + out * RADIUS * 0.93, middle + ahead * RADIUS))
            rods.append(structures.segment(middle + out * RADIUS, middle + ahead * RADIUS * 0.93))
            lamps += [middle * (1, 1.1, 1) + out * RADIUS * part for part in np.linspace(0.2, 1.0, 11)]
    for y in (-2.2, 2.2):
        for x in (-4.5, 4.5):
            chords, braces = structures.lattice((x, y * 1.3, 0), (0, y * 0.6, HUB), (0.7, 0.4), 10)
            rods += chords + braces
    structures.wires(shot, rims, 0.08, white, sides=8)
    structures.wires(shot, rods, 0.035, white)
    _cabins(shot, spokes, white)
    _bulbs(shot, lamps, glow)


def _cabins(shot: Shot, spokes: Any, white: Any) -> None:
    body = geometry.spline([(0, -0.9), (0.7, -0.8), (0.85, -0.3), (0.8, 0)], 16)
    bowls = [geometry.lathe(body, segments=28) for _ in range(4)]
    paints = [materials.paint(shot.draw, shot.draw.vivid(), size=1.0) for _ in bowls]
    roof = geometry.lathe(geometry.spline([(1.0, 0.75), (0.6, 1.05), (0.1, 1.25), (0, 1.3)], 12), segments=28)
    feet = 0.8 * np.array([(math.cos(a), math.sin(a), 0) for a in np.arange(6) * math.pi / 3])
    posts = [structures.segment(foot - (0, 0, 0.1), foot + (0, 0, 0.85)) for foot in feet]
    frame = geometry.tubes(posts, 0.025)
    for k, out in enumerate(spokes):
        place = tuple(out * RADIUS + (0, 0, HUB - 1.4))
        for shape, material in ((bowls[k % 4], paints[k % 4]), (roof, white), (frame, white)):
            shot.add(shape, material, location=place)


def _bulbs(shot: Shot, places: Any, glow: float) -> None:
    draw = shot.draw
    colours = (draw.vivid(), (1.0, 0.6, 0.25)) if draw.chance(0.5) else ((1.0, 0.6, 0.25), (1.0, 0.75, 0.45))
    shapes = [geometry.ico_sphere(0.05, subdivisions=2) for _ in colours]
    glows = [materials.emission(colour, glow) for colour in colours]
    for k, place in enumerate(places):
        shot.add(shapes[k % 2], glows[k % 2], location=tuple(place))
