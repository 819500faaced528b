"""Outer space: stars and nebulae, planets with air and rings, stations with solar panels and many small lights."""

import math
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo import boxes, geometry, materials, structures
from uprez.blender.demo.colours import Colour, mixed, scaled, white
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot


def stars(shot: Shot, *, brightness: float) -> None:
    """Stars of all magnitudes and a nebula, as the world; the brightest have a radiance of 300 times `brightness`."""
    draw = shot.draw
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("stars")
    scene.world.use_nodes = True
    scene.world.lightgroup = "sky"
    nodes = Nodes(scene.world.node_tree)
    view = nodes.coordinates("Generated")
    light: Any = 0.0
    for scale, radius, strength in ((60.0, 0.055, 90.0), (160.0, 0.07, 12.0), (330.0, 0.11, 1.6)):
        distance = nodes.voronoi(view, scale)
        chance = nodes.voronoi(view, scale, output="Color")
        tint = nodes.ramp(chance.x, [(0.0, (1.0, 0.55, 0.3)), (0.5, (1.0, 0.95, 0.9)), (1.0, (0.5, 0.7, 1.0))])
        magnitude = distance.step(radius, 0.0) * (chance.y**6.0) * strength
        star = nodes.mix(1.0, tint, nodes.combine(magnitude, magnitude, magnitude), "MULTIPLY")
        light = star if isinstance(light, float) else nodes.mix(1.0, light, star, "ADD")
    first, second = draw.vivid(), draw.vivid()
    cloud = nodes.noise(view, draw.uniform(0.9, 2.0), detail=5, roughness=0.62, distortion=draw.uniform(0.2, 1.2))
    veil = nodes.noise(view, draw.uniform(2, 4), detail=5, roughness=0.6, ridged=True)
    glow = cloud.step(0.45, 0.85) * veil.between(0.2, 1.0) * draw.log_uniform(0.02, 0.25)
    hue = nodes.mix(nodes.noise(view, 1.6, detail=2).step(0.35, 0.65), first, second)
    nebula = nodes.mix(1.0, hue, nodes.combine(glow, glow, glow), "MULTIPLY")
    sky = nodes.mix(1.0, light, nebula, "ADD")
    seen = nodes.add("Background", Color=sky, Strength=brightness)
    dark = nodes.add("Background", Color=scaled(mixed(first, second, 0.5), 0.01), Strength=brightness)
    camera = nodes.out("LightPath", "Is Diffuse Ray")
    nodes.add("OutputWorld", Surface=nodes.mix_shader(camera, seen, dark))


def planet(shot: Shot, place: tuple[float, float, float], radius: float) -> Any:
    """A planet with land and sea, or bands of gas, or craters; with air and clouds and by chance a ring."""
    draw = shot.draw
    kind = draw.choice((_earth, _gas, _rock))
    ball = geometry.sphere(1.0, segments=128)
    turn = (draw.gauss(0, 0.4), draw.gauss(0, 0.4), draw.angle())
    thing = shot.add(ball, kind(draw), location=place, rotation=turn, scale=radius)
    if kind is not _rock:
        colour = mixed(draw.cool_white(), draw.vivid(), 0.3)
        shot.add(geometry.sphere(1.0, segments=96), _air(colour), location=place, scale=radius * 1.02)
    if draw.chance(0.4):
        ring = geometry.surface(
            lambda u, v: ((1.4 + v) * np.cos(u * 2 * np.pi), (1.4 + v) * np.sin(u * 2 * np.pi), 0 * u), 200, 2
        )
        shot.add(
            ring, _ring(draw), location=place, rotation=(draw.gauss(0.3, 0.2), draw.gauss(0, 0.3), 0), scale=radius
        )
    return thing


def _earth(draw: Draw) -> Any:
    """Seas, land with snow on heights, clouds, and cities at night."""
    surface = Surface("earth", draw)
    nodes = surface.nodes
    land = surface.noise(draw.uniform(1.2, 2.2), detail=12, roughness=0.62)
    shore = land.step(0.5, 0.51)
    ground = nodes.ramp(
        land,
        [(0.5, (0.05, 0.12, 0.03)), (0.58, (0.25, 0.18, 0.08)), (0.66, (0.3, 0.28, 0.25)), (0.72, (0.85, 0.87, 0.9))],
    )
    cloud = surface.noise(2.6, detail=7, roughness=0.66, distortion=0.9).step(0.5, 0.75)
    tint = nodes.mix(shore, (0.006, 0.025, 0.07), ground)
    surface.set(
        Base_Color=nodes.mix(cloud, tint, (0.85, 0.86, 0.88)), Roughness=(shore.maximum(cloud)).between(0.2, 0.9)
    )
    surface.bump(cloud, 0.3, 0.02)
    return surface.finish()


