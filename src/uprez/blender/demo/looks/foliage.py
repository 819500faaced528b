"""Leaves and grass: meadows, branches against the light, forest floors, ferns, ivy on walls, flower beds."""

import math

import numpy as np

from uprez.blender.demo import cameras, geometry, lights, plants, scatter, terrain, undergrowth
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.materials import ground, hard, masonry, natural
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    styles = (_meadow, _meadow, _branch, _branch, _forest_floor, _undergrowth, _ivy, _flower_bed)
    shot.draw.choice(styles)(shot)


def _light(shot: Shot, *, behind: float = 0.6) -> None:
    """A sky or an environment with a sun, which stands behind the scene with chance `behind`."""
    draw = shot.draw
    heading = math.pi / 2 if draw.chance(behind) else -math.pi / 2
    azimuth, elevation = (
        heading + draw.uniform(-1.2, 1.2),
        draw.choice((draw.uniform(0.12, 0.35), draw.uniform(0.35, 1.1))),
    )
    if draw.chance(0.5):
        lights.sky(shot, azimuth=azimuth, elevation=elevation)
        return
    lights.environment(shot, draw.choice(("outdoor", "outdoor", "sunset")), strength=draw.uniform(0.5, 1.2))
    lights.sun(
        shot, azimuth=azimuth, elevation=elevation, strength=draw.log_uniform(1.5, 9), angle=draw.uniform(0.01, 0.04)
    )


def _dapple(shot: Shot) -> None:
    """A canopy out of sight, whose gaps let spots of sun through."""
    draw = shot.draw
    places = draw.array.uniform((-9, -9, 6), (9, 9, 9), (draw.integer(900, 2600), 3))
    matrices = scatter.transforms(draw, places, size=(0.4, 1.1), tilt=0.7)
    canopy = plants.leaf(draw, fine=False).copied(draw, matrices)
    shot.add(canopy, plants.leafage(draw), to="set").visible_camera = False


def _backdrop_trees(shot: Shot, land: terrain.Terrain, nearest: float, count: int) -> None:
    """A loose row of trees some way off."""
    places = scatter.spaced(shot.scatter, count, 40, 14, distance=2.0) + (0, nearest + 7, 0)
    matrices = scatter.transforms(shot.scatter, land.on(places, 0.1), size=(0.8, 1.8), tilt=0.03)
    plants.stand_of_trees(shot, matrices, height=4.0, colour=plants.leaf_colour(shot.draw))


def _model(shot: Shot, kind: str, size: float, place: tuple[float, float, float]) -> bool:
    """An artist-made model somewhere in the scene, where there are any."""
    names = shot.assets.models(kind)
    if not names:
        return False
    name = shot.draw.choice(names)
    shot.add(shot.assets.model(name), location=place, rotation=(0, 0, shot.draw.uniform(-0.8, 0.8)), scale=size)
    return True


def _meadow(shot: Shot) -> None:
    draw = shot.draw
    _light(shot, behind=0.7)
    land = terrain.hills(draw, 60, draw.uniform(0.6, 2.5)).levelled(0, 0, 2.5)
    shot.add(land.mesh(), ground.soil(draw, hsv(0.2, 0.5, 0.3), size=2), to="set")
    height, level = draw.uniform(0.2, 0.6), float(land.at(0, 0))
    undergrowth.sward(shot, land, height, draw.integer(16000, 24000), (5, 6), 1.4)
    undergrowth.sward(shot, land, height * 1.3, 16000, (20, 11), 9.5)
    for _ in range(draw.integer(1, 3)):
        places = scatter.spaced(shot.scatter, draw.integer(30, 140), 5, 6) + (0, 1.2, 0)
        rise = height * shot.scatter.array.uniform(0.6, 1.25, (len(places), 1)) * (0, 0, 1)
        undergrowth.flowers(shot, land.on(places) + rise, draw.uniform(0.035, 0.1), height * 0.9)
    _backdrop_trees(shot, land, draw.uniform(9, 16), draw.integer(6, 22))
    close = draw.chance(0.5)
    if not close and draw.chance(0.75):
        _model(shot, "prop", draw.uniform(0.8, 1.3), (draw.uniform(-0.5, 0.5), 0.4, level))
    target = (draw.uniform(-0.4, 0.4), 0, level + height * draw.uniform(0.7, 1.1))
    cameras.place(
        shot,
        target,
        width=draw.log_uniform(0.5, 1.1) if close else draw.uniform(1.6, 3.2),
        elevation=(0.05, 0.35),
        lens=(40, 100),
        blur=(0.006, 0.04) if close else (0.004, 0.02),
        floor=level + height * 0.5,
    )


