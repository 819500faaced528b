"""Thin structures: pylons, fences, scaffolds, rigging, cranes, nets, cobwebs, aerials, big wheels, cages."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import (
    boxes,
    buildings,
    cameras,
    construction,
    fairground,
    geometry,
    lettering,
    lights,
    materials,
    nets,
    power_lines,
    ships,
    structures,
)
from uprez.blender.demo.shot import Shot

_NOTICES = ("KEEP\nOUT", "DANGER\n400 V", "PRIVATE", "NO\nENTRY", "CCTV\n24 h", "BETRETEN\nVERBOTEN", "AREA 7")


@dataclass(frozen=True)
class View:
    """Where the camera looks and from where, as in cameras.place."""

    target: tuple[float, float, float]
    width: float
    elevation: tuple[float, float] = (-0.05, 0.3)
    azimuth: tuple[float, float] = (-2.3, -0.85)
    lens: tuple[float, float] = (30.0, 90.0)
    blur: tuple[float, float] = (0.003, 0.02)


def build(shot: Shot) -> None:
    subjects: Sequence[Callable[[Shot], View]] = (
        _power_lines, _fence, _scaffold, _rigging, _crane, _nets, _cobweb, _rooftops, _big_wheel, _cage,
    )  # fmt: skip
    view = shot.draw.choice(subjects)(shot)
    cameras.place(
        shot,
        view.target,
        width=view.width,
        azimuth=view.azimuth,
        elevation=view.elevation,
        lens=view.lens,
        blur=view.blur,
        roll=0.06,
    )


def _outdoors(shot: Shot, ground: Any = None) -> None:
    """A sky, or an artist's environment, and ground as far as the eye reaches."""
    if shot.draw.chance(0.6):
        lights.sky(shot, clouds=shot.draw.uniform(0.2, 0.8))
    else:
        lights.environment(shot, shot.draw.choice(("outdoor", "sunset")))
    if ground is not None:
        shot.add(geometry.plane(4000, 4000), ground, to="set")


def _steel(shot: Shot, size: float = 1.0) -> Any:
    kinds = (materials.rusty_metal, materials.worn_paint, materials.metal, materials.paint)
    return shot.draw.choice(kinds)(shot.draw, size=size)


def _model(shot: Shot, name: str, size: float, location: tuple[float, float, float], *, to: str = "hero") -> None:
    """An artist's model of a largest side of `size`, where the assets have it."""
    if name in shot.assets.models():
        turn = (0.0, 0.0, shot.draw.gauss(0, 0.6))
        shot.add(shot.assets.model(name), to=to, location=location, rotation=turn, scale=size)


def _power_lines(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, materials.soil(draw, size=4.0))
    bend = draw.uniform(-6, 6)
    strands = power_lines.pylons(shot, [(-bend, -42), (0, 0), (bend, 42), (3 * bend, 84)], _steel(shot, 2.0))
    power_lines.birds(shot, strands)
    target = (draw.uniform(-4, 4), draw.uniform(-4, 1), draw.uniform(12, 19))
    return View(target, draw.log_uniform(5, 26), (-0.5, 0.05), (-2.4, -0.7))


def _fence(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, draw.choice((materials.asphalt, materials.concrete, materials.soil))(draw, size=2.0))
    wire = materials.metal(draw, (0.7, 0.71, 0.72), size=0.3) if draw.chance(0.6) else materials.paint(draw, size=0.3)
    mesh = draw.uniform(0.045, 0.08)
    structures.wires(shot, structures.chain_link(7, 2.1, mesh), mesh * 0.055, wire, sides=6)
    posts: list[Any] = []
    for x in np.arange(-3.5, 3.6, 1.75):
        posts += structures.chain([(x, 0.05, 0), (x, 0.05, 2.2), (x, -0.3, 2.6)])
    posts += [structures.segment((-3.5, 0.02, z), (3.5, 0.02, z)) for z in (0.05, 2.1)]
    structures.wires(shot, posts, 0.026, _steel(shot, 0.5), sides=12)
    for part in (0.15, 0.5, 0.9):
        y, z = -0.34 * part, 2.2 + 0.4 * part
        barbs = structures.barbed(structures.wire((-3.5, y, z), (3.5, y, z), 0.05), 0.11, 0.025, draw.array)
        structures.wires(shot, barbs, 0.0025, wire, sides=5)
    for _ in range(draw.integer(1, 3)):
        _notice(shot, (draw.uniform(-0.9, 0.9), -0.03, draw.uniform(1.0, 1.8)))
    _yard(shot)
    target = (draw.uniform(-1, 1), 0, draw.uniform(1.1, 2.2))
    return View(target, draw.log_uniform(0.6, 3.0), (-0.1, 0.2), (-2.1, -1.0), blur=(0.012, 0.05))


