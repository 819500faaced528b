"""Settings of Cycles that are measured in pixels, and so show another scene at another size unless corrected.

Each is multiplied by an image's relative size, so that LR has the geometry and texture of HR. Left as they are, because
they belong to the image and not to the scene: the pixel filter's width, denoising, the noise threshold.
"""

from collections.abc import Iterator
from typing import Any

import bpy

Setting = tuple[str, Any, str]
"""What it is called in the manifest, the thing that has it, and its property."""


class PixelSettings:
    """Every setting of the open scene that is measured in pixels, as it was found."""

    def __init__(self) -> None:
        self._found = [(name, owner, key, getattr(owner, key)) for name, owner, key in _settings()]

    def apply(self, relative_size: float) -> dict[str, list[float]]:
        """Set each to its size as found times `relative_size`; for each kind the least and the most that it became:
        Blender has limits, and strands are counted in whole pixels.
        """
        changed: dict[str, list[float]] = {}
        for name, owner, key, value in self._found:
            size = value * relative_size
            setattr(owner, key, max(1, round(size)) if isinstance(value, int) else size)
            became = round(float(getattr(owner, key)), 6)
            least, most = changed.get(name, [became, became])
            changed[name] = [min(least, became), max(most, became)]
        return changed if relative_size != 1 else {}


def _settings() -> Iterator[Setting]:
    scene = bpy.context.scene
    # Micropolygon size, of which each adaptively subdivided object's own pixel size is a multiple.
    yield "dicing_rate", scene.cycles, "dicing_rate"
    # Relative line thickness follows the height of the frame by itself.
    if scene.render.use_freestyle and scene.render.line_thickness_mode == "ABSOLUTE":
        yield "line_thickness", scene.render, "line_thickness"
    for tree in _trees():
        for node in tree.nodes:
            if node.bl_idname == "ShaderNodeBump":
                yield "bump_filter_width", node.inputs["Filter Width"], "default_value"
            elif node.bl_idname == "ShaderNodeWireframe" and node.use_pixel_size:
                yield "wireframe_size", node.inputs["Size"], "default_value"
    for particles in bpy.data.particles:
        if particles.use_render_adaptive:
            yield "strand_pixel", particles, "adaptive_pixel"


def _trees() -> Iterator[Any]:
    """Node trees of materials, worlds, lights and node groups, each once."""
    for owner in (*bpy.data.materials, *bpy.data.worlds, *bpy.data.lights):
        if owner.node_tree is not None:
            yield owner.node_tree
    yield from (group for group in bpy.data.node_groups if group.bl_idname == "ShaderNodeTree")
