"""Amounts of memory and spans of time, as people write them."""

import pytest
import typer

from uprez.cli.values import parse_bytes, parse_seconds, show_seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4G", 4 << 30), ("4g", 4 << 30), ("1.5GiB", 3 << 29), ("800M", 800 << 20), ("512 MB", 512 << 20), ("1000", 1000)],
)
def test_memory_counts_in_powers_of_1024(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("20m", 1200), ("1.5h", 5400)])
def test_time_is_seconds_unless_it_says_otherwise(text: str, expected: float) -> None:
    assert parse_seconds(text) == expected


@pytest.mark.parametrize("text", ["", "lots", "-1G", "4X", "0x10", "1e9G", "9" * 400])
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="4G"):
        parse_bytes(text)


@pytest.mark.parametrize(("seconds", "shown"), [(4.24, "4.2 s"), (187, "3:07"), (3765, "1:02:45")])
def test_time_is_shown_as_people_read_it(seconds: float, shown: str) -> None:
    assert show_seconds(seconds) == shown
