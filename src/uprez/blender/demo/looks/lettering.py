"""Lettering in scenes: shop signs and neon, standing 3D titles, book pages, posters on a board, labelled tins."""

import math

import numpy as np

from uprez.blender.demo import books, cameras, geometry, lettering, lights, materials, prints
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.shot import Shot

_UPRIGHT = (math.pi / 2, 0.0, 0.0)


def build(shot: Shot) -> None:
    scenes = ((_shop_sign, 1.0), (_neon_sign, 1.0), (_title, 1.2), (_book, 1.2), (_board, 1.2), (_tins, 1.0))
    shot.draw.weighted(scenes)(shot)


def _wall(shot: Shot, *, size: float) -> None:
    make = shot.draw.choice(
        (materials.brick, materials.brick, materials.plaster, materials.concrete, materials.tiles, materials.wood)
    )
    shot.add(geometry.plane(30, 16), make(shot.draw, size=size), to="set", location=(0, 0, 2), rotation=_UPRIGHT)


def _shop_sign(shot: Shot) -> None:
    """A painted board with raised letters over a shop, small print under them, lamps on arms."""
    draw = shot.draw
    _wall(shot, size=draw.uniform(1.5, 2.5))
    board = draw.choice((materials.wood, materials.worn_paint, materials.rusty_metal, materials.paint))(
        draw, draw.colour(), size=1.5
    )
    shot.add(geometry.box(4.4, 0.1, 1.3, bevel=0.02), board, to="set", location=(0, -0.06, 2))
    trim = draw.choice((materials.metal, materials.wood))(draw)
    for z in (1.34, 2.66):
        shot.add(geometry.box(4.5, 0.16, 0.06, bevel=0.02), trim, to="set", location=(0, -0.07, z))
    ink = draw.choice((materials.metal, materials.paint, materials.worn_paint))(draw)
    face, other = lettering.font(shot), lettering.font(shot)
    prints.line(
        shot,
        lettering.sign(draw),
        face,
        ink,
        (0, -0.13, 2.12),
        3.9,
        size=draw.uniform(0.6, 0.85),
        extrude=0.03,
        bevel=0.006,
    )
    small = f"{lettering.person(draw)} & Sons  ·  since {draw.integer(1871, 1998)}"
    prints.line(shot, small, other, ink, (0, -0.115, 1.6), 3.8, size=0.22, extrude=0.004)
    for row in range(draw.integer(0, 3)):
        sheet = draw.uniform(0.4, 0.6)
        x = draw.uniform(-2, 2)
        prints.poster(shot, (x, -0.02 - 0.004 * row, draw.uniform(0.5, 0.9)), sheet, sheet * 1.4)
    lights.environment(shot, draw.choice(("outdoor", "sunset", "night")), strength=draw.uniform(0.2, 1.0))
    if draw.chance(0.6):
        _lamps(shot)
    else:
        lights.sun(shot, azimuth=draw.uniform(-2.6, -0.6), elevation=draw.uniform(0.3, 0.9), strength=5, angle=0.01)
    _front(shot, (draw.uniform(-0.9, 0.9), 0, 1.95), width=(1.8, 4.6))


def _lamps(shot: Shot) -> None:
    metal = materials.metal(shot.draw, (0.3, 0.3, 0.3))
    for x in (-1.5, 0.0, 1.5):
        arm = geometry.spline([(x, 0, 2.8), (x, -0.3, 3.15), (x, -0.7, 3.2), (x, -0.75, 3.02)], 24)
        shot.add(geometry.tubes([arm], 0.02), metal, to="set")
        hood = geometry.lathe([(0.03, 0.12), (0.06, 0.1), (0.17, 0.0), (0.165, 0.0), (0.05, 0.09)], segments=40)
        shot.add(hood, metal, to="set", location=(x, -0.75, 2.92))
        lights.bulb(shot, (x, -0.75, 2.93), radius=0.045, strength=250, colour=shot.draw.warm_white())
        lights.spot(
            shot,
            (x, -0.75, 2.9),
            (x, -0.1, 1.9),
            power=50,
            colour=shot.draw.warm_white(),
            angle=2.2,
            softness=1,
            group="practical",
        )


def _front(shot: Shot, target: tuple[float, float, float], *, width: tuple[float, float]) -> None:
    cameras.place(
        shot,
        target,
        width=shot.draw.log_uniform(*width),
        azimuth=(-2.2, -0.95),
        elevation=(-0.3, 0.15),
        lens=(32, 80),
        blur=(0.005, 0.04),
        roll=0.04,
    )


