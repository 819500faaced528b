"""Deliberate faults in the open scene, with which the coherence check is tested: what must never pass as a good pair.

- `light off`: the lamp of the greatest power is switched off.
- `object moved:N`: an object in view is moved sideways by N pixels of the image.
- `scatter`: things scattered over a surface of the demo show lie otherwise (made while the shot is built).
"""

from typing import Any

import bpy
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from uprez.blender.errors import SceneError
from uprez.request import Image

SCATTER = "scatter"
_MARGIN = 0.1  # of the window: an object this near to its edge is not the one to move
_LEAST, _MOST = 0.004, 0.5  # of the window's area that the object to move may cover


def apply(change: str, image: Image, window: tuple[int, int, int, int] | None) -> None:
    """Make `change` in the open scene. Raises SceneError where the scene has nothing to change."""
    kind, _, amount = change.partition(":")
    if kind == "light off":
        _light_off()
    elif kind == "object moved":
        _move_object(float(amount), image, window or (0, 0, image.width, image.height))
    elif change not in {"", SCATTER}:
        raise SceneError(f"no change {change!r}; there are: light off, object moved:N, {SCATTER}")


def _light_off() -> None:
    lamps = [thing for thing in bpy.context.scene.objects if thing.type == "LIGHT" and not thing.hide_render]
    if not lamps:
        raise SceneError("has no lamp to switch off")
    max(lamps, key=lambda lamp: (lamp.data.energy, lamp.name)).hide_render = True


def _move_object(pixels: float, image: Image, window: tuple[int, int, int, int]) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = image.width, image.height
    scene.frame_set(image.frame)
    camera = scene.camera
    seen = [(thing, box) for thing in _movable() if _is_inside(box := _box(thing, image), window)]
    if not seen:
        raise SceneError("has no object in view that could be moved")
    thing, box = max(seen, key=lambda found: (_area(found[1]), found[0].name))
    depth = world_to_camera_view(scene, camera, thing.matrix_world.translation).z
    frame = camera.data.view_frame(scene=scene)
    unit = (frame[0] - frame[3]).length / abs(frame[0].z) * depth / image.width  # world units a pixel there
    sideways = (camera.matrix_world.to_3x3() @ Vector((1, 0, 0))).normalized()
    root = thing
    while root.parent is not None:
        root = root.parent
    root.animation_data_clear()
    root.matrix_world.translation += sideways * unit * pixels


def _movable() -> list[Any]:
    return [thing for thing in bpy.context.scene.objects if thing.type in {"MESH", "FONT"} and not thing.hide_render]


def _box(thing: Any, image: Image) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of an object on the image, in pixels."""
    scene = bpy.context.scene
    corners = [
        world_to_camera_view(scene, scene.camera, thing.matrix_world @ Vector(corner)) for corner in thing.bound_box
    ]
    if min(corner.z for corner in corners) <= 0:
        return (0.0, 0.0, 0.0, 0.0)
    across, down = [corner.x * image.width for corner in corners], [(1 - corner.y) * image.height for corner in corners]
    return min(across), min(down), max(across), max(down)


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _is_inside(box: tuple[float, float, float, float], window: tuple[int, int, int, int]) -> bool:
    x, y, width, height = window
    margin = _MARGIN * min(width, height)
    return (
        x + margin <= (box[0] + box[2]) / 2 <= x + width - margin
        and y + margin <= (box[1] + box[3]) / 2 <= y + height - margin
        and _LEAST < _area(box) / (width * height) < _MOST
    )
