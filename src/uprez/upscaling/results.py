"""From source rows, and what the network made of them, to the rows of a result: every layer by its rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uprez.layers.layers import Layer, Rule
from uprez.layers.storage import REACH as STORAGE_REACH
from uprez.layers.storage import may_exceed, spread_excess
from uprez.models.card import Card
from uprez.models.consistency import REACH as CONSISTENCY_REACH
from uprez.models.consistency import enforce
from uprez.models.limits import REFILL_REACH, SUPPORT, refill
from uprez.models.model import Model
from uprez.models.rows import planar
from uprez.models.safeguard import REACH as SAFEGUARD_REACH
from uprez.models.safeguard import safeguard
from uprez.models.tiling import upscale_tiled
from uprez.upscaling import methods
from uprez.upscaling.colour import BRIGHTEST, expanded, hold, limits_of, model_input, settle
from uprez.upscaling.frame import SourceBand
from uprez.upscaling.parts import Parts, planes
from uprez.upscaling.plan import METHOD_REACH, NETWORK_RULES
from uprez.upscaling.rows import SlidingRows, around, cut
from uprez.upscaling.surfaces import nearest_surface

Array = NDArray[np.float32]
"""(H, W, C)."""
PIECE_ROWS, LEAST_PIECE_ROWS = 288, 64
"""LR rows that are finished at once: not so few that what is computed beyond them for context outweighs them."""
ROW_MULTIPLE = 16
"""Pieces are multiples of this, so that those of most compressions are whole chunks."""


def reach_of(card: Card, *, consistency: bool) -> int:
    """LR rows beyond its own whose network results a row of the result depends on, at most."""
    return _finished_reach(card, consistency=consistency) + STORAGE_REACH


def _finished_reach(card: Card, *, consistency: bool) -> int:
    """The same for a row with no light nearby that the result could not store."""
    is_held = consistency and card.down_kernel
    return max(METHOD_REACH, CONSISTENCY_REACH + SAFEGUARD_REACH + REFILL_REACH if is_held else 0)


@dataclass
class NetworkRows:
    """The network's results for the frame that is going through: each row computed once, held while needed."""

    model: Model
    reach: int
    _stage: object = None
    _rows: dict[str, SlidingRows] = field(default_factory=dict)

    def compute(self, source: SourceBand) -> dict[str, Array]:
        """For each layer that goes through the network, compressed results for `around(band.rows)`, (rows * scale, W *
        scale, C).
        """
        stage = source.stage
        if stage is not self._stage:
            self._stage, self._rows = stage, {}
        band, scale = source.band, self.model.card.scale
        wanted = around(band.rows, self.reach, stage.rows)
        results = {}
        for layer in stage.layers:
            if layer.rule in NETWORK_RULES:
                rows = self._rows.setdefault(layer.name, SlidingRows(stage.rows.start * scale))
                rows.put(self._computed(layer, source))
                if band.rows:
                    rows.drop(wanted.start * scale)
                    results[layer.name] = rows.get(wanted.start * scale, wanted.stop * scale)
        return results

    def _computed(self, layer: Layer, source: SourceBand) -> Array:
        band, scale = source.band, self.model.card.scale
        (pixels,) = source.layers[layer.name]
        window = pixels[band.window.start - band.source.start : band.window.stop - band.source.start]
        result = upscale_colour(window, layer.alpha, self.model, source.stage.network_bytes)
        return result[
            (band.computed.start - band.window.start) * scale : (band.computed.stop - band.window.start) * scale
        ]


def upscale_colour(source: Array, alpha: bool, model: Model, memory_bytes: int) -> Array:
    """(H, W, C) linear, one or three colours and perhaps their alpha, through the model: compressed, (H * scale, W *
    scale, C).
    """
    colours = source.shape[2] - alpha
    result = upscale_tiled(
        model, model_input(source[..., :colours], source[..., colours] if alpha else None), memory_bytes
    )
    if colours == 3:
        return result[..., : source.shape[2]]
    grey = result[..., :3].mean(axis=2, keepdims=True)
    return np.concatenate([grey, result[..., 3:]], axis=2) if alpha else grey


def finish_colour(
    compressed: Array,
    source: Array,
    alpha: bool,
    card: Card,
    *,
    consistency: bool,
    first_row: int = 0,
    starts: Sequence[int] = (0,),
) -> Array:
    """The model's compressed result to linear, (H * scale, W * scale, C), held to the source (H, W, C).

    first_row: the row of the frame that is the source's first. starts: columns at which the grid of `enforce` begins;
    of several the mean is taken.
    """
    colours = source.shape[2] - alpha
    result = planar(len(compressed), compressed.shape[1], compressed.shape[2])
    result[..., colours:] = compressed[..., colours:]
    expanded(compressed[..., :colours], out=result[..., :colours])
    support = 0.0 if card.kind == "classical" else SUPPORT
    within = limits_of(source, card.scale, alpha=alpha, support=support)
    if consistency and card.down_kernel:
        hold(result, within, card.scale)  # before, too: what is cut off is given back as light nearby
        # An alpha that is 1 all over, or 0, is settled below.
        even = bool(alpha) and np.ptp(source[..., -1]) == 0
        some = slice(colours if even else None)
        held_to, held = np.clip(source[..., some], -BRIGHTEST, BRIGHTEST), result[..., some]
        safeguard(held, held_to, card.down_kernel, card.scale, colours=colours)
        _enforce(held, held_to, card, first_row, starts)
        taken = hold(result, within, card.scale)
        for channel, limit in enumerate(within[:colours]):
            light, owed = held_to[..., channel], taken[channel]
            refill(result[..., channel], light, limit.low, limit.high, card.scale, limit.even, owed)
    return settle(result, source, card.scale, alpha=alpha, within=within)


