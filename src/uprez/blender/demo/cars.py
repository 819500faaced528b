"""Cars: saloons, vans, trucks and old-timers, each one mesh in metres that stands on z = 0 and looks to -y."""

import math
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from uprez.blender.demo import geometry, materials
from uprez.blender.demo.colours import Colour
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import placed
from uprez.blender.demo.shot import Shot

Parts = list[tuple[Any, Any, Matrix]]


@dataclass(frozen=True)
class Shape:
    """Proportions of a car; heights of the bonnet line are given at six places from front to back."""

    length: float
    width: float
    belt: tuple[float, ...]
    roof: float
    cabin: tuple[float, float]
    """Front and back of the cabin at the belt, in parts of the length."""
    rake: tuple[float, float]
    """How far the windscreen and the rear window lean in, in parts of the length."""
    wheel: float


SHAPES = (
    Shape(4.3, 1.75, (0.55, 0.82, 0.92, 0.95, 0.93, 0.7), 1.45, (0.3, 0.86), (0.12, 0.12), 0.33),
    Shape(3.3, 1.55, (0.62, 0.84, 0.95, 0.98, 0.98, 0.75), 1.5, (0.24, 0.97), (0.1, 0.06), 0.3),
    Shape(4.6, 1.85, (0.5, 0.72, 0.82, 0.86, 0.88, 0.66), 1.22, (0.36, 0.92), (0.16, 0.2), 0.36),
    Shape(4.8, 1.9, (0.8, 1.0, 1.1, 1.12, 1.12, 1.0), 2.0, (0.06, 0.99), (0.06, 0.02), 0.36),
    Shape(4.5, 1.7, (0.7, 0.95, 1.0, 1.02, 0.98, 0.72), 1.62, (0.36, 0.8), (0.05, 0.08), 0.36),
)


def _section(shape: Shape, along: Any, turn: Any) -> Any:
    """Half width of the body in plan at `along` (0 front to 1 back)."""
    return shape.width / 2 * (1 - np.abs(2 * along - 1) ** 9) ** (1 / 6) + 0 * turn


def _body(shape: Shape) -> Any:
    along = (1 - np.cos(np.linspace(0.001, np.pi - 0.001, 60))) / 2
    turn = np.linspace(0, 2 * np.pi, 65)
    u, t = np.meshgrid(along, turn, indexing="ij")
    top = geometry.spline(np.array(shape.belt)[:, None], 200)[:, 0]
    high = np.interp(along, np.linspace(0, 1, 200), top)[:, None]
    low = 0.22 + 0.18 * np.abs(2 * u - 1) ** 6
    power = 2 / 5.0
    x = _section(shape, u, t) * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power
    z = (high + low) / 2 + (high - low) / 2 * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power
    x = x * (1 - 0.07 * ((z - 0.55) / 0.4) ** 2)
    points = np.stack([x, (u - 0.5) * shape.length, z], -1).reshape(-1, 3)
    return geometry.mesh(points, geometry.grid_faces(60, 65))


def _cabin(shape: Shape, grown: float, above: float) -> Any:
    """The cabin from `above` (0 the belt to 1 the roof), made larger by `grown`."""
    rows, columns = 26, 72
    v = np.linspace(above, 1, rows)[:, None]
    t = np.linspace(0, 2 * np.pi, columns, endpoint=False)[None]
    (front, back), (screen, rear) = shape.cabin, shape.rake
    start, end = front + screen * v, back - rear * v
    middle, half = (start + end) / 2 - 0.5, (end - start) / 2
    power = 2 / 6.0
    inward = 1 - 0.14 * v
    crown = np.sqrt(np.clip(1 - np.clip((v - 0.86) / 0.14, 0, 1) ** 2, 0, 1))
    spread = 0.35 + 0.65 * crown
    x = (shape.width / 2 * 0.93 * inward + grown) * spread * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** power
    y = (
        middle + (half + grown / shape.length) * spread * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power
    ) * shape.length
    z = shape.belt[3] - 0.06 + (shape.roof - shape.belt[3] + 0.06) * (v - 0.03 * (1 - crown)) + grown + 0 * t
    points = np.stack([x, y, z], -1)
    cap = points[-1].mean(0, keepdims=True)
    faces = geometry.grid_faces(columns, rows, closed=True)
    last = np.arange(columns) * rows + rows - 1
    fan = np.stack([last, np.roll(last, -1), np.full(columns, rows * columns)], -1)
    return geometry.mesh(np.concatenate([points.transpose(1, 0, 2).reshape(-1, 3), cap]), [faces, fan])


