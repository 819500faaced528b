"""What grows and lies in shallow water: reeds, lilies, boulders."""

import numpy as np

from uprez.blender.demo import plants, scatter, stones, terrain
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.materials import ground
from uprez.blender.demo.shot import Shot


def shore(shot: Shot) -> None:
    """Reeds, water lilies and boulders in the water near the camera."""
    draw = shot.draw
    centres = scatter.spaced(shot.scatter, 14, 10, 8, distance=1.2) + (0, 2, -0.1)
    reeds = np.repeat(centres, 160, 0) + shot.scatter.array.normal(0, 0.28, (len(centres) * 160, 3)) * (1, 1, 0)
    matrices = scatter.transforms(shot.scatter, reeds, size=(0.4, 1.5), tilt=0.1)
    shot.add(
        plants.grass_blade(draw).copied(shot.scatter, matrices),
        plants.leafage(draw, hsv(draw.uniform(0.13, 0.26), 0.6, 0.5)),
    )
    pads = scatter.spaced(shot.scatter, 260, 9, 6, distance=0.16) + (0, 0.6, 0.012)
    turn = np.linspace(0.15, 2 * np.pi - 0.15, 28)
    points = np.concatenate([[(0, 0, 0)], np.stack([np.cos(turn), np.sin(turn), 0.06 + 0.04 * np.sin(turn * 5)], -1)])
    fan = np.array([(0, i, i + 1) for i in range(1, 28)])
    lily = scatter.copies(
        shot.scatter, points, fan, scatter.transforms(shot.scatter, pads, size=(0.06, 0.15), tilt=0.03)
    )
    shot.add(lily, plants.leafage(draw, hsv(draw.uniform(0.2, 0.32), 0.7, 0.5)))
    bloom = scatter.transforms(shot.scatter, pads[:18] + (0, 0, 0.03), size=(0.06, 0.1), tilt=0.1)
    shot.add(
        plants.flower(draw).copied(shot.scatter, bloom),
        plants.leafage(draw, draw.choice((hsv(0.9, 0.3, 0.95), (0.85, 0.83, 0.8), draw.vivid()))),
    )
    kinds = [stones.boulder(draw) for _ in range(3)]
    at = scatter.spaced(shot.scatter, 16, 12, 8, distance=1) + (0, 3, 0)
    scatter.instances(
        shot,
        shot.scatter,
        kinds,
        scatter.transforms(shot.scatter, at, size=(0.15, 0.7), tilt=0.3),
        to="hero",
        material=ground.stone(draw, size=1),
    )


def sea_floor(shot: Shot) -> terrain.Terrain:
    """Sand under water with weed and boulders, level round (0, 1); gives the ground."""
    draw = shot.draw
    land = terrain.dunes(draw, 50, 1.0).levelled(0, 1, 2)
    shot.add(land.mesh(), ground.sand(draw, size=1.4), to="set")
    weed = np.repeat(land.on(scatter.spaced(shot.scatter, 90, 16, 14) + (0, 4, 0)), 14, 0)
    weed = weed + shot.scatter.array.normal(0, 0.12, weed.shape) * (1, 1, 0)
    blades = scatter.transforms(shot.scatter, weed, size=(0.4, 1.8), tilt=0.15)
    shot.add(
        plants.grass_blade(draw).copied(shot.scatter, blades),
        plants.leafage(draw, hsv(draw.uniform(0.05, 0.35), 0.7, 0.5)),
    )
    kinds = [stones.boulder(draw) for _ in range(3)]
    places = land.on(scatter.spaced(shot.scatter, 40, 16, 14) + (0, 5, 0), 0.1)
    scatter.instances(
        shot,
        shot.scatter,
        kinds,
        scatter.transforms(shot.scatter, places, size=(0.1, 0.9), tilt=0.4),
        material=ground.stone(draw, size=0.8),
    )
    return land
