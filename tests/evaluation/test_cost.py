"""Quality against cost."""

import pytest

from uprez.evaluation.content import Row
from uprez.evaluation.cost import costs


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
