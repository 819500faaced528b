"""Screens: panels of text, plots, bars, dials, tables and globes that glow, in a bezel; display referred."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo import boxes, geometry, lettering, materials, structures
from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot

_CODES = (
    "THRUST",
    "O2",
    "CORE",
    "NAV",
    "FUEL",
    "HULL",
    "COM 2",
    "AFT",
    "GRAV",
    "LIFE SUP",
    "VECTOR",
    "REACTOR",
    "DOCK 4",
)
_CODE_LINES = (
    "def shade(point, light):",
    "    return max(0.0, normal.dot(light))",
    "for frame in range(first, last + 1):",
    "    render(scene, frame, samples=64)",
    "#include <cmath>",
    "float t = length(p) - radius;",
    "if (hit.t < ray.near) continue;",
    "assert frame.width == 4096",
    "make -j8 && ./render --tile 256",
    "// TODO: seams at tile borders",
)


@dataclass(frozen=True)
class _Cell:
    """A rectangle of a screen: left, bottom, width, height; its things are added under `root`."""

    left: float
    bottom: float
    width: float
    height: float
    root: Any


@dataclass(frozen=True)
class Theme:
    """Fonts and glowing materials of a set of screens."""

    faces: Sequence[Any]
    bright: Any
    plain: Any
    dim: Any
    accent: Any
    back: Any


def theme(shot: Shot, draw: Draw) -> Theme:
    """One of a hue and an accent, up to 4 in display values for what is brightest."""
    hue, accent = draw.vivid(), draw.vivid()
    inks = []
    for colour, value in (
        (mixed(hue, (1, 1, 1), 0.6), draw.log_uniform(0.9, 4)),
        (hue, draw.uniform(0.4, 0.9)),
        (hue, draw.uniform(0.08, 0.2)),
        (accent, draw.log_uniform(0.8, 3)),
    ):
        ink = materials.emission(colour, 1.0)
        shot.display_referred(ink, value)
        ink.cycles.emission_sampling = "NONE"
        inks.append(ink)
    faces = [lettering.font(shot, draw) for _ in range(2)]
    bright, plain, dim, special = inks
    return Theme(faces, bright, plain, dim, special, _glass(shot, draw, hue))


def _glass(shot: Shot, draw: Draw, hue: Colour) -> Any:
    """The lit ground of a screen: a faint raster under glossy glass."""
    material = bpy.data.materials.new("screen")
    material.use_nodes = True
    nodes = Nodes(material.node_tree)
    place = nodes.coordinates("Object")
    raster = nodes.wave(place, draw.uniform(90, 200), direction="Z").between(0.5, 1.0)
    cloud = nodes.noise(place, 2.5, detail=3)
    principled = nodes.add(
        "BsdfPrincipled",
        Base_Color=(0.004, 0.004, 0.005),
        Roughness=nodes.noise(place, 6, detail=3).between(0.03, 0.2),
        Emission_Color=nodes.mix(raster * cloud, scaled(hue, 0.0), hue),
        Emission_Strength=1.0,
    )
    nodes.add("OutputMaterial", Surface=principled)
    shot.display_referred(material, draw.log_uniform(0.004, 0.03))
    material.cycles.emission_sampling = "NONE"
    return material


def screen(shot: Shot, draw: Draw, look: Theme, width: float, height: float, *, light: float = 2.0) -> Any:
    """A screen about the origin, its glass at y = 0 facing -y, with a bezel; `light` is its power in watts on things
    before it. Its root is the bezel.
    """
    shell = geometry.box(width + 0.04, 0.03, height + 0.04, bevel=0.008)
    root = shot.add(shell, materials.plastic(draw, (0.015, 0.015, 0.017), size=0.4), to="set")
    glass = boxes.mesh(boxes.upright((-width / 2, -height / 2, width / 2, height / 2), (-0.018, -0.014)))
    shot.add(glass, look.back, to="set").parent = root
    for cell in _divided(draw, _Cell(-width / 2, -height / 2, width, height, root), draw.integer(2, 4)):
        draw.choice(_WIDGETS)(shot, draw, look, cell)
    if light > 0:
        lamp = bpy.data.lights.new("screen", "AREA")
        lamp.shape, lamp.size, lamp.size_y, lamp.energy = "RECTANGLE", width, height, light
        lamp.color = tuple(mixed(draw.palette[0], (1, 1, 1), 0.4))
        thing = shot.add(lamp, to="set", location=(0, -0.03, 0), rotation=(-math.pi / 2, 0, 0))
        thing.lightgroup, thing.parent, thing.visible_camera = "practical", root, False
        thing.visible_glossy = False
    return root


def _divided(draw: Draw, cell: _Cell, depth: int) -> list[_Cell]:
    """Cells of a screen, cut in two again and again."""
    if depth == 0 or min(cell.width, cell.height) < 0.07:
        pad = 0.06 * min(cell.width, cell.height)
        return [_Cell(cell.left + pad, cell.bottom + pad, cell.width - 2 * pad, cell.height - 2 * pad, cell.root)]
    share = draw.uniform(0.35, 0.65)
    if cell.width > cell.height * draw.uniform(0.8, 1.6):
        first = _Cell(cell.left, cell.bottom, cell.width * share, cell.height, cell.root)
        second = _Cell(cell.left + first.width, cell.bottom, cell.width - first.width, cell.height, cell.root)
    else:
        first = _Cell(cell.left, cell.bottom, cell.width, cell.height * share, cell.root)
        second = _Cell(cell.left, cell.bottom + first.height, cell.width, cell.height - first.height, cell.root)
    return _divided(draw, first, depth - 1) + _divided(draw, second, depth - 1)


def _write(shot: Shot, look: Theme, cell: _Cell, body: str, ink: Any, place: tuple[float, float], size: float) -> None:
    text = lettering.text(body, look.faces[0], size=size, align="LEFT")
    text.align_y = "TOP"
    location = (place[0], -0.0195, place[1])
    shot.add(text, ink, to="set", location=location, rotation=(math.pi / 2, 0, 0)).parent = cell.root


def _lines(shot: Shot, cell: _Cell, lines: Sequence[Any], ink: Any, thickness: float) -> None:
    """Polylines of points (across, up) in the cell's 0 to 1."""
    placed = [
        np.stack([cell.left + p[:, 0] * cell.width, np.full(len(p), -0.0195), cell.bottom + p[:, 1] * cell.height], -1)
        for p in (np.asarray(line, float) for line in lines)
    ]
    structures.wires(shot, placed, thickness, ink, sides=4, to="set").parent = cell.root


