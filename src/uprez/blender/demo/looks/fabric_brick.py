"""Fabrics, brick, tiles and carved stone from near, in raking light."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import cameras, carvings, cloths, geometry, lettering, lights, materials, props, scatter
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.key = draw.choice((0.07, 0.11, 0.16))
    kinds = ((_cloth, 1.3), (_folded, 1.0), (_wall, 1.2), (_carving, 1.2), (_mosaic, 0.9))
    draw.weighted(kinds)(shot)


def _rake(shot: Shot, *, environment: float = 0.3) -> None:
    """Light from one side, low over the surface, warm against a cool fill."""
    draw = shot.draw
    lights.environment(
        shot, draw.choice(("indoor", "studio", "outdoor", "sunset")), strength=draw.uniform(0.3, 1.2) * environment
    )
    side = draw.choice((-1.0, 1.0))
    place = (side * draw.uniform(2.5, 4), draw.uniform(-2, 2), draw.uniform(0.8, 2.2))
    warm = draw.chance(0.6)
    colour = draw.warm_white() if warm else draw.cool_white()
    lights.area(shot, place, (0, 0, 0), power=draw.uniform(150, 300), colour=colour, size=draw.log_uniform(0.1, 0.8))
    back = (-side * 3, 1.5, 2.5)
    other = draw.cool_white() if warm else draw.warm_white()
    lights.area(shot, back, (0, 0, 0), power=draw.uniform(10, 60), colour=other, size=1.5, group="fill")


def _above(shot: Shot, *, width: tuple[float, float], height: float = 0.0, low: float = 0.35) -> None:
    draw = shot.draw
    cameras.place(
        shot,
        (draw.uniform(-0.3, 0.3), draw.uniform(-0.3, 0.3), height),
        width=draw.log_uniform(*width),
        azimuth=(-2.4, -0.7),
        elevation=(low, 1.3),
        lens=(45, 100),
        blur=(0.008, 0.06),
        roll=0.12,
    )


def _cloth(shot: Shot) -> None:
    """A cloth in folds that fills the frame, with buttons, a seam or threads on it."""
    draw = shot.draw
    size = 4.0
    heights = cloths.fold_field(draw, 320) * draw.uniform(0.12, 0.3)
    make = draw.choice((*materials.CLOTH, materials.leather))
    cloth = make(draw, size=draw.uniform(0.4, 1.0) / size, coordinates="UV")
    shot.add(geometry.height_field(heights, size, size), cloth)
    _stitches(shot, heights, size)
    _buttons(shot, heights, size)
    _rake(shot)
    _above(shot, width=(0.6, 2.2), height=float(heights.max()) * 0.5)


def _at(heights: Array, size: float, x: Any, y: Any) -> Any:
    """The height of a field over the place (x, y)."""
    last = heights.shape[0] - 1
    column = np.clip((np.asarray(x) / size + 0.5) * last, 0, last).astype(int)
    row = np.clip((np.asarray(y) / size + 0.5) * last, 0, last).astype(int)
    return heights[column, row]


def _stitches(shot: Shot, heights: Array, size: float) -> None:
    """Two seams of stitches across the cloth."""
    draw = shot.draw
    yarn = materials.weave(draw, draw.colour(), size=0.03)
    lines = []
    for _ in range(draw.integer(1, 3)):
        turn, offset, pitch = draw.angle(), draw.uniform(-0.7, 0.7), draw.uniform(0.035, 0.06)
        steps = np.arange(-1.5, 1.5, pitch)
        for step in steps:
            along = step + np.linspace(0, pitch * 0.65, 7)
            x = along * math.cos(turn) - offset * math.sin(turn)
            y = along * math.sin(turn) + offset * math.cos(turn)
            arch = np.sin(np.linspace(0, math.pi, 7)) * 0.006
            lines.append(np.stack([x, y, _at(heights, size, x, y) + arch], -1))
    shot.add(geometry.tubes(lines, 0.0045, sides=6), yarn)


def _buttons(shot: Shot, heights: Array, size: float) -> None:
    """A row of buttons with four holes and thread."""
    draw = shot.draw
    if draw.chance(0.4):
        return
    surface = draw.choice((materials.plastic, materials.wood, materials.metal, materials.ceramic))(draw, size=0.2)
    thread = materials.weave(draw, size=0.05)
    radius, turn = draw.uniform(0.06, 0.1), draw.angle()
    rim = geometry.lathe(
        [(0, 0.012), (0.7, 0.012), (0.8, 0.03), (0.95, 0.03), (1, 0.015), (0.95, 0), (0, 0)], segments=64
    )
    rim.transform(geometry.placed(scale=(radius, radius, radius * 8)))
    for step in range(-3, 4):
        x, y = math.cos(turn) * step * 0.4, math.sin(turn) * step * 0.4
        z = float(_at(heights, size, x, y)) + 0.004
        tilt = draw.vector(0.15)
        shot.add(rim.copy(), surface, location=(x, y, z), rotation=tilt)
        for dx, dy in ((-1, -1), (1, 1)):
            cross = np.array([(-dx, -dy, 0), (0, 0, 0.35), (dx, dy, 0)]) * radius * 0.22 + (x, y, z + radius * 0.1)
            shot.add(geometry.tubes([geometry.spline(cross, 9)], 0.006, sides=6), thread)


def _folded(shot: Shot) -> None:
    """Piles of folded cloths, rolls and balls of yarn."""
    draw = shot.draw
    table = materials.wood(draw, size=1.2, planks=draw.chance(0.4))
    shot.add(geometry.plane(12, 12), table, to="set")
    shot.add(
        geometry.plane(24, 12),
        draw.choice(materials.WALL)(draw, size=1.5),
        to="set",
        location=(0, 2.2, 3),
        rotation=(math.pi / 2, 0, 0),
    )
    for pile in range(3):
        z, x = 0.0, (pile - 1) * 1.05 + draw.uniform(-0.05, 0.05)
        for _ in range(draw.integer(3, 7)):
            thick = draw.uniform(0.06, 0.14)
            shot.add(
                cloths.folded_cloth(draw, 0.9, 0.7, thick),
                draw.choice(materials.CLOTH)(draw, size=0.45),
                location=(x, draw.gauss(0, 0.02), z),
                rotation=(0, 0, draw.gauss(0, 0.04)),
            )
            z += thick * 0.97
    for _ in range(draw.integer(2, 5)):
        place = (draw.uniform(-1.5, 1.5), draw.uniform(-0.95, -0.6), 0.0)
        shot.add(cloths.yarn_ball(draw, draw.uniform(0.12, 0.2)), location=place)
    _rake(shot)
    cameras.place(
        shot,
        (draw.uniform(-0.8, 0.8), -0.2, draw.uniform(0.2, 0.45)),
        width=draw.log_uniform(0.8, 2.4),
        azimuth=(-2.2, -0.95),
        elevation=(0.08, 0.6),
        lens=(40, 90),
        blur=(0.008, 0.05),
    )


def _wall(shot: Shot) -> None:
    """A wall of real bricks or blocks: each a little turned and set back; plaster patches, a pipe, ivy roots."""
    draw = shot.draw
    wide, tall, joint = draw.choice(((0.24, 0.07, 0.012), (0.22, 0.1, 0.014), (0.4, 0.2, 0.012), (0.15, 0.15, 0.006)))
    glazed = wide == tall
    make = materials.ceramic if glazed else draw.choice((materials.stone, materials.concrete))
    hue = (
        draw.colour()
        if glazed
        else draw.choice(((0.4, 0.13, 0.07), (0.5, 0.3, 0.16), (0.3, 0.1, 0.07), (0.45, 0.42, 0.38)))
    )
    tints = [make(draw, scaled(hue, draw.uniform(0.6, 1.25)), size=0.5) for _ in range(4)]
    mortar = materials.concrete(draw, size=0.8)
    shot.add(geometry.plane(8, 6), mortar, to="set", location=(0, 0, -joint * 0.9))
    blocks = [cloths.chipped_box(draw, wide - joint, tall - joint, 0.08) for _ in range(6)]
    meshes = []
    for data in blocks:
        for tint in tints:
            copy = data.copy()
            copy.materials.append(tint)
            meshes.append(copy)
    rows, columns = int(3.2 / tall), int(4.4 / wide)
    loose = draw.uniform(0.0, 0.006) if glazed else draw.uniform(0.002, 0.012)
    for row in range(rows):
        for column in range(columns):
            shift = 0.0 if glazed else (row % 2) * wide / 2
            place = (column * wide - 2.2 + shift, row * tall - 1.6, -0.04 + shot.scatter.gauss(0, loose))
            turn = (shot.scatter.gauss(0, 0.006), shot.scatter.gauss(0, 0.006), shot.scatter.gauss(0, 0.004))
            shot.add(shot.scatter.choice(meshes), location=place, rotation=turn)
    if draw.chance(0.5):
        _fixtures(shot)
    _rake(shot, environment=0.5)
    _above(shot, width=(0.7, 2.6), low=0.5)


def _fixtures(shot: Shot) -> None:
    """A pipe with clamps, an enamel number plate, nails."""
    draw = shot.draw
    metal = draw.choice((materials.rusty_metal, materials.metal, materials.worn_paint))(draw, size=0.4)
    x = draw.uniform(-0.9, 0.9)
    pipe = [(x, -2.5, 0.09), (x, 0.4, 0.09), (x + 0.12, 0.6, 0.09), (x + 3, 0.62, 0.09)]
    shot.add(geometry.tubes([geometry.spline(pipe, 60)], 0.035, sides=24), metal)
    for y in (-1.0, -0.3, 0.3):
        shot.add(geometry.torus(0.04, 0.008), metal, location=(x, y, 0.09), rotation=(math.pi / 2, 0, 0))
        shot.add(geometry.box(0.14, 0.03, 0.09, bevel=0.006), metal, location=(x, y, 0.03))
    plate = materials.ceramic(draw, (0.02, 0.06, 0.25))
    place = (x + draw.choice((-0.35, 0.35)), 0.1, 0.02)
    shot.add(geometry.box(0.3, 0.22, 0.02, bevel=0.008), plate, location=place)
    ink = materials.ceramic(draw, (0.85, 0.83, 0.78))
    number = lettering.text(str(draw.integer(2, 199)), lettering.font(shot), size=0.16, extrude=0.001)
    shot.add(number, ink, location=(place[0], place[1], 0.031))


def _carving(shot: Shot) -> None:
    """A relief cut in stone or wood: rosettes, bands, waves, or letters of an inscription."""
    draw = shot.draw
    side, size = 420, 3.2
    axis = np.linspace(-size / 2, size / 2, side)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    relief = draw.choice((carvings.rosettes, carvings.interlace, carvings.scrolls))(draw, x, y)
    worn = geometry.fractal(draw, 512, exponent=1.9)[:side, :side]
    heights = relief * draw.uniform(0.04, 0.09) + worn * 0.015
    make = draw.choice((materials.stone, materials.stone, materials.marble, materials.wood, materials.concrete))
    stone = make(draw, size=draw.uniform(0.7, 1.4))
    shot.add(geometry.height_field(heights, size, size), stone)
    if draw.chance(0.4):
        words = lettering.wrapped(lettering.title(draw).upper(), 12)
        letters = lettering.text(words, lettering.font(shot), size=0.26, extrude=0.03, bevel=0.008)
        shot.add(letters, stone, location=(0, 0, float(heights.max()) * 0.6))
    if draw.chance(0.5):
        _moss(shot, heights, size)
    _rake(shot, environment=0.4)
    _above(shot, width=(0.7, 2.2), height=0.03, low=0.5)


def _moss(shot: Shot, heights: Array, size: float) -> None:
    """Moss and crumbs in the hollows."""
    places = scatter.spaced(shot.scatter, 9000, size, size)
    ground = _at(heights, size, places[:, 0], places[:, 1])
    low = ground < np.percentile(heights, 35)
    places[:, 2] = ground
    blade = np.array([(-0.25, 0, 0), (0.25, 0, 0), (0.05, 0.2, 1.0)])
    matrices = scatter.transforms(shot.scatter, places[low], size=(0.006, 0.022), tilt=0.5)
    moss = scatter.copies(shot.scatter, blade, [(0, 1, 2)], matrices)
    shot.add(moss, materials.leaf(shot.draw, (0.1, 0.14, 0.02)), to="set")


def _mosaic(shot: Shot) -> None:
    """A mosaic of small stones, in rings or waves of colour, with gaps and chips; an object lies on it."""
    draw = shot.draw
    pitch, wide = draw.uniform(0.035, 0.06), 2.6
    shot.add(geometry.plane(6, 6), materials.plaster(draw, (0.5, 0.47, 0.42), size=0.5), to="set", location=(0, 0, 0))
    colours = [materials.ceramic(draw, draw.colour(), size=0.3) for _ in range(3)]
    colours += [draw.choice((materials.stone, materials.marble))(draw, size=0.3) for _ in range(2)] + [
        materials.metal(draw, (1.0, 0.77, 0.34), size=0.2)
    ]
    tessera = [geometry.box(pitch * 0.86, pitch * draw.uniform(0.7, 0.9), 0.03, bevel=0.003) for _ in range(3)]
    meshes = {index: [data.copy() for data in tessera] for index in range(len(colours))}
    for index, colour in enumerate(colours):
        for data in meshes[index]:
            data.materials.append(colour)
    rings, bands = draw.chance(0.5), draw.uniform(3, 9)
    field = geometry.fractal(draw, 128, exponent=2.8)
    steps = int(wide / pitch)
    for row in range(steps):
        for column in range(steps):
            x, y = (column + 0.5) * pitch - wide / 2, (row + 0.5) * pitch - wide / 2
            if shot.scatter.chance(0.02):
                continue
            bend = float(field[row % 128, column % 128])
            value = (math.hypot(x, y) if rings else x * 0.7 + y * 0.3 + 0.4 * math.sin(y * 4)) * bands + bend
            index = (
                int(value) % len(colours)
                if not shot.scatter.chance(0.08)
                else shot.scatter.integer(0, len(colours) - 1)
            )
            turn = (shot.scatter.gauss(0, 0.04), shot.scatter.gauss(0, 0.04), shot.scatter.gauss(0, 0.08))
            shot.add(shot.scatter.choice(meshes[index]), location=(x, y, 0.004), rotation=turn)
    thing = props.subject(shot, "prop", props.OBJECTS, share=0.7)
    shot.add(thing, to="set", location=(draw.choice((-0.5, 0.5)), 0.4, 0.02), rotation=(0, 0, draw.angle()), scale=0.5)
    _rake(shot, environment=0.5)
    _above(shot, width=(0.5, 1.6))
