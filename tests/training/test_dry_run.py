"""What a run would take, from few patches where whole steps take minutes."""

from pathlib import Path

import pytest

from tests.training.pairs import write_pairs
from tests.training.recipes import TINY
from uprez.cli.train import _tell
from uprez.training import dry_run

RECIPE = (
    'name = "tiny"'
    + TINY
    + """[[stage]]
name = "psnr"
steps = 4
minibatch = 8
accumulate = 2
"""
)


@pytest.mark.parametrize(("seconds", "timed", "said"), [(0.0, 2, True), (600.0, 8, False)])
def test_steps_of_few_patches_are_timed_where_whole_ones_take_long(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seconds: float,
    timed: int,
    said: bool,
) -> None:
    monkeypatch.setattr(dry_run, "_ALL_SECONDS", seconds)
    write_pairs(tmp_path / "pairs", looks=("a",), count=2, side=24)
    (tmp_path / "tiny.toml").write_text(RECIPE)
    found = dry_run.estimate(tmp_path / "tiny.toml", pairs=[tmp_path / "pairs"], device="cpu")
    (stage,) = found.stages
    assert (stage.minibatch, stage.timed_minibatch) == (8, timed)
    assert stage.hours == pytest.approx(4 * 8 / stage.patches_per_second / 3600)
    _tell(found, as_json=False)
    assert ("roughly, from steps of up to 2 patches" in capsys.readouterr().out) == said


@pytest.mark.parametrize(
    ("one", "few", "whole"),
    [(3.0, 5.0, 5.0 + 18 * 2.0), (1.0, 2.0, 20.0), (5.0, 4.0, 40.0), (1.0, 8.0, 80.0)],
)
def test_a_whole_step_is_reckoned_from_two_small_ones(one: float, few: float, whole: float) -> None:
    assert dry_run._extrapolated(one, few, 20) == pytest.approx(whole)
