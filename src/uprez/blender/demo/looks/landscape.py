"""Landscapes: mountains, deserts, canyons, boulder fields, snow, lava, with haze in the distance."""

import math
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo import cameras, geometry, lights, plants, scatter, stones, terrain, undergrowth, vapour
from uprez.blender.demo.colours import Colour, hsv
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import emission, ground
from uprez.blender.demo.nodes import Nodes
from uprez.blender.demo.shot import Shot
from uprez.blender.demo.terrain import Terrain


def build(shot: Shot) -> None:
    shot.draw.choice((_mountains, _mountains, _desert, _canyon, _canyon, _boulders, _boulders, _winter, _lava))(shot)


def _sunlight(shot: Shot, *, clouds: float | None = None) -> Colour:
    """A sky with a sun at the side or before the camera; the colour of haze that suits."""
    draw = shot.draw
    heading = math.pi / 2 + draw.choice((-1, 1)) * draw.uniform(0.4, 2.6)
    low = draw.chance(0.5)
    elevation = draw.uniform(0.08, 0.28) if low else draw.uniform(0.3, 0.9)
    lights.sky(shot, azimuth=heading, elevation=elevation, clouds=draw.uniform(0.0, 0.7) if clouds is None else clouds)
    return (
        hsv(draw.uniform(0.04, 0.1), 0.3, 0.7)
        if low and draw.chance(0.6)
        else hsv(0.58, draw.uniform(0.15, 0.4), draw.uniform(0.55, 0.8))
    )


def _model(shot: Shot, names: str, place: Array, size: float) -> None:
    """One of some artist-made models, where there are any."""
    known = [name for name in names.split() if name in shot.assets.models()]
    if known and shot.draw.chance(0.8):
        data = shot.assets.model(shot.draw.choice(known))
        shot.add(
            data,
            location=(float(place[0]), float(place[1]), float(place[2])),
            rotation=(0, 0, shot.draw.gauss(0, 0.7)),
            scale=size,
        )


def _view(shot: Shot, land: Terrain, *, width: tuple[float, float], rise: tuple[float, float] = (0.02, 0.2)) -> None:
    """A camera that looks along y over the ground at the origin, well above it."""
    draw = shot.draw
    lens, azimuth = draw.log_uniform(26, 60), draw.uniform(-1.85, -1.3)
    span = draw.log_uniform(*width)
    distance = span * lens / 36
    x, y = math.cos(azimuth) * distance, math.sin(azimuth) * distance
    floor = max(land.highest_near(x * share, y * share, 1.0) for share in (0.4, 0.6, 0.8, 1.0)) + 0.12 * span
    cameras.place(
        shot,
        (0, 0, float(land.at(0, 0)) + 0.12 * span),
        width=span,
        azimuth=(azimuth, azimuth),
        elevation=rise,
        lens=(lens, lens),
        blur=(0.0008, 0.006),
        floor=floor,
    )


