"""Avenues of a city: roadway, pavements, rows of buildings with shops, lamps, wires, garlands."""

import math
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo import boxes, buildings, cameras, geometry, lights, materials, signs, structures
from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot

_SHOPS = (
    "MARKET",
    "BAKERY",
    "RECORDS",
    "NOODLES",
    "PHARMACY",
    "FLOWERS",
    "24 HOURS",
    "LAUNDRY",
    "BOOKS",
    "TEA",
    "ARCADE",
)
_GROUND_FLOOR = 3.6


@dataclass(frozen=True)
class Avenue:
    """A street along y, its middle at x = 0; lengths in metres."""

    half_width: float
    """From the middle to the buildings."""
    length: float
    lit: float
    """Share of windows that are lit; 0.1 and less is day."""
    glow: float
    """Radiance of lit rooms."""


@dataclass(frozen=True)
class _Block:
    """A kind of building, with shops two bays wide below."""

    style: buildings.Style
    upper: buildings.Palette
    shop: buildings.Style
    lower: buildings.Palette


def wet_asphalt(draw: Draw, *, wetness: float) -> Any:
    """Asphalt under a film of water, with puddles that mirror; `wetness` 0 (damp) to 1 (flooded)."""
    surface = Surface("wet asphalt", draw, size=1.0)
    nodes = surface.nodes
    grit = nodes.voronoi(surface.position, 55)
    limit = 0.62 - 0.25 * wetness
    puddle = surface.noise(0.35, detail=4, roughness=0.6).step(limit, limit + 0.04)
    stains = surface.noise(1.1, detail=3).step(0.3, 0.7)
    dry = nodes.mix(stains, (0.02, 0.02, 0.022), (0.055, 0.054, 0.052))
    surface.set(
        Base_Color=nodes.mix(puddle * 0.6, dry, (0.008, 0.008, 0.009)),
        Roughness=puddle.between(draw.uniform(0.18, 0.4), 0.015),
        Specular_IOR_Level=0.6,
    )
    surface.bump(1.0 - grit, puddle.between(0.42, 0.01), 0.012)
    return surface.finish((0.03, 0.03, 0.031))


def build(shot: Shot, draw: Draw, avenue: Avenue, road: Any, maker: signs.Maker) -> None:
    """Road, pavements with kerbs, markings, both rows of buildings, and towers where the street ends."""
    shot.add(geometry.plane(400, 600), road, to="set")
    paving = (
        materials.tiles(draw, (0.2, 0.19, 0.18), size=3) if draw.chance(0.5) else materials.concrete(draw, size=1.5)
    )
    blocks = _blocks(draw, avenue)
    for side in (-1, 1):
        edges = sorted((side * avenue.half_width * 0.62, side * (avenue.half_width + 0.5)))
        walk = boxes.boxes([(edges[0], -20, 0)], [(edges[1], avenue.length, 0.14)])
        shot.add(boxes.mesh(walk), paving, to="set")
        _row(shot, draw, avenue, side, blocks, maker)
    _markings(shot, draw, avenue)
    for k in range(-3, 4):
        block = draw.choice(blocks)
        tower = buildings.facade(shot, draw, block.style, block.upper, draw.integer(5, 8), draw.integer(8, 22))
        tower.location = (k * 17.0 + draw.uniform(-3, 3), avenue.length + draw.uniform(5, 40), 0)


def look_along(shot: Shot, avenue: Avenue, target: tuple[float, float, float], width: float) -> Any:
    """The camera in the street, looking along it at `target`, where it sees `width` metres."""
    draw = shot.draw
    lens, limit = draw.log_uniform(24, 60), avenue.half_width - 1.3
    distance = width * lens / 36
    aside = target[0] + distance * draw.gauss(0, 0.25)
    sine = min(max(min(max(aside, -limit), limit) - target[0], -0.9 * distance), 0.9 * distance) / distance
    azimuth = -math.pi / 2 + math.asin(sine)
    return cameras.place(
        shot,
        target,
        width=width,
        azimuth=(azimuth, azimuth),
        elevation=(-0.02, 0.03) if draw.chance(0.7) else (0.1, 0.3),
        lens=(lens, lens),
        blur=(0.002, 0.012) if draw.chance(0.6) else None,
        floor=0.5,
    )


