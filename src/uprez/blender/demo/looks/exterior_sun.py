"""Exteriors in the sun: streets of houses, villages among trees, café terraces, beaches with huts, a farm or a fair."""

import math

import numpy as np
from mathutils import Vector

from uprez.blender.demo import (
    boxes,
    buildings,
    cameras,
    cottages,
    fields,
    geometry,
    lights,
    plants,
    scatter,
    streets,
    terrain,
)
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import fabric, ground, hard, masonry
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    styles = (_street, _street, _village, _village, _terrace, _beach, _fairground)
    shot.draw.choice(styles)(shot)


def _sunlight(shot: Shot, *, facing: float = 0.3) -> Vector:
    """A sky with a sun 6 to 60 degrees up, or a seen environment with one; with chance `facing` before the camera."""
    draw = shot.draw
    heading = math.pi / 2 if draw.chance(facing) else -math.pi / 2
    azimuth = heading + draw.choice((-1, 1)) * draw.uniform(0.3, 1.3)
    elevation = draw.choice((draw.uniform(0.1, 0.35), draw.uniform(0.35, 1.05)))
    if draw.chance(0.7) or not shot.assets.hdris("outdoor"):
        return lights.sky(shot, azimuth=azimuth, elevation=elevation, strength=draw.uniform(0.7, 1.2))
    lights.environment(shot, draw.choice(("outdoor", "sunset")), strength=draw.uniform(0.5, 1.0))
    return lights.sun(shot, azimuth=azimuth, elevation=elevation, strength=draw.uniform(3, 8), angle=0.012)


def _model(shot: Shot, kind: str, place: Array, size: float, turn: float) -> None:
    """An artist-made model of a kind, where there are any."""
    names = shot.assets.models(kind)
    if names:
        data = shot.assets.model(shot.draw.choice(names))
        shot.add(data, location=(float(place[0]), float(place[1]), float(place[2])), rotation=(0, 0, turn), scale=size)


def _street(shot: Shot) -> None:
    """A street along y between two rows of houses."""
    draw = shot.draw
    _sunlight(shot, facing=0.6)
    half = draw.uniform(4.5, 7.5)
    road = draw.choice((ground.asphalt, masonry.cobble))(draw, size=2.5)
    shot.add(geometry.plane(2 * half, 140), road, to="set", location=(0, 40, 0))
    pavement = ground.concrete(draw, size=2.0)
    for side in (-1, 1):
        kerb = geometry.box(2.2, 140, 0.16, bevel=0.03)
        shot.add(kerb, pavement, to="set", location=(side * (half - 1.1), 40, 0.06))
        streets.row_of_houses(shot, side, half)
    places = np.array(
        [(side * (half - 1.6), y, 0.12) for y in np.arange(4, 60, draw.uniform(7, 11)) for side in (-1, 1)]
    )
    if draw.chance(0.7):
        matrices = scatter.transforms(shot.scatter, places, size=(0.8, 1.2), tilt=0.03)
        plants.stand_of_trees(shot, matrices, height=draw.uniform(4.5, 7), kind="broadleaf", to="hero")
    streets.street_furniture(shot, half)
    for _ in range(draw.integer(2, 5)):
        side = draw.choice((-1, 1))
        _model(
            shot,
            "vehicle",
            np.array([side * (half - 3.3), draw.uniform(1, 26), 0]),
            draw.uniform(3.8, 4.6),
            draw.gauss(0, 0.05),
        )
    if draw.chance(0.4):
        _model(shot, "figure", np.array([draw.uniform(-1.5, 1.5), draw.uniform(-1, 3), 0]), 1.8, draw.angle())
    cameras.place(
        shot,
        (draw.uniform(-1.5, 1.5), draw.uniform(4, 9), draw.uniform(1.2, 3.0)),
        width=draw.uniform(6, 11),
        azimuth=(-1.75, -1.4),
        elevation=(-0.03, 0.16),
        lens=(26, 60),
        blur=(0.001, 0.006),
        floor=1.0,
    )


