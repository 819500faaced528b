"""What lies around a data window: nothing, the other side of a picture that goes round, or the last row repeated.

Inside the display window and outside the data window there is nothing, in light and in alpha. Beyond the display window
nobody knows, and the last pixel repeats. A latitude-longitude environment map (attribute `envmap`) goes round: its last
column lies beside its first. Its top and bottom repeat: a row at a pole shows next to one point of the sky, so that the
row itself is what lies beyond the pole. The six faces of a cube lie below each other, but their edges meet elsewhere:
each is a picture of its own, whose last pixel repeats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from uprez.frames.types import Part, Window
from uprez.layers.layers import Layer, Rule
from uprez.models.card import Card
from uprez.models.consistency import CELL

EMPTY_OUTSIDE = frozenset({Rule.BEAUTY, Rule.COLOR, Rule.BEAUTY_PART, Rule.MATTE})
"""Layers that are zero where there is no data: light and alpha. Depths, ids and vectors have no value that says so."""
_LATLONG, _CUBE = 0, 1  # of the attribute `envmap` (OpenEXR, "Standard Attributes")


@dataclass(frozen=True)
class Border:
    """LR pixels around a data window that count as known: zero, or, left and right of a picture that goes round, the
    other side.
    """

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    goes_round: bool = False

    def around(self, window: Window) -> tuple[int, int]:
        """Width and height of a window with its border."""
        return window.width + self.left + self.right, window.height + self.top + self.bottom

    def widened(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Rows of the data window, (rows, W, ...), with the columns of the border."""
        if not self.left and not self.right:
            return rows
        mode: Literal["wrap", "constant"] = "wrap" if self.goes_round else "constant"
        planes = rows.transpose(2, 0, 1) if rows.ndim == 3 else rows  # padded as they lie in memory
        padded = np.pad(planes, ((0, 0),) * (rows.ndim - 1) + ((self.left, self.right),), mode=mode)
        return padded.transpose(1, 2, 0) if rows.ndim == 3 else padded

    def extended(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """An image of the data window, (H, W, C), with its border all around."""
        wide = self.widened(image)
        if not self.top and not self.bottom:
            return wide
        return np.concatenate([nothing_like(wide, self.top), wide, nothing_like(wide, self.bottom)])

    def cut_off(self, result: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
        """A result of `extended`, (H * scale, W * scale, C), without its border."""
        height, width = result.shape[:2]
        rows, columns = (
            slice(self.top * scale, height - self.bottom * scale),
            slice(self.left * scale, width - self.right * scale),
        )
        return result[rows, columns]

    def applies_to(self, rule: Rule) -> bool:
        """Whether its columns mean something to layers of this rule."""
        return self.goes_round or rule in EMPTY_OUTSIDE

    def starts(self, width: int) -> tuple[int, ...]:
        """Columns at which the grid of `models.consistency` is to begin, for a data window of this width: the mean over
        them turns with a picture that goes round, by half a turn.
        """
        if not self.goes_round or width % 2:
            return (0,)
        return tuple(range(0, CELL, gcd(width // 2, CELL)))


NO_BORDER = Border()


def nothing_like(rows: NDArray[Any], count: int) -> NDArray[Any]:
    """`count` rows of zeros beside such rows, (rows, W, ...): as wide, of their type, planar where they are."""
    if rows.ndim == 2:
        return np.zeros((count, rows.shape[1]), rows.dtype)
    return np.zeros((rows.shape[2], count, rows.shape[1]), rows.dtype).transpose(1, 2, 0)


def pictures(parts: Sequence[Part]) -> tuple[Window, ...]:
    """The pictures in the data window that parts have in common: one, or the six faces of a cube, from the top."""
    window = parts[0].data_window
    if not any(_envmap(part) == _CUBE for part in parts) or window.height != 6 * window.width:
        return (window,)
    tops = range(window.y_min, window.y_max + 1, window.width)
    return tuple(Window(window.x_min, top, window.x_max, top + window.width - 1) for top in tops)


def find_border(parts: Sequence[Part], layers: Sequence[Layer], card: Card, reach: int) -> Border:
    """The border of parts with one data window, as wide as their layers look; one of zeros no wider than the display
    window.

    reach: LR pixels beyond its own whose network results a pixel of the result depends on.
    """
    data, display = parts[0].data_window, parts[0].display_window
    if len(pictures(parts)) > 1:
        return NO_BORDER
    goes_round = any(_envmap(part) == _LATLONG for part in parts) and (
        (data.x_min, data.x_max) == (display.x_min, display.x_max)
    )
    # Whole cells before the data window keep the grid of `models.consistency` where the whole frame has it.
    wide = -(-(card.halo + reach + 1) // CELL) * CELL
    empty = any(layer.rule in EMPTY_OUTSIDE for layer in layers)
    top, bottom, left, right = (
        _before(data.y_min - display.y_min, wide) if empty else 0,
        min(max(0, display.y_max - data.y_max), wide) if empty else 0,
        _before(data.x_min - display.x_min, wide) if empty else 0,
        min(max(0, display.x_max - data.x_max), wide) if empty else 0,
    )
    if goes_round:
        return Border(top, bottom, wide, wide, goes_round=True)
    return Border(top, bottom, left, right)


def _before(distance: int, wide: int) -> int:
    """How many of `distance` rows or columns of the display window before the data window count: about `wide`, a
    multiple of CELL, so that whole cells are left out.
    """
    return max(0, distance) if distance <= wide else wide + distance % CELL


def _envmap(part: Part) -> int | None:
    found = part.attributes.get("envmap")
    return found.data[0] if found is not None and found.type == "envmap" and len(found.data) == 1 else None
