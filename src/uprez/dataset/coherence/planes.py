"""What the tests of coherence look at: one plane of a pair, HR brought down beside LR, and the range HR allows."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uprez.models.consistency import Kernel, down

Array = NDArray[np.float32]
Extreme = Callable[..., Array]
"""np.minimum or np.maximum."""

CELL = 4
"""LR pixels along a cell: all windows begin and end with cells."""
TILE = 16
"""LR pixels along a tile: what fails is reported in tiles."""
DARK = 0.03
"""Share of the frame's mean light below which light counts as black: denoisers leave any ratio there."""
BLACK = 1e-6
"""What counts as black in a frame that is all black, scene-linear; T resolves 1e-4."""
WHITE = 1.0
"""Light above it adds no more to the mean: one sun must not make the rest of a frame black."""
FAR_CELLS = 3
"""How many cells away a bright pixel still counts as near by: denoisers smear a light over 12 to 16 pixels."""


class Planes(NamedTuple):
    """One plane of a pair, linear, not negative, finite; (H, W) each at LR's size."""

    lr: Array
    down: Array
    """HR brought down by the renderer's kernel."""
    lowest: Array
    """The least HR sample that LR's pixel filter may see."""
    highest: Array
    """The greatest."""
    brightest: Array
    """The greatest value of LR or HR within FAR_CELLS cells."""
    black: np.float32
    """What counts as black."""


def planes_of_pair(lr: Array, hr: Array, scale: int, kernel: Kernel) -> Planes:
    """lr: (H, W), hr: (H * scale, W * scale), linear, not negative, finite."""
    below = np.maximum(down(hr[..., np.newaxis], kernel, scale)[..., 0], 0)
    highest = footprint(hr, scale, np.maximum)
    lowest, brightest = footprint(hr, scale, np.minimum), _brightest(np.maximum(highest, lr))
    return Planes(lr, below, lowest, highest, brightest, black_of(below))


def black_of(light: Array) -> np.float32:
    """What counts as black beside such light."""
    return np.float32(DARK * float(np.minimum(light, WHITE).mean()) + BLACK)


def footprint(hr: Array, scale: int, extreme: Extreme) -> Array:
    """The extreme of the HR samples within each LR pixel and one HR pixel around it: (H * scale, W * scale) to (H, W).

    At scale 2 these 4 x 4 hold all that a pixel filter as wide as 2 LR pixels sees.
    """
    padded = np.pad(hr, 1, mode="edge")
    rows = _strided(padded, scale, extreme)
    return np.ascontiguousarray(_strided(rows.T, scale, extreme).T)


def _strided(padded: Array, scale: int, extreme: Extreme) -> Array:
    reached = padded[: -scale - 1 : scale].copy()
    for offset in range(1, scale + 2):
        extreme(reached, padded[offset : len(padded) - (scale + 1 - offset) : scale], out=reached)
    return reached


def neighbourhood(plane: Array, extreme: Extreme) -> Array:
    """The extreme of every pixel's 3 x 3 neighbourhood; edges repeat."""
    padded = np.pad(plane, 1, mode="edge")
    rows = extreme(extreme(padded[:-2], padded[1:-1]), padded[2:])
    return extreme(extreme(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def _brightest(plane: Array) -> Array:
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % CELL), (0, -width % CELL)), mode="edge")
    cells = padded.reshape(len(padded) // CELL, CELL, -1).max(axis=1)
    cells = cells.reshape(len(cells), -1, CELL).max(axis=2)
    for _ in range(FAR_CELLS):
        cells = neighbourhood(cells, np.maximum)
    return cells.repeat(CELL, axis=0).repeat(CELL, axis=1)[:height, :width]


def cell_sums(plane: NDArray[np.floating | np.bool], side: int = CELL) -> Array:
    """(H, W) to sums over side x side pixels; what is left over at the right and at the bottom is left out."""
    height, width = plane.shape[0] // side, plane.shape[1] // side
    rows = plane[: height * side, : width * side].reshape(height, side, width * side).sum(axis=1, dtype=np.float32)
    return rows.reshape(height, width, side).sum(axis=2)


def window_sums(cells: NDArray[np.floating], side: int) -> Array:
    """Sums over side x side cells, for every place where such a window fits; where none does, over all cells."""
    down_, across = min(side, cells.shape[0]), min(side, cells.shape[1])
    sums = np.pad(np.cumsum(np.cumsum(cells, axis=0, dtype=np.float64), axis=1), ((1, 0), (1, 0)))
    sums = sums[down_:] - sums[:-down_]
    return (sums[:, across:] - sums[:, :-across]).astype(np.float32)


def tile_maximum(windows: NDArray[np.floating], side: int, tiles: tuple[int, int]) -> Array:
    """The largest value of the windows that touch each tile, (tiles down, tiles across).

    windows: a value for each cell at which a window of side x side cells begins, not negative.
    """
    per_tile = TILE // CELL
    touched = np.zeros((tiles[0] * per_tile, tiles[1] * per_tile), np.float32)
    reached = [*range(0, side - 1, per_tile), side - 1]  # its outermost cells, and one in each tile between
    for y in reached:
        for x in reached:
            part = touched[y : y + windows.shape[0], x : x + windows.shape[1]]
            np.maximum(part, windows[: part.shape[0], : part.shape[1]], out=part)
    return touched.reshape(tiles[0], per_tile, tiles[1], per_tile).max(axis=(1, 3))