def _notice(shot: Shot, place: tuple[float, float, float]) -> None:
    """A tin sign with letters."""
    draw = shot.draw
    tin = materials.worn_paint(draw, draw.choice((draw.vivid(), (0.8, 0.78, 0.7))), size=0.5)
    board = shot.add(
        geometry.box(0.5, 0.008, 0.34, bevel=0.003), tin, location=place, rotation=(0, draw.gauss(0, 0.03), 0)
    )
    text = lettering.text(draw.choice(_NOTICES), lettering.font(shot), size=0.1, extrude=0.0008)
    ink = materials.paint(draw, (0.02, 0.02, 0.02), size=0.2)
    shot.add(text, ink, location=(0, -0.0045, 0), rotation=(math.pi / 2, 0, 0)).parent = board


def _yard(shot: Shot) -> None:
    """A wall and things in front of it, some of them made by artists."""
    draw = shot.draw
    wall = boxes.mesh(boxes.boxes([(-14, 7, 0)], [(14, 7.5, draw.uniform(3, 7))]))
    kinds = (materials.brick, materials.plaster, materials.concrete)
    shot.add(wall, draw.choice(kinds)(draw, size=2.5, coordinates="UV"), to="set")
    for _ in range(draw.integer(3, 6)):
        size = (draw.uniform(0.6, 2.2), draw.uniform(0.6, 1.5), draw.uniform(0.5, 2.0))
        place = (draw.uniform(-4.5, 4.5), draw.uniform(3.5, 6), size[2] / 2)
        kind = draw.choice((materials.rusty_metal, materials.worn_paint, materials.wood))
        shot.add(
            geometry.box(*size, bevel=0.03), kind(draw), to="set", location=place, rotation=(0, 0, draw.gauss(0, 0.4))
        )
    sizes = {"exploding_barrel": 0.9, "citroen_old_van": 3.6, "sci_fi_crate": 1.0, "taxi": 3.4}
    for name in draw.sample(sorted(sizes), 2):
        _model(shot, name, sizes[name], (draw.uniform(-2.5, 2.5), draw.uniform(1.8, 4), 0), to="set")


def _scaffold(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, materials.concrete(draw, size=3.0))
    style = buildings.masonry_style(draw)
    columns, floors = 6, 4
    half, top = columns * style.bay / 2, floors * style.storey
    look = buildings.palette(draw, style, lit=0.1, strength=1.0)
    buildings.facade(shot, draw, style, look, columns, floors).location = (-half, 1.7, 0)
    construction.scaffold(shot, half, top + 1.5)
    if draw.chance(0.4):
        construction.debris_net(shot, (draw.uniform(-half, 0), half), (draw.uniform(3, 5), top + 1))
    target = (draw.uniform(-3, 3), 0, draw.uniform(1.5, 7))
    return View(target, draw.log_uniform(1.6, 8), (-0.25, 0.2), (-2.3, -0.8))


def _rigging(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot)
    ships.rig(shot, (-6.0, 0.0, 6.5))
    target = (draw.uniform(-4, 4), 0, draw.uniform(3, 14))
    return View(target, draw.log_uniform(2.5, 14), (-0.5, 0.1), (-2.7, -0.4))


def _crane(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, materials.soil(draw, size=4.0))
    colours = ((0.8, 0.5, 0.03), (0.7, 0.08, 0.03), (0.75, 0.75, 0.72))
    for x, y, height in ((0.0, 0.0, 34.0), (draw.uniform(14, 26), 22.0, 44.0), (-22.0, 40.0, 38.0)):
        paint = materials.worn_paint(draw, draw.choice(colours), size=2.0)
        construction.crane(shot, (x, y), height, draw.angle(), paint)
    construction.concrete_shell(shot, (3, -8), draw.integer(6, 9))
    target = (draw.uniform(-2, 5), 0, draw.uniform(24, 37))
    return View(target, draw.log_uniform(6, 36), (-0.7, 0.0), (-2.5, -0.6), blur=(0.001, 0.006))


def _nets(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, draw.choice((materials.sand, materials.wood, materials.cobble))(draw, size=1.5))
    for layer in range(draw.integer(2, 3)):
        nets.fishing_net(shot, layer * 1.3, draw.uniform(1.8, 2.6))
    for _ in range(draw.integer(2, 5)):
        size = draw.uniform(0.3, 0.6)
        place = (draw.uniform(-2.5, 2.5), draw.uniform(-0.9, -0.5), size / 2)
        crate = geometry.box(size * 1.4, size, size, bevel=0.01)
        shot.add(
            crate, materials.wood(draw, size=0.4, planks=True), location=place, rotation=(0, 0, draw.gauss(0, 0.4))
        )
    name = draw.choice(("exploding_barrel", "gull", "cactus", "sci_fi_crate"))
    _model(shot, name, 0.8, (draw.uniform(-1.5, 1.5), -1.4, 0))
    target = (draw.uniform(-1.2, 1.2), 0, draw.uniform(0.7, 1.7))
    return View(target, draw.log_uniform(0.8, 4.5))


