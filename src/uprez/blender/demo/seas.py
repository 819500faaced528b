"""The sea as tiles of waves, and coasts on its horizon."""

from typing import Any

import numpy as np

from uprez.blender.demo import geometry, terrain
from uprez.blender.demo.colours import Colour
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import ground
from uprez.blender.demo.shot import Shot


def tile(shot: Shot, heights: Array, crest: Array, size: float, place: tuple[float, float], surface: Any) -> None:
    """A tile of the sea; its neighbour's first row closes it."""
    closed, foam = (np.pad(field, ((0, 1), (0, 1)), mode="wrap") for field in (heights, crest))
    count = len(closed)
    line = (np.arange(count) / (count - 1) - 0.5) * size
    x, y = np.meshgrid(line, line, indexing="ij")
    points = np.stack([x, y, closed], -1).reshape(-1, 3)
    data = geometry.mesh(points, geometry.grid_faces(count, count), crest=foam.ravel())
    shot.add(data, surface, to="hero", location=(*place, 0.0))


def far_coast(shot: Shot, air: Colour) -> None:
    """Islands on the horizon."""
    draw = shot.draw
    if draw.chance(0.6):
        land = terrain.mountains(draw, 900, draw.uniform(30, 80), count=260)
        rim = np.linspace(-1, 1, 260)
        island = land.heights * (1 - np.hypot(rim[:, None], rim[None])) * 1.2 - 12
        rock = terrain.add_haze(ground.stone(draw, size=12), air, 500)
        shot.add(geometry.height_field(island, 900, 900), rock, to="set", location=(draw.uniform(-300, 300), 900, 0))
