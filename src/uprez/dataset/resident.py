"""Pairs that live in a device's memory: patches are cut out and varied there, and no loader is in the way."""

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
import torch
from torch import Tensor

from uprez.dataset.augmentation import Variation, turned
from uprez.dataset.coding import STEPS
from uprez.dataset.loader import Minibatch, Numbering
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store
from uprez.dataset.tensors import compress_rgba, expand_rgba

_SHARE = 0.4
"""Of a GPU's free memory that pairs may take; the network needs the rest."""


def is_resident(sampler: PatchSampler, device: torch.device) -> bool:
    """Whether a sampler's pairs fit into a GPU's memory beside what trains there, and are light alone."""
    if device.type != "cuda" or set(sampler.names) != {"lr", "hr"} or not isinstance(sampler.source, Store):
        return False
    images = (sampler.source.image(pair, name) for pair in sampler.pairs for name in sampler.names)
    free, _ = torch.cuda.mem_get_info(device)
    return sum(image.nbytes for image in images if image) <= _SHARE * free


class ResidentPairs:
    """A sampler's pairs on a device, as they are stored: two bytes a sample. It gives the minibatches that
    `uprez.dataset.loader.minibatches` gives, within rounding.
    """

    def __init__(self, sampler: PatchSampler, device: torch.device) -> None:
        """sampler: of a store, `lr` and `hr` alone. Raises DamageError where a tile is damaged."""
        self._sampler = sampler
        self._images = {name: _Planes(sampler, name, device) for name in ("lr", "hr")}

    def minibatches(self, numbering: Numbering, *, first: int = 0) -> Iterator[Minibatch]:
        """Without end, from number `first` on."""
        for number in count(first):
            yield self._minibatch([self._sampler.drawn(index) for index in numbering.samples(number)])

    def _minibatch(self, drawn: Sequence[tuple[tuple[int, int, int], Variation]]) -> Minibatch:
        places, variations = [place for place, _ in drawn], [variation for _, variation in drawn]
        rows = self._sampler.source.rows
        lr, hr = (_varied(self._images[name].cut(places, variations), variations) for name in ("lr", "hr"))
        error = torch.tensor([float(rows[pair]["error"]) for pair, _, _ in places], dtype=torch.float32)
        return Minibatch(lr, hr, error.to(lr.device), {})


class _Planes:
    """One image of every pair, plane after plane, in one piece."""

    def __init__(self, sampler: PatchSampler, name: str, device: torch.device) -> None:
        source = sampler.source
        assert isinstance(source, Store)
        self._device = device
        self._starts: dict[int, int] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        specs = {pair: source.image(pair, name) for pair in sampler.pairs}
        self._samples = torch.empty(sum(s.nbytes // 2 for s in specs.values() if s), dtype=torch.int16, device=device)
        start = 0
        for pair, spec in specs.items():
            assert spec is not None
            stored = source.read_stored(pair, name, 0, 0, spec.height, spec.width).transpose(2, 0, 1)
            end = start + stored.size
            self._samples[start:end] = torch.from_numpy(np.ascontiguousarray(stored).reshape(-1)).to(device)
            self._starts[pair], self._sizes[pair], start = start, (spec.height, spec.width), end
        times = {int(source.rows[pair]["scale"]) for pair in sampler.pairs} if name == "hr" else {1}
        (self._times,) = times
        self._side = sampler.patch * self._times

    def cut(self, places: Sequence[tuple[int, int, int]], variations: Sequence[Variation]) -> Tensor:
        """(N, 4, P, P) float32, compressed, each turned and its colours in their order: one look-up for all.

        Where a patch's sample (c, i, j) lies is affine in i and j, also where it is turned.
        """
        origins, by_row, by_column, planes = [], [], [], []
        for (pair, y, x), variation in zip(places, variations, strict=True):
            height, width = self._sizes[pair]
            origin, down, across = _strides(variation.way, self._side, width)
            origins.append(self._starts[pair] + (y * self._times) * width + x * self._times + origin)
            by_row.append(down)
            by_column.append(across)
            planes.append([height * width * channel for channel in (*variation.order, 3)])
        along = torch.arange(self._side, device=self._device)
        where = self._tensor(origins)[:, None, None, None] + self._tensor(planes)[:, :, None, None]
        where = where + self._tensor(by_row)[:, None, None, None] * along[:, None]
        where = where + self._tensor(by_column)[:, None, None, None] * along
        return self._samples[where].float() / STEPS

    def _tensor(self, values: Sequence[object]) -> Tensor:
        return torch.tensor(values, dtype=torch.int64).to(self._device, non_blocking=True)


def _strides(way: int, side: int, width: int) -> tuple[int, int, int]:
    """Of a square of `side` in an image of `width`, turned: where its first sample lies from the square's own corner,
    and how far on the next row and the next column are.
    """
    last = side - 1
    corners = np.array([[0, last], [last * width, last * width + last]])[..., np.newaxis]
    ((origin, right), (below, _)) = turned(corners, way, "light")[..., 0].tolist()
    return origin, (below - origin) // last, (right - origin) // last


def _varied(light: Tensor, variations: Sequence[Variation]) -> Tensor:
    """What `uprez.dataset.augmentation.augment` does to light, but for turns and order."""

    def each(values: Sequence[object]) -> Tensor:
        tensor = torch.tensor(np.array(values), dtype=torch.float32).to(light.device, non_blocking=True)
        return tensor.reshape(len(variations), -1, 1, 1)

    alpha = light[:, 3:]
    is_behind = each([v.behind is not None for v in variations])
    if any(v.gain != 1 or v.behind is not None for v in variations):
        behind = each([np.zeros(3, np.float32) if v.behind is None else v.behind for v in variations])
        linear = expand_rgba(light)[:, :3] * each([v.gain for v in variations]) + is_behind * (1 - alpha) * behind
        alpha = torch.maximum(alpha, is_behind)
        light = compress_rgba(torch.cat([linear, alpha], 1))
    return torch.cat([light[:, :3] + alpha * each([v.shift for v in variations]), alpha], 1)
