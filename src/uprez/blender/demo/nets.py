"""Nets, cobwebs, cages and washing: threads and cloth that hang."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, scatter, structures
from uprez.blender.demo.shot import Shot


def fishing_net(shot: Shot, y: float, height: float) -> None:
    """A net of 6 m hung up between poles at `y`, with floats along its upper rope."""
    draw = shot.draw
    u, v = np.meshgrid(np.linspace(0, 1, 90), np.linspace(0, 1, 44), indexing="ij")
    drape = geometry.fractal(draw, 128, exponent=2.4)[:90, :44]
    sag = 2 * u * (1 - u) + 0.12 * np.abs(np.sin(u * 3 * np.pi))
    points = np.stack(
        [(u - 0.5) * 6 + drape * 0.2 * v, y + drape * 0.9 * v**0.7, (height - sag) * (1 - v) + 0.15 * v], -1
    )
    twine = materials.weave(draw, draw.choice((draw.vivid(), draw.neutral())), size=0.05)
    structures.wires(shot, structures.net(points), draw.uniform(0.003, 0.006), twine, sides=4)
    structures.wires(shot, [points[:, 0]], 0.014, twine)
    paint = materials.worn_paint(draw, draw.vivid(), size=0.1)
    for seat in points[4::7, 0]:
        shot.add(geometry.ico_sphere(0.055), paint, location=tuple(seat), scale=(1.5, 1.0, 1.0))
    poles = [structures.segment((x, y, 0), (x * 1.02, y, height + 0.3)) for x in (-3, -1, 1, 3)]
    structures.wires(shot, poles, 0.05, materials.bark(draw, size=0.6), sides=10)


def cobweb(shot: Shot, centre: tuple[float, float, float]) -> None:
    """An orb web about 1.5 units across in the plane across y, with dew on its spiral, between twigs."""
    draw = shot.draw
    count = draw.integer(19, 28)
    angles = np.linspace(0, 2 * np.pi, count + 1)[:-1] + draw.array.normal(0, 0.06, count)
    reach = draw.array.uniform(1.0, 1.3, count)
    ends = np.stack([np.cos(angles) * reach, draw.array.normal(0, 0.05, count), np.sin(angles) * reach], -1)
    along = ends / reach[:, None]
    spiral = []
    for turn in range(34):
        knots = along * (0.07 + 0.022 * turn + draw.array.normal(0, 0.002, count))[:, None]
        for a, b in zip(knots, np.roll(knots, -1, axis=0), strict=True):
            spiral.append(structures.wire(a, b, 0.12 * float(np.linalg.norm(a - b)), 7))
    silk = materials.plastic(draw, (0.85, 0.86, 0.9), size=0.5)
    threads = [structures.segment((0, 0, 0), end) for end in ends]
    lines = [line + centre for line in threads + spiral]
    structures.wires(shot, lines, draw.uniform(0.0006, 0.0012), silk, sides=4)
    beads = np.concatenate([line[1:-1] for line in spiral])
    beads = beads[draw.array.random(len(beads)) < draw.uniform(0.2, 0.8)] + centre
    shot.add(_drops(shot, beads), materials.glass(draw, (0.95, 0.97, 1.0), size=0.01))
    bark = materials.bark(draw, size=0.4)
    for side in (-1.3, 1.3, -1.15, 1.1):
        bends = np.array(
            [(side * 1.05, 0, -1.7), (side * 0.9, 0.05, -0.6), (side * 1.1, -0.05, 0.2), (side * 0.8, 0, 1.4)]
        )
        twig = geometry.spline(bends + draw.array.normal(0, 0.08, (4, 3)), 60) + centre
        structures.wires(shot, [twig], [np.linspace(0.07, 0.02, 60)], bark, sides=12)


def _drops(shot: Shot, places: Any) -> Any:
    """Drops of water at places, most of them small."""
    ball = geometry.ico_sphere(1.0, subdivisions=2)
    points = np.array([vertex.co for vertex in ball.vertices])
    faces = np.array([face.vertices for face in ball.polygons])
    matrices = np.zeros((len(places), 4, 4))
    matrices[:, :3, :3] = np.eye(3) * shot.draw.array.gamma(3.0, 0.0009, (len(places), 1, 1))
    matrices[:, :3, 3], matrices[:, 3, 3] = places - (0, 0, 0.001), 1
    return scatter.copies(shot.draw, points, faces, matrices)


def washing(shot: Shot, line: Any, size: float = 1.0) -> None:
    """Cloths of many kinds that hang from a line."""
    draw = shot.draw
    for at in structures.resample(line, 0.75 * size)[1:-1]:
        if draw.chance(0.35):
            continue
        sheet = _sheet(shot, draw.uniform(0.35, 0.7) * size, draw.uniform(0.4, 0.95) * size)
        shot.add(sheet, draw.choice(materials.CLOTH)(draw, size=0.5 * size, coordinates="UV"), location=tuple(at))


def _sheet(shot: Shot, width: float, height: float) -> Any:
    draw = shot.draw
    folds = geometry.fractal(draw, 64, exponent=2.3)[:40, :32] * 0.25 * width
    phase, swing = draw.angle(), draw.gauss(0, 0.2) * width

    def hang(u: Any, v: Any) -> Any:
        wave = 0.1 * width * np.sin(u * 14 + phase) * v
        drop = -v * height - 0.05 * width * (1 - v) * np.cos((u - 0.5) * 9)
        return (u - 0.5) * width, (folds + wave + swing * v) * v**0.6, drop

    return geometry.surface(hang, 40, 32)


def cage(shot: Shot, radius: float, height: float, wire: Any) -> None:
    """A bird cage with a domed top, standing on the origin."""
    draw = shot.draw
    count = draw.integer(28, 44)
    profile = geometry.spline([(radius, 0), (radius, height * 0.6), (radius * 0.8, height * 0.85), (0.02, height)], 26)
    bars = [
        np.stack([profile[:, 0] * math.cos(a), profile[:, 0] * math.sin(a), profile[:, 1] + 0.03], -1)
        for a in np.linspace(0, 2 * np.pi, count, endpoint=False)
    ]
    structures.wires(shot, bars, radius * 0.008, wire)
    hoops = [structures.ring((0, 0, 0.03 + height * part), radius * 1.005) for part in (0, 0.3, 0.6)]
    hoops.append(structures.ring((0, 0, height + 0.08), 0.05, "y"))
    structures.wires(shot, hoops, radius * 0.015, wire)
    shot.add(geometry.cylinder(radius * 1.06, 0.03), materials.wood(draw, size=0.4))
