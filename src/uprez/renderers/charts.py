"""Charts: analytic pictures of what few shots hold and every film has, hard edges between very unlike lights.

Lamps, lines, lettering and edges of any direction, over six decades of light, with and without alpha. They need no
renderer and have no noise, so that a network learns from them what light does at an edge under each pixel filter.
"""

import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from uprez.frames import Channel
from uprez.pixel_filters import Array
from uprez.renderers.files import write
from uprez.renderers.plan import ShotTask
from uprez.renderers.protocol import Result
from uprez.request import Image, Shot

NAME = "charts"
_VERSION = f"{NAME} 1"
"""Another one where a seed would give another chart."""

_Random = np.random.Generator
_Plane = NDArray[np.float32]
_Distance = Callable[[_Plane, _Plane], _Plane]
"""From x and y in HR pixels to the signed distance from a shape's edge, negative inside."""

_DARKEST, _BRIGHTEST = -11.0, 6.0
"""Stops of a shape's light: 0.0005 to 64. Lamps are up to `_LAMP` stops above them."""
_LAMP = 8.0
_ELEMENTS = 0.3
"""Share of charts that are shapes over nothing, with alpha."""


def chart_tasks(seeds: Sequence[int], size: int) -> list[ShotTask]:
    """A task for each seed. size: HR pixels along a side, a multiple of the scale."""
    return [
        ShotTask(
            show=NAME,
            name=f"{NAME}_{seed:04d}",
            look=NAME,
            shot=Shot(scene=NAME, seed=seed),
            frames=(1,),
            size=(size, size),
        )
        for seed in seeds
    ]