def _mountains(shot: Shot) -> None:
    """Ridges behind ridges, with trees below."""
    draw = shot.draw
    air = _sunlight(shot)
    far, near = (
        terrain.mountains(draw, 900, draw.uniform(70, 130)),
        terrain.hills(draw, 160, draw.uniform(8, 18)).levelled(0, 0, 3),
    )
    white = draw.chance(0.6)
    cover = (0.85, 0.88, 0.93) if white else hsv(draw.uniform(0.15, 0.28), 0.45, 0.35)
    base = float(np.quantile(far.heights, 0.35))
    range_material = terrain.add_haze(terrain.layered(draw, cover=cover, size=22), air, draw.uniform(500, 1500))
    shot.add(far.mesh(), range_material, to="set", location=(0, 380, -base))
    grass = hsv(draw.uniform(0.1, 0.28), 0.5, 0.4)
    shot.add(near.mesh(), terrain.add_haze(terrain.layered(draw, cover=grass, size=3), air, 900), to="set")
    trees = scatter.spaced(shot.scatter, 170, 130, 70, distance=2.5) + (0, 42, 0)
    matrices = scatter.transforms(shot.scatter, near.on(trees, 0.2), size=(0.6, 1.4), tilt=0.04)
    plants.stand_of_trees(
        shot,
        matrices,
        height=6.5,
        kind=draw.choice(("conifer", "conifer", "broadleaf")),
        treated=lambda material: terrain.add_haze(material, air, 700),
    )
    stones.strew(shot, near, ground.stone(draw, size=1.5), 140, (26, 26), (0.08, 1.3))
    undergrowth.tufts(shot, near, 15000, (16, 14), draw.uniform(0.2, 0.5), grass)
    _model(
        shot,
        "tower house_18 bridge_01 wind_turbine gull low_poly_horse steampunk_robot library_large",
        near.on(np.array([(draw.uniform(-2, 2), 4.0, 0)]))[0],
        3.0,
    )
    _view(shot, near, width=(4, 11))


def _desert(shot: Shot) -> None:
    """Dunes with wind ripples, stones, dry grass."""
    draw = shot.draw
    air = _sunlight(shot, clouds=draw.choice((0.0, 0.2)))
    land = terrain.dunes(draw, 300, draw.uniform(6, 14), count=560)
    colour = hsv(draw.uniform(0.05, 0.12), draw.uniform(0.35, 0.65), draw.uniform(0.6, 0.85))
    shot.add(land.mesh(), terrain.add_haze(ground.sand(draw, colour, size=1.4), air, draw.uniform(150, 500)), to="set")
    stones.strew(shot, land, ground.stone(draw, size=1.0), 60, (18, 16), (0.05, 0.8))
    undergrowth.tufts(shot, land, 9000, (22, 18), 0.5, hsv(0.13, 0.45, 0.6))
    _model(
        shot,
        "citroen_old_van space_exploration cactus steampunk_robot ship_wreck low_poly_horse exploding_barrel",
        land.on(np.array([(draw.uniform(-1.5, 1.5), 1.5, 0)]), 0.05)[0],
        2.2,
    )
    _view(shot, land, width=(4, 14))


def _canyon(shot: Shot) -> None:
    """Mesas with banded walls."""
    draw = shot.draw
    air = _sunlight(shot, clouds=draw.uniform(0, 0.5))
    land = terrain.canyon(draw, 420, draw.uniform(25, 50), count=520).levelled(0, 0, 9)
    rock = hsv(draw.uniform(0.01, 0.09), draw.uniform(0.45, 0.75), draw.uniform(0.5, 0.75))
    floor = hsv(draw.uniform(0.05, 0.2), draw.uniform(0.25, 0.5), draw.uniform(0.4, 0.65))
    material = terrain.layered(draw, rock, floor, size=4.5, steep=draw.uniform(0.7, 0.85))
    shot.add(land.mesh(), terrain.add_haze(material, air, draw.uniform(250, 800)), to="set")
    stones.strew(shot, land, ground.stone(draw, rock, size=1.5), 220, (40, 40), (0.06, 1.8))
    undergrowth.tufts(shot, land, 12000, (26, 22), 0.35, hsv(draw.uniform(0.12, 0.25), 0.4, 0.5))
    _model(
        shot,
        "citroen_old_van cactus wind_turbine steampunk_robot low_poly_horse gull sci_fi_crate fort_cannon",
        np.array([draw.uniform(-1.5, 1.5), 1.5, float(land.at(0, 1.5))]),
        2.0,
    )
    _view(shot, land, width=(5, 16))