def _pillars(shape: Shape) -> Any:
    """The painted posts between the windows."""
    (front, back), (screen, rear) = shape.cabin, shape.rake
    low, high = shape.belt[3] - 0.05, shape.roof - 0.08
    lines = []
    for side in (-1, 1):
        for part in (0.03, 0.5, 0.97):
            foot = front + (back - front) * part - 0.5
            head = front + screen + (back - rear - front - screen) * part - 0.5
            x = side * shape.width / 2
            lines.append([(x * 0.925, foot * shape.length, low), (x * 0.815, head * shape.length, high)])
    return geometry.tubes(lines, 0.035, sides=8)


def wheel(draw: Draw, radius: float, chrome: Any, rubber: Any) -> Parts:
    """A wheel about the origin, its axle along x, its outside to +x."""
    lie = placed(rotation=(0, math.pi / 2, 0))
    width = radius * 0.62
    tread = [
        (radius * 0.62, -0.5),
        (radius * 0.9, -0.5),
        (radius, -0.36),
        (radius, 0.36),
        (radius * 0.9, 0.5),
        (radius * 0.62, 0.5),
    ]
    ribs = [(r, z * width) for r, z in tread]
    rim = [
        (radius * 0.64, 0.48),
        (radius * 0.6, 0.42),
        (radius * 0.55, 0.2),
        (radius * 0.2, 0.3),
        (radius * 0.16, 0.42),
        (0, 0.45),
    ]
    parts: Parts = [
        (geometry.lathe(ribs, segments=48), rubber, lie),
        (geometry.lathe([(r, z * width) for r, z in rim], segments=48), chrome, lie),
    ]
    blocks = [
        [(radius * 1.004 * math.cos(a), radius * 1.004 * math.sin(a), z) for z in (-0.3 * width, 0.3 * width)]
        for a in np.linspace(0, 2 * math.pi, 60, endpoint=False)
    ]
    parts.append((geometry.tubes(blocks, radius * 0.018, sides=4), rubber, lie))
    count = draw.choice((5, 6, 8, 10))
    turns = np.linspace(0, 2 * math.pi, count, endpoint=False)
    spokes = [
        [(math.cos(a) * radius * r, math.sin(a) * radius * r, width * z) for r, z in ((0.14, 0.4), (0.58, 0.4))]
        for a in turns
    ]
    parts.append((geometry.tubes(spokes, radius * 0.05), chrome, lie))
    return parts


def _wheels(draw: Draw, shape: Shape, paint: Any, chrome: Any) -> Parts:
    rubber, dark = (
        materials.rubber(draw, (0.012, 0.012, 0.013), size=0.4),
        materials.rubber(draw, (0.004, 0.004, 0.004)),
    )
    radius, parts = shape.wheel, []
    arch = [(math.cos(a) * radius * 1.16, math.sin(a) * radius * 1.16, 0) for a in np.linspace(-0.3, math.pi + 0.3, 40)]
    for side in (-1, 1):
        for y in (-0.31 * shape.length, 0.3 * shape.length):
            turn = 0.0 if side > 0 else math.pi
            place = placed((side * (shape.width / 2 - 0.12), y, radius), (0, 0, turn))
            parts += [
                (data, material, place @ matrix) for data, material, matrix in wheel(draw, radius, chrome, rubber)
            ]
            well = placed((side * (shape.width / 2 - 0.3), y, radius), (0, math.pi / 2 * side, 0))
            parts.append((geometry.cylinder(radius * 1.14, 0.295), dark, well))
            rim = placed((side * (shape.width / 2 - 0.02), y, radius), (math.pi / 2, 0, math.pi / 2))
            parts.append((geometry.tubes([arch], 0.045), paint, rim))
    return parts


def _plan(shape: Shape, start: float, end: float, height: float, out: float) -> Any:
    """A line round the body at a height, from `start` to `end` along it."""
    along = np.linspace(start, end, 60)
    x = _section(shape, along, 0 * along) + out
    return np.stack([x, (along - 0.5) * shape.length, np.full(60, height)], -1)


