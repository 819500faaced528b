"""A city by day: streets in the sun, towers in haze, facades with balconies and washing, squares with trees."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from uprez.blender.demo import (
    avenues,
    boxes,
    buildings,
    cameras,
    cars,
    geometry,
    lettering,
    lights,
    materials,
    nets,
    plants,
    power_lines,
    scatter,
    signs,
    structures,
    terrain,
)
from uprez.blender.demo.colours import mixed, scaled
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    shot.key = shot.draw.uniform(0.1, 0.18)
    scenes: Sequence[Callable[[Shot], None]] = (_street, _street, _facade, _skyline)
    shot.draw.choice(scenes)(shot)


def _sun(shot: Shot) -> None:
    """Sun that rakes along the fronts, or an artist's sky."""
    draw = shot.draw
    if draw.chance(0.75):
        azimuth = -math.pi / 2 + draw.choice((-1, 1)) * draw.uniform(0.2, 1.2)
        lights.sky(shot, azimuth=azimuth, elevation=draw.uniform(0.2, 1.0), clouds=draw.uniform(0.1, 0.7))
    else:
        lights.environment(shot, draw.choice(("outdoor", "sunset")))


def _street(shot: Shot) -> None:
    """A shopping street with parked cars, trees and wires."""
    draw = shot.draw
    _sun(shot)
    avenue = avenues.Avenue(draw.uniform(5, 9), draw.uniform(45, 70), 0.04, 0.6)
    maker = signs.Maker([lettering.font(shot) for _ in range(3)], 0.5)
    road = draw.choice((materials.asphalt, materials.cobble, materials.asphalt))(draw, size=1.5)
    avenues.build(shot, draw, avenue, road, maker)
    avenues.lamps(shot, draw, avenue, 0.0)
    avenues.overhead_wires(shot, draw, avenue)
    _parked(shot, avenue)
    _trees(shot, avenue)
    target = (draw.uniform(-0.6, 0.6) * avenue.half_width, draw.uniform(6, 14), draw.uniform(1.4, 5))
    camera = avenues.look_along(shot, avenue, target, draw.log_uniform(4, 14))
    cars.make_room(shot, camera)


def _parked(shot: Shot, avenue: avenues.Avenue) -> None:
    """Cars along the kerbs and one that drives; artists' among them."""
    draw = shot.draw
    made = [cars.car(draw, lamps=(0.5, 0.1)) for _ in range(2)]
    sizes = [1.0, 1.0]
    names = shot.assets.models("vehicle")
    if names:
        made.append(shot.assets.model(draw.choice(names)))
        sizes.append(3.9)
    for side in (-1, 1):
        y = draw.uniform(0, 6)
        while y < avenue.length * 0.5:
            k = draw.integer(0, len(made) - 1)
            place = (side * avenue.half_width * 0.42, y, 0.0)
            thing = shot.add(made[k], location=place, rotation=(0, 0, 0.0 if side < 0 else math.pi), scale=sizes[k])
            if shot.moving and draw.chance(0.3):
                shot.move(thing, velocity=(0.0, side * draw.uniform(0.05, 0.2), 0.0))
            y += draw.uniform(5.5, 12)


def _trees(shot: Shot, avenue: avenues.Avenue) -> None:
    """Street trees in gratings."""
    draw = shot.draw
    if draw.chance(0.4):
        return
    places = [(side * avenue.half_width * 0.72, y, 0.1) for side in (-1, 1) for y in np.arange(7, 40, 8.0)]
    matrices = scatter.transforms(shot.scatter, np.array(places), size=(0.85, 1.15), tilt=0.02)
    plants.stand_of_trees(shot, matrices, height=draw.uniform(4.5, 7), leaves=3500, kind="broadleaf")


