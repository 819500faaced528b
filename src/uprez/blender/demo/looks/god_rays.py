"""Shafts of light through gaps: halls with windows, woods in mist, caves, street lamps in fog, under water."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import (
    boxes,
    buildings,
    cameras,
    caves,
    crowns,
    fish,
    geometry,
    halls,
    lights,
    plants,
    scatter,
    shores,
    stones,
    streets,
    structures,
    terrain,
)
from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import ground, hard, masonry, mist, natural, tiles, wood
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    shot.draw.choice((_hall, _hall, _hall, _wood, _wood, _cave, _street, _under_water))(shot)


def _mist(
    shot: Shot, low: Array, high: Array, density: float, colour: Colour = (0.92, 0.93, 0.95), anisotropy: float = 0.5
) -> None:
    """A box of even haze from corner to corner."""
    box = boxes.mesh(boxes.boxes(np.asarray([low], float), np.asarray([high], float)))
    shot.add(box, mist(density, colour, anisotropy=anisotropy), to="volumes")


def _model(shot: Shot, kind: str, place: tuple[float, float, float], size: float) -> None:
    """An artist-made model of a kind, or a plain vessel where there are none."""
    draw, names = shot.draw, shot.assets.models(kind)
    if names:
        shot.add(shot.assets.model(draw.choice(names)), location=place, rotation=(0, 0, draw.gauss(0, 0.7)), scale=size)
        return
    shape = geometry.lathe(geometry.spline([(0, 0), (0.25, 0), (0.36, 0.35), (0.18, 0.7), (0.24, 0.85), (0, 0.86)], 50))
    shot.add(shape, hard.ceramic(draw, size=0.6), location=place, scale=size)


def _hall(shot: Shot) -> None:
    """A hall, loft or nave: the sun falls in through a row of windows at the side."""
    draw = shot.draw
    shot.key = draw.uniform(0.04, 0.09)
    half, height, deep = draw.uniform(3.5, 5.5), draw.uniform(4.5, 7.5), 16.0
    elevation, azimuth = draw.uniform(0.35, 0.8), draw.uniform(0.1, 0.7)
    lights.flat(shot, scaled(draw.cool_white(), draw.uniform(0.1, 0.5)))
    lights.sun(shot, azimuth=azimuth, elevation=elevation, strength=draw.uniform(25, 70), angle=0.008)
    plaster = draw.choice((masonry.brick, ground.plaster, ground.concrete, ground.stone))(
        draw, size=2.5, coordinates="UV"
    )
    halls.window_wall(shot, plaster, half, height, deep)
    shell = boxes.boxes(
        [(-half - 0.4, -9, 0), (-half, deep, 0), (-half, -9.4, 0), (-half, -9, height)],
        [
            (-half, deep, height),
            (half + 0.4, deep + 0.4, height),
            (half + 0.4, -9, height),
            (half + 0.4, deep + 0.4, height + 0.4),
        ],
    )
    shot.add(boxes.mesh(shell), plaster, to="set")
    floor = draw.choice(
        (
            wood(draw, size=1.6, planks=True),
            tiles(draw, size=2.5),
            ground.concrete(draw, size=2),
            ground.stone(draw, size=2),
        )
    )
    shot.add(geometry.plane(4 * half, 60), floor, to="set")
    halls.beams_and_columns(shot, half, height, deep)
    _furnish(shot, half)
    _mist(shot, np.array([-half, -9, 0.0]), np.array([half, deep, height]), draw.log_uniform(0.008, 0.028))
    cameras.place(
        shot,
        (draw.uniform(-0.5, 0.5), 3.0, draw.uniform(1.2, 2.0)),
        width=draw.uniform(4.5, 7.0),
        azimuth=(-2.0, -1.35),
        elevation=(0.0, 0.14),
        lens=(24, 36),
        blur=(0.001, 0.008),
        floor=0.7,
    )


def _furnish(shot: Shot, half: float) -> None:
    """Models in the light, crates, benches, litter."""
    draw = shot.draw
    _model(shot, "prop", (draw.uniform(-1, 1), draw.uniform(1, 3), 0), draw.uniform(1.2, 1.9))
    for place in scatter.spaced(shot.scatter, 5, 2 * half - 2, 9, distance=1.8) + (0, 6, 0):
        _model(shot, draw.choice(("prop", "product")), tuple(place), draw.uniform(0.7, 1.5))
    low = scatter.spaced(shot.scatter, 26, 2 * half - 1, 14, distance=0.9) + (0, 4, 0)
    low = low[np.abs(low[:, 0]) > half * 0.45]
    size = draw.array.uniform((0.3, 0.3, 0.25), (0.9, 0.9, 0.9), (len(low), 3))
    shot.add(boxes.mesh(boxes.boxes(low, low + size)), natural.wood(draw, size=0.8, coordinates="UV"))
    litter = scatter.spaced(shot.scatter, 400, 2 * half, 16) + (0, 4, 0.01)
    along = shot.scatter.array.normal(0, 1, litter.shape) * (1, 1, 0.1)
    up = np.array([0, 0, 1.0]) + shot.scatter.array.normal(0, 0.2, litter.shape)
    shot.add(
        plants.leaf(draw).copied(shot.scatter, plants.frames(litter, along, 0.1, up=up)), natural.paper(draw, size=0.3)
    )


def _wood(shot: Shot) -> None:
    """A wood in the morning: the sun behind trunks and crowns."""
    draw = shot.draw
    shot.key = draw.uniform(0.06, 0.12)
    azimuth, elevation = math.pi / 2 + draw.uniform(-0.6, 0.6), draw.uniform(0.3, 0.65)
    warm = mixed((1, 1, 1), draw.warm_white(), 0.5)
    lights.gradient(shot, scaled(warm, 0.08), scaled(draw.cool_white(), 0.2))
    lights.sun(shot, azimuth=azimuth, elevation=elevation, strength=draw.uniform(22, 45), angle=0.008, colour=warm)
    land = terrain.hills(draw, 80, 2.0).levelled(0, 0, 3)
    level = float(land.at(0, 0))
    shot.add(land.mesh(), ground.soil(draw, hsv(0.15, 0.5, 0.3), size=2), to="set")
    trunks = scatter.spaced(shot.scatter, 46, 26, 30, distance=1.9) + (0, 15, 0)
    trunks = trunks[(np.abs(trunks[:, 0]) > 1.2) | (trunks[:, 1] > 6)]
    lines = [base + np.linspace((0, 0, -0.3), (*draw.vector(0.7)[:2], 13), 14) for base in land.on(trunks)]
    shot.add(
        geometry.tubes(lines, [draw.uniform(0.1, 0.34) * np.linspace(1.2, 0.5, 14) for _ in lines], sides=18),
        natural.bark(draw, size=0.8),
        to="set",
    )
    crowns.crowns(shot, level)
    crowns.veil(shot, (0, 28, level + 12.5), 110, exponent=1.1, gaps=0.42)
    ferns = land.on(scatter.spaced(shot.scatter, 1500, 16, 16) + (0, 5, 0))
    rosettes = np.repeat(ferns[:140], 9, 0)
    along = shot.scatter.array.normal(0, 1, rosettes.shape) * (1, 1, 0.2) + (0, 0, 0.8)
    matrices = plants.frames(
        rosettes, along, 0.7 * shot.scatter.array.uniform(0.5, 1.2, len(rosettes)), up=np.array([0, 0, 1.0])
    )
    shot.add(plants.frond(draw).copied(shot.scatter, matrices), plants.leafage(draw, hsv(0.26, 0.75, 0.5)))
    tufts = land.on(scatter.spaced(shot.scatter, 12000, 14, 14) + (0, 4, 0))
    blades = scatter.transforms(shot.scatter, tufts, size=(0.06, 0.3), tilt=0.3)
    shot.add(plants.grass_blade(draw).copied(shot.scatter, blades), plants.leafage(draw, hsv(0.22, 0.7, 0.5)))
    _model(shot, "prop", (draw.uniform(-0.7, 0.7), 3.0, level), draw.uniform(0.8, 1.3))
    _mist(shot, np.array([-16, -12, level - 3.0]), np.array([16, 30, level + 12.0]), draw.log_uniform(0.01, 0.028))
    cameras.place(
        shot,
        (draw.uniform(-0.5, 0.5), 3, level + draw.uniform(1.4, 2.6)),
        width=draw.uniform(4, 8),
        azimuth=(-1.8, -1.35),
        elevation=(-0.04, 0.1),
        lens=(26, 45),
        blur=(0.001, 0.01),
        floor=level + 0.8,
    )


def _cave(shot: Shot) -> None:
    """A cave or ruin with holes in its roof."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.08)
    lights.flat(shot, scaled(draw.cool_white(), 0.03))
    land = caves.chamber(shot)
    level = float(land.at(0, 3))
    tint = mixed((1, 1, 1), draw.warm_white() if draw.chance(0.5) else draw.cool_white(), 0.6)
    for _ in range(draw.integer(1, 3)):
        hole = (draw.uniform(-1.5, 1.5), draw.uniform(3.5, 7), 5.6)
        floor = (hole[0] + draw.uniform(-1.5, 1.5), hole[1] + draw.uniform(-2, 1), 0.0)
        power, angle = draw.uniform(2500, 7000), draw.uniform(0.25, 0.5)
        lights.spot(shot, hole, floor, power=power, colour=tint, angle=angle, softness=0.15, radius=0.1)
    lights.area(shot, (0, 5, 5.8), (0, 5, 0), power=60, colour=tint, size=2.5, group="fill")
    side, power = draw.choice((-3, 3)), draw.uniform(20, 80)
    lights.point(shot, (side, -2.0, 2.5), power=power, colour=draw.cool_white(), radius=0.5, group="fill")
    caves.roots(shot)
    stones.strew(shot, land, ground.stone(draw, size=1), 90, (11, 11), (0.05, 0.7))
    _model(shot, "product", (0, 3.2, level), draw.uniform(1.0, 1.7))
    _mist(shot, np.array([-11, -14, -1.0]), np.array([11, 20, 9.0]), draw.log_uniform(0.012, 0.035))
    target, width = (0, 3.2, draw.uniform(1.2, 2.0)), draw.uniform(4, 7)
    view: dict[str, Any] = {"azimuth": (-1.8, -1.35), "elevation": (0.0, 0.15), "lens": (24, 34), "blur": (0.001, 0.01)}
    cameras.place(shot, target, width=width, floor=level + 0.9, **view)


