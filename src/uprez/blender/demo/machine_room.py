"""Walls of machinery: gears that turn, pipes with flanges."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, machines, scatter, structures
from uprez.blender.demo.shot import Shot


def gears(shot: Shot, metals: Sequence[Any]) -> None:
    draw = shot.draw
    for x, _y, z in scatter.spaced(draw, 12, 4.2, 2.8, distance=0.62)[:, [0, 2, 1]] + (0, 0, 1.5):
        radius = draw.uniform(0.18, 0.42)
        wheel = machines.gear(draw, radius, teeth=int(radius * 70))
        place = (x, draw.uniform(0.0, 0.25), z)
        thing = shot.add(wheel, draw.choice(metals), location=place, rotation=(math.pi / 2, draw.angle(), 0))
        if shot.moving:
            shot.move(thing, spin=(0.0, draw.choice((-1, 1)) * draw.uniform(0.02, 0.12), 0.0))


def pipework(shot: Shot, metals: Sequence[Any]) -> None:
    """Pipes that run and bend at right angles, with flanges and bolts."""
    draw = shot.draw
    flange = [(0.06, -0.03), (0.1, -0.03), (0.1, 0.03), (0.06, 0.03)]
    for _ in range(9):
        radius, y = draw.uniform(0.025, 0.07), draw.uniform(-0.25, 0.15)
        x, z = draw.uniform(-2.6, 2.6), draw.uniform(0.2, 2.8)
        run = draw.uniform(0.4, 1.6) * draw.choice((-1, 1))
        rise = draw.choice((-3.0, 3.0))
        bend = [
            (x - 4 * math.copysign(1, run), y, z),
            (x, y, z),
            (x + run, y, z),
            (x + run, y, z),
            (x + run, y, z + rise),
        ]
        line = np.concatenate([geometry.spline(np.array(bend[:3]), 20), geometry.spline(np.array(bend[3:]), 20)])
        smooth = np.stack(
            [
                np.convolve(np.pad(structures.resample(line, 0.04)[:, k], 3, "edge"), np.ones(7) / 7, "valid")
                for k in range(3)
            ],
            -1,
        )
        material = draw.choice(metals)
        structures.wires(shot, [smooth], radius, material, sides=20)
        ring = geometry.lathe(flange, segments=32)
        shot.add(ring, material, location=(x + run, y, z + rise * 0.2), scale=radius / 0.06)
        shot.add(
            machines.bolts(0.085, 8, 0.012, 0.03),
            draw.choice(metals),
            location=(x + run, y, z + rise * 0.2),
            scale=radius / 0.06,
        )
