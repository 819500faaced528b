"""Materials of a swimming pool: tiles under a net of light, clear water."""

from typing import Any

import numpy as np

from uprez.blender.demo import boxes, geometry, terrain
from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials import ground, hard, masonry, natural
from uprez.blender.demo.shot import Shot


def caustic_tiles(draw: Draw, colour: Colour) -> Any:
    """Small pool tiles with a net of light over them, as caustics are not traced."""
    material = masonry.tiles(draw, colour, size=1.2, coordinates="UV")
    nodes = terrain.reopened(material)
    (principled,) = (node for node in nodes.tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
    place = nodes.coordinates("Object")
    warped = place + nodes.noise(place, 1.5, detail=2, colour=True) * 0.7
    net = (
        nodes.voronoi(warped, 1.7, feature="DISTANCE_TO_EDGE").step(0.13, 0.0)
        + nodes.voronoi(warped + (4.0, 2.0, 1.0), 2.9, feature="DISTANCE_TO_EDGE").step(0.1, 0.0) * 0.5
    )
    nodes.set(principled.inputs["Emission Color"], colour)
    nodes.set(principled.inputs["Emission Strength"], net * net * 0.9 + 0.25)
    return material


def clear_water(draw: Draw) -> Any:
    """The surface of shallow water: it reflects, and bends what is below without holding up the sun."""
    material = hard.plastic(draw, (1, 1, 1))
    nodes = terrain.reopened(material, clear=True)
    place = nodes.coordinates("Object")
    ripple = nodes.bump(nodes.noise(place, 3.0, detail=3) + nodes.noise(place, 9.0, detail=2) * 0.4, 0.35, 0.05)
    glass = nodes.add("BsdfGlass", Color=(0.8, 0.97, 0.98), Roughness=0.0, IOR=1.2, Normal=ripple)
    clear = nodes.add("BsdfTransparent", Color=(0.8, 0.97, 0.98))
    shadow = nodes.out("LightPath", "Is Shadow Ray").maximum(nodes.out("LightPath", "Is Diffuse Ray"))
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(shadow, glass, clear))
    return material


def basin(shot: Shot, half: float, deep: float, colour: Colour) -> None:
    """A pool `half` units to each side and `deep`, from y=-5 to 6, its water and the paving round it."""
    draw = shot.draw
    tiled = caustic_tiles(draw, colour)
    sides = boxes.boxes(
        [(-half, -5, -deep), (-half, 5.95, -deep), (-half, -5, -deep), (half - 0.05, -5, -deep)],
        [(half, 6, -deep + 0.02), (half, 6, 0.05), (-half + 0.05, 6, 0.05), (half, 6, 0.05)],
    )
    shot.add(boxes.mesh(sides), tiled, to="set")
    edge = boxes.boxes(
        [(-half - 14, -9, -0.1), (half, -9, -0.1), (-half, 6, -0.1)],
        [(-half, 22, 0.12), (half + 14, 22, 0.12), (half, 22, 0.12)],
    )
    paving = draw.choice((ground.concrete, masonry.tiles, natural.wood))(draw, draw.neutral(), size=1.5)
    shot.add(boxes.mesh(edge), paving, to="set")
    field = geometry.fractal(draw, 260, exponent=1.9)
    relief = np.pad(field, ((0, 1), (0, 1)), mode="wrap") * draw.uniform(0.02, 0.06)
    shot.add(geometry.height_field(relief, 2 * half, 11.0), clear_water(draw), location=(0, 0.5, -0.1))
