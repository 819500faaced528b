"""Boulders and rock: meshes, heaps of them on the ground, true displacement."""

from typing import Any

import numpy as np

from uprez.blender.demo import geometry, scatter
from uprez.blender.demo.colours import Colour, hsv, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials import Surface
from uprez.blender.demo.shot import Shot
from uprez.blender.demo.terrain import Terrain


def boulder(draw: Draw, detail: int = 4) -> Any:
    """A stone of about unit radius: a ball cut by planes, then roughened."""
    data = geometry.ico_sphere(1.0, subdivisions=detail)
    points = np.array([vertex.co[:] for vertex in data.vertices])
    for _ in range(draw.integer(6, 11)):
        normal = draw.array.normal(size=3)
        normal /= np.linalg.norm(normal)
        over = np.maximum(points @ normal - draw.uniform(0.5, 0.85), 0)
        points -= over[:, None] * normal * 0.93
    for scale in (2.0, 5.0, 11.0):
        points *= 1 + 0.09 / scale * np.sin(
            points @ draw.array.normal(0, scale, (3, 4)) + draw.array.uniform(0, 6, 4)
        ).sum(1, keepdims=True)
    data.vertices.foreach_set(
        "co", (points * (1, draw.uniform(0.7, 1), draw.uniform(0.55, 0.9))).astype(np.float32).ravel()
    )
    return data


def strew(
    shot: Shot, land: Terrain, material: Any, count: int, area: tuple[float, float], size: tuple[float, float]
) -> None:
    """Boulders of `size` (least, greatest) units, many small ones, over an area (width, depth) before the origin."""
    draw = shot.draw
    places = scatter.spaced(shot.scatter, count, *area) + (0, area[1] * 0.25, 0)
    kinds = [boulder(draw) for _ in range(4)]
    matrices = scatter.transforms(shot.scatter, land.on(places, size[0] * 0.4), size=(1.0, 1.0), tilt=0.4)
    sizes = size[0] * (size[1] / size[0]) ** (shot.scatter.array.random(count) ** 2.5)
    matrices[:, :3, :3] *= sizes[:, None, None]
    scatter.instances(shot, shot.scatter, kinds, matrices, to="hero", material=material)


def displaced_rock(draw: Draw, colour: Colour, size: float, depth: float) -> Any:
    """Rock with true displacement, `depth` units, for adaptive subdivision."""
    surface = Surface("displaced rock", draw, size=size)
    nodes = surface.nodes
    warped = surface.position + surface.noise(1.5, detail=3, colour=True) * 0.5
    cracks = nodes.voronoi(warped, 1.6, feature="DISTANCE_TO_EDGE").step(0.0, 0.14)
    rough, fine = surface.noise(2.0, detail=5, roughness=0.6), surface.noise(16, detail=3, roughness=0.65)
    pebbles = nodes.voronoi(surface.position, 9.0, feature="SMOOTH_F1")
    height = rough * 0.55 + cracks * 0.3 + (1.0 - pebbles) * 0.08 + fine * 0.06
    moss = (rough + fine * 0.3).step(0.62, 0.72) * draw.choice((0.0, 0.8))
    tint = nodes.ramp(
        fine * 0.5 + rough * 0.5, [(0.3, scaled(colour, 0.3)), (0.55, colour), (0.75, scaled(colour, 1.4))]
    )
    tint = nodes.mix(1.0 - cracks, tint, scaled(colour, 0.12))
    surface.set(Base_Color=nodes.mix(moss, tint, hsv(0.22, 0.7, 0.35)), Roughness=rough.between(0.95, 0.55))
    surface.bump(fine, 0.5, 0.02)
    made = surface.finish(colour)
    (output,) = (node for node in made.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    nodes.set(output.inputs["Displacement"], nodes.add("Displacement", Height=height, Midlevel=0.5, Scale=depth))
    made.displacement_method = "BOTH"
    return made


def dice(thing: Any) -> None:
    """Subdivide an object to about two pixels when it is rendered."""
    modifier = thing.modifiers.new("dice", "SUBSURF")
    modifier.use_adaptive_subdivision, modifier.adaptive_space, modifier.adaptive_pixel_size = True, "PIXEL", 2.0