def _markings(shot: Shot, draw: Draw, avenue: Avenue) -> None:
    """A dashed line and a crossing."""
    kerb, crossing = avenue.half_width * 0.62, draw.uniform(2, 10)
    dashes = [((-0.07, y, 0), (0.07, y + 2.0, 0.006)) for y in np.arange(-10, avenue.length, 4.5)]
    stripes = [((x, crossing, 0), (x + 0.45, crossing + 3.0, 0.007)) for x in np.arange(-kerb + 0.3, kerb - 0.4, 0.95)]
    low, high = zip(*dashes, *stripes, strict=True)
    paint = materials.worn_paint(draw, (0.6, 0.59, 0.55), size=1.0)
    shot.add(boxes.mesh(boxes.boxes(np.array(low), np.array(high))), paint, to="set")


def _blocks(draw: Draw, avenue: Avenue) -> list[_Block]:
    """Four kinds of buildings for the whole street: materials are dear to make."""
    made = []
    for k in range(4):
        style = buildings.curtain_wall_style(draw) if k == 0 else buildings.masonry_style(draw)
        upper = buildings.palette(draw, style, lit=avenue.lit, strength=avenue.glow)
        bay = 2 * style.bay
        shop = buildings.Style(bay, _GROUND_FLOOR, (0.3, 0.45, bay - 0.3, 3.0), (draw.integer(2, 4), 1))
        lit = 0.85 if avenue.lit > 0.1 else avenue.lit
        made.append(_Block(style, upper, shop, buildings.palette(draw, shop, lit=lit, strength=avenue.glow * 2)))
    return made


