"""Cloth in folds, folded cloths, balls of yarn, and worn blocks of stone."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array


def fold_field(draw: Draw, side: int) -> Array:
    """Folds of cloth: crossing ridges that are bent by noise, -1 to 1."""
    x, y = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side), indexing="ij")
    bend = geometry.fractal(draw, side, exponent=3.2) * 1.4
    field = geometry.fractal(draw, side, exponent=3.4) * 0.6
    for _ in range(draw.integer(2, 4)):
        turn, pitch = draw.angle(), draw.uniform(2, 5)
        place = (x * math.cos(turn) + y * math.sin(turn) + bend * 0.5) * pitch + draw.angle()
        field += (1 - np.abs(np.sin(place))) ** 2 * draw.uniform(0.2, 0.5)
    return field


def folded_cloth(draw: Draw, wide: float, deep: float, thick: float) -> Any:
    """A cloth folded in two to four layers, their round folds to the front."""
    layers = draw.integer(2, 3)
    step, lines = thick / layers, []
    for layer in range(layers):
        z = step * (layer + 0.5)
        fold = np.linspace(-math.pi / 2, math.pi / 2, 12)
        front = -deep / 2 - draw.uniform(0, 0.02)
        half = step * 0.47
        lines += [
            (deep / 2, z - half),
            *[(front - math.cos(a) * half, z + math.sin(a) * half) for a in fold],
            (deep / 2, z + half),
        ]
    y, z = np.array(lines).T
    x = np.linspace(-wide / 2, wide / 2, 40)
    sag = geometry.fractal(draw, 64, exponent=3.2)[: len(x), : len(y)] * 0.02
    sag = np.pad(sag, ((0, 0), (0, max(0, len(y) - sag.shape[1]))), mode="edge")
    points = np.stack([np.repeat(x, len(y)), np.tile(y, len(x)), np.tile(z, len(x)) + sag.ravel()], -1)
    return geometry.mesh(points, geometry.grid_faces(len(x), len(y)))


def yarn_ball(draw: Draw, radius: float) -> Any:
    """A ball of wound yarn on z=0."""
    t = np.linspace(0, 1, 2600)
    tilt = np.floor(t * 26) * 2.4
    turn = t * 26 * 2 * math.pi * 2
    a: Array = np.stack([np.cos(turn), np.sin(turn) * np.cos(tilt), np.sin(turn) * np.sin(tilt)], -1)
    a[:, 2] += 0.15 * np.sin(tilt * 3)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    yarn = materials.weave(draw, size=0.12)
    line = a * radius * (0.95 + 0.05 * np.sin(tilt))[:, None]
    wound = geometry.tubes([line], radius * 0.075, sides=7)
    middle = geometry.placed((0, 0, radius * 1.06))
    return geometry.assembled([(wound, yarn, middle), (geometry.sphere(radius * 0.93), yarn, middle)])


def chipped_box(draw: Draw, wide: float, tall: float, thick: float) -> Any:
    """A block with worn edges, about a thousand faces."""
    side, field = 36, geometry.fractal(draw, 64, exponent=2.2)

    def top(u: Any, v: Any) -> Any:
        edge = np.minimum(np.minimum(u, 1 - u) * wide, np.minimum(v, 1 - v) * tall)
        worn = np.clip(edge / 0.012, 0, 1)
        drop = (1 - np.sqrt(1 - (1 - worn) ** 2)) * 0.012 + np.where(edge <= 0, thick, 0)
        rough = field[:side, :side] * 0.004
        return (
            (u - 0.5) * wide,
            (v - 0.5) * tall,
            thick / 2 - drop + rough - np.maximum(field[8 : side + 8, 8 : side + 8] - 0.45, 0) * 0.05,
        )

    del draw
    return geometry.surface(top, side, side)
