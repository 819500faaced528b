"""Plants of the ground: grass, flowers on their stems, tufts, moss, ferns, mushrooms."""

import numpy as np

from uprez.blender.demo import geometry, plants, scatter, terrain
from uprez.blender.demo.colours import Colour, hsv
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import ground, hard, natural
from uprez.blender.demo.shot import Shot


def sward(
    shot: Shot, land: terrain.Terrain, height: float, count: int, area: tuple[float, float], ahead: float
) -> None:
    """Grass of two or three kinds over an area (width, depth) whose middle is `ahead` of the origin."""
    draw = shot.draw
    colour = hsv(draw.uniform(0.14, 0.32), draw.uniform(0.5, 0.85), draw.uniform(0.35, 0.65))
    kinds = draw.integer(2, 3)
    for _ in range(kinds):
        places = scatter.spaced(shot.scatter, count // kinds, *area) + (0, ahead, 0)
        tall = height * draw.uniform(0.5, 1.2)
        matrices = scatter.transforms(shot.scatter, land.on(places), size=(tall * 0.4, tall * 1.2), tilt=0.22)
        tint = hsv(draw.uniform(0.12, 0.3), 0.6, 0.6) if draw.chance(0.3) else colour
        shot.add(plants.grass_blade(draw).copied(shot.scatter, matrices), plants.leafage(draw, tint))


def flowers(shot: Shot, places: Array, radius: float, stem: float) -> None:
    """Flowers with their heads at places (n, 3), on stems of `stem` units."""
    draw = shot.draw
    petals, colour = plants.flower(draw), draw.vivid() if draw.chance(0.6) else draw.colour()
    heads = scatter.transforms(shot.scatter, places, size=(radius * 0.6, radius * 1.2), tilt=0.45)
    shot.add(petals.copied(shot.scatter, heads), plants.leafage(draw, colour))
    dome = geometry.ico_sphere(0.2, subdivisions=2)
    points = np.array([vertex.co[:] for vertex in dome.vertices]) * (1, 1, 0.6)
    faces = np.array([polygon.vertices[:] for polygon in dome.polygons])
    centre = draw.choice((hsv(0.13, 0.9, 0.85), hsv(0.07, 0.7, 0.3), hsv(0.2, 0.7, 0.5)))
    shot.add(scatter.copies(shot.scatter, points, faces, heads), ground.soil(draw, centre, size=radius * 0.5))
    feet = places + shot.scatter.array.normal(0, stem * 0.12, places.shape) * (1, 1, 0) - (0, 0, stem)
    middles = (feet + places) / 2 + shot.scatter.array.normal(0, stem * 0.05, places.shape)
    lines = [geometry.spline(np.array(line), 7) for line in zip(feet, middles, places, strict=True)]
    shot.add(geometry.tubes(lines, radius * 0.06, sides=5), plants.leafage(draw, hsv(0.25, 0.7, 0.4)))


def moss(shot: Shot, land: terrain.Terrain) -> None:
    """Cushions of tiny blades in some places."""
    draw = shot.draw
    patches = scatter.spaced(shot.scatter, 14, 6, 6)
    places = np.repeat(patches, 700, 0) + shot.scatter.array.normal(0, 0.28, (14 * 700, 3)) * (1, 1, 0)
    matrices = scatter.transforms(shot.scatter, land.on(places), size=(0.03, 0.1), tilt=0.5)
    colour = hsv(draw.uniform(0.17, 0.28), 0.85, 0.5)
    shot.add(plants.grass_blade(draw).copied(shot.scatter, matrices), plants.leafage(draw, colour), to="set")


def mushrooms(shot: Shot, land: terrain.Terrain) -> None:
    """A group of mushrooms of one kind, of different ages."""
    draw = shot.draw
    rim, height = draw.uniform(0.5, 1.0), draw.uniform(0.9, 1.8)
    stem = [(0, 0), (0.17, 0), (0.13, 0.4 * height), (0.11, height * 0.95), (0, height)]
    dome = [
        (0.1, height * 0.95),
        (rim * 0.8, height * 0.86),
        (rim, height * 0.9),
        (rim * 0.8, height + 0.25),
        (0.3, height + 0.5),
        (0, height + 0.55),
    ]
    parts = (
        (
            geometry.lathe(geometry.spline(dome, 30), segments=36),
            hard.ceramic(draw, plants.leaf_colour(draw), size=0.2),
        ),
        (geometry.lathe(geometry.spline(stem, 20), segments=20), natural.paper(draw, size=0.2)),
    )
    places = land.on(scatter.spaced(shot.scatter, draw.integer(5, 14), 1.6, 1.2, distance=0.15), 0.02)
    matrices = scatter.transforms(shot.scatter, places, size=(0.08, 0.26), tilt=0.15)
    for data, material in parts:
        scatter.instances(shot, shot.scatter, [data], matrices, to="hero", material=material)


def ferns(shot: Shot, land: terrain.Terrain, air: Colour) -> None:
    """Rosettes of fronds: instances of three."""
    draw = shot.draw
    material = terrain.add_haze(plants.leafage(draw, hsv(draw.uniform(0.2, 0.32), 0.75, 0.55)), air, 70)
    plants_grown = []
    for _ in range(3):
        turn = np.linspace(0, 2 * np.pi, draw.integer(7, 12), endpoint=False) + draw.angle()
        rise = draw.array.uniform(0.5, 1.2, len(turn))
        along = np.stack([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)], -1)
        rosette = plants.frames(along * 0.04, along, draw.array.uniform(0.7, 1.1, len(turn)), up=np.array([0, 0, 1.0]))
        plants_grown.append(plants.frond(draw).copied(draw, rosette))
    places = land.on(scatter.spaced(shot.scatter, draw.integer(60, 160), 14, 12, distance=0.4) + (0, 4, 0))
    matrices = scatter.transforms(shot.scatter, places, size=(0.4, 1.0), tilt=0.15)
    scatter.instances(shot, shot.scatter, plants_grown, matrices, to="hero", material=material)


def tufts(
    shot: Shot, land: terrain.Terrain, count: int, area: tuple[float, float], height: float, colour: Colour
) -> None:
    """Grass in clumps."""
    draw = shot.draw
    centres = scatter.spaced(shot.scatter, count // 60, *area) + (0, area[1] * 0.3, 0)
    places = np.repeat(centres, 60, 0) + shot.scatter.array.normal(0, height * 0.35, (len(centres) * 60, 3)) * (1, 1, 0)
    matrices = scatter.transforms(shot.scatter, land.on(places), size=(height * 0.4, height), tilt=0.35)
    shot.add(plants.grass_blade(draw).copied(shot.scatter, matrices), plants.leafage(draw, colour))
