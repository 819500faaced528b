"""What breaks light up overhead: crowns of trees, a veil with gaps."""

import numpy as np

from uprez.blender.demo import geometry, plants, scatter
from uprez.blender.demo.materials import rubber
from uprez.blender.demo.shot import Shot, Vector3


def crowns(shot: Shot, level: float) -> None:
    """A ceiling of leaves with gaps."""
    draw = shot.draw
    centres = draw.array.uniform((-13, -2, 5.5), (13, 28, 11), (60, 3)) + (0, 0, level)
    leaves = np.repeat(centres, 70, 0) + draw.array.normal(0, 0.75, (60 * 70, 3))
    matrices = scatter.transforms(draw, leaves, size=(0.2, 0.5), tilt=0.8)
    shot.add(plants.leaf(draw, fine=False).copied(draw, matrices), plants.leafage(draw), to="set")


def veil(shot: Shot, centre: Vector3, width: float, *, exponent: float, gaps: float) -> None:
    """A level sheet with irregular gaps over a share `gaps`, not seen by the camera: light comes through in shafts,
    fewer and wider with a greater `exponent` (1.5 to 3).
    """
    count = 240
    field, faces = geometry.fractal(shot.draw, count, exponent=exponent), geometry.grid_faces(count, count)
    line = np.linspace(-width / 2, width / 2, count)
    x, y = np.meshgrid(line, line, indexing="ij")
    held = (field < np.quantile(field, 1 - gaps)).ravel()[faces[:, 0]]
    sheet = geometry.mesh(np.stack([x, y, 0 * x], -1).reshape(-1, 3), faces[held])
    shot.add(sheet, rubber(shot.draw, (0.02, 0.02, 0.02)), to="set", location=centre).visible_camera = False
