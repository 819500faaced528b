"""Vehicles and machines: cars with chrome and numbers, a locomotive, a biplane, artists' trucks and robots, engines."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from uprez.blender.demo import (
    aeroplanes,
    cameras,
    cars,
    geometry,
    lettering,
    lights,
    locomotives,
    machine_room,
    machines,
    materials,
    scatter,
    yards,
)
from uprez.blender.demo.shot import Shot

_ARTISTS = {
    "citroen_old_van": 3.6,
    "firetruck": 4.5,
    "ice_cream_truck": 4.0,
    "taxi": 3.8,
    "steampunk_robot": 3.0,
    "fort_cannon": 2.2,
    "babylon_shaderball": 1.6,
    "space_exploration": 3.0,
}


def build(shot: Shot) -> None:
    scenes: Sequence[Callable[[Shot], None]] = (_car, _car, _artists, _locomotive, _aeroplane, _engine)
    shot.draw.choice(scenes)(shot)


def _place(
    shot: Shot,
    target: tuple[float, float, float],
    width: float,
    *,
    azimuth: cameras.Range | None = None,
    elevation: cameras.Range = (0.0, 0.35),
    blur: cameras.Range = (0.004, 0.03),
) -> None:
    """The camera before the target, or beside it where that is on a flank, so that it never stands in the vehicle."""
    if azimuth is None and abs(target[0]) > 0.7 and width < 4:
        azimuth = (-1.25, -0.25) if target[0] > 0 else (-2.9, -1.9)
    azimuth = azimuth or (-2.5, -0.65)
    cameras.place(shot, target, width=width, azimuth=azimuth, elevation=elevation, lens=(28, 90), blur=blur, floor=0.15)


def _car(shot: Shot) -> None:
    """A car on a road or in a studio, with plates, a number on its doors and stickers."""
    draw = shot.draw
    shape = draw.choice(cars.SHAPES)
    body = shot.add(cars.car(draw, shape=shape, lamps=(draw.log_uniform(0.3, 30), draw.log_uniform(0.3, 8))))
    _number(shot, body, shape)
    yards.surroundings(shot)
    if shot.moving and draw.chance(0.5):
        shot.move(body, velocity=(0.0, -draw.uniform(0.01, 0.06), 0.0))
    close = draw.chance(0.55)
    length = shape.length / 2
    spots = (
        (0.0, -length, 0.65),
        (shape.width / 2, -0.3 * shape.length, 0.5),
        (-shape.width / 2, 0.3 * shape.length, 0.5),
        (0.3, -length * 0.97, shape.belt[0]),
    )
    if close:
        _place(shot, draw.choice(spots), draw.uniform(0.8, 2.2), elevation=(0.1, 0.5))
    else:
        _place(shot, (0, -0.4, shape.roof * 0.45), draw.uniform(4.2, 7))


def _number(shot: Shot, body: Any, shape: cars.Shape) -> None:
    """Number plates, and by chance a racing number in a disc on each door."""
    draw = shot.draw
    ink, white = materials.paint(draw, (0.01, 0.01, 0.012), size=0.3), materials.paint(draw, (0.8, 0.8, 0.76), size=0.3)
    letters = "".join(draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(2))
    plate = f"{letters} {draw.integer(10, 9999)}"
    face = lettering.font(shot)
    for side, turn in ((-1, 0.0), (1, math.pi)):
        y = side * (shape.length / 2 + 0.115)
        board = shot.add(
            geometry.box(0.5, 0.012, 0.13, bevel=0.004), white, location=(0, y, 0.45), rotation=(0, 0, turn)
        )
        text = shot.add(
            lettering.text(plate, face, size=0.1, extrude=0.001),
            ink,
            location=(0, -0.0075, 0),
            rotation=(math.pi / 2, 0, 0),
        )
        text.parent, board.parent = board, body
    if draw.chance(0.5):
        return
    number, face = str(draw.integer(1, 99)), lettering.font(shot)
    for side in (-1, 1):
        x, upright = side * (shape.width / 2 + 0.004), (math.pi / 2, 0, side * math.pi / 2)
        disc = shot.add(geometry.cylinder(0.2, 0.006, bevel=0.001), white, location=(x, 0.05, 0.68), rotation=upright)
        digits = lettering.text(number, face, size=0.26, extrude=0.001)
        text = shot.add(digits, ink, location=(x + side * 0.008, 0.05, 0.68), rotation=upright)
        disc.parent = text.parent = body


def _artists(shot: Shot) -> None:
    """An artist's vehicle or machine; without assets another car."""
    draw = shot.draw
    names = [name for name in _ARTISTS if name in shot.assets.models()]
    if not names:
        _car(shot)
        return
    name = draw.choice(names)
    size = _ARTISTS[name]
    thing = shot.add(shot.assets.model(name), rotation=(0, 0, draw.gauss(0, 0.3)), scale=size)
    if shot.moving and draw.chance(0.5):
        shot.move(thing, velocity=(0.0, -draw.uniform(0.01, 0.04), 0.0))
    yards.surroundings(shot)
    tall = max(vertex.co.z for vertex in thing.data.vertices) * size
    _place(shot, (draw.gauss(0, 0.2), -0.3, tall * draw.uniform(0.4, 0.65)), draw.uniform(0.6, 1.6) * size)


