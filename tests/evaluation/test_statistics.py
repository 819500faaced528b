"""Means, their confidence, and which differences are real."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.evaluation.content import Row
from uprez.evaluation.statistics import compare, interval, look_of, means_by, shot_of, summarise

VALUES = st.lists(st.floats(-10, 10), min_size=1, max_size=5)


def rows(method: str, values: dict[str, float], metric: str = "psnr_db") -> list[Row]:
    """A frame of its own shot for each value, by its name."""
    return [Row(f"look/{name}", "look", name, method, {metric: value}, None) for name, value in values.items()]


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_the_mean_is_over_frames_and_lies_in_its_interval(by_shot: list[list[float]]) -> None:
    found = interval(by_shot)
    every = [value for values in by_shot for value in values]
    assert found.mean == pytest.approx(np.mean(every), abs=1e-9)
    if len(by_shot) > 1:
        assert min(every) - 1e-9 <= found.low <= found.high <= max(every) + 1e-9
    assert interval(by_shot) == found


def test_the_interval_holds_the_true_mean_about_nineteen_times_in_twenty() -> None:
    random, held = np.random.default_rng(7), 0
    for _ in range(200):
        found = interval(random.standard_normal((40, 1)).tolist())
        held += found.low <= 0 <= found.high
    assert 176 <= held <= 198


def test_frames_of_one_shot_are_not_taken_for_many_witnesses() -> None:
    """Ten frames that say the same say no more than one."""
    shots = [[value] for value in np.random.default_rng(1).standard_normal(12)]
    once, often = interval(shots), interval([10 * shot for shot in shots])
    assert often.high - often.low == pytest.approx(once.high - once.low)


def test_a_summary_has_every_method_with_what_it_has() -> None:
    found = summarise([*rows("a", {"x": 1.0, "y": 3.0}), *rows("b", {"x": 5.0}, "flip")])
    assert {method: list(metrics) for method, metrics in found.items()} == {"a": ["psnr_db"], "b": ["flip"]}
    assert found["a"]["psnr_db"].mean == 2


def test_a_difference_is_of_the_frames_that_both_have_and_real_where_it_leaves_zero_out() -> None:
    noise = dict(enumerate(np.random.default_rng(3).standard_normal(30)))
    first = {f"s{k}": 30 + value for k, value in noise.items()}
    better = {name: value + 0.5 + 0.1 * k % 0.3 for k, (name, value) in enumerate(first.items())}
    found = compare([*rows("a", better), *rows("b", first | {"alone": 0.0})], "a", "b")["psnr_db"]
    assert found.frames == 30
    assert 0.5 <= found.interval.mean <= 0.8
    assert found.is_real
    few = [row for row in [*rows("a", better), *rows("b", first)] if row.shot in ("s0", "s1", "s2", "s3", "s4")]
    assert not compare(few, "a", "b")["psnr_db"].is_real
    shuffled = dict(zip(first, reversed(first.values()), strict=True))
    assert not compare([*rows("a", shuffled), *rows("b", first)], "a", "b")["psnr_db"].is_real


def test_means_by_look_and_by_shot() -> None:
    every = [*rows("a", {"x": 1.0, "y": 3.0}), Row("b/z", "b", "z", "a", {"psnr_db": 7.0}, None)]
    assert means_by(every, look_of) == {"b": {"a": {"psnr_db": 7.0}}, "look": {"a": {"psnr_db": 2.0}}}
    assert means_by(every, shot_of)["b/z"] == {"a": {"psnr_db": 7.0}}


def test_of_one_shot_there_is_a_mean_alone() -> None:
    found = interval([[1.0, 2.0]])
    assert (found.mean, found.low, found.high) == (1.5, None, None)
    assert found.text(1) == "1.5 (one shot)"
    assert interval([[1.0], [1.0]]).text(2, "+") == "+1.00 (+1.00 to +1.00)"
    assert not compare([*rows("a", {"x": 1.0}), *rows("b", {"x": 0.0})], "a", "b")["psnr_db"].is_real
