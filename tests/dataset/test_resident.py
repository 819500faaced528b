"""Pairs on a device give the very patches that the loader gives."""

from itertools import islice
from pathlib import Path

import pytest
import torch

from tests.training.pairs import write_pairs
from uprez.dataset.augmentation import Augmentation
from uprez.dataset.loader import Numbering, minibatches
from uprez.dataset.resident import ResidentPairs, is_resident
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, build

CPU = torch.device("cpu")


def sampler_of(folder: Path, how: Augmentation) -> PatchSampler:
    if not (folder / "s").exists():
        write_pairs(folder / "large", looks=("a",), count=2, side=40)
        write_pairs(folder / "small", looks=("b",), count=2, side=24)
        with StoreWriter(folder / "s") as writer:
            build([folder / "large", folder / "small"], writer, BuildSettings(), lambda progress, total: None)
    return PatchSampler(Store(folder / "s"), range(4), patch=16, augmentation=how)


@pytest.mark.parametrize(
    "how",
    [
        Augmentation(turns=False, colour_shift=0.0),
        Augmentation(),
        Augmentation(exposure_stops=1.0, permute_channels=True),
        Augmentation(exposure_stops=1.0, background=0.5),
    ],
)
def test_minibatches_are_those_of_the_loader(tmp_path: Path, how: Augmentation) -> None:
    sampler = sampler_of(tmp_path, how)
    numbering = Numbering(12, after=5, rank=1, ranks=2)
    resident = ResidentPairs(sampler, CPU).minibatches(numbering, first=1)
    loaded = minibatches(sampler, numbering, first=1)
    for here, there in islice(zip(resident, loaded, strict=True), 4):
        torch.testing.assert_close(here.lr, there.lr, atol=2e-6, rtol=1e-5)
        torch.testing.assert_close(here.hr, there.hr, atol=2e-6, rtol=1e-5)
        torch.testing.assert_close(here.error, there.error)


def test_a_processor_has_a_loader_of_its_own(tmp_path: Path) -> None:
    assert not is_resident(sampler_of(tmp_path, Augmentation()), CPU)
