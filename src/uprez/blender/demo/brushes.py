"""Paint brushes of wood, metal and bristles."""

import math

import numpy as np

from uprez.blender.demo import (
    fur,
    geometry,
)
from uprez.blender.demo.materials import hard, natural
from uprez.blender.demo.shot import Shot


def brush(shot: Shot, place: tuple[float, float, float], turn: float, radius: float) -> None:
    """A brush along y: its handle towards -y, its bristles from y=0 to 0.9."""
    draw = shot.draw
    flat = draw.choice((1.0, 0.35))
    rotation = (-math.pi / 2, 0, turn)
    handle = [
        (0, -2.0),
        (radius * 0.4, -1.95),
        (radius * 0.5, -1.5),
        (radius * 0.75, -0.9),
        (radius * 0.5, -0.5),
        (radius * 0.85, -0.35),
        (radius * 0.85, -0.2),
    ]
    wooden = draw.choice((hard.paint, natural.wood))(draw, size=0.5)
    shot.add(geometry.lathe(geometry.spline(handle, 60)), wooden, location=place, rotation=rotation, scale=(1, flat, 1))
    rings = [(radius * (1.03 if z in {2, 5, 9} else 1.0), -0.32 + z * 0.03) for z in range(12)]
    shot.add(
        geometry.lathe(rings), hard.brushed_metal(draw, size=0.5), location=place, rotation=rotation, scale=(1, flat, 1)
    )
    count = 6500
    distance, angle = np.sqrt(draw.array.random(count)), draw.array.uniform(0, 6.2832, count)
    root = np.stack([distance * np.cos(angle), distance * np.sin(angle) * flat, 0 * angle], -1) * radius * 0.95
    t = np.linspace(0, 1, 6)[None, :, None]
    length = (
        draw.uniform(0.5, 0.9) * draw.array.uniform(0.9, 1.03, (count, 1, 1)) * (1 - 0.3 * distance[:, None, None] ** 2)
    )
    splay = root / radius * draw.uniform(-0.12, 0.2) + draw.array.normal(0, 0.035, (count, 3)) * (1, 1, 0)
    strands = root[:, None] + t * length * np.array([0, 0, 1.0]) + splay[:, None] * t**2
    colour = draw.choice(fur.COATS)
    paint = draw.vivid() if draw.chance(0.6) else None
    shot.add(
        geometry.hair(strands, 0.005, 0.0015, fur.material(draw, colour, paint, size=1)),
        location=place,
        rotation=rotation,
    )
