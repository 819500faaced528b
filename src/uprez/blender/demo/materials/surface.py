"""A material under construction: a Principled BSDF with a pattern's coordinates at the scale of the thing it is for."""

from typing import Any

import bpy

from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.nodes import Nodes, Value


class Surface:
    """A material around a Principled BSDF. `size` is that of the thing in units: patterns scale with it."""

    def __init__(self, name: str, draw: Draw, *, size: float = 1.0, coordinates: str = "Object") -> None:
        self.draw, self.size = draw, size
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.nodes = Nodes(self.material.node_tree)
        self.principled = self.nodes.add("BsdfPrincipled")
        own = self.nodes.coordinates(coordinates) * (1 / size)
        self.flat = own
        """Coordinates as they are, for patterns that have to lie straight."""
        self.position = own + draw.vector(9.0) + self.nodes.object_random() * 31.0
        """Coordinates moved by chance, elsewhere for each object."""

    def set(self, **inputs: Any) -> None:
        """Inputs of the Principled BSDF, _ for a space."""
        for name, value in inputs.items():
            self.nodes.set(self.principled.inputs[name.replace("_", " ")], value)

    def noise(self, scale: float, **options: Any) -> Value:
        """Noise with `scale` features over the thing."""
        return self.nodes.noise(self.position, scale, **options)

    def stretched(self, x: float, y: float, z: float) -> Value:
        """`position` with a scale along each axis: a high one gives fine lines across."""
        return self.nodes.mapping(self.position, scale=(x, y, z))

    def bump(self, height: Any, strength: Any, depth: float = 0.01) -> None:
        """Relief from a height of 0 to 1, `depth` in parts of the thing's size."""
        self.set(Normal=self.nodes.bump(height, strength, depth * self.size))

    def finish(self, plain: Colour | None = None) -> Any:
        """The material. With `plain`, light that comes by way of a diffuse bounce sees that colour alone, which saves
        a third of the time where patterns are rich.
        """
        shader: Any = self.principled
        if plain is not None:
            diffuse = self.nodes.add("BsdfDiffuse", Color=plain)
            shader = self.nodes.mix_shader(self.nodes.out("LightPath", "Is Diffuse Ray"), shader, diffuse)
        self.nodes.add("OutputMaterial", Surface=shader)
        return self.material