def _frame(shot: Shot, look: Theme, cell: _Cell) -> None:
    _lines(shot, cell, _outline(), look.dim, 0.0006)


def _outline() -> list[Any]:
    """The outline of a cell."""
    return [[(0, 0), (1, 0)], [(1, 0), (1, 1)], [(1, 1), (0, 1)], [(0, 1), (0, 0)]]


def _log(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """Lines of a program or of messages."""
    size = draw.uniform(0.008, 0.016)
    count = max(2, int(cell.height / (size * 1.1)))
    columns = max(6, int(cell.width / (size * 0.6)))
    code = draw.chance(0.5)
    lines = []
    for _ in range(count):
        number = f"{draw.integer(0, 9999):04d}"
        line = draw.choice(_CODE_LINES) if code else f"{number} {draw.choice(_CODES)} {lettering.prose(draw, 5)}"
        lines.append(line[:columns])
    half = count // 2
    top = cell.bottom + cell.height
    _write(shot, look, cell, "\n".join(lines[:half]), look.plain, (cell.left, top), size)
    _write(shot, look, cell, "\n".join(lines[half:]), look.dim, (cell.left, top - half * size), size)


def _plot(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """Curves over a raster, with axis labels."""
    raster = [[(x, 0), (x, 1)] for x in np.linspace(0, 1, 11)] + [[(0, y), (1, y)] for y in np.linspace(0, 1, 7)]
    _lines(shot, cell, raster, look.dim, 0.0004)
    t = np.linspace(0, 1, 160)
    for ink in (look.bright, look.accent)[: draw.integer(1, 2)]:
        noise = geometry.fractal(draw, 256, exponent=draw.uniform(1.0, 2.2))[0, :160]
        wave = np.sin(t * draw.uniform(4, 30) + draw.angle()) * draw.uniform(0, 0.3)
        curve = 0.5 + (noise * 0.6 + wave) * 0.7
        _lines(shot, cell, [np.stack([t, np.clip(curve, 0.02, 0.98)], -1)], ink, 0.0011)
    label = f"{draw.choice(_CODES)} {draw.uniform(0, 100):.2f}"
    _write(shot, look, cell, label, look.bright, (cell.left + 0.004, cell.bottom + cell.height - 0.004), 0.014)


def _bars(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """Columns of blocks, the tallest in the accent colour."""
    count = max(4, int(cell.width / 0.016))
    tall = draw.array.uniform(0.05, 1.0, count) * cell.height * 0.85
    step = cell.width / count
    for ink, chosen in ((look.plain, tall < np.quantile(tall, 0.8)), (look.accent, tall >= np.quantile(tall, 0.8))):
        low, high = [], []
        for k in np.flatnonzero(chosen):
            for z in np.arange(0, tall[k], 0.007):
                low.append((cell.left + k * step, -0.0196, cell.bottom + z))
                high.append((cell.left + (k + 0.8) * step, -0.0186, cell.bottom + z + 0.005))
        shot.add(boxes.mesh(boxes.boxes(np.array(low), np.array(high))), ink, to="set").parent = cell.root
    _write(shot, look, cell, draw.choice(_CODES), look.bright, (cell.left, cell.bottom + cell.height), 0.013)


def _dial(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """Arcs, ticks and a number in the middle: a dial, or a radar with blips."""
    aspect = cell.height / cell.width
    scale = np.array((min(1.0, aspect), min(1.0, 1 / aspect))) * 0.48

    def arc(radius: float, start: float, end: float) -> Any:
        angle = np.linspace(start, end, 60)
        return np.stack([np.cos(angle), np.sin(angle)], -1) * radius * scale + 0.5

    ticks = []
    for a in np.linspace(0, 2 * np.pi, 72, endpoint=False):
        direction = np.array((math.cos(a), math.sin(a))) * scale
        ticks.append(np.array([direction * r + 0.5 for r in (0.9, 1.0)]))
    _lines(shot, cell, [arc(r, 0, 6.2832) for r in (0.3, 0.6, 0.88)] + ticks, look.dim, 0.0006)
    start = draw.angle()
    _lines(shot, cell, [arc(0.75, start, start + draw.uniform(1, 5))], look.bright, 0.003)
    _lines(shot, cell, [arc(0.45, -start, draw.uniform(1, 5) - start)], look.accent, 0.002)
    number, size = f"{draw.integer(0, 360):03d}", min(cell.width, cell.height) * 0.16
    middle = (cell.left + cell.width / 2 - size * 0.8, cell.bottom + cell.height / 2 + size * 0.4)
    _write(shot, look, cell, number, look.bright, middle, size)


def _numbers(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """A table of names and numbers, one row marked."""
    size = draw.uniform(0.012, 0.024)
    rows = max(2, int(cell.height / (size * 1.1)))
    names = "\n".join(draw.choice(_CODES) for _ in range(rows))
    values = "\n".join(f"{draw.uniform(-999, 999):9.3f}" for _ in range(rows))
    top = cell.bottom + cell.height
    _write(shot, look, cell, names, look.plain, (cell.left, top), size)
    _write(shot, look, cell, values, look.bright, (cell.left + cell.width * 0.55, top), size)
    _frame(shot, look, cell)


def _globe(shot: Shot, draw: Draw, look: Theme, cell: _Cell) -> None:
    """A wire globe, a tilted one, with a path round it."""
    aspect = cell.height / cell.width
    scale = np.array((min(1.0, aspect), min(1.0, 1 / aspect))) * 0.46
    tilt, t = draw.uniform(-0.8, 0.8), np.linspace(0, 2 * np.pi, 80)
    circles = [
        np.stack([np.cos(t) * math.cos(b), np.sin(t) * math.cos(b), 0 * t + math.sin(b)], -1)
        for b in np.linspace(-1.3, 1.3, 9)
    ]
    circles += [
        np.stack([np.sin(t) * math.cos(a), np.sin(t) * math.sin(a), np.cos(t)], -1)
        for a in np.linspace(0, np.pi, 9)[:-1]
    ]

    def flat(line: Any) -> Any:
        up = line[:, 2] * math.cos(tilt) - line[:, 1] * math.sin(tilt)
        return np.stack([line[:, 0], up], -1) * scale + 0.5

    _lines(shot, cell, [flat(circle) for circle in circles], look.dim, 0.0006)
    orbit = np.stack([np.cos(t) * 1.02, np.sin(t) * 0.8, np.sin(t + 1) * 0.5], -1)
    _lines(shot, cell, [flat(orbit)], look.accent, 0.0014)


_WIDGETS: tuple[Callable[[Shot, Draw, Theme, _Cell], None], ...] = (_log, _log, _plot, _bars, _dial, _numbers, _globe)
