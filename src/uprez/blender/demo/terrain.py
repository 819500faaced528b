"""Ground with relief as a grid of heights: hills, dunes, mountains, canyons; haze over distance."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import geometry
from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import Surface
from uprez.blender.demo.nodes import Nodes, Value


@dataclass(frozen=True)
class Terrain:
    """Heights (n, n) in units over a square of `size` units about the origin."""

    heights: Array
    size: float

    def at(self, x: Any, y: Any) -> Array:
        """Heights at places, between grid points by linear interpolation."""
        count = len(self.heights)
        u, v = (np.clip((np.asarray(c, float) / self.size + 0.5) * (count - 1), 0, count - 1.001) for c in (x, y))
        i, j = u.astype(int), v.astype(int)
        a, b = u - i, v - j
        low = self.heights[i, j] * (1 - a) + self.heights[i + 1, j] * a
        high = self.heights[i, j + 1] * (1 - a) + self.heights[i + 1, j + 1] * a
        return low * (1 - b) + high * b

    def highest_near(self, x: float, y: float, radius: float) -> float:
        """The greatest height within `radius` units."""
        offsets = np.linspace(-radius, radius, 9)
        return float(self.at(x + offsets[:, None], y + offsets[None]).max())

    def normals(self, x: Any, y: Any) -> Array:
        """Upward unit vectors (n, 3) at places."""
        step = self.size / len(self.heights)
        slope_x = (self.at(x + step, y) - self.at(x - step, y)) / (2 * step)
        slope_y = (self.at(x, y + step) - self.at(x, y - step)) / (2 * step)
        normal = np.stack([-slope_x, -slope_y, np.ones_like(slope_x)], -1)
        return normal / np.linalg.norm(normal, axis=-1, keepdims=True)

    def on(self, places: Array, sink: float = 0.0) -> Array:
        """Places (n, 3) put on the ground, or `sink` units into it."""
        return np.stack([places[:, 0], places[:, 1], self.at(places[:, 0], places[:, 1]) - sink], -1)

    def mesh(self) -> Any:
        return geometry.height_field(self.heights, self.size, self.size)

    def levelled(self, x: float, y: float, radius: float) -> "Terrain":
        """The same with a flat place of `radius` units, to put a thing or the camera on."""
        line = np.linspace(-self.size / 2, self.size / 2, len(self.heights))
        distance = np.hypot(line[:, None] - x, line[None] - y) / radius
        blend = np.clip(2 - distance, 0, 1) ** 2 * (3 - 2 * np.clip(2 - distance, 0, 1))
        return Terrain(self.heights * (1 - blend) + float(self.at(x, y)) * blend, self.size)


def hills(draw: Draw, size: float, height: float, *, count: int = 320) -> Terrain:
    """Rounded hills."""
    return Terrain(geometry.fractal(draw, count, exponent=draw.uniform(2.6, 3.1)) * height, size)


def mountains(draw: Draw, size: float, height: float, *, count: int = 400) -> Terrain:
    """Sharp ridges with eroded flanks: folded noise, steeper towards the top."""
    ridges = 1 - np.abs(geometry.fractal(draw, count, exponent=2.4)) * draw.uniform(2.2, 3.0)
    detail = 1 - np.abs(geometry.fractal(draw, count, exponent=1.9)) * 3
    broad = geometry.fractal(draw, count, exponent=3.2)
    shape = np.clip(ridges, -0.4, 1) * 0.6 + broad * 0.7
    return Terrain((shape + detail * 0.18 * np.clip(shape + 0.5, 0, 1)) * height, size)


def dunes(draw: Draw, size: float, height: float, *, count: int = 400) -> Terrain:
    """Sand dunes: long crests with a gentle and a steep side."""
    warp = geometry.fractal(draw, count, exponent=2.8)
    line = np.linspace(0, 1, count)
    turn = draw.uniform(0, np.pi)
    phase = (line[:, None] * np.cos(turn) + line[None] * np.sin(turn)) * draw.uniform(5, 11) + warp * draw.uniform(
        0.9, 1.7
    )
    part = phase % 1
    crest = np.where(part < 0.72, part / 0.72, (1 - part) / 0.28)
    smooth = crest * crest * (2.2 - 1.2 * crest)
    return Terrain((smooth * (0.7 + 0.6 * geometry.fractal(draw, count, exponent=3)) + warp * 0.5) * height, size)


def canyon(draw: Draw, size: float, height: float, *, count: int = 400) -> Terrain:
    """Mesas with terraced walls."""
    field = geometry.fractal(draw, count, exponent=2.5)
    raised = np.clip((field - draw.uniform(-0.05, 0.1)) * draw.uniform(3, 6), 0, 1)
    steps = draw.integer(4, 8)
    level = raised * steps
    terraced = (np.floor(level) + np.clip((level % 1 - 0.55) * 2.5, 0, 1)) / steps
    rough = geometry.fractal(draw, count, exponent=1.8) * 0.05
    return Terrain((raised * 0.35 + terraced * 0.65 + rough) * height, size)


def add_haze(material: Any, colour: Colour, distance: float) -> Any:
    """Mix a material into the colour of the air with the distance from the camera: 63 % at `distance` units."""
    nodes = Nodes.__new__(Nodes)
    nodes.tree = material.node_tree
    for output in [node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]:
        if not output.inputs["Surface"].is_linked:
            continue
        shader = Value(nodes, output.inputs["Surface"].links[0].from_socket)
        clear = nodes.math("EXPONENT", nodes.out("CameraData", "View Distance") * (-1 / distance))
        air = nodes.mix_shader(nodes.out("LightPath", "Is Camera Ray"), shader, nodes.add("Emission", Color=colour))
        nodes.set(output.inputs["Surface"], nodes.mix_shader(clear, air, shader))
    return material


def reopened(material: Any, *, clear: bool = False) -> Nodes:
    """The nodes of a finished material, to add to; with `clear` none of them stays."""
    if clear:
        return Nodes(material.node_tree)
    nodes = Nodes.__new__(Nodes)
    nodes.tree = material.node_tree
    return nodes


def layered(
    draw: Draw, rock: Colour | None = None, cover: Colour | None = None, *, size: float = 1.0, steep: float = 0.72
) -> Any:
    """Rock in strata, and on all that is not `steep` (height of the unit normal) a cover: snow, grass or sand."""
    rock = rock or hsv(draw.uniform(0.02, 0.12), draw.uniform(0.08, 0.4), draw.uniform(0.35, 0.65))
    cover = cover or draw.choice(((0.85, 0.88, 0.93), hsv(draw.uniform(0.15, 0.3), 0.5, 0.35)))
    surface = Surface("terrain", draw, size=size)
    nodes = surface.nodes
    broad = surface.noise(0.5, detail=3, roughness=0.6)
    fine = surface.noise(6, detail=3, roughness=0.65)
    ridges = surface.noise(2.2, detail=3, ridged=True).minimum(1.0)
    strata = nodes.noise(surface.position * (0.15, 0.15, 2.2) + fine * 0.25, 2.0, detail=2)
    tint = nodes.ramp(
        strata * 0.5 + fine * 0.5, [(0.3, scaled(rock, 0.3)), (0.52, rock), (0.7, mixed(rock, (0.7, 0.65, 0.6), 0.35))]
    )
    level = nodes.out("NewGeometry", "Normal").z + (broad - 0.5) * 0.35 + (fine - 0.5) * 0.3
    mask = level.step(steep, steep + 0.12)
    soft = nodes.mix(fine, scaled(cover, 0.65), cover)
    surface.set(Base_Color=nodes.mix(mask, tint, soft), Roughness=mask.between(0.85, 0.7))
    surface.bump(ridges * 0.5 + fine * 0.5, mask.between(0.9, 0.32), 0.12)
    return surface.finish(mixed(rock, cover, 0.5))


def surface_of(nodes: Nodes, output: Any) -> Value:
    """The shader that an output node shows."""
    return Value(nodes, output.inputs["Surface"].links[0].from_socket)
