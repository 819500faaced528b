"""Minibatches of patches as tensors, made by processes beside the one that trains."""

import atexit
import os
import signal
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from uprez.dataset.sampling import Patch, PatchSampler
from uprez.errors import UprezError


@dataclass(frozen=True)
class Minibatch:
    """Patches, float32, compressed: lr (N, 4, P, P), hr (N, 4, scale P, scale P); others that were asked for, by name.

    error: (N,), see `uprez.dataset.sampling.Patch`.
    """

    lr: Tensor
    hr: Tensor
    error: Tensor
    others: Mapping[str, Tensor]

    def to(self, device: torch.device) -> "Minibatch":
        """The same on a device."""
        others = {name: image.to(device, non_blocking=True) for name, image in self.others.items()}
        lr, hr, error = (part.to(device, non_blocking=True) for part in (self.lr, self.hr, self.error))
        return Minibatch(lr, hr, error, others)

    def pin_memory(self) -> "Minibatch":
        """The same in memory that a GPU reads by itself; the loader calls it, so that `to` need not wait."""
        others = {name: image.pin_memory() for name, image in self.others.items()}
        return Minibatch(self.lr.pin_memory(), self.hr.pin_memory(), self.error.pin_memory(), others)


@dataclass(frozen=True)
class Numbering:
    """Which samples are in which minibatch: `size` in each, `after` before the first, by turns for each of `ranks`."""

    size: int
    after: int = 0
    rank: int = 0
    ranks: int = 1

    def samples(self, number: int) -> range:
        """Those of minibatch `number` of this rank."""
        start = self.after + (number * self.ranks + self.rank) * self.size
        return range(start, start + self.size)


def minibatches(
    sampler: PatchSampler, numbering: Numbering, *, first: int = 0, workers: int = 0
) -> Iterator[Minibatch]:
    """Minibatches without end, from number `first` on. What they hold does not depend on how many worker processes make
    them. Raises UprezError where a patch can't be read, whichever process meets it.
    """
    batches = _Batches(sampler, numbering, first)
    made_beside: Iterable[Minibatch | UprezError] = DataLoader(
        batches,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=2 if workers else None,
        multiprocessing_context="spawn" if workers else None,  # a fork would copy the locks of torch's threads
        worker_init_fn=_begin_worker,
        pin_memory=torch.cuda.is_available(),
    )
    for made in made_beside if workers else batches:
        if isinstance(made, UprezError):
            raise made
        yield made


class _Batches(IterableDataset[Minibatch | UprezError]):
    """In a worker an error is the last that is made: torch would make it another one, with a traceback."""

    def __init__(self, sampler: PatchSampler, numbering: Numbering, first: int) -> None:
        self.sampler, self.numbering, self.first = sampler, numbering, first

    def __iter__(self) -> Iterator[Minibatch | UprezError]:
        worker = get_worker_info()
        offset, step = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.first + offset
        try:
            while True:
                yield _stacked([self.sampler.sample(index) for index in self.numbering.samples(number)])
                number += step
        except UprezError as error:
            if worker is None:
                raise
            yield error


def _begin_worker(_: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that trains
    atexit.register(os._exit, 0)  # libraries that end their threads in disorder would abort it, which the trainer hears
    torch.set_num_threads(1)


def _stacked(patches: list[Patch]) -> Minibatch:
    images = {
        name: torch.from_numpy(np.stack([patch.images[name].transpose(2, 0, 1) for patch in patches]))
        for name in patches[0].images
    }
    error = torch.tensor([patch.error for patch in patches], dtype=torch.float32)
    return Minibatch(images.pop("lr"), images.pop("hr"), error, images)
