"""A steam locomotive in metres, its front to -y, its wheels on z = 0."""

import math
from typing import Any

import numpy as np
from mathutils import Matrix

from uprez.blender.demo import geometry, materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import placed
from uprez.blender.demo.machines import ALONG, Parts, bolts, panelled


def locomotive(draw: Draw) -> Any:
    """A tank engine of about 7 m: boiler with bands, domes, chimney, cab, spoked wheels, rods, pipes, lamp."""
    paint = panelled(draw, draw.choice((draw.vivid(), draw.colour(), (0.02, 0.05, 0.03))), size=1.5)
    black, brass = (
        materials.paint(draw, (0.015, 0.015, 0.016), size=0.6),
        materials.metal(draw, (0.9, 0.62, 0.25), size=0.5),
    )
    steel, red = materials.brushed_metal(draw, size=0.8), materials.worn_paint(draw, (0.5, 0.03, 0.02), size=0.4)
    parts: Parts = [
        (geometry.cylinder(0.75, 4.6, bevel=0.02, segments=72), paint, placed((0, 1.6, 1.75), ALONG)),
        (geometry.cylinder(0.78, 0.7, bevel=0.04, segments=72), black, placed((0, -2.95, 1.75), ALONG)),
        (
            geometry.lathe([(0.7, 0), (0.66, 0.06), (0.3, 0.1), (0, 0.11)], segments=64),
            black,
            placed((0, -3.65, 1.75), ALONG),
        ),
        (bolts(0.69, 22, 0.028, 0.03), steel, placed((0, -3.65, 1.75), ALONG)),
        (geometry.torus(0.12, 0.02), brass, placed((0, -3.8, 1.75), ALONG)),
    ]
    for y in np.linspace(-2.6, 1.3, 6):
        parts.append((geometry.torus(0.755, 0.022, segments=72, tube_segments=8), brass, placed((0, y, 1.75), ALONG)))
    chimney = geometry.spline(
        [(0.24, 0), (0.18, 0.1), (0.17, 0.5), (0.22, 0.85), (0.26, 0.9), (0.2, 0.95), (0.15, 0.9)], 40
    )
    dome = geometry.spline([(0.34, 0), (0.27, 0.08), (0.27, 0.3), (0.18, 0.45), (0, 0.5)], 30)
    parts += [
        (geometry.lathe(chimney), black, placed((0, -3.2, 2.45))),
        (geometry.lathe(dome), brass, placed((0, -1.2, 2.42))),
    ]
    parts += [(geometry.lathe(dome), paint, placed((0, 0.3, 2.42), scale=0.8))]
    parts += _cab(paint, black, brass) + _running_gear(draw, black, red, steel) + _pipes(brass, black)
    lamp = placed((0, -3.75, 2.65), ALONG)
    parts.append((geometry.lathe([(0.1, -0.25), (0.17, -0.2), (0.17, 0.05), (0.15, 0.06)]), black, lamp))
    parts.append((geometry.lathe([(0.15, 0.03), (0.08, 0.07), (0, 0.08)]), materials.emission((1, 0.8, 0.5), 20), lamp))
    return geometry.assembled(parts)


def _cab(paint: Any, black: Any, brass: Any) -> Parts:
    parts: Parts = [
        (geometry.box(1.9, 0.06, 1.5, bevel=0.02), paint, placed((0, 1.7, 1.9))),
        (geometry.box(2.2, 2.0, 0.08, bevel=0.03), black, placed((0, 2.6, 3.1))),
        (geometry.box(1.9, 1.9, 0.2, bevel=0.02), black, placed((0, 2.6, 1.1))),
    ]
    for side in (-1, 1):
        parts.append((geometry.box(0.06, 1.8, 0.9, bevel=0.02), paint, placed((side * 0.95, 2.6, 1.6))))
        for y in (1.75, 3.45):
            parts.append((geometry.box(0.06, 0.12, 1.1, bevel=0.02), paint, placed((side * 0.95, y, 2.5))))
        parts.append((geometry.torus(0.22, 0.03), brass, placed((side * 0.5, 1.66, 2.75), ALONG)))
        parts.append((geometry.box(0.5, 4.2, 0.9, bevel=0.05), paint, placed((side * 0.85, -0.4, 1.35))))
    return parts


def _running_gear(draw: Draw, black: Any, red: Any, steel: Any) -> Parts:
    """Frame, wheels with spokes, coupling rods, cylinders, buffers."""
    parts: Parts = [(geometry.box(1.7, 7.0, 0.25, bevel=0.03), black, placed((0, 0, 0.95)))]
    parts.append((geometry.box(2.4, 0.16, 0.45, bevel=0.02), red, placed((0, -3.55, 0.95))))
    turn = draw.angle()
    for side in (-1, 1):
        x = side * 0.95
        axles = (-1.7, -0.1, 1.5)
        for y in axles:
            parts += _spoked_wheel(red, steel, placed((x, y, 0.62), (0, side * math.pi / 2, 0)), 0.62)
        crank = np.array((0, math.cos(turn) * 0.25, math.sin(turn) * 0.25))
        rods = [[(x + side * 0.16, y + crank[1], 0.62 + crank[2]) for y in (axles[0], axles[2])]]
        rods.append([(x + side * 0.22, axles[1] + crank[1], 0.62 + crank[2]), (x + side * 0.22, -2.7, 0.7)])
        parts.append((geometry.tubes(rods, 0.05, sides=10), steel, placed()))
        parts.append((geometry.cylinder(0.3, 0.9, bevel=0.03), black, placed((x, -2.5, 0.75), ALONG)))
        parts.append((bolts(0.24, 12, 0.022), steel, placed((x, -3.4, 0.75), ALONG)))
        buffer = geometry.lathe([(0.1, 0), (0.1, 0.3), (0.22, 0.31), (0.2, 0.36), (0, 0.38)])
        parts.append((buffer, steel, placed((side * 0.85, -3.62, 0.95), ALONG)))
    return parts


def _spoked_wheel(paint: Any, steel: Any, place: Matrix, radius: float) -> Parts:
    tyre = geometry.lathe(
        [(radius * 0.88, -0.06), (radius, -0.06), (radius, 0.06), (radius * 0.88, 0.06), (radius * 0.88, -0.06)]
    )
    hub = geometry.cylinder(radius * 0.2, 0.16, bevel=0.02)
    turns = np.linspace(0, 2 * math.pi, 14, endpoint=False)
    spokes = [[(math.cos(a) * radius * r, math.sin(a) * radius * r, 0) for r in (0.15, 0.9)] for a in turns]
    return [
        (tyre, steel, place),
        (hub, paint, place @ placed((0, 0, -0.05))),
        (geometry.tubes(spokes, 0.03), paint, place),
    ]


def _pipes(brass: Any, black: Any) -> Parts:
    """Handrails and pipes along the boiler."""
    lines = []
    for side in (-1, 1):
        lines.append([(side * 0.82, y, 2.15) for y in (-3.4, 1.6)])
        bend = [(side * 0.72, -2.0, 2.1), (side * 0.95, -2.0, 1.9), (side * 0.97, -2.3, 1.5), (side * 0.97, -2.5, 0.95)]
        lines.append(geometry.spline(np.array(bend), 30).tolist())
    knobs: Parts = [
        (geometry.sphere(0.04, segments=16), brass, placed((side * 0.8, y, 2.15)))
        for side in (-1, 1)
        for y in np.linspace(-3.2, 1.4, 6)
    ]
    return [(geometry.tubes(lines, 0.022), brass, placed()), *knobs]
