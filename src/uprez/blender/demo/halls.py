"""Parts of halls: a wall of tall windows, beams, columns, hanging lamps."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import (
    boxes,
    geometry,
    lights,
    structures,
)
from uprez.blender.demo.materials import ground, hard, natural
from uprez.blender.demo.shot import Shot


def window_wall(shot: Shot, wall: Any, half: float, height: float, deep: float) -> None:
    """The wall at +x with windows and glazing bars, or slats."""
    draw = shot.draw
    bay = draw.uniform(2.0, 3.6)
    columns = int((deep + 9) / bay) + 1
    opening = (bay * 0.2, height * draw.uniform(0.2, 0.35), bay * 0.8, height * 0.9)
    offsets = boxes.grid_offsets(columns, 1, (bay, height))
    openings = boxes.wall_with_opening((bay, height), opening, 0.35).repeated(offsets)
    outer = boxes.wall_with_opening((bay, height), opening, 0.0).moved((0, 0.35, 0)).repeated(offsets)
    panes = draw.choice(((2, 4), (3, 6), (1, 14), (4, 5), (2, 3)))
    bars = boxes.window_frame(opening, 0.07, (0.18, 0.25), panes).repeated(offsets)
    frame = hard.worn_paint(draw, size=0.5)
    for part, material in ((openings, wall), (outer, wall), (bars, frame)):
        shot.add(boxes.mesh(part), material, to="set", location=(half, deep + 1, 0), rotation=(0, 0, -math.pi / 2))


def beams_and_columns(shot: Shot, half: float, height: float, deep: float) -> None:
    """Beams across the ceiling, columns along the walls, a hanging lamp or two."""
    draw = shot.draw
    steps = np.arange(-7, deep, draw.uniform(2.4, 4))
    beams = boxes.merge([boxes.boxes([(-half, y, height - 0.45)], [(half, y + 0.28, height)]) for y in steps])
    shot.add(boxes.mesh(beams), natural.wood(draw, size=1.5, coordinates="UV"), to="set")
    if draw.chance(0.6):
        profile = [
            (0.42, 0),
            (0.42, 0.2),
            (0.3, 0.35),
            (0.27, 0.5),
            (0.24, height - 0.9),
            (0.3, height - 0.8),
            (0.42, height - 0.5),
        ]
        column = geometry.lathe(profile, segments=40)
        stone = draw.choice((ground.marble, ground.stone, hard.rusty_metal))(draw, size=1.2)
        for y in steps[1:]:
            for side in (-1, 1):
                shot.add(column, stone, to="set", location=(side * half * 0.62, y, 0))
    if draw.chance(0.6):
        for y in steps[2:5]:
            cable = structures.segment((0, y, height), (0, y, height - 1.6))
            shot.add(geometry.tubes([cable], 0.012), hard.rubber(draw), to="set")
            lights.bulb(
                shot,
                (0.0, float(y), height - 1.7),
                radius=0.07,
                strength=draw.log_uniform(20, 150),
                colour=draw.warm_white(),
            )
