"""Fur and hair: strands over a surface, combed and clumped, and the material they have."""

from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from mathutils.kdtree import KDTree

from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.nodes import Nodes, Value

COATS = (
    (0.3, 0.15, 0.06),
    (0.62, 0.47, 0.3),
    (0.035, 0.03, 0.028),
    (0.6, 0.24, 0.06),
    (0.75, 0.72, 0.68),
    (0.2, 0.18, 0.17),
)
"""Colours of coats: brown, sand, black, fox, white, grey."""


def coat(
    draw: Draw,
    places: Array,
    normals: Array,
    *,
    length: float | Array,
    lie: Array,
    stiffness: float = 0.5,
    clump: float = 0.3,
    curl: float = 0.0,
    per_clump: int = 30,
    points: int = 7,
) -> Array:
    """Strands (n, points, 3) that rise along the normals (n, 3) and fall over along `lie`, (3,) or (n, 3).

    `stiffness` 0 lies flat and 1 stands; `clump` 0 to 1 draws tips to those of their neighbours; `curl` is the radius
    of curls in parts of the length.
    """
    count = len(places)
    reach = (np.broadcast_to(length, (count,)) * draw.array.uniform(0.6, 1.1, count))[:, None, None]
    guides = draw.array.choice(count, max(4, count // per_clump), replace=False)
    nearest = _nearest(places, places[guides])
    sway = draw.array.normal(0, 0.25, (len(guides), 3))[nearest] + draw.array.normal(0, 0.1, (count, 3))
    t = np.linspace(0, 1, points)[None, :, None]
    along = np.broadcast_to(lie, (count, 3)) + sway
    inward = np.minimum((along * normals).sum(1, keepdims=True), 0.0) * normals
    along = (along - inward * 1.05)[:, None]
    strands = places[:, None] + reach * (
        t * normals[:, None] * (0.25 + 0.75 * stiffness) + along * t**1.7 * (1 - 0.6 * stiffness)
    )
    tips = strands[guides, -1][nearest] - strands[:, -1]
    strands = strands + clump * tips[:, None] * t**1.5
    if curl > 0:
        phase = draw.array.uniform(0, 6.28, len(guides))[nearest][:, None, None] + t * draw.uniform(6, 16)
        side = np.cross(normals, along[:, 0] + 1e-3)[:, None]
        side = side / (np.linalg.norm(side, axis=-1, keepdims=True) + 1e-9)
        strands = strands + reach * curl * t * (np.cos(phase) * side + np.sin(phase) * normals[:, None])
    return strands


def _nearest(places: Array, centres: Array) -> Array:
    """For each place the number of the nearest centre."""
    tree = KDTree(len(centres))
    for index, centre in enumerate(centres):
        tree.insert(Vector(centre), index)
    tree.balance()
    return np.array([tree.find(Vector(place))[1] for place in places])


def on_ellipsoids(draw: Draw, ellipsoids: list[tuple[Array, Array]], count: int) -> tuple[Array, Array]:
    """Places and normals (n, 3) on the outside of a union of ellipsoids (centre, radii)."""
    areas = np.array([(r[0] * r[1]) ** 1.6 + (r[0] * r[2]) ** 1.6 + (r[1] * r[2]) ** 1.6 for _, r in ellipsoids]) ** (
        1 / 1.6
    )
    places, normals = [], []
    for (centre, radii), part in zip(ellipsoids, areas / areas.sum(), strict=True):
        unit = draw.array.normal(size=(int(count * part), 3))
        unit /= np.linalg.norm(unit, axis=1, keepdims=True)
        place = centre + unit * radii
        outside = np.ones(len(place), bool)
        for other, size in ellipsoids:
            outside &= np.linalg.norm((place - other) / size, axis=1) > 0.985
        normal = unit / radii
        places.append(place[outside])
        normals.append((normal / np.linalg.norm(normal, axis=1, keepdims=True))[outside])
    return np.concatenate(places), np.concatenate(normals)


def material(draw: Draw, colour: Colour, second: Colour | None = None, *, size: float = 1.0) -> Any:
    """Hair of a colour, darker at its root; with a `second` colour in bands, blotches or at the tips. `size` is that of
    the thing in units.
    """
    made = bpy.data.materials.new("hair")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    info = nodes.add("HairInfo")
    along, random = Value(nodes, info.outputs["Intercept"]), Value(nodes, info.outputs["Random"])
    tint = nodes.mix(random, scaled(colour, 0.55), scaled(colour, 1.25))
    if second is not None:
        other = nodes.mix(random, scaled(second, 0.6), scaled(second, 1.2))
        tint = nodes.mix(_markings(draw, nodes, along, size), tint, other)
    tint = nodes.mix(along.step(0.5, 0.0) * 0.6, tint, scaled(colour, 0.3))
    tint = nodes.mix(along.step(0.6, 1.0) * draw.uniform(0, 0.4), tint, mixed(colour, (0.9, 0.85, 0.75), 0.5))
    hair = nodes.add(
        "BsdfHairPrincipled",
        Color=tint,
        Roughness=draw.uniform(0.2, 0.4),
        Radial_Roughness=draw.uniform(0.35, 0.6),
        Coat=draw.choice((0.0, 0.0, 0.3)),
        Random_Roughness=0.3,
    )
    nodes.add("OutputMaterial", Surface=hair)
    return made


def _markings(draw: Draw, nodes: Nodes, along: Value, size: float) -> Value:
    kind = draw.choice(("tips", "blotches", "bands", "spots"))
    if kind == "tips":
        return along.step(0.45, 0.75)
    place = nodes.coordinates("Object") * (1 / size) + draw.vector(9)
    if kind == "blotches":
        return nodes.noise(place, draw.uniform(0.8, 1.8), detail=2).step(0.49, 0.54)
    if kind == "spots":
        return nodes.voronoi(place, draw.uniform(3, 6)).step(0.36, 0.28)
    return nodes.wave(place, draw.uniform(0.7, 1.6), direction="Z", distortion=draw.uniform(1, 5)).step(0.52, 0.62)
