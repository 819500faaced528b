"""A folder of artist-made assets: models (.glb, .gltf, .obj), hdri (.exr, .hdr), textures (.jpg, .png, .exr) and fonts
(.ttf, .otf, .woff2), each in a folder of that name; it may be None or empty.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value

_SYSTEM_FONTS = Path("/usr/share/fonts")
_NOT_LATIN = ("Mono", "Math", "Symbols", "Emoji", "Music", "Noto", "Condensed", "_K", "Initials")

_KINDS_OF_MODELS = {
    "toy": (
        "burger_cheese_double cake_birthday citroen_old_van desk_fan egyptian_cat ferris_wheel firetruck fort_cannon "
        "grey_snapper gull house_18 ice_cream_truck les_paul library_large low_poly_farm low_poly_horse marble_tower "
        "mechanical_keyboard mug pirate_captain plant ship_wreck skater_male space_exploration steampunk_robot "
        "survivor_female tajine taxi tower watermelon zombie_1 chess_board cactus headphones"
    ),
    "product": (
        "babylon_shaderball cactus carbon_sphere chess_board desk_fan egyptian_cat headphones les_paul "
        "mechanical_keyboard mug rune_sword sci_fi_crate steampunk_robot tajine usd_shaderball axe spilling_coffee"
    ),
    "prop": (
        "axe cactus carbon_sphere citroen_old_van desk_fan egyptian_cat exploding_barrel fort_cannon gull headphones "
        "les_paul marble_tower mug plant rune_sword sci_fi_crate steampunk_robot taxi firetruck chess_board "
        "grey_snapper cloth_folds mechanical_keyboard spilling_coffee space_exploration ship_wreck tajine watermelon"
    ),
    "figure": "gull low_poly_horse pirate_captain skater_male steampunk_robot survivor_female zombie_1",
    "building": "bridge_01 house_18 library_large low_poly_farm tower ferris_wheel wind_turbine",
    "vehicle": "citroen_old_van firetruck ice_cream_truck taxi",
    "tableware": "burger_cheese_double cake_birthday glass_wine mug spilling_coffee tajine watermelon plant",
    "nature": "cactus formation_large_rock palm_detailed_long plant tree_big",
}
MODEL_KINDS = {kind: tuple(names.split()) for kind, names in _KINDS_OF_MODELS.items()}
"""What models suit; one that is in no kind counts as a toy, a product and a prop."""

HDRI_KINDS: dict[str, tuple[str, ...]] = {
    "outdoor": (
        "adams_place_bridge",
        "chinese_garden",
        "immenstadter_horn",
        "phalzer_forest",
        "potsdamer_platz",
        "kiara",
    ),
    "indoor": ("circus_arena", "dancing_hall", "empty_warehouse", "lebombo", "peppermint_powerplant", "st_fagans"),
    "studio": ("brown_photostudio", "studio_small"),
    "sunset": ("venice_sunset", "kiara"),
    "night": ("dikhololo_night",),
}


_IMPORTERS: dict[str, Callable[[str], Any]] = {
    ".glb": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".gltf": lambda path: bpy.ops.import_scene.gltf(filepath=path),
    ".obj": lambda path: bpy.ops.wm.obj_import(filepath=path),
}


class Assets:
    """What a folder of assets holds; each thing is loaded once a shot."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._models: dict[str, Any] = {}
        self._fonts: dict[Path, Any] = {}

    def _files(self, folder: str, *suffixes: str) -> list[Path]:
        if self.folder is None:
            return []
        return sorted(path for path in (self.folder / folder).glob("*") if path.suffix.lower() in suffixes)

    def models(self, kind: str = "any") -> list[str]:
        """Names of models, sorted: all, or of a kind of `MODEL_KINDS`."""
        names = [path.stem for path in self._files("models", *_IMPORTERS)]
        known = {name for members in MODEL_KINDS.values() for name in members}
        if kind == "any":
            return names
        open_kind = kind in {"toy", "product", "prop"}
        return [name for name in names if name in MODEL_KINDS[kind] or (open_kind and name not in known)]

    def model(self, name: str) -> Any:
        """A model as one mesh with its materials: on z=0, centred over the origin, its largest side 1, seen from -y."""
        if name not in self._models:
            path = next(path for path in self._files("models", *_IMPORTERS) if path.stem == name)
            self._models[name] = _import(path)
        return self._models[name]

    def hdris(self, kind: str = "any") -> list[str]:
        """Names of environments, sorted: all, or outdoor, indoor, studio, sunset or night."""
        names = [path.stem for path in self._files("hdri", ".exr", ".hdr")]
        if kind == "any":
            return names
        return [name for name in names if name.startswith(HDRI_KINDS[kind])]

    def hdri(self, name: str) -> Any:
        """An environment as an image for `lights.hdri`."""
        (path,) = (path for path in self._files("hdri", ".exr", ".hdr") if path.stem == name)
        return bpy.data.images.load(str(path), check_existing=True)

    def textures(self) -> list[str]:
        """Names of sets of texture maps, sorted: what comes before _color, _diff or the suffix."""
        return sorted({_set_name(path) for path in self._files("textures", ".jpg", ".png", ".exr")})

    def surface(self, name: str, draw: Draw, *, size: float = 1.0, coordinates: str = "Object") -> Any:
        """A material of a texture set, projected along the three axes; one repeat is `size` units wide."""
        maps = {
            _map_name(path): path for path in self._files("textures", ".jpg", ".png", ".exr") if _set_name(path) == name
        }
        surface = Surface(name, draw, size=size, coordinates=coordinates)
        fine = surface.noise(90, detail=1, roughness=0.7)
        colour = _image(surface, maps["color"], "sRGB")
        surface.set(Base_Color=surface.nodes.mix(fine.between(0.0, 0.35), colour, colour * 0.55))
        if "roughness" in maps:
            surface.set(Roughness=_image(surface, maps["roughness"], "Non-Color"))
        else:
            surface.set(Roughness=fine.between(0.55, 0.95))
        if "metalness" in maps:
            surface.set(Metallic=_image(surface, maps["metalness"], "Non-Color"))
        surface.bump(colour.x, 0.3, 0.012)
        return surface.finish(_mean_colour(maps["color"]))

    def fonts(self) -> list[Path]:
        """Font files, sorted: the assets' own; where there are none, the Latin ones of this machine and Blender's."""
        own = self._files("fonts", ".ttf", ".otf", ".woff2")
        if own:
            return own
        system = sorted(path for path in _SYSTEM_FONTS.rglob("*") if path.suffix in {".ttf", ".otf"})
        bundled = Path(bpy.utils.system_resource("DATAFILES")) / "fonts" / "Inter.woff2"
        return [path for path in system if not any(part in path.stem for part in _NOT_LATIN)] + [bundled]

    def font(self, path: Path) -> Any:
        """A font for text curves."""
        if path not in self._fonts:
            self._fonts[path] = bpy.data.fonts.load(str(path))
        return self._fonts[path]


