"""Minibatches: each patch once, the same ones whoever makes them."""

from itertools import islice
from pathlib import Path

import lmdb
import pytest
import torch

from tests.training.pairs import write_pairs
from uprez.dataset.loader import Numbering, minibatches
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, build
from uprez.dataset.store.files import StoreError
from uprez.dataset.store.layout import TILE_OF


@pytest.fixture
def store(tmp_path: Path) -> Path:
    write_pairs(tmp_path / "pairs", looks=("a",), count=3, side=40)
    with StoreWriter(tmp_path / "s") as writer:
        build([tmp_path / "pairs"], writer, BuildSettings(), lambda progress, total: None)
    return tmp_path / "s"


@pytest.fixture
def sampler(store: Path) -> PatchSampler:
    return PatchSampler(Store(store), range(3), patch=16)


def taken(
    sampler: PatchSampler, count: int, *, first: int = 0, workers: int = 0, **numbering: int
) -> list[torch.Tensor]:
    batches = minibatches(sampler, Numbering(4, **numbering), first=first, workers=workers)
    return [batch.hr for batch in islice(batches, count)]


def test_a_minibatch_is_its_samples(sampler: PatchSampler) -> None:
    batch = next(iter(minibatches(sampler, Numbering(4), first=2)))
    assert batch.lr.shape == (4, 4, 16, 16)
    assert batch.hr.shape == (4, 4, 32, 32)
    for k in range(4):
        patch = sampler.sample(8 + k)
        torch.testing.assert_close(batch.hr[k].permute(1, 2, 0), torch.from_numpy(patch.images["hr"].copy()))
        assert float(batch.error[k]) == pytest.approx(patch.error)


def test_worker_processes_make_the_same_minibatches_in_the_same_order(sampler: PatchSampler) -> None:
    alone = taken(sampler, 5)
    beside = taken(sampler, 5, workers=2)
    assert all(torch.equal(first, second) for first, second in zip(alone, beside, strict=True))


@pytest.mark.parametrize("workers", [0, 1])
def test_damage_is_named_whoever_meets_it(store: Path, workers: int) -> None:
    with lmdb.open(str(store)) as environment, environment.begin(write=True) as change:
        for key in list(change.cursor().iternext(values=False)):
            if key.startswith(TILE_OF):
                change.delete(key)
    with pytest.raises(StoreError, match="damaged") as told:
        taken(PatchSampler(Store(store), range(3), patch=16), 20, workers=workers)
    assert "\n" not in str(told.value)


def test_a_run_goes_on_at_any_minibatch(sampler: PatchSampler) -> None:
    whole = taken(sampler, 6)
    assert all(torch.equal(a, b) for a, b in zip(whole[4:], taken(sampler, 2, first=4), strict=True))


def test_ranks_share_the_samples_out(sampler: PatchSampler) -> None:
    """Two ranks with minibatches of 4 see the samples that one would see in minibatches of 8."""
    together = [batch.hr for batch in islice(minibatches(sampler, Numbering(8)), 3)]
    ranks = [taken(sampler, 3, rank=rank, ranks=2) for rank in (0, 1)]
    for whole, first, second in zip(together, *ranks, strict=True):
        assert torch.equal(whole, torch.cat([first, second]))
