"""Clouds and smoke: cumulus in the sun, seas of cloud round peaks, fires, coloured powder, steam, fog on the ground."""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from uprez.blender.demo import cameras, geometry, lights, plants, scatter, structures, terrain, vapour
from uprez.blender.demo.colours import hsv, mixed, scaled
from uprez.blender.demo.materials import emission, fabric, ground, hard, masonry, natural
from uprez.blender.demo.shot import Shot

ELEMENT = "volumes"


def build(shot: Shot) -> None:
    shot.draw.choice((_cumulus, _cumulus, _sea_of_cloud, _sea_of_cloud, _fire, _powder, _steam, _ground_fog))(shot)


def _sunlight(shot: Shot, *, clouds: float = 0.0) -> None:
    draw = shot.draw
    azimuth = draw.choice((-1, 1)) * math.pi / 2 + draw.uniform(-1.1, 1.1)
    elevation = draw.choice((draw.uniform(0.07, 0.3), draw.uniform(0.3, 1.0)))
    lights.sky(shot, azimuth=azimuth, elevation=elevation, clouds=clouds, strength=draw.uniform(0.8, 1.3))


def _model(shot: Shot, names: str, location: tuple[float, float, float], size: float, turn: float) -> Any:
    """One of some artist-made models, or a stand-in of plain shape."""
    draw = shot.draw
    known = [name for name in names.split() if name in shot.assets.models()]
    if known:
        return shot.add(shot.assets.model(draw.choice(known)), location=location, rotation=(0, 0, turn), scale=size)
    shape = geometry.lathe(geometry.spline([(0, 0), (0.3, 0), (0.36, 0.3), (0.2, 0.6), (0.28, 0.8), (0, 0.82)], 50))
    return shot.add(shape, hard.ceramic(draw, size=0.6), location=location, rotation=(0, 0, turn), scale=size)


def _cumulus(shot: Shot) -> None:
    """Clouds in the sky, with balloons or gulls before them."""
    draw = shot.draw
    _sunlight(shot)
    for place in scatter.spaced(shot.scatter, draw.integer(2, 3), 9, 6, distance=3.2):
        half = (draw.uniform(2.0, 3.4), draw.uniform(1.5, 2.2), draw.uniform(1.2, 2.0))
        material = vapour.cloud(
            draw, density=draw.uniform(4, 10), proportions=(1, 0.7, 0.7), scale=draw.uniform(1.1, 1.8), inner=0.2
        )
        vapour.box(shot, material, (place[0], place[1] + 3.0, draw.uniform(-0.8, 0.9)), half)
    if draw.chance(0.65):
        for place in scatter.spaced(shot.scatter, draw.integer(1, 5), 5, 2, distance=0.9):
            _balloon(shot, (place[0], place[1] - 1.5, draw.uniform(-0.8, 1.0)), draw.uniform(0.2, 0.42))
    cameras.place(
        shot,
        (draw.uniform(-0.6, 0.6), 1, 0.1),
        width=draw.uniform(4, 8),
        azimuth=(-1.9, -1.2),
        elevation=(-0.35, 0.3),
        lens=(28, 60),
        blur=None,
        floor=-99,
    )


