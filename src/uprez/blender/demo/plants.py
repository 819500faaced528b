"""Plants as patterns of blades: leaves, grass, fronds, flowers, and the branches of trees that carry them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, scatter
from uprez.blender.demo.colours import Colour, hsv, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import natural
from uprez.blender.demo.nodes import Nodes, Value


@dataclass(frozen=True)
class Blade:
    """A flat thing of unit length to copy: `across` holds x from -1 to 1 across it and y from 0 to 1 along it."""

    vertices: Array
    faces: Any
    across: Array

    def copied(self, draw: Draw, matrices: Array) -> Any:
        """One mesh of a copy for each of the matrices (n, 4, 4), with the attributes that the leaf material uses."""
        return scatter.copies(draw, self.vertices, self.faces, matrices, across=self.across)

    def arranged(self, matrices: Array) -> "Blade":
        """One blade of a copy for each of the matrices: leaflets of a frond, petals of a flower."""
        placed = np.einsum("nij,vj->nvi", matrices[:, :3, :3], self.vertices) + matrices[:, None, :3, 3]
        shifts = (np.arange(len(matrices)) * len(self.vertices))[:, None, None]
        faces = (np.asarray(self.faces)[None] + shifts).reshape(-1, self.faces.shape[1])
        return Blade(placed.reshape(-1, 3), faces, np.tile(self.across, (len(matrices), 1)))


def _blade(half_width: Array, height: Array, side: Array, along: Array) -> Blade:
    rows, columns = len(side), len(along)
    u, t = np.meshgrid(side, along, indexing="ij")
    vertices = np.stack([u * half_width, t, np.broadcast_to(height, u.shape)], -1).reshape(-1, 3)
    across = np.stack([u, t, 0 * u], -1).reshape(-1, 3)
    return Blade(vertices, geometry.grid_faces(rows, columns), across)


def leaf(draw: Draw, *, fine: bool = True) -> Blade:
    """A leaf along y that faces z: oval, pointed, heart-shaped or lobed, folded along its middle and curled."""
    side, along = (
        (np.linspace(-1, 1, 5), np.linspace(0, 1, 15)) if fine else (np.linspace(-1, 1, 3), np.linspace(0, 1, 5))
    )
    place = np.clip(along, 0.015, 0.985)
    width = np.sin(np.pi * place ** draw.uniform(0.5, 1.2)) * draw.uniform(0.16, 0.36) + 0.006
    if fine and draw.chance(0.35):
        width = width * (1 + draw.uniform(0.2, 0.45) * np.sin(along * draw.choice((18.0, 25.0, 44.0))))
    u, t = np.meshgrid(side, along, indexing="ij")
    fold, curl = draw.uniform(0.1, 0.5), draw.uniform(-0.1, 0.5)
    height = fold * np.abs(u) * width - curl * t**2 + 0.02 * np.sin(t * 14) * u
    return _blade(width, height, side, along)


def grass_blade(draw: Draw) -> Blade:
    """A blade of grass that stands along z and bends towards y."""
    bend, width = draw.uniform(0.1, 0.7), draw.uniform(0.012, 0.03)
    along = np.linspace(0, 1, 6)
    u, t = np.meshgrid([-1.0, 0.0, 1.0], along, indexing="ij")
    x = u * (width * (1 - t) ** 0.6 + 0.001)
    vertices = np.stack([x, bend * t**2.2 + np.abs(x) * 0.5, t * (1 - 0.25 * bend * t**2)], -1).reshape(-1, 3)
    return Blade(vertices, geometry.grid_faces(3, 6), np.stack([u, t, 0 * u], -1).reshape(-1, 3))


def frond(draw: Draw) -> Blade:
    """A fern's frond along y with two rows of leaflets, arching down at its end."""
    pairs, arch = draw.integer(16, 26), draw.uniform(0.2, 0.6)
    leaflet = leaf(draw, fine=False)
    leaflet = Blade(leaflet.vertices * (draw.uniform(0.3, 0.5), 1, 0.6), leaflet.faces, leaflet.across)
    place = np.repeat(np.linspace(0.1, 0.99, pairs), 2)
    size = np.sin(np.pi * place**0.6) * draw.uniform(0.26, 0.36) + 0.02
    turn = np.tile([1.0, -1.0], pairs) * (1.25 - 0.5 * place)
    slope = -2 * arch * place
    along = np.stack([np.sin(turn), np.cos(turn), np.cos(turn) * slope - 0.1], -1)
    middle = np.stack([0 * place, place, -arch * place**2], -1)
    leaflets = leaflet.arranged(frames(middle, along, size, up=np.array([0, 0, 1.0])))
    stalk = leaf(draw, fine=False)
    line = Blade(
        stalk.vertices * (0.05, 1, 0) - np.outer(stalk.vertices[:, 1] ** 2, (0, 0, arch)), stalk.faces, stalk.across * 0
    )
    return _joined([leaflets, line])


