"""Every sound file of the corpus comes out right, checked by the OpenEXR module, or is declined in one line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from tests.frames.exr_samples import corpus, corpus_path
from tests.upscaling.layered import doubled
from uprez.frames import DecodePool, FrameHeader, open_frame
from uprez.layers.finding import find_rules
from uprez.upscaling import Layer, Rule, RuleBook, UpscaleJob, UpscaleSummary, run

IN_PIXELS = {"originalDataWindow", "xDensity"}


def _processed(path: str, expect: Mapping[str, Any]) -> bool:
    newer_codec = "codec" in expect.get("handling", "")
    return path.endswith(".exr") and (expect.get("handling", "").startswith("processed") or newer_codec)


def _declined(path: str, expect: Mapping[str, Any]) -> bool:
    return path.startswith("valid") and path.endswith(".exr") and not _processed(path, expect)


PROCESSED, DECLINED = corpus(_processed), corpus(_declined)


def upscaled(file: Mapping[str, Any], folder: Path) -> UpscaleSummary:
    job = UpscaleJob(sources=(str(corpus_path(file)),), output=str(folder), model="bicubic", overwrite=True)
    return run(job)


def opened(path: Path) -> tuple[FrameHeader, tuple[Layer, ...]]:
    with DecodePool() as pool, open_frame(path, pool=pool) as reader:
        return reader.header, find_rules([reader], RuleBook())


@dataclass(frozen=True)
class Pair:
    """A file of the corpus and its result."""

    file: Mapping[str, Any]
    source: Path
    result: Path
    again: bytes
    """What the same command made a second time."""


@pytest.fixture(scope="module", params=PROCESSED)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    file, folder = request.param, tmp_path_factory.mktemp("corpus")
    result = folder / corpus_path(file).name
    upscaled(file, folder)
    again = result.read_bytes()
    summary = upscaled(file, folder)
    assert summary.exit_code == 0, summary.results[0].reason
    return Pair(file, corpus_path(file), result, again)


def test_a_sound_file_comes_out_whole(pair: Pair) -> None:
    """Windows × 2; parts, views, channels, types and compression as they were."""
    expected = pair.file["expect"]["parts"]
    with OpenEXR.File(str(pair.result), separate_channels=True) as written:
        assert len(written.parts) == len(expected)
        for part, before in zip(written.parts, expected, strict=True):
            header = part.header
            for window in ("dataWindow", "displayWindow"):
                x0, y0, x1, y1 = before[window]
                corners = [*map(int, header[window][0]), *map(int, header[window][1])]
                assert corners == [2 * x0, 2 * y0, 2 * x1 + 1, 2 * y1 + 1]
            assert header.get("name", "") == before["name"]
            assert header.get("view") == before.get("view")
            assert part.compression().name.replace("NO_", "NONE_") == f"{before['compression']}_COMPRESSION"
            types = {"uint32": "uint", "float16": "half", "float32": "float"}
            found = {name: types[str(channel.pixels.dtype)] for name, channel in part.channels.items()}
            assert found == {channel["name"]: channel["type"] for channel in before["channels"]}


def test_attributes_stay_to_the_byte_and_layers_mean_what_they_meant(pair: Pair) -> None:
    before, layers = opened(pair.source)
    after, layers_after = opened(pair.result)
    for one, other in zip(before.parts, after.parts, strict=True):
        kept = {name: value for name, value in other.attributes.items() if not name.startswith("uprez:")}
        assert kept.keys() == one.attributes.keys()
        assert [name for name in kept if kept[name] != one.attributes[name] and name not in IN_PIXELS] == []
    meant, means = ([(layer.name, layer.channels) for layer in found] for found in (layers, layers_after))
    assert meant == means


def test_every_value_keeps_its_rule(pair: Pair) -> None:
    """Ids are their LR pixels to the bit; depth stays in the source's range; light is finite."""
    _, layers = opened(pair.source)
    with (
        OpenEXR.File(str(pair.source), separate_channels=True) as source,
        OpenEXR.File(str(pair.result), separate_channels=True) as result,
    ):
        for layer in layers:
            for part in layer.parts:
                for name in layer.channels_of(part):
                    before, after = (f.channels(part)[name].pixels for f in (source, result))
                    _check(layer.rule, before, after)


def _check(rule: Rule, before: NDArray[Any], after: NDArray[Any]) -> None:
    match rule:
        case Rule.ID:
            assert doubled(before).tobytes() == after.tobytes()
        case Rule.DEPTH:
            assert np.nanmin(before) <= np.nanmin(after)
            assert np.nanmax(after) <= np.nanmax(before)
        case Rule.MOTION:
            assert 2 * before.min() <= after.min()
            assert after.max() <= 2 * before.max()
        case Rule.BEAUTY | Rule.BEAUTY_PART | Rule.COLOR:
            assert np.isfinite(after).all()


def test_the_same_command_twice_gives_the_same_bytes(pair: Pair) -> None:
    assert pair.result.read_bytes() == pair.again


@pytest.mark.parametrize("file", DECLINED)
def test_what_cannot_be_kept_right_is_declined_in_one_line(file: Mapping[str, Any], tmp_path: Path) -> None:
    summary = upscaled(file, tmp_path)
    assert summary.exit_code == 1
    (outcome,) = summary.results
    assert outcome.reason.startswith(str(corpus_path(file)))
    assert "\n" not in outcome.reason
    assert list(tmp_path.iterdir()) == []


def test_the_beachball_keeps_its_eyes_apart(shared: Path, tmp_path: Path) -> None:
    """Ten parts, each with a data window of its own that moves from frame to frame."""
    for number in (1, 2):
        _, layers = opened(shared / "exr" / "valid" / f"crop_beachball_multipart.{number:04}.exr")
        of_eye = {eye: sorted(layer.rule.value for layer in layers if layer.view == eye) for eye in ("left", "right")}
        assert of_eye == {eye: ["beauty", "depth", "matte", "motion"] for eye in ("left", "right")}


def test_the_light_groups_of_the_corpus_are_found(shared: Path) -> None:
    _, layers = opened(shared / "exr" / "valid" / "gen_lightgroups_aovs.exr")
    parts = {layer.name for layer in layers if layer.rule is Rule.BEAUTY_PART}
    assert parts == {"lg_key", "lg_fill", "lg_rim", "lg_env"}


def test_other_formats_come_out_as_exr_unless_asked_otherwise(shared: Path, tmp_path: Path) -> None:
    sources = [shared / "exr" / "valid" / name for name in ("gen_log10.dpx", "gen_rgba8_alpha.png", "gen_radiance.hdr")]
    for source in sources:
        summary = run(UpscaleJob(sources=(str(source),), output=str(tmp_path), model="bicubic"))
        assert summary.exit_code == 0
        with OpenEXR.File(str(tmp_path / f"{source.stem}.exr"), separate_channels=True) as result:
            assert set(result.channels()) <= set("RGBA")
    summary = run(UpscaleJob(sources=(str(sources[1]),), output=str(tmp_path / "again.png"), model="bicubic"))
    assert json.loads(json.dumps(summary.as_dict()))["done"] == 1
    assert (tmp_path / "again.png").stat().st_size > 1000