def _chrome(shape: Shape, chrome: Any) -> Parts:
    """Bumpers, side strips, grille, handles, mirrors."""
    lines = [_plan(shape, 0.06, 0.94, 0.6, 0.01) * (side, 1, 1) for side in (-1, 1)]
    parts: Parts = [(geometry.tubes(lines, 0.014), chrome, placed())]
    for sign in (-1, 1):
        half = shape.width / 2
        x = np.linspace(-half * 1.02, half * 1.02, 40)
        y = sign * (shape.length / 2 + 0.06 - 0.22 * np.abs(x / half) ** 5)
        bumper = np.stack([x, y, np.full(40, 0.4)], -1)
        parts.append((geometry.tubes([bumper, bumper + (0, 0, 0.1)], 0.045, sides=12), chrome, placed()))
    reach = shape.width * 0.24
    bars = [
        [(-reach, -shape.length / 2 - 0.02, z), (reach, -shape.length / 2 - 0.02, z)]
        for z in np.linspace(0.46, shape.belt[0], 6)
    ]
    parts.append((geometry.tubes(bars, 0.012), chrome, placed()))
    for side in (-1, 1):
        flank = side * shape.width / 2
        for along in (0.45, 0.68):
            handle = geometry.box(0.03, 0.16, 0.03, bevel=0.012)
            parts.append((handle, chrome, placed((flank, (along - 0.5) * shape.length, 0.76))))
        mirror = placed((flank * 1.08, (shape.cabin[0] + 0.06 - 0.5) * shape.length, shape.belt[3] + 0.06))
        parts.append((geometry.box(0.16, 0.08, 0.11, bevel=0.035), chrome, mirror))
    return parts


def _lamps(shape: Shape, chrome: Any, front: float, rear: float) -> Parts:
    """Head and tail lamps of the given radiances."""
    white, red = materials.emission((1.0, 0.92, 0.75), front), materials.emission((1.0, 0.03, 0.015), rear)
    ring = [(0.09, -0.1), (0.125, 0.0), (0.11, 0.03), (0.1, 0.02)]
    parts: Parts = []
    for x in (-0.34 * shape.width, 0.34 * shape.width):
        place = placed((x, -shape.length / 2 + 0.03, 0.64), (math.pi / 2, 0, 0))
        parts.append((geometry.lathe(ring, segments=40), chrome, place))
        lens = geometry.lathe([(0.1, 0.02), (0.07, 0.045), (0, 0.055)], segments=32)
        parts.append((lens, white, place))
        tail = placed((x * 1.12, shape.length / 2 - 0.02, 0.66))
        parts.append((geometry.box(0.2, 0.07, 0.11, bevel=0.03), red, tail))
    return parts


def make_room(shot: Shot, camera: Any) -> None:
    """Take away cars and people that the camera stands in or right behind."""
    for thing in list(shot.collections["hero"].objects):
        aside, along = abs(thing.location.x - camera.location.x), thing.location.y - camera.location.y
        if aside < 1.7 and -3.0 < along < 3.2:
            bpy.data.objects.remove(thing)


def car(
    draw: Draw, *, colour: Colour | None = None, shape: Shape | None = None, lamps: tuple[float, float] = (3.0, 1.0)
) -> Any:
    """A car; `lamps` are the radiances of head and tail lamps."""
    shape = shape or draw.choice(SHAPES)
    finish = materials.paint if draw.chance(0.8) else materials.worn_paint
    paint = finish(draw, colour or draw.choice((draw.vivid(), draw.colour(), draw.neutral())), size=1.0)
    roof = finish(draw, (0.8, 0.78, 0.72)) if draw.chance(0.3) else paint
    chrome = materials.metal(draw, (0.9, 0.9, 0.9), size=0.6)
    glass = materials.plastic(draw, (0.012, 0.015, 0.018), size=2.0)
    parts: Parts = [
        (_body(shape), paint, placed()),
        (_cabin(shape, 0.0, 0.0), glass, placed()),
        (_cabin(shape, 0.012, 0.74), roof, placed()),
        (_pillars(shape), roof, placed()),
    ]
    parts += _wheels(draw, shape, paint, chrome) + _chrome(shape, chrome) + _lamps(shape, chrome, *lamps)
    return geometry.assembled(parts)