def _branch(shot: Shot) -> None:
    draw = shot.draw
    _light(shot, behind=0.8)
    start, heading = (
        (draw.uniform(-1.8, -1.3), 0.1, draw.uniform(-0.8, 0.4)),
        (1, draw.gauss(0, 0.1), draw.uniform(-0.1, 0.5)),
    )
    grown = plants.branches(
        draw, start, heading, 2.6, levels=2, radius=0.035, forks=(5, 9), lift=draw.uniform(-0.06, 0.06)
    )
    shot.add(grown.wood(sides=10), natural.bark(draw, size=0.4))
    blade, colour = plants.leaf(draw), plants.leaf_colour(draw)
    leaves = grown.leaf_frames(
        shot.scatter, draw.integer(260, 700), draw.uniform(0.13, 0.3), droop=draw.uniform(0.1, 0.7)
    )
    shot.add(blade.copied(shot.scatter, leaves), plants.leafage(draw, colour, size=0.5))
    if draw.chance(0.4):
        berry = geometry.sphere(1, segments=20)
        at = leaves[: draw.integer(30, 90), :3, 3] - (0, 0, 0.05)
        fruit = scatter.transforms(shot.scatter, at, size=(0.02, 0.05), tilt=0.4)
        scatter.instances(
            shot, shot.scatter, [berry], fruit, to="hero", material=hard.paint(draw, draw.vivid(), size=0.1)
        )
    elif draw.chance(0.4):
        undergrowth.flowers(
            shot, leaves[: draw.integer(20, 60), :3, 3] + (0, -0.06, 0.03), draw.uniform(0.06, 0.12), 0.08
        )
    for depth in (4.0, 8.0):
        far = draw.array.uniform((-1.4, -0.3, -0.9), (1.4, 0.3, 0.9), (draw.integer(300, 1600), 3)) * depth + (
            0,
            depth + 1,
            0,
        )
        matrices = scatter.transforms(draw, far, size=(0.25, 0.7), tilt=1.0)
        shot.add(
            plants.leaf(draw, fine=False).copied(draw, matrices),
            plants.leafage(draw, plants.leaf_colour(draw)),
            to="set",
        )
    cameras.place(
        shot,
        (draw.uniform(-0.2, 0.4), 0, 0.1),
        width=draw.log_uniform(0.7, 2.4),
        elevation=(-0.3, 0.4),
        lens=(50, 120),
        blur=(0.005, 0.03),
        floor=-50,
    )


def _forest_floor(shot: Shot) -> None:
    draw = shot.draw
    _light(shot)
    _dapple(shot)
    land = terrain.Terrain(geometry.fractal(draw, 240, exponent=2.4) * draw.uniform(0.2, 0.5), 14)
    shot.add(land.mesh(), ground.soil(draw, size=1.0), to="set")
    for _ in range(draw.integer(3, 5)):
        places = land.on(scatter.spaced(shot.scatter, draw.integer(400, 1100), 9, 9), -0.03)
        up = land.normals(places[:, 0], places[:, 1]) + shot.scatter.array.normal(0, 0.35, places.shape)
        matrices = plants.frames(places, shot.scatter.array.normal(0, 1, places.shape), draw.uniform(0.12, 0.4), up=up)
        shot.add(
            plants.leaf(draw).copied(shot.scatter, matrices), plants.leafage(draw, plants.leaf_colour(draw), size=0.4)
        )
    twigs = [
        plants.branches(draw, (*draw.vector(2.5)[:2], 0.1), (*draw.vector(1)[:2], 0.0), 0.9, levels=1, lift=0)
        for _ in range(9)
    ]
    lines = [land.on(line, -0.04) for twig in twigs for line in twig.lines]
    shot.add(
        geometry.tubes(lines, [r * 0.4 for twig in twigs for r in twig.radii]), natural.bark(draw, size=0.3), to="set"
    )
    undergrowth.moss(shot, land)
    undergrowth.mushrooms(shot, land)
    if draw.chance(0.6):
        _model(shot, "prop", draw.uniform(0.5, 0.9), (draw.uniform(-0.8, 0.8), 0.9, float(land.at(0, 0.9)) + 0.02))
    cameras.place(
        shot,
        (0, 0, float(land.at(0, 0)) + 0.15),
        width=draw.log_uniform(0.7, 2.6),
        elevation=(0.15, 0.9),
        lens=(40, 90),
        blur=(0.006, 0.06),
        floor=0.6,
    )


def _undergrowth(shot: Shot) -> None:
    draw = shot.draw
    _light(shot, behind=0.7)
    _dapple(shot)
    land = terrain.hills(draw, 50, draw.uniform(0.8, 2.0)).levelled(0, 0, 2.0)
    air = hsv(draw.uniform(0.15, 0.55), 0.25, draw.uniform(0.4, 0.7))
    shot.add(land.mesh(), terrain.add_haze(ground.soil(draw, hsv(0.17, 0.5, 0.3), size=2), air, 70), to="set")
    trunks = scatter.spaced(shot.scatter, 60, 36, 28, distance=1.8) + (0, 13, 0)
    trunks = trunks[(np.abs(trunks[:, 0]) > 0.9) | (trunks[:, 1] > 4)]
    lines = [base + np.linspace((0, 0, -0.3), (*draw.vector(0.6)[:2], 14), 14) for base in land.on(trunks)]
    widths = [draw.uniform(0.12, 0.4) * np.linspace(1.15, 0.5, 14) for _ in lines]
    shot.add(geometry.tubes(lines, widths, sides=18), terrain.add_haze(natural.bark(draw, size=0.8), air, 70), to="set")
    undergrowth.ferns(shot, land, air)
    undergrowth.sward(shot, land, draw.uniform(0.15, 0.4), 12000, (14, 14), 5.0)
    if draw.chance(0.6):
        _model(shot, "prop", draw.uniform(0.5, 0.9), (draw.uniform(-0.6, 0.6), 0.5, float(land.at(0, 0.5))))
    level = float(land.at(0, 0))
    cameras.place(
        shot,
        (0, 0, level + 0.5),
        width=draw.uniform(1.4, 3.6),
        elevation=(0.02, 0.3),
        lens=(28, 70),
        blur=(0.004, 0.03),
        floor=level + 0.5,
    )


