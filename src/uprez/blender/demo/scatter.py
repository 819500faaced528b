"""Things scattered: places by chance, then instances (objects that share a mesh) or one mesh of many copies.

Give the functions `shot.scatter`, so that another scatter seed gives another distribution and nothing else changes.
"""

from collections.abc import Sequence
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array, mesh


def spaced(draw: Draw, count: int, width: float, depth: float, *, distance: float = 0.0) -> Array:
    """Up to `count` points (n, 3) at z=0 in a rectangle about the origin, at least `distance` apart."""
    if distance <= 0:
        flat = draw.array.uniform(-0.5, 0.5, (count, 2)) * (width, depth)
        return np.concatenate([flat, np.zeros((count, 1))], 1)
    kept: list[Array] = []
    for candidate in draw.array.uniform(-0.5, 0.5, (count * 12, 2)) * (width, depth):
        if len(kept) == count:
            break
        if all(np.hypot(*(candidate - other)) >= distance for other in kept):
            kept.append(candidate)
    return np.array([(x, y, 0.0) for x, y in kept]).reshape(-1, 3)


def on_surface(draw: Draw, data: Any, count: int) -> tuple[Array, Array]:
    """`count` points (n, 3) on a mesh, even by area, and the normals (n, 3) there, in the mesh's own space."""
    data.calc_loop_triangles()
    corners = np.empty(len(data.loop_triangles) * 3, np.int32)
    data.loop_triangles.foreach_get("vertices", corners)
    positions = np.empty(len(data.vertices) * 3, np.float32)
    data.vertices.foreach_get("co", positions)
    a, b, c = positions.reshape(-1, 3)[corners.reshape(-1, 3)].transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    chosen = draw.array.choice(len(area), count, p=area / area.sum())
    u, v = draw.array.uniform(0, 1, (2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    place = a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen]
    return place, normal[chosen] / (area[chosen, None] + 1e-12)


def transforms(
    draw: Draw,
    places: Array,
    *,
    size: tuple[float, float] = (0.8, 1.2),
    up: Array | None = None,
    tilt: float = 0.1,
    heading: float | None = None,
) -> Array:
    """Matrices (n, 4, 4) that stand things at places (n, 3): z along `up` (n, 3), upright where None, tilted by about
    `tilt` radians, turned by chance about it or all by `heading` radians.
    """
    count = len(places)
    axis = np.tile([0.0, 0.0, 1.0], (count, 1)) if up is None else np.array(up, float)
    axis += draw.array.normal(0, max(tilt, 1e-6), (count, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    turn = draw.array.uniform(0, 2 * np.pi, count) if heading is None else np.full(count, heading)
    toward = np.stack([np.cos(turn), np.sin(turn), np.full(count, 0.013)], -1)
    y = np.cross(axis, toward)
    y /= np.linalg.norm(y, axis=1, keepdims=True) + 1e-9
    scale = draw.array.uniform(*size, count)[:, None]
    matrices = np.zeros((count, 4, 4))
    matrices[:, :3, 0], matrices[:, :3, 1] = np.cross(y, axis) * scale, y * scale
    matrices[:, :3, 2], matrices[:, :3, 3], matrices[:, 3, 3] = axis * scale, places, 1
    return matrices


def instances(
    shot: Any, draw: Draw, meshes: Sequence[Any], matrices: Array, *, to: str = "set", material: Any = None
) -> list[Any]:
    """An object for each matrix, each of one of the meshes by chance. For up to about 3000."""
    made = []
    for matrix in matrices:
        thing = bpy.data.objects.new("instance", draw.choice(meshes))
        shot.add(thing, to=to)
        if material is not None and not thing.data.materials:
            thing.data.materials.append(material)
        thing.matrix_world = Matrix(matrix.tolist())
        made.append(thing)
    return made


def copies(
    draw: Draw, vertices: Array, faces: Any, matrices: Array, *, across: Array | None = None, smooth: bool = True
) -> Any:
    """One mesh of a copy of (vertices, faces) for each matrix, for blades and leaves by the ten thousand. Attribute
    `random` is a number of 0 to 1 a copy; `across` (n, 3) goes into the attribute of that name.
    """
    points = np.asarray(vertices, float)
    placed = np.einsum("nij,vj->nvi", matrices[:, :3, :3], points) + matrices[:, None, :3, 3]
    shifted = np.asarray(faces)[None] + (np.arange(len(matrices)) * len(points))[:, None, None]
    attributes = {"random": np.repeat(draw.array.uniform(0, 1, len(matrices)), len(points))}
    if across is not None:
        attributes["across"] = np.tile(across, (len(matrices), 1))
    return mesh(placed.reshape(-1, 3), shifted.reshape(-1, shifted.shape[-1]), smooth=smooth, **attributes)
