"""Space and screens: planets, stations and hulls among stars; consoles, monitors and server racks with small lights."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from uprez.blender.demo import (
    boxes,
    cameras,
    consoles,
    geometry,
    lettering,
    lights,
    machines,
    materials,
    props,
    screens,
    space,
)
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.shot import Shot


def build(shot: Shot) -> None:
    shot.sampling, shot.brightest_bounce = 2, 4.0
    scenes: Sequence[Callable[[Shot], None]] = (_orbit, _hull, _console, _console, _desk, _servers)
    shot.draw.choice(scenes)(shot)


def _orbit(shot: Shot) -> None:
    """A planet with a station, an artist's rocket, or its moons before it."""
    draw = shot.draw
    shot.key = draw.uniform(0.02, 0.06)
    space.stars(shot, brightness=draw.log_uniform(0.3, 2.0))
    lights.sun(
        shot,
        azimuth=draw.uniform(-2.9, -0.2),
        elevation=draw.uniform(-0.4, 0.7),
        strength=5,
        colour=(1.0, 0.96, 0.9),
        angle=0.006,
    )
    radius = draw.log_uniform(18, 60)
    space.planet(shot, (draw.gauss(0, 0.4) * radius, radius * 1.6 + 12, draw.gauss(0, 0.5) * radius), radius)
    space.planet(shot, (draw.uniform(-25, 25), 40, draw.uniform(-10, 16)), draw.uniform(1.5, 5))
    if "space_exploration" in shot.assets.models() and draw.chance(0.3):
        subject, size = shot.add(shot.assets.model("space_exploration"), location=(0, 0, -2.5), scale=6.0), 6.0
    else:
        subject, size = space.station(shot, (0, 0, 0), 1.0), 10.0
    if shot.moving:
        shot.move(subject, velocity=draw.vector(0.02), spin=draw.vector(0.01))
    width = size * draw.log_uniform(0.25, 2.2)
    target = (draw.uniform(-0.25, 0.25) * size, 0, 0)
    cameras.place(
        shot,
        target,
        width=width,
        azimuth=(-2.2, -0.95),
        elevation=(-0.4, 0.5),
        lens=(28, 80),
        blur=None,
        floor=-1e6,
        roll=0.2,
    )


