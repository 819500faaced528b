"""Short notation for shader node trees: values that add and multiply, and the nodes most in use as functions."""

from collections.abc import Sequence
from typing import Any

import bpy


class Value:
    """An output of a node in a tree. Arithmetic with values, numbers and tuples makes Math or Vector Math nodes."""

    def __init__(self, nodes: "Nodes", socket: Any) -> None:
        self.nodes, self.socket = nodes, socket

    def _apply(self, operation: str, *operands: Any) -> "Value":
        vector = any(isinstance(operand, tuple) or _is_vector(operand) for operand in operands)
        return self.nodes.math(operation, *operands, vector=vector)

    def __add__(self, other: Any) -> "Value":
        return self._apply("ADD", self, other)

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Value":
        return self._apply("MULTIPLY", self, other)

    __rmul__ = __mul__

    def __sub__(self, other: Any) -> "Value":
        return self._apply("SUBTRACT", self, other)

    def __rsub__(self, other: Any) -> "Value":
        return self._apply("SUBTRACT", other, self)

    def __truediv__(self, other: Any) -> "Value":
        return self._apply("DIVIDE", self, other)

    def __pow__(self, other: float) -> "Value":
        return self._apply("POWER", self, other)

    def __abs__(self) -> "Value":
        return self._apply("ABSOLUTE", self)

    def minimum(self, other: Any) -> "Value":
        return self._apply("MINIMUM", self, other)

    def maximum(self, other: Any) -> "Value":
        return self._apply("MAXIMUM", self, other)

    def sine(self) -> "Value":
        return self._apply("SINE", self)

    def fraction(self) -> "Value":
        return self._apply("FRACT", self)

    def floor(self) -> "Value":
        return self._apply("FLOOR", self)

    def greater_than(self, limit: Any) -> "Value":
        """1 above the limit, else 0."""
        return self._apply("GREATER_THAN", self, limit)

    def ping_pong(self, length: float) -> "Value":
        """A triangle wave from 0 to `length` and back."""
        return self._apply("PINGPONG", self, length)

    def step(self, low: float, high: float) -> "Value":
        """Smoothly from 0 at `low` to 1 at `high`, which may be the smaller one."""
        return self.nodes.out(
            "MapRange", settings={"interpolation_type": "SMOOTHSTEP"}, Value=self, From_Min=low, From_Max=high
        )

    def between(self, low: float, high: float) -> "Value":
        """A value of 0 to 1 stretched to `low` to `high`."""
        return self.nodes.math("MULTIPLY_ADD", self, high - low, low)

    @property
    def x(self) -> "Value":
        return self.nodes.out("SeparateXYZ", "X", Vector=self)

    @property
    def y(self) -> "Value":
        return self.nodes.out("SeparateXYZ", "Y", Vector=self)

    @property
    def z(self) -> "Value":
        return self.nodes.out("SeparateXYZ", "Z", Vector=self)


def _is_vector(operand: Any) -> bool:
    return isinstance(operand, Value) and operand.socket.type in {"VECTOR", "RGBA"}


