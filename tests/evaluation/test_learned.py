"""Pairs that a model learned from."""

from pathlib import Path

import pytest

from tests.training.pairs import write_pairs
from uprez.dataset.shots import shot_hash
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, build
from uprez.dataset.store.layout import shot_of
from uprez.evaluation import learned
from uprez.evaluation.pairs import pairs_of


def test_a_model_that_is_judged_on_what_it_learned_from_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pairs(tmp_path / "pairs", looks=("a", "b"), count=2, side=40)
    pairs = pairs_of(tmp_path / "pairs")
    with StoreWriter(tmp_path / "s") as writer:
        build([tmp_path / "pairs"], writer, BuildSettings(), lambda progress, total: None)
    with Store(tmp_path / "s") as store:
        of_store = {shot_hash(shot_of(row)) for row in store.rows if row["look"] == "a"}
    known = {"mine": frozenset(of_store), "older": None, "other": frozenset()}
    monkeypatch.setattr(learned, "shots_learned_from", known.__getitem__)
    found = learned.learned_pairs(list(known), pairs)
    assert found == {"mine": 2, "other": 0}
    (line,) = learned.warnings(found, len(pairs))
    assert line.startswith("mine learned from the shots of 2 of these 4 pairs")