def _enforce(held: Array, held_to: Array, card: Card, first_row: int, starts: Sequence[int]) -> None:
    """`enforce`, in place, with its grid beginning at each of some columns in turn, and the mean taken. What lies
    before the first of them is held by the other grids alone, so that it must be a border.
    """
    if len(starts) == 1:
        enforce(held, held_to, card.down_kernel, card.scale, first_row=first_row, out=held)
        return
    total = np.zeros_like(held)
    for start in starts:
        fine = slice(start * card.scale, None)
        total[:, fine] += enforce(held[:, fine], held_to[:, start:], card.down_kernel, card.scale, first_row=first_row)
    np.divide(total, len(starts), out=held)


@dataclass(frozen=True)
class Finisher:
    """Makes the rows of results; holds nothing between bands, and may be used by several threads at once."""

    card: Card
    consistency: bool

    def finish(self, source: SourceBand, networks: Mapping[str, Array], rows: range) -> dict[str, list[Array]]:
        """Some of a band's rows: for each layer of its stage the planes, (rows * scale, W * scale), by channel."""
        layers = source.stage.layers
        finished: dict[str, list[Array]] = {}
        for layer in layers:
            if layer.rule in NETWORK_RULES:
                finished[layer.name] = self._colour(layer, source, networks[layer.name], rows)
            elif layer.rule is Rule.ID:
                planes = (plane[:, source.stage.columns] for plane in source.rows_of(layer, rows))
                finished[layer.name] = [methods.nearest(plane, self._scale) for plane in planes]
            elif layer.rule is not Rule.BEAUTY_PART:
                finished[layer.name] = self._interpolated(layer, source, rows)
        Parts(source, rows, self._scale).settle(finished)
        return finished

    @property
    def _scale(self) -> int:
        return self.card.scale

    def _colour(self, layer: Layer, source: SourceBand, compressed: Array, rows: range) -> list[Array]:
        stage, ceiling = source.stage, source.stage.ceilings[layer.name]
        held = around(source.band.rows, reach_of(self.card, consistency=self.consistency), stage.rows)
        reach = _finished_reach(self.card, consistency=self.consistency)
        near = around(rows, STORAGE_REACH, stage.rows)
        colours = len(layer.colours)
        bright = may_exceed(source.rows_of(layer, near)[0][..., :colours], ceiling)
        near = near if bright else rows
        wide = around(near, reach, stage.rows)
        (pixels,) = source.rows_of(layer, wide)
        result = finish_colour(
            cut(compressed, held, wide, self._scale),
            pixels,
            layer.alpha,
            self.card,
            consistency=self.consistency,
            first_row=wide.start - stage.rows.start,
            starts=stage.border.starts(stage.window.width),
        )
        result = cut(result, wide, near, self._scale)
        if bright:
            own = pixels[near.start - wide.start : near.stop - wide.start, :, :colours]
            spread_excess(result[..., :colours], own, ceiling, self._scale)
        return planes(source.stage.inner(cut(result, near, rows, self._scale), self._scale))

    def _interpolated(self, layer: Layer, source: SourceBand, rows: range) -> list[Array]:
        known = source.stage.border.applies_to(layer.rule)
        within = source.stage.rows if known else range(source.stage.window.height)
        wide = around(rows, METHOD_REACH, within)
        (pixels,) = source.rows_of(layer, wide)
        pixels = pixels if known else pixels[:, source.stage.columns]
        match layer.rule:
            case Rule.NORMAL:
                result = methods.normals(pixels, self._scale)
            case Rule.DEPTH:
                result = nearest_surface(pixels, self._scale)
            case Rule.MOTION:
                result = nearest_surface(pixels, self._scale) * _in_pixels(layer, self._scale)
            case _:
                result = methods.held(pixels, self._scale)
        result = cut(result, wide, rows, self._scale)
        return planes(source.stage.inner(result, self._scale) if known else result)


def pieces(rows: range, workers: int) -> list[range]:
    """A band's rows in pieces that workers finish side by side: as many as there are workers, or more smaller ones."""
    count = max(1, min(workers * -(-len(rows) // (workers * PIECE_ROWS)), len(rows) // LEAST_PIECE_ROWS))
    step = -(-len(rows) // (count * ROW_MULTIPLE)) * ROW_MULTIPLE
    return [range(start, min(start + step, rows.stop)) for start in range(rows.start, rows.stop, max(1, step))]


def _in_pixels(layer: Layer, scale: int) -> Array:
    """What each channel of motion grows by. Three are a vector of which the last is depth or spare; two pairs are
    there and back.
    """
    factors = [scale, scale, 1] if len(layer.channels) == 3 else [scale] * len(layer.channels)
    return np.array(factors, np.float32)
