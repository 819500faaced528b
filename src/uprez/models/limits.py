"""How dark and how bright the HR pixels of an LR pixel can be, by the light around it.

A network that has learned from one pixel filter takes a sharper one's edges for something else, and puts stripes beside
them; interpolation in the compressed domain overshoots at hard edges, since T makes a step of many stops a small one.
Three rules in linear light hold both. They take nothing away that a source shows:

- A result lies between the smallest and the largest of the 3 x 3 LR pixels around it, unless the source supports more.
  It does at a peak: a thin line or a highlight that is narrower than an LR pixel is dimmed by the pixel filter, and
  falls off on both sides within `SIDE` pixels. So far below the peak as the higher side lies, so far above it a result
  may go; pits likewise. A plain edge falls off on one side only.
- The pixels that an LR pixel is made of share its light. An LR pixel as bright as the brightest around it has no dark
  pixel in it, and one as dark as the darkest no bright one: none has more than all of what the LR pixel has above the
  darkest, times `SPREAD`, since a pixel filter is wider than its pixel.
- `SLACK` of the LR pixel's own light is allowed beyond both, for grain and for what a denoiser has left.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from uprez.models.plateaus import Plateau
from uprez.models.rows import Array, blocks_of_rows

SIDE = 2
"""LR pixels within which a peak falls off on both sides."""
REACH = SIDE + 1
"""LR pixels around its own that the limits of a pixel depend on."""
SUPPORT = 1.0
"""How far above its peak a source supports a network's result, in heights of the peak above its surroundings."""
SPREAD = 1.25
SLACK = 0.02

TOLERATED, REFILLED = 0.07, 0.15
"""Shares of the light of a neighbourhood that may be off before anything and before all of it is made up for."""
OWED, OWED_LEAST = 8, 0.02
"""Where more than this share of the light is off, and an eighth of it was taken from even light, all is made up for."""
RADIUS, BRIGHT = 3, 3
"""LR pixels from the centre of a neighbourhood to its sides; and from there to what is brighter, and counts instead."""
REFILL_REACH = RADIUS + BRIGHT
"""LR pixels around its own that `refill` looks at."""

LEAST = np.float32(1e-6)
"""Light, in scene-linear units, that does not count."""

_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
_BYTES_A_PIXEL = 48  # what is worked on at once


def limits(source: NDArray[np.floating], scale: int, support: float) -> tuple[Array, Array]:
    """The least and the greatest value of the HR pixels in each LR pixel: two (H, W) float32.

    source: one channel, (H, W), linear, finite and below 1e30 in magnitude. support: `SUPPORT` for a network, 0 for an
    interpolation, which knows nothing of what is narrower than a pixel. Beyond the edge the last pixel repeats.
    Negative only where a source pixel nearby is.
    """
    height, width = source.shape
    low, high = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
    for y0, y1 in blocks_of_rows(height, _BYTES_A_PIXEL * width):
        rows = np.clip(np.arange(y0 - REACH, y1 + REACH), 0, height - 1)
        around = np.pad(np.asarray(source[rows], np.float32), ((0, 0), (REACH, REACH)), mode="edge")
        _limit(around, low[y0:y1], high[y0:y1], scale, support)
    return low, high


def _limit(around: Array, low: Array, high: Array, scale: int, support: float) -> None:
    """One block of rows, with REACH pixels around it, into `low` and `high`."""
    own = around[REACH:-REACH, REACH:-REACH]
    near = around[SIDE:-SIDE, SIDE:-SIDE]
    floor = np.minimum(-_largest_of_nine(-near), 0)
    top, bottom = (near, near) if not support else _supported(around, near, np.float32(support))
    top, bottom = _largest_of_nine(top), np.maximum(-_largest_of_nine(-bottom), floor)
    parts = np.float32(SPREAD * scale * scale)
    slack = np.float32(SLACK) * np.abs(own)
    np.minimum(top, bottom + parts * (own - bottom), out=high)
    np.add(high, slack, out=high)
    np.maximum(bottom, top - parts * (top - own), out=low)
    np.subtract(low, slack, out=low)
    np.maximum(low, floor, out=low)