def _set_name(path: Path) -> str:
    stem = path.stem.removesuffix("_1k").removesuffix("_2k")
    for part in ("_color", "_diff", "_normal", "_roughness", "_metalness"):
        stem = stem.removesuffix(part)
    return stem


def _map_name(path: Path) -> str:
    for part in ("normal", "roughness", "metalness"):
        if f"_{part}" in path.stem:
            return part
    return "color"


def _image(surface: Surface, path: Path, space: str) -> Value:
    node = surface.nodes.add("TexImage", settings={"projection": "BOX", "projection_blend": 0.15}, Vector=surface.flat)
    node.image = bpy.data.images.load(str(path), check_existing=True)
    node.image.colorspace_settings.name = space
    return Value(surface.nodes, node.outputs[0])


def _mean_colour(path: Path) -> Colour:
    """Of an sRGB image, linear, from every 16th pixel."""
    image = bpy.data.images.load(str(path), check_existing=True)
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    red, green, blue = np.square(pixels.reshape(-1, image.channels)[::16, :3]).mean(axis=0).tolist()
    return red, green, blue


def _import(path: Path) -> Any:
    before = set(bpy.data.objects)
    _IMPORTERS[path.suffix.lower()](str(path))
    bpy.context.view_layer.update()
    made = sorted((thing for thing in bpy.data.objects if thing not in before), key=lambda thing: thing.name)
    names = [thing.name for thing in made]
    parts = [thing for thing in made if thing.type == "MESH" and len(thing.data.polygons)]
    for part in parts:
        part.data = part.data.copy() if part.data.users > 1 else part.data
        part.modifiers.clear()
    _join(parts)
    data = parts[0].data
    data.transform(parts[0].matrix_world)
    for name in names:
        if name in bpy.data.objects:  # joined ones are gone
            bpy.data.objects.remove(bpy.data.objects[name])
    _normalise(data)
    for material in data.materials:
        if material is not None and material.node_tree is not None:
            _drop_missing_images(material)
            _add_grain(material)
    return data


