"""Lamps, suns, skies and environments, each in a light group: key, fill, rim, practical or sky."""

import math
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

from uprez.blender.demo import geometry
from uprez.blender.demo.colours import Colour, mixed, scaled, white
from uprez.blender.demo.materials.glow import emission
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot, Vector3


def _lamp(shot: Shot, kind: str, location: Any, target: Any, power: float, colour: Colour, group: str) -> Any:
    light = bpy.data.lights.new(kind.lower(), kind)
    light.energy, light.color = power, colour
    thing = shot.add(light, to="set", location=tuple(location))
    direction = Vector(location) - Vector(target)
    thing.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()
    thing.lightgroup = group
    return thing


def area(
    shot: Shot,
    location: Vector3,
    target: Vector3,
    *,
    power: float,
    colour: Colour = (1.0, 1.0, 1.0),
    size: float | tuple[float, float] = 1.0,
    spread: float = math.pi,
    group: str = "key",
) -> Any:
    """A soft box of `size` units, power in watts; a small `spread` (radians) has it focussed like a grid."""
    thing = _lamp(shot, "AREA", location, target, power, colour, group)
    thing.data.shape, thing.data.spread = "RECTANGLE", spread
    thing.data.size, thing.data.size_y = size if isinstance(size, tuple) else (size, size)
    return thing


def point(
    shot: Shot,
    location: Vector3,
    *,
    power: float,
    colour: Colour = (1.0, 1.0, 1.0),
    radius: float = 0.05,
    group: str = "practical",
) -> Any:
    """A lamp that shines all round, power in watts; not seen itself but in reflections."""
    thing = _lamp(shot, "POINT", location, (location[0], location[1], location[2] - 1), power, colour, group)
    thing.data.shadow_soft_size = radius
    return thing


def spot(
    shot: Shot,
    location: Vector3,
    target: Vector3,
    *,
    power: float,
    colour: Colour = (1.0, 1.0, 1.0),
    angle: float = 0.8,
    softness: float = 0.3,
    radius: float = 0.05,
    group: str = "key",
) -> Any:
    """A spotlight with a cone of `angle` radians."""
    thing = _lamp(shot, "SPOT", location, target, power, colour, group)
    thing.data.spot_size, thing.data.spot_blend, thing.data.shadow_soft_size = angle, softness, radius
    return thing


def sun(
    shot: Shot,
    *,
    azimuth: float,
    elevation: float,
    strength: float = 4.0,
    colour: Colour | None = None,
    angle: float = 0.01,
    group: str = "key",
) -> Vector:
    """Sunlight, W/m2, from azimuth (radians from x to y) and elevation; warmer when low. Gives the direction to it."""
    flat = math.cos(elevation)
    direction = Vector((math.cos(azimuth) * flat, math.sin(azimuth) * flat, math.sin(elevation)))
    kelvin = 2600 + 3200 * min(max(elevation, 0.0) / 0.9, 1.0)
    thing = _lamp(shot, "SUN", direction * 10, (0, 0, 0), strength, colour or white(kelvin), group)
    thing.data.angle = angle
    return direction


def bulb(
    shot: Shot, location: Vector3, *, radius: float, strength: float, colour: Colour = (1.0, 1.0, 1.0), to: str = "set"
) -> Any:
    """A glowing ball that is seen and lights what is near, radiance `strength` (tens to hundreds)."""
    thing = shot.add(geometry.sphere(radius, segments=16), emission(colour, strength), to=to, location=location)
    thing.lightgroup = "practical"
    return thing


def three_point(
    shot: Shot, target: Vector3, distance: float, *, power: float = 500.0, azimuth: float | None = None
) -> None:
    """Key, fill and rim lamps round a target that is seen from -y: power in watts for a distance of 5 units."""
    draw = shot.draw
    side = draw.choice((-1.0, 1.0))
    heading = -math.pi / 2 + side * draw.uniform(0.4, 1.1) if azimuth is None else azimuth
    warm, cool = draw.warm_white(), draw.cool_white()
    key_colour, rim_colour = (warm, cool) if draw.chance(0.6) else (cool, warm)
    power *= (distance / 5) ** 2
    plan = (
        ("key", heading, draw.uniform(0.4, 1.0), 1.0, mixed((1, 1, 1), key_colour, draw.uniform(0.2, 0.8)), (0.2, 0.6)),
        (
            "fill",
            heading - side * 1.7,
            0.3,
            draw.log_uniform(0.03, 0.35),
            mixed(key_colour, draw.colour(), 0.4),
            (0.7, 1),
        ),
        ("rim", heading + math.pi * 0.9, draw.uniform(0.5, 1.0), draw.log_uniform(0.5, 3.0), rim_colour, (0.1, 0.3)),
    )
    for group, turn, elevation, part, colour, sizes in plan:
        offset = Vector((math.cos(turn), math.sin(turn), math.tan(elevation))).normalized() * distance
        place = Vector(target) + offset
        size = distance * draw.uniform(*sizes)
        area(
            shot,
            tuple(place),
            target,
            power=power * part,
            colour=colour,
            size=(size, size * draw.uniform(0.4, 1)),
            group=group,
        )


def _world() -> Nodes:
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("world")
    scene.world.use_nodes = True
    scene.world.lightgroup = "sky"
    return Nodes(scene.world.node_tree)


