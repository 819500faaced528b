"""Which shots are rendered: files, lists, ranges of frames, and samples drawn from them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import UsageError
from uprez.renderers.shots import ListedShot, listed_shots, parse_frames, sample_frames

LIST = """
[[shot]]
scene = "sh010.blend"
show = "alpha"
frames = "1001-1004"
weight = 3
[[shot]]
scene = "lib/sh020.usd"
camera = "cam_left"
"""


def test_a_list_gives_shots_with_paths_from_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "shots.toml"
    path.write_text(LIST)
    first, second = listed_shots([path], frames=(1,), camera="")
    assert first == ListedShot(
        scene=tmp_path / "sh010.blend", show="alpha", name="sh010", frames=(1001, 1002, 1003, 1004), weight=3
    )
    assert (second.scene, second.camera, second.frames) == (tmp_path / "lib/sh020.usd", "cam_left", (1,))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("[[shot]]\nshow = 'a'", r"shot 1: needs scene", id="a shot without a scene"),
        pytest.param("[[shot]]\nscene = 'a'\nsize = 3", r"shot 1: no setting 'size'", id="an unknown setting"),
        pytest.param("[[shot]]\nscene = 'a'\nweight = 0", r"shot 1: weight must be", id="a weight of nothing"),
        pytest.param(
            "[[shot]]\nscene = 'a'\nframes = '9-'", r'shot 1: "9-" is no frame range', id="a range without an end"
        ),
        pytest.param("[[shot]]\nscene = 'a'\ncamera = 3", r"shot 1: camera must be text", id="a camera without a name"),
        pytest.param("[[shot]]\nscene = 'a'\nshow = ''", r"shot 1: show '' can't be", id="a show without a name"),
        pytest.param("[[shot]]\nscene = 'a'\nname = '../a'", r"shot 1: name '\.\./a' can't be", id="a name with a way"),
        pytest.param("[[shot]]\nscene = 'a'\nname = '..'", r"shot 1: name '\.\.' can't be", id="a name that is a way"),
        pytest.param("shot = 1", r"holds \[\[shot\]\] tables", id="no list of shots"),
        pytest.param("[[shot]", r"shots\.toml", id="no TOML"),
    ],
)
def test_a_list_that_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "shots.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=problem):
        listed_shots([path], frames=(1,), camera="")


def test_two_shots_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two shots are called show/a"):
        listed_shots([tmp_path / "x/a.blend", tmp_path / "y/a.blend"], frames=(1,), camera="")


@given(st.sets(st.integers(0, 400), min_size=1))
def test_frames_are_sorted_and_come_once(numbers: set[int]) -> None:
    text = ",".join(str(number) for number in numbers)
    assert parse_frames(text) == tuple(sorted(numbers))
    assert parse_frames(f"{min(numbers)}-{max(numbers)}") == tuple(range(min(numbers), max(numbers) + 1))


def shot(name: str, frames: int, weight: float = 1.0) -> ListedShot:
    return ListedShot(scene=Path(name), name=name, frames=tuple(range(1, frames + 1)), weight=weight)


@given(st.integers(1, 12), st.integers(0, 2**16))
def test_a_sample_has_as_many_frames_as_asked_for_and_each_once(count: int, seed: int) -> None:
    drawn = sample_frames([shot("a", 4), shot("b", 8)], count, seed)
    frames = [(each.name, frame) for each in drawn for frame in each.frames]
    assert len(frames) == len(set(frames)) == count


def test_the_same_seed_draws_the_same_sample_and_another_seed_another() -> None:
    shots = [shot("a", 50), shot("b", 50)]
    assert sample_frames(shots, 20, seed=1) == sample_frames(shots, 20, seed=1)
    assert sample_frames(shots, 20, seed=1) != sample_frames(shots, 20, seed=2)


def test_a_shot_of_three_times_the_weight_comes_three_times_as_often() -> None:
    shots = [shot("a", 5000, weight=3), shot("b", 5000)]
    counts = {each.name: len(each.frames) for each in sample_frames(shots, 400, seed=5)}
    assert counts["a"] / counts["b"] == pytest.approx(3, rel=0.3)


def test_more_frames_than_there_are_is_refused() -> None:
    with pytest.raises(UsageError, match="the shots have 4 frames only"):
        sample_frames([shot("a", 4)], 5, seed=0)