def _boulders(shot: Shot) -> None:
    """A rocky slope close up, displaced down to two pixels."""
    draw = shot.draw
    if draw.chance(0.5):
        lights.environment(shot, draw.choice(("outdoor", "sunset")), strength=draw.uniform(0.6, 1.2))
        lights.sun(shot, azimuth=draw.angle(), elevation=draw.uniform(0.15, 0.7), strength=draw.uniform(2, 7))
        air = hsv(0.58, 0.2, 0.6)
    else:
        air = _sunlight(shot)
    colour = hsv(draw.uniform(0.02, 0.14), draw.uniform(0.08, 0.45), draw.uniform(0.4, 0.7))
    land = terrain.hills(draw, 14, 1.0, count=60).levelled(0, 0, 1.2)
    rock = stones.displaced_rock(draw, colour, 1.6, 0.35)
    stones.dice(shot.add(land.mesh(), rock))
    for place in scatter.spaced(shot.scatter, 6, 6, 5, distance=1.6) + (0, 2.2, 0):
        stone = shot.add(
            stones.boulder(draw, 3),
            rock,
            location=tuple(land.on(place[None])[0]),
            rotation=draw.vector(0.6),
            scale=draw.uniform(0.4, 1.1),
        )
        stones.dice(stone)
    ridge = terrain.mountains(draw, 400, 50, count=260)
    shot.add(
        ridge.mesh(),
        terrain.add_haze(terrain.layered(draw, colour, size=14), air, 350),
        to="set",
        location=(0, 215, -12),
    )
    undergrowth.tufts(shot, land, 9000, (8, 7), 0.22, hsv(draw.uniform(0.12, 0.28), 0.5, 0.5))
    _model(
        shot,
        "rune_sword axe gull egyptian_cat steampunk_robot fort_cannon cactus",
        land.on(np.array([(draw.uniform(-0.5, 0.5), 0.2, 0)]))[0],
        0.9,
    )
    _view(shot, land, width=(1.6, 4.5), rise=(0.08, 0.4))


def _winter(shot: Shot) -> None:
    """Snow under firs, with falling flakes by chance."""
    draw = shot.draw
    shot.key = draw.uniform(0.1, 0.25)
    air = _sunlight(shot)
    land = terrain.hills(draw, 140, draw.uniform(4, 10)).levelled(0, 0, 2)
    shot.add(land.mesh(), terrain.add_haze(ground.snow(draw, size=1.2), air, 300), to="set")
    trees = scatter.spaced(shot.scatter, 110, 70, 50, distance=2.5) + (0, 29, 0)
    matrices = scatter.transforms(shot.scatter, land.on(trees, 0.2), size=(0.5, 1.4), tilt=0.04)
    plants.stand_of_trees(
        shot,
        matrices,
        height=6.0,
        kind="conifer",
        colour=hsv(0.35, 0.5, 0.25),
        treated=lambda material: terrain.add_haze(_snowed(material), air, 200),
    )
    stone = _snowed(ground.stone(draw, size=1.0))
    stones.strew(shot, land, stone, 60, (18, 16), (0.1, 1.2))
    undergrowth.tufts(shot, land, 5000, (12, 10), 0.4, hsv(0.12, 0.4, 0.5))
    if draw.chance(0.6):
        flakes = draw.array.uniform((-8, -6, -1), (8, 14, 9), (2600, 3)) + (0, 0, float(land.at(0, 0)))
        flake = geometry.ico_sphere(0.012, subdivisions=1)
        points, faces = np.array([v.co[:] for v in flake.vertices]), np.array([p.vertices[:] for p in flake.polygons])
        snowfall = scatter.copies(draw, points, faces, scatter.transforms(draw, flakes, size=(0.5, 1.6)))
        shot.move(shot.add(snowfall, ground.snow(draw)), velocity=(0.02, 0, -0.05))
    _model(
        shot,
        "house_18 low_poly_horse gull steampunk_robot tower citroen_old_van bridge_01",
        land.on(np.array([(draw.uniform(-2, 2), 3.0, 0)]), 0.05)[0],
        2.6,
    )
    _view(shot, land, width=(3.5, 10))


