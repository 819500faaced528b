"""What a frame shows by itself, and what to do with a shot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprez.encoding import expand
from uprez.evaluation.content import Row
from uprez.evaluation.signs import Signs, signs_of
from uprez.evaluation.verdicts import (
    FEWER,
    FULL,
    LOOK,
    UPSCALE,
    measured_shots,
    predicted,
    right_without_measuring,
    verdicts,
)

SIDE = 96


def grey(compressed: np.ndarray) -> np.ndarray:
    return np.repeat(expand(compressed.astype(np.float32))[..., np.newaxis], 3, axis=2)


def test_an_even_frame_shows_nothing() -> None:
    assert signs_of(grey(np.full((SIDE, SIDE), 0.3))) == (0, 0, 0, 0)


def test_lines_of_a_pixel_are_thin_and_wide_ones_are_only_hard() -> None:
    thin, wide = np.full((2, SIDE, SIDE), 0.1)
    thin[:, 10::16] = 0.5
    for column in range(10, 18):
        wide[:, column::32] = 0.5
    assert signs_of(grey(thin)).thin > 0.02
    assert signs_of(grey(wide)).thin == 0
    assert signs_of(grey(wide)).hard > 0.01


@given(level=st.floats(0.0005, 0.004), seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=20)
def test_noise_is_told_as_it_is(level: float, seed: int) -> None:
    noise = level * np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    assert signs_of(grey(0.3 + noise)).noise == pytest.approx(level, rel=0.15)


def test_finer_detail_loses_more_in_an_octave() -> None:
    x = np.arange(SIDE)
    waves = [signs_of(grey(np.broadcast_to(0.3 + 0.05 * np.sin(x * w), (SIDE, SIDE)))).octave for w in (0.1, 0.8, 2.4)]
    assert waves == sorted(waves)
    assert waves[-1] > 10 * waves[0]


def rows(shot: str, model: float, render: float | None, cost: tuple[float, float] = (10, 10)) -> list[Row]:
    found = [Row(f"look/{shot}/1", "look", shot, "film", {"psnr_db": model}, cost[0])]
    if render is not None:
        found.append(Row(f"look/{shot}/1", "look", shot, "hr_equal", {"psnr_db": render}, cost[1]))
    return found


@pytest.mark.parametrize(
    ("model", "render", "cost", "verdict"),
    [
        (36.0, 35.0, (10, 10), UPSCALE),
        (34.7, 35.0, (10, 10), UPSCALE),
        (33.5, 35.0, (10, 10), LOOK),
        (31.0, 35.0, (10, 10), FEWER),
        (31.0, 35.0, (10, 25), FULL),
        (33.5, 35.0, (10, 25), LOOK),
        (22.0, 26.0, (10, 10), FULL),
        (26.0, 25.0, (10, 10), UPSCALE),
    ],
)
def test_a_shot_with_pairs_is_told_by_measure(
    model: float, render: float, cost: tuple[float, float], verdict: str
) -> None:
    measured = measured_shots(rows("a", model, render, cost), "film")
    (told,) = verdicts(measured, {"look/a": Signs(0.01, 0.01, 0.001, 0.001)})
    assert (told.shot, told.verdict) == ("look/a", verdict)
    assert f"{model:.1f} dB" in told.reason or "samples" in told.reason


def many(count: int) -> tuple[list[Row], dict[str, Signs]]:
    """Shots in which upscaling is the worse the more of them is thin."""
    random = np.random.default_rng(4)
    thin = random.uniform(0.0005, 0.05, count)
    signs = {f"look/s{k:02}": Signs(0.02, 0.05, float(share), 0.001) for k, share in enumerate(thin)}
    found = [row for k, share in enumerate(thin) for row in rows(f"s{k:02}", 33 - float(np.log(share / 0.004)), 33.0)]
    return found, signs


def test_a_shot_without_pairs_is_told_from_those_that_have_some() -> None:
    found, signs = many(24)
    signs["look/new"] = Signs(0.02, 0.05, 0.15, 0.001)
    measured = measured_shots(found, "film")
    told = {verdict.shot: verdict for verdict in verdicts(measured, signs)}
    assert told["look/new"].verdict == FEWER
    assert told["look/new"].reason.startswith("thin structures; by LR alone, -")
    right, of = right_without_measuring(measured, signs)
    assert of == 24
    assert right >= 20


def test_from_too_few_nothing_is_told() -> None:
    found, signs = many(5)
    signs["look/new"] = Signs(0.02, 0.05, 0.05, 0.001)
    measured = measured_shots(found, "film")
    assert {verdict.shot for verdict in verdicts(measured, signs)} == {f"look/s{k:02}" for k in range(5)}
    assert right_without_measuring(measured, signs) == (0, 0)


def test_shots_without_a_render_of_the_same_cost_are_not_measured() -> None:
    measured = measured_shots(rows("a", 35, None), "film")
    assert measured["look/a"].over_render is None
    assert verdicts(measured, {}) == []


def test_a_prediction_is_the_mean_where_signs_say_nothing() -> None:
    signs = {str(k): Signs(0.01, 0.01, 0.01, 0.01) for k in range(9)}
    assert predicted(signs, {str(k): float(k) for k in range(9)}, Signs(0.01, 0.01, 0.01, 0.01)) == pytest.approx(4)


@pytest.mark.parametrize(
    ("psnr", "flip", "verdict", "is_disputed"),
    [
        (36.0, 0.12, LOOK, True),
        (36.0, 0.08, UPSCALE, False),
        (36.0, 0.1001, UPSCALE, False),
        (35.01, 0.12, UPSCALE, False),
        (32.0, 0.08, FEWER, True),
        (32.0, 0.12, FEWER, False),
    ],
)
def test_where_flip_says_the_opposite_a_look_is_needed(
    psnr: float, flip: float, verdict: str, is_disputed: bool
) -> None:
    found = [
        Row("look/a/1", "look", "a", "film", {"psnr_db": psnr, "flip": flip}, 10),
        Row("look/a/1", "look", "a", "hr_equal", {"psnr_db": 35.0, "flip": 0.1}, 10),
    ]
    (told,) = verdicts(measured_shots(found, "film"), {})
    assert told.verdict == verdict
    assert ("a look is needed" in told.reason) == is_disputed