def _balloon(shot: Shot, place: tuple[float, float, float], size: float) -> None:
    """A hot-air balloon with gores, ropes and a basket."""
    draw = shot.draw
    profile = geometry.spline([(0.22, -1.25), (0.5, -0.85), (0.95, -0.1), (0.98, 0.35), (0.6, 0.85), (0, 1.0)], 50)
    turn, radius = np.linspace(0, 2 * np.pi, 193)[:, None], profile[:, 0][None]
    puffed = np.maximum(radius, 0) * (1 + 0.035 * np.abs(np.sin(turn * 8)))
    points = np.stack(np.broadcast_arrays(np.cos(turn) * puffed, np.sin(turn) * puffed, profile[:, 1][None]), -1)
    gores = (np.floor(np.broadcast_to(turn, puffed.shape) / (2 * np.pi) * 16) % 2).ravel()
    envelope = geometry.mesh(points.reshape(-1, 3), geometry.grid_faces(193, 50), random=gores)
    cloth = plants.leafage(draw, draw.vivid())
    rotation = (draw.gauss(0, 0.05), draw.gauss(0, 0.05), draw.angle())
    shot.add(envelope, cloth, location=place, rotation=rotation, scale=size)
    ropes = [
        np.array([(0.2 * math.cos(a), 0.2 * math.sin(a), -1.25), (0.1 * math.cos(a), 0.1 * math.sin(a), -1.6)])
        for a in np.arange(8) * 0.785
    ]
    shot.add(geometry.tubes(ropes, 0.006, sides=5), hard.rubber(draw), location=place, rotation=rotation, scale=size)
    basket = geometry.box(0.22, 0.22, 0.2, bevel=0.03)
    low = (place[0], place[1], place[2] - 1.68 * size)
    shot.add(basket, fabric.weave(draw, (0.3, 0.17, 0.07), size=0.3), location=low, rotation=rotation, scale=size)


def _sea_of_cloud(shot: Shot) -> None:
    """Peaks that stand out of a layer of cloud."""
    draw = shot.draw
    _sunlight(shot, clouds=draw.choice((0.0, 0.3)))
    land = terrain.mountains(draw, 60, draw.uniform(5, 8))
    material = terrain.add_haze(terrain.layered(draw, size=2.5), hsv(0.57, 0.3, 0.7), 120)
    level = float(np.quantile(land.heights, draw.uniform(0.5, 0.72)))
    shot.add(land.mesh(), material, to="set", location=(0, 26, -level))
    bank = vapour.bank(
        draw,
        (0.97, 0.975, 0.99),
        density=draw.uniform(2, 5),
        proportions=(8, 8, 1),
        scale=draw.uniform(0.7, 1.3),
        inner=0.2,
    )
    vapour.box(shot, bank, (0, 26, -1.4), (32, 32, 2.2))
    _model(
        shot,
        "tower wind_turbine gull library_large ship_wreck",
        (draw.uniform(-1, 1), 1.0, -0.3),
        draw.uniform(1.2, 2.2),
        draw.gauss(0, 0.6),
    )
    rock = geometry.ico_sphere(1.0, subdivisions=5)
    shot.add(rock, terrain.layered(draw, size=0.8), location=(0, 1.2, -1.35), scale=(1.9, 1.4, 1.2))
    cameras.place(
        shot,
        (draw.uniform(-1, 1), 3, 0.4),
        width=draw.uniform(6, 12),
        azimuth=(-1.8, -1.3),
        elevation=(0.08, 0.3),
        lens=(28, 55),
        blur=None,
        floor=1.2,
    )


def _yard(shot: Shot) -> None:
    """A floor and a wall at some distance."""
    draw = shot.draw
    names = shot.assets.textures()
    floor = (
        shot.assets.surface(draw.choice(names), draw, size=2.5)
        if names and draw.chance(0.5)
        else ground.asphalt(draw, size=2)
    )
    shot.add(geometry.plane(40, 40), floor, to="set")
    wall = draw.choice((masonry.brick, ground.concrete, natural.wood))(draw, size=2.0, coordinates="UV")
    shot.add(geometry.plane(40, 14), wall, to="set", location=(0, 6, 6.9), rotation=(math.pi / 2, 0, 0))