def _ivy(shot: Shot) -> None:
    draw = shot.draw
    _light(shot, behind=0.0)
    names = [name for name in shot.assets.textures() if name.startswith(("brick", "rock"))]
    if names and draw.chance(0.5):
        wall = shot.assets.surface(draw.choice(names), draw, size=2.0)
    else:
        wall = draw.choice((masonry.brick, ground.plaster, ground.stone))(draw, size=1.5, coordinates="UV")
    relief = geometry.fractal(draw, 160, exponent=2.3) * 0.05
    shot.add(geometry.height_field(relief, 9, 9), wall, to="set", rotation=(math.pi / 2, 0, 0))
    lines, radii, places = [], [], []
    for _ in range(draw.integer(6, 12)):
        heading = (draw.gauss(0, 0.5), 0, 1)
        grown = plants.branches(draw, (draw.uniform(-3, 3), 0, -2.5), heading, 3.2, levels=2, radius=0.03, forks=(5, 8))
        lines += [line * (1, 0.03, 1) - (0, 0.05, 0) for line in grown.lines]
        radii += grown.radii
        places += [place * (1, 0.03, 1) - (0, 0.1, 0) for place in grown.places]
    shot.add(geometry.tubes(lines, radii), natural.bark(draw, size=0.3))
    stock = np.concatenate(places)
    chosen = stock[shot.scatter.array.integers(0, len(stock), draw.integer(1200, 3500))]
    chosen = chosen + shot.scatter.array.normal(0, 0.06, chosen.shape) * (1, 0.5, 1)
    along = shot.scatter.array.normal(0, 0.6, chosen.shape) - (0, 0.4, 0.8)
    up = np.array([0, -1.0, 0.4]) + shot.scatter.array.normal(0, 0.3, chosen.shape)
    matrices = plants.frames(
        chosen, along, draw.uniform(0.1, 0.24) * shot.scatter.array.uniform(0.5, 1.2, len(chosen)), up=up
    )
    shot.add(plants.leaf(draw).copied(shot.scatter, matrices), plants.leafage(draw, plants.leaf_colour(draw), size=0.4))
    cameras.place(
        shot,
        (draw.uniform(-0.8, 0.8), 0, draw.uniform(-0.8, 0.6)),
        width=draw.log_uniform(0.9, 3.2),
        azimuth=(-2.3, -0.8),
        elevation=(-0.1, 0.4),
        lens=(35, 85),
        blur=(0.003, 0.03),
        floor=-50,
    )


def _flower_bed(shot: Shot) -> None:
    draw = shot.draw
    _light(shot, behind=0.5)
    land = terrain.hills(draw, 40, 0.5)
    shot.add(land.mesh(), ground.soil(draw, size=1.0), to="set")
    undergrowth.sward(shot, land, 0.3, 9000, (7, 8), 2.0)
    _backdrop_trees(shot, land, draw.uniform(7, 12), 12)
    for _ in range(draw.integer(2, 4)):
        places = scatter.spaced(shot.scatter, draw.integer(60, 170), 4.5, 5, distance=0.12) + (0, 1.4, 0)
        rise = shot.scatter.array.uniform(0.3, 0.6, (len(places), 1)) * (0, 0, 1)
        undergrowth.flowers(shot, land.on(places) + rise, draw.uniform(0.08, 0.2), 0.55)
        stalks = land.on(np.repeat(places, 5, 0)) + shot.scatter.array.uniform(0.05, 0.35, (len(places) * 5, 1)) * (
            0,
            0,
            1,
        )
        along = shot.scatter.array.normal(0, 1, stalks.shape) * (1, 1, 0.3)
        matrices = plants.frames(stalks, along, draw.uniform(0.12, 0.25), up=np.array([0, 0, 1.0]))
        shot.add(plants.leaf(draw).copied(shot.scatter, matrices), plants.leafage(draw, size=0.4))
    if draw.chance(0.5):
        _model(shot, "prop", 0.7, (draw.uniform(-0.6, 0.6), 1.0, float(land.at(0, 1.0))))
    cameras.place(
        shot,
        (0, 0.3, float(land.at(0, 0)) + 0.45),
        width=draw.log_uniform(0.6, 2.2),
        elevation=(0.1, 0.6),
        lens=(40, 100),
        blur=(0.008, 0.06),
        floor=0.7,
    )
