"""A square-rigged ship's masts, yards, shrouds, stays, blocks and furled sails."""

from itertools import pairwise
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, structures
from uprez.blender.demo.shot import Shot

_YARDS = ((5.0, 5.2), (9.8, 4.2), (13.8, 3.0))
"""Heights and half lengths in metres."""


def rig(shot: Shot, masts: tuple[float, ...]) -> None:
    """Masts at places along x on a deck at z = 0; yards along y."""
    draw = shot.draw
    spar, rope = materials.wood(draw, size=0.6), materials.bark(draw, (0.16, 0.12, 0.08), size=0.2)
    cloth = materials.weave(draw, (0.72, 0.66, 0.55), size=0.8)
    thick: list[Any] = []
    thin: list[Any] = []
    yards = []
    for x in masts:
        shot.add(geometry.cylinder(0.24, 22, top=0.1, segments=24), spar, location=(x, 0, -4))
        _shrouds(x, thick, thin)
        for height, length in _YARDS:
            yards.append(structures.segment((x + 0.3, -length, height), (x + 0.3, length, height)))
            thin += _yard_ropes(x, height, length)
            structures.wires(shot, *_furled_sail(shot, (x + 0.3, height), length), cloth, sides=18)
        thin += [structures.wire((x, 0, 17 - 2 * k), (x + 6.2, 0, 11 - 3 * k), 0.3) for k in range(4)]
    structures.wires(shot, yards, 0.11, spar, sides=14)
    structures.wires(shot, thick, 0.035, rope)
    structures.wires(shot, thin, draw.uniform(0.012, 0.02), rope, sides=5)
    block = geometry.lathe(
        geometry.spline([(0, -0.17), (0.1, -0.12), (0.12, 0), (0.1, 0.12), (0, 0.17)], 14), segments=16
    )
    for line in draw.sample(thin[-60:], 26):
        middle = tuple(line[len(line) // 2])
        shot.add(block, spar, location=middle, rotation=(1.57, 0, draw.angle()), scale=draw.uniform(0.7, 1.3))


def _shrouds(x: float, thick: list[Any], thin: list[Any]) -> None:
    for side in (-1, 1):
        feet = np.array([(x - 1.6 + 0.45 * k, side * 3.4, 0) for k in range(7)])
        shroud = structures.shrouds(feet, (x, side * 0.15, 9.5), 24)
        thick += shroud[:7]
        thin += shroud[7:]
        upper = np.array([(x - 0.6 + 0.3 * k, side * 0.9, 9.3) for k in range(4)])
        thin += structures.shrouds(upper, (x, 0, 15.5), 16)


def _yard_ropes(x: float, height: float, length: float) -> list[Any]:
    """Lifts from the mast to the yard's ends, and the foot-rope that hangs under it in bights."""
    lifts = [structures.wire((x + 0.3, side * length, height), (x, 0, height + 2.6), 0.1) for side in (-1, 1)]
    ends = np.linspace(-length, length, 9)
    foot = [
        structures.wire((x + 0.3, a, height - 0.08), (x + 0.3, b, height - 0.08), 0.45, 12) for a, b in pairwise(ends)
    ]
    return lifts + foot


def _furled_sail(shot: Shot, place: tuple[float, float], length: float) -> tuple[list[Any], list[Any]]:
    """Line and radii of a sail rolled up on its yard, tied at intervals."""
    t = np.linspace(-1, 1, 120)
    lumps = geometry.fractal(shot.draw, 128, exponent=1.6)[0, :120]
    line = np.stack([0 * t + place[0], t * length * 0.94, place[1] + 0.16 + 0 * t], -1)
    ties = 1 - 0.25 * (np.abs(np.sin(t * 11)) < 0.12)
    return [line], [(0.2 + 0.05 * lumps) * (1 - 0.5 * t**2) * ties]
