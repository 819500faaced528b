"""Opening scenes: Blender's own files, and others brought in with a light and a camera where they have none."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

from uprez.blender.errors import SceneError

_IMPORTERS: dict[str, Callable[[str], Any]] = {
    ".glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".gltf": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".abc": lambda path: bpy.ops.wm.alembic_import(filepath=path, as_background_job=False),
    ".obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
    **{suffix: lambda path: bpy.ops.wm.usd_import(filepath=path) for suffix in (".usd", ".usda", ".usdc", ".usdz")},
}
SCENE_SUFFIXES = (".blend", *sorted(_IMPORTERS))
_FIELD_OF_VIEW = 0.7  # radians; a camera that is put before a scene without one
_KEY_LIGHT = 3.0  # W/m2 of the sun that a scene without a light gets


def open_scene(path: Path, *, camera: str, allow_missing: bool) -> None:
    """Make the file at `path` the open scene. Raises SceneError for one that can't be opened or rendered."""
    suffix = path.suffix.lower()
    if suffix not in SCENE_SUFFIXES:
        raise SceneError(f"not a scene that Blender opens; it opens {' '.join(SCENE_SUFFIXES)}")
    try:
        if suffix == ".blend":
            bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
        else:
            bpy.ops.wm.read_factory_settings(use_empty=True)
            _IMPORTERS[suffix](str(path))
    except Exception as problem:  # importers are scripts and raise anything at all on a broken file
        raise SceneError(f"can't be opened: {_reason(problem)}") from None
    if suffix != ".blend":
        _complete()
    _choose_camera(camera)
    if not allow_missing and (missing := _missing_files()):
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise SceneError(f"needs {missing[0]}, which is missing{others}; restore it or pass --allow-missing")


def _reason(problem: Exception) -> str:
    """The last line that says what, not where: importers hand on whole tracebacks."""
    lines = [line.strip() for line in str(problem).splitlines()]
    told = [line for line in lines if line and not line.startswith(("Location:", "File ", "Traceback", "^", "~"))]
    return told[-1].removeprefix("Error: ") if told else type(problem).__name__


def _choose_camera(name: str) -> None:
    scene = bpy.context.scene
    cameras = {thing.name: thing for thing in scene.objects if thing.type == "CAMERA"}
    if name and name not in cameras:
        known = ", ".join(sorted(cameras)) or "none"
        raise SceneError(f"no camera {name!r}; there are: {known}")
    if name:
        scene.camera = cameras[name]
        for marker in scene.timeline_markers:
            marker.camera = None  # or the camera would change with the frame
    elif scene.camera is None and len(cameras) == 1:
        (scene.camera,) = cameras.values()
    if scene.camera is None:
        known = f"; name one with --camera: {', '.join(sorted(cameras))}" if cameras else ""
        raise SceneError(f"has no camera{known}")


def _missing_files() -> list[str]:
    """Files that the scene names and does not find, sorted. Of a movie or a sequence, the file that it is named by."""
    named = [
        (image, path) for image in bpy.data.images if not image.packed_file for path in _files_of(image) if image.users
    ]
    for collection in (bpy.data.libraries, bpy.data.fonts, bpy.data.volumes, bpy.data.cache_files):
        named += [(thing, thing.filepath) for thing in collection if not getattr(thing, "packed_file", None)]
    paths = {
        bpy.path.abspath(path, library=thing.library)
        for thing, path in named
        if path and path != "<builtin>" and (thing.users or thing in set(bpy.data.libraries))
    }
    return sorted(path for path in paths if not Path(path).exists())


def _files_of(image: Any) -> list[str]:
    path = image.filepath_raw
    if image.source in {"FILE", "SEQUENCE", "MOVIE"}:
        return [path]
    if image.source != "TILED":
        return []
    numbers = [tile.number for tile in image.tiles]  # 1001 is the first, ten to a row
    u_v = [f"u{(number - 1001) % 10 + 1}_v{(number - 1001) // 10 + 1}" for number in numbers]
    return [path.replace("<UDIM>", str(n)).replace("<UVTILE>", name) for n, name in zip(numbers, u_v, strict=True)]


def _complete() -> None:
    """Give an imported scene a camera that sees all of it, a sun and a grey sky, each where it has none."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    corners = _corners()
    if not corners:
        raise SceneError("holds nothing to render")
    kinds = {thing.type for thing in scene.objects}
    if "CAMERA" not in kinds:
        scene.camera = _camera_before(*_bounds(corners))
    if "LIGHT" not in kinds and (scene.world is None or not _is_lit(scene.world)):
        light = bpy.data.lights.new("key", "SUN")
        light.energy = _KEY_LIGHT
        thing = bpy.data.objects.new("key", light)
        thing.rotation_euler = (0.9, 0.1, 0.6)
        scene.collection.objects.link(thing)
        scene.world = bpy.data.worlds.new("sky")
        scene.world.color = (0.2, 0.2, 0.2)


def _is_lit(world: Any) -> bool:
    return world.node_tree is not None and any(
        node.bl_idname.endswith("TexEnvironment") for node in world.node_tree.nodes
    )


def _corners() -> list[Vector]:
    """Corners of the boxes around everything that can be seen, instances too."""
    return [
        instance.matrix_world @ Vector(corner)
        for instance in bpy.context.evaluated_depsgraph_get().object_instances
        if instance.object.type not in {"CAMERA", "EMPTY", "LIGHT", "LIGHT_PROBE", "ARMATURE"}
        for corner in instance.object.bound_box
    ]


def _bounds(corners: Sequence[Vector]) -> tuple[Vector, float]:
    """Their centre and radius."""
    low = Vector(min(corner[axis] for corner in corners) for axis in range(3))
    high = Vector(max(corner[axis] for corner in corners) for axis in range(3))
    return (low + high) / 2, max((high - low).length / 2, 1e-3)


def _camera_before(centre: Vector, radius: float) -> Any:
    camera = bpy.data.cameras.new("camera")
    camera.angle = _FIELD_OF_VIEW
    distance = radius / (_FIELD_OF_VIEW / 2) * 0.9
    camera.clip_start, camera.clip_end = distance / 1000, distance * 100
    thing = bpy.data.objects.new("camera", camera)
    direction = Vector((0.5, -1.0, 0.4)).normalized()
    thing.location = centre + direction * distance
    thing.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(thing)
    return thing
