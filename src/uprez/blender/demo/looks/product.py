"""A product on a plinth before a coloured sweep, lit with soft boxes, as in a commercial."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import bottles, cameras, geometry, lights, materials, props, scatter
from uprez.blender.demo.colours import mixed, scaled
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    draw = shot.draw
    top = _stage(shot)
    kind = draw.choice(("model", "model", "bottle", "jars", "vessels"))
    if kind == "model":
        _model(shot, top)
    elif kind == "vessels":
        _vessels(shot, top)
    else:
        _bottles(shot, top, count=1 if kind == "bottle" else 3)
    _decoration(shot, top)
    _backdrop(shot)
    _light(shot, top)
    cameras.place(
        shot,
        (draw.uniform(-0.15, 0.15), 0, top + draw.uniform(0.35, 0.5)),
        width=draw.uniform(0.9, 1.4) if draw.chance(0.4) else draw.uniform(1.6, 2.6),
        azimuth=(-2.0, -1.1),
        elevation=(0.0, 0.35),
        lens=(60, 120),
        blur=(0.005, 0.04),
        floor=0.2,
    )


def _stage(shot: Shot) -> float:
    """The sweep and what the product stands on; the height of its top."""
    draw = shot.draw
    shot.key = draw.choice((0.07, 0.15, 0.25))
    ground = draw.colour()
    makers = (
        materials.plaster,
        materials.plastic,
        materials.concrete,
        materials.velvet,
        materials.marble,
        materials.paper,
    )
    surface = draw.choice(makers)(draw, mixed(ground, (0.8, 0.8, 0.8), draw.uniform(0, 0.5)), size=draw.uniform(1, 2.5))
    shot.add(geometry.cove(14, 2.2, 12), surface, to="set")
    if draw.chance(0.25):
        return 0.0
    top, plinth = (
        0.0,
        draw.choice((materials.marble, materials.stone, materials.wood, materials.concrete, materials.plaster)),
    )
    for _ in range(draw.integer(1, 3)):
        height, radius = draw.uniform(0.12, 0.5), 0.95 - top * 0.35
        block = (
            geometry.cylinder(radius, height, bevel=0.015, segments=96)
            if draw.chance(0.6)
            else _raised(geometry.box(radius * 1.7, radius * 1.4, height, bevel=0.015), height / 2)
        )
        turn = (0.0, 0.0, draw.gauss(0, 0.2))
        shot.add(block, plinth(draw), to="set", location=(draw.uniform(-0.05, 0.05), 0, top), rotation=turn)
        top += height
    for _ in range(draw.integer(0, 4)):
        side = draw.choice((-1.0, 1.0))
        column = geometry.cylinder(draw.uniform(0.2, 0.5), draw.uniform(0.3, 2.2), bevel=0.02, segments=96)
        place = (side * draw.uniform(1.5, 2.6), draw.uniform(0.2, 1.8), 0)
        shot.add(
            column, draw.choice((materials.plaster, materials.marble, materials.wood))(draw), to="set", location=place
        )
    return top


def _raised(data: Any, height: float) -> Any:
    data.transform(geometry.placed((0, 0, height)))
    return data


def _model(shot: Shot, top: float) -> None:
    draw = shot.draw
    thing = props.subject(shot, "product", props.OBJECTS, share=0.8)
    made = shot.add(
        thing, location=(0, 0, top), rotation=(0, 0, draw.uniform(-0.7, 0.7)), scale=draw.uniform(0.85, 1.0)
    )
    if shot.moving and draw.chance(0.5):
        shot.move(made, spin=(0, 0, draw.gauss(0, 0.03)))


def _vessels(shot: Shot, top: float) -> None:
    draw = shot.draw
    for x in (-0.55, 0.0, 0.5):
        place = (x, draw.uniform(-0.2, 0.3), top)
        shot.add(props.vase(draw), location=place, scale=draw.uniform(0.55, 0.85))


def _bottles(shot: Shot, top: float, *, count: int) -> None:
    kind = bottles.brand(shot)
    for index in range(count):
        scale = 1.0 if index == 0 else shot.draw.uniform(0.6, 0.9)
        bottles.add_bottle(shot, kind, ((0.0, -0.48, 0.48)[index], 0.08 * index, top), scale=scale)


def _backdrop(shot: Shot) -> None:
    """Fluted panels, a disc, arches or a tiled wall behind the product."""
    draw = shot.draw
    plan = draw.choice(("flutes", "disc", "arch", "tiles", "none"))
    surface = draw.choice((materials.plaster, materials.wood, materials.marble, materials.velvet))(draw, size=1.2)
    if plan == "flutes":
        pitch = draw.uniform(0.06, 0.2)
        flutes = geometry.surface(
            lambda u, v: ((u - 0.5) * 9, 1.9 - 0.35 * pitch * abs(np.sin((u - 0.5) * 9 / pitch * 1.57)), v * 5), 2400, 2
        )
        shot.add(flutes, surface, to="set")
    elif plan == "disc":
        disc = geometry.cylinder(draw.uniform(0.8, 1.3), 0.08, bevel=0.015, segments=128)
        place = (draw.uniform(-0.5, 0.5), 1.6, draw.uniform(0.9, 1.5))
        shot.add(disc, surface, to="set", location=place, rotation=(math.pi / 2, 0, 0))
    elif plan == "arch":
        _arches(shot, surface)
    elif plan == "tiles":
        wall = draw.choice((materials.tiles, materials.brick, materials.weave))(draw, size=1.2)
        shot.add(geometry.plane(12, 8), wall, to="set", location=(0, 1.9, 3), rotation=(math.pi / 2, 0, 0))
    if draw.chance(0.6):
        _shadows(shot)


def _arches(shot: Shot, surface: Any) -> None:
    turn = np.linspace(0, math.pi, 60)
    for step in range(3):
        radius, y = 0.9 + 0.3 * step, 1.5 + 0.1 * step
        arch = np.stack([np.cos(turn) * radius, turn * 0 + y, 1.1 + np.sin(turn) * radius], -1)
        line = np.concatenate([[(radius, y, -0.1)], arch, [(-radius, y, -0.1)]])
        shot.add(geometry.tubes([line], 0.13, sides=24), surface, to="set")


def _shadows(shot: Shot) -> None:
    """A hard sun through leaves or slats."""
    draw = shot.draw
    turn = draw.choice((draw.uniform(-2.7, -2.3), draw.uniform(-0.9, -0.5)))
    direction = lights.sun(
        shot, azimuth=turn, elevation=draw.uniform(0.4, 0.8), strength=draw.uniform(2, 6), angle=0.012
    )
    x, y, z = direction * 4
    y, z = y + 0.8, z + 0.8
    if draw.chance(0.5):
        wood = materials.wood(draw)
        for step in range(-8, 9):
            slat = geometry.box(5, 0.01, 0.14, bevel=0)
            turned = (0.5, 0.0, turn + math.pi / 2)
            _hide(shot.add(slat, wood, to="set", location=(x, y, z + step * 0.26), rotation=turned))
        return
    outline = np.array([(0, 0, 0), (0.4, 0.16, 0.03), (1, 0, 0.1), (0.4, -0.16, 0.03)])
    places = shot.scatter.array.normal(0, 0.8, (110, 3)) + (x, y, z)
    matrices = scatter.transforms(shot.scatter, places, size=(0.25, 0.6), tilt=0.7)
    leaves = scatter.copies(shot.scatter, outline, [(0, 1, 2, 3)], matrices)
    _hide(shot.add(leaves, materials.leaf(draw), to="set"))


def _hide(thing: Any) -> None:
    """Keep a thing out of the picture but for its shadow."""
    thing.visible_camera = thing.visible_glossy = thing.visible_transmission = False


def _decoration(shot: Shot, top: float) -> None:
    """Beads, drops or petals strewn round the product."""
    draw = shot.draw
    plan = draw.choice(("beads", "petals", "none", "stones"))
    if plan == "none":
        return
    surfaces = [
        draw.choice((materials.metal, materials.ceramic, materials.plastic, materials.marble))(draw, size=0.2)
        for _ in range(3)
    ]
    for x, y, _ in scatter.spaced(shot.scatter, 60, 3.4, 1.6, distance=0.13):
        high = top if math.hypot(x, y) < 0.55 else 0.0
        if math.hypot(x, y) < 0.38 or (top and 0.45 < math.hypot(x, y) < 1.1):
            continue
        if plan == "beads":
            data, lift = geometry.sphere(1, segments=32), 0.03
        elif plan == "stones":
            data, lift = geometry.ico_sphere(1, subdivisions=3), 0.018
        else:
            data, lift = geometry.sphere(1, segments=24), 0.005
        shape = {"beads": (0.03, 0.03, 0.03), "stones": (0.05, 0.035, 0.018), "petals": (0.05, 0.028, 0.005)}[plan]
        shot.add(
            data,
            shot.scatter.choice(surfaces),
            to="set",
            location=(x, y, high + lift),
            rotation=(0, 0, shot.scatter.angle()),
            scale=shape,
        )


def _light(shot: Shot, top: float) -> None:
    draw = shot.draw
    target = (0.0, 0.0, top + 0.4)
    if draw.chance(0.6):
        low = scaled(draw.colour(), 0.4)
        lights.environment(shot, "studio", strength=draw.uniform(0.1, 0.6), backdrop=(low, low))
    else:
        lights.flat(shot, mixed(draw.colour(), (0.5, 0.5, 0.5), 0.7), draw.uniform(0.05, 0.3))
    lights.three_point(shot, target, 3.5, power=draw.uniform(150, 400))
    if draw.chance(0.5):
        for side in (-1.0, 1.0):
            place = (side * 2.2, -0.4, top + 0.8)
            lights.area(
                shot,
                place,
                target,
                power=draw.uniform(20, 120),
                size=(0.25, 2.6),
                colour=draw.cool_white(),
                group="rim",
            )
    if draw.chance(0.35):
        where = (draw.uniform(-1, 1), 1.2, top + 0.5)
        lights.spot(
            shot,
            where,
            (where[0] * 0.5, 4, 1.5),
            power=300,
            colour=draw.vivid(),
            angle=1.3,
            softness=0.8,
            group="practical",
        )