def _hull(shot: Shot) -> None:
    """The flank of a great ship in raking light."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.08)
    space.stars(shot, brightness=draw.log_uniform(0.3, 2.0))
    space.planet(shot, (draw.uniform(-40, 40), 90, 30), draw.uniform(15, 30))
    space.hull(shot, 26, 9)
    lights.sun(
        shot,
        azimuth=draw.choice((-0.25, -2.9)),
        elevation=draw.uniform(0.2, 0.7),
        strength=5,
        colour=draw.warm_white(),
        angle=0.006,
    )
    glow = [materials.emission(colour, draw.log_uniform(20, 200)) for colour in ((1.0, 0.8, 0.5), draw.vivid())]
    for material in glow:
        material.cycles.emission_sampling = "NONE"
    for k, ink in enumerate(glow):
        count = 240 if k == 0 else 40
        middle = draw.array.uniform((-13, -0.56, -4.5), (13, -0.1, 4.5), (count, 3))
        half = np.array((0.05, 0.02, 0.012)) * draw.array.uniform(0.5, 1.5, (count, 1))
        shot.add(boxes.mesh(boxes.boxes(middle - half, middle + half)), ink)
    face = lettering.font(shot)
    paint = materials.worn_paint(draw, draw.vivid(), size=1.0)
    for _ in range(5):
        body = f"{draw.choice('ABCDEFGHKX')}-{draw.integer(1, 99):02d}"
        text = lettering.text(body, face, size=draw.uniform(0.3, 1.2), extrude=0.3)
        shot.add(text, paint, location=(draw.uniform(-8, 8), -0.2, draw.uniform(-3, 3)), rotation=(math.pi / 2, 0, 0))
    target = (draw.uniform(-5, 5), 0, draw.uniform(-2, 3.5))
    cameras.place(
        shot,
        target,
        width=draw.log_uniform(2, 11),
        azimuth=(-2.5, -0.65),
        elevation=(-0.4, 0.4),
        blur=(0.001, 0.01),
        floor=-1e6,
        roll=0.1,
    )


def _console(shot: Shot) -> None:
    """A cockpit: screens over a desk of switches, lamps and gauges; space or a dark room behind."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.07)
    space.stars(shot, brightness=draw.log_uniform(0.05, 0.5))
    look = screens.theme(shot, draw)
    metal = materials.worn_paint(draw, scaled(draw.neutral(), 0.25), size=0.6)
    for k, x in enumerate((-0.95, 0.0, 0.95)):
        width = draw.uniform(0.6, 0.85)
        panel = screens.screen(shot, draw, look, width, draw.uniform(0.38, 0.5), light=draw.uniform(1, 5))
        panel.location, panel.rotation_euler = (x, 0.35 - 0.22 * abs(k - 1), 1.25), (-0.2, 0, -0.4 * (k - 1))
    desk = shot.add(geometry.box(3.2, 0.9, 0.06, bevel=0.02), metal, location=(0, -0.25, 0.86), rotation=(0.35, 0, 0))
    consoles.switches(shot, desk)
    for x in (-1.3, -0.45, 0.45, 1.3):
        shot.add(machines.gauge(draw, 0.09), location=(x, 0.22, 1.02), rotation=(-0.3, 0, 0))
    beams = [[(x, 0.8, 0.6), (x * 0.8, 0.7, 2.2)] for x in (-1.7, -0.6, 0.6, 1.7)]
    shot.add(geometry.tubes(beams, 0.05, sides=12), metal, to="set")
    lights.area(
        shot,
        (draw.uniform(-2, 2), -1.5, 3),
        (0, 0, 1),
        power=draw.uniform(4, 20),
        colour=draw.cool_white(),
        size=1.0,
        group="fill",
    )
    lights.area(
        shot,
        (draw.choice((-2.5, 2.5)), 0.8, 1.6),
        (0, 0, 1),
        power=draw.uniform(8, 40),
        colour=draw.vivid(),
        size=0.6,
        group="rim",
    )
    target = draw.choice(((0.0, 0.3, 1.25), (draw.uniform(-1, 1), -0.2, 0.9), (draw.choice((-0.95, 0.95)), 0.15, 1.25)))
    cameras.place(
        shot,
        target,
        width=draw.log_uniform(0.45, 2.2),
        azimuth=(-2.0, -1.15),
        elevation=(0.05, 0.5),
        lens=(30, 80),
        blur=(0.003, 0.02),
    )


