"""Shoals of fish."""

import numpy as np

from uprez.blender.demo import geometry, scatter
from uprez.blender.demo.boxes import Part
from uprez.blender.demo.materials import hard
from uprez.blender.demo.shot import Shot


def shoal(shot: Shot, level: float) -> None:
    """Fish that swim one way."""
    draw = shot.draw
    heading = draw.angle()
    places = draw.array.normal(0, 1, (draw.integer(12, 50), 3)) * (2.2, 1.6, 0.7) + (
        draw.uniform(-1.5, 1.5),
        3.5,
        level + 2.4,
    )
    matrices = scatter.transforms(draw, places, size=(0.35, 0.7), tilt=0.12, heading=heading)
    if "grey_snapper" in shot.assets.models():
        scatter.instances(shot, draw, [shot.assets.model("grey_snapper")], matrices, to="hero")
        return
    body = geometry.sphere(0.5, segments=24)
    points = np.array([vertex.co[:] for vertex in body.vertices]) * (1, 0.18, 0.35)
    tail = np.array([(-0.45, 0, 0), (-0.75, 0, 0.2), (-0.75, 0, -0.2)])
    fins = Part(np.concatenate([tail, tail[:1]]), np.array([(0, 1, 2, 3)]))
    faces = np.array([polygon.vertices[:] for polygon in body.polygons if len(polygon.vertices) == 4])
    scales = hard.paint(draw, size=0.4)
    shot.add(scatter.copies(draw, points, faces, matrices), scales)
    shot.add(scatter.copies(draw, fins.vertices, fins.faces, matrices), scales)
