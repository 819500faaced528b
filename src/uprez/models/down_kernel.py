"""Fitting the down-kernel: how a renderer's HR frame becomes its LR frame."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from uprez.models.card import Card
from uprez.models.consistency import down
from uprez.pixel_filters import PixelFilter, pixel_filter

_NOISE_FLOOR = 0.01
_FINE = 16  # parts of an HR pixel in which filters are sampled
_STEPS = 6  # Gauss-Newton steps; the fit is nearly quadratic and has settled after four


def fit_down_kernel(
    pairs: Iterable[tuple[NDArray[np.floating], NDArray[np.floating]]], *, taps: int | None = None, scale: int = 2
) -> tuple[float, ...]:
    """The symmetric separable kernel with which `down` takes HR nearest to LR over all pairs: `taps` weights that sum
    to 1.

    pairs: (LR, HR), linear (H, W, C) and (H * scale, W * scale, C); the first three channels are used. taps: `scale`
    or an even number more; where None, the LR pixel and half of one more on either side. Least squares by Gauss-Newton,
    each difference divided by the square root of its LR value: a Monte-Carlo pixel's variance grows with its value, so
    that unweighted highlights would decide alone.
    """
    images = [(lr[..., :3], hr[..., :3]) for lr, hr in pairs]
    taps = scale + 2 * (scale // 2) if taps is None else taps
    half = np.zeros((taps + 1) // 2)  # weights from the centre outwards
    half[: (scale + 1) // 2] = 1 / scale
    ways = _ways(taps)
    for _ in range(_STEPS):
        normal, right = np.zeros((len(ways), len(ways))), np.zeros(len(ways))
        for lr, hr in images:
            noise = np.sqrt(np.abs(lr) + _NOISE_FLOOR)
            error = ((lr - down(hr, _mirrored(half, taps), scale)) / noise).ravel().astype(np.float64)
            slopes = np.stack([(_slope(hr, half, way, taps, scale) / noise).ravel().astype(np.float64) for way in ways])
            normal += slopes @ slopes.T
            right += slopes @ error
        half += np.linalg.lstsq(normal, right)[0] @ ways  # even frames say nothing of it: it stays as it was
    return tuple(float(weight) for weight in _mirrored(half, taps))


def filter_down_kernel(
    lr: PixelFilter, hr: PixelFilter | None = None, *, taps: int | None = None, scale: int = 2
) -> tuple[float, ...]:
    """The kernel with which `down` takes edges seen through `hr` (`lr` where None) nearest to edges seen through `lr`,
    without a render: `taps` as for `fit_down_kernel`, by least squares over all places of an edge, along an axis.

    An edge's profile is the running sum of a filter, and natural images have the spectrum of edges.
    """
    taps = scale + 2 * (scale // 2) if taps is None else taps
    goal = np.asarray(lr.taps(scale * _FINE))
    pieces = np.asarray((hr or lr).taps(_FINE))
    size = max(len(goal), len(pieces) + (taps - 1) * _FINE)
    wanted = np.cumsum(_centred(goal, size))
    moved = [np.roll(_centred(pieces, size), round((k - (taps - 1) / 2) * _FINE)) for k in range(taps)]
    columns = np.cumsum(np.array(moved), axis=1)
    half = np.zeros((taps + 1) // 2)
    half[: (scale + 1) // 2] = 1 / scale
    ways = _ways(taps)
    slopes = np.stack([_mirrored(way, taps) @ columns for way in ways])
    half += np.linalg.lstsq(slopes.T, wanted - _mirrored(half, taps) @ columns)[0] @ ways
    return tuple(float(weight) for weight in _mirrored(half, taps))


def seen_through(card: Card, name: str | None) -> Card:
    """The card of a model for frames of the pixel filter of that name, whose down-kernel is the card's for that filter,
    or else the filter's own, exactly; as it is where no filter is named, and where it has no down-kernel at all. Raises
    UsageError for a filter that there is not.
    """
    if name is None:
        return card
    seen = pixel_filter(name)
    taps = card.down_kernels.get(seen.name)
    if not card.down_kernel:
        return card
    known = tuple(float(tap) for tap in taps if isinstance(tap, int | float)) if isinstance(taps, list | tuple) else ()
    return replace(card, down_kernel=known or filter_down_kernel(seen, taps=3 * card.scale, scale=card.scale))


def _centred(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    margin = size - len(values)
    return np.pad(values, (margin // 2, margin - margin // 2))


def _ways(taps: int) -> NDArray[np.float64]:
    """What the fit may change without changing the sum: weight taken from the centre and given to one outer distance.
    A row each.
    """
    ways = np.eye((taps + 1) // 2)[1:]
    ways[:, 0] = -1 if taps % 2 == 0 else -2
    return ways


def _mirrored(half: NDArray[np.float64], taps: int) -> NDArray[np.float64]:
    return np.concatenate([half[::-1] if taps % 2 == 0 else half[:0:-1], half])


def _slope(
    hr: NDArray[np.floating], half: NDArray[np.float64], way: NDArray[np.float64], taps: int, scale: int
) -> NDArray[np.float32]:
    """How `down` changes with the kernel along `way`: exact as a difference, for `down` is quadratic in its kernel."""
    ahead, behind = _mirrored(half + way, taps), _mirrored(half - way, taps)
    difference = down(hr, ahead, scale) - down(hr, behind, scale)
    return difference * np.float32(0.5)
