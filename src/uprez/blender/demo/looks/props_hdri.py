"""Artist-made models and props out of doors or in halls, under high dynamic range environments."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import cameras, geometry, lights, materials, props, scatter
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.key = draw.choice((0.06, 0.1, 0.14))
    inside = draw.chance(0.35)
    _ground(shot, inside)
    _props(shot)
    _clutter(shot, inside)
    kind = draw.choice(("indoor", "studio")) if inside else draw.choice(("outdoor", "outdoor", "sunset", "any"))
    lights.environment(shot, kind, strength=1.0)
    if not inside and draw.chance(0.6):
        turn = draw.choice((draw.uniform(-2.9, -2.1), draw.uniform(-1.0, 0.6), draw.uniform(0.6, 2.5)))
        lights.sun(shot, azimuth=turn, elevation=draw.uniform(0.15, 0.8), strength=draw.uniform(2, 7), angle=0.012)
    elif draw.chance(0.5):
        lights.three_point(shot, (0, 0, 0.5), 5.0, power=draw.uniform(100, 500))
    close = draw.chance(0.45)
    cameras.place(
        shot,
        (draw.uniform(-0.3, 0.3), 0, draw.uniform(0.3, 0.5)),
        width=draw.uniform(1.0, 1.6) if close else draw.uniform(1.9, 3.2),
        azimuth=(-2.4, -0.7),
        elevation=(0.02, 0.35),
        lens=(30, 90),
        blur=(0.008, 0.06),
    )


def _ground(shot: Shot, inside: bool) -> None:
    draw = shot.draw
    names = [name for name in shot.assets.textures() if name not in {"brick", "cloth", "metal007", "wood"}]
    if inside:
        surface = draw.choice(materials.FLOOR)(draw, size=draw.uniform(1.5, 3))
    elif names and draw.chance(0.5):
        surface = shot.assets.surface(draw.choice(names), draw, size=draw.uniform(2.5, 5))
    else:
        surface = draw.choice((*materials.EARTH[:3], materials.cobble, materials.asphalt))(
            draw, size=draw.uniform(1.2, 2.5)
        )
    if inside:
        shot.add(geometry.plane(60, 60), surface, to="set")
        return
    field = geometry.fractal(draw, 256, exponent=2.6)
    distance = np.hypot(*np.meshgrid(np.linspace(-20, 20, 256), np.linspace(-20, 20, 256), indexing="ij"))
    shot.add(geometry.height_field(field * np.clip((distance - 3.5) / 8, 0, 1) * 1.2, 40, 40), surface, to="set")


def _props(shot: Shot) -> None:
    draw = shot.draw
    hero = shot.add(
        props.subject(shot, "prop", props.OBJECTS, share=0.9),
        rotation=(0, 0, draw.uniform(-0.8, 0.8)),
        scale=draw.uniform(0.95, 1.2),
    )
    if shot.moving and draw.chance(0.25):
        shot.move(hero, spin=(0, 0, draw.gauss(0, 0.03)))
    for x, y, _ in scatter.spaced(draw, draw.integer(4, 9), 4.0, 3.5, distance=0.8):
        if math.hypot(x, y) < 1.0:
            continue
        thing = props.subject(shot, "prop", props.OBJECTS, share=0.75)
        shot.add(thing, to="set", location=(x, y, 0), rotation=(0, 0, draw.angle()), scale=draw.uniform(0.5, 1.0))


def _pebble(shot: Shot) -> Any:
    data = geometry.ico_sphere(1.0, subdivisions=3)
    points = np.empty(len(data.vertices) * 3, np.float32)
    data.vertices.foreach_get("co", points)
    grid = points.reshape(-1, 3)
    bulges = sum(np.sin(grid @ shot.draw.array.normal(0, 2.0, 3) + shot.draw.angle())[:, None] for _ in range(4))
    data.vertices.foreach_set("co", ((grid * (1 + 0.1 * bulges)) * (1.0, 0.8, 0.5)).astype(np.float32).ravel())
    return data


def _clutter(shot: Shot, inside: bool) -> None:
    """Pebbles, twigs and leaves on the ground; screws and scraps indoors."""
    draw = shot.draw
    stones = [_pebble(shot) for _ in range(3)]
    make = materials.metal if inside else materials.stone
    for data in stones:
        data.materials.append(make(draw, size=0.8))
    places = scatter.spaced(shot.scatter, 260 if not inside else 40, 9, 9)
    sizes = (0.008, 0.05) if not inside else (0.008, 0.02)
    scatter.instances(shot, shot.scatter, stones, scatter.transforms(shot.scatter, places, size=sizes, tilt=0.5))
    if inside:
        return
    leaf = np.array(
        [
            (-0.5, 0, 0.05),
            (0, -0.06, 0),
            (0.5, 0, 0.1),
            (0, 0.06, 0),
            (-0.25, -0.2, 0.06),
            (0.2, -0.24, 0.1),
            (-0.25, 0.2, 0.1),
            (0.2, 0.24, 0.05),
        ]
    )
    faces = [(0, 4, 1), (4, 5, 1), (5, 2, 1), (1, 2, 3), (0, 1, 3), (0, 3, 6), (6, 3, 7), (7, 3, 2)]
    spots = scatter.spaced(shot.scatter, draw.integer(100, 900), 8, 8) + (0, 0, 0.012)
    matrices = scatter.transforms(shot.scatter, spots, size=(0.03, 0.1), tilt=0.4)
    colour = draw.choice(((0.25, 0.1, 0.02), (0.35, 0.2, 0.03), (0.12, 0.16, 0.04)))
    shot.add(scatter.copies(shot.scatter, leaf, faces, matrices), materials.leaf(draw, colour), to="set")
    lines = []
    for x, y, _ in scatter.spaced(shot.scatter, 60, 7, 7):
        turn, length = shot.scatter.angle(), shot.scatter.uniform(0.1, 0.5)
        bend = shot.scatter.array.normal(0, 0.06, (5, 3)) * (length, length, 0) + np.linspace(0, 1, 5)[:, None] * (
            math.cos(turn) * length,
            math.sin(turn) * length,
            0,
        )
        lines.append(geometry.spline(bend + (x, y, 0.008), 14))
    shot.add(geometry.tubes(lines, 0.006, sides=6), materials.bark(draw, size=0.3), to="set")
