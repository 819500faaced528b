"""What stands round a vehicle: a studio with strip lights, a yard with drums and crates, rails on ballast."""

import numpy as np

from uprez.blender.demo import boxes, geometry, lights, materials, scatter, structures
from uprez.blender.demo.shot import Shot


def surroundings(shot: Shot) -> None:
    """A studio with strip lights and a glossy floor, a yard under an artist's sky, or a road in the evening sun."""
    draw = shot.draw
    kind = draw.choice(("studio", "yard", "road"))
    if kind == "studio":
        lights.flat(shot, draw.colour(), draw.uniform(0.01, 0.08))
        floor = draw.choice((materials.marble, materials.concrete, materials.paint))(draw, draw.neutral(), size=2.0)
        shot.add(geometry.cove(25, 6, 12, radius=4), floor, to="set")
        for k, x in enumerate((-2.6, 0.0, 2.6)):
            colour = draw.choice((draw.warm_white(), draw.cool_white(), draw.colour()))
            lights.area(
                shot,
                (x, 0, 4.2),
                (x * 0.4, 0, 0),
                power=draw.uniform(100, 500),
                colour=colour,
                size=(0.5, 6),
                group=("key", "fill", "rim")[k],
            )
        shot.key = draw.uniform(0.05, 0.14)
        return
    if kind == "yard":
        lights.environment(shot, draw.choice(("outdoor", "indoor", "sunset")), strength=draw.uniform(0.6, 1.2))
    else:
        lights.sky(shot, elevation=draw.uniform(0.08, 0.5), clouds=draw.uniform(0.2, 0.7))
    ground = draw.choice((materials.asphalt, materials.concrete, materials.cobble, materials.soil))
    shot.add(geometry.plane(2000, 2000), ground(draw, size=1.5), to="set")
    background(shot)


def background(shot: Shot) -> None:
    """A wall, drums, crates and poles with wires behind."""
    draw = shot.draw
    wall = boxes.mesh(boxes.boxes([(-20, 9, 0)], [(20, 9.5, draw.uniform(2.5, 6))]))
    kinds = (materials.brick, materials.plaster, materials.concrete, materials.rusty_metal)
    if draw.chance(0.7):
        shot.add(wall, draw.choice(kinds)(draw, size=2.5, coordinates="UV"), to="set")
    barrel = (
        shot.assets.model("exploding_barrel")
        if "exploding_barrel" in shot.assets.models()
        else geometry.cylinder(0.3, 0.95)
    )
    drum_paint = None if "exploding_barrel" in shot.assets.models() else materials.rusty_metal(draw)
    for x, y, _z in scatter.spaced(draw, 9, 16, 3, distance=1.2) + (0, 6.5, 0):
        if draw.chance(0.5):
            scale = 0.95 if drum_paint is None else 1.0
            shot.add(barrel, drum_paint, to="set", location=(x, y, 0), rotation=(0, 0, draw.angle()), scale=scale)
        else:
            size = draw.uniform(0.5, 1.3)
            crate = geometry.box(size * 1.3, size, size, bevel=0.02)
            kind = draw.choice((materials.wood, materials.worn_paint))
            shot.add(crate, kind(draw), to="set", location=(x, y, size / 2), rotation=(0, 0, draw.gauss(0, 0.4)))
    poles = [structures.segment((x, 8, 0), (x, 8, 6.5)) for x in (-14, 0, 14)]
    wires = [structures.wire((x, 8, z), (x + 14, 8, z), 0.5) for x in (-28, -14, 0, 14) for z in (5.6, 5.9, 6.2)]
    structures.wires(shot, poles, 0.1, materials.bark(draw), sides=10, to="set")
    structures.wires(shot, wires, 0.015, materials.rubber(draw), sides=5, to="set")


def rails(shot: Shot) -> None:
    """Rails on sleepers in ballast of stones."""
    draw = shot.draw
    y = np.arange(-25, 25, 0.65)
    low = np.stack([np.full(len(y), -1.35), y, np.full(len(y), -0.02)], -1) + draw.array.normal(0, 0.015, (len(y), 3))
    shot.add(
        boxes.mesh(boxes.boxes(low, low + (2.7, 0.26, 0.1))),
        materials.wood(draw, (0.16, 0.12, 0.09), size=0.8),
        to="set",
    )
    rails = [
        ((x - w, -30, a), (x + w, 30, b))
        for x in (-0.95, 0.95)
        for w, a, b in ((0.07, 0.08, 0.1), (0.02, 0.1, 0.17), (0.04, 0.17, 0.205))
    ]
    low_rail, high_rail = zip(*rails, strict=True)
    shot.add(
        boxes.mesh(boxes.boxes(np.array(low_rail), np.array(high_rail))),
        materials.rusty_metal(draw, (0.2, 0.1, 0.06)),
        to="set",
    )
    shot.add(geometry.plane(400, 400), materials.soil(draw, size=2.0), to="set")
    ball = geometry.ico_sphere(1.0, subdivisions=1)
    points = np.array([vertex.co for vertex in ball.vertices]) * draw.array.uniform(0.75, 1.2, (len(ball.vertices), 1))
    faces = np.array([face.vertices for face in ball.polygons])
    seats = scatter.spaced(shot.scatter, 9000, 4.2, 22)
    stones = scatter.copies(
        shot.scatter, points, faces, scatter.transforms(shot.scatter, seats, size=(0.03, 0.07), tilt=2.0), smooth=False
    )
    shot.add(stones, materials.stone(draw, size=0.3), to="set")
