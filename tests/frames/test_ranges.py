"""How frame ranges are read: one grammar, nothing deleted to make sense of a text."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import UsageError
from uprez.frames.ranges import parse_range

Item = tuple[str, set[int]]
_STEPS = (":", "x", "X", "step", "by", "every")


@st.composite
def items(draw: Callable[..., int]) -> Item:
    """An item as people write it, and its frames."""
    first = draw(st.integers(-300, 2000))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return str(first), {first}
    last, dash = first + draw(st.integers(-60, 60)), "-:"[draw(st.integers(0, 1))]
    onward = 1 if first <= last else -1
    if kind == 1:
        return f"{first}{dash}{last}", set(range(first, last + onward, onward))
    step, way = draw(st.integers(1, 20)), _STEPS[draw(st.integers(0, len(_STEPS) - 1))]
    sign = "-" if onward < 0 and draw(st.booleans()) else ""
    return f"{first}{dash}{last}{way}{sign}{step}", set(range(first, last + onward, step * onward))


@given(st.lists(items(), min_size=1, max_size=6), st.data())
def test_items_between_commas_and_blanks_are_their_union(listed: list[Item], data: st.DataObject) -> None:
    between = st.sampled_from([",", " ", ", ", " , ", "  ", "\t", " ,"])
    text = listed[0][0] + "".join(data.draw(between) + item for item, _ in listed[1:])
    around = data.draw(st.sampled_from(["", " "]))
    assert parse_range(f"{around}{text}{around}") == set[int]().union(*(frames for _, frames in listed))


@given(st.text(alphabet="0123456789-:xystepbvr, .;#", max_size=12))
def test_a_text_is_read_item_by_item_or_refused(text: str) -> None:
    """No blank ever joins what stands around it: each item alone says the same as all of them together."""
    apart = [item for item in re.split(r"[,\s]", text) if item]
    try:
        frames = parse_range(text)
    except UsageError:
        return
    assert frames == frozenset().union(*map(parse_range, apart))


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1 3 5", {1, 3, 5}),
        ("1-5 8", {1, 2, 3, 4, 5, 8}),
        ("1-10x2", {1, 3, 5, 7, 9}),
        ("1-10:2", {1, 3, 5, 7, 9}),
        ("1-10step2", {1, 3, 5, 7, 9}),
        ("1-10by2", {1, 3, 5, 7, 9}),
        ("1-10every2", {1, 3, 5, 7, 9}),
        ("1:10:3", {1, 4, 7, 10}),
        ("1-6y2", {2, 4, 6}),
        ("1-3 1", {1, 2, 3}),
        ("-2-2", {-2, -1, 0, 1, 2}),
        ("1 -3", {1, -3}),
    ],
)
def test_ranges_as_farms_and_people_write_them(text: str, frames: set[int]) -> None:
    assert parse_range(text) == frames


@pytest.mark.parametrize(
    "text", ["1 - 5", "1- 5", "1-5 x2", "1-5x 2", "1-5 step 2", "1,,2", "1,", "1..5", "1.5", "1_000", "+1", "٣", "1–5"]
)
def test_what_would_need_something_deleted_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no frame range"):
        parse_range(text)


def test_the_message_names_the_option_the_text_and_the_piece() -> None:
    with pytest.raises(UsageError, match=r'^--frames: "1 3 x" is no frame range: "x" can\'t be read; write 1-10'):
        parse_range("1 3 x", "--frames")
