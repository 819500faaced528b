"""Exact tiling: a frame cut into overlapping tiles of one shape, upscaled tile by tile, put together without a seam."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from uprez.errors import ModelError
from uprez.models.card import Card
from uprez.models.model import Model
from uprez.models.rows import Array

LIVE_TENSORS = 3
"""Activations of the card's width that a runtime holds at once: a layer's input, its output and the skip around it."""


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in LR pixels: it reads [start, stop) and keeps [keep_start, keep_stop)."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int


@dataclass(frozen=True)
class Tile:
    """A tile: what it reads and keeps along the rows and along the columns. All tiles of a plan read the same shape."""

    rows: Span
    columns: Span


def plan_tiles(height: int, width: int, halo: int, max_pixels: int) -> list[Tile]:
    """Cut height x width LR pixels into equal tiles of at most `max_pixels` each, halos included, with the least work
    in all.

    What the tiles keep covers every pixel once; what a tile keeps lies at least `halo` away from those of its edges
    that are not the frame's own. Tiles come by rows from the top, then by columns. Where several cuts cost the same,
    fewer columns win: full-width tiles can be streamed. Raises ModelError when not even the smallest tile fits.
    """
    cuts = []
    for columns in range(1, _most_parts(width, halo) + 1):
        tile_width = _length(width, halo, columns)
        rows = _fewest_parts(height, halo, max_pixels // tile_width)
        if rows:
            cuts.append((rows * _length(height, halo, rows) * columns * tile_width, columns, rows))
    if not cuts:
        smallest = _length(height, halo, _most_parts(height, halo)) * _length(width, halo, _most_parts(width, halo))
        raise ModelError(f"the smallest tile has {smallest} pixels, {max_pixels} fit; raise the memory limit")
    _, columns, rows = min(cuts)
    spans = product(_spans(height, halo, rows), _spans(width, halo, columns))
    return [Tile(row_span, column_span) for row_span, column_span in spans]


def pixel_bytes(card: Card) -> int:
    """Bytes that upscaling one LR pixel takes at the peak: activations, source planes, residual and result."""
    channels = sum(len(one.channels) * (card.scale**2 if one.grid == "hr" else 1) for one in card.inputs)
    return 4 * (LIVE_TENSORS * card.features + 2 * channels + 3 * 4 * card.scale**2)


def upscale_tiled(model: Model, compressed: NDArray[np.floating], memory_bytes: int) -> Array:
    """`model.upscale` of the whole array within about `memory_bytes` beyond source and result, tile by tile where it
    must be.

    Equal to the untiled result within 1e-5 in float32 (a runtime may sum in another order for another shape).
    Raises ModelError when the limit is too small for any tile.
    """
    height, width, channels = compressed.shape
    scale = model.card.scale
    tiles = plan_tiles(height, width, model.card.halo, max(0, memory_bytes // pixel_bytes(model.card)))
    if len(tiles) == 1:
        return model.upscale(compressed)
    result = np.empty((height * scale, width * scale, channels), np.float32)
    for tile in tiles:
        rows, columns = tile.rows, tile.columns
        part = model.upscale(compressed[rows.start : rows.stop, columns.start : columns.stop])
        result[_kept(rows, scale), _kept(columns, scale)] = part[
            _kept_of_tile(rows, scale), _kept_of_tile(columns, scale)
        ]
    return result


def _most_parts(size: int, halo: int) -> int:
    """Into how many parts an axis can be cut, each keeping at least one pixel: two border tiles keep more than the
    rest.
    """
    return max(1, size - 2 * halo) if size > 2 * halo else 1


def _fewest_parts(size: int, halo: int, longest: int) -> int:
    """Into how many parts an axis has to be cut for each to read at most `longest` pixels; 0 if it can't be."""
    if longest >= size:
        return 1
    return -(-(size - 2 * halo) // (longest - 2 * halo)) if longest > 2 * halo else 0


def _length(size: int, halo: int, parts: int) -> int:
    """The length that every one of `parts` tiles reads: together they keep parts * length - 2 halo (parts - 1)
    pixels.
    """
    return -(-(size + 2 * halo * (parts - 1)) // parts)


def _spans(size: int, halo: int, parts: int) -> list[Span]:
    length = _length(size, halo, parts)
    spans: list[Span] = []
    kept = 0
    for part in range(parts):
        # The last tile is shifted inwards, so that all have one shape: the overlap is kept from the tile before.
        start = min(max(0, kept - halo), size - length)
        stop = start + length
        keep_stop = size if part == parts - 1 else stop - halo
        spans.append(Span(start, stop, kept, keep_stop))
        kept = keep_stop
    return spans


def _kept(span: Span, scale: int) -> slice:
    return slice(span.keep_start * scale, span.keep_stop * scale)


def _kept_of_tile(span: Span, scale: int) -> slice:
    return slice((span.keep_start - span.start) * scale, (span.keep_stop - span.start) * scale)
