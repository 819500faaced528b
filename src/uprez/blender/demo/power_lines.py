"""Power lines and aerials: lattice pylons with insulators and cables, birds on a wire, Yagi aerials."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, structures
from uprez.blender.demo.shot import Shot

_REACH = 6.0
"""Length of a pylon's arms in metres."""


def pylons(shot: Shot, places: Sequence[tuple[float, float]], steel: Any) -> list[Any]:
    """Pylons of 23 m at places in a row, with cables from the first of them on; gives the cables' lines."""
    draw = shot.draw
    levels = [13.0, 16.5, 20.0][: draw.integer(2, 3)]
    chords: list[Any] = []
    braces: list[Any] = []
    for x, y in places:
        thick, thin = structures.lattice((x, y, 0), (x, y, 23), (4.5, 0.7), 15)
        chords, braces = chords + thick, braces + thin
        for level in levels:
            for side in (-1, 1):
                end = (x + side * _REACH, y, level + 0.6)
                rails, ties = structures.lattice((x, y, level), end, (1.1, 0.15), 6)
                braces += rails + ties
    structures.wires(shot, chords, 0.09, steel)
    structures.wires(shot, braces, 0.045, steel, sides=5)
    hangers = [(x + step, y, level) for x, y in places for level in levels for step in (-5.7, -2.8, 2.8, 5.7)]
    _insulators(shot, hangers)
    count = 4 * len(levels)
    strands = [
        structures.wire((a[0], a[1], a[2] - 1.2), (b[0], b[1], b[2] - 1.2), draw.uniform(1.6, 2.2), 48)
        for a, b in zip(hangers, hangers[count:], strict=False)
    ]
    structures.wires(shot, strands, draw.uniform(0.02, 0.04), materials.rubber(draw, (0.02, 0.02, 0.022)), sides=5)
    return strands


def _insulators(shot: Shot, places: Sequence[tuple[float, float, float]]) -> None:
    ribs = [(radius, -0.1 * k - drop) for k in range(1, 12) for radius, drop in ((0.04, 0), (0.16, 0.04), (0.05, 0.07))]
    shape = geometry.lathe([(0.03, 0.0), *ribs], segments=14)
    glaze = materials.ceramic(shot.draw, (0.25, 0.1, 0.05))
    for place in places:
        shot.add(shape, glaze, location=place)


def birds(shot: Shot, strands: Sequence[Any], size: float = 0.22) -> None:
    """Birds side by side on some of the wires."""
    draw = shot.scatter
    body = geometry.spline([(0, 0), (0.2, 0.1), (0.26, 0.35), (0.15, 0.6), (0.17, 0.78), (0.11, 0.93), (0, 0.98)], 24)
    shape = geometry.lathe(body, segments=16)
    beak = geometry.cylinder(0.05, 0.2, top=0.004, segments=8)
    feathers = materials.velvet(shot.draw, (0.025, 0.025, 0.03), size=0.3)
    horn = materials.plastic(shot.draw, (0.3, 0.2, 0.05), size=0.2)
    for strand in draw.sample(list(strands), 4):
        seats = structures.resample(strand, 0.3)
        start = draw.integer(5, len(seats) // 2)
        for seat in seats[start : start + draw.integer(3, 20) : draw.integer(1, 3)]:
            facing = draw.gauss(0, 0.5) + draw.choice((0.0, math.pi))
            bird = shot.add(
                shape, feathers, location=tuple(seat), rotation=(draw.gauss(-0.3, 0.1), 0, facing), scale=size
            )
            shot.add(beak, horn, location=(0, 0.12, 0.78), rotation=(-1.57, 0, 0)).parent = bird


def aerial(shot: Shot, foot: tuple[float, float, float]) -> list[Any]:
    """The rods of a Yagi aerial on a mast with stays."""
    draw = shot.draw
    turn, length = draw.angle(), draw.uniform(0.5, 0.9)
    base = np.array(foot)
    head = base + (0, 0, draw.uniform(1.6, 3.6))
    along, across = np.array((math.cos(turn), math.sin(turn), 0)), np.array((-math.sin(turn), math.cos(turn), 0))
    rods = [structures.segment(base, head), structures.segment(head - along * length, head + along * length)]
    for t in np.linspace(-0.95, 0.95, draw.integer(7, 15)):
        middle, reach = head + along * length * t, across * (0.22 - 0.09 * t)
        rods.append(structures.segment(middle - reach, middle + reach))
    feet = ((0.9, 0.4, 0), (-0.8, 0.5, 0), (0, -0.9, 0))
    return rods + [structures.wire(head - (0, 0, 0.5), base + stay, 0.02, 8) for stay in feet]
