"""Transparent elements: glass, liquid, bubbles, flying particles, veils and hair-thin things with partial alpha."""

import math
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo import cameras, geometry, lights, materials, scatter
from uprez.blender.demo.colours import Colour, mixed
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    draw = shot.draw
    bpy.context.scene.cycles.film_transparent_glass = True  # light that goes straight through counts as alpha
    bpy.context.scene.cycles.film_transparent_roughness = 0.2
    shot.key, shot.sampling = draw.choice((0.06, 0.1, 0.2)), 2
    _set(shot)
    subjects = (
        (_vessels, 1.2),
        (_bubbles, 1.0),
        (_splash, 1.0),
        (_particles, 0.6),
        (_threads, 1.2),
        (_veil, 1.0),
        (_shards, 0.8),
    )
    first = draw.weighted(subjects)
    first(shot)
    if first in {_particles, _threads}:
        draw.choice((_vessels, _bubbles, _veil))(shot)
    elif draw.chance(0.5):
        draw.choice((_particles, _threads))(shot)
    lights.three_point(shot, (0, 0, 0.6), 4, power=draw.uniform(200, 500))
    cameras.place(
        shot,
        (draw.uniform(-0.2, 0.2), 0, draw.uniform(0.5, 0.7)),
        width=draw.uniform(1.0, 1.7) if draw.chance(0.4) else draw.uniform(1.8, 2.8),
        azimuth=(-2.1, -1.0),
        elevation=(0.0, 0.35),
        lens=(40, 100),
        blur=(0.004, 0.035),
    )


def _set(shot: Shot) -> None:
    """A table and a patterned backdrop, so that refraction has something to bend."""
    draw = shot.draw
    kind = draw.choice(("room", "room", "open"))
    table = draw.choice((materials.wood, materials.marble, materials.tiles, materials.weave, materials.concrete))(
        draw, size=1.5
    )
    shot.add(geometry.box(6, 3.5, 0.1, bevel=0.02), table, to="set", location=(0, 0.3, -0.05))
    if kind == "room":
        wall = draw.choice((materials.brick, materials.tiles, materials.plaster, materials.plaid, materials.wood))(
            draw, size=2
        )
        shot.add(geometry.plane(24, 12), wall, to="set", location=(0, 3.5, 2), rotation=(math.pi / 2, 0, 0))
        shot.add(geometry.plane(24, 24), materials.concrete(draw), to="set", location=(0, 0, -1.4))
    lights.environment(shot, draw.choice(("indoor", "studio", "outdoor", "sunset")), strength=draw.uniform(0.4, 1.0))


