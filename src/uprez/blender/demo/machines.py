"""What machines have in common: riveted sheet metal, bolts, gears, gauges."""

import math
from typing import Any

import numpy as np
from mathutils import Matrix

from uprez.blender.demo import geometry, materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import placed
from uprez.blender.demo.materials.surface import Surface

Parts = list[tuple[Any, Any, Matrix]]
ALONG = (math.pi / 2, 0, 0)
"""Turns a lathe's axis from z to -y."""


def panelled(draw: Draw, colour: Any, *, size: float) -> Any:
    """Painted sheet metal with seams, rows of rivets, streaks of dirt and bare edges."""
    surface = Surface("panelled", draw, size=size)
    nodes = surface.nodes
    place = surface.flat
    across = nodes.math("ARCTAN2", place.x, place.z) * draw.uniform(0.9, 1.4)
    along = place.y * draw.uniform(1.2, 2.2)
    edge = abs(across.fraction() - 0.5).maximum(abs(along.fraction() - 0.5))
    seam = edge.step(0.485, 0.495)
    dots = nodes.voronoi(nodes.combine(across * 24.0, along * 24.0, 0.0), 1.0, randomness=0.0).step(0.3, 0.2)
    rivets = dots * edge.step(0.43, 0.44) * edge.step(0.48, 0.475)
    streaks = nodes.noise(surface.stretched(6, 6, 0.6), 2.0, detail=3).step(0.5, 0.8)
    chips = surface.noise(7, detail=4, roughness=0.72).step(0.66, 0.68)
    tint = nodes.mix(streaks * 0.5, colour, (0.03, 0.022, 0.015))
    tint = nodes.mix(chips, nodes.mix(seam * 0.8, tint, (0.01, 0.01, 0.01)), (0.5, 0.49, 0.47))
    surface.set(Base_Color=tint, Metallic=chips, Roughness=streaks.between(0.22, 0.55), Coat_Weight=0.5)
    surface.bump(rivets * 0.8 - seam, 0.5, 0.006)
    return surface.finish(colour)


def bolts(radius: float, count: int, size: float, depth: float = 0.0) -> Any:
    """Hexagonal bolt heads in a circle about z."""
    points, faces = [], []
    for k, turn in enumerate(np.linspace(0, 2 * np.pi, count, endpoint=False)):
        angle = np.arange(6) * np.pi / 3 + turn
        ring = np.stack([np.cos(angle) * size, np.sin(angle) * size], -1) + radius * np.array(
            (np.cos(turn), np.sin(turn))
        )
        heights = (depth, depth + size * 0.9)
        points += [np.concatenate([ring, np.full((6, 1), height)], 1) for height in heights]
        first = 12 * k
        faces += [(first + i, first + (i + 1) % 6, first + 6 + (i + 1) % 6, first + 6 + i) for i in range(6)]
        faces += [(first + 6, first + 7, first + 8, first + 9), (first + 9, first + 10, first + 11, first + 6)]
    return geometry.mesh(np.concatenate(points), np.array(faces), smooth=False)


def gear(draw: Draw, radius: float, *, thickness: float = 0.08, teeth: int = 24) -> Any:
    """A gear wheel about z with spokes cut out and a hub, of no material yet."""
    turn = (np.arange(4 * teeth) - 0.3) * 2 * np.pi / (4 * teeth)
    outside = np.tile([0.9, 0.9, 1.0, 1.0], teeth) * radius
    inside = np.full(4 * teeth, radius * 0.72)
    half = thickness / 2
    rings = [(inside, -half), (outside, -half), (outside, half), (inside, half), (inside, -half)]
    points = np.stack([np.stack([np.cos(turn) * r, np.sin(turn) * r, 0 * turn + z], -1) for r, z in rings], 1)
    dull = materials.metal(draw)
    parts: Parts = [
        (
            geometry.mesh(points.reshape(-1, 3), geometry.grid_faces(4 * teeth, 5, closed=True), smooth=False),
            dull,
            placed(),
        ),
        (geometry.cylinder(radius * 0.22, thickness * 1.5, bevel=0.01), dull, placed((0, 0, -thickness * 0.75))),
    ]
    count = draw.integer(4, 6)
    lines = [
        [(math.cos(a) * radius * r, math.sin(a) * radius * r, 0) for r in (0.15, 0.76)]
        for a in np.linspace(0, 2 * math.pi, count, endpoint=False)
    ]
    parts.append((geometry.tubes(lines, thickness * 0.5), dull, placed()))
    return geometry.assembled(parts)


def gauge(draw: Draw, radius: float) -> Any:
    """A dial in a brass bezel that looks to -y, with ticks and a needle."""
    brass, ink = (
        materials.metal(draw, (0.9, 0.62, 0.25), size=0.2),
        materials.plastic(draw, (0.02, 0.02, 0.02), size=0.2),
    )
    face, red = materials.paper(draw, (0.85, 0.82, 0.74), size=0.3), materials.paint(draw, (0.6, 0.03, 0.02), size=0.2)
    lie = placed(rotation=ALONG)
    rim = [(1.0, -0.3), (1.08, -0.2), (1.08, 0.1), (1.0, 0.18), (0.93, 0.1), (0.93, 0.0)]
    parts: Parts = [
        (geometry.lathe([(r * radius, z * radius) for r, z in rim]), brass, lie),
        (geometry.cylinder(radius * 0.95, radius * 0.1), face, lie @ placed((0, 0, -radius * 0.12))),
    ]
    ticks = []
    for k, angle in enumerate(np.linspace(-0.7, math.pi + 0.7, 41)):
        start = 0.72 if k % 5 == 0 else 0.79
        ticks.append([(math.cos(angle) * radius * r, -0.0, math.sin(angle) * radius * r) for r in (start, 0.86)])
    parts.append((geometry.tubes(ticks, radius * 0.012, sides=4), ink, placed()))
    turn = draw.uniform(-0.5, math.pi + 0.5)
    needle = [[(math.cos(turn) * radius * r, -radius * 0.03, math.sin(turn) * radius * r) for r in (-0.2, 0.76)]]
    parts.append((geometry.tubes(needle, [np.array((radius * 0.035, radius * 0.008))], sides=6), red, placed()))
    parts.append((geometry.cylinder(radius * 0.08, radius * 0.08), brass, lie @ placed((0, 0, 0.0))))
    return geometry.assembled(parts)