def flower(draw: Draw) -> Blade:
    """The petals of a flower of radius about 1 that faces z; its centre is a dome of about 0.2."""
    petal = leaf(draw)
    petal = Blade(petal.vertices * (draw.uniform(0.9, 1.6), 1, 1), petal.faces, petal.across)
    count, rings = draw.integer(5, 14), draw.integer(1, 3)
    turn = np.concatenate([2 * np.pi * (np.arange(count) + 0.5 * ring) / count for ring in range(rings)])
    ring = np.repeat(np.arange(rings), count)
    rise = draw.uniform(0.0, 0.5) + 0.35 * ring
    along = np.stack([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)], -1)
    size = 1 - 0.22 * ring
    return petal.arranged(frames(along * 0.12, along, size, up=np.array([0, 0, 1.0])))


def _joined(blades: Sequence[Blade]) -> Blade:
    starts = np.cumsum([0] + [len(blade.vertices) for blade in blades[:-1]])
    faces = np.concatenate([blade.faces + start for blade, start in zip(blades, starts, strict=True)])
    return Blade(np.concatenate([b.vertices for b in blades]), faces, np.concatenate([b.across for b in blades]))


def frames(places: Array, along: Array, size: Array | float, *, up: Array) -> Array:
    """Matrices (n, 4, 4) that lay blades at places (n, 3): y along `along` (n, 3), z as near to `up` as it goes."""
    y = along / (np.linalg.norm(along, axis=1, keepdims=True) + 1e-9)
    x = np.cross(y, up)
    x /= np.linalg.norm(x, axis=1, keepdims=True) + 1e-9
    scale = np.broadcast_to(np.asarray(size, float), (len(places),))[:, None]
    matrices = np.zeros((len(places), 4, 4))
    matrices[:, :3, 0], matrices[:, :3, 1], matrices[:, :3, 2] = x * scale, y * scale, np.cross(x, y) * scale
    matrices[:, :3, 3], matrices[:, 3, 3] = places, 1
    return matrices


@dataclass
class Branches:
    """The wood of a plant as polylines with radii, and where leaves sit on it and grow to."""

    lines: list[Array]
    radii: list[Array]
    places: list[Array]
    directions: list[Array]

    def wood(self, *, sides: int = 7) -> Any:
        return geometry.tubes(self.lines, self.radii, sides=sides)

    def leaf_frames(self, draw: Draw, count: int, size: float, *, droop: float = 0.3) -> Array:
        """Matrices for `count` leaves of about `size` units on the twigs, hanging down by `droop`."""
        places, directions = np.concatenate(self.places), np.concatenate(self.directions)
        chosen = draw.array.integers(0, len(places), count)
        along = directions[chosen] + draw.array.normal(0, 0.75, (count, 3)) - (0, 0, droop)
        up = np.array([0, 0, 1.0]) + draw.array.normal(0, 0.45, (count, 3))
        return frames(places[chosen], along, size * draw.array.uniform(0.55, 1.25, count), up=up)


def branches(
    draw: Draw,
    start: Sequence[float],
    direction: Sequence[float],
    length: float,
    *,
    levels: int = 3,
    radius: float | None = None,
    forks: tuple[int, int] = (3, 6),
    lift: float = 0.05,
) -> Branches:
    """A branching plant: `levels` of forks, each with some child branches; `lift` bends tips up (or down, below 0)."""
    grown = Branches([], [], [], [])
    _grow(
        draw,
        grown,
        np.array(start, float),
        np.array(direction, float),
        length,
        levels,
        radius or length * 0.035,
        forks,
        lift,
    )
    return grown


def _grow(
    draw: Draw,
    grown: Branches,
    start: Array,
    direction: Array,
    length: float,
    level: int,
    radius: float,
    forks: tuple[int, int],
    lift: float,
) -> None:
    count = 9
    steps = direction + np.cumsum(draw.array.normal(0, 0.13, (count, 3)) + (0, 0, lift), 0)
    steps *= length / count / np.linalg.norm(steps, axis=1, keepdims=True)
    line = np.concatenate([start[None], start + np.cumsum(steps, 0)])
    grown.lines.append(line)
    grown.radii.append(np.linspace(radius, radius * (0.5 if level else 0.15), count + 1))
    if level <= 1:
        grown.places.append(line[2:])
        grown.directions.append(np.gradient(line, axis=0)[2:] * count / length)
    if level == 0:
        return
    for _ in range(draw.integer(*forks)):
        at = draw.integer(3, count)
        away = steps[min(at, count - 1)] * count / length + draw.array.normal(0, 0.65, 3)
        away /= np.linalg.norm(away)
        shorter = length * draw.uniform(0.5, 0.75) * (1.15 - 0.4 * at / count)
        _grow(draw, grown, line[at], away, shorter, level - 1, radius * draw.uniform(0.4, 0.6), forks, lift)