def _village(shot: Shot) -> None:
    """Cottages among trees on gentle hills."""
    draw = shot.draw
    _sunlight(shot)
    land = terrain.hills(draw, 260, draw.uniform(5, 16)).levelled(0, 0, 16)
    level = float(land.at(0, 0))
    grassy = terrain.add_haze(
        ground.soil(draw, hsv(draw.uniform(0.16, 0.28), 0.6, 0.42), size=3), hsv(0.58, 0.25, 0.75), 400
    )
    shot.add(land.mesh(), grassy, to="set")
    designs = [cottages.cottage(draw) for _ in range(3)]
    places = scatter.spaced(shot.scatter, 9, 64, 60, distance=14) + (0, 30, 0)
    places = np.concatenate(
        [np.array([(draw.uniform(-3, 3), 8.0, 0.0)]), places[np.hypot(places[:, 0], places[:, 1] - 8) > 14]]
    )
    turns = [draw.gauss(0, 0.6) for _ in places]
    for index, (place, turn) in enumerate(zip(land.on(places, 0.1), turns, strict=True)):
        for data in designs[index % 3]:
            shot.add(data, location=tuple(place), rotation=(0, 0, turn), to="hero" if index == 0 else "set")
    clear = scatter.spaced(shot.scatter, 90, 120, 90, distance=4) + (0, 40, 0)
    far_enough = np.min(np.hypot(clear[:, None, 0] - places[None, :, 0], clear[:, None, 1] - places[None, :, 1]), 1) > 8
    clear = clear[far_enough & (np.abs(clear[:, 0]) + np.maximum(10 - clear[:, 1], 0) > 7)]
    matrices = scatter.transforms(shot.scatter, land.on(clear, 0.2), size=(0.7, 1.4), tilt=0.04)
    plants.stand_of_trees(shot, matrices, height=7.0)
    _garden(shot, land)
    if draw.chance(0.6):
        _model(
            shot,
            draw.choice(("building", "vehicle")),
            land.on(np.array([(draw.choice((-8.0, 8.0)), 3.0, 0.0)]))[0],
            5.0,
            draw.angle(),
        )
    cameras.place(
        shot,
        (draw.uniform(-2, 2), 5, level + draw.uniform(1.8, 3.2)),
        width=draw.uniform(10, 20),
        azimuth=(-1.9, -1.2),
        elevation=(0.0, 0.22),
        lens=(28, 65),
        blur=(0.001, 0.006),
        floor=level + 1.0,
    )


def _garden(shot: Shot, land: terrain.Terrain) -> None:
    """Grass, a picket fence with a gap, and bushes before the nearest house."""
    draw = shot.draw
    places = scatter.spaced(shot.scatter, 26000, 26, 17) + (0, 0, 0)
    matrices = scatter.transforms(shot.scatter, land.on(places), size=(0.06, 0.28), tilt=0.3)
    shot.add(
        plants.grass_blade(draw).copied(shot.scatter, matrices), plants.leafage(draw, hsv(0.24, 0.7, 0.5)), to="set"
    )
    material = hard.worn_paint(draw, draw.choice(((0.75, 0.73, 0.7), (0.15, 0.3, 0.25), (0.35, 0.25, 0.16))), size=0.4)
    for low, high in ((-13.0, -1.2), (1.2, 13.0)):
        line = np.stack([np.linspace(low, high, 30), np.full(30, 2.2), np.zeros(30)], -1)
        shot.add(boxes.mesh(cottages.fence(draw, land.on(line))), material)
    bushes = land.on(scatter.spaced(shot.scatter, 16, 24, 1.2, distance=0.8) + (0, 3.1, 0))
    cloud = np.repeat(bushes, 420, 0) + shot.scatter.array.normal(0, 0.27, (len(bushes) * 420, 3)) + (0, 0, 0.35)
    leaves = scatter.transforms(shot.scatter, cloud, size=(0.07, 0.16), tilt=1.0)
    shot.add(plants.leaf(draw, fine=False).copied(shot.scatter, leaves), plants.leafage(draw))
    petals = scatter.transforms(shot.scatter, cloud[::12] - (0, 0.12, -0.1), size=(0.05, 0.09), tilt=0.7)
    shot.add(plants.flower(draw).copied(shot.scatter, petals), plants.leafage(draw, draw.vivid()))


def _terrace(shot: Shot) -> None:
    """Café tables under parasols before a sunlit front, with the shadows of a tree on it."""
    draw = shot.draw
    _sunlight(shot, facing=0.1)
    style = buildings.masonry_style(draw)
    columns = draw.integer(7, 9)
    look = buildings.palette(draw, style, lit=0.2, strength=0.6)
    buildings.facade(shot, draw, style, look, columns, 4).location = (-columns * style.bay / 2, 5.0, 0.0)
    shot.add(
        geometry.plane(60, 60), draw.choice((masonry.cobble, masonry.tiles, ground.concrete))(draw, size=1.6), to="set"
    )
    places = scatter.spaced(shot.scatter, 9, 9, 4.6, distance=1.9) + (0, 1.6, 0)
    cottages.tables(shot, places)
    canopy = draw.choice((fabric.weave, fabric.plaid))(draw, draw.colour(), size=1.0)
    cottages.parasols(shot, shot.scatter, places[::2] + (0.25, 0.3, 0), draw.uniform(1.0, 1.4), canopy)
    trees = np.array([(draw.uniform(-7, -4), -1.0, 0), (draw.uniform(4, 7), -1.5, 0), (draw.uniform(-3, 3), -9.0, 0)])
    matrices = scatter.transforms(shot.scatter, trees, size=(0.9, 1.2), tilt=0.03)
    plants.stand_of_trees(shot, matrices, height=6.0, kind="broadleaf")
    if draw.chance(0.8):
        _model(shot, "prop", np.array([draw.uniform(-2, 2), -0.4, 0]), 1.3, draw.gauss(0, 0.6))
    cameras.place(
        shot,
        (draw.uniform(-1, 1), 1.0, draw.uniform(0.9, 1.6)),
        width=draw.uniform(3.2, 7),
        azimuth=(-2.0, -1.1),
        elevation=(0.03, 0.3),
        lens=(35, 70),
        blur=(0.002, 0.015),
        floor=0.7,
    )


