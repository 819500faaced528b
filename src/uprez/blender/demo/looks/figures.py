"""Figures: artists' characters and animals, puppets in cloth, bears and owls, alone or together in staged light."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from uprez.blender.demo import animals, cameras, geometry, lights, materials, props, puppets
from uprez.blender.demo.shot import Shot

_HEIGHTS = {
    "steampunk_robot": 1.5,
    "egyptian_cat": 0.8,
    "gull": 0.75,
    "survivor_female": 1.25,
    "skater_male": 1.25,
    "zombie_1": 1.25,
    "cactus": 0.6,
}
Figure = tuple[Any, float]
"""A figure's root object and its height."""


def build(shot: Shot) -> None:
    draw = shot.draw
    count = draw.weighted(((1, 5.0), (2, 3.0), (3, 2.0)))
    figures: list[Figure] = []
    for k in range(count):
        x = (k - (count - 1) / 2) * draw.uniform(0.65, 0.85)
        figures.append(_figure(shot, (x, draw.uniform(-0.15, 0.35) * (count > 1), 0.0)))
    _stage(shot)
    _light(shot)
    for root, _ in figures:
        if shot.moving and draw.chance(0.6):
            shot.move(root, velocity=(draw.gauss(0, 0.01), 0.0, 0.0), spin=(0.0, 0.0, draw.gauss(0, 0.03)))
    root, height = draw.choice(figures)
    close = draw.chance(0.55)
    plain = len(root.data.polygons) < 2000  # a toy-like model bears no close-up
    target = (
        root.location.x + draw.gauss(0, 0.05),
        root.location.y,
        height * draw.uniform(0.72, 0.86) if close else height * 0.52,
    )
    width = height * (draw.uniform(0.9 if plain else 0.5, 1.1) if close else draw.uniform(1.3, 2.3))
    cameras.place(
        shot, target, width=width, azimuth=(-2.1, -1.05), elevation=(-0.08, 0.3), lens=(40, 100), blur=(0.008, 0.05)
    )


def _figure(shot: Shot, place: tuple[float, float, float]) -> Figure:
    draw = shot.draw
    heading = draw.gauss(0, 0.35)
    names = [name for name in _HEIGHTS if name in shot.assets.models()]
    if names and draw.chance(0.4):
        name = draw.choice(names)
        size = _HEIGHTS[name]
        model = shot.assets.model(name)
        tallest = max(vertex.co.z for vertex in model.vertices)
        return shot.add(model, location=place, rotation=(0, 0, heading), scale=size / tallest), size
    makers: Sequence[tuple[Callable[..., Any], float]] = (
        (puppets.puppet, 1.3),
        (puppets.puppet, 1.3),
        (animals.bear, 0.8),
        (animals.owl, 0.7),
    )
    maker, size = draw.choice(makers)
    return maker(shot, place, heading), size


def _stage(shot: Shot) -> None:
    """A studio cove, boards before a curtain, or a corner of a room with things."""
    draw = shot.draw
    kind = draw.choice(("cove", "curtain", "room"))
    if kind == "cove":
        surface = draw.choice((materials.plaster, materials.paper, materials.concrete, materials.velvet))
        shot.add(geometry.cove(12, 2.5, 8), surface(draw, size=2.0), to="set")
        return
    floor = draw.choice((materials.wood, materials.tiles, materials.concrete))
    shot.add(geometry.plane(16, 16), floor(draw, size=1.2), to="set")
    if kind == "curtain":
        _curtain(shot)
    else:
        wall = draw.choice((materials.plaster, materials.brick, materials.tiles))(draw, size=1.8, coordinates="UV")
        shot.add(
            geometry.plane(16, 7),
            wall,
            to="set",
            location=(0, draw.uniform(1.2, 2.5), 3.5),
            rotation=(math.pi / 2, 0, 0),
        )
    makers = (props.book_pile, props.vase, props.ball, props.drum, props.block_castle, props.knot)
    for side in (-1, 1):
        for _ in range(draw.integer(0, 2)):
            place = (side * draw.uniform(0.8, 1.6), draw.uniform(0.2, 0.9), 0.0)
            shot.add(
                draw.choice(makers)(draw),
                to="set",
                location=place,
                rotation=(0, 0, draw.angle()),
                scale=draw.uniform(0.4, 0.8),
            )


def _curtain(shot: Shot) -> None:
    """A theatre curtain in deep folds."""
    draw = shot.draw
    depth, count, phase = draw.uniform(0.08, 0.16), draw.uniform(26, 44), draw.angle()
    drift = geometry.fractal(draw, 512, exponent=2.6)[:480, :24]

    def folds(u: Any, v: Any) -> Any:
        wave = abs(((u * count + drift * 0.7 * v + phase) % 2.0) - 1.0)
        return (u - 0.5) * 12, 1.8 + depth * (wave - 2 * wave**2 + 1.5 * wave**3) + drift * 0.2, 0.02 + (1 - v) * 5

    cloth = draw.choice((materials.velvet, materials.velvet, materials.weave))(draw, size=1.0, coordinates="UV")
    shot.add(geometry.surface(folds, 480, 24), cloth, to="set")


def _light(shot: Shot) -> None:
    """Three lamps; an artist's room or sky, or a near black studio, all round; coloured gels by chance."""
    draw = shot.draw
    target = (0.0, 0.0, 0.8)
    mood = draw.choice(("bright", "moody", "gels"))
    if mood == "bright":
        lights.environment(shot, draw.choice(("studio", "indoor", "outdoor")), strength=draw.uniform(0.4, 1.2))
        lights.three_point(shot, target, 3.5, power=draw.uniform(100, 300))
        shot.key = draw.uniform(0.1, 0.2)
    elif mood == "moody":
        lights.flat(shot, draw.colour(), 0.02)
        lights.three_point(shot, target, 3.5, power=draw.uniform(200, 500))
        shot.key = draw.uniform(0.04, 0.09)
    else:
        lights.flat(shot, draw.cool_white(), 0.015)
        for side, group in ((-1, "key"), (1, "rim")):
            place = (side * draw.uniform(1.5, 3), draw.uniform(-2, 1.2), draw.uniform(1.2, 3))
            lights.area(
                shot,
                place,
                target,
                power=draw.uniform(60, 200),
                colour=draw.vivid(),
                size=draw.uniform(0.3, 1.5),
                group=group,
            )
        lights.area(
            shot, (0.5, -4, 2), target, power=draw.uniform(15, 60), colour=draw.warm_white(), size=2.0, group="fill"
        )
        shot.key = draw.uniform(0.05, 0.1)
