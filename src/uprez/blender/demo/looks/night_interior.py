"""A room at night: table lamps, candles, strings of bulbs, a screen, moonlight through a window."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import cameras, geometry, lights, materials, practicals, props
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.shot import Shot, Vector3

_WIDE, _DEEP, _HIGH = 5.0, 4.0, 2.7
"""The room in units of a metre: x from -2.5 to 2.5, the back wall at y=2."""


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.key, shot.sampling, shot.brightest_bounce = draw.uniform(0.02, 0.05), 2, 3.0
    lights.flat(shot, scaled(draw.cool_white(), 0.2), draw.log_uniform(0.002, 0.03))
    _room(shot)
    focus = _desk(shot)
    _shelves(shot)
    _bed_or_chair(shot)
    _strings(shot)
    _moonlight(shot)
    wide = draw.chance(0.5)
    target = (0.0, 1.0, 1.0) if wide else focus
    cameras.place(
        shot,
        target,
        width=draw.uniform(2.6, 3.6) if wide else draw.uniform(0.9, 1.7),
        azimuth=(-2.0, -1.1),
        elevation=(0.05, 0.3),
        lens=(26, 45) if wide else (40, 70),
        blur=(0.006, 0.05),
        floor=0.4,
    )


def _room(shot: Shot) -> None:
    draw = shot.draw
    wall = draw.choice((materials.plaster, materials.plaster, materials.brick, materials.wood))(draw, size=2)
    floor = materials.wood(draw, size=1.2, planks=True)
    shot.add(geometry.plane(_WIDE, 8), floor, to="set", location=(0, -2, 0))
    shot.add(
        geometry.plane(_WIDE, 8),
        materials.plaster(draw, (0.7, 0.68, 0.64)),
        to="set",
        location=(0, -2, _HIGH),
        rotation=(math.pi, 0, 0),
    )
    for x, turn in ((-_WIDE / 2, math.pi / 2), (_WIDE / 2, -math.pi / 2)):
        shot.add(geometry.plane(8, _HIGH), wall, to="set", location=(x, -2, _HIGH / 2), rotation=(math.pi / 2, 0, turn))
    _back_wall(shot, wall)
    rug = draw.choice(materials.CLOTH)(draw)
    shot.add(
        geometry.box(2.6, 1.6, 0.02, bevel=0.01),
        rug,
        to="set",
        location=(0, 0.2, 0.011),
        rotation=(0, 0, draw.gauss(0, 0.15)),
    )
    skirting = materials.paint(draw, (0.6, 0.58, 0.53), size=3)
    shot.add(geometry.box(_WIDE, 0.03, 0.14, bevel=0.01), skirting, to="set", location=(0, 1.985, 0.07))


def _back_wall(shot: Shot, wall: Any) -> None:
    """The back wall with a window of four panes, night behind it."""
    middle, half, low, high = shot.draw.choice((-1.2, 1.2)), 0.55, 0.95, 2.25
    pieces = (
        (-_WIDE / 2, middle - half, 0, _HIGH),
        (middle + half, _WIDE / 2, 0, _HIGH),
        (middle - half, middle + half, 0, low),
        (middle - half, middle + half, high, _HIGH),
    )
    for left, right, foot, top in pieces:
        place = ((left + right) / 2, 2, (foot + top) / 2)
        shot.add(geometry.plane(right - left, top - foot), wall, to="set", location=place, rotation=(math.pi / 2, 0, 0))
    frame = materials.paint(shot.draw, shot.draw.neutral(), size=2)
    for x in (-half, 0.0, half):
        bar = geometry.box(0.05, 0.07, high - low, bevel=0.008)
        shot.add(bar, frame, to="set", location=(middle + x, 2, (low + high) / 2))
    for z in (low, (low + high) / 2, high):
        shot.add(geometry.box(2 * half + 0.1, 0.09, 0.05, bevel=0.008), frame, to="set", location=(middle, 2, z))
    _city_lights(shot, middle)
    if shot.draw.chance(0.7):
        _curtains(shot, middle, half, high)


def _city_lights(shot: Shot, middle: float) -> None:
    """Lit windows far off, for discs of blur."""
    draw = shot.draw
    glows = [
        materials.emission(draw.choice((draw.warm_white(), draw.cool_white(), draw.vivid())), draw.log_uniform(1, 12))
        for _ in range(5)
    ]
    for _ in range(60):
        place = (middle + draw.gauss(0, 4), draw.uniform(14, 22), draw.uniform(-3, 4))
        shot.add(geometry.box(0.1, 0.02, 0.14, bevel=0), draw.choice(glows), to="set", location=place)


def _curtains(shot: Shot, middle: float, half: float, high: float) -> None:
    draw = shot.draw
    cloth = draw.choice((materials.weave, materials.velvet, materials.plaid))(draw, coordinates="UV", size=0.6)
    for side in (-1, 1):
        folds, phase = draw.integer(5, 9), draw.angle()

        def drape(u: Any, v: Any, folds: int = folds, phase: float = phase, side: int = side) -> Any:
            x = middle + side * (half + 0.12 - 0.34 * u * (0.8 + 0.2 * v))
            y = 1.93 + 0.035 * np.sin(u * folds * 2 * math.pi + phase + v) * (1 - 0.4 * v)
            return x, y, 0.1 + v * (high - 0.02)

        shot.add(geometry.surface(drape, 120, 30), cloth, to="set")
    rod = geometry.tubes([[(middle - 1, 1.93, high + 0.1), (middle + 1, 1.93, high + 0.1)]], 0.015)
    shot.add(rod, materials.metal(draw), to="set")


def _desk(shot: Shot) -> Vector3:
    """A desk with a lamp, a screen or candles, and clutter; where to look."""
    draw = shot.draw
    x = draw.uniform(-0.6, 0.6)
    wood = materials.wood(draw, size=0.8)
    top = 0.74
    shot.add(geometry.box(1.7, 0.75, 0.04, bevel=0.008), wood, to="set", location=(x, 1.4, top - 0.02))
    for dx in (-0.78, 0.78):
        for dy in (-0.3, 0.3):
            shot.add(geometry.box(0.06, 0.06, top, bevel=0.01), wood, to="set", location=(x + dx, 1.4 + dy, top / 2))
    practicals.add_lamp(shot, (x + draw.choice((-0.55, 0.55)), 1.5, top))
    if draw.chance(0.5):
        practicals.add_screen(shot, (x, 1.55, top))
    if draw.chance(0.5):
        for _ in range(draw.integer(2, 6)):
            practicals.add_candle(shot, (x + draw.uniform(-0.7, 0.7), 1.15 + draw.uniform(-0.05, 0.1), top))
    for step in range(4):
        thing = props.subject(shot, "tableware" if draw.chance(0.4) else "prop", props.OBJECTS)
        place = (x - 0.6 + 0.4 * step + draw.uniform(-0.06, 0.06), 1.3 + draw.uniform(-0.1, 0.1), top)
        shot.add(thing, location=place, rotation=(0, 0, draw.uniform(-0.8, 0.8)), scale=draw.uniform(0.2, 0.34))
    return (x + draw.uniform(-0.2, 0.2), 1.35, top + 0.15)


def _shelves(shot: Shot) -> None:
    """Shelves on a side wall or the back wall, full of books and things."""
    draw = shot.draw
    wood = materials.wood(draw, size=1)
    covers = [
        draw.choice((materials.leather, materials.paper, materials.weave))(draw, draw.colour(), size=0.3)
        for _ in range(7)
    ]
    left = draw.choice((-2.2, 0.9))
    for level in (1.55, 1.95, 2.35):
        shot.add(geometry.box(1.3, 0.26, 0.03, bevel=0.005), wood, to="set", location=(left + 0.65, 1.86, level))
        x = left + 0.04
        while x < left + 1.2:
            thick, tall = draw.uniform(0.018, 0.06), draw.uniform(0.19, 0.29)
            lean = draw.gauss(0, 0.02) if draw.chance(0.9) else 0.15
            book = geometry.box(thick, draw.uniform(0.14, 0.2), tall, bevel=0.006)
            place = (x + thick / 2, 1.85, level + 0.016 + tall / 2)
            shot.add(book, draw.choice(covers), to="set", location=place, rotation=(0, lean, 0))
            x += thick + 0.003 + abs(lean) * tall
            if draw.chance(0.06):
                x += 0.12


def _bed_or_chair(shot: Shot) -> None:
    """Something large at a side: an artist-made bed or plant, else a pile of cushions."""
    draw = shot.draw
    names = [
        name for name in shot.assets.models() if name in {"bed", "plant", "cactus", "les_paul", "desk_fan", "gull"}
    ]
    for side in (-1.0, 1.0):
        place = (side * draw.uniform(1.5, 1.8), draw.uniform(0.3, 0.9), 0.0)
        if names and draw.chance(0.6):
            name = draw.choice(names)
            scale = 1.9 if name == "bed" else draw.uniform(0.7, 1.1)
            shot.add(
                shot.assets.model(name), to="set", location=place, rotation=(0, 0, draw.uniform(-0.5, 0.5)), scale=scale
            )
            continue
        for level in range(draw.integer(1, 3)):
            cushion = geometry.sphere(0.36, segments=64)
            cloth = draw.choice(materials.CLOTH)(draw, size=0.7)
            at = (place[0] + draw.gauss(0, 0.03), place[1], 0.13 + level * 0.22)
            shot.add(
                cushion,
                cloth,
                to="set",
                location=at,
                rotation=(draw.gauss(0, 0.05), 0, draw.angle()),
                scale=(1.0, 1.0, 0.36),
            )


def _strings(shot: Shot) -> None:
    """A string of small bulbs along the back wall."""
    draw = shot.draw
    if not draw.chance(0.6):
        return
    wire, count = [], draw.integer(14, 30)
    hues = [draw.warm_white()] if draw.chance(0.6) else [draw.vivid() for _ in range(4)]
    glows = [materials.emission(hue, draw.log_uniform(30, 150)) for hue in hues]
    for step in range(count * 6 + 1):
        part = step / (count * 6)
        sag = 0.12 * abs(math.sin(part * math.pi * 4))
        wire.append((-2.4 + 4.8 * part, 1.9, 2.5 - 0.15 * math.sin(part * 7) - 0.1 + 0.1 * (1 - sag * 6)))
        if step % 6 == 3:
            x, y, z = wire[-1]
            thing = shot.add(
                geometry.sphere(0.014, segments=12), draw.choice(glows), to="set", location=(x, y, z - 0.025)
            )
            thing.lightgroup = "practical"
    shot.add(geometry.tubes([wire], 0.004, sides=6), materials.rubber(draw, (0.02, 0.05, 0.03)), to="set")


def _moonlight(shot: Shot) -> None:
    draw = shot.draw
    if draw.chance(0.7):
        turn, rise = math.pi / 2 + draw.uniform(-0.5, 0.5), draw.uniform(0.4, 0.7)
        lights.sun(
            shot,
            azimuth=turn,
            elevation=rise,
            strength=draw.log_uniform(0.02, 0.3),
            colour=draw.cool_white(),
            angle=0.02,
        )
    if draw.chance(0.4):
        lights.area(
            shot,
            (draw.choice((-2.2, 2.2)), -3, 2.2),
            (0, 1, 0.8),
            power=draw.log_uniform(0.5, 5),
            colour=draw.cool_white(),
            size=1,
            group="fill",
        )
