"""What a look is given to build a shot with, and what the renderer asks of the shot then."""

import math
from pathlib import Path
from typing import Any

import bpy

from uprez.blender.demo.assets import Assets
from uprez.blender.demo.draw import Draw

Vector3 = tuple[float, float, float]
LIGHT_GROUPS = ("key", "fill", "rim", "practical", "sky")


class Shot:
    """A shot under construction in the open, empty scene."""

    def __init__(
        self, look: str, seed: int, *, frames: int = 1, assets: Path | None = None, scatter_seed: int = 0
    ) -> None:
        self.look, self.seed, self.frames = look, seed, frames
        self.draw = Draw(f"{look}/{seed}")
        self.scatter = Draw(f"{look}/{seed}/scatter {scatter_seed}", self.draw.palette)
        """For scattered things alone: choices from it depend on `scatter_seed` too."""
        self.assets = Assets(assets)
        chance = self.draw.branch("motion")
        self.motion_blur = frames == 1 and chance.chance(0.3)
        self.shutter = chance.uniform(0.3, 0.7)
        """Part of a frame's time that the shutter is open."""
        self.key = 0.1
        """Target of the log mean of luminance after exposure."""
        self.exposure: float | None = None
        """Factor on scene radiance; None to have it metered."""
        self.denoise = True
        """False for what has no noise but at its edges, which a denoiser only harms: flat lettering."""
        self.sampling = 1
        """Times the samples asked for, of what is denoised: where they cost little, or the light is noisy."""
        self.brightest_bounce: float | None = None
        """Light that comes by way of a bounce is held below this after exposure, where the show's own limit leaves
        noise: in the dark, where lamps are small.
        """
        self._display_referred: list[tuple[Any, float]] = []
        scene = bpy.context.scene
        self.collections = {name: bpy.data.collections.new(name) for name in ("hero", "set", "volumes")}
        for collection in self.collections.values():
            scene.collection.children.link(collection)
        for group in LIGHT_GROUPS:
            bpy.context.view_layer.lightgroups.add(name=group)

    @property
    def moving(self) -> bool:
        """Whether motion can be seen: as blur in a still, or from frame to frame."""
        return self.motion_blur or self.frames > 1

    def add(
        self,
        thing: Any,
        material: Any = None,
        *,
        to: str = "hero",
        location: Vector3 = (0.0, 0.0, 0.0),
        rotation: Vector3 = (0.0, 0.0, 0.0),
        scale: float | Vector3 = 1.0,
    ) -> Any:
        """Link an object, or a new object of a mesh, curve or light, to the collection `hero`, `set` or `volumes`, and
        return it. A material given replaces those of the mesh.
        """
        made = thing if isinstance(thing, bpy.types.Object) else bpy.data.objects.new(thing.name, thing)
        made.location, made.rotation_euler = location, rotation
        made.scale = scale if isinstance(scale, tuple) else (scale, scale, scale)
        if material is not None:
            made.data.materials.clear()
            made.data.materials.append(material)
        self.collections[to].objects.link(made)
        return made

    def move(self, thing: Any, *, velocity: Vector3 = (0.0, 0.0, 0.0), spin: Vector3 = (0.0, 0.0, 0.0)) -> None:
        """Let an object move in units and turn in radians (Euler XYZ) a frame; it is where it was put in the middle."""
        first, last = -1, self.frames + 2
        middle = (1 + self.frames) / 2
        location, rotation = tuple(thing.location), tuple(thing.rotation_euler)
        for frame in (first, last):
            time = frame - middle
            thing.location = [at + speed * time for at, speed in zip(location, velocity, strict=True)]
            thing.rotation_euler = [at + speed * time for at, speed in zip(rotation, spin, strict=True)]
            thing.keyframe_insert("location", frame=frame)
            thing.keyframe_insert("rotation_euler", frame=frame)
        make_linear(thing)

    def display_referred(self, material: Any, value: float) -> None:
        """Have a material's emission come out at `value` times its colour whatever exposure is found."""
        node = next(node for node in material.node_tree.nodes if _strength(node) is not None)
        self._display_referred.append((_strength(node), value))

    def expose(self, exposure: float) -> None:
        """Set film exposure, a factor on scene radiance. Called by the renderer."""
        cycles = bpy.context.scene.cycles
        cycles.film_exposure = exposure
        if self.brightest_bounce is not None:
            cycles.sample_clamp_indirect = self.brightest_bounce / exposure
        for socket, value in self._display_referred:
            socket.default_value = value / exposure


def make_linear(thing: Any) -> None:
    """Have an object's keys interpolated and extrapolated linearly."""
    action = thing.animation_data.action
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                for curve in bag.fcurves:
                    curve.extrapolation = "LINEAR"
                    for key in curve.keyframe_points:
                        key.interpolation = "LINEAR"


def _strength(node: Any) -> Any:
    """The unlinked input of a node that scales its emission, or None."""
    name = {"ShaderNodeEmission": "Strength", "ShaderNodeBsdfPrincipled": "Emission Strength"}.get(node.bl_idname)
    if name is None or node.inputs[name].is_linked or math.isclose(node.inputs[name].default_value, 0.0):
        return None
    return node.inputs[name]