def _snowed(material: Any) -> Any:
    """A material with snow on what faces up."""
    nodes = terrain.reopened(material)
    (output,) = (node for node in nodes.tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    below = terrain.surface_of(nodes, output)
    up = nodes.out("NewGeometry", "Normal").z + (nodes.noise(nodes.coordinates("Object"), 6.0, detail=2) - 0.5) * 0.7
    white = nodes.add("BsdfDiffuse", Color=(0.85, 0.88, 0.93))
    nodes.set(output.inputs["Surface"], nodes.mix_shader(abs(up).step(0.45, 0.7), below, white))
    return material


def _lava(shot: Shot) -> None:
    """Cooling lava at dusk: glowing cracks in a black crust, smoke over it."""
    draw = shot.draw
    shot.key = draw.uniform(0.02, 0.06)
    lights.gradient(shot, hsv(0.03, 0.6, 0.3), hsv(0.65, 0.6, 0.12), draw.log_uniform(0.1, 0.8))
    lights.sun(shot, azimuth=draw.angle(), elevation=0.15, strength=draw.uniform(0.1, 0.6))
    land = terrain.mountains(draw, 160, 14).levelled(0, 0, 5)
    shot.add(land.mesh(), terrain.add_haze(_crust(draw), hsv(0.02, 0.6, 0.15), 150), to="hero")
    stones.strew(shot, land, ground.stone(draw, (0.04, 0.037, 0.036), size=1.0), 120, (24, 24), (0.08, 1.2))
    smoke = vapour.smoke(draw, (0.25, 0.2, 0.18), density=draw.uniform(0.3, 1.0), scale=1.4)
    vapour.box(shot, smoke, (draw.uniform(-8, 8), 26, float(land.at(0, 26)) + 9), (9, 9, 10))
    embers = draw.array.uniform((-6, -4, 0), (6, 12, 5), (300, 3)) + (0, 0, float(land.at(0, 0)))
    matrices = scatter.transforms(draw, embers, size=(0.4, 1.6))
    scatter.instances(
        shot,
        draw,
        [geometry.ico_sphere(0.012, subdivisions=1)],
        matrices,
        material=emission((1.0, 0.3, 0.05), 150.0),
    )
    _model(
        shot,
        "tower rune_sword steampunk_robot space_exploration",
        np.array([draw.uniform(-1, 1), 1.0, float(land.at(0, 1))]),
        1.8,
    )
    _view(shot, land, width=(4, 12))


def _crust(draw: Draw) -> Any:
    """Black rock with radiance in its cracks: red at their edges, near white in the middle."""
    made = bpy.data.materials.new("lava")
    made.use_nodes = True
    nodes = Nodes(made.node_tree)
    place = nodes.coordinates("Object")
    warped = place + nodes.noise(place, 0.5, detail=3, colour=True) * 1.6
    edge = (
        nodes.voronoi(warped, draw.uniform(0.3, 0.7), feature="DISTANCE_TO_EDGE")
        + nodes.noise(place, 4.0, detail=3) * 0.06
    )
    active = nodes.noise(place, 0.12, detail=2).step(0.42, 0.6)
    heat = edge.step(draw.uniform(0.09, 0.16), 0.02) * active
    fine = nodes.noise(place, 7.0, detail=4, roughness=0.7)
    rock = nodes.add(
        "BsdfPrincipled",
        Base_Color=nodes.mix(fine, (0.01, 0.009, 0.009), (0.06, 0.055, 0.05)),
        Roughness=0.6,
        Normal=nodes.bump(fine, 0.6, 0.2),
        Emission_Color=nodes.ramp(heat, [(0.0, (0.6, 0.02, 0.0)), (0.5, (1.0, 0.18, 0.01)), (1.0, (1.0, 0.6, 0.2))]),
        Emission_Strength=heat**3.0 * draw.log_uniform(15, 120),
    )
    nodes.add("OutputMaterial", Surface=rock)
    return made
