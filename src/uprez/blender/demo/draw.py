"""Seeded random choices, the only source of chance in a shot."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from uprez.blender.demo.colours import HARMONIES, Colour, hsv, scaled, white

T = TypeVar("T")


class Draw:
    """Random choices from a seed, and a palette of colours that go together."""

    def __init__(self, seed: str, palette: tuple[Colour, ...] | None = None) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self.array = np.random.default_rng(list(seed.encode()))
        """numpy's generator, of the same seed."""
        self.palette = palette or _palette(random.Random(f"{seed}/palette"))
        """Four to six linear colours."""

    def branch(self, name: str) -> "Draw":
        """Another Draw with the same palette: what it gives depends on the seed and `name`, not on earlier choices."""
        return Draw(f"{self._seed}/{name}", self.palette)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def log_uniform(self, low: float, high: float) -> float:
        """Uniform in the logarithm: for sizes, powers and frequencies."""
        return math.exp(self._random.uniform(math.log(low), math.log(high)))

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def gauss(self, mean: float = 0.0, deviation: float = 1.0) -> float:
        """Normal, cut at 2.5 deviations."""
        return mean + deviation * min(max(self._random.gauss(0, 1), -2.5), 2.5)

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def choice(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def weighted(self, options: Sequence[tuple[T, float]]) -> T:
        """One of (option, weight)."""
        return self._random.choices([option for option, _ in options], [weight for _, weight in options])[0]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options, or all of them in another order where there are fewer."""
        return self._random.sample(options, min(count, len(options)))

    def vector(self, spread: float) -> tuple[float, float, float]:
        """Three numbers from -spread to spread."""
        return self.uniform(-spread, spread), self.uniform(-spread, spread), self.uniform(-spread, spread)

    def angle(self) -> float:
        """Radians, all round."""
        return self._random.uniform(0, math.tau)

    def colour(self) -> Colour:
        """A colour of the palette, a little varied."""
        return scaled(self.choice(self.palette), self.uniform(0.8, 1.15))

    def vivid(self) -> Colour:
        """A saturated colour of any hue."""
        return hsv(self._random.random(), self.uniform(0.7, 0.95), self.uniform(0.75, 1))

    def neutral(self) -> Colour:
        """A grey, beige or near black of low saturation."""
        return hsv(self.uniform(0.05, 0.15), self.uniform(0.02, 0.25), self.uniform(0.2, 0.9))

    def warm_white(self) -> Colour:
        """Lamp light, 1900 to 3600 K, luminance 1."""
        return white(self.uniform(1900, 3600))

    def cool_white(self) -> Colour:
        """Daylight in the shade or moonlight, 6500 to 12000 K, luminance 1."""
        return white(self.uniform(6500, 12000))


def _palette(chooser: random.Random) -> tuple[Colour, ...]:
    first = chooser.random()
    saturation = chooser.uniform(0.35, 0.9)
    value = chooser.uniform(0.55, 0.9)
    colours = [
        hsv(
            first + turn,
            min(saturation * chooser.uniform(0.7, 1.2), 0.95),
            min(value * chooser.uniform(0.6, 1.2), 0.95),
        )
        for turn in chooser.choice(HARMONIES)
    ]
    pale = hsv(first, saturation * 0.2, 0.9)
    dark = hsv(first + 0.5, saturation * 0.6, 0.25)
    return (*colours, pale, dark)