def _beach(shot: Shot) -> None:
    """A row of painted huts on sand, with parasols and towels."""
    draw = shot.draw
    _sunlight(shot, facing=0.2)
    land = terrain.dunes(draw, 80, 0.5).levelled(0, 5, 9)
    names = [name for name in shot.assets.textures() if name.startswith("coast_sand")]
    sand = shot.assets.surface(names[0], draw, size=3.0) if names and draw.chance(0.4) else ground.sand(draw, size=1.5)
    shot.add(land.mesh(), sand, to="set")
    shot.add(geometry.plane(4000, 4000), sand, to="set", location=(0, 0, float(land.heights.min()) - 0.1))
    for i in range(-6, 7):
        cottages.beach_hut(shot, np.array([i * 3.1, 6.0 + draw.gauss(0, 0.1), float(land.at(i * 3.1, 6.0))]))
    places = land.on(scatter.spaced(shot.scatter, 7, 12, 6, distance=2.4) + (0, 0.5, 0))
    cottages.parasols(shot, shot.scatter, places, 1.3, draw.choice((fabric.plaid, fabric.weave))(draw, size=0.8))
    for place in land.on(places + (1.2, -0.2, 0)):
        towel = geometry.surface(lambda u, v: (u * 0.9, v * 1.9, 0.03 + 0.03 * np.sin(u * 9 + v * 7)), 24, 40)
        shot.add(
            towel,
            fabric.plaid(draw, draw.vivid(), size=0.6),
            location=tuple(place),
            rotation=(0, 0, draw.gauss(0, 0.3)),
        )
    grass = scatter.spaced(shot.scatter, 9000, 40, 9) + (0, -1, 0)
    clumps = geometry.fractal(draw, 64, exponent=2.5)[
        (grass[:, 0] % 20 * 3).astype(int), (grass[:, 1] % 20 * 3).astype(int)
    ]
    tufts = scatter.transforms(shot.scatter, land.on(grass[clumps > 0.25]), size=(0.2, 0.6), tilt=0.3)
    shot.add(plants.grass_blade(draw).copied(shot.scatter, tufts), plants.leafage(draw, hsv(0.16, 0.5, 0.55)))
    if draw.chance(0.7):
        _model(
            shot,
            draw.choice(("prop", "nature", "product")),
            land.on(np.array([(draw.uniform(-2, 2), 1.0, 0)]))[0],
            1.5,
            draw.gauss(0, 0.6),
        )
    level = float(land.at(0, 2))
    cameras.place(
        shot,
        (draw.uniform(-2, 2), 3, level + 1.3),
        width=draw.uniform(6, 13),
        azimuth=(-2.1, -1.0),
        elevation=(0.02, 0.25),
        lens=(30, 70),
        blur=(0.001, 0.008),
        floor=level + 0.8,
    )


def _fairground(shot: Shot) -> None:
    """A field with a ferris wheel, turbines, a farm or the like in it, and strings of pennants before it."""
    draw = shot.draw
    _sunlight(shot, facing=0.6)
    land = terrain.hills(draw, 300, draw.uniform(4, 12)).levelled(0, 10, 24)
    level = float(land.at(0, 10))
    shot.add(
        land.mesh(),
        terrain.add_haze(ground.soil(draw, hsv(0.19, 0.6, 0.4), size=3), hsv(0.58, 0.25, 0.75), 500),
        to="set",
    )
    for x in (-12.0, 0.0, 13.0):
        _model(
            shot,
            "building",
            np.array([x + draw.uniform(-2, 2), draw.uniform(14, 24), level - 0.05]),
            draw.uniform(8, 13),
            draw.gauss(0, 0.5),
        )
    fields.pennants(shot, level)
    fields.meadow_before(shot, land)
    cottages.parasols(
        shot,
        shot.scatter,
        land.on(scatter.spaced(shot.scatter, 5, 16, 5, distance=3) + (0, 7, 0)),
        1.6,
        fabric.plaid(draw, draw.vivid(), size=1),
    )
    _model(
        shot,
        draw.choice(("vehicle", "figure")),
        land.on(np.array([(draw.uniform(-2, 2), 4.0, 0)]))[0],
        2.6,
        draw.gauss(0, 0.8),
    )
    cameras.place(
        shot,
        (draw.uniform(-2, 2), 4, level + draw.uniform(1.4, 3)),
        width=draw.uniform(5, 11),
        azimuth=(-1.9, -1.2),
        elevation=(-0.02, 0.15),
        lens=(28, 60),
        blur=(0.001, 0.008),
        floor=level + 0.8,
    )