def _join(parts: list[Any]) -> None:
    if len(parts) > 1:
        with bpy.context.temp_override(
            active_object=parts[0], object=parts[0], selected_objects=parts, selected_editable_objects=parts
        ):
            bpy.ops.object.join()


def _normalise(data: Any) -> None:
    points = [vertex.co for vertex in data.vertices]
    low = Vector(min(point[axis] for point in points) for axis in range(3))
    high = Vector(max(point[axis] for point in points) for axis in range(3))
    largest = max(high - low)
    scale = 1 / largest if not math.isclose(largest, 0) else 1.0
    middle = Vector(((low.x + high.x) / 2, (low.y + high.y) / 2, low.z))
    data.transform(Matrix.Scale(scale, 4) @ Matrix.Translation(-middle))


def _drop_missing_images(material: Any) -> None:
    """Remove textures without an image, which would come out pink."""
    for node in list(material.node_tree.nodes):
        if node.bl_idname == "ShaderNodeTexImage" and (node.image is None or node.image.size[0] == 0):
            material.node_tree.nodes.remove(node)


def _add_grain(material: Any) -> None:
    """Give a material fine relief and uneven gloss, which textures of 512 pixels lack from near."""
    tree = material.node_tree
    principled = next((node for node in tree.nodes if node.bl_idname == "ShaderNodeBsdfPrincipled"), None)
    if principled is None:
        return
    place = tree.nodes.new("ShaderNodeTexCoord").outputs["Object"]
    grain, bump = tree.nodes.new("ShaderNodeTexNoise"), tree.nodes.new("ShaderNodeBump")
    grain.inputs["Scale"].default_value, grain.inputs["Detail"].default_value = 110.0, 1.0
    bump.inputs["Strength"].default_value, bump.inputs["Distance"].default_value = 0.35, 0.003
    tree.links.new(place, grain.inputs["Vector"])
    tree.links.new(grain.outputs[0], bump.inputs["Height"])
    _insert(tree, principled.inputs["Normal"], bump.inputs["Normal"], bump.outputs[0])
    roughness = principled.inputs["Roughness"]
    if not roughness.is_linked:
        smudges, value = tree.nodes.new("ShaderNodeTexNoise"), roughness.default_value
        smudges.inputs["Scale"].default_value, smudges.inputs["Detail"].default_value = 9.0, 2.0
        spread = tree.nodes.new("ShaderNodeMapRange")
        spread.inputs["To Min"].default_value, spread.inputs["To Max"].default_value = value * 0.5, value * 1.3
        tree.links.new(place, smudges.inputs["Vector"])
        tree.links.new(smudges.outputs[0], spread.inputs["Value"])
        tree.links.new(spread.outputs[0], roughness)


def _insert(tree: Any, socket: Any, before: Any, after: Any) -> None:
    """Put a node between a socket and what was linked to it."""
    if socket.is_linked:
        tree.links.new(socket.links[0].from_socket, before)
    tree.links.new(after, socket)
