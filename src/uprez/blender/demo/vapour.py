"""Volumes with shape: clouds, smoke, fire, banks of fog. Each is a box from -1 to 1 for a material that fills it."""

from typing import Any

import bpy

from uprez.blender.demo import geometry
from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.nodes import Nodes, Value
from uprez.blender.demo.shot import Shot, Vector3


def box(shot: Shot, material: Any, location: Vector3, half: Vector3, *, to: str = "volumes") -> Any:
    """A box that the material fills, `half` units from its middle to its sides."""
    # Ray marching: null scattering takes minutes where density is drawn by noise.
    bpy.context.scene.cycles.volume_biased = True
    return shot.add(geometry.box(2, 2, 2, bevel=0), material, to=to, location=location, scale=half)


def _start(name: str) -> tuple[Any, Nodes, Value]:
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    return made, nodes, nodes.coordinates("Object")


def _billows(draw: Draw, nodes: Nodes, place: Value, scale: float) -> Value:
    """Noise with round lumps between creases: 0 to about 1. Voronoi cells would cost five times as much."""
    lumps = abs(nodes.noise(place, scale, detail=1.0) - 0.5) * 3.0
    crumbs = (
        abs(nodes.noise(place + (3.1, 7.7, 1.3), scale * 3.2, detail=1.5, roughness=draw.uniform(0.5, 0.65)) - 0.5)
        * 3.0
    )
    return lumps * 0.62 + crumbs * 0.38 + 0.25


def _march(made: Any, rate: float) -> Any:
    """A material whose volume is marched in steps `rate` times the usual tenth of its box."""
    made.cycles.volume_step_rate = rate
    return made


def cloud(
    draw: Draw,
    *,
    density: float,
    proportions: Vector3 = (1.0, 1.0, 1.0),
    scale: float = 1.4,
    flat_base: bool = True,
    inner: float = 0.0,
) -> Any:
    """A cumulus: lumps that thin out towards the sides of the box; `density` a unit of length. `inner` is the radiance
    of light scattered many times, which is not traced.
    """
    made, nodes, point = _start("cloud")
    place = point * proportions + draw.vector(9)
    base = (point.z + 0.72).maximum(0.0) * 1.4 if flat_base else point.z
    out = nodes.out(
        "VectorMath", "Value", settings={"operation": "LENGTH"}, Vector=nodes.combine(point.x, point.y, point.z * 1.1)
    )
    lumps = _billows(draw, nodes, place, scale)
    shape = lumps - out * 0.62 - 0.02
    sharp = shape.step(0.0, draw.uniform(0.03, 0.08))
    if flat_base:
        sharp = sharp * base.step(0.0, 0.25)
    scatter = nodes.add(
        "VolumeScatter", Color=(0.97, 0.975, 0.985), Density=sharp * density, Anisotropy=draw.uniform(0.3, 0.6)
    )
    nodes.add("OutputMaterial", Volume=_lit(nodes, scatter, sharp * density, inner))
    return _march(made, 0.5)


def _lit(nodes: Nodes, scatter: Any, density: Value, inner: float) -> Any:
    if inner <= 0:
        return scatter
    return nodes.add_shader(scatter, nodes.add("Emission", Color=(0.82, 0.9, 1.0), Strength=density * inner))


def smoke(
    draw: Draw, colour: Colour, *, density: float, fire: float = 0.0, scale: float = 1.6, anisotropy: float = 0.1
) -> Any:
    """A column that widens upwards from the floor of its box; with `fire`, radiance of the flames at its foot."""
    made, nodes, point = _start("smoke")
    height = point.z * 0.5 + 0.5
    bend = nodes.noise(point * (0.0, 0.0, 1.0) + draw.vector(5), 0.9, detail=1, colour=True) - (0.5, 0.5, 0.5)
    centre = point + bend * height * draw.uniform(0.4, 1.2)
    radius = nodes.out(
        "VectorMath", "Value", settings={"operation": "LENGTH"}, Vector=nodes.combine(centre.x, centre.y, 0.0)
    )
    wide = height.between(draw.uniform(0.1, 0.2), draw.uniform(0.6, 0.9))
    rising = point * (1.0, 1.0, 0.6) + draw.vector(9)
    lumps = _billows(draw, nodes, rising, scale)
    shape = lumps - radius / wide * 0.5 - 0.12 - height.step(0.75, 1.0) * 0.4
    thick = shape.step(0.0, draw.uniform(0.08, 0.25))
    inputs: dict[str, Any] = {}
    if fire > 0:
        heat = (shape * 3.0 + height.step(0.55, 0.0) * 0.5 - 0.35).maximum(0.0).minimum(1.0)
        inputs["Emission_Color"] = nodes.ramp(
            heat, [(0.0, (0.5, 0.02, 0.0)), (0.4, (1.0, 0.2, 0.015)), (1.0, (1.0, 0.62, 0.2))]
        )
        inputs["Emission_Strength"] = heat * heat * fire
    volume = nodes.add("VolumePrincipled", Color=colour, Density=thick * density, Anisotropy=anisotropy, **inputs)
    nodes.add("OutputMaterial", Volume=volume)
    return _march(made, 0.5)


def bank(
    draw: Draw,
    colour: Colour,
    *,
    density: float,
    proportions: Vector3,
    scale: float = 2.5,
    top: float = 0.3,
    inner: float = 0.0,
) -> Any:
    """A bank of fog or sea of cloud: dense below `top` (-1 to 1 in its box), with a lumpy surface."""
    made, nodes, point = _start("bank")
    lumps = _billows(draw, nodes, point * proportions + draw.vector(9), scale)
    shape = (lumps - 0.55) * draw.uniform(1.6, 2.4) - (point.z - top)
    thick = shape.step(0.0, 0.2) * density
    scatter = nodes.add("VolumeScatter", Color=colour, Density=thick, Anisotropy=0.4)
    nodes.add("OutputMaterial", Volume=_lit(nodes, scatter, thick, inner))
    return _march(made, 0.5)