def _street(shot: Shot) -> None:
    """Fog at night: lamp posts, head lamps, lit windows."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.06)
    lights.gradient(shot, scaled(draw.cool_white(), 0.02), scaled(draw.cool_white(), 0.008))
    shot.add(
        geometry.plane(80, 120),
        masonry.cobble(draw, size=2) if draw.chance(0.5) else ground.asphalt(draw, size=2),
        to="set",
    )
    style = buildings.masonry_style(draw)
    look = buildings.palette(draw, style, lit=0.3, strength=draw.uniform(2, 6))
    half = draw.uniform(4.5, 6.5)
    for side in (-1, 1):
        root = buildings.facade(shot, draw, style, look, 12, 4)
        root.rotation_euler.z, root.location = (
            -side * math.pi / 2,
            (side * half, -8 if side < 0 else -8 + 12 * style.bay, 0),
        )
    streets.lamps(shot, half)
    car = (draw.uniform(-1.5, 1.5), draw.uniform(5, 9), 0.0)
    _model(shot, "vehicle", car, 4.0)
    streets.head_lamps(shot, car)
    wires = [structures.wire((-half, y, 6), (half, y + 1, 6.3), 0.4) for y in np.arange(0, 20, 3.0)]
    shot.add(geometry.tubes(wires, 0.012), hard.rubber(draw), to="set")
    _mist(shot, np.array([-half, -10, 0.0]), np.array([half, 30, 12.0]), draw.log_uniform(0.006, 0.02), anisotropy=0.6)
    cameras.place(
        shot,
        (draw.uniform(-0.6, 0.6), 4, draw.uniform(1.4, 2.2)),
        width=draw.uniform(5, 8),
        azimuth=(-1.8, -1.35),
        elevation=(0.0, 0.12),
        lens=(26, 45),
        blur=(0.002, 0.012),
        floor=0.8,
    )


def _under_water(shot: Shot) -> None:
    """Rays under the surface of the sea, fish, weed and a wreck."""
    draw = shot.draw
    blue = hsv(draw.uniform(0.47, 0.6), draw.uniform(0.5, 0.85), 0.8)
    shot.key = draw.uniform(0.06, 0.12)
    lights.gradient(shot, scaled(blue, 0.08), scaled(blue, 0.6))
    lights.sun(
        shot,
        azimuth=math.pi / 2 + draw.uniform(-0.9, 0.9),
        elevation=draw.uniform(0.8, 1.2),
        strength=draw.uniform(15, 35),
        angle=0.006,
        colour=mixed(blue, (1, 1, 1), 0.5),
    )
    crowns.veil(shot, (0, 5, 8), 32, exponent=1.7, gaps=0.45)
    land = shores.sea_floor(shot)
    level = float(land.at(0, 1))
    fish.shoal(shot, level)
    if "ship_wreck" in shot.assets.models() and draw.chance(0.6):
        shot.add(
            shot.assets.model("ship_wreck"),
            location=(draw.uniform(-2, 2), 5, level - 0.3),
            rotation=(0.15, 0.1, draw.angle()),
            scale=5.0,
        )
    else:
        _model(shot, "prop", (draw.uniform(-0.8, 0.8), 1.5, level - 0.05), 1.3)
    _mist(
        shot,
        np.array([-16, -12, level - 2.0]),
        np.array([16, 21, 7.9]),
        draw.log_uniform(0.02, 0.045),
        mixed(blue, (1, 1, 1), 0.3),
    )
    cameras.place(
        shot,
        (draw.uniform(-0.5, 0.5), 2, level + draw.uniform(1.2, 2.2)),
        width=draw.uniform(3.5, 6.5),
        azimuth=(-1.85, -1.3),
        elevation=(-0.1, 0.15),
        lens=(26, 40),
        blur=(0.002, 0.012),
        floor=level + 0.6,
    )
