"""The parts of a frame's sums: interpolated, then made to add up to what the network made of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.layers.layers import Layer, Rule
from uprez.upscaling import methods
from uprez.upscaling.colour import interpolate_colour
from uprez.upscaling.frame import SourceBand
from uprez.upscaling.plan import METHOD_REACH
from uprez.upscaling.rows import around, cut
from uprez.upscaling.sharing import (
    Addition,
    Step,
    Term,
    enlarged_short,
    local_contrast,
    range_of,
    reached_by,
    relit,
    settling,
    share_detail,
    short_of,
)

Array = NDArray[np.float32]
"""(H, W, C)."""
Finished = dict[str, list[Array]]
"""The results of layers, by name: their planes, (rows * scale, W * scale), by channel."""


@dataclass(frozen=True)
class Parts:
    """The parts of a beauty, or of other colour, in some rows of a band."""

    source: SourceBand
    rows: range
    scale: int

    def settle(self, finished: Finished) -> None:
        """Put the results of all parts beside those of the other layers, which are finished."""
        layers = self.source.stage.layers
        for step in settling(layers):
            if isinstance(step, Addition):
                finished[step.whole.name] = self._added(step, finished)
            else:
                self._share(step, finished)
        for layer in layers:
            if layer.rule is Rule.BEAUTY_PART and layer.name not in finished:  # its sum lies in another stage
                finished[layer.name] = planes(self._enlarged(layer)) + self._matte(layer)

    def _share(self, step: Step, finished: Finished) -> None:
        """The parts of a sum whose whole has its result, and perhaps some of its parts."""
        lights = [[self._enlarged(layer) for layer in term.layers] for term in step.terms]
        terms = [_times(sum_of(own), term, finished) for own, term in zip(lights, step.terms, strict=True)]
        whole = _result(step.whole, finished)
        for layer in step.known:
            whole -= _result(layer, finished)
        rest, contrasts = self._rest(step, lights)
        share_detail(whole, terms, rest, contrasts)
        for term, own, product in zip(step.terms, lights, terms, strict=True):
            settled = [product] if term.colour is None else relit(own, _result(term.colour, finished), product)
            for layer, light in zip(term.layers, settled, strict=True):
                finished[layer.name] = planes(light) + self._matte(layer)

    def _rest(self, step: Step, lights: Sequence[Sequence[Array]]) -> tuple[Array | None, list[Array]]:
        """What no layer of a sum holds, enlarged, None for nothing; and how much varies in each term's source and in
        that of the rest. lights: the layers of each term, interpolated.
        """
        picture = self._colours(step.whole)
        sources = [self._product(term) for term in step.terms]
        known = [self._colours(layer) for layer in step.known]
        short = short_of(picture, [*sources, *known])
        own = slice(self.rows.start - self._wide.start, self.rows.stop - self._wide.start), self.source.stage.columns
        contrasts = [local_contrast(colour)[own] for colour in sources]
        if not short.any():
            return None, contrasts
        reached = self._inner(reached_by(short, self.scale))
        alike = [
            sum_of(own) if term.colour is None else self._inner(interpolate_colour(source, self.scale))
            for own, source, term in zip(lights, sources, step.terms, strict=True)
        ]
        others = [self._enlarged(layer) for layer in step.known]
        low, high = (extreme[own] for extreme in range_of(short))
        rest = enlarged_short((low, high), reached, self._enlarged(step.whole), [*alike, *others])
        return rest, [*contrasts, local_contrast(short)[own]]

    def _added(self, step: Addition, finished: Finished) -> list[Array]:
        """A layer whose parts have their results."""
        return planes(sum_of([_result(layer, finished) for layer in step.parts])) + self._matte(step.whole)

    @property
    def _wide(self) -> range:
        return around(self.rows, METHOD_REACH, self.source.stage.rows)

    def _colours(self, layer: Layer) -> Array:
        """A layer's colours in the source, with the rows around that interpolation looks at."""
        (pixels,) = self.source.rows_of(layer, self._wide)
        return pixels[..., : len(layer.colours)]

    def _product(self, term: Term) -> Array:
        lights = sum_of([self._colours(layer) for layer in term.layers])
        return lights if term.colour is None else lights * self._colours(term.colour)

    def _enlarged(self, layer: Layer) -> Array:
        return self._inner(interpolate_colour(self._colours(layer), self.scale))

    def _matte(self, layer: Layer) -> list[Array]:
        """A part's alpha, which is a matte; none where it has none."""
        if not layer.alpha:
            return []
        (pixels,) = self.source.rows_of(layer, self._wide)
        return planes(self._inner(methods.held(pixels[..., -1:], self.scale)))

    def _inner(self, result: NDArray[Any]) -> NDArray[Any]:
        """Of a result of the wide rows, (H * scale, W * scale, C), the rows and the columns that are wanted."""
        return self.source.stage.inner(cut(result, self._wide, self.rows, self.scale), self.scale)


def planes(result: Array) -> list[Array]:
    """(H, W, C) as (H, W) a channel."""
    return [result[..., channel] for channel in range(result.shape[2])]


def sum_of(colours: Sequence[Array]) -> Array:
    """Colours of one shape added up, as an array of its own."""
    total = colours[0].copy()
    for colour in colours[1:]:
        total += colour
    return total


def _times(lights: Array, term: Term, finished: Finished) -> Array:
    return lights if term.colour is None else lights * _result(term.colour, finished)


def _result(layer: Layer, finished: Finished) -> Array:
    return np.stack(finished[layer.name][: len(layer.colours)], axis=2)
