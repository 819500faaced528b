"""Many boxes as one mesh: walls with openings, frames, shelves of books, panels of keys, skylines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CORNERS = np.array([(x, y, z) for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))], float)
_SIDES = np.array([(3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)])


@dataclass(frozen=True)
class Part:
    """Vertices (n, 3) and quads (m, 4)."""

    vertices: FloatArray
    faces: IntArray

    def moved(self, offset: Sequence[float]) -> "Part":
        return Part(self.vertices + np.asarray(offset, float), self.faces)

    def turned(self, angle: float) -> "Part":
        """Turned about the z axis by `angle` radians."""
        c, s = np.cos(angle), np.sin(angle)
        return Part(self.vertices @ np.array([(c, s, 0), (-s, c, 0), (0, 0, 1)]), self.faces)

    def repeated(self, offsets: FloatArray) -> "Part":
        """One copy at each of the offsets (k, 3)."""
        vertices = (offsets[:, None] + self.vertices[None]).reshape(-1, 3)
        shift = np.arange(len(offsets))[:, None, None] * len(self.vertices)
        return Part(vertices, (self.faces[None] + shift).reshape(-1, 4))


def boxes(low: FloatArray | Sequence[Sequence[float]], high: FloatArray | Sequence[Sequence[float]]) -> Part:
    """Boxes between the corners low (n, 3) and high (n, 3)."""
    low, high = np.asarray(low, float).reshape(-1, 3), np.asarray(high, float).reshape(-1, 3)
    vertices = low[:, None] + _CORNERS[None] * (high - low)[:, None]
    faces = _SIDES[None] + np.arange(len(low))[:, None, None] * 8
    return Part(vertices.reshape(-1, 3), faces.reshape(-1, 4))


def upright(rectangle: tuple[float, float, float, float], depth: tuple[float, float]) -> Part:
    """A box seen from the front: rectangle (left, bottom, right, top) in x and z, depth (front, back) in y."""
    left, bottom, right, top = rectangle
    return boxes([(left, depth[0], bottom)], [(right, depth[1], top)])


def merge(parts: Sequence[Part]) -> Part:
    """One part of many."""
    starts = np.cumsum([0] + [len(p.vertices) for p in parts[:-1]])
    faces = [p.faces + start for p, start in zip(parts, starts, strict=True)]
    return Part(np.concatenate([p.vertices for p in parts]), np.concatenate(faces))


def wall_with_opening(size: tuple[float, float], opening: tuple[float, float, float, float], depth: float) -> Part:
    """A wall from (0, 0) to `size` in x and z at y = 0, with the reveals of its opening (left, bottom, right, top)."""
    (width, height), (left, bottom, right, top) = size, opening
    outer = [(0, 0, 0), (width, 0, 0), (width, 0, height), (0, 0, height)]
    inner = [(left, 0, bottom), (right, 0, bottom), (right, 0, top), (left, 0, top)]
    back = [(x, depth, z) for x, _, z in inner]
    faces = [(ring + a, ring + (a + 1) % 4, ring + (a + 1) % 4 + 4, ring + a + 4) for ring in (0, 4) for a in range(4)]
    return Part(np.array(outer + inner + back, float), np.array(faces))


def window_frame(
    opening: tuple[float, float, float, float], bar: float, depth: tuple[float, float], panes: tuple[int, int]
) -> Part:
    """The bars of a window: its border and the glazing bars between panes (columns, rows)."""
    left, bottom, right, top = opening
    parts = [upright((x, bottom, x + bar, top), depth) for x in (left, right - bar)]
    parts += [upright((left, z, right, z + bar), depth) for z in (bottom, top - bar)]
    thin = bar * 0.6
    for i in range(1, panes[0]):
        x = left + (right - left) * i / panes[0]
        parts.append(upright((x - thin / 2, bottom, x + thin / 2, top), (depth[0] + 0.01, depth[1])))
    for j in range(1, panes[1]):
        z = bottom + (top - bottom) * j / panes[1]
        parts.append(upright((left, z - thin / 2, right, z + thin / 2), (depth[0] + 0.01, depth[1])))
    return merge(parts)


def grid_offsets(columns: int, rows: int, step: tuple[float, float]) -> FloatArray:
    """Offsets (columns * rows, 3) in the plane of x and z."""
    x, z = np.meshgrid(np.arange(columns) * step[0], np.arange(rows) * step[1], indexing="ij")
    return np.stack([x, 0 * x, z], -1).reshape(-1, 3)


def row_of(widths: FloatArray, depths: FloatArray, heights: FloatArray, gaps: FloatArray) -> Part:
    """Boxes side by side along x that stand on z = 0 with their fronts at y = 0: books, cans, houses."""
    right = np.cumsum(widths + gaps)
    left = right - widths
    low = np.stack([left, 0 * left, 0 * left], -1)
    return boxes(low, np.stack([right, depths, heights], -1))


def mesh(part: Part, *, random: FloatArray | None = None) -> Any:
    """A flat-shaded mesh with UVs in units, projected along the axis that each face looks along most.

    `random`, one number a box of eight vertices, becomes the attribute of that name.
    """
    made = bpy.data.meshes.new("boxes")
    count = len(part.faces)
    made.vertices.add(len(part.vertices))
    made.vertices.foreach_set("co", part.vertices.astype(np.float32).ravel())
    made.loops.add(4 * count)
    made.loops.foreach_set("vertex_index", part.faces.astype(np.int32).ravel())
    made.polygons.add(count)
    made.polygons.foreach_set("loop_start", np.arange(0, 4 * count, 4, dtype=np.int32))
    made.polygons.foreach_set("use_smooth", np.zeros(count, bool))
    made.uv_layers.new(name="UVMap").uv.foreach_set("vector", _projected(part).astype(np.float32).ravel())
    if random is not None:
        attribute = made.attributes.new("random", "FLOAT", "POINT")
        attribute.data.foreach_set("value", np.repeat(random, 8).astype(np.float32))
    made.update(calc_edges=True)
    return made


def _projected(part: Part) -> FloatArray:
    corner = part.vertices[part.faces]
    normal = np.abs(np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]))
    first = np.where(normal.argmax(1) == 0, 1, 0)
    second = np.where(normal.argmax(1) == 2, 1, 2)
    rows = np.arange(len(corner))[:, None]
    return np.stack([corner[rows, np.arange(4), first[:, None]], corner[rows, np.arange(4), second[:, None]]], -1)
