"""Which frames a command means, and what their results are called."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uprez.errors import UsageError
from uprez.frames.ranges import parse_range
from uprez.frames.result_names import preview_path, result_path, result_paths
from uprez.frames.sequences import SourceFrame, expand_sources


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def names(patterns: list[str], frames: str | None = None) -> list[str]:
    return [str(source.path) for source in expand_sources(patterns, frames).frames]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("7", {7}, id="one frame"),
        pytest.param("1-10", set(range(1, 11)), id="a chunk"),
        pytest.param("1,3,7-20:2", {1, 3, 7, 9, 11, 13, 15, 17, 19}, id="OpenJD step: not fileseq's stagger"),
        pytest.param("1-20x5", {1, 6, 11, 16}, id="fileseq step"),
        pytest.param("-3--1, 2", {-3, -2, -1, 2}, id="negative numbers, a space"),
        pytest.param("10-1:-3", {10, 7, 4, 1}, id="downwards"),
    ],
)
def test_ranges_are_read_as_farms_write_them(text: str, numbers: set[int]) -> None:
    assert parse_range(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "1-",
        "1,,2",
        "1.5-2",
        "1-5x0",
        "1-5:-1",
        "1-999999999",
        "../x",
        "1-10;2",
        "9" * 5000,
        "1-2x" + "9" * 5000,
    ],
)
def test_what_is_no_range_is_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_range(text)
    assert "\n" not in str(caught.value)


@given(st.integers(-999, 9999), st.integers(0, 300), st.integers(1, 40))
def test_a_step_means_every_nth_frame_from_the_first(first: int, length: int, step: int) -> None:
    expected = set(range(first, first + length + 1, step))
    assert parse_range(f"{first}-{first + length}:{step}") == expected
    assert parse_range(f"{first}-{first + length}x{step}") == expected


@pytest.mark.parametrize("pattern", ["shot.####.exr", "shot.@@@@.exr", "shot.%04d.exr", "shot.$F4.exr", "shot.#.exr"])
def test_every_way_to_write_padding_finds_the_same_frames(pattern: str) -> None:
    """Numbers beyond the padding belong; other padding, other names and temporary files do not."""
    make("shot.0001.exr", "shot.0010.exr", "shot.12345.exr", "shot.0001.tif", "other.0001.exr", ".shot.0002.exr.part")
    assert names([pattern]) == ["shot.0001.exr", "shot.0010.exr", "shot.12345.exr"]


def test_padding_tells_sequences_apart() -> None:
    make("a.1.exr", "a.0001.exr", "a.0002.exr")
    assert names(["a.####.exr"]) == ["a.0001.exr", "a.0002.exr"]
    assert names(["a.%d.exr"]) == ["a.1.exr"]


def test_a_range_in_the_pattern_names_its_missing_frames() -> None:
    make("s/shot.1001.exr", "s/shot.1003.exr", "s/shot.1009.exr")
    sources = expand_sources(["s/shot.1001-1004#.exr"])
    assert [source.frame for source in sources.frames] == [1001, 1003]
    assert sources.missing == ("s/shot.1002.exr", "s/shot.1004.exr")
    assert sources.holes == ()


def test_frames_choose_among_all_that_a_pattern_means() -> None:
    make(*(f"shot.{frame:04d}.exr" for frame in (1, 3, 5, 7, 9)))
    sources = expand_sources(["shot.####.exr"], "1,3,7-12:2")
    assert [source.frame for source in sources.frames] == [1, 3, 7, 9]
    assert sources.missing == ("shot.0011.exr",)


def test_holes_of_a_sequence_are_reported_each_run_as_one_name() -> None:
    """Nobody asked for them by number, and a sequence rendered on twos has none."""
    make(*(f"shot.{frame}.exr" for frame in (1001, 1003, 1004, 1009)), "twos.1.exr", "twos.3.exr", "twos.5.exr")
    assert expand_sources(["shot.#.exr"]).holes == ("shot.1002.exr", "shot.1005-1008.exr")
    assert expand_sources(["twos.#.exr"]).holes == ()
    assert expand_sources(["shot.#.exr"]).missing == ()


def test_a_folder_gives_every_frame_in_it_and_names_the_rest() -> None:
    """Several sequences and stills are all taken, but no previews; hidden and temporary files are nobody's business."""
    make("in/b.0002.exr", "in/b.0010.exr", "in/b.0001.exr", "in/a.exr", "in/c.0001.dpx", "in/notes.txt")
    make("in/.hidden.exr", "in/.b.0003.exr.part", "in/sub/d.exr", "in/shot.1.preview.png")
    sources = expand_sources(["in"])
    assert [str(source.path) for source in sources.frames] == [
        "in/a.exr",
        "in/b.0001.exr",
        "in/b.0002.exr",
        "in/b.0010.exr",
        "in/c.0001.dpx",
    ]
    assert sources.skipped == ("in/notes.txt", "in/shot.1.preview.png", "in/sub")
    assert sources.holes == ("in/b.0003-0009.exr",)