def _facade(shot: Shot) -> None:
    """One front seen close: windows, balconies, washing, plants, cables."""
    draw = shot.draw
    _sun(shot)
    style = buildings.masonry_style(draw)
    look = buildings.palette(draw, style, lit=0.06, strength=0.5)
    columns, floors = 7, 6
    width = columns * style.bay
    buildings.facade(shot, draw, style, look, columns, floors, to="hero").location = (-width / 2, 0, 0)
    shot.add(geometry.plane(80, 80), materials.concrete(draw, size=2.0), to="set")
    heights = [style.storey * k + style.opening[3] + 0.3 for k in range(1, floors - 1)]
    lines = []
    for height in draw.sample(heights, 2):
        line = structures.wire((-width / 2, -0.7, height), (width / 2, -0.75, height), 0.25, 60)
        nets.washing(shot, line, 1.1)
        lines.append(line)
    lines += [
        structures.wire((-width / 2, -0.1, z), (width / 2, -0.1, z + draw.gauss(0, 0.5)), 0.2, 60)
        for z in (draw.uniform(2, floors * 3) for _ in range(6))
    ]
    structures.wires(shot, lines, 0.01, materials.rubber(draw, (0.02, 0.02, 0.02)), sides=5)
    power_lines.birds(shot, lines[2:], 0.3)
    _boxes_on_wall(shot, style, columns, floors)
    target = (draw.uniform(-width / 4, width / 4), 0, draw.uniform(3, floors * style.storey - 3))
    azimuth, rise = (-2.3, -0.85), (-0.45, 0.15)
    cameras.place(
        shot, target, width=draw.log_uniform(2.5, 10), azimuth=azimuth, elevation=rise, lens=(35, 90), floor=1.0
    )


def _boxes_on_wall(shot: Shot, style: buildings.Style, columns: int, floors: int) -> None:
    """Flower boxes full of leaves under some windows, and air conditioners."""
    draw = shot.draw
    left, bottom, right, _ = style.opening
    earthen, white = materials.ceramic(draw, (0.4, 0.16, 0.08), size=0.5), materials.worn_paint(draw, (0.7, 0.7, 0.67))
    shoots = []
    for offset in boxes.grid_offsets(columns, floors, (style.bay, style.storey)) - (columns * style.bay / 2, 0, 0):
        x, z = offset[0] + (left + right) / 2, offset[2] + bottom
        if draw.chance(0.3):
            trough = geometry.box(right - left, 0.2, 0.18, bevel=0.01)
            shot.add(trough, earthen, location=(x, -0.22, z + 0.05))
            seats = scatter.spaced(shot.scatter, 60, right - left, 0.16) + (x, -0.22, z + 0.13)
            shoots.append(seats)
        elif draw.chance(0.15):
            shot.add(geometry.box(0.8, 0.35, 0.5, bevel=0.03), white, location=(x, -0.2, z - 0.4))
    if shoots:
        places = np.concatenate(shoots)
        leaf = plants.leaf(shot.scatter)
        matrices = scatter.transforms(shot.scatter, places, size=(0.12, 0.3), tilt=0.5)
        matrices[:, :3, :3] = matrices[:, :3, [0, 2, 1]]
        bush = scatter.copies(shot.scatter, leaf.vertices, leaf.faces, matrices, across=leaf.across)
        shot.add(bush, plants.leafage(draw, size=0.3))


def _skyline(shot: Shot) -> None:
    """Towers behind towers in haze, seen from a roof or a high window."""
    draw = shot.draw
    _sun(shot)
    air = mixed(scaled(draw.cool_white(), 0.35), scaled(draw.warm_white(), 0.35), draw.uniform(0, 0.6))
    kinds = []
    for _ in range(5):
        style = buildings.curtain_wall_style(draw) if draw.chance(0.6) else buildings.masonry_style(draw)
        look = buildings.palette(draw, style, lit=0.04, strength=0.4)
        for material in (look.wall, look.trim, look.frame, look.glass, look.iron):
            terrain.add_haze(material, air, draw.uniform(600, 2500))
        kinds.append((style, look))
    shot.add(geometry.plane(3000, 3000), terrain.add_haze(materials.asphalt(draw, size=4.0), air, 900), to="set")
    for k, (x, y, _z) in enumerate(scatter.spaced(draw, 46, 190, 230, distance=17)):
        style, look = draw.choice(kinds)
        floors = int(draw.log_uniform(6, 30))
        part = "hero" if k % 3 == 0 else "set"
        house = buildings.house(shot, draw, style, look, draw.integer(4, 8), floors, 4, to=part)
        house.location = (x, y + 200, 0)
    height = draw.uniform(18, 70)
    target = (draw.uniform(-20, 20), 110, height * draw.uniform(0.5, 0.9))
    azimuth = (-math.pi / 2 - 0.4, -math.pi / 2 + 0.4)
    cameras.place(
        shot, target, width=draw.log_uniform(30, 90), azimuth=azimuth, elevation=(0.02, 0.3), lens=(35, 100), blur=None
    )
