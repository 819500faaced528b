"""Render settings of the show: few bounces and no caustics, for the sake of speed. The renderer sets the rest."""

from typing import Any

import bpy


def apply(shot: Any) -> None:
    """Set the open scene up for a finished shot."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    _set_bounces(scene.cycles)
    scene.cycles.use_light_tree = True
    scene.cycles.volume_step_rate, scene.cycles.volume_max_steps = 2.0, 64
    scene.frame_start, scene.frame_end = 1, shot.frames
    scene.frame_set(1)
    scene.render.use_motion_blur = shot.motion_blur and shot.frames == 1
    scene.render.motion_blur_shutter = shot.shutter
    scene.view_settings.view_transform = "Standard"


def _set_bounces(cycles: Any) -> None:
    cycles.max_bounces = 6
    cycles.diffuse_bounces = 2
    cycles.glossy_bounces = 3
    cycles.transmission_bounces = 5
    cycles.volume_bounces = 1
    cycles.transparent_max_bounces = 8
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.blur_glossy = 1.0
    cycles.sample_clamp_indirect = 10.0
