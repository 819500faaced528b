"""Window panes with rooms behind them that are not there: the shader follows the view ray to a room's walls."""

from dataclasses import dataclass
from typing import Any

import bpy

from uprez.blender.demo.colours import Colour, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.nodes import Nodes, Value


@dataclass(frozen=True)
class Rooms:
    """A grid of rooms behind the plane of x and z of an object whose front looks to -y; sizes in units."""

    width: float
    height: float
    depth: float = 4.0
    lit: float = 0.4
    """Share of rooms with the light on."""
    strength: float = 2.0
    """Radiance of a lit wall near the lamp."""


def panes(draw: Draw, rooms: Rooms, *, glass: Colour = (0.02, 0.025, 0.03)) -> Any:
    """Reflecting panes with furnished rooms, curtains and lamps behind, each room different."""
    material = bpy.data.materials.new("panes")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    point = nodes.coordinates("Object")
    cell = (point / (rooms.width, 1e6, rooms.height)).floor() + (draw.uniform(0, 99), 0.0, 0.0)
    chance = nodes.out("TexWhiteNoise", "Color", Vector=cell)
    other = nodes.out("TexWhiteNoise", "Color", Vector=cell + (0.37, 17.0, 3.1))
    seen = _room(nodes, draw, rooms, point, chance)
    curtained = _with_curtains(nodes, rooms, point, seen, other)
    light = nodes.math("LESS_THAN", chance.x, rooms.lit) * other.x.between(0.25, 1.0) * rooms.strength
    light = light + other.y * 0.004 * rooms.strength
    warmth = nodes.ramp(chance.y, [(0.0, (1.0, 0.5, 0.2)), (0.6, (1.0, 0.74, 0.45)), (0.85, (0.8, 0.92, 1.0))])
    surface = nodes.add(
        "BsdfPrincipled",
        Base_Color=glass,
        Roughness=nodes.noise(point, 3.0).between(0.0, 0.08),
        Specular_IOR_Level=0.8,
        Emission_Color=nodes.mix(1.0, curtained, warmth, "MULTIPLY"),
        Emission_Strength=light,
        Normal=nodes.bump(nodes.noise(point, 0.9, detail=0), 0.04, 0.4),
    )
    plain = nodes.add("Emission", Color=nodes.mix(1.0, (0.3, 0.26, 0.2), warmth, "MULTIPLY"), Strength=light)
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(nodes.out("LightPath", "Is Diffuse Ray"), surface, plain))
    material.cycles.emission_sampling = "NONE"  # thousands of dim rooms are no lamps
    return material


def _room(nodes: Nodes, draw: Draw, rooms: Rooms, point: Value, chance: Value) -> Value:
    """Colour of the wall, floor, ceiling or back of the room that is seen through a point of the pane."""
    incoming = nodes.out("NewGeometry", "Incoming")
    settings = {"vector_type": "VECTOR", "convert_from": "WORLD", "convert_to": "OBJECT"}
    ray = nodes.out("VectorTransform", settings=settings, Vector=incoming) * (-1.0, -1.0, -1.0)
    x, z = (point.x / rooms.width).fraction() * rooms.width, (point.z / rooms.height).fraction() * rooms.height
    to_side = (ray.x.greater_than(0.0) * rooms.width - x) / ray.x
    to_level = (ray.z.greater_than(0.0) * rooms.height - z) / ray.z
    to_back = nodes.math("DIVIDE", rooms.depth, ray.y)
    length = to_side.minimum(to_level).minimum(to_back)
    hit = nodes.combine(x, 0.0, z) + ray * length
    is_back, is_level = to_back.minimum(to_side).minimum(to_level) - to_back, to_level.minimum(to_side) - to_level
    back = is_back.greater_than(-1e-4)
    level = is_level.greater_than(-1e-4)
    paper = nodes.mix(0.55, (0.75, 0.68, 0.58), nodes.out("HueSaturation", Color=chance, Saturation=0.5))
    furniture = nodes.voronoi(hit + chance * 9.0, 1.1, output="Color", randomness=0.7)
    dark = hit.z - furniture.x * rooms.height * 0.62
    behind = nodes.mix(dark.step(0.02, 0.0), paper, nodes.mix(0.75, furniture, (0.05, 0.035, 0.03), "MIX"))
    shelves = nodes.voronoi(hit * (7.0, 1.0, 3.2), 1.0, output="Color", randomness=0.4)
    behind = nodes.mix(
        nodes.math("LESS_THAN", chance.z, 0.35) * hit.z.step(rooms.height * 0.85, rooms.height * 0.8), behind, shelves
    )
    ceiling = nodes.mix(ray.z.greater_than(0.0), (0.28, 0.16, 0.08), (0.8, 0.77, 0.7))
    wall = nodes.mix(level, scaled_mix(nodes, paper), ceiling)
    lamp = nodes.combine(rooms.width / 2, rooms.depth / 2, rooms.height * draw.uniform(0.65, 0.9))
    distance = nodes.out("VectorMath", 1, settings={"operation": "DISTANCE"})
    nodes.tree.links.new(hit.socket, distance.socket.node.inputs[0])
    nodes.tree.links.new(lamp.socket, distance.socket.node.inputs[1])
    falloff = nodes.math("DIVIDE", 1.6, distance * distance + 0.7)
    return nodes.mix(1.0, nodes.mix(back, wall, behind), nodes.combine(falloff, falloff, falloff), "MULTIPLY")


def scaled_mix(nodes: Nodes, colour: Value) -> Value:
    """A wall seen edge on: darker than the one that faces."""
    return nodes.mix(0.35, colour, scaled((0.3, 0.25, 0.2), 0.5))


def _with_curtains(nodes: Nodes, rooms: Rooms, point: Value, seen: Value, chance: Value) -> Value:
    """Curtains to the sides and blinds from above, in some rooms."""
    across, up = (point.x / rooms.width).fraction(), (point.z / rooms.height).fraction()
    from_middle = abs(across - 0.5)
    folds = nodes.wave(point + nodes.noise(point, 2.0, colour=True) * 0.06, 3.2)
    cloth = nodes.mix(folds.between(0.2, 0.9), (0.02, 0.015, 0.01), nodes.mix(0.5, (0.7, 0.6, 0.5), chance))
    drawn = from_middle.greater_than(0.5 - chance.x * 0.36) * chance.y.greater_than(0.35)
    lamella = nodes.wave(point, 6.0, direction="Z").step(0.1, 0.5)
    blind = up.greater_than(1.0 - chance.z * 0.5) * chance.y.step(0.3, 0.28) * lamella
    return nodes.mix(blind, nodes.mix(drawn, seen, cloth), (0.4, 0.36, 0.3))