def _desk(shot: Shot) -> None:
    """A work place in the dark: monitors, keyboard, papers, mugs, a strip of coloured light."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.07)
    lights.flat(shot, draw.cool_white(), 0.004)
    shot.add(geometry.plane(4, 2), materials.wood(draw, size=0.8), to="set", location=(0, 0.4, 0.75))
    wall = draw.choice((materials.plaster, materials.brick, materials.concrete))(draw, size=1.5)
    shot.add(geometry.plane(8, 4), wall, to="set", location=(0, 1.1, 2.0), rotation=(math.pi / 2, 0, 0))
    look = screens.theme(shot, draw)
    for x, turn in ((-0.66, 0.3), (0.0, 0.0), (0.66, -0.3)):
        panel = screens.screen(shot, draw, look, 0.58, 0.34, light=draw.uniform(1, 4))
        panel.location, panel.rotation_euler = (x, 0.45 - 0.3 * abs(turn), 1.1), (0, 0, turn)
        shot.add(
            geometry.cylinder(0.02, 0.2), materials.metal(draw), to="set", location=(x, 0.5 - 0.3 * abs(turn), 0.75)
        )
    _tools(shot)
    strip = lights.area(
        shot,
        (0, 1.0, 0.9),
        (0, 1.05, 2.0),
        power=draw.uniform(10, 60),
        colour=draw.vivid(),
        size=(2.4, 0.03),
        group="rim",
    )
    strip.visible_camera = False
    lights.area(
        shot,
        (-1.5, -1.2, 2.2),
        (0, 0.2, 0.8),
        power=draw.uniform(2, 15),
        colour=draw.warm_white(),
        size=0.5,
        group="key",
    )
    target = (draw.uniform(-0.5, 0.5), 0.2, draw.uniform(0.82, 1.12))
    cameras.place(
        shot,
        target,
        width=draw.log_uniform(0.45, 1.7),
        azimuth=(-2.0, -1.15),
        elevation=(0.08, 0.45),
        lens=(30, 75),
        blur=(0.003, 0.025),
    )


def _tools(shot: Shot) -> None:
    draw = shot.draw
    wanted = (
        ("mechanical_keyboard", 0.42, (0, -0.12)),
        ("mug", 0.12, (0.42, 0.0)),
        ("headphones", 0.22, (-0.5, -0.02)),
        ("cactus", 0.2, (0.75, 0.15)),
    )
    for name, size, (x, y) in wanted:
        if name in shot.assets.models():
            shot.add(shot.assets.model(name), location=(x, y, 0.75), rotation=(0, 0, draw.gauss(0, 0.2)), scale=size)
    if not shot.assets.models():
        caps = materials.plastic(draw, size=0.1)
        for i in range(15):
            for j in range(5):
                key = geometry.box(0.017, 0.017, 0.012, bevel=0.003)
                shot.add(key, caps, location=((i - 7) * 0.02, -0.16 + j * 0.02, 0.76))
    shot.add(props.book_pile(draw), location=(-0.8, 0.1, 0.75), scale=0.25)
    for k in range(3):
        sheet = lettering.text(lettering.wrapped(lettering.prose(draw, 90), 34), None, size=0.009, align="LEFT")
        place = (0.2 + draw.gauss(0, 0.1), -0.28 + draw.gauss(0, 0.04), 0.7515 + 0.001 * k)
        paper = shot.add(
            geometry.box(0.21, 0.297, 0.0006, bevel=0),
            materials.paper(draw, size=0.3),
            location=place,
            rotation=(0, 0, draw.gauss(0, 0.4)),
        )
        shot.add(sheet, materials.plastic(draw, (0.02, 0.02, 0.02)), location=(-0.09, 0, 0.0005)).parent = paper


def _servers(shot: Shot) -> None:
    """An aisle between racks with thousands of small lamps, cables, and a floor that mirrors them."""
    draw = shot.draw
    shot.key = draw.uniform(0.03, 0.06)
    lights.flat(shot, draw.cool_white(), 0.02)
    floor = draw.choice((materials.marble, materials.tiles, materials.concrete))(draw, (0.05, 0.05, 0.055), size=1.2)
    shot.add(geometry.plane(10, 60), floor, to="set", location=(0, 15, 0))
    shot.add(
        geometry.plane(10, 60),
        materials.concrete(draw, (0.1, 0.1, 0.1), size=2.0),
        to="set",
        location=(0, 15, 3.2),
        rotation=(math.pi, 0, 0),
    )
    grille = consoles.rack_material(shot)
    rng = draw.array
    for side in (-1, 1):
        low, high = [], []
        for y in np.arange(-1.0, 26, 0.62):
            for unit in np.arange(0.1, 2.3, 0.09):
                depth = rng.uniform(0.0, 0.03)
                low.append((0.9 - depth if side > 0 else -1.9, y, unit))
                high.append((1.9 if side > 0 else -0.9 + depth, y + 0.6, unit + 0.085))
        random = rng.uniform(0, 1, len(low))
        shot.add(boxes.mesh(boxes.boxes(np.array(low), np.array(high)), random=random), grille)
    consoles.cables(shot)
    for y in np.arange(1, 24, 3.5):
        colour = draw.cool_white() if draw.chance(0.7) else draw.vivid()
        lights.area(
            shot, (0, y, 3.1), (0, y, 0), power=draw.uniform(25, 90), colour=colour, size=(0.12, 1.6), group="key"
        )
    target = (draw.uniform(-0.6, 0.6), draw.uniform(1.5, 6), draw.uniform(0.8, 1.7))
    azimuth = -math.pi / 2 + draw.gauss(0, 0.12)
    camera = cameras.place(
        shot,
        target,
        width=draw.log_uniform(1.0, 3.0),
        azimuth=(azimuth, azimuth),
        elevation=(-0.02, 0.1),
        lens=(24, 50),
        blur=(0.004, 0.03),
    )
    camera.location.x = min(max(camera.location.x, -0.7), 0.7)
