"""Quality against cost."""

import json
from pathlib import Path

import pytest

from uprez.evaluation.content import Row
from uprez.evaluation.cost import costs, saving_of
from uprez.evaluation.pairs import pairs_of


def rows(method: str, seconds: float | None, psnr: float, frames: str = "xy") -> list[Row]:
    return [Row(frame, "look", frame, method, {"psnr_db": psnr}, seconds) for frame in frames]


RENDERS = [*rows("hr_4spp", 10, 30), *rows("hr_equal", 25, 34), *rows("hr_16spp", 40, 36)]


def test_what_rendering_would_take_is_read_off_between_two_renders() -> None:
    """By the logarithm of the cost: half way from 30 to 34 dB is the geometric mean of 10 and 25."""
    found = {cost.method: cost for cost in costs([*RENDERS, *rows("film", 12, 32)], "psnr_db")}
    assert found["film"].rendered_for == pytest.approx((10 * 25) ** 0.5)
    assert found["film"].saving == pytest.approx(1 - 12 / (10 * 25) ** 0.5)
    assert found["hr_equal"].rendered_for is None
    assert [cost.method for cost in costs([*RENDERS, *rows("film", 12, 32)], "psnr_db")] == [
        "hr_4spp",
        "film",
        "hr_equal",
        "hr_16spp",
    ]


def test_a_model_that_costs_more_than_the_render_saves_less_than_nothing() -> None:
    (film,) = (cost for cost in costs([*RENDERS, *rows("film", 50, 34)], "psnr_db") if cost.method == "film")
    assert film.saving == pytest.approx(-1)


@pytest.mark.parametrize("psnr", [29.0, 37.0])
def test_beyond_the_renders_nothing_is_told(psnr: float) -> None:
    (film,) = (cost for cost in costs([*RENDERS, *rows("film", 12, psnr)], "psnr_db") if cost.method == "film")
    assert (film.rendered_for, film.saving) == (None, None)


def test_only_frames_that_all_methods_have_count() -> None:
    found = costs([*rows("hr_equal", 25, 34, "x"), *rows("film", 12, 32, "x"), *rows("film", 99, 1, "y")], "psnr_db")
    assert {cost.method: cost.core_seconds for cost in found} == {"hr_equal": 25, "film": 12}
    assert costs([*rows("a", 1, 30, "x"), *rows("b", 1, 30, "y")], "psnr_db") == []
    assert costs(rows("a", None, 30), "psnr_db") == []


def test_a_half_of_the_truth_is_no_render_to_compare_with() -> None:
    """It is part of what it is held against."""
    found = costs([*RENDERS, *rows("hr_half1", 60, 50), *rows("film", 12, 37)], "psnr_db")
    assert [cost.method for cost in found if cost.method == "hr_half1"] == []
    assert [cost.rendered_for for cost in found if cost.method == "film"] == [None]


def test_the_saving_is_that_of_lr_and_upscaling_against_hr_in_full() -> None:
    found = saving_of([*rows("film", 2.5, 32), *RENDERS], "film", {"x": 7.2, "y": 8.0, "z": 1.0})
    assert found is not None
    assert found.text() == "LR and upscaling take 2.5 core-seconds a frame, HR in full 7.6: 67 % saved"
    dear = saving_of(rows("film", 15.2, 32), "film", {"x": 7.6, "y": 7.6})
    assert dear is not None
    assert dear.text().endswith("HR in full 7.6: 100 % more")
    assert saving_of(rows("film", None, 32), "film", {"x": 7.6}) is None
    assert saving_of(rows("film", 2, 32), "film", {}) is None
    assert saving_of(RENDERS, "hr_equal", {"x": 7.6}) is None


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        ({"core_seconds": {"lr": 1, "hr": 7.6}}, 7.6),
        ({"core_seconds": {"lr": 1, "hr": 90, "hr_full": 7.6}, "truth": {"samples": 4096}}, 7.6),
        ({"core_seconds": {"lr": 1, "hr": 90}, "truth": {"samples": 4096}}, None),
        ({}, None),
    ],
)
def test_what_hr_in_full_took_is_read_from_the_manifest(
    tmp_path: Path, row: dict[str, object], seconds: float | None
) -> None:
    line = {"look": "a", "show": "s", "shot": "sh010", "frame": 1, "lr": "lr.exr", "hr": "hr.exr"} | row
    (tmp_path / "manifest.jsonl").write_text(json.dumps(line) + "\n")
    assert pairs_of(tmp_path)[0].full_core_seconds == seconds