def test_frames_choose_a_folders_sequences_that_hold_them() -> None:
    make("in/a.0001.exr", "in/a.0002.exr", "in/ref.0900.exr", "in/still.exr")
    sources = expand_sources(["in"], "2-3")
    assert [str(source.path) for source in sources.frames] == ["in/a.0002.exr"]
    assert sources.missing == ("in/a.0003.exr",)


def test_what_a_shell_made_of_a_wildcard_is_a_sequence() -> None:
    make("a.0001.exr", "a.0003.exr")
    assert expand_sources(["a.0001.exr", "a.0003.exr"], "1-3").missing == ("a.0002.exr",)


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("shot.1001.exr", 1001),
        ("shot_1001.left.exr", 1001),
        ("shot-0007.exr", 7),
        ("shot.-007.exr", -7),
        ("0012.exr", 12),
        ("city_8000_lr.exr", None),
        ("still.exr", None),
    ],
)
def test_the_frame_number_of_a_file(name: str, frame: int | None) -> None:
    """The last digits before the extension; a dash after a letter separates."""
    make(name)
    assert expand_sources([name]).frames == (SourceFrame(Path(name), frame),)


def test_negative_frames_have_their_place() -> None:
    make("s.-002.exr", "s.-001.exr", "s.0000.exr", "s.0001.exr")
    assert [source.frame for source in expand_sources(["s.####.exr"]).frames] == [-2, -1, 0, 1]
    assert expand_sources(["s.-3-0####.exr"]).missing == ("s.-003.exr",)


def test_names_that_fileseq_misreads_are_found() -> None:
    make("sh010-0001.exr", "sh010-0002.exr")
    assert names(["sh010-####.exr"]) == ["sh010-0001.exr", "sh010-0002.exr"]


def test_a_file_meant_twice_is_done_once() -> None:
    make("in/a.0001.exr", "in/a.0002.exr")
    assert names(["in", "in/a.####.exr", "in/a.0002.exr"]) == ["in/a.0002.exr", "in/a.0001.exr"]


def test_a_broken_link_is_a_frame_that_will_fail_by_name() -> None:
    make("in/a.0001.exr")
    Path("in/a.0002.exr").symlink_to("gone")
    assert names(["in"]) == ["in/a.0001.exr", "in/a.0002.exr"]