def _thin_glass(name: str, colour: Colour, *, opacity: float, roughness: float = 0.02) -> Any:
    """A film of glass: reflects by the angle, else lets light straight through, a part of it tinted or veiled."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    fresnel = nodes.out("Fresnel", IOR=1.5)
    veil = nodes.add("BsdfDiffuse", Color=colour)
    clear = nodes.add("BsdfTransparent", Color=mixed((1, 1, 1), colour, 0.25))
    body = nodes.mix_shader(opacity, clear, veil)
    gloss = nodes.add("BsdfGlossy", Color=(1.0, 1.0, 1.0), Roughness=roughness)
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(fresnel, body, gloss))
    return material


def _vessels(shot: Shot) -> None:
    """Glasses and bottles, with liquid in some."""
    draw = shot.draw
    outlines = (
        [(0, 0), (0.2, 0.005), (0.03, 0.03), (0.025, 0.35), (0.18, 0.5), (0.23, 0.7), (0.19, 0.95)],
        [(0, 0), (0.17, 0.0), (0.18, 0.05), (0.21, 0.6)],
        [(0, 0), (0.2, 0.0), (0.22, 0.1), (0.2, 0.55), (0.07, 0.75), (0.065, 1.0), (0.08, 1.02)],
        [(0, 0), (0.12, 0.0), (0.28, 0.2), (0.3, 0.35), (0.1, 0.55), (0.16, 0.8)],
    )
    for index in range(draw.integer(1, 3)):
        outline = draw.choice(outlines)
        outside = geometry.spline(outline, 90)
        kept = outside[:, 1] > (0.36 if outline is outlines[0] else 0.02)
        inside = (outside[kept] - (0.012, -0.008))[::-1]
        inside[:, 0] = np.maximum(inside[:, 0], 0.002)
        wall = np.concatenate([outside, inside, [(0, inside[-1, 1])]])
        x = (0.0, 0.55, -0.55)[index]
        place = (x, draw.uniform(-0.1, 0.25), 0.0)
        tint = draw.choice(((1.0, 1.0, 1.0), draw.colour()))
        shot.add(geometry.lathe(wall, segments=96), materials.glass(draw, tint), location=place)
        if draw.chance(0.6):
            level = draw.uniform(0.35, 0.8)
            inner = inside[::-1]
            top = inner[0, 1] + (inner[-1, 1] - inner[0, 1]) * level
            body = inner[inner[:, 1] < top] * (0.985, 1.0)
            if len(body) > 3:
                liquid = np.concatenate([[(0, body[0, 1])], body, [(0, body[-1, 1])]])
                shot.add(geometry.lathe(liquid, segments=96), _liquid(draw), location=place)


def _liquid(draw: Draw) -> Any:
    surface = materials.Surface("liquid", draw)
    colour = draw.choice(((0.9, 0.25, 0.05), (0.55, 0.02, 0.06), (0.95, 0.75, 0.3), (0.3, 0.8, 0.9), draw.vivid()))
    surface.set(Base_Color=colour, Transmission_Weight=1.0, IOR=1.34, Roughness=0.0)
    return surface.finish()


def _bubbles(shot: Shot) -> None:
    """Soap bubbles with colours of thin films."""
    draw = shot.draw
    material = bpy.data.materials.new("bubble")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    swirl = nodes.noise(nodes.coordinates("Object"), 2.5, detail=4, distortion=2.0)
    hue = nodes.out(
        "CombineColor", settings={"mode": "HSV"}, Red=swirl * 2.5 + nodes.facing(0.5) * 1.5, Green=0.65, Blue=1.0
    )
    rim = nodes.facing(0.35)
    gloss = nodes.add("BsdfGlossy", Color=hue, Roughness=0.0)
    clear = nodes.add("BsdfTransparent")
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(rim.between(0.04, 0.85), clear, gloss))
    for x, y, _ in scatter.spaced(shot.scatter, draw.integer(12, 45), 3.2, 2.2, distance=0.12):
        radius = min(shot.scatter.log_uniform(0.02, 0.3), 0.3)
        place = (x, y, shot.scatter.uniform(0.15, 1.3) + radius)
        thing = shot.add(geometry.sphere(radius, segments=48), material, location=place)
        if shot.moving:
            shot.move(thing, velocity=(draw.gauss(0, 0.004), 0, draw.uniform(0.0, 0.008)))


def _splash(shot: Shot) -> None:
    """A crown of liquid and the drops that fly from it."""
    draw = shot.draw
    liquid = _liquid(draw) if draw.chance(0.6) else materials.glass(draw, (0.9, 0.95, 1.0))
    prongs, phase, tall = draw.integer(9, 17), draw.angle(), draw.uniform(0.3, 0.5)
    u, v = np.meshgrid(np.linspace(0, 1, 241)[:-1], np.linspace(0, 1, 40), indexing="ij")
    turn = u * 2 * math.pi
    wave = 0.5 + 0.5 * np.cos(turn * prongs + phase + 0.6 * np.sin(turn * 3))
    height = tall * v * (0.55 + 0.45 * wave * v**2)
    radius = 0.24 + 0.26 * v**1.6 + 0.02 * np.sin(turn * 5)
    outer = np.stack([np.cos(turn) * radius, np.sin(turn) * radius, height], -1)
    thick = 0.03 * (1 - 0.55 * v)
    inner = np.stack([np.cos(turn) * (radius - thick), np.sin(turn) * (radius - thick), height + 0.004], -1)
    profile = np.concatenate([outer, inner[:, ::-1], outer[:, :1]], 1)
    shot.add(
        geometry.mesh(profile.reshape(-1, 3), geometry.grid_faces(240, 81, closed=True)), liquid, location=(0, 0, 0.012)
    )
    tall_ones = np.flatnonzero((wave[:, -1] > np.roll(wave[:, -1], 1)) & (wave[:, -1] >= np.roll(wave[:, -1], -1)))
    for x, y, z in outer[tall_ones, -1]:
        size = draw.uniform(0.012, 0.03)
        shot.add(geometry.sphere(size, segments=24), liquid, location=(x * 0.99, y * 0.99, z + 0.012))
    pool = geometry.cylinder(0.8, 0.02, bevel=0.008, segments=128)
    shot.add(pool, liquid, location=(0, 0, 0.001))
    for _ in range(draw.integer(40, 110)):
        angle, out = shot.scatter.angle(), shot.scatter.uniform(0.35, 0.95)
        place = (math.cos(angle) * out, math.sin(angle) * out, tall * shot.scatter.uniform(0.6, 2.2) + 0.1)
        size = shot.scatter.log_uniform(0.006, 0.04)
        drop = shot.add(geometry.sphere(size, segments=24), liquid, location=place)
        if shot.moving:
            shot.move(drop, velocity=(math.cos(angle) * 0.012, math.sin(angle) * 0.012, draw.gauss(0.004, 0.01)))


def _particles(shot: Shot) -> None:
    """Confetti, glitter, dust or embers in the air, some of them partly transparent."""
    draw = shot.draw
    kind = draw.choice(("glitter", "confetti", "dust", "embers"))
    count = {"glitter": 1500, "confetti": 300, "dust": 2500, "embers": 500}[kind]
    places = shot.scatter.array.normal(0, 1, (count, 3)) * (0.9, 0.7, 0.4) + (0, 0, 0.8)
    places[:, 2] = np.abs(places[:, 2]) + 0.02
    leaf = np.array([(-1, -0.6, 0.1), (1, -0.6, -0.1), (1, 0.6, 0.1), (-1, 0.6, -0.1)])
    octahedron = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], float)
    sides = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    flat = kind in {"glitter", "confetti"}
    size = {"glitter": (0.004, 0.014), "confetti": (0.012, 0.03), "dust": (0.003, 0.009), "embers": (0.003, 0.011)}[
        kind
    ]
    matrices = scatter.transforms(shot.scatter, places, size=size, tilt=2.0)
    surface = {
        "glitter": lambda: materials.metal(draw),
        "confetti": lambda: _thin_glass("confetti", draw.vivid(), opacity=draw.choice((0.45, 0.9))),
        "dust": lambda: _thin_glass("dust", (0.9, 0.87, 0.8), opacity=0.8),
        "embers": lambda: materials.emission((1.0, 0.35, 0.06), draw.uniform(20, 120)),
    }[kind]()
    data = scatter.copies(
        shot.scatter, leaf if flat else octahedron, [(0, 1, 2, 3)] if flat else sides, matrices, smooth=False
    )
    thing = shot.add(data, surface)
    if shot.moving:
        shot.move(thing, velocity=(draw.gauss(0, 0.004), 0, draw.gauss(0, 0.006)))


def _threads(shot: Shot) -> None:
    """Hair-thin fibres: a web, loose hair, wires or dandelion seeds."""
    draw = shot.draw
    count, points = draw.integer(150, 900), 24
    along = np.linspace(0, 1, points)[None, :, None]
    array = shot.scatter.array
    if draw.chance(0.5):
        roots = array.normal(0, 1, (count, 1, 3)) * (0.5, 0.3, 0.12) + (0, 0, 0.6)
        toward = array.normal(0, 1, (count, 1, 3)) * (0.9, 0.4, 0.5)
        wave = np.sin(along * array.uniform(3, 12, (count, 1, 3)) + array.uniform(0, 6, (count, 1, 3))) * 0.06
        strands = roots + toward * along + wave
    else:
        centres = array.normal(0, 1, (9, 3)) * (0.7, 0.4, 0.3) + (0, 0, 0.75)
        ends = array.normal(0, 1, (count, 1, 3))
        ends /= np.linalg.norm(ends, axis=2, keepdims=True)
        strands = centres[array.integers(0, 9, count)][:, None] + ends * along * array.uniform(0.1, 0.22, (count, 1, 1))
    strands[..., 2] = np.maximum(strands[..., 2], 0.01)
    colour = draw.choice(((0.9, 0.88, 0.85), (0.05, 0.03, 0.02), draw.vivid()))
    surface = materials.Surface("thread", draw)
    surface.set(Base_Color=colour, Roughness=0.35, Sheen_Weight=0.3, Alpha=draw.choice((1.0, 0.7)))
    root = draw.log_uniform(0.0006, 0.003)
    shot.add(geometry.hair(strands, root, root * 0.4, surface.finish()))


def _veil(shot: Shot) -> None:
    """A hanging cloth of gauze or lace: holes by a texture's alpha."""
    draw = shot.draw
    folds, phase, swing = draw.integer(3, 8), draw.angle(), draw.uniform(0.05, 0.16)

    def hang(u: Any, v: Any) -> Any:
        fold = np.sin(u * folds * 2 * math.pi + phase + 1.5 * np.sin(v * 3)) * swing * (1.2 - v)
        return (u - 0.5) * 2.2 + 0.1 * np.sin(v * 4 + phase), fold + 0.15 * (1 - v), 0.06 + v * 1.5

    surface = materials.Surface("lace", draw, coordinates="UV")
    nodes = surface.nodes
    threads = draw.uniform(80, 200)
    grid = abs((surface.flat.x * threads).sine()).minimum(abs((surface.flat.y * threads * 0.7).sine()))
    pattern = nodes.voronoi(surface.flat * (1.4, 1.0, 1.0), draw.uniform(5, 12), feature="F2").step(0.35, 0.6)
    rings = abs((nodes.voronoi(surface.flat * (1.4, 1.0, 1.0), 9.0) * 40.0).sine())
    cloth = grid.step(0.55, 0.3).maximum(pattern * rings * draw.choice((0.0, 1.0)))
    colour = mixed(draw.colour(), (0.9, 0.9, 0.9), draw.uniform(0, 0.9))
    surface.set(Base_Color=colour, Roughness=0.6, Sheen_Weight=0.5, Alpha=cloth.between(draw.uniform(0.02, 0.2), 0.95))
    thing = shot.add(geometry.surface(hang, 260, 90), surface.finish())
    if shot.moving:
        shot.move(thing, velocity=(draw.gauss(0, 0.004), 0, 0))


