"""How files are found by name: negative numbers, subframes, views, and both spellings of Unicode."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import UsageError
from uprez.frames.numbering import number_in, pattern_in
from uprez.frames.result_names import result_path, result_paths
from uprez.frames.sequences import SourceFrame, Sources, expand_sources, series_name


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*patterns: str, frames: str | None = None) -> list[str]:
    return [str(source.path) for source in expand_sources(list(patterns), frames).frames]


def numbers(sources: Sources) -> list[tuple[int | None, str]]:
    return [(source.frame, source.subframe) for source in sources.frames]


@pytest.mark.parametrize("between", [" ", "a.", "_", "", "-", "a", "v2", "(", "=", "take 7 "])
def test_a_folder_and_a_pattern_agree_on_the_sign(between: str) -> None:
    """A minus behind a letter, a digit or a dash separates, behind all else it belongs to the number."""
    make(f"in/x/{between}-002.exr", f"in/x/{between}-001.exr")
    negative = not between or not (between[-1].isalnum() or between[-1] == "-")
    expected = [-2, -1] if negative else [1, 2]
    pattern = f"in/x/{between}####.exr" if negative else f"in/x/{between}-###.exr"
    for source in ("in/x", pattern):
        assert sorted(each.frame or 0 for each in expand_sources([source]).frames) == expected
    if not negative:
        with pytest.raises(UsageError, match="no frame is named like this"):
            expand_sources([f"in/x/{between}####.exr"])


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\\#@%$\0"), max_size=8), st.integers(-9999, 9999))
def test_a_name_and_its_pattern_say_one_number(base: str, frame: int) -> None:
    name = f"{base}{frame:04d}.exr"
    number = number_in(name)
    assert number is not None
    pattern = pattern_in(f"{number.base}#.exr")
    assert pattern is not None
    again = pattern.number(name)
    if not pattern.range:  # a base that ends like "1,2" is a range
        assert again is not None
        assert (again.frame, again.digits) == (number.frame, number.digits)


SUBFRAMES = ["cache.1001.exr", "cache.1001.25.exr", "cache.1001.5.exr", "cache.1001.75.exr", "cache.1002.exr"]


def test_subframes_beside_their_frames_belong_to_them() -> None:
    make(*(f"in/{name}" for name in SUBFRAMES))
    sources = expand_sources(["in"])
    assert numbers(sources) == [(1001, ""), (1001, "25"), (1001, "5"), (1001, "75"), (1002, "")]
    assert sources.holes == ()
    assert len({series_name(source) for source in sources.frames}) == 1
    assert found("in", frames="1001") == [f"in/{name}" for name in SUBFRAMES[:4]]
    assert found("in/cache.#.#.exr") == [f"in/{name}" for name in SUBFRAMES[1:4]]
    assert found("in/cache.####.exr") == ["in/cache.1001.exr", "in/cache.1002.exr"]
    assert found("in/cache.$FF.exr") == [f"in/{name}" for name in SUBFRAMES]


def test_both_paddings_of_a_pattern_count() -> None:
    make("cache.0001.0000.exr", "cache.0001.5000.exr", "cache.0002.0000.exr", "cache.0002.50.exr")
    assert found("cache.####.####.exr") == ["cache.0001.0000.exr", "cache.0001.5000.exr", "cache.0002.0000.exr"]
    assert found("cache.%04d.%04d.exr", frames="1") == ["cache.0001.0000.exr", "cache.0001.5000.exr"]
    assert expand_sources(["cache.####.####.exr"], "1-3").missing == ("cache.0003.#.exr",)


def test_a_file_between_two_frames_is_one_by_itself_too() -> None:
    make("shot.1001.5.exr")
    assert expand_sources(["shot.1001.5.exr"]).frames == (SourceFrame(Path("shot.1001.5.exr"), 1001, "5"),)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["sq.010.1001.exr", "sq.010.1002.exr"], id="a shot of three digits"),
        pytest.param(["sq.010.1001.exr", "sq.020.1001.exr"], id="a frame of two shots"),
        pytest.param(["sh.1010.1.exr", "sh.1010.2.exr", "sh.1010.3.exr"], id="numbers without padding"),
        pytest.param(["sh.1010.0001.exr", "sh.1020.0001.exr"], id="shots of four digits"),
        pytest.param(["sh.1010.0.exr", "sh.1020.0.exr"], id="frame 0"),
        pytest.param(["v.2024.001.exr"], id="a year"),
    ],
)
def test_a_shot_with_a_number_is_no_frame(names: list[str]) -> None:
    make(*(f"in/{name}" for name in names))
    assert all(not source.subframe for source in expand_sources(["in"]).frames)
    assert sorted(str(source.frame) for source in expand_sources(["in"]).frames) == sorted(
        str(int(name.split(".")[2])) for name in names
    )


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("out", "out/cache.1001.5.exr"),
        ("out/b.####.exr", "out/b.1001.5.exr"),
        ("out/b.#.#.exr", "out/b.1001.5.exr"),
        ("out/b.######.####.exr", "out/b.001001.5000.exr"),
        ("out/b.$FF.tif", "out/b.1001.5.tif"),
    ],
)
def test_results_of_subframes_keep_their_place(output: str, name: str) -> None:
    assert result_path(SourceFrame(Path("cache.1001.5.exr"), 1001, "5"), output) == Path(name)


def test_subframes_never_share_a_result() -> None:
    make(*SUBFRAMES)
    sources = expand_sources(SUBFRAMES).frames
    assert len(set(result_paths(sources, "out/b.####.exr"))) == len(SUBFRAMES)


def test_both_views_are_found_wherever_their_name_stands() -> None:
    make("shot.left.0001.exr", "shot.left.0002.exr", "shot.right.0001.exr", "shot.matte.0001.exr")
    make("left/a_l.1.exr", "right/a_r.1.exr", "thumbs/a_t.1.exr", "left/still.exr", "right/still.exr", "w/l/b.1.exr")
    assert found("shot.%V.####.exr") == ["shot.left.0001.exr", "shot.left.0002.exr", "shot.right.0001.exr"]
    assert expand_sources(["shot.%V.####.exr"], "1-2").missing == ("shot.right.0002.exr",)
    assert found("%V/a_%v.#.exr") == ["left/a_l.1.exr", "right/a_r.1.exr"]
    assert found("%V/still.exr") == ["left/still.exr", "right/still.exr"]
    assert found("w/%v/b.#.exr") == ["w/l/b.1.exr"]
    assert found("%V") == ["left/still.exr", "left/a_l.1.exr", "right/still.exr", "right/a_r.1.exr"]


def test_views_with_other_names_are_found_where_there_is_no_left_and_right() -> None:
    make("s.camA.1.exr", "s.camB.1.exr")
    assert [(source.view, str(source.path)) for source in expand_sources(["s.%V.#.exr"]).frames] == [
        ("camA", "s.camA.1.exr"),
        ("camB", "s.camB.1.exr"),
    ]


def test_results_go_to_their_views() -> None:
    make("left/a.1.exr", "right/a.1.exr")
    sources = expand_sources(["%V/a.#.exr"]).frames
    assert [str(path) for path in result_paths(sources, "out/%V")] == ["out/left/a.1.exr", "out/right/a.1.exr"]
    assert [str(path) for path in result_paths(sources, "o.%v.#.exr")] == ["o.l.1.exr", "o.r.1.exr"]
    with pytest.raises(UsageError, match="result of both"):
        result_paths(sources, "out")
    with pytest.raises(UsageError, match="the source has none"):
        result_path(SourceFrame(Path("a.1.exr"), 1), "out/%V")


def test_a_view_that_is_not_there_is_one_line() -> None:
    with pytest.raises(UsageError, match="with a view in place of %V"):
        expand_sources(["shot.%V.####.exr"])


@pytest.mark.parametrize(("typed", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_composed_and_decomposed_names_are_one(typed: str, stored: str) -> None:
    """Files, folders, patterns and views; sources and results keep the spelling of the disk."""

    def name(text: str) -> str:
        return unicodedata.normalize(typed, text)  # type: ignore[arg-type]

    def file(text: str) -> str:
        return unicodedata.normalize(stored, text)  # type: ignore[arg-type]

    make(file("plän/é.0001.exr"), file("plän/é.0002.exr"), file("über.exr"), file("s.öst.1.exr"))
    frames = [file("plän/é.0001.exr"), file("plän/é.0002.exr")]
    assert found(name("plän/é.####.exr")) == frames
    assert found(name("plän")) == frames
    assert found(name("plän/é.0001.exr")) == frames[:1]
    assert found(name("über.exr")) == [file("über.exr")]
    assert found(name("s.%V.#.exr")) == [file("s.öst.1.exr")]
    sources = expand_sources([name("plän/é.####.exr")]).frames
    assert [str(path) for path in result_paths(sources, "out")] == [file("out/é.0001.exr"), file("out/é.0002.exr")]
    with pytest.raises(UsageError, match="overwrite the source"):
        result_paths(sources, file("plän"))


def test_a_sequence_in_two_spellings_is_one() -> None:
    names = ["ä.1.exr", unicodedata.normalize("NFD", "ä.2.exr"), "ä.3.exr"]
    make(*(f"in/{name}" for name in names))
    assert sorted(found("in/ä.#.exr")) == sorted(f"in/{name}" for name in names)
    assert expand_sources(["in"]).holes == ()
