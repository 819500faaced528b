"""Streets along y: rows of houses, lamp posts, wires and flags across."""

import math

import numpy as np

from uprez.blender.demo import (
    boxes,
    buildings,
    geometry,
    lights,
    structures,
)
from uprez.blender.demo.materials import fabric, hard
from uprez.blender.demo.shot import Shot


def row_of_houses(shot: Shot, side: int, half: float) -> None:
    draw = shot.draw
    y = -14.0
    while y < 75:
        style = buildings.masonry_style(draw) if draw.chance(0.85) else buildings.curtain_wall_style(draw)
        columns, floors = draw.integer(3, 6), draw.integer(2, 5)
        look = buildings.palette(draw, style, lit=0.1, strength=0.5)
        root = buildings.facade(shot, draw, style, look, columns, floors)
        width = columns * style.bay
        root.rotation_euler.z = -side * math.pi / 2
        root.location = (side * half, y if side < 0 else y + width, 0.0)
        body = geometry.box(8, width, floors * style.storey, bevel=0)
        shot.add(body, look.trim, to="set", location=(side * (half + 4.6), y + width / 2, floors * style.storey / 2))
        y += width + draw.choice((0.0, 0.0, 0.6))


def street_furniture(shot: Shot, half: float) -> None:
    """Lamp posts, wires across the street with laundry or lanterns by chance, bollards."""
    draw = shot.draw
    iron = hard.worn_paint(draw, (0.03, 0.035, 0.03), size=0.5)
    lines, radii = [], []
    for y in np.arange(2, 60, 12.0):
        for side in (-1, 1):
            x = side * (half - 0.7)
            lines.append(
                geometry.spline([(x, y, 0), (x, y, 4.4), (x - side * 0.4, y, 5.0), (x - side * 1.1, y, 5.0)], 30)
            )
            radii.append(np.linspace(0.07, 0.035, 30))
    for y in np.arange(5, 50, draw.uniform(5, 9)):
        lines.append(
            structures.wire(
                (-half, y, draw.uniform(5, 8)),
                (half, y + draw.uniform(-2, 2), draw.uniform(5, 8)),
                draw.uniform(0.3, 1),
            )
        )
        radii.append(np.full(24, 0.012))
    shot.add(geometry.tubes(lines, radii), iron, to="set")
    if draw.chance(0.6):
        flags = [line[2:-2:2] for line in lines[-4:]]
        low = np.asarray(np.concatenate(flags), float) - (0.2, 0.004, 0.42)
        material = fabric.weave(draw, size=0.4)
        shot.add(boxes.mesh(boxes.boxes(low, low + (0.4, 0.008, 0.4))), material)


def lamps(shot: Shot, half: float) -> None:
    """Lit lamp posts on one side or the other of a street `half` units to each side."""
    draw = shot.draw
    iron = hard.worn_paint(draw, (0.03, 0.03, 0.03), size=0.5)
    for y in np.arange(1, 22, draw.uniform(5, 8)):
        side = draw.choice((-1, 1))
        x = side * (half - 1.2)
        post = geometry.spline([(x, y, 0), (x, y, 3.8), (x - side * 0.3, y, 4.4), (x - side * 0.9, y, 4.4)], 30)
        shot.add(geometry.tubes([post], [np.linspace(0.07, 0.04, 30)], sides=12), iron, to="set")
        tint = draw.warm_white() if draw.chance(0.8) else draw.vivid()
        lights.bulb(
            shot, (x - side * 0.9, float(y), 4.25), radius=0.09, strength=draw.log_uniform(80, 500), colour=tint
        )
        lights.spot(
            shot,
            (x - side * 0.9, float(y), 4.2),
            (x - side * 1.2, float(y), 0),
            power=draw.uniform(700, 2200),
            colour=tint,
            angle=1.5,
            softness=0.4,
            group="practical",
        )


def head_lamps(shot: Shot, car: tuple[float, float, float]) -> None:
    """The two head lamps of a car that stands at a place and looks to -y."""
    draw = shot.draw
    for offset in (-0.6, 0.6):
        lamp = (car[0] + offset, car[1] - 2.1, 0.65)
        lights.spot(
            shot,
            lamp,
            (lamp[0] * 1.5, lamp[1] - 8, 0.1),
            power=draw.uniform(900, 2500),
            colour=draw.cool_white(),
            angle=0.55,
            softness=0.3,
        )
        lights.bulb(shot, lamp, radius=0.07, strength=draw.log_uniform(100, 600))
