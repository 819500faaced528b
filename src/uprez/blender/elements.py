"""What of a shot an image shows: the whole, or an element of it with alpha.

- `whole`: everything.
- `solids`: surfaces, hair and points, without sky; volumes are hidden from the camera and still cast shadows.
- `volumes`: volumes, held out by the solids before them, without sky.
- `sky`: the world alone.
- `collection:NAME`: what that collection holds, without sky; the rest is hidden from the camera and still lights it.
- `layer:NAME`: the view layer of that name as the scene has it.

Volumes over solids over sky is the whole, but for light that a solid sees through a volume it stands in.
"""

from typing import Any

import bpy

from uprez.blender.errors import SceneError


def view_layer_of(element: str) -> Any:
    """The view layer to render `element` in. Raises SceneError where there is none of that name."""
    layers = bpy.context.scene.view_layers
    name = _argument(element, "layer")
    if name is None:
        return bpy.context.view_layer
    if name not in layers:
        raise SceneError(f"no view layer {name!r}; there are {', '.join(layers.keys())}")
    return layers[name]


class Elements:
    """The open scene's visibilities, so that one element after another can be shown."""

    def __init__(self) -> None:
        self._scene = bpy.context.scene
        self._objects = [thing for thing in self._scene.objects if _is_seen(thing)]
        self._found = [(thing, thing.visible_camera, thing.is_holdout) for thing in self._objects]
        self._transparent = self._scene.render.film_transparent

    def show(self, element: str) -> None:
        """Set the scene to show `element` alone. Raises SceneError for an element that it can't have."""
        for thing, visible, holdout in self._found:
            thing.visible_camera, thing.is_holdout = visible, holdout
        self._scene.render.film_transparent = self._transparent
        if element == "whole" or _argument(element, "layer") is not None:
            return
        self._scene.render.film_transparent = element != "sky"
        members = _members(element, self._objects)
        for thing in self._objects:
            if thing in members:
                continue
            if element == "volumes" and not is_volume(thing):
                thing.is_holdout = True
            else:
                thing.visible_camera = False


def _is_seen(thing: Any) -> bool:
    """Whether a camera can see it: an empty, where it stands for an instance of a collection."""
    if thing.type == "EMPTY":
        return thing.instance_type == "COLLECTION" and thing.instance_collection is not None
    return thing.type not in {"CAMERA", "LIGHT_PROBE"}


def _members(element: str, objects: list[Any]) -> set[Any]:
    name = _argument(element, "collection")
    if name is not None:
        if name not in bpy.data.collections:
            raise SceneError(f"no collection {name!r}; there are {', '.join(sorted(bpy.data.collections.keys()))}")
        return set(bpy.data.collections[name].all_objects)
    if element not in {"solids", "volumes", "sky"}:
        raise SceneError(f"no element {element!r}; name whole, solids, volumes, sky, collection:NAME or layer:NAME")
    return {thing for thing in objects if element != "sky" and is_volume(thing) == (element == "volumes")}


def is_volume(thing: Any) -> bool:
    """A volume object, one whose materials have a volume and no surface, or an instance of nothing else."""
    if thing.type == "VOLUME":
        return True
    if thing.type == "EMPTY":
        within = [each for each in thing.instance_collection.all_objects if _is_seen(each)]
        return bool(within) and all(map(is_volume, within))
    materials = [slot.material for slot in thing.material_slots if slot.material is not None]
    return bool(materials) and all(_only_volume(material) for material in materials)


def _only_volume(material: Any) -> bool:
    if material.node_tree is None:
        return False
    outputs = [node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]
    return any(node.inputs["Volume"].is_linked and not node.inputs["Surface"].is_linked for node in outputs)


def _argument(element: str, kind: str) -> str | None:
    head, colon, name = element.partition(":")
    return name if colon and head == kind else None