def _neon_sign(shot: Shot) -> None:
    """Neon tubes on a wall at night, with their wires and reflections in a glossy fascia."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.07)
    _wall(shot, size=draw.uniform(1.2, 2.2))
    lights.flat(shot, scaled(draw.cool_white(), 0.3), draw.log_uniform(0.03, 0.12))
    if draw.chance(0.5):
        back = materials.plastic(draw, (0.02, 0.02, 0.025), size=2)
        shot.add(geometry.box(4.2, 0.08, 2.2, bevel=0.03), back, to="set", location=(0, -0.04, 2))
    clamps = materials.metal(draw, size=0.1)
    for index, z in enumerate((2.45, 1.6) if draw.chance(0.6) else (2.0,)):
        colour = draw.vivid()
        ink = draw.choice((materials.neon, materials.emission))(colour, draw.log_uniform(6, 40))
        size = draw.uniform(0.7, 1.0)
        curve = lettering.neon(
            lettering.sign(draw), lettering.font(shot), size=size, tube=draw.uniform(0.012, 0.022), spacing=1.1
        )
        thing = shot.add(curve, ink, location=(0, -0.16, z), rotation=_UPRIGHT)
        factor = min(1.0, 3.8 / max(lettering.width(thing), 1e-6))
        thing.scale = (factor, factor, factor)
        thing.lightgroup = "practical"
        half = lettering.width(thing) * factor / 2
        for x in np.linspace(-half, half, 8):
            place = (float(x), -0.03, z + draw.uniform(-0.2, 0.2))
            shot.add(geometry.cylinder(0.02, 0.13), clamps, to="set", location=place, rotation=_UPRIGHT)
        lights.area(
            shot, (0, -0.9, z), (0, 0, z), power=draw.uniform(25, 70), colour=colour, size=(3, 0.6), group="practical"
        )
        wire = geometry.spline(
            [(half, -0.1, z), (half + 0.2, -0.05, z - 0.5), (half + 0.1, -0.04, z - 1.5 - index)], 30
        )
        shot.add(geometry.tubes([wire], 0.012), materials.rubber(draw), to="set")
    _front(shot, (draw.uniform(-0.8, 0.8), 0, 2), width=(1.6, 4.4))


def _title(shot: Shot) -> None:
    """A film's title as letters that stand on the ground."""
    draw = shot.draw
    ground = draw.choice((*materials.FLOOR, *materials.EARTH))(draw, size=draw.uniform(1, 2.5))
    shot.add(geometry.plane(60, 60), ground, to="set")
    face = lettering.font(shot)
    surface = draw.choice((*materials.HARD, materials.rusty_metal, materials.stone, materials.concrete))(draw, size=0.7)
    words = lettering.title(draw).upper().split()
    size, depth = draw.uniform(0.9, 1.2), draw.uniform(0.06, 0.25)
    half = 0.0
    for row, word in enumerate(reversed(words[-3:])):
        curve = lettering.text(word, face, size=size, extrude=depth, bevel=draw.uniform(0.008, 0.03))
        curve.align_y = "BOTTOM_BASELINE"
        thing = shot.add(
            curve, surface, location=(draw.uniform(-0.1, 0.1), 0, 0.02 + row * size * 0.78), rotation=_UPRIGHT
        )
        half = max(half, lettering.width(thing) / 2)
    names = shot.assets.models("prop")
    for side in (-1.0, 1.0):
        if names and draw.chance(0.6):
            place = (side * (half + 0.5), draw.uniform(-0.3, 0.8), 0)
            shot.add(
                shot.assets.model(draw.choice(names)), to="set", location=place, rotation=(0, 0, draw.uniform(-1, 1))
            )
    lights.environment(shot, draw.choice(("outdoor", "sunset", "studio", "indoor")), strength=draw.uniform(0.4, 1.0))
    lights.three_point(shot, (0, 0, 0.5), 5, power=draw.uniform(150, 700))
    width = draw.uniform(0.9, 2.0) * max(half, 1.0)
    x = draw.uniform(-0.5, 0.5) * half
    cameras.place(
        shot,
        (x, 0, size * 0.4 * min(len(words), 3)),
        width=width,
        azimuth=(-2.3, -0.85),
        elevation=(0.03, 0.4),
        lens=(28, 70),
    )


