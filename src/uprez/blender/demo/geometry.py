"""Meshes and hair curves from numpy arrays. Lengths in units, angles in radians; every function gives mesh data."""

from collections.abc import Callable, Sequence
from typing import Any

import bmesh
import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from numpy.typing import ArrayLike, NDArray

from uprez.blender.demo.draw import Draw

Array = NDArray[np.floating[Any]]
Faces = NDArray[np.int32]


def mesh(
    vertices: ArrayLike, faces: Any, *, smooth: bool = True, uv: ArrayLike | None = None, **attributes: Any
) -> Any:
    """A mesh from vertices (n, 3) and faces: an array (m, k), or a list of such arrays with different k. `uv` is
    (n, 2); further attributes are (n,) or (n, 3), one a vertex.
    """
    made = bpy.data.meshes.new("mesh")
    groups = [np.asarray(group, np.int32) for group in (faces if isinstance(faces, list) else [faces])]
    points = np.asarray(vertices, np.float32)
    corners = np.concatenate([group.ravel() for group in groups])
    sides = np.concatenate([np.full(len(group), group.shape[1], np.int32) for group in groups])
    made.vertices.add(len(points))
    made.vertices.foreach_set("co", points.ravel())
    made.loops.add(len(corners))
    made.loops.foreach_set("vertex_index", corners)
    made.polygons.add(len(sides))
    made.polygons.foreach_set("loop_start", np.concatenate([[0], np.cumsum(sides)[:-1]]).astype(np.int32))
    made.polygons.foreach_set("use_smooth", np.full(len(sides), smooth))
    if uv is not None:
        layer = made.uv_layers.new(name="UVMap")
        layer.data.foreach_set("uv", np.asarray(uv, np.float32)[corners].ravel())
    for name, values in attributes.items():
        array = np.asarray(values, np.float32)
        attribute = made.attributes.new(name, "FLOAT" if array.ndim == 1 else "FLOAT_VECTOR", "POINT")
        attribute.data.foreach_set("value" if array.ndim == 1 else "vector", array.ravel())
    made.update(calc_edges=True)
    return made


def grid_faces(rows: int, columns: int, *, closed: bool = False) -> Faces:
    """Quads of a grid of points numbered row by row; `closed` joins the last row to the first."""
    i, j = np.meshgrid(np.arange(rows if closed else rows - 1), np.arange(columns - 1), indexing="ij")
    a, b = i * columns + j, ((i + 1) % rows) * columns + j
    return np.stack([a, b, b + 1, a + 1], -1).reshape(-1, 4).astype(np.int32)


def surface(
    function: Callable[[Array, Array], tuple[Array, Array, Array]], rows: int, columns: int, *, smooth: bool = True
) -> Any:
    """The surface of points function(u, v), u and v from 0 to 1, with UV."""
    u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    points = np.stack(np.broadcast_arrays(*function(u, v)), -1)
    uv = np.stack([u, v], -1).reshape(-1, 2)
    return mesh(points.reshape(-1, 3), grid_faces(rows, columns), smooth=smooth, uv=uv)


def plane(width: float, depth: float) -> Any:
    """A rectangle in x and y about the origin, with UV."""
    return surface(lambda u, v: ((u - 0.5) * width, (v - 0.5) * depth, 0 * u), 2, 2, smooth=False)


def box(
    width: float, depth: float, height: float, *, bevel: float = 0.01, segments: int = 2, smooth: bool = False
) -> Any:
    """A box about the origin with rounded edges; `smooth` suits large bevels."""
    shape = bmesh.new()
    bmesh.ops.create_cube(shape, size=1)
    bmesh.ops.scale(shape, vec=(width, depth, height), verts=shape.verts)
    limit = min(width, depth, height) * 0.45
    if bevel > 0:
        bmesh.ops.bevel(
            shape,
            geom=[*shape.edges, *shape.verts],
            offset=min(bevel, limit),
            segments=segments,
            affect="EDGES",
            profile=0.5,
        )
    return _finish(shape, "box", smooth=smooth)


