"""Water: the sea under a sun, pools, lakes among hills, puddles in the rain."""

import math

import numpy as np

from uprez.blender.demo import (
    buildings,
    cameras,
    cottages,
    geometry,
    lights,
    plants,
    pools,
    scatter,
    seas,
    shores,
    terrain,
    water,
)
from uprez.blender.demo.colours import Colour, hsv
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import fabric, ground, hard, masonry, natural
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    shot.sampling = 2
    shot.draw.choice((_sea, _sea, _lake, _lake, _pool, _puddles, _puddles))(shot)


def _sunlight(shot: Shot, *, facing: float) -> Colour:
    """A sky with a sun, before the camera with chance `facing`; the colour of haze that suits."""
    draw = shot.draw
    heading = (math.pi / 2 if draw.chance(facing) else -math.pi / 2) + draw.uniform(-0.7, 0.7)
    elevation = draw.choice((draw.uniform(0.07, 0.3), draw.uniform(0.3, 0.9)))
    lights.sky(shot, azimuth=heading, elevation=elevation, clouds=draw.uniform(0.1, 0.8))
    low = max(0.0, 0.35 - elevation)
    return hsv(0.58 - low * 1.4 if low < 0.15 else 0.08, 0.3, draw.uniform(0.55, 0.8))


def _model(shot: Shot, names: str, place: Array, size: float, turn: float) -> bool:
    """One of some artist-made models, where there are any."""
    known = [name for name in names.split() if name in shot.assets.models()]
    if known:
        data = shot.assets.model(shot.draw.choice(known))
        shot.add(data, location=(float(place[0]), float(place[1]), float(place[2])), rotation=(0, 0, turn), scale=size)
    return bool(known)


def _sea(shot: Shot) -> None:
    draw = shot.draw
    air = _sunlight(shot, facing=0.75)
    size, height = 90.0, draw.log_uniform(0.08, 0.7)
    field = water.waves(draw, 512, size, draw.uniform(4, 10))
    surface = water.material(draw, size=draw.uniform(0.8, 2.0), chop=draw.uniform(0.3, 0.8), foam=True)
    terrain.add_haze(surface, air, draw.uniform(250, 900))
    crest = np.clip(field / 4.2 + 0.25, 0, 1.2) if height > 0.25 else field * 0
    for column in (-1, 0, 1):
        for row in (-1, 0, 1, 2):
            step = 1 if column == 0 and row == 0 else 2
            seas.tile(
                shot, field[::step, ::step] * height, crest[::step, ::step], size, (column * size, row * size), surface
            )
    shot.add(geometry.plane(6000, 6000), surface, to="set", location=(0, 0, -2.5 * height - 0.3))
    level = height * 1.8
    _at_sea(shot, height)
    seas.far_coast(shot, air)
    cameras.place(
        shot,
        (draw.uniform(-2, 2), 0, draw.uniform(0.3, 1.2)),
        width=draw.log_uniform(3, 12),
        azimuth=(-1.8, -1.3),
        elevation=(0.05, 0.25),
        lens=(28, 85),
        blur=(0.001, 0.01),
        floor=level + 0.5,
    )


def _at_sea(shot: Shot, height: float) -> None:
    """A wreck, a boat, a buoy or posts in the water."""
    draw = shot.draw
    place = np.array([draw.uniform(-2, 2), draw.uniform(0, 5), -0.2])
    if draw.chance(0.5) and _model(
        shot, "ship_wreck exploding_barrel sci_fi_crate gull tower", place, draw.uniform(2, 6), draw.angle()
    ):
        return
    if draw.chance(0.5):
        profile = [
            (0, -0.6),
            (0.5, -0.5),
            (0.62, 0),
            (0.55, 0.3),
            (0.16, 0.5),
            (0.12, 1.5),
            (0.2, 1.55),
            (0.2, 1.75),
            (0, 1.8),
        ]
        buoy = geometry.lathe(geometry.spline(profile, 70))
        shot.add(
            buoy,
            hard.rusty_metal(draw, draw.vivid(), size=1),
            location=tuple(place + (0, 0, 0.3)),
            rotation=draw.vector(0.15),
        )
        lights.bulb(
            shot, (place[0], place[1], 2.2), radius=0.07, strength=draw.log_uniform(30, 300), colour=draw.vivid()
        )
        return
    wood = natural.bark(draw, size=0.6)
    posts = scatter.spaced(shot.scatter, draw.integer(8, 24), 9, 12, distance=0.7) + (0, 3, 0)
    lines = [np.array([p - (0, 0, 2), p + (*draw.vector(0.15)[:2], draw.uniform(0.3, 1.3) + height)]) for p in posts]
    shot.add(geometry.tubes(lines, [draw.uniform(0.07, 0.16) for _ in lines], sides=14), wood)


