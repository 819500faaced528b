"""Caves: a vault of rock over an uneven floor, roots that hang from it."""

import numpy as np

from uprez.blender.demo import geometry, terrain
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import natural
from uprez.blender.demo.shot import Shot


def chamber(shot: Shot) -> terrain.Terrain:
    """A chamber about 15 units wide, 26 deep and 6 high round (0, 2, 0); gives its floor."""
    draw = shot.draw
    rock, grown = hsv(draw.uniform(0.03, 0.6), draw.uniform(0.1, 0.35), 0.5), hsv(0.22, 0.5, 0.3)
    rough = geometry.fractal(draw, 161, exponent=2.1)

    def vault(u: Array, v: Array) -> tuple[Array, Array, Array]:
        turn, rise = 2 * np.pi * u, v * 1.42
        swell = 1 + 0.3 * rough[(u * 160).astype(int) % 160, (v * 150).astype(int)]
        out = np.cos(rise) * swell
        return 7.5 * np.cos(turn) * out, 2 + 13 * np.sin(turn) * out, 6.5 * np.sin(rise) * swell - 0.3

    shot.add(geometry.surface(vault, 160, 120), terrain.layered(draw, rock, grown, size=1.6, steep=0.85), to="set")
    land = terrain.Terrain(geometry.fractal(draw, 200, exponent=2.3) * 0.7, 30).levelled(0, 3, 2)
    shot.add(land.mesh(), terrain.layered(draw, size=1.4), to="set")
    return land


def roots(shot: Shot, count: int = 30) -> None:
    """Thin roots from the vault's top."""
    draw = shot.draw
    starts = [(draw.gauss(0, 2), draw.uniform(2, 8), 5.6) for _ in range(count)]
    lines = [np.cumsum([start, *draw.array.normal((0, 0, -0.3), 0.12, (12, 3))], 0) for start in starts]
    shot.add(geometry.tubes(lines, [np.linspace(0.035, 0.006, 13)] * count), natural.bark(draw, size=0.4), to="set")