def _locomotive(shot: Shot) -> None:
    """A tank engine on rails and ballast, with its number."""
    draw = shot.draw
    engine = shot.add(locomotives.locomotive(draw), location=(0, 0, 0.2))
    yards.rails(shot)
    if draw.chance(0.7):
        lights.sky(shot, clouds=draw.uniform(0.2, 0.7))
    else:
        lights.environment(shot, draw.choice(("outdoor", "sunset", "indoor")))
    yards.background(shot)
    brass, face = materials.metal(draw, (0.9, 0.62, 0.25), size=0.3), lettering.font(shot)
    for side in (-1, 1):
        text = lettering.text(f"{draw.integer(1, 999)}", face, size=0.45, extrude=0.012, bevel=0.004)
        number = shot.add(
            text, brass, location=(side * 1.11, -0.4, 1.35), rotation=(math.pi / 2, 0, side * math.pi / 2)
        )
        number.parent = engine
    if shot.moving and draw.chance(0.5):
        shot.move(engine, velocity=(0.0, -draw.uniform(0.01, 0.05), 0.0))
    spots = ((0.0, -3.6, 1.5), (0.9, -1.7, 0.8), (-0.9, -0.4, 1.2), (0.0, -1.5, 2.2))
    close = draw.chance(0.6)
    target, width = (draw.choice(spots), draw.uniform(1.2, 3.2)) if close else ((0.0, -0.5, 1.5), draw.uniform(5, 9))
    _place(shot, target, width)


def _aeroplane(shot: Shot) -> None:
    """A biplane on a field or in the air, its propeller turning."""
    draw = shot.draw
    plane = shot.add(aeroplanes.aeroplane(draw))
    screw = shot.add(aeroplanes.propeller(draw), location=(0, -3.15, 1.6), rotation=(math.pi / 2, draw.angle(), 0))
    screw.parent = plane
    flying = draw.chance(0.4)
    if shot.moving:
        shot.move(screw, spin=(0.0, draw.uniform(0.1, 0.9), 0.0))
    lights.sky(shot, clouds=draw.uniform(0.3, 0.8)) if draw.chance(0.7) else lights.environment(shot, "outdoor")
    if flying:
        plane.location, plane.rotation_euler = (0, 0, 60), (draw.gauss(0, 0.15), draw.gauss(0, 0.3), 0)
        shot.add(geometry.plane(6000, 6000), materials.soil(draw, (0.12, 0.18, 0.05), size=60.0), to="set")
    else:
        shot.add(
            geometry.plane(2000, 2000),
            draw.choice((materials.soil, materials.concrete, materials.sand))(draw, size=2.0),
            to="set",
        )
        yards.background(shot)
    _roundels(shot, plane)
    height = 60.0 if flying else 0.0
    spots = ((0.0, -2.8, 1.6), (0.8, -1.5, 2.0), (2.3, -1.3, 2.0))
    close = draw.chance(0.5)
    x, y, z = draw.choice(spots) if close else (0.0, 0.0, 1.7)
    width = draw.uniform(1.5, 3.5) if close else draw.uniform(7, 12)
    _place(shot, (x, y, z + height), width, elevation=(-0.3, 0.4) if flying else (0.0, 0.35))