class Nodes:
    """A shader node tree, emptied. Inputs are given by name with _ for a space, or by number in `add`."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        tree.nodes.clear()

    def add(self, kind: str, *, settings: dict[str, Any] | None = None, **inputs: Any) -> Any:
        """A node, `kind` without its ShaderNode; `settings` are its properties."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for name, value in (settings or {}).items():
            setattr(node, name, value)
        for name, value in inputs.items():
            if value is not None:
                self.set(node.inputs[name.replace("_", " ")], value)
        return node

    def out(self, kind: str, output: str | int = 0, *, settings: dict[str, Any] | None = None, **inputs: Any) -> Value:
        """A node's output, by name or number."""
        return Value(self, self.add(kind, settings=settings, **inputs).outputs[output])

    def set(self, socket: Any, value: Any) -> None:
        """Give an input a number, a tuple, a Value or a node, whose first output is taken."""
        if isinstance(value, Value):
            self.tree.links.new(value.socket, socket)
        elif isinstance(value, bpy.types.Node):
            self.tree.links.new(value.outputs[0], socket)
        elif socket.type == "RGBA":
            socket.default_value = (*value, 1.0) if isinstance(value, tuple) else (value, value, value, 1.0)
        else:
            socket.default_value = value

    def math(self, operation: str, *operands: Any, vector: bool = False) -> Value:
        node = self.add("VectorMath" if vector else "Math", settings={"operation": operation})
        for socket, operand in zip(node.inputs, operands, strict=False):
            plain = vector and isinstance(operand, int | float)
            self.set(socket, (operand,) * 3 if plain else operand)
        return Value(self, node.outputs[0])

    def mix(self, factor: Any, first: Any, second: Any, blend: str = "MIX") -> Value:
        """Colours (or grey numbers) mixed: `first` at factor 0, `second` at 1."""
        node = self.add("Mix", settings={"data_type": "RGBA", "blend_type": blend})
        for number, value in ((0, factor), (6, first), (7, second)):
            self.set(node.inputs[number], value)
        return Value(self, node.outputs[2])

    def ramp(self, factor: Any, stops: Sequence[tuple[float, Any]], interpolation: str = "LINEAR") -> Value:
        """A colour ramp over (position, colour or grey number)."""
        node = self.add("ValToRGB", Fac=factor)
        node.color_ramp.interpolation = interpolation
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*colour, 1.0) if isinstance(colour, tuple) else (colour, colour, colour, 1.0)
        return Value(self, node.outputs[0])

    def coordinates(self, kind: str = "Object") -> Value:
        """Texture coordinates: Object, Generated, UV, Normal, Camera, Window or Reflection."""
        return self.out("TexCoord", kind)

    def mapping(self, vector: Value, *, location: Any = None, rotation: Any = None, scale: Any = None) -> Value:
        return self.out("Mapping", Vector=vector, Location=location, Rotation=rotation, Scale=scale)

    def combine(self, x: Any = 0.0, y: Any = 0.0, z: Any = 0.0) -> Value:
        return self.out("CombineXYZ", X=x, Y=y, Z=z)

    def noise(
        self,
        vector: Value,
        scale: float,
        *,
        detail: float = 2.0,
        roughness: float = 0.55,
        distortion: float = 0.0,
        colour: bool = False,
        ridged: bool = False,
    ) -> Value:
        """Perlin noise of about 0 to 1; `scale` in features per unit."""
        kind = "RIDGED_MULTIFRACTAL" if ridged else "FBM"
        return self.out(
            "TexNoise",
            "Color" if colour else 0,
            settings={"noise_type": kind},
            Vector=vector,
            Scale=scale,
            Detail=detail,
            Roughness=roughness,
            Distortion=distortion,
        )

    def voronoi(
        self, vector: Value, scale: float, *, feature: str = "F1", output: str = "Distance", randomness: float = 1.0
    ) -> Value:
        """Cells: feature F1, F2, SMOOTH_F1 or DISTANCE_TO_EDGE; output Distance, or Color for a colour a cell."""
        return self.out(
            "TexVoronoi", output, settings={"feature": feature}, Vector=vector, Scale=scale, Randomness=randomness
        )

    def wave(
        self, vector: Value, scale: float, *, direction: str = "X", rings: bool = False, distortion: float = 0.0
    ) -> Value:
        """Sine bands of 0 to 1 along X, Y, Z or DIAGONAL, or rings about that axis."""
        settings = {"wave_type": "RINGS" if rings else "BANDS"}
        settings["rings_direction" if rings else "bands_direction"] = direction
        return self.out(
            "TexWave", 1, settings=settings, Vector=vector, Scale=scale, Distortion=distortion, Detail_Scale=1.5
        )

    def attribute(self, name: str, output: str = "Fac") -> Value:
        """A mesh attribute: output Fac, Vector or Color."""
        return self.out("Attribute", output, settings={"attribute_name": name})

    def object_random(self) -> Value:
        """A number of 0 to 1 for each object and instance."""
        return self.out("ObjectInfo", "Random")

    def facing(self, blend: float = 0.5) -> Value:
        """0 where the surface faces the viewer, 1 at its silhouette."""
        return self.out("LayerWeight", "Facing", Blend=blend)

    def bump(self, height: Any, strength: Any = 0.5, distance: float = 0.02, normal: Any = None) -> Value:
        """A normal from a height of 0 to 1; `distance` in units."""
        return self.out("Bump", Strength=strength, Distance=distance, Height=height, Normal=normal)

    def mix_shader(self, factor: Any, first: Any, second: Any) -> Value:
        node = self.add("MixShader", Fac=factor)
        self.set(node.inputs[1], first)
        self.set(node.inputs[2], second)
        return Value(self, node.outputs[0])

    def add_shader(self, first: Any, second: Any) -> Value:
        node = self.add("AddShader")
        self.set(node.inputs[0], first)
        self.set(node.inputs[1], second)
        return Value(self, node.outputs[0])
