"""Small houses with gabled roofs of single shingles, windows, doors and chimneys, and what stands in front of them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import boxes, geometry, scatter
from uprez.blender.demo.boxes import Part
from uprez.blender.demo.colours import hsv, mixed
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import ground, hard, masonry, natural


@dataclass(frozen=True)
class Plan:
    """Sizes in metres of a house whose ridge runs along x and whose front looks to -y."""

    width: float
    depth: float
    eaves: float
    ridge: float


def cottage(draw: Draw) -> list[Any]:
    """The meshes of a house that stands on the origin, each with its material; they can be instanced."""
    storeys = draw.weighted(((1, 2.0), (2, 2.0)))
    depth = draw.uniform(5, 8)
    eaves = 2.7 * storeys
    plan = Plan(draw.uniform(7, 12), depth, eaves, eaves + depth * draw.uniform(0.3, 0.6))
    wall = draw.choice((masonry.brick, ground.plaster, ground.plaster, ground.stone, natural.wood))
    parts = [(_walls(plan), wall(draw, size=2.5, coordinates="UV")), (_roof(draw, plan), _tiles(draw))]
    parts += _openings(draw, plan, storeys)
    x = plan.width * draw.uniform(-0.35, 0.35)
    chimney = boxes.boxes(
        [(x - 0.35, -0.3, eaves), (x - 0.42, -0.37, plan.ridge + 0.9)],
        [(x + 0.35, 0.4, plan.ridge + 1.0), (x + 0.42, 0.47, plan.ridge + 1.1)],
    )
    parts.append((boxes.mesh(chimney), masonry.brick(draw, size=1.5, coordinates="UV")))
    return [_with(data, material) for data, material in parts]


def _with(data: Any, material: Any) -> Any:
    data.materials.append(material)
    return data


def _tiles(draw: Draw) -> Any:
    colour = draw.choice((hsv(0.03, 0.7, 0.55), hsv(0.6, 0.1, 0.35), hsv(0.08, 0.4, 0.4), hsv(0.02, 0.75, 0.4)))
    return ground.concrete(draw, colour, size=0.8)


def _walls(plan: Plan) -> Any:
    """Four walls; the gables reach up to the ridge."""
    x, y = plan.width / 2, plan.depth / 2
    corners = [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)]
    top = [(a, b, plan.eaves) for a, b, _ in corners]
    quads = np.array([(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)])
    ridge = [(-x, 0, plan.ridge), (x, 0, plan.ridge)]
    gables = np.array([(5, 6, 9, 9), (7, 4, 8, 8)])[:, :3]
    points = np.array(corners + top + ridge, float)
    uv = np.stack([points[:, 0] + points[:, 1], points[:, 2]], -1)
    return geometry.mesh(points, [quads, gables], smooth=False, uv=uv)


def _roof(draw: Draw, plan: Plan) -> Any:
    """Both slopes in rows of overlapping shingles, a little uneven."""
    overhang, row, column = 0.45, 0.3, 0.28
    slope = np.hypot(plan.depth / 2, plan.ridge - plan.eaves)
    pitch = np.arctan2(plan.ridge - plan.eaves, plan.depth / 2)
    rows, columns = int((slope + overhang) / row) + 1, int((plan.width + 2 * overhang) / column)
    u, v = (grid.ravel() for grid in np.meshgrid(np.arange(columns), np.arange(rows), indexing="ij"))
    left = (u + 0.5 * (v % 2)) * column - plan.width / 2 - overhang + draw.array.normal(0, 0.006, u.shape)
    down = v * row + draw.array.normal(0, 0.012, u.shape)
    low = np.stack([left, down, 0 * left], -1)
    shingles = boxes.boxes(low, low + (column * 0.96, row * 1.25, 0.035)).vertices
    tilt = np.tile(np.repeat([0.035, 0.0], 4), len(low))  # the upper row's edge lies on the one below
    shingles[:, 2] += (shingles[:, 1] % row) * 0.1 + tilt * 0.3
    faces = boxes.boxes(low, low + 1).faces
    slopes = []
    for side in (-1, 1):
        y = side * shingles[:, 1] * np.cos(pitch) + side * shingles[:, 2] * np.sin(pitch)
        z = plan.ridge + 0.06 - shingles[:, 1] * np.sin(pitch) + shingles[:, 2] * np.cos(pitch)
        slopes.append(Part(np.stack([shingles[:, 0], y, z], -1), faces))
    return boxes.mesh(boxes.merge(slopes))


def _openings(draw: Draw, plan: Plan, storeys: int) -> list[tuple[Any, Any]]:
    """Windows with frames, bars, shutters and panes on both long sides, and a door."""
    bays = max(2, int(plan.width / 2.4))
    panes, frames, shutters, doors = [], [], [], []
    with_shutters = draw.chance(0.6)
    bars = draw.choice(((2, 2), (2, 3), (3, 4), (1, 2)))
    front = -plan.depth / 2
    for storey in range(storeys):
        for bay in range(bays):
            x, z = (bay + 0.5) * plan.width / bays - plan.width / 2, storey * 2.7 + 0.95
            if storey == 0 and bay == bays // 2:
                doors.append(boxes.upright((x - 0.5, 0.1, x + 0.5, 2.15), (front - 0.05, front + 0.1)))
                frames.append(boxes.window_frame((x - 0.6, 0.0, x + 0.6, 2.25), 0.1, (front - 0.1, front), (1, 1)))
                continue
            opening = (x - 0.5, z, x + 0.5, z + 1.25)
            panes.append(boxes.upright(opening, (front - 0.012, front + 0.05)))
            frames.append(boxes.window_frame(opening, 0.08, (front - 0.07, front), bars))
            frames.append(boxes.upright((x - 0.65, z - 0.1, x + 0.65, z), (front - 0.16, front)))
            if with_shutters:
                shutters += [_shutter(x + side, z, front) for side in (-1.0, 0.55)]
    painted, trim = (
        hard.worn_paint(draw, size=0.6),
        hard.paint(draw, draw.choice(((0.75, 0.73, 0.68), draw.colour())), size=1),
    )
    glass = hard.plastic(draw, (0.015, 0.02, 0.025), size=3)
    groups = ((panes, glass), (frames, trim), (shutters, painted), (doors, painted))
    return [(_both_sides(parts), material) for parts, material in groups if parts]


def _shutter(x: float, z: float, front: float) -> Part:
    slats = [
        boxes.upright((x, z + k * 0.11, x + 0.45, z + k * 0.11 + 0.09), (front - 0.05 - 0.01 * (k % 2), front))
        for k in range(11)
    ]
    return boxes.merge(
        [*slats, *(boxes.upright((x + e, z, x + e + 0.06, z + 1.25), (front - 0.075, front)) for e in (0, 0.39))]
    )


def _both_sides(parts: list[Part]) -> Any:
    part = boxes.merge(parts)
    return boxes.mesh(boxes.merge([part, part.turned(np.pi)]))


def fence(draw: Draw, line: Array) -> Part:
    """Pickets along a polyline (n, 3) on the ground."""
    steps = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line[:, :2], axis=0), axis=1))])
    at = np.arange(0, steps[-1], 0.16)
    places = np.stack([np.interp(at, steps, line[:, k]) for k in range(3)], -1)
    height = draw.uniform(0.7, 1.1)
    low = places - (0.045, 0.012, 0.1) + draw.array.normal(0, 0.006, places.shape)
    rails = [places + (0, 0, height * share) for share in (0.25, 0.75)]
    parts = [boxes.boxes(low, low + (0.09, 0.024, height + 0.1))]
    parts += [boxes.boxes(np.minimum(r[:-1], r[1:]) - 0.02, np.maximum(r[:-1], r[1:]) + 0.02) for r in rails]
    return boxes.merge(parts)


def parasols(shot: Any, draw: Draw, places: Array, radius: float, material: Any) -> None:
    """Open parasols on poles at places (n, 3)."""
    turn = np.linspace(0, 2 * np.pi, 9)
    u, t = np.meshgrid(turn, np.linspace(0, 1, 12), indexing="ij")
    sag = 0.06 * np.sin(np.pi * t)
    canopy = np.stack([np.cos(u) * t, np.sin(u) * t, 0.38 * (1 - t**1.6) - sag * 0.3], -1).reshape(-1, 3) * radius + (
        0,
        0,
        2.2,
    )
    data = geometry.mesh(canopy, geometry.grid_faces(9, 12), uv=np.stack([u, t], -1).reshape(-1, 2), smooth=False)
    pole = geometry.cylinder(0.025, 2.2 + 0.4 * radius)
    matrices = scatter.transforms(draw, places, size=(0.9, 1.1), tilt=0.06)
    scatter.instances(shot, draw, [data], matrices, to="hero", material=material)
    scatter.instances(shot, draw, [pole], matrices, to="hero", material=natural.wood(draw, size=0.5))


def beach_hut(shot: Any, place: Array) -> None:
    """A gabled hut of boards, painted, with a door and a step."""
    draw = shot.draw
    tone = mixed(draw.vivid(), (0.75, 0.7, 0.62), draw.uniform(0.25, 0.6))
    boards = np.arange(-1.1, 1.1, 0.14)
    low = np.stack([boards, np.full(len(boards), -1.2), np.full(len(boards), 0.2)], -1)
    high = np.stack(
        [boards + 0.135, draw.array.normal(-1.16, 0.004, len(boards)), 3.0 - np.abs(boards + 0.07) * 0.9], -1
    )
    parts = [boxes.boxes(low, high), boxes.boxes([(-1.1, -1.17, 0.2)], [(1.1, 1.2, 2.0)])]
    trim = [
        boxes.boxes([(-0.4, -1.24, 0.25)], [(0.4, -1.19, 2.0)]),
        boxes.window_frame((-0.46, 0.2, 0.46, 2.06), 0.07, (-1.27, -1.2), (1, 1)),
        boxes.boxes([(-0.6, -1.7, 0.0)], [(0.6, -1.2, 0.16)]),
    ]
    white = hard.worn_paint(draw, (0.75, 0.74, 0.7), size=0.5)
    for part, material in (
        (boxes.merge(parts), hard.worn_paint(draw, tone, size=0.5)),
        (boxes.merge(trim), white),
    ):
        shot.add(boxes.mesh(part), material, location=tuple(place))
    for side in (-1, 1):
        slope = geometry.box(1.75, 2.7, 0.06, bevel=0.01)
        shot.add(
            slope, white, location=(place[0] + side * 0.62, place[1], place[2] + 2.5), rotation=(0, side * 0.73, 0)
        )


def tables(shot: Any, places: Array) -> None:
    """Round tables with bentwood chairs, a cup or a vase on each."""
    draw = shot.draw
    metal, wood = hard.worn_paint(draw, size=0.4), natural.wood(draw, size=0.6)
    top, foot = (
        geometry.cylinder(0.36, 0.03, bevel=0.012),
        geometry.lathe([(0, 0), (0.24, 0), (0.22, 0.03), (0.035, 0.08), (0.03, 0.72), (0, 0.72)]),
    )
    seat = geometry.cylinder(0.2, 0.03, bevel=0.012)
    legs = [np.array([(x, y, 0), (x * 0.8, y * 0.8, 0.45)]) for x in (-0.19, 0.19) for y in (-0.19, 0.19)]
    back = geometry.spline(
        [(-0.17, 0.17, 0.45), (-0.19, 0.24, 0.8), (0, 0.26, 0.95), (0.19, 0.24, 0.8), (0.17, 0.17, 0.45)], 30
    )
    inner = geometry.spline(
        [(-0.1, 0.18, 0.45), (-0.11, 0.23, 0.72), (0, 0.25, 0.84), (0.11, 0.23, 0.72), (0.1, 0.18, 0.45)], 30
    )
    chair = geometry.tubes([*legs, back, inner], 0.014)
    cup = geometry.lathe(
        geometry.spline([(0, 0), (0.03, 0), (0.045, 0.03), (0.045, 0.08), (0.04, 0.08), (0.036, 0.02), (0, 0.01)], 30)
    )
    china = hard.ceramic(draw, size=0.1)
    for place in places:
        for data, material, height in ((top, wood, 0.71), (foot, metal, 0), (cup, china, 0.74)):
            shot.add(data, material, location=(place[0] + 0.1 * (data is cup), place[1], height))
        for turn in np.arange(draw.integer(2, 3)) * 2.2 + draw.angle():
            at = place + np.array([math.sin(turn), -math.cos(turn), 0]) * 0.55
            for data, material, height in ((chair, metal, 0.0), (seat, wood, 0.45)):
                shot.add(data, material, location=(at[0], at[1], height), rotation=(0, 0, turn + math.pi))
