"""Things to put in front of a camera: artist-made models where there are assets, else toys and vessels made here.

Each maker gives mesh data that stands on z=0 and is about one unit large.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from uprez.blender.demo import materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import (
    assembled,
    box,
    cylinder,
    ico_sphere,
    lathe,
    placed,
    sphere,
    spline,
    torus,
    tubes,
)
from uprez.blender.demo.shot import Shot

Maker = Callable[[Draw], Any]
_SOLID = (materials.plastic, materials.paint, materials.wood, materials.worn_paint, materials.rubber, materials.metal)


def _material(draw: Draw) -> Any:
    return draw.choice(_SOLID)(draw)


def block_castle(draw: Draw) -> Any:
    """Wooden building blocks: towers, an arch, a roof."""
    paints = [_material(draw) for _ in range(4)]
    side, parts = 0.24, []
    for column in range(3):
        for row in range(draw.integer(2, 4)):
            turn = draw.uniform(-0.12, 0.12)
            place = (column * 0.3 - 0.3, draw.uniform(-0.02, 0.02), side * (row + 0.5))
            parts.append((box(side, side, side, bevel=0.012), draw.choice(paints), placed(place, (0, 0, turn))))
        top = (column * 0.3 - 0.3, 0, side * (row + 1))
        parts.append(
            (cylinder(0.14, 0.2, top=0.005, segments=4 if column % 2 else 32), draw.choice(paints), placed(top))
        )
    return assembled(parts)


def ball(draw: Draw) -> Any:
    """A ball of two halves with a seam."""
    halves = [_material(draw) for _ in range(3)]
    angles = np.linspace(-math.pi / 2, 0, 20)
    bowl = np.stack([np.cos(angles), np.sin(angles)], -1) * 0.4
    parts = [
        (lathe(bowl), halves[0], placed((0, 0, 0.4))),
        (lathe(bowl[::-1] * (1, -1)), halves[1], placed((0, 0, 0.4))),
        (torus(0.4, 0.016, tube_segments=10), halves[2], placed((0, 0, 0.4))),
    ]
    made = assembled(parts)
    made.transform(placed((0, 0, 0.4)) @ placed(rotation=draw.vector(1.0)) @ placed((0, 0, -0.4)))
    return made


def ring_stack(draw: Draw) -> Any:
    """Rings of falling size on a peg."""
    parts = [(cylinder(0.36, 0.06), _material(draw), placed()), (cylinder(0.05, 0.85), _material(draw), placed())]
    for step in range(5):
        thickness = 0.085
        ring = torus(0.3 - step * 0.045, thickness * 0.95)
        parts.append((ring, _material(draw), placed((0, 0, 0.14 + step * 0.15), draw.vector(0.03))))
    parts.append((sphere(0.09), _material(draw), placed((0, 0, 0.88))))
    return assembled(parts)


def spinning_top(draw: Draw) -> Any:
    """A top with painted bands, leaning on its rim."""
    profile = spline([(0, 0), (0.03, 0.05), (0.34, 0.34), (0.4, 0.42), (0.3, 0.5), (0.06, 0.56), (0.04, 0.7)], 60)
    parts = [(lathe(profile), _material(draw), placed())]
    for radius, height in ((0.2, 0.21), (0.405, 0.42), (0.18, 0.545)):
        parts.append((torus(radius, 0.012, tube_segments=8), _material(draw), placed((0, 0, height))))
    parts.append((sphere(0.06), _material(draw), placed((0, 0, 0.73))))
    made = assembled(parts)
    made.transform(placed((0, 0, 0.02), (0.78, 0, draw.angle())))
    return made


def skittle(draw: Draw) -> Any:
    """A turned skittle with a face of two dots."""
    outline = [(0, 0), (0.15, 0.0), (0.22, 0.2), (0.16, 0.5), (0.08, 0.66), (0.15, 0.82), (0.1, 0.95), (0, 1)]
    parts = [(lathe(spline(outline, 70)), _material(draw), placed())]
    for height, radius in ((0.3, 0.215), (0.34, 0.209), (0.68, 0.085)):
        parts.append((torus(radius, 0.014, tube_segments=8), _material(draw), placed((0, 0, height))))
    eye = materials.ceramic(draw, (0.01, 0.01, 0.01))
    parts += [(sphere(0.02, segments=16), eye, placed((x, -0.125, 0.85))) for x in (-0.05, 0.05)]
    return assembled(parts)


def robot(draw: Draw) -> Any:
    """A tin robot: bevelled boxes, rivets, a spring, an aerial, lenses."""
    body, limb, trim = _material(draw), materials.brushed_metal(draw), materials.metal(draw)
    parts = [
        (box(0.44, 0.3, 0.42, bevel=0.03), body, placed((0, 0, 0.47))),
        (box(0.34, 0.26, 0.24, bevel=0.03), body, placed((0, 0, 0.84), (0, 0, draw.uniform(-0.4, 0.4)))),
        (cylinder(0.07, 0.08), limb, placed((0, 0, 0.66))),
    ]
    for x in (-1, 1):
        parts.append((cylinder(0.07, 0.26), limb, placed((x * 0.12, 0, 0.02))))
        parts.append((box(0.16, 0.26, 0.08, bevel=0.02), trim, placed((x * 0.12, -0.04, 0.04))))
        parts.append((cylinder(0.045, 0.36), limb, placed((x * 0.27, 0, 0.62), (math.pi + x * 0.1, x * -0.25, 0))))
        parts.append((torus(0.06, 0.02, tube_segments=10), trim, placed((x * 0.35, 0, 0.26), (1.57, 0, 0))))
        parts.append((torus(0.05, 0.014, tube_segments=8), trim, placed((x * 0.08, -0.14, 0.87), (1.57, 0, 0))))
        parts.append(
            (sphere(0.042, segments=24), materials.emission(draw.vivid(), 4.0), placed((x * 0.08, -0.125, 0.87)))
        )
    for i in range(24):
        place = (-0.19 + 0.38 * (i % 6) / 5, -0.15, 0.3 + 0.34 * (i // 6) / 3)
        parts.append((ico_sphere(0.011, subdivisions=1), trim, placed(place)))
    turns = np.linspace(0, 1, 120)
    coil = np.stack([0.03 * np.cos(turns * 60), 0.03 * np.sin(turns * 60), 0.96 + 0.16 * turns], -1)
    parts += [(tubes([coil], 0.005, sides=5), trim, placed()), (sphere(0.03, segments=16), limb, placed((0, 0, 1.13)))]
    return assembled(parts)


def car(draw: Draw) -> Any:
    """A toy car: body, cabin, wheels with tyres, lamps, bumpers."""
    paint, tyre, chrome = materials.paint(draw), materials.rubber(draw), materials.metal(draw, (0.9, 0.9, 0.9))
    parts = [
        (box(1.0, 0.46, 0.2, bevel=0.07, segments=6, smooth=True), paint, placed((0, 0, 0.23))),
        (box(0.52, 0.4, 0.22, bevel=0.09, segments=6, smooth=True), materials.paint(draw), placed((-0.06, 0, 0.4))),
        (box(0.4, 0.415, 0.11, bevel=0.04), materials.plastic(draw, (0.02, 0.025, 0.03)), placed((-0.06, 0, 0.41))),
    ]
    for x in (-0.3, 0.3):
        for y in (-0.23, 0.23):
            wheel = placed((x, y, 0.14), (math.pi / 2, 0, 0))
            parts.append((torus(0.095, 0.045), tyre, wheel))
            parts.append((cylinder(0.07, 0.05, segments=24), chrome, wheel @ placed((0, 0, -0.025))))
    glow = materials.emission((1.0, 0.85, 0.6), 6.0)
    parts += [(sphere(0.045, segments=20), glow, placed((0.48, y, 0.25))) for y in (-0.15, 0.15)]
    parts += [(box(0.04, 0.42, 0.05, bevel=0.018), chrome, placed((x, 0, 0.16))) for x in (-0.52, 0.52)]
    return assembled(parts)


def rocket(draw: Draw) -> Any:
    """A rocket with fins, portholes and rings."""
    body, trim = _material(draw), _material(draw)
    hull = spline([(0.1, 0.12), (0.17, 0.3), (0.19, 0.5), (0.13, 0.76), (0.05, 0.93), (0.0, 1.0)], 60)
    parts = [(lathe(hull), body, placed()), (cylinder(0.09, 0.14, top=0.06), materials.metal(draw), placed())]
    for step in range(3):
        turn = step * math.tau / 3 + 0.5
        fin = box(0.03, 0.2, 0.3, bevel=0.012)
        parts.append(
            (fin, trim, placed((math.cos(turn) * 0.2, math.sin(turn) * 0.2, 0.17), (0.25, 0, turn - math.pi / 2)))
        )
    for height, radius in ((0.36, 0.182), (0.7, 0.15)):
        parts.append((torus(radius, 0.012, tube_segments=8), trim, placed((0, 0, height))))
    port = placed((0, -0.175, 0.52), (math.pi / 2, 0, 0))
    parts += [
        (torus(0.06, 0.016), materials.metal(draw), port),
        (sphere(0.055), materials.plastic(draw, (0.02, 0.05, 0.1)), port),
    ]
    return assembled(parts)


def drum(draw: Draw) -> Any:
    """A drum with cords and two sticks."""
    shell, rim, skin = _material(draw), materials.wood(draw), materials.paper(draw)
    turn = np.linspace(0, math.tau, 241)
    zigzag = 0.26 + 0.2 * (np.abs((turn * 12 / math.tau) % 1 - 0.5) * 4 - 1)
    cord = np.stack([0.395 * np.cos(turn), 0.395 * np.sin(turn), zigzag], -1)
    parts = [
        (cylinder(0.38, 0.5), shell, placed((0, 0, 0.01))),
        (cylinder(0.36, 0.01, bevel=0.002), skin, placed((0, 0, 0.508))),
        (torus(0.385, 0.025), rim, placed((0, 0, 0.03))),
        (torus(0.385, 0.025), rim, placed((0, 0, 0.49))),
        (tubes([cord], 0.009, sides=6), materials.weave(draw), placed()),
    ]
    for y, tilt in ((-0.08, 1.49), (0.1, 1.45)):
        stick = placed((-0.3, y, 0.545), (0, tilt, draw.uniform(-0.3, 0.3)))
        parts += [(cylinder(0.016, 0.7), rim, stick), (sphere(0.035, segments=20), rim, stick @ placed((0, 0, 0.7)))]
    return assembled(parts)


def knot(draw: Draw) -> Any:
    """A torus knot on a plinth: sculpture."""
    p, q = draw.choice(((2, 3), (3, 2), (2, 5), (3, 4)))
    t = np.linspace(0, math.tau, 300)
    ring = 0.28 + 0.11 * np.cos(q * t)
    line = np.stack([ring * np.cos(p * t), 0.13 * np.sin(q * t), 0.6 + ring * np.sin(p * t)], -1)
    base = draw.choice((materials.marble, materials.wood, materials.concrete))(draw)
    parts = [(tubes([line], draw.uniform(0.03, 0.06), sides=16), draw.choice(materials.HARD)(draw), placed())]
    return assembled([*parts, (box(0.5, 0.3, 0.2, bevel=0.015), base, placed((0, 0, 0.1)))])


def vase(draw: Draw) -> Any:
    """A turned vessel, fluted by chance: vase, jug or bowl, glazed or metal."""
    belly, neck, height = draw.uniform(0.2, 0.45), draw.uniform(0.06, 0.18), draw.uniform(0.5, 1.0)
    outline = [
        (0, 0),
        (0.16, 0.0),
        (belly, height * draw.uniform(0.3, 0.5)),
        (neck, height * 0.8),
        (neck * 1.4, height),
    ]
    outside = spline(outline, 80)
    inside = outside[::-1][:30] * (0.9, 1.0) - (0.006, 0.0)
    made = lathe(np.concatenate([outside, inside]), segments=96)
    maker = draw.choice((materials.ceramic, materials.ceramic, materials.metal, materials.marble, materials.wood))
    return assembled([(made, maker(draw), placed())])


def book_pile(draw: Draw) -> Any:
    """Three to six closed books, covers and page blocks."""
    height, parts = 0.0, []
    for _ in range(draw.integer(3, 6)):
        thick, deep, wide = draw.uniform(0.06, 0.16), draw.uniform(0.5, 0.62), draw.uniform(0.65, 0.9)
        cover = draw.choice((materials.leather, materials.weave, materials.paper))(draw, draw.colour())
        pages = materials.paper(draw, (0.8, 0.74, 0.6))
        whole = placed((draw.uniform(-0.04, 0.04), 0, height), (0, 0, draw.uniform(-0.3, 0.3)))
        boards = (whole @ placed((0, 0, z)) for z in (0.008, thick - 0.008))
        parts += [(box(wide, deep, 0.016, bevel=0.006), cover, board) for board in boards]
        parts.append((box(wide, 0.02, thick, bevel=0.008), cover, whole @ placed((0, deep / 2, thick / 2))))
        for sheet in range(int(thick / 0.009)):
            leaf = box(wide * 0.96, deep * 0.95, 0.006, bevel=0)
            place = (
                draw.uniform(-0.004, 0.004),
                -0.004,
                0.018 + sheet * (thick - 0.036) / max(1, int(thick / 0.009) - 1),
            )
            parts.append((leaf, pages, whole @ placed(place)))
        height += thick
    return assembled(parts)


TOYS: tuple[Maker, ...] = (block_castle, ball, ring_stack, spinning_top, skittle, robot, car, rocket, drum)
OBJECTS: tuple[Maker, ...] = (knot, vase, vase, book_pile, robot, car, drum)


def subject(shot: Shot, kind: str, makers: tuple[Maker, ...], *, share: float = 0.65, draw: Draw | None = None) -> Any:
    """A model of that kind (see `Assets.models`), in `share` of the cases where there are assets, or one made here."""
    draw = draw or shot.draw
    names = shot.assets.models(kind)
    if names and draw.chance(share):
        return shot.assets.model(draw.choice(names))
    return draw.choice(makers)(draw)