class Charts:
    """Draws the fine samples of charts: see `uprez.renderers.protocol.Renderer`."""

    name = NAME

    def version(self) -> str:
        return _VERSION

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        """Every image has `subpixels`; LR's and HR's samples are the same chart."""
        for image in images:
            wall, core = time.perf_counter(), time.process_time()
            size = round(image.width / image.relative_size)  # of HR, whichever of the two is made of it
            samples = chart(shot.seed, size, image.width // size)
            seconds, core_seconds = time.perf_counter() - wall, time.process_time() - core
            result = Result(image=image, seconds=seconds, core_seconds=core_seconds, samples=1)
            planes = {name: (Channel(name, "float"), samples[..., k]) for k, name in enumerate("RGBA")}
            write(planes, shot, result)
            yield result


def chart(seed: int, size: int, subpixels: int) -> Array:
    """The fine samples of chart `seed`: (size * subpixels, size * subpixels, 4) float32, linear and premultiplied.

    size: HR pixels along a side. Every subpixel holds the mean of its area, by the distance from its centre to the
    edge. The same arguments give the same chart.
    """
    random = np.random.Generator(np.random.Philox(key=seed))
    fine = size * subpixels
    y, x = (np.mgrid[:fine, :fine].astype(np.float32) + np.float32(0.5)) / np.float32(subpixels)
    picture = np.zeros((fine, fine, 4), np.float32)
    if random.uniform() >= _ELEMENTS:
        picture[..., 3] = 1
        picture[..., :3] = _background(random, x, y, size)
    for _ in range(int(random.integers(4, 28))):
        shape = _SHAPES[int(random.integers(len(_SHAPES)))]
        _draw(picture, shape(random, size), _light(random), x, y, subpixels)
    return picture


def _light(random: _Random) -> _Plane:
    """The linear R, G, B of a shape: grey or coloured, one in five a lamp."""
    stops = random.uniform(_DARKEST, _BRIGHTEST) + (random.uniform(2, _LAMP) if random.uniform() < 0.2 else 0)
    tint = random.uniform(0.05, 1, 3) if random.uniform() < 0.6 else np.ones(3)
    return (2.0**stops * tint / tint.max()).astype(np.float32)


def _background(random: _Random, x: _Plane, y: _Plane, size: int) -> _Plane:
    """An even light, or one that falls off to one side, (H, W, 3)."""
    light = _light(random) * np.float32(0.25)
    if random.uniform() < 0.5:
        return np.broadcast_to(light, (*x.shape, 3)).astype(np.float32)
    turn = random.uniform(0, 2 * np.pi)
    along = (np.cos(turn) * x + np.sin(turn) * y) / size
    fall = np.exp2(random.uniform(0.5, 4) * along).astype(np.float32)
    result: _Plane = fall[..., np.newaxis] * light
    return result


def _draw(picture: Array, distance: _Distance, light: _Plane, x: _Plane, y: _Plane, subpixels: int) -> None:
    """Put a shape over the picture, in place."""
    cover = np.clip(0.5 - distance(x, y) * subpixels, 0, 1)
    rows, columns = np.flatnonzero(cover.any(axis=1)), np.flatnonzero(cover.any(axis=0))
    if not rows.size:
        return
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    covered = cover[part][..., np.newaxis]
    picture[part] = picture[part] * (1 - covered) + covered * np.append(light, np.float32(1))


def _half_plane(random: _Random, size: int) -> _Distance:
    """An edge across the whole chart, half of them within a few degrees of a row or a column, where stripes show."""
    turn = random.uniform(0, 2 * np.pi)
    if random.uniform() < 0.5:
        turn = np.round(turn / (np.pi / 2)) * (np.pi / 2) + random.uniform(-0.12, 0.12)
    px, py = random.uniform(0.15, 0.85, 2) * size
    return lambda x, y: (np.cos(turn) * (x - px) + np.sin(turn) * (y - py)).astype(np.float32)


def _disc(random: _Random, size: int) -> _Distance:
    px, py = random.uniform(0, 1, 2) * size
    radius = np.exp(random.uniform(np.log(0.4), np.log(size / 5)))
    return lambda x, y: (np.hypot(x - px, y - py) - radius).astype(np.float32)


def _ring(random: _Random, size: int) -> _Distance:
    disc, width = _disc(random, size), np.exp(random.uniform(np.log(0.3), np.log(6)))
    return lambda x, y: np.abs(disc(x, y)) - np.float32(width)


def _line(random: _Random, size: int) -> _Distance:
    """A straight line of 0.4 to 8 HR pixels."""
    ends = random.uniform(-0.1, 1.1, (2, 2)) * size
    return _stroke(ends, np.exp(random.uniform(np.log(0.2), np.log(4))))


def _bundle(random: _Random, size: int) -> _Distance:
    """Parallel lines: a grille, blinds, wires."""
    turn, pitch = random.uniform(0, np.pi), np.exp(random.uniform(np.log(2.5), np.log(24)))
    if random.uniform() < 0.4:
        turn = np.round(turn / (np.pi / 2)) * (np.pi / 2) + random.uniform(-0.05, 0.05)
    half, px, py = pitch * random.uniform(0.1, 0.4), *(random.uniform(0.2, 0.8, 2) * size)
    long, wide = random.uniform(0.05, 0.4, 2) * size

    def distance(x: _Plane, y: _Plane) -> _Plane:
        u = np.cos(turn) * (x - px) + np.sin(turn) * (y - py)
        v = np.cos(turn) * (y - py) - np.sin(turn) * (x - px)
        lines = np.abs(u - np.round(u / pitch) * pitch) - half
        return np.maximum.reduce([lines, np.abs(v) - long, np.abs(u) - wide]).astype(np.float32)

    return distance


def _polygon(random: _Random, size: int) -> _Distance:
    """A convex polygon of three to six sides."""
    px, py = random.uniform(0, 1, 2) * size
    radius, count = np.exp(random.uniform(np.log(2), np.log(size / 4))), int(random.integers(3, 7))
    turns = random.uniform(0, 2 * np.pi) + np.arange(count) * 2 * np.pi / count + random.uniform(-0.3, 0.3, count)

    def distance(x: _Plane, y: _Plane) -> _Plane:
        sides = [np.cos(turn) * (x - px) + np.sin(turn) * (y - py) - radius for turn in turns]
        return np.maximum.reduce(sides).astype(np.float32)

    return distance


def _lettering(random: _Random, size: int) -> _Distance:
    """A line of made-up letters: strokes between the points of a grid of 3 x 5."""
    height = np.exp(random.uniform(np.log(5), np.log(60)))
    half, left, top = height * random.uniform(0.04, 0.12), *(random.uniform(-0.1, 0.7, 2) * size)
    lean, letters = random.uniform(-0.2, 0.3), int(random.integers(2, 9))
    strokes = []
    for letter in range(letters):
        for _ in range(int(random.integers(2, 5))):
            ends = np.stack([random.integers(0, 3, 2) / 2 * 0.6, random.integers(0, 5, 2) / 4], axis=1)
            ends[:, 0] += letter * 0.9 + lean * (1 - ends[:, 1])
            strokes.append(_stroke(ends * height + (left, top), half))
    return lambda x, y: np.minimum.reduce([stroke(x, y) for stroke in strokes])


def _dots(random: _Random, size: int) -> _Distance:
    """A cluster of small discs: stars, a string of lamps, glints."""
    centres, radius = random.uniform(0, 1, (int(random.integers(3, 12)), 2)) * size, random.uniform(0.2, 2)
    return lambda x, y: (np.minimum.reduce([np.hypot(x - px, y - py) for px, py in centres]) - radius).astype(
        np.float32
    )


def _stroke(ends: NDArray[np.floating], half: float) -> _Distance:
    """A straight stroke with round ends, `half` as wide to each side."""
    (ax, ay), (bx, by) = ends
    dx, dy = bx - ax, by - ay
    length = max(float(dx * dx + dy * dy), 1e-9)

    def distance(x: _Plane, y: _Plane) -> _Plane:
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1)
        return (np.hypot(x - ax - along * dx, y - ay - along * dy) - half).astype(np.float32)

    return distance


_SHAPES: Sequence[Callable[[_Random, int], _Distance]] = (
    _half_plane,
    _disc,
    _disc,
    _ring,
    _line,
    _line,
    _bundle,
    _polygon,
    _lettering,
    _lettering,
    _dots,
)
