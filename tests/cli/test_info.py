"""`uprez info`: what a file holds, for people and for machines."""

import json
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.cli.conftest import Run
from tests.cli.frames import write_frame
from tests.upscaling.layered import picture
from tests.upscaling.layered import write_frame as write_planes
from uprez.cli.seen_filter import filter_lines, is_known
from uprez.pixel_filters import filtered, pixel_filter


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return write_frame(tmp_path / "shot.0007.exr", owner="a studio", isoSpeed=400.0)


def test_it_names_windows_channels_types_compression_and_the_rule_of_each_layer(uprez: Run, frame: Path) -> None:
    shown = uprez("info", frame).stdout
    words = [line.split() for line in shown.splitlines()]
    assert "data window     (-2, -1)-(21, 14)  24 x 16" in shown
    assert "display window  (0, 0)-(19, 13)  20 x 14" in shown
    assert "zip, scan lines" in shown
    assert ["rgba", "R", "G", "B", "A", "half", "beauty", "plain", "components"] in words
    assert any(line[:4] == ["Z", "Z", "float", "depth"] for line in words)
    assert any(line[:4] == ["id", "id", "uint", "id"] for line in words)
    assert any(line[4:7] == ["half", "normal", "name:"] for line in words)
    assert ["owner", "a", "studio"] in words
    assert ["isoSpeed", "400.0"] in words


def test_json_holds_the_same_for_machines(uprez: Run, frame: Path) -> None:
    (record,) = json.loads(uprez("info", frame, "--json").stdout)
    (part,) = record["parts"]
    assert record["path"] == str(frame)
    assert record["bytes"] == frame.stat().st_size
    assert part["data_window"] == [-2, -1, 21, 14]
    assert {channel["name"]: channel["type"] for channel in part["channels"]}["id"] == "uint"
    assert part["attributes"]["owner"] == {"type": "string", "value": "a studio"}
    layers = {layer["name"]: layer["rule"] for layer in part["layers"]}
    assert layers["rgba"] == "beauty"
    assert layers["N"] == "normal"


def edges(path: Path, name: str) -> Path:
    """A frame of hard edges, seen through a pixel filter."""
    draw = np.random.default_rng(1)
    y, x = np.mgrid[:1024, :1024].astype(np.float32)
    fine = np.full((1024, 1024, 1), 0.2, np.float32)
    for _ in range(14):
        (across, down), (width, height) = draw.uniform(0, 1024, 2), draw.uniform(150, 350, 2)
        u, v = x - across + 0.1 * (y - down), y - down - 0.1 * (x - across)
        fine[(np.abs(u) < width / 2) & (np.abs(v) < height / 2)] = draw.uniform(0.01, 4)
    plane = filtered(fine, pixel_filter(name), 8)[..., 0].astype(np.float16)
    OpenEXR.File({}, {"R": plane, "G": plane, "B": plane}).write(str(path))
    return path


@pytest.mark.parametrize("name", ["box", "gauss-2", "lanczos-3"])
def test_it_says_which_pixel_filter_a_frame_seems_to_have(uprez: Run, tmp_path: Path, name: str) -> None:
    frame = edges(tmp_path / "edges.exr", name)
    (line,) = [line for line in uprez("info", frame).stdout.splitlines() if "pixel filter: looks like" in line]
    assert name in line
    (record,) = json.loads(uprez("info", frame, "--json").stdout)
    assert name in record["pixel_filter"]["looks_like"]
    assert not record["pixel_filter"]["soft"]


def test_it_says_so_where_a_frame_has_no_clear_edges_or_soft_ones(uprez: Run, frame: Path, tmp_path: Path) -> None:
    assert "pixel filter: unknown: too few clear edges" in uprez("info", frame).stdout
    soft = edges(tmp_path / "soft.exr", "gauss-4")
    assert "pixel filter: softer than any: out of focus, or scaled up" in uprez("info", soft).stdout


def test_a_model_that_does_not_know_a_filter_is_told_of_and_one_that_says_nothing_is_not() -> None:
    told = {"looks_like": ["box"], "soft": False, "edges": 100, "known_to_model": True}
    assert len(filter_lines(told)) == 1
    line, warning = filter_lines({**told, "known_to_model": False})
    assert "looks like box (100 edges)" in line
    assert "warning" in warning
    assert filter_lines(None) == []


@pytest.mark.parametrize(
    ("knows", "looks_like", "known"),
    [((), ("box",), True), (("gauss-2",), ("box",), False), (("gauss-2", "box"), ("box",), True), (("box",), (), True)],
)
def test_a_filter_is_known_where_the_card_lists_one_that_it_may_be(
    knows: tuple[str, ...], looks_like: tuple[str, ...], known: bool
) -> None:
    assert is_known(knows, looks_like) == known


