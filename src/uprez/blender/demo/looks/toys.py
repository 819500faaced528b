"""Toys on a floor, rug or shelf, as in a film about toys."""

import math
from typing import Any

from uprez.blender.demo import cameras, geometry, lights, materials, props, scatter
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    _room(shot)
    _toys(shot)
    _small_things(shot)
    _light(shot)
    close = shot.draw.chance(0.4)
    cameras.place(
        shot,
        (shot.draw.uniform(-0.4, 0.4), 0, shot.draw.uniform(0.3, 0.5)),
        width=shot.draw.uniform(1.6, 2.4) if close else shot.draw.uniform(2.8, 4.2),
        elevation=(0.03, 0.3) if shot.draw.chance(0.7) else (0.4, 0.9),
        lens=(32, 85),
        blur=(0.01, 0.06),
    )


def _room(shot: Shot) -> None:
    draw = shot.draw
    floor = draw.choice(
        (materials.wood, materials.wood, materials.tiles, materials.weave, materials.plaid, materials.knit)
    )
    planks: dict[str, Any] = {"planks": draw.chance(0.7)} if floor is materials.wood else {}
    shot.add(geometry.plane(40, 40), floor(draw, size=draw.uniform(1.5, 3), **planks), to="set")
    if draw.chance(0.5):
        rug = draw.choice(materials.CLOTH)(draw, size=draw.uniform(1, 2.5))
        size = (draw.uniform(3, 6), draw.uniform(2, 4))
        shot.add(
            geometry.box(*size, 0.03, bevel=0.015),
            rug,
            to="set",
            location=(0, 0.3, 0.001),
            rotation=(0, 0, draw.gauss(0, 0.3)),
        )
    if not draw.chance(0.7):
        return
    distance = draw.uniform(1.9, 4)
    wall = draw.choice((materials.plaster, materials.plaster, materials.brick, materials.tiles, materials.wood))
    shot.add(
        geometry.plane(40, 12), wall(draw, size=2.5), to="set", location=(0, distance, 6), rotation=(math.pi / 2, 0, 0)
    )
    board = materials.wood(draw) if draw.chance(0.5) else materials.paint(draw, (0.8, 0.78, 0.72), size=4)
    shot.add(geometry.box(40, 0.06, 0.3, bevel=0.02), board, to="set", location=(0, distance - 0.03, 0.15))
    _shelf(shot, distance)


def _shelf(shot: Shot, distance: float) -> None:
    draw = shot.draw
    if draw.chance(0.4):
        return
    wood = materials.wood(draw, size=2)
    for level in (0.9, 1.8):
        shot.add(geometry.box(7, 0.6, 0.06), wood, to="set", location=(0, distance - 0.35, level))
        for step in range(8):
            thing = props.subject(shot, "toy", (props.book_pile, *props.TOYS[:5]), share=0.4)
            place = (-3.0 + step * 0.85 + draw.uniform(-0.05, 0.05), distance - 0.38, level + 0.031)
            shot.add(thing, to="set", location=place, rotation=(0, 0, draw.gauss(0, 0.3)), scale=draw.uniform(0.4, 0.6))


def _toys(shot: Shot) -> None:
    draw = shot.draw
    size = draw.uniform(0.75, 1.1)
    places = [(0.0, 0.0, 0.0), *scatter.spaced(draw, draw.integer(6, 12), 3.8, 2.6, distance=size * 0.95)]
    for index, (x, y, _) in enumerate(places):
        if index and math.hypot(x, y) < size * 1.05:
            continue
        scale = size * (draw.uniform(1.0, 1.15) if index == 0 else draw.uniform(0.6, 1.0))
        thing = shot.add(
            props.subject(shot, "toy", props.TOYS, share=0.6),
            location=(x, y, 0.032),
            rotation=(0, 0, draw.gauss(0, 0.6)),
            scale=scale,
        )
        if shot.moving and draw.chance(0.3):
            shot.move(thing, velocity=(draw.gauss(0, 0.01), draw.gauss(0, 0.005), 0), spin=(0, 0, draw.gauss(0, 0.03)))


def _small_things(shot: Shot) -> None:
    """Marbles, dice, pencils and coins strewn about."""
    draw = shot.draw
    kinds = (
        (geometry.sphere(0.05, segments=32), 0.05, 0.0),
        (geometry.box(0.09, 0.09, 0.09, bevel=0.012), 0.045, 0.0),
        (geometry.cylinder(0.02, 0.55, segments=6), 0.02, math.pi / 2),
        (geometry.cylinder(0.06, 0.014, bevel=0.004), 0.0, 0.0),
    )
    makers = (materials.plastic, materials.paint, materials.metal, materials.ceramic)
    surfaces = [draw.choice(makers)(draw) for _ in range(6)]
    for x, y, _ in scatter.spaced(shot.scatter, draw.integer(10, 40), 5, 3.2, distance=0.12):
        data, height, tilt = shot.scatter.choice(kinds)
        turn = (tilt, 0, shot.scatter.angle())
        shot.add(data.copy(), shot.scatter.choice(surfaces), to="set", location=(x, y, 0.032 + height), rotation=turn)


def _light(shot: Shot) -> None:
    draw = shot.draw
    shot.key = draw.choice((0.08, 0.12, 0.2))
    plan = draw.choice(("studio", "window", "sunset", "lamp"))
    lights.environment(shot, draw.choice(("indoor", "studio", "any")), strength=draw.uniform(0.15, 0.5))
    if plan == "studio":
        lights.three_point(shot, (0, 0, 0.4), 4.5)
    elif plan in {"window", "sunset"}:
        turn = draw.choice((draw.uniform(-2.8, -2.2), draw.uniform(-0.9, -0.3)))
        rise = draw.uniform(0.15, 0.3) if plan == "sunset" else draw.uniform(0.5, 0.9)
        direction = lights.sun(shot, azimuth=turn, elevation=rise, strength=draw.uniform(3, 8), angle=0.015)
        _window_bars(shot, tuple(direction * 6))
    else:
        lights.bulb(shot, (draw.choice((-1.5, 1.5)), 0.8, 1.6), radius=0.09, strength=300, colour=draw.warm_white())
        lights.area(shot, (0, -4, 3), (0, 0, 0), power=60, colour=draw.cool_white(), size=3, group="fill")


def _window_bars(shot: Shot, place: tuple[float, ...]) -> None:
    """Bars and a sill between sun and toys, so that the light falls in panes."""
    x, y, z = place
    heading = math.atan2(y, x)
    across = (-math.sin(heading), math.cos(heading))
    wood = materials.wood(shot.draw)
    for step in range(-4, 5):
        offset = step * 0.8
        bar = geometry.box(0.09, 0.09, 9, bevel=0)
        hidden = [shot.add(bar, wood, to="set", location=(x + across[0] * offset, y + across[1] * offset, z))]
        rail = geometry.box(9, 0.09, 0.09, bevel=0)
        turned = (0.0, 0.0, heading + math.pi / 2)
        hidden.append(shot.add(rail, wood, to="set", location=(x, y, z + offset), rotation=turned))
        for thing in hidden:
            thing.visible_camera = False  # they may stand between toys and camera