def _roundels(shot: Shot, plane: Any) -> None:
    """Letters and number along the hull."""
    draw = shot.draw
    body = f"{draw.choice('DFGINS')}-{''.join(draw.choice('ABCDEFGHKLMPRSTUVXZ') for _ in range(4))}"
    ink, face = (
        materials.paint(draw, draw.choice(((0.02, 0.02, 0.02), (0.85, 0.83, 0.78))), size=0.3),
        lettering.font(shot),
    )
    for side in (-1, 1):
        text = lettering.text(body, face, size=0.34, extrude=0.05)
        word = shot.add(text, ink, location=(side * 0.36, 1.6, 1.6), rotation=(math.pi / 2, 0, side * math.pi / 2))
        word.parent = plane


def _engine(shot: Shot) -> None:
    """A wall of machinery: gears that turn, pipes with flanges, gauges, plates, lamps."""
    draw = shot.draw
    back = machines.panelled(draw, draw.choice((draw.neutral(), draw.colour())), size=1.2)
    wall = geometry.plane(8, 6)
    shot.add(wall, back, to="set", location=(0, 0.35, 1.5), rotation=(math.pi / 2, 0, 0))
    metals = [
        maker(draw, size=0.6)
        for maker in (materials.brushed_metal, materials.metal, materials.rusty_metal, materials.worn_paint)
    ]
    machine_room.gears(shot, metals)
    machine_room.pipework(shot, metals)
    for x, _y, z in scatter.spaced(draw, 9, 4.5, 2.8, distance=0.5)[:, [0, 2, 1]] + (0, 0, 1.5):
        dial = machines.gauge(draw, draw.uniform(0.1, 0.2))
        shot.add(dial, location=(x, draw.uniform(-0.15, 0.0), z), rotation=(0, draw.gauss(0, 0.1), 0))
    for x, _y, z in scatter.spaced(draw, 24, 4.5, 3.0, distance=0.2)[:, [0, 2, 1]] + (0, 0, 1.5):
        colour = draw.choice(((1.0, 0.1, 0.03), (0.1, 1.0, 0.2), (1.0, 0.6, 0.1)))
        lights.bulb(shot, (x, 0.1, z), radius=0.018, strength=draw.log_uniform(5, 120), colour=colour, to="hero")
    brass, face = materials.metal(draw, (0.9, 0.62, 0.25), size=0.3), lettering.font(shot)
    for _ in range(6):
        words = draw.choice(
            ("PRESSURE", "No. 7", "MAIN VALVE", "CAUTION", "OIL", "STEAM", f"Mk {draw.integer(1, 9)}", "1925")
        )
        place = (draw.uniform(-2, 2), 0.28, draw.uniform(0.4, 2.6))
        shot.add(
            lettering.text(words, face, size=draw.uniform(0.07, 0.16), extrude=0.006, bevel=0.002),
            brass,
            location=place,
            rotation=(math.pi / 2, 0, 0),
        )
    lights.environment(shot, "indoor", strength=draw.uniform(0.1, 0.6))
    lights.three_point(shot, (0, 0, 1.5), 4, power=draw.uniform(200, 600))
    shot.key = draw.uniform(0.05, 0.12)
    target = (draw.uniform(-1, 1), 0, draw.uniform(1.0, 2.0))
    _place(shot, target, draw.log_uniform(0.8, 3.0), azimuth=(-2.2, -0.95), elevation=(-0.25, 0.35), blur=(0.006, 0.04))