def _book(shot: Shot) -> None:
    """Open book pages from near: a heading, paragraphs, page numbers; things beside."""
    draw = shot.draw
    shot.key = draw.choice((0.12, 0.2, 0.28))
    table = draw.choice((materials.wood, materials.weave, materials.leather, materials.marble))(draw, size=2)
    shot.add(geometry.plane(20, 20), table, to="set", location=(0, 0, -0.21))
    books.add_open_book(shot)
    side = draw.choice((-1.0, 1.0))
    for x, y in ((side * 2.8, 0.6), (-side * 2.9, -0.5)):
        names = shot.assets.models("tableware")
        if names and draw.chance(0.7):
            shot.add(
                shot.assets.model(draw.choice(names)), to="set", location=(x, y, -0.21), rotation=(0, 0, draw.angle())
            )
    lights.environment(shot, "indoor", strength=draw.uniform(0.1, 0.5))
    lights.three_point(shot, (0, 0, 0), 4, power=draw.uniform(150, 400))
    if draw.chance(0.4):
        lights.bulb(shot, (draw.choice((-2.6, 2.6)), 1.6, 1.2), radius=0.08, strength=250, colour=draw.warm_white())
    cameras.place(
        shot,
        (draw.choice((-1.0, 1.0)) * draw.uniform(0.6, 1.3), draw.uniform(-0.7, 0.7), 0.05),
        width=draw.log_uniform(1.0, 4.2),
        azimuth=(-2.2, -0.95),
        elevation=(0.45, 1.2),
        lens=(40, 90),
        blur=(0.01, 0.06),
        roll=0.1,
    )


def _board(shot: Shot) -> None:
    """Notices and posters, pinned one over another on a board or a wall."""
    draw = shot.draw
    shot.key = draw.choice((0.1, 0.18))
    cork = draw.choice((materials.wood, materials.weave, materials.plaster, materials.concrete, materials.brick))(
        draw, size=1.5
    )
    shot.add(geometry.plane(12, 8), cork, to="set", rotation=_UPRIGHT)
    pins = [materials.plastic(draw, draw.vivid(), size=0.1) for _ in range(3)]
    layer = 0.004
    for row in range(3):
        for column in range(6):
            wide = draw.uniform(0.55, 0.95)
            tall = wide * draw.choice((1.41, 1.41, 0.7, 1.0))
            place = (
                column * 0.95 - 2.4 + draw.uniform(-0.12, 0.12),
                -layer,
                row * 1.3 - 1.3 + draw.uniform(-0.12, 0.12),
            )
            prints.poster(shot, place, wide, tall)
            for dx in (-0.44, 0.44):
                pin = (place[0] + dx * wide, -layer - 0.012, place[2] + tall * 0.46)
                shot.add(geometry.sphere(0.016, segments=20), draw.choice(pins), to="set", location=pin)
            layer += 0.006
    lights.environment(shot, draw.choice(("indoor", "outdoor")), strength=draw.uniform(0.1, 0.5))
    side = draw.choice((-1.0, 1.0))
    lights.area(shot, (side * 3, -1.8, 2.5), (0, 0, 0), power=draw.uniform(80, 250), colour=draw.warm_white(), size=0.5)
    cameras.place(
        shot,
        (draw.uniform(-1.2, 1.2), 0, draw.uniform(-0.5, 0.5)),
        width=draw.log_uniform(0.8, 3.2),
        azimuth=(-2.2, -0.95),
        elevation=(-0.25, 0.25),
        lens=(35, 85),
        blur=(0.005, 0.04),
        roll=0.06,
        floor=-9,
    )


def _tins(shot: Shot) -> None:
    """Boxes and tins with labels on shelves, as in a shop."""
    draw = shot.draw
    shot.key = draw.choice((0.08, 0.15))
    shelf = draw.choice((materials.wood, materials.paint, materials.worn_paint))(draw, size=1.5)
    shot.add(
        geometry.plane(12, 8),
        draw.choice((materials.plaster, materials.wood, materials.tiles))(draw, size=2),
        to="set",
        location=(0, 0.5, 0),
        rotation=_UPRIGHT,
    )
    for level in (-1.05, 0.0, 1.05):
        shot.add(geometry.box(8, 0.9, 0.06, bevel=0.01), shelf, to="set", location=(0, 0.1, level - 0.03))
        x = -2.8
        while x < 2.8:
            wide, tall = draw.uniform(0.3, 0.6), draw.uniform(0.5, 0.85)
            for copy in range(draw.integer(1, 2)):
                prints.carton(shot, (x + wide / 2, draw.uniform(-0.05, 0.02), level), wide, tall, seed=f"{level}{x}")
                x += wide + draw.uniform(0.015, 0.05)
                if copy:
                    break
    lights.environment(shot, "indoor", strength=draw.uniform(0.2, 0.6))
    lights.three_point(shot, (0, 0, 0), 4, power=draw.uniform(100, 350))
    cameras.place(
        shot,
        (draw.uniform(-1.5, 1.5), 0, draw.uniform(0.2, 0.6)),
        width=draw.log_uniform(0.9, 3.2),
        azimuth=(-2.1, -1.0),
        elevation=(-0.1, 0.3),
        lens=(35, 85),
        blur=(0.006, 0.05),
        floor=-9,
    )