def _lake(shot: Shot) -> None:
    """A still lake with reeds, stones and trees, hills behind."""
    draw = shot.draw
    air = _sunlight(shot, facing=0.6)
    size = 240.0
    shape = terrain.hills(draw, size, draw.uniform(12, 30), count=300).heights
    line = np.linspace(-size / 2, size / 2, 300)
    x, y = np.meshgrid(line, line, indexing="ij")
    lake = np.hypot(x / 1.4, np.maximum(y - 2, 0)) / draw.uniform(18, 36)
    land = terrain.Terrain(
        (np.abs(shape) + 0.6) * np.clip(lake - 0.8, 0, 3) ** 1.2 - 0.9 + 0.25 * geometry.fractal(draw, 300, exponent=2),
        size,
    )
    tint = hsv(draw.uniform(0.12, 0.3), 0.5, 0.35)
    shot.add(land.mesh(), terrain.add_haze(terrain.layered(draw, cover=tint, size=3), air, 260), to="set")
    chop = draw.log_uniform(0.02, 0.35)
    shot.add(
        geometry.plane(size, size),
        water.material(draw, hsv(0.45, 0.6, 0.08), size=draw.uniform(0.5, 1.5), chop=chop),
        to="hero",
    )
    places = scatter.spaced(shot.scatter, 420, 150, 90, distance=2.0) + (0, 48, 0)
    places = places[(land.at(places[:, 0], places[:, 1]) > 0.4) & (places[:, 1] > 3)]
    matrices = scatter.transforms(shot.scatter, land.on(places, 0.2), size=(0.6, 1.6), tilt=0.04)
    plants.stand_of_trees(shot, matrices, height=6.0, treated=lambda material: terrain.add_haze(material, air, 260))
    shores.shore(shot)
    _model(
        shot,
        "bridge_01 house_18 tower gull fort_cannon ship_wreck",
        np.array([draw.uniform(-4, 4), draw.uniform(1, 6), -0.1]),
        draw.uniform(2, 4),
        draw.angle(),
    )
    cameras.place(
        shot,
        (draw.uniform(-1, 1), 0, draw.uniform(0.2, 1.0)),
        width=draw.log_uniform(2.5, 9),
        azimuth=(-1.8, -1.3),
        elevation=(0.04, 0.25),
        lens=(28, 70),
        blur=(0.001, 0.012),
        floor=0.5,
    )


def _pool(shot: Shot) -> None:
    """A tiled swimming pool by a house, with a float and loungers' parasols."""
    draw = shot.draw
    _sunlight(shot, facing=0.4)
    half, deep = draw.uniform(3, 5), draw.uniform(1.1, 1.8)
    blue = hsv(draw.uniform(0.48, 0.58), 0.55, 0.85)
    pools.basin(shot, half, deep, blue)
    style = buildings.masonry_style(draw)
    look = buildings.palette(draw, style, lit=0.1, strength=0.4)
    buildings.facade(shot, draw, style, look, 12, 3).location = (-6 * style.bay, 13.0, 0.0)
    ring = geometry.torus(0.5, 0.19)
    for place in scatter.spaced(shot.scatter, draw.integer(1, 4), 2 * half - 2, 6, distance=1.5):
        shot.add(
            ring,
            hard.plastic(draw, draw.vivid(), size=0.5),
            location=(place[0], place[1] + 1, 0.02),
            rotation=(draw.gauss(0, 0.06), draw.gauss(0, 0.06), 0),
        )
    edge_places = np.array([(side * (half + 1.6), y, 0.1) for side in (-1, 1) for y in (0, 3.4)])
    cottages.parasols(shot, shot.scatter, edge_places, 1.4, fabric.weave(draw, draw.vivid(), size=1))
    trees = np.array([(side * (half + draw.uniform(4, 7)), y, 0.1) for side in (-1, 1) for y in (4, 8)], float)
    plants.stand_of_trees(
        shot, scatter.transforms(shot.scatter, trees, size=(0.8, 1.2), tilt=0.03), height=5.0, kind="broadleaf"
    )
    _model(
        shot,
        "gull palm_detailed_long cactus egyptian_cat",
        np.array([draw.choice((-1, 1)) * (half + 0.6), 1.0, 0.12]),
        1.0,
        draw.angle(),
    )
    cameras.place(
        shot,
        (draw.uniform(-1, 1), 0, 0),
        width=draw.log_uniform(2.5, 8),
        azimuth=(-2.0, -1.1),
        elevation=(0.15, 0.7),
        lens=(28, 65),
        blur=(0.001, 0.012),
        floor=0.8,
    )


