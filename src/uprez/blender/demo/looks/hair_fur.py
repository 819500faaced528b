"""Hair and fur: furry creatures, balls and beasts of other shapes, brushes, tails, shaggy rugs."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import brushes, cameras, creatures, fur, geometry, lights, scatter
from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.materials import fabric, ground, hard, natural
from uprez.blender.demo.shot import Shot

Ellipsoids = list[tuple[Array, Array]]
_STRANDS = 42000


def build(shot: Shot) -> None:
    styles = (_creature, _creature, _creature, _balls, _brushes, _rug, _tail, _furry_model)
    shot.draw.choice(styles)(shot)


def _coat_colours(draw: Draw) -> tuple[Colour, Colour | None]:
    """A natural or an invented coat, with a second colour by chance."""
    base = (
        draw.choice(fur.COATS) if draw.chance(0.6) else mixed(draw.vivid(), (0.4, 0.36, 0.3), draw.uniform(0.15, 0.5))
    )
    second = draw.choice((*fur.COATS, draw.colour())) if draw.chance(0.55) else None
    return scaled(base, draw.uniform(0.7, 1.1)), second


def _studio(shot: Shot, target: tuple[float, float, float], *, floor: float) -> None:
    """An environment that is seen, or a backdrop of wall, boards or cloth, and three lamps."""
    draw = shot.draw
    seen = draw.chance(0.35)
    if seen or draw.chance(0.5):
        lights.environment(shot, "any", strength=draw.log_uniform(0.2, 1.0))
    else:
        lights.flat(shot, scaled(draw.colour(), 0.08))
    lights.three_point(shot, target, 5.0, power=draw.uniform(350, 1100))
    if seen:
        return
    makers = (fabric.knit, ground.plaster, ground.plaster, ground.concrete, natural.wood, fabric.plaid, fabric.denim)
    backdrop = geometry.cove(14, 4.0, 14, radius=3)
    tone = mixed(draw.colour(), (0.3, 0.28, 0.26), draw.uniform(0.2, 0.7))
    shot.add(backdrop, draw.choice(makers)(draw, tone, size=2.5), to="set", location=(0, 0, floor))


def _strands(shot: Shot, ellipsoids: Ellipsoids, material: Any, count: int, length: float, width: float) -> None:
    draw = shot.draw
    places, normals = fur.on_ellipsoids(draw, ellipsoids, count)
    lie = np.array([draw.gauss(0, 0.25), draw.uniform(0.0, 0.5), draw.uniform(-0.9, 0.3)])
    strands = fur.coat(
        draw,
        places,
        normals,
        length=length,
        lie=lie,
        stiffness=draw.uniform(0.15, 0.8),
        clump=draw.uniform(0.1, 0.7),
        curl=draw.choice((0.0, 0.0, draw.uniform(0.05, 0.2))),
        per_clump=draw.choice((15, 40, 90)),
    )
    shot.add(geometry.hair(strands, width, width * 0.2, material))


def _creature(shot: Shot) -> None:
    """A round-headed animal or monster, its face to -y."""
    draw = shot.draw
    wide = draw.uniform(0.85, 1.2)
    face: Ellipsoids = [(np.zeros(3), np.array([wide, 0.95, draw.uniform(0.8, 1.0)]))]
    muzzle = draw.uniform(0.3, 0.5)
    face.append((np.array([0, -0.75, -0.3]), np.array([muzzle, 0.42, muzzle * 0.8])))
    face.append((np.array([0, 0.5, -1.6]), np.array([1.25, 1.2, 1.1])))
    ear, spread = np.array([draw.uniform(0.16, 0.36), 0.12, draw.uniform(0.25, 0.95)]), draw.uniform(0.5, 0.75)
    face += [(np.array([side * spread * wide, 0.1, 0.72 + ear[2] * 0.5]), ear) for side in (-1, 1)]
    colour, second = _coat_colours(draw)
    skin = hard.rubber(draw, scaled(colour, 0.4), size=1)
    for centre, radii in face:
        shot.add(geometry.sphere(0.975, segments=32), skin, location=tuple(centre), scale=tuple(radii))
    _strands(
        shot,
        face,
        fur.material(draw, colour, second),
        _STRANDS,
        draw.log_uniform(0.08, 0.4),
        draw.uniform(0.0035, 0.006),
    )
    creatures.eyes(shot, wide)
    nose = hard.plastic(draw, draw.choice(((0.02, 0.015, 0.015), (0.4, 0.12, 0.1))), size=0.1)
    shot.add(geometry.sphere(1, segments=24), nose, location=(0, -1.16, -0.2), scale=(0.15, 0.11, 0.1))
    if draw.chance(0.6):
        creatures.whiskers(shot)
    if draw.chance(0.4):
        creatures.horns(shot, wide)
    _studio(shot, (0, 0, 0), floor=-2.6)
    cameras.place(
        shot,
        (draw.uniform(-0.25, 0.25), -0.4, draw.uniform(-0.1, 0.3)),
        width=draw.log_uniform(1.3, 4.2),
        azimuth=(-2.2, -0.95),
        elevation=(-0.1, 0.4),
        lens=(50, 110),
        blur=(0.004, 0.03),
        floor=-2,
    )


def _balls(shot: Shot) -> None:
    """Fluffy balls of some sizes, with eyes by chance, on a floor."""
    draw = shot.draw
    count = draw.integer(2, 5)
    places = scatter.spaced(shot.scatter, count, 3.2, 2.4, distance=1.1)
    for place in places:
        radius = draw.uniform(0.3, 0.6)
        centre = place + (0, 0, radius)
        colour, second = _coat_colours(draw)
        shot.add(geometry.sphere(radius * 0.98), hard.rubber(draw, scaled(colour, 0.3)), location=tuple(centre))
        material = fur.material(draw, colour, second, size=radius * 2)
        _strands(
            shot, [(centre, np.full(3, radius))], material, _STRANDS // count, draw.uniform(0.12, 0.5) * radius, 0.004
        )
        if draw.chance(0.6):
            for side in (-1, 1):
                place_of_eye = centre + radius * np.array([side * 0.36, -0.96, 0.25])
                shot.add(
                    geometry.sphere(radius * 0.16, segments=24),
                    hard.plastic(draw, (0.01, 0.01, 0.01)),
                    location=tuple(place_of_eye),
                )
    _studio(shot, (0, 0, 0.5), floor=0.0)
    cameras.place(
        shot,
        (*places[0][:2], 0.45),
        width=draw.log_uniform(1.2, 3.4),
        elevation=(0.05, 0.5),
        lens=(45, 100),
        blur=(0.004, 0.03),
    )


def _brushes(shot: Shot) -> None:
    """Brushes with wooden handles and metal ferrules, lying or standing, their bristles full of paint by chance."""
    draw = shot.draw
    count = draw.integer(3, 6)
    bench = natural.wood(draw, size=1.0, planks=draw.chance(0.5))
    shot.add(geometry.plane(16, 16), bench, to="set")
    for i in range(count):
        turn = draw.uniform(-0.35, 0.35) + (math.pi if draw.chance(0.3) else 0)
        brushes.brush(shot, ((i - count / 2) * 0.62, draw.uniform(-0.4, 0.4), 0.16), turn, draw.uniform(0.1, 0.2))
    _studio_lamps(shot)
    cameras.place(
        shot,
        (draw.uniform(-0.5, 0.5), draw.uniform(0.2, 0.9), 0.12),
        width=draw.log_uniform(0.9, 2.6),
        elevation=(0.35, 1.0),
        lens=(45, 100),
        blur=(0.005, 0.04),
    )


def _studio_lamps(shot: Shot) -> None:
    lights.environment(shot, "any", strength=shot.draw.log_uniform(0.15, 0.9))
    lights.three_point(shot, (0, 0, 0.3), 5.0, power=shot.draw.uniform(300, 900))


def _rug(shot: Shot) -> None:
    """A rug of long pile, trodden this way and that, with things lying on it."""
    draw = shot.draw
    places = scatter.spaced(shot.scatter, 60000, 6, 6) + (0, 1.0, 0)
    swirl = geometry.fractal(draw, 96, exponent=2.8)
    cell = ((places[:, :2] - (0, 1.0)) / 6.001 * 96 + 48).astype(int)
    turn = 7 * swirl[cell[:, 0], cell[:, 1]]
    lie = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    length = draw.uniform(0.1, 0.3)
    strands = fur.coat(
        draw,
        places,
        np.tile([0, 0, 1.0], (len(places), 1)),
        length=length,
        lie=lie,
        stiffness=draw.uniform(0.2, 0.8),
        clump=draw.uniform(0.2, 0.8),
        curl=draw.choice((0.0, 0.15)),
    )
    colour, second = (draw.colour(), draw.colour()) if draw.chance(0.6) else _coat_colours(draw)
    shot.add(geometry.hair(strands, 0.007, 0.002, fur.material(draw, colour, second, size=3)))
    shot.add(geometry.plane(30, 30), natural.wood(draw, size=2, planks=True), to="set", location=(0, 0, -0.02))
    for place in scatter.spaced(shot.scatter, draw.integer(2, 5), 2.4, 2.0, distance=0.8):
        _thing(shot, (place[0], place[1] + 0.6, length * 0.3), draw.uniform(0.35, 0.7))
    _studio_lamps(shot)
    cameras.place(
        shot,
        (0, 0.3, 0.2),
        width=draw.log_uniform(0.9, 2.8),
        elevation=(0.25, 0.8),
        lens=(40, 90),
        blur=(0.005, 0.03),
        floor=0.4,
    )


def _thing(shot: Shot, place: tuple[float, float, float], size: float) -> None:
    draw, names = shot.draw, shot.assets.models("toy")
    if names and draw.chance(0.7):
        shot.add(shot.assets.model(draw.choice(names)), location=place, rotation=(0, 0, draw.angle()), scale=size)
        return
    shape = draw.choice((geometry.sphere(0.4), geometry.torus(0.35, 0.14), geometry.box(0.7, 0.7, 0.7, bevel=0.08)))
    material = draw.choice((hard.plastic, natural.wood, hard.ceramic, hard.metal))(draw, size=0.5)
    shot.add(
        shape,
        material,
        location=(place[0], place[1], place[2] + 0.35 * size),
        rotation=(0, 0, draw.angle()),
        scale=size,
    )


def _tail(shot: Shot) -> None:
    """A bushy tail or boa that curls through the frame."""
    draw = shot.draw
    t = np.linspace(0, 1, 26)
    path = np.stack(
        [2.6 * (t - 0.5), 0.5 * np.sin(t * draw.uniform(4, 9)), 0.7 * np.sin(t * draw.uniform(3, 7) + draw.angle())], -1
    )
    thick = 0.26 * np.sin(np.pi * np.clip(t, 0.04, 0.97) ** 0.8) + 0.05
    body: Ellipsoids = [(place, np.full(3, radius)) for place, radius in zip(path, thick, strict=True)]
    colour, second = _coat_colours(draw)
    shot.add(geometry.tubes([path], [thick * 0.95], sides=20), hard.rubber(draw, scaled(colour, 0.3)))
    _strands(shot, body, fur.material(draw, colour, second), 160000, draw.uniform(0.15, 0.4), 0.004)
    _studio(shot, (0, 0, 0), floor=-1.3)
    cameras.place(
        shot,
        (draw.uniform(-0.5, 0.5), 0, 0),
        width=draw.log_uniform(1.0, 2.8),
        elevation=(-0.05, 0.4),
        lens=(50, 110),
        blur=(0.004, 0.03),
        floor=-1.0,
    )


def _furry_model(shot: Shot) -> None:
    """An artist-made model, or a knot, covered in fur all over."""
    draw = shot.draw
    names = [
        n
        for n in shot.assets.models()
        if n in {"egyptian_cat", "gull", "low_poly_horse", "mug", "tajine", "cactus", "usd_shaderball"}
    ]
    data = shot.assets.model(draw.choice(names)) if names else geometry.torus(0.35, 0.15)
    thing = shot.add(data, scale=2.2)
    places, normals = scatter.on_surface(draw, data, _STRANDS)
    lie = np.array([draw.gauss(0, 0.3), draw.uniform(0.0, 0.5), draw.uniform(-1.0, 0.1)])
    colour, second = _coat_colours(draw)
    strands = fur.coat(
        draw,
        places,
        normals,
        length=draw.log_uniform(0.02, 0.08),
        lie=lie,
        stiffness=draw.uniform(0.1, 0.6),
        clump=draw.uniform(0.1, 0.5),
    )
    hair = shot.add(geometry.hair(strands, 0.0018, 0.0004, fur.material(draw, colour, second, size=1.0)), scale=2.2)
    turn = draw.uniform(-0.6, 0.6)
    thing.rotation_euler.z = hair.rotation_euler.z = turn
    _studio(shot, (0, 0, 1.0), floor=0.0)
    if draw.chance(0.3):
        lights.bulb(
            shot,
            (draw.choice((-1.3, 1.3)), 0.8, 1.6),
            radius=0.06,
            strength=draw.log_uniform(80, 400),
            colour=draw.warm_white(),
        )
    cameras.place(
        shot,
        (0, 0, draw.uniform(0.7, 1.3)),
        width=draw.log_uniform(1.2, 3.2),
        elevation=(0.05, 0.4),
        lens=(50, 110),
        blur=(0.004, 0.03),
    )