def broadleaf(draw: Draw, height: float) -> Branches:
    """A tree with a trunk and a round crown, standing on the origin."""
    return branches(
        draw,
        (0, 0, -0.1),
        (draw.gauss(0, 0.08), draw.gauss(0, 0.08), 1),
        height * 0.5,
        levels=3,
        radius=height * draw.uniform(0.02, 0.035),
        forks=(4, 6),
        lift=draw.uniform(0.0, 0.06),
    )


def conifer(draw: Draw, height: float) -> Branches:
    """A fir: a straight trunk with whorls of boughs that get shorter towards the top."""
    grown = Branches([], [], [], [])
    trunk = np.linspace((0, 0, -0.1), (draw.gauss(0, 0.02) * height, draw.gauss(0, 0.02) * height, height), 24)
    grown.lines.append(trunk)
    grown.radii.append(np.linspace(height * 0.022, height * 0.002, 24))
    reach, droop = height * draw.uniform(0.2, 0.32), draw.uniform(0.1, 0.6)
    for share in np.linspace(draw.uniform(0.08, 0.2), 0.98, draw.integer(16, 26)):
        root = trunk[int(share * 23)]
        for turn in draw.array.uniform(0, 2 * np.pi, 7):
            length = reach * (1.03 - share) ** 0.8 * draw.uniform(0.7, 1.1)
            t = np.linspace(0, 1, 7)[:, None]
            out = np.array([np.cos(turn), np.sin(turn), 0.15]) * length
            line = root + out * t - np.array([0, 0, droop * length]) * t**2
            grown.lines.append(line)
            grown.radii.append(np.linspace(0.006, 0.001, 7) * height * (1.1 - share))
            grown.places.append(line[1:])
            grown.directions.append(np.gradient(line, axis=0)[1:] * 6 / length)
    return grown


def leafage(draw: Draw, colour: Colour | None = None, *, size: float = 1.0) -> Any:
    """The leaf material for blades by the thousand: light by way of a diffuse bounce sees one colour alone."""
    colour = colour or hsv(draw.uniform(0.2, 0.34), draw.uniform(0.6, 0.9), draw.uniform(0.35, 0.6))
    material = natural.leaf(draw, colour, size=size)
    nodes = Nodes.__new__(Nodes)
    nodes.tree = material.node_tree
    (output,) = (node for node in nodes.tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    rich = Value(nodes, output.inputs["Surface"].links[0].from_socket)
    plain = nodes.add("BsdfDiffuse", Color=scaled(colour, 0.8))
    shader = nodes.mix_shader(nodes.out("LightPath", "Is Diffuse Ray"), rich, plain)
    nodes.set(output.inputs["Surface"], shader)
    return material


def stand_of_trees(
    shot: Any,
    matrices: Array,
    *,
    height: float,
    colour: Colour | None = None,
    leaves: int = 5000,
    kind: str = "any",
    to: str = "set",
    treated: Callable[[Any], Any] = lambda material: material,
) -> None:
    """Instances of two trees, `kind` broadleaf, conifer or any, at matrices (n, 4, 4). `treated` changes both
    materials, as to add haze.
    """
    draw = shot.draw
    kind = draw.choice(("broadleaf", "broadleaf", "conifer")) if kind == "any" else kind
    colour = colour or hsv(draw.uniform(0.18, 0.33), draw.uniform(0.5, 0.85), draw.uniform(0.3, 0.55))
    bark, foliage = treated(natural.bark(draw, size=1.0)), treated(leafage(draw, colour))
    for part in range(2):
        tree = (conifer if kind == "conifer" else broadleaf)(draw, height)
        crown = tree.leaf_frames(draw, leaves, height * draw.uniform(0.03, 0.055))
        wood, blades = tree.wood(sides=6), leaf(draw, fine=False).copied(draw, crown)
        scatter.instances(shot, shot.scatter, [wood], matrices[part::2], to=to, material=bark)
        scatter.instances(shot, shot.scatter, [blades], matrices[part::2], to=to, material=foliage)


def leaf_colour(draw: Draw) -> Colour:
    """Greens of spring to late summer, autumn reds and yellows less often, and dark ornamentals."""
    hue, saturation = draw.weighted((((0.19, 0.33), 3.0), ((0.02, 0.15), 1.5), ((0.93, 1.0), 0.3)))
    return hsv(draw.uniform(hue, saturation), draw.uniform(0.55, 0.9), draw.uniform(0.35, 0.75))