def _row(shot: Shot, draw: Draw, avenue: Avenue, side: int, blocks: list[_Block], maker: signs.Maker) -> None:
    """Buildings shoulder to shoulder along one side, with shops below."""
    y, turn = -4.0, inward(side)
    while y < avenue.length:
        block = draw.choice(blocks)
        columns, floors = 2 * draw.integer(2, 3), draw.integer(3, 9)
        width = columns * block.style.bay
        start = y if side < 0 else y + width
        house = buildings.house(shot, draw, block.style, block.upper, columns, floors, 3)
        front = buildings.facade(shot, draw, block.shop, block.lower, columns // 2, 1)
        for thing, height in ((house, _GROUND_FLOOR), (front, 0.0)):
            thing.rotation_euler, thing.location = (0, 0, turn), (side * avenue.half_width, start, height)
        if y < 0.6 * avenue.length:
            for part in (0.28, 0.72):
                _dress_shop(shot, draw, avenue, (side, y + part * width, 0.4 * width), maker)
        y += width + draw.choice((0.0, 0.0, 1.5))


def inward(side: int) -> float:
    """The turn about z that has a front look to the street from its left (-1) or right side (1)."""
    return math.pi / 2 if side < 0 else -math.pi / 2


def _dress_shop(shot: Shot, draw: Draw, avenue: Avenue, place: tuple[int, float, float], maker: signs.Maker) -> None:
    """An awning or a board over a shop at (side, y, width), and what its window throws on the pavement."""
    side, y, width = place
    x = side * (avenue.half_width - 0.36)
    if draw.chance(0.45):
        cloth = signs.awning(shot, draw, width)
        cloth.rotation_euler, cloth.location = (0.3, 0, inward(side)), (side * avenue.half_width, y, 3.1)
    else:
        board = signs.light_box(shot, draw, maker, draw.choice(_SHOPS), draw.uniform(0.35, 0.55))
        board.rotation_euler, board.location = (0, 0, inward(side)), (x, y, 3.4)
    if avenue.lit > 0.1:
        toward, colour = (side * avenue.half_width * 0.5, y, 0.0), draw.choice((draw.warm_white(), draw.vivid()))
        power = avenue.glow * draw.log_uniform(15, 90)
        lights.area(shot, (x, y, 1.9), toward, power=power, colour=colour, size=(width, 1.6), group="practical")


def lamps(shot: Shot, draw: Draw, avenue: Avenue, strength: float) -> None:
    """Lamp posts along both kerbs; bulbs of radiance `strength`, none where it is 0."""
    iron = materials.worn_paint(draw, (0.02, 0.025, 0.025), size=0.5)
    kerb, colour = avenue.half_width * 0.66, draw.warm_white()
    hood = geometry.lathe([(0.02, 0.12), (0.08, 0.1), (0.24, 0.0), (0.22, 0.0)], segments=32)
    posts = []
    for k, y in enumerate(np.arange(2.0, avenue.length, 9.0)):
        side = 1 if k % 2 else -1
        x = side * kerb
        bend = [(x, y, 0), (x, y, 4.2), (x - side * 0.15, y, 4.8), (x - side * 0.6, y, 5.1), (x - side * 1.1, y, 5.1)]
        posts.append(geometry.spline(np.array(bend), 40))
        x -= side * 1.1
        shot.add(hood, iron, to="set", location=(x, y, 5.0))
        if strength > 0:
            signs.seen_only(lights.bulb(shot, (x, y, 4.98), radius=0.09, strength=strength, colour=colour))
            lights.point(shot, (x, y, 4.85), power=0.3 * strength, colour=colour, radius=0.1)
    structures.wires(shot, posts, 0.05, iron, sides=10, to="set")


def overhead_wires(shot: Shot, draw: Draw, avenue: Avenue) -> None:
    """Cables across and along the street."""
    width = avenue.half_width
    lines = []
    for _ in range(draw.integer(6, 12)):
        y, height = draw.uniform(0, avenue.length * 0.7), draw.uniform(5, 8.5)
        end = (width, y + draw.gauss(0, 2), height)
        lines.append(structures.wire((-width, y, height), end, draw.uniform(0.2, 0.7)))
    for x in (-2.0, -1.6, 1.6, 2.0):
        lines += [structures.wire((x, y, 6.2), (x, y + 15, 6.2), 0.25) for y in range(-15, int(avenue.length), 15)]
    structures.wires(shot, lines, 0.012, materials.rubber(draw, (0.015, 0.015, 0.015)), sides=5, to="set")


def garlands(shot: Shot, draw: Draw, avenue: Avenue, strength: float) -> None:
    """Strings of bulbs or paper lanterns from side to side."""
    width = avenue.half_width
    colours = [draw.vivid() for _ in range(3)] if draw.chance(0.5) else [draw.warm_white()]
    lanterns = draw.chance(0.4)
    radius = 0.16 if lanterns else 0.04
    shapes = [geometry.ico_sphere(radius, subdivisions=4 if lanterns else 2) for _ in colours]
    glows = [_lantern(draw, c, strength * 0.02) if lanterns else materials.emission(c, strength) for c in colours]
    lines = []
    for y in np.arange(draw.uniform(1, 4), avenue.length * 0.6, draw.uniform(3, 6)):
        line = structures.wire((-width, y, 5.5), (width, y + draw.gauss(0, 1), 5.5), 0.7, 40)
        lines.append(line)
        for k, seat in enumerate(structures.resample(line, 1.0 if lanterns else 0.4)[1:-1]):
            index = k % len(colours)
            place = (seat[0], seat[1], seat[2] - radius)
            signs.seen_only(shot.add(shapes[index], glows[index], to="set", location=place))
        middle = (line[20][0], line[20][1], line[20][2] - 0.4)
        lights.point(shot, middle, power=0.6 * strength, colour=colours[0], radius=0.5)
    structures.wires(shot, lines, 0.01, materials.rubber(draw, (0.015, 0.015, 0.015)), sides=5, to="set")


def _lantern(draw: Draw, colour: Colour, glow: float) -> Any:
    """Ribbed paper with a lamp inside."""
    material = bpy.data.materials.new("lantern")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    place = nodes.coordinates("Object")
    ribs = nodes.wave(place, draw.uniform(9, 16), direction="Z").step(0.0, 0.35)
    fibres = nodes.noise(place, 40, detail=2)
    core = nodes.facing(0.5).step(1.0, 0.0)
    light = (core * core + 0.12) * ribs.between(0.25, 1.0) * fibres.between(0.6, 1.2)
    tint = nodes.mix(core, scaled(colour, 0.6), mixed(colour, (1.0, 0.8, 0.5), 0.5))
    nodes.add("OutputMaterial", Surface=nodes.add("Emission", Color=tint, Strength=light * glow))
    return material
