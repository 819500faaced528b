"""Self-ensemble: a frame upscaled in all eight of its flips and turns, and the mean taken."""

import hashlib
import math
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from uprez.models.card import Card
from uprez.models.model import Model
from uprez.models.rows import Array

WAYS = tuple(product((False, True), repeat=3))
"""Turned by a quarter or not, mirrored along the rows or not, along the columns or not: all eight symmetries of a
square.
"""


def ensemble_card(card: Card) -> Card:
    """What the card of a model says of its self-ensemble: other pixels, and the sum in memory."""
    sum_of_eight = math.ceil(4 * card.scale**2 / 3)  # as `uprez.models.tiling.pixel_bytes` counts features
    content = hashlib.sha256(f"{card.network_sha256} in eight ways".encode()).hexdigest()
    return replace(card, features=card.features + sum_of_eight, network_sha256=content)


class EnsembleModel:
    """The mean of what a model makes of a frame in eight ways, brought back (Timofte et al. 2016, "enhanced
    prediction"; Lim et al. 2017, "self-ensemble"): eight times the time. What errs one way in each is less in the mean.
    """

    def __init__(self, model: Model) -> None:
        self.card = ensemble_card(model.card)
        self.model = model

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """See Model."""
        total: Array | None = None
        for way in WAYS:
            result = _back(self.model.upscale(_turned(compressed, *way)), *way)
            total = result.copy() if total is None else np.add(total, result, out=total)
        assert total is not None
        return np.multiply(total, np.float32(1 / len(WAYS)), out=total)


def _turned(image: NDArray[np.floating], quarter: bool, rows: bool, columns: bool) -> NDArray[np.floating]:
    image = image.transpose(1, 0, 2) if quarter else image
    return np.ascontiguousarray(image[:: -1 if rows else 1, :: -1 if columns else 1])


def _back(image: Array, quarter: bool, rows: bool, columns: bool) -> Array:
    image = image[:: -1 if rows else 1, :: -1 if columns else 1]
    return image.transpose(1, 0, 2) if quarter else image