def _puddles(shot: Shot) -> None:
    """A wet yard or street with puddles, lamps and signs mirrored in them."""
    draw = shot.draw
    night = draw.chance(0.5)
    if night:
        shot.key = 0.05
        lights.gradient(shot, hsv(0.62, 0.5, 0.12), hsv(0.6, 0.6, 0.05))
    elif draw.chance(0.5):
        lights.environment(shot, draw.choice(("outdoor", "sunset")), strength=1.0)
    else:
        _sunlight(shot, facing=0.9)
    floor = draw.choice((ground.asphalt, masonry.cobble, ground.concrete, masonry.brick))(draw, size=1.6)
    water.add_puddles(
        floor, draw, size=draw.uniform(0.8, 2.0), cover=draw.uniform(0.35, 0.9), rain=draw.choice((0.0, 0.5, 0.9))
    )
    shot.add(geometry.plane(60, 60), floor, to="hero")
    style = buildings.masonry_style(draw)
    look = buildings.palette(draw, style, lit=0.6 if night else 0.15, strength=draw.uniform(1.5, 4) if night else 0.5)
    columns = draw.integer(8, 10)
    buildings.facade(shot, draw, style, look, columns, 4).location = (-columns * style.bay / 2, 7.0, 0.0)
    _wet_things(shot)
    _lamps(shot, night)
    cameras.place(
        shot,
        (draw.uniform(-0.8, 0.8), 0, draw.uniform(0.0, 0.5)),
        width=draw.log_uniform(1.4, 5),
        azimuth=(-1.95, -1.2),
        elevation=(0.06, 0.4),
        lens=(28, 70),
        blur=(0.002, 0.025),
        floor=0.15,
    )


def _wet_things(shot: Shot) -> None:
    """A model or two, fallen leaves."""
    draw = shot.draw
    place = np.array([draw.uniform(-1, 1), draw.uniform(0.2, 1.5), 0.0])
    if not _model(
        shot,
        "steampunk_robot gull egyptian_cat citroen_old_van exploding_barrel mug watermelon fort_cannon desk_fan plant",
        place,
        draw.uniform(0.7, 1.3),
        draw.gauss(0, 0.6),
    ):
        shot.add(geometry.torus(0.4, 0.13), hard.rubber(draw, size=0.5), location=(place[0], place[1], 0.13))
    fallen = scatter.spaced(shot.scatter, draw.integer(60, 500), 7, 7) + (0, 1, 0.012)
    along = shot.scatter.array.normal(0, 1, fallen.shape) * (1, 1, 0.1)
    up = np.array([0, 0, 1.0]) + shot.scatter.array.normal(0, 0.12, fallen.shape)
    matrices = plants.frames(fallen, along, draw.uniform(0.05, 0.13), up=up)
    shot.add(
        plants.leaf(draw).copied(shot.scatter, matrices),
        plants.leafage(draw, hsv(draw.uniform(0.03, 0.15), 0.8, 0.6), size=0.2),
    )


def _lamps(shot: Shot, night: bool) -> None:
    """Lamp posts along the front; by night they and a sign light the scene."""
    draw = shot.draw
    iron = hard.worn_paint(draw, (0.03, 0.03, 0.03), size=0.5)
    for x in np.arange(-7.5, 8, 5.0) + draw.uniform(-1, 1):
        post = geometry.lathe(
            geometry.spline([(0.14, 0), (0.12, 0.3), (0.06, 0.5), (0.05, 3.2), (0.09, 3.3), (0, 3.35)], 60), segments=24
        )
        shot.add(post, iron, to="set", location=(x, 5.2, 0))
        strength = draw.log_uniform(60, 400) if night else 5.0
        lights.bulb(shot, (x, 5.2, 3.5), radius=0.13, strength=strength, colour=draw.warm_white())
        if night:
            lights.point(shot, (x, 5.0, 3.5), power=draw.uniform(150, 500), colour=draw.warm_white(), radius=0.12)
    if night:
        lights.area(
            shot,
            (draw.uniform(-4, 4), 6.5, 2.4),
            (0, 0, 0),
            power=draw.uniform(150, 500),
            colour=draw.vivid(),
            size=(2.0, 0.4),
            group="practical",
        )
        lights.area(
            shot,
            (draw.choice((-6, 6)), -5, 5),
            (0, 0, 0),
            power=draw.uniform(80, 300),
            colour=draw.cool_white(),
            size=2.0,
            group="fill",
        )