def _fire(shot: Shot) -> None:
    """Something burns: flames and smoke over logs or a wreck, with sparks."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.08)
    lights.flat(shot, hsv(draw.uniform(0.55, 0.7), 0.6, 0.25), draw.log_uniform(0.03, 0.4))
    _yard(shot)
    vapour.box(
        shot,
        vapour.smoke(draw, (0.12, 0.11, 0.1), density=draw.uniform(3, 9), fire=draw.log_uniform(30, 160)),
        (0, 0, 1.85),
        (1.1, 1.1, 1.8),
    )
    names = "exploding_barrel sci_fi_crate citroen_old_van taxi tajine house_18 fort_cannon"
    _model(shot, names, (draw.choice((-1.2, 1.2)), draw.uniform(0.2, 1.2), 0), draw.uniform(0.9, 1.5), draw.angle())
    logs = [
        np.array([(math.cos(a) * 0.7, math.sin(a) * 0.7, 0.08), (math.cos(a) * 0.05, math.sin(a) * 0.05, 0.4)])
        for a in np.arange(7) * 0.9
    ]
    shot.add(geometry.tubes(logs, 0.09, sides=14), natural.bark(draw, size=0.5))
    lights.point(shot, (0, 0, 0.8), power=draw.uniform(150, 500), colour=(1.0, 0.42, 0.1), radius=0.4)
    lights.area(
        shot,
        (draw.choice((-4, 4)), 3, 4),
        (0, 0, 1),
        power=draw.uniform(50, 300),
        colour=draw.cool_white(),
        size=1.5,
        group="rim",
    )
    sparks = draw.array.normal(0, 1, (160, 3)) * (0.55, 0.55, 0.9) + (0, 0, 1.7)
    spark = geometry.ico_sphere(0.007, subdivisions=1)
    from_fire = scatter.transforms(draw, sparks[sparks[:, 2] > 0.1], size=(0.4, 1.6))
    scatter.instances(
        shot,
        draw,
        [spark],
        from_fire,
        to="hero",
        material=emission((1.0, 0.35, 0.08), draw.log_uniform(60, 300)),
    )
    cameras.place(
        shot,
        (0, 0, draw.uniform(0.8, 1.4)),
        width=draw.uniform(2.6, 5),
        elevation=(0.02, 0.25),
        lens=(30, 70),
        blur=(0.003, 0.015),
    )


def _powder(shot: Shot) -> None:
    """Puffs of coloured powder or ink in a studio."""
    draw = shot.draw
    lights.flat(shot, scaled(draw.colour(), 0.05))
    lights.three_point(shot, (0, 0, 0.6), 5.0, power=draw.uniform(500, 1200))
    shot.add(
        geometry.cove(14, 5, 14, radius=3),
        fabric.velvet(draw, mixed(draw.colour(), (0.02, 0.02, 0.02), 0.6), size=2),
        to="set",
    )
    count = draw.integer(2, 3)
    for index in range(count):
        offset = ((index - (count - 1) / 2) * 1.1, draw.uniform(-0.2, 0.6), draw.uniform(0.8, 1.2))
        colour = mixed(draw.vivid(), (1, 1, 1), 0.15)
        made = vapour.cloud(draw, density=draw.uniform(10, 26), scale=draw.uniform(1.2, 2.2), flat_base=False)
        node = next(node for node in made.node_tree.nodes if node.bl_idname == "ShaderNodeVolumeScatter")
        node.inputs["Color"].default_value = (*colour, 1.0)
        vapour.box(shot, made, offset, (draw.uniform(0.8, 1.1), 0.8, draw.uniform(0.7, 1.0)))
    _model(
        shot,
        "steampunk_robot egyptian_cat gull rune_sword headphones",
        (draw.uniform(-0.8, 0.8), -0.7, 0),
        draw.uniform(0.7, 1.1),
        draw.gauss(0, 0.5),
    )
    cameras.place(
        shot, (0, 0, 0.8), width=draw.uniform(2.2, 3.8), elevation=(0.03, 0.3), lens=(45, 90), blur=(0.004, 0.02)
    )


def _steam(shot: Shot) -> None:
    """Steam or incense smoke over a cup or pot, against the light."""
    draw = shot.draw
    shot.key = draw.uniform(0.04, 0.1)
    lights.environment(shot, "indoor", strength=draw.log_uniform(0.05, 0.4))
    lights.three_point(shot, (0, 0, 0.6), 4.0, power=draw.uniform(300, 800))
    lights.area(
        shot,
        (draw.choice((-2.5, 2.5)), 3.0, 2.0),
        (0, 0, 1.0),
        power=draw.uniform(200, 500),
        colour=draw.warm_white(),
        size=0.8,
        group="rim",
    )
    shot.add(geometry.plane(14, 14), natural.wood(draw, size=1.2, planks=draw.chance(0.5)), to="set")
    shot.add(
        geometry.plane(20, 10),
        ground.plaster(draw, scaled(draw.colour(), 0.3), size=2),
        to="set",
        location=(0, 4, 4),
        rotation=(math.pi / 2, 0, 0),
    )
    _model(shot, "mug tajine spilling_coffee", (0, 0, 0), 0.9, draw.gauss(0, 0.6))
    for place in scatter.spaced(shot.scatter, 4, 3.4, 1.8, distance=0.9) + (0, 0.6, 0):
        if np.hypot(*place[:2]) > 0.8:
            _model(
                shot,
                "cake_birthday watermelon burger_cheese_double plant cactus mug glass_wine",
                tuple(place),
                0.6,
                draw.angle(),
            )
    colour = (0.92, 0.93, 0.95)
    steam = vapour.smoke(draw, colour, density=draw.uniform(2.0, 5), scale=draw.uniform(1.2, 2.0), anisotropy=0.5)
    vapour.box(shot, steam, (0, 0, 1.35), (0.6, 0.6, 0.85))
    cameras.place(
        shot, (0, 0, 0.85), width=draw.uniform(1.8, 3.2), elevation=(0.03, 0.3), lens=(50, 90), blur=(0.008, 0.04)
    )


def _ground_fog(shot: Shot) -> None:
    """Fog that lies between trees, stones and poles."""
    draw = shot.draw
    _sunlight(shot, clouds=0.4)
    land = terrain.hills(draw, 80, 3.0).levelled(0, 0, 4)
    level = float(land.at(0, 0))
    shot.add(land.mesh(), ground.soil(draw, hsv(0.2, 0.5, 0.3), size=2), to="set")
    trees = scatter.spaced(shot.scatter, 46, 44, 32, distance=2.5) + (0, 19, 0)
    plants.stand_of_trees(
        shot, scatter.transforms(shot.scatter, land.on(trees, 0.2), size=(0.7, 1.5), tilt=0.04), height=6.0
    )
    tufts = scatter.spaced(shot.scatter, 16000, 12, 12) + (0, 3, 0)
    matrices = scatter.transforms(shot.scatter, land.on(tufts), size=(0.15, 0.5), tilt=0.3)
    shot.add(plants.grass_blade(draw).copied(shot.scatter, matrices), plants.leafage(draw, hsv(0.18, 0.5, 0.5)))
    posts = land.on(np.array([(-9.0, 9, 0), (-3, 7, 0), (3.2, 6, 0), (9, 7, 0)]))
    lines = [structures.wire(a + (0, 0, h), b + (0, 0, h), 0.12) for a, b in pairwise(posts) for h in (0.6, 1.0, 1.4)]
    shot.add(geometry.tubes(lines, 0.008), hard.rusty_metal(draw, size=0.5))
    shot.add(geometry.tubes([np.array([p, p + (0, 0, 1.6)]) for p in posts], 0.07), natural.bark(draw, size=0.4))
    _model(
        shot,
        "low_poly_horse citroen_old_van tower wind_turbine steampunk_robot bridge_01",
        (draw.uniform(-2, 2), 3.0, level),
        2.4,
        draw.gauss(0, 0.8),
    )
    fog = vapour.bank(
        draw,
        (0.95, 0.96, 0.98),
        density=draw.log_uniform(0.15, 0.6),
        proportions=(10, 10, 1),
        scale=0.9,
        top=draw.uniform(0.0, 0.4),
    )
    vapour.box(shot, fog, (0, 16, level + 0.7), (40, 24, 1.7))
    cameras.place(
        shot,
        (draw.uniform(-1, 1), 3, level + 1.1),
        width=draw.uniform(3.5, 8),
        azimuth=(-1.9, -1.2),
        elevation=(0.02, 0.2),
        lens=(30, 70),
        blur=(0.002, 0.01),
        floor=level + 0.8,
    )
