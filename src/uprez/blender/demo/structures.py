"""Thin structures as polylines: sagging wires, lattice girders, ladders, nets; `wires` gives them thickness."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.blender.demo import geometry
from uprez.blender.demo.shot import Shot

FloatArray = NDArray[np.float64]
Lines = list[FloatArray]
Point = Sequence[float] | FloatArray

_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2


def segment(start: Point, end: Point) -> FloatArray:
    """A straight line of two points."""
    return np.array([start, end], float)


def wire(start: Point, end: Point, sag: float, points: int = 24) -> FloatArray:
    """A wire that hangs `sag` units below the straight line at its middle."""
    t = np.linspace(0, 1, points)[:, None]
    line = np.asarray(start, float) * (1 - t) + np.asarray(end, float) * t
    line[:, 2] -= sag * 4 * (t * (1 - t))[:, 0]
    return line


def ring(centre: Point, radius: float, axis: str = "z", points: int = 40) -> FloatArray:
    """A closed circle in the plane across `axis`."""
    angle = np.linspace(0, 2 * np.pi, points + 1)
    flat = np.stack([np.cos(angle) * radius, np.sin(angle) * radius, 0 * angle], -1)
    return np.roll(flat, "zxy".index(axis), axis=1) + np.asarray(centre, float)


def helix(start: Point, height: float, radius: float, turns: float, points: int = 120) -> FloatArray:
    """A spiral about the z axis that rises from `start`."""
    t = np.linspace(0, 1, points)
    angle = 2 * np.pi * turns * t
    return np.stack([np.cos(angle) * radius, np.sin(angle) * radius, height * t], -1) + np.asarray(start, float)


def frame(start: Point, end: Point) -> tuple[FloatArray, FloatArray]:
    """Two unit vectors across the line from `start` to `end`; the second points up wherever it can."""
    along = np.asarray(end, float) - np.asarray(start, float)
    along /= np.linalg.norm(along)
    up = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    side = np.cross(along, up)
    side /= np.linalg.norm(side)
    return side, np.cross(side, along)


def lattice(start: Point, end: Point, width: tuple[float, float], bays: int) -> tuple[Lines, Lines]:
    """The chords and the braces of a square girder whose width runs from width[0] to width[1]."""
    side, up = frame(start, end)
    t = np.linspace(0, 1, bays + 1)[:, None, None]
    axis = np.asarray(start, float) * (1 - t) + np.asarray(end, float) * t
    corner = _CORNERS[:, :1] * side + _CORNERS[:, 1:] * up
    joints = axis + corner[None] * (width[0] * (1 - t) + width[1] * t)
    chords = [joints[:, i] for i in range(4)]
    braces = []
    for bay in range(bays):
        here, ahead = joints[bay], joints[bay + 1]
        for i in range(4):
            j = (i + 1) % 4
            diagonal = (here[i], ahead[j]) if (bay + i) % 2 else (here[j], ahead[i])
            braces += [np.array(diagonal), np.array([ahead[i], ahead[j]])]
    return chords, braces


def ladder(foot: Point, head: Point, width: float, spacing: float) -> Lines:
    """Two rails and the rungs between them."""
    side, _ = frame(foot, head)
    foot, head = np.asarray(foot, float), np.asarray(head, float)
    left, right = -side * width / 2, side * width / 2
    count = max(2, int(np.linalg.norm(head - foot) / spacing))
    rungs = [foot + (head - foot) * t for t in (np.arange(count) + 0.5) / count]
    return [segment(foot + s, head + s) for s in (left, right)] + [segment(r + left, r + right) for r in rungs]


def chain_link(width: float, height: float, mesh: float) -> Lines:
    """The zigzag wires of a chain-link fence in the plane y = 0, standing on z = 0; `mesh` is a diamond's side."""
    pitch = mesh * np.sqrt(2)
    steps = np.arange(int(2 * height / pitch) + 1)
    lines = []
    for i in range(int(width / pitch)):
        right = (steps + i) % 2
        x = -width / 2 + pitch * (i - 0.03 + right * 1.06)
        lines.append(np.stack([x, mesh * 0.06 * (2.0 * right - 1.0), steps * pitch / 2], -1))
    return lines


def net(points: FloatArray) -> Lines:
    """The threads of a net along both directions of a grid of points (rows, columns, 3)."""
    return [points[i] for i in range(points.shape[0])] + [points[:, j] for j in range(points.shape[1])]


def shrouds(feet: FloatArray, head: Point, rungs: int) -> Lines:
    """A ship's shrouds from `feet` (n, 3) to the masthead, with ratlines across."""
    head = np.asarray(head, float)
    lines = [segment(foot, head) for foot in feet]
    return lines + [feet + (head - feet) * t for t in np.linspace(0.03, 0.9, rungs)]


def barbed(line: FloatArray, spacing: float, length: float, random: np.random.Generator) -> Lines:
    """A wire and its barbs: pairs of short spikes every `spacing` units."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    place = np.concatenate([[0], np.cumsum(steps)])
    at = np.arange(spacing / 2, place[-1], spacing)
    points = np.stack([np.interp(at, place, line[:, k]) for k in range(3)], -1)
    spikes = random.normal(size=(2 * len(points), 3))
    spikes *= length / np.linalg.norm(spikes, axis=1, keepdims=True)
    return [line] + [segment(p - s, p + s) for p, s in zip(np.repeat(points, 2, 0), spikes, strict=True)]


def resample(line: FloatArray, spacing: float) -> FloatArray:
    """Points at equal distances along a polyline, ends included."""
    place = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, place[-1], max(2, round(place[-1] / spacing) + 1))
    return np.stack([np.interp(at, place, line[:, k]) for k in range(3)], -1)


def chain(points: Sequence[Point]) -> Lines:
    """Segments from each point to the next, so that corners stay sharp."""
    return [segment(a, b) for a, b in pairwise(points)]


def wires(shot: Shot, lines: Sequence[Any], radius: Any, material: Any, *, sides: int = 6, to: str = "hero") -> Any:
    """Add polylines to a shot as one object of round tubes; `radius` as in geometry.tubes."""
    return shot.add(geometry.tubes(lines, radius, sides=sides), material, to=to)
