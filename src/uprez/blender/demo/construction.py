"""Building sites: scaffolds, debris nets, tower cranes, shells of concrete with bare reinforcement."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import boxes, geometry, lights, materials, structures
from uprez.blender.demo.shot import Shot

LIFT = 2.0
"""Height of a scaffold's storey in metres."""
_BAY = 2.2


def scaffold(shot: Shot, half: float, height: float) -> None:
    """A scaffold from x = -half to half at y = 0 to 1.1, of tubes, couplers, boards, ladders and warning lamps."""
    draw = shot.draw
    lifts, stands = np.arange(0.15, height, LIFT), np.arange(-half, half + 0.1, _BAY)
    structures.wires(shot, _scaffold_tubes(shot, stands, lifts), 0.024, _galvanised(shot), sides=10)
    joints = np.array([(x, y, z) for x in stands for y in (-0.03, 1.12) for z in lifts])
    couplers = boxes.mesh(boxes.boxes(joints - 0.04, joints + 0.04))
    shot.add(couplers, materials.rusty_metal(draw, size=0.2))
    rows = (0.05, 0.3, 0.55, 0.8)
    boards = [(x, y, z + 0.03) for x in stands[:-1] for z in lifts[1:] for y in rows if draw.chance(0.9)]
    low = np.array(boards) + draw.array.normal(0, 0.01, (len(boards), 3))
    shot.add(boxes.mesh(boxes.boxes(low, low + (_BAY + 0.05, 0.22, 0.04))), materials.wood(draw, size=0.8))
    rungs = []
    for x, z in zip(draw.sample(list(stands[:-1]), len(lifts)), lifts, strict=False):
        rungs += structures.ladder((x + 0.5, 0.3, z), (x + 1.3, 0.3, z + LIFT + 0.1), 0.4, 0.27)
    structures.wires(shot, rungs, 0.014, materials.worn_paint(draw, size=0.3), sides=8)
    for x, z in zip(stands[1:4], lifts[1:4], strict=False):
        amber = draw.log_uniform(8, 120)
        lights.bulb(shot, (x, -0.12, z + 1.1), radius=0.05, strength=amber, colour=(1.0, 0.35, 0.05), to="hero")


def _galvanised(shot: Shot) -> Any:
    return materials.metal(shot.draw, (0.6, 0.61, 0.62), size=0.4)


def _scaffold_tubes(shot: Shot, stands: Any, lifts: Any) -> list[Any]:
    draw = shot.draw
    left, right, top = stands[0] - 0.3, stands[-1] + 0.3, lifts[-1] + 1.2
    lines = [structures.segment((x + draw.gauss(0, 0.02), y, 0), (x, y, top)) for x in stands for y in (0, 1.1)]
    for z in lifts:
        rails = [(y, z + rise) for y in (-0.05, 1.15) for rise in (0, 0.5, 1.0)]
        lines += [structures.segment((left, y, rail), (right, y, rail)) for y, rail in rails]
        lines += [structures.segment((x, -0.2, z), (x, 1.4, z)) for x in stands]
    for x in stands[:-1]:
        for k, z in enumerate(lifts[:-1]):
            if draw.chance(0.5):
                low, high = (x, x + _BAY) if k % 2 else (x + _BAY, x)
                lines.append(structures.segment((low, -0.08, z), (high, -0.08, z + LIFT)))
    return lines


def debris_net(shot: Shot, across: tuple[float, float], up: tuple[float, float]) -> None:
    """A net in waves in front of y = -0.14."""
    x, z = np.meshgrid(np.linspace(*across, 110), np.linspace(*up, 90), indexing="ij")
    wave = geometry.fractal(shot.draw, 128, exponent=2.6)[:110, :90] * 0.12
    threads = structures.net(np.stack([x, -0.14 - np.abs(wave), z], -1))
    structures.wires(shot, threads, 0.004, materials.plastic(shot.draw, shot.draw.vivid(), size=0.2), sides=4)


def crane(shot: Shot, place: tuple[float, float], height: float, heading: float, steel: Any) -> None:
    """A tower crane whose jib of 26 m points to `heading`, with its hook, cab, counterweight and a red lamp."""
    out = np.array((math.cos(heading), math.sin(heading), 0.0))
    head = np.array((*place, height))
    peak, hook = head + (0, 0, 6.0), head + out * shot.draw.uniform(8, 24)
    thick, thin = structures.lattice(head - (0, 0, height), head, (1.8, 1.8), int(height / 2))
    for end, bays in ((head + out * 26, 18), (head - out * 9, 6), (peak, 4)):
        chords, braces = structures.lattice(head, end, (1.4, 0.7), bays)
        thick, thin = thick + chords, thin + braces
    structures.wires(shot, thick, 0.075, steel)
    structures.wires(shot, thin, 0.04, steel, sides=5)
    cables = [structures.segment(peak, head + out * reach) for reach in (-8.5, 12.0, 23.0)]
    cables += [structures.segment(hook + out * s, hook + out * s - (0, 0, 14.0)) for s in (-0.2, 0.2)]
    structures.wires(shot, cables, 0.03, materials.rubber(shot.draw, (0.03, 0.03, 0.03)), sides=5)
    concrete = materials.concrete(shot.draw)
    for size, at, material in (
        ((1.6, 2.2, 2.2), head + out * 1.4 - (0, 0, 1.9), steel),
        ((2.4, 1.6, 3.0), head - out * 8 - (0, 0, 1.2), concrete),
        ((0.6, 0.35, 1.0), hook - (0, 0, 14.3), steel),
    ):
        shot.add(geometry.box(*size, bevel=0.08), material, location=tuple(at), rotation=(0, 0, heading))
    lights.bulb(shot, tuple(peak + (0, 0, 0.3)), radius=0.12, strength=200, colour=(1, 0.05, 0.02), to="hero")


def concrete_shell(shot: Shot, corner: tuple[float, float], floors: int) -> None:
    """Slabs of 16 by 17 m on columns, with bundles of steel bars standing out of the top."""
    draw = shot.draw
    left, front = corner
    top = 3.4 * floors
    slabs = [((left, front, 3.4 * k), (left + 16, front + 17, 3.4 * k + 0.3)) for k in range(1, floors + 1)]
    places = [(left + 0.6 + 3.7 * i, front + 0.6 + 5.2 * j) for i in range(5) for j in range(4)]
    posts = [((x, y, 0.0), (x + 0.5, y + 0.5, top)) for x, y in places]
    low, high = zip(*slabs, *posts, strict=True)
    shot.add(boxes.mesh(boxes.boxes(np.array(low), np.array(high))), materials.concrete(draw, size=4.0))
    feet = [(x + i * 0.14, y + j * 0.14, top) for x, y in places for i in range(4) for j in range(4)]
    bars = [structures.segment(f, (f[0] + draw.gauss(0, 0.04), f[1], top + draw.uniform(1.2, 1.9))) for f in feet]
    structures.wires(shot, bars, 0.018, materials.rusty_metal(draw, (0.2, 0.08, 0.03), size=0.5), sides=5)
