"""A city at night: lit windows, neon, light boxes, lanterns, cars and people on a wet street."""

import math

from uprez.blender.demo import avenues, cars, geometry, lettering, lights, materials, scatter, signs
from uprez.blender.demo.colours import scaled
from uprez.blender.demo.shot import Shot

_WORDS = ("OPEN", "Bar", "Café", "Cinema", "Live Music", "Tattoo", "Karaoke", "Diner", "Motel", "24h", "Hotel", "Club")


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.key, shot.sampling, shot.brightest_bounce = draw.uniform(0.05, 0.11), 2, 4.0
    glow = draw.log_uniform(0.6, 2.5)
    avenue = avenues.Avenue(draw.uniform(3.6, 7.5), draw.uniform(45, 70), draw.uniform(0.25, 0.65), glow)
    maker = signs.Maker([lettering.font(shot) for _ in range(4)], glow * draw.log_uniform(2, 5))
    _sky(shot)
    wet = draw.chance(0.75)
    road = avenues.wet_asphalt(draw, wetness=draw.uniform(0.2, 1.0)) if wet else materials.cobble(draw, size=1.2)
    avenues.build(shot, draw, avenue, road, maker)
    avenues.lamps(shot, draw, avenue, draw.log_uniform(40, 400))
    avenues.overhead_wires(shot, draw, avenue)
    if draw.chance(0.5):
        avenues.garlands(shot, draw, avenue, draw.log_uniform(30, 150))
    _signs(shot, avenue, maker)
    _traffic(shot, avenue)
    _people(shot, avenue)
    _camera(shot, avenue)


def _sky(shot: Shot) -> None:
    """Night sky lit by the town, or the last blue of dusk, or an artist's night."""
    draw = shot.draw
    if draw.chance(0.25):
        lights.environment(shot, "night", strength=draw.uniform(0.1, 0.6))
        return
    low = scaled(draw.warm_white(), draw.log_uniform(0.004, 0.03))
    high = scaled(draw.cool_white(), draw.log_uniform(0.003, 0.04))
    lights.gradient(shot, low, high)


def _signs(shot: Shot, avenue: avenues.Avenue, maker: signs.Maker) -> None:
    """Neon on the walls and blade signs that stand out over the pavement."""
    draw = shot.draw
    for _ in range(draw.integer(9, 16)):
        side, y, height = draw.choice((-1, 1)), draw.uniform(1, avenue.length * 0.5), draw.uniform(4.2, 8)
        if draw.chance(0.6):
            sign = signs.blade(shot, draw, maker)
            sign.location = (side * (avenue.half_width - 0.75), y, height + 1.0)
        else:
            sign = signs.neon(shot, draw, maker, draw.choice(_WORDS), draw.uniform(0.6, 1.1))
            sign.location = (side * (avenue.half_width - 0.4), y, height)
            sign.rotation_euler = (0, 0, math.pi / 2 if side < 0 else -math.pi / 2)


def _traffic(shot: Shot, avenue: avenues.Avenue) -> None:
    """Cars on both lanes with their lamps on, and parked ones; the moving ones by chance an artist's."""
    draw = shot.draw
    lane = avenue.half_width * 0.3
    made = [cars.car(draw, lamps=(draw.log_uniform(30, 300), draw.log_uniform(5, 40))) for _ in range(2)]
    names = shot.assets.models("vehicle")
    artists = shot.assets.model(draw.choice(names)) if names else None
    y = draw.uniform(1.0, 6.0)
    for k in range(draw.integer(2, 6)):
        side = draw.choice((-1, 1))
        data, size = (artists, 3.9) if artists is not None and draw.chance(0.3) else (made[k % 2], 1.0)
        place = (side * lane, y, 0.0)
        thing = shot.add(data, location=place, rotation=(0, 0, 0.0 if side < 0 else math.pi), scale=size)
        if shot.moving and draw.chance(0.6):
            shot.move(thing, velocity=(0.0, draw.uniform(0.05, 0.3) * side, 0.0))
        y += draw.uniform(6.5, 13)


def _people(shot: Shot, avenue: avenues.Avenue) -> None:
    """People on the pavements: artists' figures, or else none."""
    draw = shot.draw
    names = [name for name in ("survivor_female", "skater_male", "steampunk_robot") if name in shot.assets.models()]
    data = shot.assets.model(draw.choice(names)) if names else None
    for _ in range(draw.integer(0, 4) if data else 0):
        place = (draw.choice((-1, 1)) * avenue.half_width * draw.uniform(0.68, 0.85), draw.uniform(3, 20), 0.14)
        shot.add(data, location=place, rotation=(0, 0, draw.choice((0.0, math.pi)) + draw.gauss(0, 0.4)), scale=1.75)
    bags = scatter.spaced(shot.scatter, 14, 0.8, 30)
    bag = geometry.ico_sphere(0.3, subdivisions=3)
    black = materials.plastic(draw, (0.01, 0.01, 0.012), size=0.4)
    for x, y, _z in bags:
        place = (avenue.half_width * 0.93 * shot.scatter.choice((-1, 1)) + x * 0.3, y + 15, 0.3)
        shot.add(bag, black, to="set", location=place, rotation=(0, 0, shot.scatter.angle()), scale=(1, 0.8, 0.75))


def _camera(shot: Shot, avenue: avenues.Avenue) -> None:
    """From the pavement, the road, a low puddle view, or a window above."""
    draw = shot.draw
    target = (draw.uniform(-0.5, 0.5) * avenue.half_width, draw.uniform(6, 14), draw.uniform(1.5, 4.5))
    camera = avenues.look_along(shot, avenue, target, draw.log_uniform(4, 14))
    cars.make_room(shot, camera)
