"""Parts of a face that looks to -y: eyes, whiskers, horns."""

import numpy as np

from uprez.blender.demo import geometry
from uprez.blender.demo.colours import hsv
from uprez.blender.demo.materials import hard
from uprez.blender.demo.shot import Shot


def eyes(shot: Shot, wide: float) -> None:
    """Eyes with an iris, a pupil and a clear, wet coat."""
    draw = shot.draw
    radius = draw.uniform(0.15, 0.27)
    iris = hard.ceramic(draw, hsv(draw.uniform(0, 0.7), 0.8, 0.6), size=radius * 0.5)
    dark = hard.plastic(draw, (0.004, 0.004, 0.004), size=0.3)
    white = hard.plastic(draw, (0.8, 0.77, 0.72), size=0.8)
    count = draw.weighted(((2, 5.0), (1, 1.0), (3, 1.0)))
    for x in {1: [0.0], 2: [-0.38, 0.38], 3: [-0.48, 0.0, 0.48]}[count]:
        centre = np.array([x * wide, -0.84 + 0.25 * abs(x), 0.28 if x or count == 1 else 0.5])
        look = np.array([draw.gauss(0, 0.04) + x * 0.3, -1.0, 0.04])
        look /= np.linalg.norm(look)
        for size, ahead, material in ((1.0, 0.0, white), (0.62, 0.44, iris), (0.36, 0.72, dark)):
            place = centre + look * radius * ahead
            shot.add(geometry.sphere(radius * size, segments=36), material, location=tuple(place))


def whiskers(shot: Shot) -> None:
    draw = shot.draw
    lines = []
    for side in (-1, 1):
        for k in range(5):
            tip = (side * draw.uniform(0.8, 1.2), -1.1, -0.55 + 0.16 * k)
            lines.append(geometry.spline([(side * 0.2, -1.08, -0.35), (side * 0.6, -1.25, -0.35 + 0.08 * k), tip], 14))
    shot.add(
        geometry.tubes(lines, [np.linspace(0.006, 0.001, 14)] * len(lines), sides=5),
        hard.plastic(draw, (0.85, 0.85, 0.82), size=0.1),
    )


def horns(shot: Shot, wide: float) -> None:
    draw = shot.draw
    curl = draw.uniform(-0.5, 0.6)
    t = np.linspace(0, 1, 40)
    lines = [
        np.stack([side * (0.35 * wide + 0.5 * t + curl * t**2), 0.1 - 0.3 * t**2, 0.75 + 0.8 * t - 0.2 * t**2], -1)
        for side in (-1, 1)
    ]
    radius = (0.17 * (1 - t) + 0.01) * (1 + 0.07 * np.sin(t * 90))
    shot.add(geometry.tubes(lines, [radius, radius], sides=24), hard.wax(draw, hsv(0.1, 0.4, 0.6), size=0.5))
