"""What every model is: a card, and a function from LR pixels to HR pixels in the compressed domain."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uprez.errors import ModelError
from uprez.models.card import Card
from uprez.models.interpolation import Method, interpolate, reach
from uprez.models.rows import Array, planes_of
from uprez.runtimes import Runtime


class Model(Protocol):
    """Something that enlarges frames. Pure: the same array gives the same bytes on the same machine."""

    @property
    def card(self) -> Card: ...

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """(H, W, C), compressed premultiplied colour and linear alpha, to (H * scale, W * scale, C) float32 in the
        same domain.

        Rows within `card.halo` of an edge that is not the frame's own are wrong: give that many rows more and cut
        them off.
        """
        ...


class InterpolationModel:
    """A classical interpolation as a model; any number of channels."""

    def __init__(self, method: Method, scale: int = 2) -> None:
        self.card = Card(name=method, scale=scale, kind="classical", halo=reach(method))
        self._method: Method = method

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """See Model. Edges repeat the last pixel."""
        return interpolate(compressed, self._method, self.card.scale)


class NetworkModel:
    """A network's residual over bicubic interpolation. The interpolation is float32 whatever precision the network
    runs in.

    Takes exactly the channels of the card's inputs: R, G, B, A. What is empty stays empty: a result pixel among
    source pixels that are zero in every channel is zero, for T is so steep there that the least residual would be a
    glow over the whole background.
    """

    def __init__(self, card: Card, runtime: Runtime, *, threads: int | None = None) -> None:
        """threads: for what is done beside the network; None for one a core."""
        self.card = card
        self.runtime = runtime
        self._threads = threads or os.cpu_count() or 1

    def upscale(self, compressed: NDArray[np.floating]) -> Array:
        """See Model. Raises ModelError when the network fails, or returns another shape than its card promises."""
        planes = np.ascontiguousarray(planes_of(compressed))[np.newaxis]
        residual = self.runtime(planes)[0]
        promised = (4, planes.shape[2] * self.card.scale, planes.shape[3] * self.card.scale)
        if residual.shape != promised:
            raise ModelError(
                f"model {self.card.name!r}: its network returns {residual.shape}, its card promises {promised}"
            )
        result = residual.transpose(1, 2, 0)

        def add_interpolation(channel: int) -> None:
            some = slice(channel, channel + 1)
            interpolate(compressed[..., some], "bicubic", self.card.scale, onto=result[..., some])

        with ThreadPoolExecutor(self._threads) as helpers:
            list(helpers.map(add_interpolation, range(len(planes[0]))))
        return _keep_empty(result, planes[0], self.card.scale)


def _keep_empty(result: Array, planes: Array, scale: int) -> Array:
    """Set to zero, in place, the pixels whose nearest source pixels (those that bilinear interpolation takes) are all
    zero.
    """
    filled = np.any(planes, axis=0)
    if not filled.all():
        empty = ~_reached(filled, scale)
        for plane in result.transpose(2, 0, 1):
            np.copyto(plane, 0, where=empty)
    return result


def _reached(filled: NDArray[np.bool_], scale: int) -> NDArray[np.bool_]:
    """(H * scale, W * scale): whether any of the nearest source pixels, one, two or four of them, is filled."""
    height, width = filled.shape
    around = np.pad(filled, 1, mode="edge")
    sides = [(2 * offset + 1 > scale) - (2 * offset + 1 < scale) for offset in range(scale)]
    reached = np.empty((height * scale, width * scale), np.bool_)
    for y, dy in enumerate(sides):
        rows = around[1:-1] | around[1 + dy : height + 1 + dy]
        for x, dx in enumerate(sides):
            reached[y::scale, x::scale] = rows[:, 1:-1] | rows[:, 1 + dx : width + 1 + dx]
    return reached