def _cobweb(shot: Shot) -> View:
    draw = shot.draw
    lights.environment(shot, "outdoor", strength=draw.uniform(0.3, 0.9))
    place = (draw.uniform(-3, 3), 4.0, 3.0)
    power, warm = draw.uniform(300, 900), draw.warm_white()
    lights.area(shot, place, (0, 0, 1), power=power, colour=warm, size=0.6, group="rim")
    nets.cobweb(shot, (0.0, 0.0, 1.2))
    target = (draw.uniform(-0.4, 0.4), 0, 1.2 + draw.uniform(-0.4, 0.4))
    return View(target, draw.log_uniform(0.35, 2.2), (-0.15, 0.25), (-2.0, -1.1), (60, 110), (0.01, 0.06))


def _rooftops(shot: Shot) -> View:
    draw = shot.draw
    _outdoors(shot, materials.concrete(draw, size=4.0))
    roof = draw.choice((materials.tiles, materials.concrete, materials.brick))(draw, size=2.0, coordinates="UV")
    shot.add(boxes.mesh(boxes.boxes([(-9, -1.5, 0)], [(9, 6, 9)])), roof, to="set")
    for x in range(-44, 45, 11):
        style = buildings.masonry_style(draw)
        look = buildings.palette(draw, style, lit=0.05, strength=1.0)
        place = (x + draw.uniform(-2, 2), draw.uniform(10, 40), draw.uniform(-3, 0))
        buildings.house(shot, draw, style, look, 4, draw.integer(2, 4), 3).location = place
    rods: list[Any] = []
    for _ in range(draw.integer(4, 8)):
        rods += power_lines.aerial(shot, (draw.uniform(-4, 4), draw.uniform(-0.5, 3), 9))
    structures.wires(shot, rods, draw.uniform(0.007, 0.013), materials.metal(draw, (0.6, 0.6, 0.62), size=0.3))
    lines = [structures.wire((-4.5, 0.7 * k, 11), (4.5, 0.7 * k, 11.1), 0.25, 60) for k in range(draw.integer(2, 4))]
    for line in lines:
        nets.washing(shot, line)
    for _ in range(7):
        left, right = ((x, draw.uniform(-1, 7), draw.uniform(10.5, 13)) for x in (-12, 12))
        lines.append(structures.wire(left, right, draw.uniform(0.2, 0.8), 60))
    structures.wires(shot, lines, 0.006, materials.rubber(draw, (0.02, 0.02, 0.02)), sides=5)
    target = (draw.uniform(-2, 2), 0.5, draw.uniform(10.0, 11.2))
    return View(target, draw.log_uniform(1.5, 6), (-0.1, 0.25), (-2.2, -0.9))


def _big_wheel(shot: Shot) -> View:
    draw = shot.draw
    if draw.chance(0.6):
        lights.gradient(shot, (0.02, 0.015, 0.03), (0.03, 0.05, 0.12), draw.log_uniform(0.2, 2.0))
        shot.key = 0.04
    else:
        _outdoors(shot)
    fairground.big_wheel(shot, draw.log_uniform(20, 250))
    target = (draw.uniform(-6, 6), 0, draw.uniform(6, 18))
    return View(target, draw.log_uniform(4, 22), (-0.6, 0.1), (-2.3, -0.8))


def _cage(shot: Shot) -> View:
    """A table with a bird cage, a desk fan, a lattice sphere, coils of wire."""
    draw = shot.draw
    lights.environment(shot, draw.choice(("studio", "indoor")), strength=draw.uniform(0.2, 1.0))
    lights.three_point(shot, (0, 0, 0.4), 3, power=draw.uniform(100, 400))
    kinds = (materials.plaster, materials.weave, materials.concrete, materials.wood)
    shot.add(geometry.cove(8, 1.6, 6), draw.choice(kinds)(draw, size=1.5), to="set")
    wire = draw.choice((materials.metal, materials.brushed_metal, materials.rusty_metal))(draw, size=0.3)
    nets.cage(shot, draw.uniform(0.22, 0.32), draw.uniform(0.4, 0.6), wire)
    for side in (-1, 1):
        foot = (side * draw.uniform(0.55, 0.75), draw.uniform(-0.3, 0.0), 0.01)
        coil = structures.helix(foot, draw.uniform(0.05, 0.3), draw.uniform(0.06, 0.14), draw.integer(8, 22), 900)
        structures.wires(shot, [coil], draw.uniform(0.002, 0.006), materials.metal(draw, size=0.2))
    _model(shot, "desk_fan", 0.6, (draw.choice((-0.65, 0.65)), 0.5, 0))
    inside = draw.choice(("carbon_sphere", "headphones", "gull", "egyptian_cat"))
    _model(shot, inside, draw.uniform(0.24, 0.34), (0, 0, 0.031))
    target = (draw.uniform(-0.2, 0.2), 0, draw.uniform(0.15, 0.4))
    return View(target, draw.log_uniform(0.5, 1.6), (0.05, 0.5), (-2.1, -1.0), blur=(0.005, 0.03))
