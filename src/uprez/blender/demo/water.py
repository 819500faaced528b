"""Water: wind waves, ripples, rings of drops, and the material."""

from typing import Any

import numpy as np

from uprez.blender.demo.colours import Colour, hsv
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import Surface
from uprez.blender.demo.nodes import Nodes, Value


def waves(draw: Draw, count: int, size: float, wind: float) -> Array:
    """A tiling field (count, count) of wind waves over `size` metres, wind in m/s, deviation 1: Phillips spectrum."""
    line = np.fft.fftfreq(count, size / count) * 2 * np.pi
    x, y = np.meshgrid(line, line, indexing="ij")
    number = np.hypot(x, y)
    number[0, 0] = 1
    turn = draw.angle()
    along = ((x * np.cos(turn) + y * np.sin(turn)) / number) ** 2
    longest = wind**2 / 9.81
    power = np.exp(-1 / (number * longest) ** 2) / number**4 * along * np.exp(-((number * 0.06) ** 2))
    power[0, 0] = 0
    phase = np.exp(2j * np.pi * draw.array.random((count, count)))
    field = np.real(np.fft.ifft2(np.sqrt(power) * phase))
    return field / (field.std() + 1e-12)


def material(
    draw: Draw, colour: Colour | None = None, *, size: float = 1.0, chop: float = 0.4, foam: bool = False
) -> Any:
    """Deep water whose ripples are `size` units long; `chop` 0 (glass) to 1. With `foam`, white caps where the mesh
    attribute `crest` nears 1.
    """
    colour = colour or hsv(draw.uniform(0.45, 0.6), draw.uniform(0.6, 0.95), draw.uniform(0.08, 0.3))
    surface = Surface("water", draw, size=size)
    ripples = (
        surface.noise(1.0, detail=2, roughness=0.55) * 0.6
        + surface.noise(3.3, detail=2) * 0.3
        + surface.noise(11, detail=1) * 0.12
    )
    surface.set(Base_Color=colour, Roughness=0.03, IOR=1.33, Specular_IOR_Level=0.6)
    if foam:
        lace = surface.nodes.voronoi(
            surface.position + surface.noise(2, colour=True), 2.2, feature="DISTANCE_TO_EDGE"
        ).step(0.16, 0.02)
        white = (surface.nodes.attribute("crest") + lace * 0.22 + (surface.noise(6, detail=3) - 0.5) * 0.3).step(
            0.82, 1.02
        )
        surface.set(Base_Color=surface.nodes.mix(white, colour, (0.85, 0.88, 0.9)), Roughness=white.between(0.03, 0.8))
    surface.bump(ripples, chop, 0.16)
    return surface.finish()


def add_puddles(ground: Any, draw: Draw, *, size: float, cover: float, rain: float) -> Any:
    """Put puddles over a share `cover` of a ground material, about `size` units across, and wet the rest near them;
    drops make rings in them by `rain`, 0 to 1.
    """
    nodes = Nodes.__new__(Nodes)
    nodes.tree = ground.node_tree
    (output,) = (node for node in nodes.tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    dry = Value(nodes, output.inputs["Surface"].links[0].from_socket)
    place = nodes.coordinates("Object") * (1 / size) + draw.vector(9.0)
    level = nodes.noise(place, 1.0, detail=4, roughness=0.5)
    edge = 0.62 - 0.24 * cover
    height = nodes.noise(place, 7.0, detail=1) * 0.1
    if rain > 0:
        height = height + _rings(nodes, place, 5.0, rain) + _rings(nodes, place + (3.3, 1.7, 0.0), 8.0, rain) * 0.6
    shine = nodes.add(
        "BsdfPrincipled",
        Base_Color=(0.012, 0.011, 0.01),
        Roughness=0.015,
        IOR=1.33,
        Normal=nodes.bump(height, 0.25, 0.012 * size),
    )
    wet = nodes.add("BsdfGlossy", Color=(0.35, 0.35, 0.35), Roughness=0.25)
    damp = nodes.mix_shader(level.step(edge - 0.12, edge) * 0.22, dry, wet)
    nodes.set(output.inputs["Surface"], nodes.mix_shader(level.step(edge, edge + 0.012), damp, shine))
    return ground


def _rings(nodes: Nodes, place: Value, scale: float, share: float) -> Value:
    """Heights of the rings round drops, in a `share` of cells."""
    distance = nodes.voronoi(place, scale)
    chance = nodes.voronoi(place, scale, output="Color")
    out = distance - (chance.x * 0.4 + 0.05)
    return (out * 60.0).sine() * out.step(-0.14, 0.0) * out.step(0.06, 0.0) * chance.y.step(1 - share, 1.01 - share)