def sphere(radius: float, *, segments: int = 48) -> Any:
    """Of `segments` meridians and half as many rings. Blender's own begins its faces anywhere, otherwise each time."""
    rings = segments // 2
    height, around = np.meshgrid(
        np.linspace(-np.pi / 2, np.pi / 2, rings + 1)[1:-1],
        np.linspace(0, 2 * np.pi, segments, endpoint=False),
        indexing="ij",
    )
    points = np.stack([np.cos(height) * np.cos(around), np.cos(height) * np.sin(around), np.sin(height)], -1)
    points = np.concatenate([points.reshape(-1, 3), [[0, 0, -1], [0, 0, 1]]]) * radius
    low = np.arange(segments * (rings - 2)).reshape(rings - 2, segments)
    quads = np.stack([low, np.roll(low, -1, 1), np.roll(low, -1, 1) + segments, low + segments], -1).reshape(-1, 4)
    first, last = np.arange(segments), np.arange(segments) + segments * (rings - 2)
    bottom, top = segments * (rings - 1), segments * (rings - 1) + 1
    caps = [
        np.stack([np.roll(first, -1), first, np.full(segments, bottom)], -1),
        np.stack([last, np.roll(last, -1), np.full(segments, top)], -1),
    ]
    made = mesh(points, [quads, *caps])
    made.name = "sphere"
    return made


def ico_sphere(radius: float, *, subdivisions: int = 3) -> Any:
    """A sphere of equal triangles: 20 times 4 to the power of subdivisions."""
    shape = bmesh.new()
    bmesh.ops.create_icosphere(shape, subdivisions=subdivisions, radius=radius)
    return _finish(shape, "ico sphere", smooth=True)


def cylinder(radius: float, height: float, *, top: float | None = None, bevel: float = 0.01, segments: int = 48) -> Any:
    """A cylinder from z=0 up, or a cone with another `top` radius, with rounded rims."""
    top = radius if top is None else top
    edge = min(bevel, height * 0.3, max(radius, top) * 0.4)
    cut = min(edge, top)
    profile = [(0, 0), (radius - edge, 0), (radius - edge * 0.3, edge * 0.3), (radius, edge), (top, height - edge)]
    profile += [(top - cut * 0.3, height - edge * 0.3), (top - cut, height), (0, height)]
    return lathe(profile, segments=segments)


def torus(radius: float, tube_radius: float, *, segments: int = 64, tube_segments: int = 20) -> Any:
    """A ring in x and y about the origin."""
    turn, around = (
        np.linspace(0, 2 * np.pi, segments + 1)[:-1, None],
        np.linspace(0, 2 * np.pi, tube_segments + 1)[None],
    )
    distance = radius + tube_radius * np.cos(around)
    points = np.stack(
        np.broadcast_arrays(np.cos(turn) * distance, np.sin(turn) * distance, tube_radius * np.sin(around)), -1
    )
    return mesh(points.reshape(-1, 3), grid_faces(segments, tube_segments + 1, closed=True))


def _finish(shape: Any, name: str, *, smooth: bool) -> Any:
    made = bpy.data.meshes.new(name)
    shape.to_mesh(made)
    shape.free()
    made.polygons.foreach_set("use_smooth", np.full(len(made.polygons), smooth))
    return made


def spline(points: ArrayLike, count: int) -> Array:
    """`count` points of a Catmull-Rom curve through points (n, any)."""
    given = np.asarray(points, float)
    padded = np.concatenate([given[:1], given, given[-1:]])
    place = np.linspace(0, len(given) - 1, count)
    start = np.minimum(place.astype(int), len(given) - 2)
    t = (place - start)[:, None]
    a, b, c, d = (padded[start + offset] for offset in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def lathe(profile: ArrayLike, *, segments: int = 64, smooth: bool = True) -> Any:
    """The surface of revolution about z of points (radius, height)."""
    points = np.asarray(profile, float)
    radius, height = np.maximum(points[:, 0], 0), points[:, 1]
    turn = np.linspace(0, 2 * np.pi, segments + 1)[:-1, None]
    around = np.stack(np.broadcast_arrays(np.cos(turn) * radius, np.sin(turn) * radius, height), -1)
    made = mesh(around.reshape(-1, 3), grid_faces(segments, len(points), closed=True), smooth=smooth)
    if smooth:
        _mark_sharp(made)
    return made


def _mark_sharp(made: Any, angle: float = 0.7) -> None:
    made.set_sharp_from_angle(angle=angle)


def tubes(lines: Sequence[ArrayLike], radius: Any, *, sides: int = 8, **attributes: Any) -> Any:
    """Round tubes along polylines (n, 3). `radius` is a number, or for each line a number or an array of n."""
    vertices, faces, first = [], [], 0
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None, None]
    for index, line in enumerate(lines):
        points = np.asarray(line, float)
        width = radius if isinstance(radius, int | float) else radius[index]
        widths = np.broadcast_to(np.asarray(width, float), (len(points),))[None, :, None]
        one, other = _frame(points)
        ring = points[None] + widths * (np.cos(turn) * one[None] + np.sin(turn) * other[None])
        vertices.append(ring.reshape(-1, 3))
        faces.append(grid_faces(sides, len(points), closed=True) + first)
        first += sides * len(points)
    return mesh(np.concatenate(vertices), np.concatenate(faces), **attributes)