@pytest.mark.parametrize(
    ("patterns", "frames", "message"),
    [
        (["gone.exr"], None, "gone.exr: no such file or folder"),
        (["gone.####.exr"], None, "gone.####.exr: no frame is named like this"),
        (["none/a.#.exr"], None, "none: the folder can't be read"),
        (["empty"], None, "no frames in empty"),
        (["a.####.exr"], "5-6", "no frames among 5-6 in a.####.exr (a.0005.exr is missing)"),
        (["still.exr"], "5", "no frames among 5 in still.exr"),
        ([], None, "no frames in an empty list"),
    ],
)
def test_nothing_to_do_is_said_in_one_line(patterns: list[str], frames: str | None, message: str) -> None:
    make("a.0001.exr", "still.exr")
    Path("empty").mkdir()
    with pytest.raises(UsageError) as caught:
        expand_sources(patterns, frames)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "frame", "output", "result"),
    [
        pytest.param("in/a.0007.exr", 7, "out", "out/a.0007.exr", id="folder that is not there yet"),
        pytest.param("in/a.0007.exr", 7, "out.v2/", "out.v2/a.0007.exr", id="folder with a dot"),
        pytest.param("in/a.0007.exr", 7, "out.v2", "out.v2/a.0007.exr", id="folder with a dot that is not there yet"),
        pytest.param("in/a.0007.exr", 7, "out.gif/", "out.gif/a.0007.exr", id="folder that ends like a file"),
        pytest.param("in/a.0007.dpx", 7, "out", "out/a.0007.exr", id="other formats become EXR"),
        pytest.param("in/a.EXR", None, "out", "out/a.exr", id="upper case"),
        pytest.param("in/a.0007.exr", 7, "out/b.######.exr", "out/b.000007.exr", id="hashes"),
        pytest.param("in/a.0007.exr", 7, "b.%03d.tif", "b.007.tif", id="printf"),
        pytest.param("in/a.0007.exr", 7, "b.#.exr", "b.0007.exr", id="a lone hash keeps the padding"),
        pytest.param("in/a.-007.exr", -7, "b.#.exr", "b.-007.exr", id="negative"),
        pytest.param("in/still.exr", None, "b.exr", "b.exr", id="one file"),
    ],
)
def test_results_are_named(source: str, frame: int | None, output: str, result: str) -> None:
    assert result_path(SourceFrame(Path(source), frame), output) == Path(result)


@pytest.mark.parametrize(
    ("source", "frame", "output", "reason"),
    [
        ("still.exr", None, "b.####.exr", "no frame number"),
        ("a.0001.exr", 1, "b.####.mov", "results end in one of"),
        ("a.0001.exr", 1, "b.1-10####.exr", "leave out the range"),
        ("a.0001.exr", 1, "out/pic.gif", "results end in one of .*; for a folder of that name write out/pic.gif/"),
        ("a.0001.exr", 1, "", "-o names no folder"),
        ("a.0001.exr", 1, "b.%0999999999d.exr", "no file name holds a number"),
        ("a.0001.exr", 1, "b.%099999999999999999999999d.exr", "no file name holds a number"),
    ],
)
def test_names_that_cannot_be_made_are_usage_errors(source: str, frame: int | None, output: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        result_path(SourceFrame(Path(source), frame), output)


def test_two_results_never_share_a_file() -> None:
    make("in/a.0001.exr", "in/a.0001.dpx")
    with pytest.raises(UsageError, match=r"result of both in/a\.0001\.dpx and in/a\.0001\.exr"):
        result_paths(expand_sources(["in"]).frames, "out")


def test_a_result_never_overwrites_a_source_even_through_a_link() -> None:
    make("in/a.0001.exr")
    Path("out").symlink_to("in")
    for output in ("in", "out", "in/a.####.exr", "in/../in"):
        with pytest.raises(UsageError, match="overwrite the source"):
            result_paths(expand_sources(["in"]).frames, output)
    assert result_paths(expand_sources(["in"]).frames, "elsewhere") == [Path("elsewhere/a.0001.exr")]


def test_results_never_lie_among_a_folders_sources() -> None:
    """They would be sources themselves when the command is repeated."""
    make("in/a.0001.png")
    for output in ("in", "in/up.####.exr", "in/../in"):
        with pytest.raises(UsageError, match="results would lie among the sources in in"):
            result_paths(expand_sources(["in"]).frames, output, folders=["in"])
    assert result_paths(expand_sources(["in"]).frames, "in/up", folders=["in"]) == [Path("in/up/a.0001.exr")]


def test_a_preview_never_overwrites_a_source() -> None:
    make("in/a.0001.png", "in/b.png", "in/b.preview.png")
    assert preview_path(Path("in/a.0001.exr")) == Path("in/a.0001.preview.png")
    assert result_paths(expand_sources(["in/a.0001.png"]).frames, "in", previews=True) == [Path("in/a.0001.exr")]
    sources = expand_sources(["in/b.png", "in/b.preview.png"]).frames
    with pytest.raises(UsageError, match=r"in/b\.preview\.png: the preview would overwrite the source"):
        result_paths(sources, "in", previews=True)
    assert len(result_paths(sources, "in")) == 2