def _supported(around: Array, near: Array, support: np.float32) -> tuple[Array, Array]:
    """How high peaks and how low pits may be, of the shape of `near`; elsewhere the pixels themselves."""
    height, width = near.shape
    sides_of_peak: Array | None = None
    sides_of_pit: Array | None = None
    for dy, dx in _DIRECTIONS:
        ahead, ahead_2, behind, behind_2 = (
            around[SIDE + step * dy :, SIDE + step * dx :][:height, :width] for step in (1, 2, -1, -2)
        )
        higher = np.maximum(np.minimum(ahead, ahead_2), np.minimum(behind, behind_2))
        lower = np.minimum(np.maximum(ahead, ahead_2), np.maximum(behind, behind_2))
        sides_of_peak = higher if sides_of_peak is None else np.minimum(sides_of_peak, higher, out=sides_of_peak)
        sides_of_pit = lower if sides_of_pit is None else np.maximum(sides_of_pit, lower, out=sides_of_pit)
    assert sides_of_peak is not None
    assert sides_of_pit is not None
    peak = near + support * np.maximum(near - sides_of_peak, 0)
    pit = near - support * np.maximum(sides_of_pit - near, 0)
    return peak, pit


def _largest_of_nine(image: Array) -> Array:
    """The largest of the 3 x 3 pixels around each: (H, W) to (H - 2, W - 2)."""
    rows = np.maximum(np.maximum(image[:-2], image[1:-1]), image[2:])
    largest: Array = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return largest


def refill(
    result: Array,
    source: NDArray[np.floating],
    low: Array,
    high: Array,
    scale: int,
    even: Sequence[Plateau] = (),
    owed: Array | None = None,
) -> None:
    """Give small neighbourhoods the light that their limits have cut off, within the limits; changes `result`.

    result: one channel, (H * scale, W * scale), within its limits; source, low and high: (H, W); even: the source's
    `plateaus`; owed: the light that these took away, (H, W). All linear. Where the light of 7 x 7 LR pixels is off,
    their HR pixels go towards their limit, each by the same share of its room: a lamp whose rim was too bright gets its
    light back in its middle. A little that is off is left, but for what is owed.
    """
    phases = [result[y::scale, x::scale] for y in range(scale) for x in range(scale)]
    lowered = np.add.reduce(phases) / np.float32(scale * scale)
    missing, wanted = _around(source - lowered), np.abs(_around(source))
    # Beside a bright edge the dark is off by what the pixel filter spreads: it counts in units of the bright side.
    for _ in range(BRIGHT):
        wanted = _largest_of_nine(np.pad(wanted, 1, mode="edge"))
    share = (np.abs(missing) / (wanted + LEAST) - TOLERATED) / (REFILLED - TOLERATED)
    np.clip(share, 0, 1, out=share)
    if owed is not None:
        owing = np.clip(OWED * _around(owed) / _not_zero(missing), 0, 1)
        np.maximum(share, owing * (np.abs(missing) > OWED_LEAST * wanted), out=share)
    rows = np.flatnonzero(share.any(axis=1))
    if not rows.size:
        return
    lows, highs = _by_phase(low, high, scale, even)
    count = np.float32(len(phases))
    rise = share * np.clip(missing / np.maximum(_around(np.add.reduce(highs) / count - lowered), LEAST), 0, 1)
    fall = share * np.clip(-missing / np.maximum(_around(lowered - np.add.reduce(lows) / count), LEAST), 0, 1)
    some = slice(rows[0], rows[-1] + 1)
    for phase, least, most in zip(phases, lows, highs, strict=True):
        part = phase[some]
        part += rise[some] * (most[some] - part) - fall[some] * (part - least[some])


def _not_zero(values: Array) -> Array:
    return np.where(np.abs(values) < LEAST, LEAST, values)


def _by_phase(low: Array, high: Array, scale: int, even: Sequence[Plateau]) -> tuple[list[Array], list[Array]]:
    """The limits of the HR pixels of each phase, (H, W): those of their LR pixel, and of even light."""
    lows, highs = [low] * scale**2, [high] * scale**2
    for plateau in even:
        phase, place = plateau.phase[0] * scale + plateau.phase[1], (plateau.rows, plateau.columns)
        lows[phase], highs[phase] = low.copy(), high.copy()
        lows[phase][place] = np.maximum(low[place], plateau.low)
        highs[phase][place] = np.minimum(high[place], plateau.high)
    return lows, highs


def _around(image: Array) -> Array:
    """The mean of the pixels within RADIUS of each; beyond the edge the last pixel repeats."""
    height, width = image.shape
    around = np.pad(np.asarray(image, np.float32), RADIUS, mode="edge")
    rows = np.add.reduce([around[k : k + height] for k in range(2 * RADIUS + 1)])
    total = np.add.reduce([rows[:, k : k + width] for k in range(2 * RADIUS + 1)])
    mean: Array = total / np.float32((2 * RADIUS + 1) ** 2)
    return mean
