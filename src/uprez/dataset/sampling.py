"""Which patches a run sees: the i-th is a function of the seed and of i alone, so that a run goes on wherever it was
stopped, and ranks and workers that take other numbers never take the same patch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.augmentation import Augmentation, Images, Variation, augment, drawn
from uprez.dataset.density import CELL, Density, cells_of
from uprez.dataset.sources import Source
from uprez.dataset.store.layout import name_of
from uprez.errors import UsageError

_TRIES = 100
"""Draws by the density before one by area alone."""


@dataclass(frozen=True)
class Patch:
    """A patch: its images, (P, P, C) at LR and (P * scale, P * scale, C) else, float32, light compressed; the pair it
    is from; its corner in LR pixels; and the RMS error of bicubic interpolation over the pair's *frame*: the unit in
    which a loss counts, so that a hard frame does not outweigh ten easy ones.
    """

    images: Images
    pair: int
    y: int
    x: int
    error: float


class PatchSampler:
    """Draws patches from some pairs of a source: a frame by its area, a place in it by a density, never of what is left
    out of a pair because LR and HR differ there. Pairs without room for a patch beside it, or at all, are not drawn
    from: `without_room`.
    """

    def __init__(
        self,
        source: Source,
        pairs: Sequence[int],
        *,
        patch: int = 96,
        density: Density | None = None,
        augmentation: Augmentation | None = None,
        images: Sequence[str] = ("lr", "hr"),
        seed: int = 0,
    ) -> None:
        """pairs: places in the source's rows. patch: LR pixels along a side. images: names of what a patch holds.

        Raises UsageError for no pairs with room, or images that a pair has not.
        """
        self.source, self.patch, self.seed = source, patch, seed
        self.augmentation, self.names = augmentation or Augmentation(), tuple(images)
        self._shares = _shares(density or Density())
        sizes = {pair: size for pair in pairs if (size := self._size(pair)) is not None}
        self.pairs, self._sizes = list(sizes), list(sizes.values())
        self.without_room = [pair for pair in pairs if pair not in sizes]
        if not self.pairs:
            raise UsageError(f"no pairs with room for patches of {patch} LR pixels")
        self._areas = np.cumsum([height * width for height, width in self._sizes], dtype=np.float64)

    def place(self, index: int) -> tuple[int, int, int]:
        """The pair of sample `index`, and the patch's corner (y, x) in LR pixels."""
        return self._place(self._random(index))

    def sample(self, index: int) -> Patch:
        """Sample `index`, augmented."""
        (pair, y, x), variation = self.drawn(index)
        row = self.source.rows[pair]
        images = {name: self._read(pair, name, y, x, int(row["scale"])) for name in self.names}
        return Patch(augment(images, variation), pair, y, x, float(row["error"]))

    def drawn(self, index: int) -> tuple[tuple[int, int, int], Variation]:
        """Where sample `index` is, as `place` says it, and how it is varied."""
        random = self._random(index)
        return self._place(random), drawn(self.augmentation, random)

    def _size(self, pair: int) -> tuple[int, int] | None:
        """Height and width of the pair's LR, or None where it has no room for a patch."""
        row = self.source.rows[pair]
        for name in self.names:
            if self.source.image(pair, name) is None:
                raise UsageError(f"{name_of(row)} has no {name}; build the store with it, or leave it out")
        lr = self.source.image(pair, "lr")
        assert lr is not None
        return (lr.height, lr.width) if _has_room(row["left_out"], lr.height, lr.width, self.patch) else None

    def _random(self, index: int) -> np.random.Generator:
        # Philox is a function of its key and counter (Salmon et al. 2011): every index has 2^192 numbers of its own.
        return np.random.Generator(np.random.Philox(key=self.seed, counter=index << 192))

    def _place(self, random: np.random.Generator) -> tuple[int, int, int]:
        """A place whose patch holds nothing of what is left out: drawn anew until it does not, in the end evenly, since
        a density may have all of its light there.
        """
        for tries in count():
            pair, y, x = self._any_place(random, evenly=tries >= _TRIES)
            if not any(
                y < top + height and top < y + self.patch and x < left + width and left < x + self.patch
                for left, top, width, height in self.source.rows[pair]["left_out"]
            ):
                return pair, y, x
        raise AssertionError

    def _any_place(self, random: np.random.Generator, *, evenly: bool) -> tuple[int, int, int]:
        drawn = random.uniform(0, self._areas[-1])
        k = min(int(np.searchsorted(self._areas, drawn, side="right")), len(self.pairs) - 1)
        (height, width), side = self._sizes[k], self.patch
        which = int(np.searchsorted(self._shares, random.uniform(), side="right"))
        if which == 0 or evenly:
            pixel_y, pixel_x = int(random.integers(height)), int(random.integers(width))
        else:
            pixel_y, pixel_x = _pixel(self.source.density(self.pairs[k])[which - 1], height, width, random)
        y = random.integers(max(0, pixel_y - side + 1), min(pixel_y, height - side) + 1)
        x = random.integers(max(0, pixel_x - side + 1), min(pixel_x, width - side) + 1)
        return self.pairs[k], int(y), int(x)

    def _read(self, pair: int, name: str, y: int, x: int, scale: int) -> NDArray[np.float32]:
        times = 1 if name.partition(" ")[0] == "lr" else scale
        return self.source.read(pair, name, y * times, x * times, self.patch * times, self.patch * times)


def _has_room(left_out: Sequence[Sequence[int]], height: int, width: int, patch: int) -> bool:
    """Whether a patch fits, and beside what is left out."""
    if min(height, width) < patch:
        return False
    if not left_out:
        return True
    taken = np.zeros((height - patch + 1, width - patch + 1), np.bool_)
    for x, y, across, down in left_out:
        taken[max(0, y - patch + 1) : y + down, max(0, x - patch + 1) : x + across] = True
    return not taken.all()


def _shares(density: Density) -> NDArray[np.float64]:
    shares = np.array([density.floor, density.intensity, density.hardness], np.float64)
    if shares.min() < 0 or shares.sum() <= 0:
        raise UsageError(f"a density of {density} has no places: shares are positive")
    return np.cumsum(shares / shares.sum())[:2]


def _pixel(cumulative: NDArray[np.float64], height: int, width: int, random: np.random.Generator) -> tuple[int, int]:
    """A pixel of a cell drawn by a cumulative density."""
    cell = min(int(np.searchsorted(cumulative, random.uniform(), side="right")), cumulative.size - 1)
    down, across = divmod(cell, cells_of(width))
    y = down * CELL + int(random.integers(min(CELL, height - down * CELL)))
    return y, across * CELL + int(random.integers(min(CELL, width - across * CELL)))