def test_a_motion_layer_is_said_to_be_taken_for_pixels_until_a_rule_says_otherwise(uprez: Run, tmp_path: Path) -> None:
    frame = write_frame(tmp_path / "moving.exr", vectors=True)
    (tmp_path / "show.toml").write_text('[layers]\nmotion = "depth"\n')
    assert "motion (taken to count pixels; see --rules for other units)" in uprez("info", frame).stdout
    assert "depth (by hand)" in uprez("info", frame, "--rules", "show.toml").stdout


def test_json_says_why_a_layer_has_its_rule(uprez: Run, frame: Path, tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text('[layers]\nZ = "generic"\n')
    (record,) = json.loads(uprez("info", frame, "--rules", "show.toml", "--json").stdout)
    layers = {layer["name"]: layer for layer in record["parts"][0]["layers"]}
    assert layers["N"]["why"].startswith("name: ")
    assert layers["N"]["named"]["means"] == "normal"
    assert layers["Z"]["why"] == "rules: 'Z'"
    assert layers["rgba"]["why"] == "plain components"


def test_where_name_and_pixels_disagree_it_says_so(uprez: Run, tmp_path: Path) -> None:
    planes = {letter: picture(48, 64)[..., k].astype("f2") for k, letter in enumerate("RGB")}
    planes |= {f"depth.{letter}": picture(48, 64, 5)[..., k].astype("f2") for k, letter in enumerate("RGB")}
    path = write_planes(tmp_path / "odd.exr", planes)
    shown = uprez("info", path).stdout
    assert "! depth is named like depth, but its pixels look like light: depth, by its name" in shown
    (record,) = json.loads(uprez("info", path, "--json").stdout)
    assert "look like light" in {layer["name"]: layer["doubt"] for layer in record["parts"][0]["layers"]}["depth"]


def test_a_glob_that_fits_no_layer_is_warned_of(uprez: Run, frame: Path, tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text('[layers]\n"shdow_*" = "matte"\nZ = "generic"\n')
    done = uprez("info", frame, "--rules", "show.toml")
    assert done.returncode == 0
    assert done.stderr == "warning: rules: 'shdow_*' fits no layer; `uprez info` prints their names\n"


def test_the_rules_of_today_can_be_written_to_a_file_and_read_again(uprez: Run, frame: Path, tmp_path: Path) -> None:
    template = uprez("info", frame, "--rules-template").stdout
    assert '"rgba" = "beauty"  # plain components' in template
    (tmp_path / "show.toml").write_text(template)
    before, after = (
        json.loads(uprez("info", frame, "--json", *more).stdout) for more in ((), ("--rules", "show.toml"))
    )
    for first, second in zip(before[0]["parts"][0]["layers"], after[0]["parts"][0]["layers"], strict=True):
        assert (first["name"], first["rule"]) == (second["name"], second["rule"])
    assert uprez("info", frame, "--rules-template", "--json").returncode == 2


def test_rules_from_a_file_override_the_usual_ones(uprez: Run, frame: Path, tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text('[layers]\nZ = "generic"\n')
    (record,) = json.loads(uprez("info", frame, "--rules", "show.toml", "--json").stdout)
    assert {layer["name"]: layer["rule"] for layer in record["parts"][0]["layers"]}["Z"] == "generic"


def test_a_rule_that_does_not_exist_is_one_line_with_the_nearest_one(uprez: Run, frame: Path, tmp_path: Path) -> None:
    (tmp_path / "show.toml").write_text('[layers]\nZ = "dephts"\n')
    done = uprez("info", frame, "--rules", "show.toml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "'depth'" in done.stderr


def test_control_characters_of_a_file_never_reach_the_terminal(uprez: Run, tmp_path: Path) -> None:
    """An attribute may hold escape sequences, and a terminal would obey them."""
    frame = write_frame(tmp_path / "hostile.exr", comments="\x1b]0;owned\x07 \x1b[2J")
    done = uprez("info", frame)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\\x1b[2J" in done.stdout


def test_a_long_attribute_is_cut_for_people_and_whole_for_machines(uprez: Run, tmp_path: Path) -> None:
    frame = write_frame(tmp_path / "long.exr", comments="manifest " * 500)
    assert max(map(len, uprez("info", frame).stdout.splitlines())) < 160
    (record,) = json.loads(uprez("info", frame, "--json").stdout)
    assert record["parts"][0]["attributes"]["comments"]["value"] == "manifest " * 500


def test_a_broken_file_is_one_line_and_the_others_are_shown(uprez: Run, frame: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.exr"
    broken.write_bytes(frame.read_bytes()[:300])
    done = uprez("info", broken, frame)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {broken}: ")
    assert done.stderr.count("\n") == 1
    assert str(frame) in done.stdout


def test_frames_of_a_range_that_are_not_there_are_named(uprez: Run, frame: Path) -> None:
    done = uprez("info", "shot.7-8####.exr")
    assert done.returncode == 1
    assert done.stderr == "error: shot.0008.exr: not there\n"
    assert "shot.0007.exr" in done.stdout