def _gas(draw: Draw) -> Any:
    """Bands with eddies."""
    surface = Surface("gas", draw)
    nodes = surface.nodes
    warp = surface.noise(3, detail=4, distortion=1.5, colour=True) * draw.uniform(0.05, 0.2)
    height = (surface.flat + warp).z
    fine = nodes.noise(nodes.combine(0.0, 0.0, height * 9.0), 1.0, detail=8, roughness=0.7)
    swirl = nodes.noise(
        nodes.mapping(surface.flat + warp, scale=(2.0, 2.0, 14.0)), 2.0, detail=5, roughness=0.65, distortion=0.6
    )
    colours = [mixed(draw.colour(), (0.8, 0.7, 0.55), 0.5) for _ in range(4)]
    stops = [(0.2 + 0.2 * k, colour) for k, colour in enumerate(colours)]
    surface.set(Base_Color=nodes.ramp(fine * 0.55 + swirl * 0.45, stops), Roughness=0.9)
    return surface.finish()


def _rock(draw: Draw) -> Any:
    """A moon with craters at many sizes."""
    surface = Surface("rock", draw)
    nodes = surface.nodes
    height: Any = surface.noise(4, detail=5, roughness=0.7) * 0.5
    for scale, depth in ((3.0, 0.6), (8.0, 0.35), (22.0, 0.2), (60.0, 0.1)):
        cell = nodes.voronoi(surface.position, scale)
        bowl = cell.step(0.0, 0.34) + cell.step(0.26, 0.34) * cell.step(0.5, 0.34) * 0.5
        height = height + bowl * depth
    tone = draw.choice(((0.35, 0.33, 0.3), (0.4, 0.2, 0.12), draw.colour()))
    tint = nodes.mix(surface.noise(2, detail=5).step(0.35, 0.65), scaled(tone, 0.4), tone)
    surface.set(Base_Color=tint, Roughness=0.95)
    surface.bump(height, 1.0, 0.06)
    return surface.finish(tone)


def _air(colour: Colour) -> Any:
    """A shell that is clear in front and bright at the lit limb."""
    surface = Surface("air", Draw("air"))
    nodes = surface.nodes
    limb = nodes.facing(0.5)
    rim = (limb**3.0) * limb.step(1.0, 0.93)
    scatter = nodes.add("BsdfTranslucent", Color=colour)
    glow = nodes.add_shader(scatter, nodes.add("BsdfDiffuse", Color=colour))
    clear = nodes.add("BsdfTransparent")
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(rim * 0.7, clear, glow))
    return surface.material


def _ring(draw: Draw) -> Any:
    """Ice and dust in hundreds of fine rings, with gaps."""
    surface = Surface("ring", draw)
    nodes = surface.nodes
    place = nodes.coordinates("Object")
    radius = nodes.out("VectorMath", 1, settings={"operation": "LENGTH"})
    nodes.tree.links.new(place.socket, radius.socket.node.inputs[0])
    bands = nodes.noise(nodes.combine(radius * 6.0, 0.0, draw.uniform(0, 9)), 2.0, detail=8, roughness=0.75)
    tone = mixed(draw.colour(), (0.7, 0.65, 0.55), 0.6)
    dust = nodes.mix_shader(0.4, nodes.add("BsdfDiffuse", Color=tone), nodes.add("BsdfTranslucent", Color=tone))
    shader = nodes.mix_shader(bands.step(0.4, 0.62), nodes.add("BsdfTransparent"), dust)
    nodes.add("OutputMaterial", Surface=shader)
    return surface.material


