"""What gives light, and what fills the air."""

from typing import Any

import bpy

from uprez.blender.demo.colours import Colour
from uprez.blender.demo.nodes import Nodes


def emission(colour: Colour, strength: float) -> Any:
    """A surface that glows evenly, `strength` times its colour in scene radiance (bulbs: tens to hundreds)."""
    material = bpy.data.materials.new("emission")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    nodes.add("OutputMaterial", Surface=nodes.add("Emission", Color=colour, Strength=strength))
    return material


def neon(colour: Colour, strength: float) -> Any:
    """A glowing tube: white hot in its middle, coloured at its edges."""
    material = bpy.data.materials.new("neon")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    tint = nodes.mix(nodes.facing(0.4).step(0.1, 0.7), (1.0, 0.95, 0.9), colour)
    nodes.add("OutputMaterial", Surface=nodes.add("Emission", Color=tint, Strength=strength))
    return material


def mist(density: float, colour: Colour = (0.9, 0.92, 1.0), *, anisotropy: float = 0.4) -> Any:
    """Even haze for a box, `density` a unit of length (0.01 to 0.1 for a room of ten units)."""
    material = bpy.data.materials.new("mist")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    scatter = nodes.add("VolumeScatter", Color=colour, Density=density, Anisotropy=anisotropy)
    nodes.add("OutputMaterial", Volume=scatter)
    return material