def _frame(points: Array) -> tuple[Array, Array]:
    """Two unit vectors across a polyline at each of its points."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    steepest = np.abs(along).max(0)  # along each axis; one that a line is parallel to somewhere has no vector across it
    up = np.eye(3)[2 if steepest[2] < 0.95 else int(np.argmin(steepest))]
    one = np.cross(along, up)
    one /= np.linalg.norm(one, axis=1, keepdims=True) + 1e-9
    return one, np.cross(along, one)


def fractal(draw: Draw, size: int, *, exponent: float = 2.2) -> Array:
    """A tiling field (size, size) from about -1 to 1 with spectrum f^-exponent: 1.5 rough, 3 smooth."""
    frequency = np.fft.fftfreq(size)[:, None] ** 2 + np.fft.rfftfreq(size)[None] ** 2
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(draw.array.normal(size=(size, size))) * frequency ** (-exponent / 2)
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (size, size))
    return field / (np.abs(field).max() + 1e-9)


def height_field(heights: Array, width: float, depth: float) -> Any:
    """Ground with heights (nx, ny) in units about the origin, with UV."""
    rows, columns = heights.shape
    return surface(lambda u, v: ((u - 0.5) * width, (v - 0.5) * depth, heights), rows, columns)


def cove(width: float, depth: float, height: float, *, radius: float = 2.0) -> Any:
    """A studio backdrop: floor from y=-depth to y=depth at z=0, bent up into a wall."""
    angle = np.linspace(0, np.pi / 2, 24)
    y = np.concatenate([[-depth], depth + np.sin(angle) * radius, [depth + radius]])
    z = np.concatenate([[0], radius - np.cos(angle) * radius, [height]])
    points = np.stack([np.repeat([-width, width], len(y)), np.tile(y, 2), np.tile(z, 2)], -1)
    return mesh(points, grid_faces(2, len(y)))


def hair(points: Array, root: float, tip: float, material: Any) -> Any:
    """Hair curves from points (curves, points a curve, 3), radii `root` to `tip` in units: data for `shot.add`."""
    count, length, _ = points.shape
    curves = bpy.data.hair_curves.new("hair")
    curves.add_curves([length] * count)
    curves.attributes["position"].data.foreach_set("vector", points.astype(np.float32).ravel())
    radii = curves.attributes.new("radius", "FLOAT", "POINT")
    radii.data.foreach_set("value", np.tile(np.linspace(root, tip, length), count).astype(np.float32))
    curves.materials.append(material)
    return curves


def assembled(parts: Sequence[tuple[Any, Any, Matrix]]) -> Any:
    """One mesh of parts (mesh data, its material, matrix)."""
    shape = bmesh.new()
    made = bpy.data.meshes.new("assembly")
    for data, material, matrix in parts:
        data.transform(matrix)
        first = len(shape.faces)
        shape.from_mesh(data)
        shape.faces.ensure_lookup_table()
        if material.name not in made.materials:
            made.materials.append(material)
        slot = made.materials.find(material.name)
        for face in shape.faces[first:]:
            face.material_index = slot
        bpy.data.meshes.remove(data)
    shape.to_mesh(made)
    shape.free()
    return made


def placed(
    location: Sequence[float] = (0, 0, 0), rotation: Sequence[float] = (0, 0, 0), scale: float | Sequence[float] = 1.0
) -> Matrix:
    """The matrix of a location, Euler rotation and scale."""
    sizes = (scale,) * 3 if isinstance(scale, int | float) else scale
    return Matrix.LocRotScale(Vector(location), Euler(rotation), Vector(sizes))