def flat(shot: Shot, colour: Colour, strength: float = 1.0) -> None:
    """An even surrounding, the cheapest one: for rooms and studios."""
    nodes = _world()
    nodes.add("OutputWorld", Surface=nodes.add("Background", Color=colour, Strength=strength))


def gradient(shot: Shot, low: Colour, high: Colour, strength: float = 1.0) -> None:
    """A surrounding from a colour below the horizon to another above."""
    nodes = _world()
    height = nodes.coordinates("Generated").z.step(-0.4, 0.6)
    nodes.add("OutputWorld", Surface=nodes.add("Background", Color=nodes.mix(height, low, high), Strength=strength))


def hdri(
    shot: Shot,
    image: Any,
    *,
    strength: float = 1.0,
    rotation: float = 0.0,
    backdrop: tuple[Colour, Colour] | None = None,
) -> None:
    """An environment image. With `backdrop` the camera sees a gradient of these colours instead, from below up."""
    nodes = _world()
    place = nodes.mapping(nodes.coordinates("Generated"), rotation=(0.0, 0.0, rotation))
    around: Any = nodes.add("TexEnvironment", Vector=place)
    around.image = image
    shader: Any = nodes.add("Background", Color=around, Strength=strength)
    if backdrop is not None:
        colour = nodes.mix(nodes.coordinates("Window").y, *backdrop)
        seen = nodes.add("Background", Color=colour, Strength=strength)
        shader = nodes.mix_shader(nodes.out("LightPath", "Is Camera Ray"), shader, seen)
    nodes.add("OutputWorld", Surface=shader)


def environment(
    shot: Shot, kind: str = "any", *, strength: float = 1.0, backdrop: tuple[Colour, Colour] | None = None
) -> str:
    """An HDRI by chance: outdoor, indoor, studio, sunset, night or any. One of the assets, or else one of the few that
    come with Blender. Gives its name.
    """
    names = shot.assets.hdris(kind) or shot.assets.hdris("any")
    if names:
        name = shot.draw.choice(names)
        image = shot.assets.hdri(name)
    else:
        bundled = {"outdoor": ("city", "courtyard", "forest"), "indoor": ("interior",), "studio": ("studio",)}
        others = {"sunset": ("sunset", "sunrise"), "night": ("night",)}
        name = shot.draw.choice(
            (bundled | others).get(kind, ("city", "courtyard", "forest", "interior", "studio", "sunset"))
        )
        folder = Path(bpy.utils.system_resource("DATAFILES")) / "studiolights" / "world"
        image = bpy.data.images.load(str(folder / f"{name}.exr"), check_existing=True)
    hdri(shot, image, strength=strength, rotation=shot.draw.angle(), backdrop=backdrop)
    return name


def sky(
    shot: Shot,
    *,
    azimuth: float | None = None,
    elevation: float | None = None,
    clouds: float | None = None,
    strength: float = 1.0,
) -> Vector:
    """A physical sky with a sun lamp and drawn clouds (cover 0 to 1, seen by the camera alone). Angles in radians.
    Gives the direction to the sun.
    """
    draw = shot.draw
    azimuth = draw.angle() if azimuth is None else azimuth
    elevation = draw.choice((draw.uniform(0.06, 0.25), draw.uniform(0.25, 1.1))) if elevation is None else elevation
    clouds = draw.choice((0.0, draw.uniform(0.2, 0.8))) if clouds is None else clouds
    nodes = _world()
    settings = {
        "sky_type": "MULTIPLE_SCATTERING",
        "sun_elevation": elevation,
        "sun_rotation": math.pi / 2 - azimuth,  # the node counts clockwise from y
        "sun_disc": False,
        "air_density": draw.uniform(0.8, 1.8),
        "aerosol_density": draw.uniform(0.3, 3.0),
        "ozone_density": draw.uniform(0.8, 2.5),
    }
    air = nodes.out("TexSky", settings=settings)
    shader: Any = nodes.add("Background", Color=air, Strength=0.13 * strength)
    if clouds > 0:
        seen = nodes.add("Background", Color=_clouds(shot, nodes, air, clouds), Strength=0.13 * strength)
        shader = nodes.mix_shader(nodes.out("LightPath", "Is Camera Ray"), shader, seen)
    nodes.add("OutputWorld", Surface=shader)
    power = draw.uniform(2.5, 5.0) * min(1.0, 0.2 + 2 * math.sin(elevation)) * strength
    return sun(shot, azimuth=azimuth, elevation=elevation, strength=power, angle=draw.uniform(0.008, 0.03))


def _clouds(shot: Shot, nodes: Nodes, air: Any, cover: float) -> Any:
    """A cloud layer on a flat ceiling over the horizon, mixed over the colour of the air."""
    draw = shot.draw
    view = nodes.coordinates("Generated")
    distance = abs(view.z) + 0.12
    place = nodes.combine(view.x / distance, view.y / distance, draw.uniform(0, 9))
    thickness = nodes.noise(place, draw.uniform(0.7, 2.2), detail=5, roughness=draw.uniform(0.52, 0.62))
    limit = 0.66 - 0.32 * cover
    lit = nodes.mix(thickness.step(limit, limit + 0.4), scaled(white(4500), 6.0), scaled(white(7500), 2.0))
    return nodes.mix(thickness.step(limit, limit + 0.14) * 0.9, air, nodes.mix(0.5, lit, air))
