"""Bands: every row written once, every row computed once, with all the context that it needs."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upscaling.test_layers import part
from uprez.frames import FrameHeader, Window
from uprez.models.card import Card
from uprez.upscaling import find_layers
from uprez.upscaling.plan import METHOD_REACH, granule, plan_bands, plan_stages

HEIGHTS, HALOS, REACHES = st.integers(1, 3000), st.integers(0, 70), st.integers(0, 20)


@given(HEIGHTS, HALOS, REACHES, st.integers(0, 900))
def test_bands_write_and_compute_every_row_once_and_in_order(height: int, halo: int, reach: int, rows: int) -> None:
    bands = plan_bands(height, halo, reach, rows)
    for chosen in ([band.rows for band in bands], [band.computed for band in bands]):
        assert [row for some in chosen for row in some] == list(range(height))


@given(HEIGHTS, HALOS, REACHES, st.integers(0, 900))
def test_what_a_band_computes_has_the_networks_halo_around_it(height: int, halo: int, reach: int, rows: int) -> None:
    for band in plan_bands(height, halo, reach, rows):
        assert band.window.start <= max(0, band.computed.start - halo)
        assert band.window.stop >= min(height, band.computed.stop + halo)


@given(HEIGHTS, HALOS, REACHES, st.integers(0, 900))
def test_what_a_band_writes_has_its_reach_computed_and_its_source_read(
    height: int, halo: int, reach: int, rows: int
) -> None:
    for band in plan_bands(height, halo, reach, rows):
        if len(band.rows):
            assert band.computed.stop >= min(height, band.rows.stop + reach)
        assert band.source.start <= min(band.window.start, max(0, band.rows.start - METHOD_REACH - reach))
        assert band.source.stop >= max(band.window.stop, min(height, band.rows.stop + METHOD_REACH + reach))


@given(HEIGHTS, HALOS, REACHES, st.integers(0, 900))
def test_all_network_windows_have_one_height(height: int, halo: int, reach: int, rows: int) -> None:
    """So that a runtime prepares for one shape only. They are no higher than asked for, where that is possible."""
    bands = plan_bands(height, halo, reach, rows)
    assert len({len(band.window) for band in bands}) == 1
    assert len(bands[0].window) <= max(rows, 2 * halo + reach + 8)


def test_a_limit_that_a_frame_can_not_keep_is_known() -> None:
    plain = part("R", "G", "B", "A")
    header = FrameHeader(Path("f.exr"), (replace(plain, data_window=Window(0, 0, 16383, 8191)),))
    network = Card(name="net", kind="network", halo=22, features=48, network_sha256="0" * 64)
    small, large = (
        plan_stages(header, find_layers(header), network, 12, megabytes << 20, [16])[0] for megabytes in (500, 16000)
    )
    assert small.needs > 500 << 20
    assert large.needs == 0


def test_less_memory_means_narrower_bands() -> None:
    plain = part("R", "G", "B", "A", "Z:float")
    header = FrameHeader(Path("f.exr"), (replace(plain, data_window=Window(0, 0, 2047, 1079)),))
    network = Card(name="net", kind="network", halo=22, features=48, network_sha256="0" * 64)
    bands = [
        len(plan_stages(header, find_layers(header), network, 12, gigabytes << 30, [16])[0].bands)
        for gigabytes in (16, 4, 2, 1, 0)
    ]
    assert bands == sorted(bands)
    assert bands[0] == 1
    assert bands[-1] > 10


def test_parts_with_one_data_window_are_streamed_together() -> None:
    """So that parts of the beauty find it whatever part it is in."""
    header = FrameHeader(Path("f.exr"), (part("R", "G", "B", name="rgb"), part("Z:float", name="depth")), True)
    (stage,) = plan_stages(header, find_layers(header), Card(name="x", kind="classical", halo=2), 4, 1 << 30, [16, 1])
    assert stage.parts == (0, 1)
    assert stage.granule == 64


@pytest.mark.parametrize(("lines", "rows"), [([1], 64), ([16, 1], 64), ([256], 256), ([20], 80), ([32, 12], 64)])
def test_rows_are_read_by_whole_chunks(lines: list[int], rows: int) -> None:
    assert granule(lines) == rows