def station(shot: Shot, place: tuple[float, float, float], size: float) -> Any:
    """A space station about 10 units long times `size`: truss, modules, solar panels, dishes, lights."""
    draw = shot.draw
    skin, gold = (
        materials.brushed_metal(draw, (0.7, 0.7, 0.72), size=1.0),
        materials.metal(draw, (1.0, 0.7, 0.3), size=0.6),
    )
    chords, braces = structures.lattice((-5, 0, 0), (5, 0, 0), (0.5, 0.5), 22)
    root = structures.wires(shot, chords, 0.03, skin)
    root.location, root.scale = place, (size, size, size)
    root.rotation_euler = (draw.gauss(0, 0.4), draw.gauss(0, 0.3), draw.gauss(0, 0.6))
    parts = [structures.wires(shot, braces, 0.016, skin, sides=5)]
    shell = materials.worn_paint(draw, (0.75, 0.75, 0.73), size=0.8)
    for x in (-1.6, 0.0, 1.5):
        length = draw.uniform(1.2, 2.4)
        ribs = [
            (r, z * length / 12)
            for z in range(13)
            for r in ((0.0 if z in (0, 12) else 0.5), 0.52 if z not in (0, 12) else 0.35)
        ]
        turn = draw.choice(((math.pi / 2, 0, 0), (0, 0, 0)))
        parts.append(shot.add(geometry.lathe(ribs, segments=48), shell, location=(x, 0.3, -0.6), rotation=turn))
    parts += _solar_panels(shot, gold)
    for _ in range(4):
        dish = geometry.lathe(
            [(0.02, -0.1), (0.03, 0.0), (0.2, 0.05), (0.35, 0.16), (0.34, 0.17), (0.19, 0.07), (0, 0.02)]
        )
        parts.append(shot.add(dish, shell, location=(draw.uniform(-4, 4), 0, 0.4), rotation=draw.vector(0.8)))
    parts += _lights(shot)
    for part in parts:
        part.parent = root
    return root


def _solar_panels(shot: Shot, frame: Any) -> list[Any]:
    """Wings of dark blue cells with bright conductors."""
    draw = shot.draw
    surface = Surface("solar cells", draw)
    nodes = surface.nodes
    cells = surface.flat * (6.0, 6.0, 1.0)
    edge = abs(cells.x.fraction() - 0.5).maximum(abs(cells.y.fraction() - 0.5)).step(0.46, 0.48)
    fingers = ((surface.flat.x * 60.0).fraction() - 0.5).greater_than(0.3)
    shade = nodes.out("TexWhiteNoise", 0, Vector=cells.floor())
    cell = nodes.mix(shade, (0.006, 0.012, 0.05), (0.015, 0.03, 0.11))
    tint = nodes.mix(edge.maximum(fingers * 0.35), cell, (0.6, 0.58, 0.52))
    surface.set(Base_Color=tint, Roughness=0.18, Metallic=0.4, Coat_Weight=1.0)
    material = surface.finish((0.02, 0.03, 0.08))
    parts = []
    tilt = draw.gauss(0, 0.5)
    for x in (-4.4, -3.2, 3.2, 4.4):
        for side in (-1, 1):
            panel = geometry.plane(1.0, 3.4)
            parts.append(shot.add(panel, material, location=(x, side * 2.2, 0), rotation=(0, tilt, 0)))
            bar = geometry.tubes([[(x, side * 0.2, 0), (x, side * 3.95, 0)]], 0.03)
            parts.append(shot.add(bar, frame))
    return parts


def _lights(shot: Shot) -> list[Any]:
    """Navigation lamps and rows of lit windows."""
    draw = shot.draw
    parts = []
    for colour, count, radius in (((1, 0.05, 0.02), 5, 0.035), (white(8000), 8, 0.03), ((1, 0.75, 0.4), 60, 0.018)):
        ball = geometry.ico_sphere(radius, subdivisions=2)
        glow = materials.emission(colour, draw.log_uniform(40, 300))
        for _ in range(count):
            place = (draw.uniform(-4.6, 4.6), draw.uniform(-0.3, 0.3), draw.choice((-0.28, 0.28)))
            parts.append(shot.add(ball, glow, location=place))
    return parts


def hull(shot: Shot, width: float, height: float) -> Any:
    """A wall of a great ship in the plane of x and z: plates at many sizes, with lit windows."""
    draw = shot.draw
    low = [np.array([(-width, 0.1, -height)])]
    high = [np.array([(width, 1.0, height)])]
    for count, size, depth in ((60, 3.0, 0.5), (260, 1.2, 0.3), (1400, 0.4, 0.16), (4000, 0.12, 0.07)):
        corner = draw.array.uniform((-width / 2, 0, -height / 2), (width / 2, 0, height / 2), (count, 3))
        extent = draw.array.uniform(0.25, 1.0, (count, 3)) * (size, depth, size * 0.6)
        low.append(corner - extent * (0.5, 1.0, 0.5))
        high.append(corner + extent * (0.5, 0.2, 0.5))
    steel = materials.worn_paint(draw, mixed(draw.neutral(), draw.colour(), 0.3), size=1.5, coordinates="UV")
    return shot.add(boxes.mesh(boxes.boxes(np.concatenate(low), np.concatenate(high))), steel)