def _shards(shot: Shot) -> None:
    """Splinters of a broken pane in the air and on the table."""
    draw = shot.draw
    glass = materials.glass(draw, draw.choice(((0.6, 0.95, 0.85), draw.vivid(), (0.95, 0.97, 1.0))))
    for _ in range(draw.integer(50, 110)):
        corners = shot.scatter.integer(3, 6)
        turn = np.sort(shot.scatter.array.uniform(0, 2 * math.pi, corners))
        reach = shot.scatter.log_uniform(0.02, 0.2) * shot.scatter.array.uniform(0.5, 1.3, corners)
        rim = np.stack([np.cos(turn) * reach, np.sin(turn) * reach], -1)
        points = np.concatenate([np.c_[rim, np.full(corners, 0.004)], np.c_[rim, np.full(corners, -0.004)]])
        ring = np.arange(corners)
        walls = np.stack([ring, (ring + 1) % corners, (ring + 1) % corners + corners, ring + corners], -1)
        faces = [ring[None], (ring + corners)[None, ::-1], walls]
        place = (shot.scatter.gauss(0, 0.6), shot.scatter.gauss(0, 0.4), abs(shot.scatter.gauss(0.6, 0.4)) + 0.26)
        thing = shot.add(
            geometry.mesh(points, faces, smooth=False), glass, location=place, rotation=shot.scatter.vector(3.1)
        )
        if shot.moving:
            shot.move(thing, velocity=shot.scatter.vector(0.008), spin=shot.scatter.vector(0.04))
