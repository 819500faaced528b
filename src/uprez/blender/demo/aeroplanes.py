"""A biplane in metres, its front to -y, its wheels on z = 0."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import placed
from uprez.blender.demo.machines import ALONG, Parts, panelled


def aeroplane(draw: Draw) -> Any:
    """A biplane of about 7 m with struts, wires and a radial engine, on its wheels; its propeller is another mesh."""
    paint = panelled(draw, draw.choice((draw.vivid(), draw.colour())), size=1.2)
    second = panelled(draw, draw.choice((draw.neutral(), draw.vivid())), size=1.2)
    metal, rubber = materials.metal(draw, (0.6, 0.61, 0.62), size=0.5), materials.rubber(draw, (0.015, 0.015, 0.015))
    hull = geometry.spline(
        [(0.5, -2.6), (0.56, -2.2), (0.56, -0.5), (0.45, 1.2), (0.25, 3.0), (0.08, 4.0), (0, 4.1)], 70
    )
    parts: Parts = [(geometry.lathe([(r, -z) for r, z in hull]), paint, placed((0, 0, 1.6), ALONG))]
    parts[0][0].flip_normals()
    for z, span in ((1.25, 4.2), (2.75, 4.6)):
        parts.append((_wing(span, 1.1), second, placed((0, -1.2, z))))
    parts.append((_wing(1.5, 0.7), second, placed((0, 3.4, 1.75))))
    parts.append((_wing(0.9, 0.8), paint, placed((0, 3.4, 1.7), (0, -math.pi / 2, 0))))
    parts += _struts(metal) + _radial_engine(metal, rubber)
    for side in (-1, 1):
        parts.append((geometry.torus(0.3, 0.1), rubber, placed((side * 0.8, -1.7, 0.4), (0, math.pi / 2, 0))))
        parts.append((geometry.cylinder(0.26, 0.1), paint, placed((side * 0.8 - 0.05, -1.7, 0.4), (0, math.pi / 2, 0))))
    parts.append((geometry.torus(0.38, 0.05), rubber, placed((0, 0.4, 2.1), (0.15, 0, 0), (1, 1.4, 1))))
    parts.append(
        (
            geometry.box(0.7, 0.02, 0.3, bevel=0.008),
            materials.plastic(draw, (0.05, 0.07, 0.08)),
            placed((0, -0.2, 2.25), (-0.5, 0, 0)),
        )
    )
    return geometry.assembled(parts)


def _wing(span: float, chord: float) -> Any:
    """A wing along x with a rounded tip and an arched section."""
    t = np.linspace(0, 2 * np.pi, 40)
    y = np.cos(t) * 0.5
    z = np.sin(t) * 0.06 * (1 - 0.55 * y) + 0.05 * (0.25 - y**2)
    along = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 60))
    width = (1 - np.abs(along) ** 8) ** 0.5 * 0.98 + 0.02
    ribs = 1 + 0.05 * np.abs(np.sin(along * 34))
    points = np.stack(
        np.broadcast_arrays(
            along[:, None] * span, y[None] * width[:, None] * chord, z[None] * (width * ribs)[:, None] * chord
        ),
        -1,
    )
    return geometry.mesh(points.reshape(-1, 3), geometry.grid_faces(60, 40))


def _struts(metal: Any) -> Parts:
    struts, wires = [], []
    for side in (-1, 1):
        for x in (0.5, 2.2, 3.7):
            struts += [[(side * x, y, 1.3), (side * x * 1.03, y, 2.75)] for y in (-1.5, -0.9)]
        for x, end in ((0.5, 2.2), (2.2, 3.7)):
            wires += [
                [(side * x, -1.2, 1.3), (side * end, -1.2, 2.75)],
                [(side * end, -1.2, 1.3), (side * x, -1.2, 2.75)],
            ]
        struts += [
            [(side * 0.4, -1.2, 1.2), (side * 0.8, -1.7, 0.4)],
            [(side * 0.4, -2.2, 1.2), (side * 0.8, -1.7, 0.4)],
        ]
    return [(geometry.tubes(struts, 0.035), metal, placed()), (geometry.tubes(wires, 0.008, sides=5), metal, placed())]


def _radial_engine(metal: Any, rubber: Any) -> Parts:
    """Nine finned cylinders about the crankcase."""
    front = placed((0, -2.65, 1.6), ALONG)
    parts: Parts = [(geometry.lathe([(0.3, -0.1), (0.28, 0.15), (0.12, 0.3), (0.06, 0.45), (0, 0.46)]), metal, front)]
    for k in range(9):
        spoke = (
            front @ placed((0, 0, 0.02), (0, math.pi / 2, 0))
            if k < 0
            else front @ placed(rotation=(0, 0, k * math.tau / 9))
        )
        fins = [(r, 0.24 + 0.024 * n + d) for n in range(13) for r, d in ((0.07, 0.0), (0.1, 0.008), (0.07, 0.016))]
        parts.append(
            (geometry.lathe([*fins, (0, 0.56)], segments=28), metal, spoke @ placed(rotation=(math.pi / 2, 0, 0)))
        )
        parts.append((geometry.tubes([[(0.06, -0.3, 0.1), (0.05, -0.55, 0.12)]], 0.014), rubber, spoke))
    return parts


def propeller(draw: Draw) -> Any:
    """Two or three wooden blades about z, which is the axle."""
    wood, brass = materials.wood(draw, size=0.6), materials.metal(draw, (0.9, 0.62, 0.25))
    count = draw.integer(2, 3)
    parts: Parts = [(geometry.lathe([(0.14, -0.08), (0.14, 0.02), (0.08, 0.16), (0, 0.2)]), brass, placed())]

    def blade(u: Any, v: Any) -> Any:
        reach, turn = u * 1.05 + 0.05, 1.0 - 0.75 * u
        width = 0.12 * np.sin(np.pi * np.clip(u * 0.93 + 0.05, 0, 1)) ** 0.5
        side, thick = np.cos(v * 2 * np.pi) * width, np.sin(v * 2 * np.pi) * 0.025 * (1.2 - u)
        return reach, side * np.cos(turn) - thick * np.sin(turn), side * np.sin(turn) + thick * np.cos(turn)

    for k in range(count):
        parts.append((geometry.surface(blade, 40, 20), wood, placed(rotation=(0, 0, k * math.tau / count))))
    return geometry.assembled(parts)
