"""A meadow before the camera and trees behind it."""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, plants, scatter, structures
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.materials import natural
from uprez.blender.demo.shot import Shot


def meadow_before(shot: Shot, land: Any) -> None:
    draw = shot.draw
    places = scatter.spaced(shot.scatter, 26000, 24, 17) + (0, 1, 0)
    matrices = scatter.transforms(shot.scatter, land.on(places), size=(0.08, 0.4), tilt=0.3)
    shot.add(
        plants.grass_blade(draw).copied(shot.scatter, matrices),
        plants.leafage(draw, hsv(draw.uniform(0.16, 0.27), 0.65, 0.5)),
    )
    trees = scatter.spaced(shot.scatter, 50, 150, 50, distance=4) + (0, 55, 0)
    plants.stand_of_trees(
        shot, scatter.transforms(shot.scatter, land.on(trees, 0.2), size=(0.8, 1.5), tilt=0.04), height=7.0
    )


def pennants(shot: Shot, level: float) -> None:
    """Posts with strings of pennants in three colours along x, standing at height `level`."""
    draw = shot.draw
    posts = [np.array([x, 4.0 + 2 * math.sin(x), level]) for x in np.linspace(-16, 16, 7)]
    lines = [structures.wire(a + (0, 0, 3.6), b + (0, 0, 3.6), 0.7, 40) for a, b in pairwise(posts)]
    shot.add(
        geometry.tubes(
            [*lines, *(np.array([p, p + (0, 0, 3.8)]) for p in posts)], [0.01] * len(lines) + [0.06] * len(posts)
        ),
        natural.wood(draw, size=1),
    )
    pennant = np.array([(-0.14, 0, 0), (0.14, 0, 0), (0, 0.05, -0.42)])
    stands = scatter.transforms(
        shot.scatter, np.concatenate([line[1:-1] for line in lines]), size=(0.8, 1.1), tilt=0.05, heading=0.0
    )
    thirds = [draw.vivid(), draw.colour(), (0.8, 0.78, 0.74)]
    for part, colour in enumerate(thirds):
        data = scatter.copies(shot.scatter, pennant, np.array([(0, 1, 2)]), stands[part::3])
        shot.add(data, plants.leafage(draw, colour))
