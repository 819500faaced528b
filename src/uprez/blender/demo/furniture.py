"""Furniture of rooms: shelves of books, tables, chairs, sofas, curtains, rugs, pictures, plants in pots, windows."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import boxes, geometry, lettering, materials, plants, structures
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.shot import Shot

Place = tuple[float, float, float]


def book_covers(draw: Draw) -> Any:
    """Cloth, leather and paper covers: a colour a book from the attribute `random`, with bands and gilt lines."""
    surface = Surface("book covers", draw, size=0.3)
    nodes = surface.nodes
    number = nodes.attribute("random")
    other = nodes.out("TexWhiteNoise", "Color", settings={"noise_dimensions": "1D"}, W=number * 91.7)
    hues = [(k / 8, draw.choice((draw.colour(), hsv(draw.uniform(0, 1), 0.6, 0.4), draw.neutral()))) for k in range(9)]
    tint = nodes.ramp(number, hues, "CONSTANT")
    weave = surface.noise(120, detail=1)
    wear = surface.noise(8, detail=4, roughness=0.7).step(0.5, 0.8)
    height = nodes.coordinates("Object").z
    bands = ((height * other.x.between(14, 40) + number * 7.0).fraction() - 0.5) ** 2.0
    gilt = bands.step(0.004, 0.002) * other.y.greater_than(0.45)
    label = bands.greater_than(0.17) * other.z.greater_than(0.55)
    tint = nodes.mix(label * 0.85, tint, nodes.mix(other.x, (0.75, 0.7, 0.6), (0.03, 0.02, 0.02)))
    tint = nodes.mix(wear * 0.3 + weave * 0.15, tint, (0.35, 0.3, 0.24))
    surface.set(
        Base_Color=nodes.mix(gilt, tint, (0.9, 0.65, 0.25)),
        Metallic=gilt,
        Roughness=other.y.between(0.3, 0.75) - gilt * 0.2,
    )
    surface.bump(weave + gilt * 0.5, 0.35, 0.004)
    return surface.finish((0.2, 0.15, 0.12))


def shelf(shot: Shot, draw: Draw, place: Place, size: tuple[float, float], *, heading: float = 0.0) -> Any:
    """A bookcase of a width and height, its back at y = 0.32, filled with rows of books; fronts to -y."""
    width, height = size
    wood = materials.wood(draw, size=0.8)
    levels = np.arange(0.06, height - 0.2, draw.uniform(0.3, 0.4))
    boards: list[tuple[float, ...]] = [(-width / 2, 0, z - 0.025, width / 2, 0.32, z) for z in [*levels, height]]
    boards += [(x - 0.02, 0, 0, x + 0.02, 0.32, height) for x in (-width / 2, width / 2)]
    boards += [(-width / 2, 0.3, 0, width / 2, 0.32, height)]
    plan = np.array(boards)
    root = shot.add(
        boxes.mesh(boxes.boxes(plan[:, :3], plan[:, 3:])), wood, to="set", location=place, rotation=(0, 0, heading)
    )
    low, high = [], []
    for z in levels:
        x = -width / 2 + 0.04
        while x < width / 2 - 0.08:
            thick, tall, deep = draw.uniform(0.015, 0.055), draw.uniform(0.17, 0.27), draw.uniform(0.14, 0.2)
            low.append((x, 0.05 + draw.uniform(0, 0.03), z))
            high.append((x + thick - 0.002, 0.05 + deep, z + tall))
            x += thick + (draw.uniform(0.1, 0.4) if draw.chance(0.06) else 0.0)
    random = draw.array.uniform(0, 1, len(low))
    books = shot.add(boxes.mesh(boxes.boxes(np.array(low), np.array(high)), random=random), book_covers(draw), to="set")
    books.parent = root
    return root


def table(shot: Shot, draw: Draw, place: Place, size: tuple[float, float, float]) -> Any:
    """A table of width, depth and height with turned or square legs."""
    width, depth, height = size
    wood = materials.wood(draw, size=1.0)
    root = shot.add(geometry.box(width, depth, 0.04, bevel=0.008), wood, to="set", location=place)
    root.location = (place[0], place[1], place[2] + height - 0.02)
    turned = geometry.spline([(0.03, 0), (0.022, 0.1), (0.04, 0.3), (0.025, 0.5), (0.045, 0.8), (0.04, 1.0)], 50)
    leg = geometry.lathe(turned * (1, height - 0.04)) if draw.chance(0.5) else geometry.box(0.06, 0.06, height - 0.04)
    lift = -height + 0.02 if len(leg.vertices) > 500 else -height / 2
    for x in (-width / 2 + 0.08, width / 2 - 0.08):
        for y in (-depth / 2 + 0.08, depth / 2 - 0.08):
            shot.add(leg, wood, to="set", location=(x, y, lift)).parent = root
    return root


def chair(shot: Shot, draw: Draw, place: Place, heading: float) -> Any:
    """A wooden chair with a back of spindles and a cushion, its front to -y."""
    wood = materials.wood(draw, size=0.6)
    bars = [structures.segment((x, y, 0), (x * 0.92, y * 0.92, 0.46)) for x in (-0.2, 0.2) for y in (-0.2, 0.2)]
    bars += [structures.segment((x, 0.19, 0.44), (x * 1.05, 0.27, 0.95)) for x in np.linspace(-0.18, 0.18, 6)]
    bend = [(x, 0.27 + 0.03 * (1 - (x / 0.2) ** 2), 0.95) for x in np.linspace(-0.21, 0.21, 12)]
    root = shot.add(
        geometry.tubes([*bars, np.array(bend)], 0.016, sides=12),
        wood,
        to="set",
        location=place,
        rotation=(0, 0, heading),
    )
    shot.add(geometry.box(0.44, 0.44, 0.035, bevel=0.015), wood, to="set", location=(0, 0, 0.46)).parent = root
    cloth = draw.choice(materials.CLOTH)(draw, size=0.4)
    shot.add(cushion(0.4, 0.4, 0.07), cloth, to="set", location=(0, 0, 0.475)).parent = root
    return root


def cushion(width: float, depth: float, height: float) -> Any:
    """A filled cushion on z = 0."""

    def pillow(u: Any, v: Any) -> Any:
        x, t = 2 * u - 1, v * 2 * np.pi
        y, side = np.cos(t), np.sin(t)
        pinch = 1 - 0.06 * (x * y) ** 2
        edge = np.clip(1 - np.abs(x) ** 5, 0, 1) ** 0.5 * np.abs(side) ** 0.8
        return (
            x * width / 2 * pinch,
            np.sign(y) * np.abs(y) ** 0.45 * depth / 2 * pinch,
            height * (0.5 + 0.5 * np.sign(side) * edge),
        )

    return geometry.surface(pillow, 40, 56)


def sofa(shot: Shot, draw: Draw, place: Place, heading: float, width: float = 1.9) -> Any:
    """A sofa with seat and back cushions and bright pillows, its front to -y."""
    cloth = draw.choice((*materials.CLOTH, materials.leather))(draw, size=0.7)
    root = shot.add(
        geometry.box(width, 0.85, 0.26, bevel=0.05, segments=4),
        cloth,
        to="set",
        location=place,
        rotation=(0, 0, heading),
    )
    root.location = (place[0], place[1], place[2] + 0.2)
    back = geometry.box(width, 0.22, 0.6, bevel=0.09, segments=5)
    shot.add(back, cloth, to="set", location=(0, 0.36, 0.3), rotation=(-0.15, 0, 0)).parent = root
    for side in (-1, 1):
        arm = geometry.box(0.2, 0.85, 0.42, bevel=0.09, segments=5)
        shot.add(arm, cloth, to="set", location=(side * (width / 2 - 0.02), 0, 0.15)).parent = root
        seat = cushion(width / 2 - 0.12, 0.68, 0.2)
        shot.add(seat, cloth, to="set", location=(side * width / 4 * 0.95, -0.06, 0.1)).parent = root
        pillow = draw.choice(materials.CLOTH)(draw, draw.vivid(), size=0.3)
        place_, turn = (side * width * 0.32, 0.2, 0.22), (1.15, draw.gauss(0, 0.2), draw.gauss(0, 0.3))
        shot.add(cushion(0.42, 0.42, 0.16), pillow, to="set", location=place_, rotation=turn).parent = root
    return root


def curtain(shot: Shot, draw: Draw, place: Place, size: tuple[float, float], cloth: Any) -> Any:
    """A curtain of a width and a height in folds, hanging from `place` in the plane of x and z."""
    width, height = size
    count, drift = width * draw.uniform(9, 15), geometry.fractal(draw, 256, exponent=2.5)[:160, :40]

    def folds(u: Any, v: Any) -> Any:
        wave = np.sin(2 * np.pi * count * u + 2.2 * drift * v)
        return (u - 0.5) * width * (1 - 0.06 * v), 0.045 * wave * (0.5 + 0.5 * v) + 0.05 * drift * v, -v * height

    return shot.add(geometry.surface(folds, 160, 40), cloth, to="set", location=place)


def picture(shot: Shot, draw: Draw, place: Place, size: tuple[float, float]) -> Any:
    """A framed picture or a poster with letters, facing -y."""
    width, height = size
    frame = geometry.box(width, 0.03, height, bevel=0.008)
    root = shot.add(frame, draw.choice((materials.wood, materials.metal))(draw, size=0.4), to="set", location=place)
    kind = draw.choice((materials.marble, materials.plaid, materials.paper, materials.plaster))
    sheet = geometry.box(width - 0.06, 0.02, height - 0.06, bevel=0)
    shot.add(sheet, kind(draw, size=draw.uniform(0.1, 0.5)), to="set", location=(0, -0.008, 0)).parent = root
    if draw.chance(0.5):
        body = lettering.wrapped(lettering.title(draw).upper(), 9)
        text = lettering.text(body, lettering.font(shot), size=width * 0.13, extrude=0.0005)
        ink = materials.paint(draw, draw.choice(((0.02, 0.02, 0.02), draw.vivid())), size=0.3)
        shot.add(text, ink, to="set", location=(0, -0.0195, 0), rotation=(math.pi / 2, 0, 0)).parent = root
    return root


def potted_plant(shot: Shot, draw: Draw, place: Place, height: float) -> Any:
    """Leaves on stalks, or fronds, from a glazed pot."""
    outline = [(0.0, 0.0), (0.1, 0.0), (0.14, 0.2), (0.15, 0.22), (0.13, 0.22), (0.12, 0.18), (0, 0.17)]
    pot = geometry.lathe(np.array(outline) * height)
    root = shot.add(pot, materials.ceramic(draw, size=0.3), to="set", location=place)
    count = draw.integer(14, 30)
    angle = draw.array.uniform(0, 2 * np.pi, count)
    lean = draw.array.uniform(0.1, 0.9, count)
    out = np.stack([np.cos(angle) * lean, np.sin(angle) * lean, 1.0 - 0.4 * lean], -1)
    start = np.array((0, 0, 0.17 * height))
    length = draw.array.uniform(0.3, 0.75, count)[:, None] * height
    tips = start + out * length
    blade = draw.choice((plants.leaf, plants.frond))(draw)
    frames = plants.frames(
        tips, out * (1, 1, 0.3), draw.array.uniform(0.2, 0.4, count) * height, up=np.array([0, 0, 1.0])
    )
    green = plants.leafage(draw, size=0.3)
    shot.add(blade.copied(draw, frames), green, to="set").parent = root
    stalks = [geometry.spline(np.array([start, start + (tip - start) * (0.4, 0.4, 0.6), tip]), 10) for tip in tips]
    structures.wires(shot, stalks, 0.006 * height, green, to="set").parent = root
    return root
