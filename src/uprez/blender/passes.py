"""Render passes: what an image's file holds beside the beauty."""

from typing import Any

import bpy


def set_passes(layer: Any, aovs: tuple[str, ...]) -> list[str]:
    """Switch on the passes for `aovs` in a view layer, others off. Returns those of `aovs` that this scene can give.

    Motion vectors and motion blur exclude one another in Cycles; light groups need a scene that has some.
    """
    scene = bpy.context.scene
    given = [aov for aov in aovs if _possible(aov, scene, layer)]
    layer.cycles.denoising_store_passes = "albedo" in given or "normal" in given
    layer.use_pass_z = "depth" in given
    layer.use_pass_vector = "motion" in given
    for known in scene.view_layers:
        known.use = known == layer
    return given


def _possible(aov: str, scene: Any, layer: Any) -> bool:
    if aov == "motion":
        return not scene.render.use_motion_blur
    if aov == "lightgroups":
        return len(layer.lightgroups) > 0
    return True


def own_filter() -> tuple[str, float]:
    """The open scene's pixel filter and its width."""
    cycles = bpy.context.scene.cycles
    return cycles.pixel_filter_type, cycles.filter_width


def set_filter(kind: str, width: float) -> None:
    """Have pixels filtered so: `BOX`, `GAUSSIAN` or `BLACKMAN_HARRIS`."""
    cycles = bpy.context.scene.cycles
    cycles.pixel_filter_type, cycles.filter_width = kind, width


def set_file(path: str) -> None:
    """Write to `path` as multi-layer EXR, lossless; colours as half and the rest as the pass has it."""
    render = bpy.context.scene.render
    settings = render.image_settings
    settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.color_depth, settings.exr_codec = "32", "ZIP"
    render.filepath = path
    render.use_file_extension = False


def set_window(width: int, height: int, window: tuple[int, int, int, int] | None) -> None:
    """Render a frame of width x height pixels, or `window` of it alone: (x, y, width, height) from the top left."""
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = width, height
    render.use_border = render.use_crop_to_border = window is not None
    if window is not None:
        # Blender cuts a border off to whole pixels: a quarter of one keeps rounding on the right side.
        x, y, w, h = window
        render.border_min_x, render.border_max_x = (x + 0.25) / width, (x + w + 0.25) / width
        bottom = height - (y + h)
        render.border_min_y, render.border_max_y = (bottom + 0.25) / height, (bottom + h + 0.25) / height
