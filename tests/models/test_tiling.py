import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uprez.errors import ModelError
from uprez.models import load_model, plan_tiles, upscale_tiled
from uprez.models.model import InterpolationModel
from uprez.models.tiling import Tile, pixel_bytes
from uprez.models.tvi import TviModel

SIZES = st.integers(1, 80)


@given(height=SIZES, width=SIZES, halo=st.integers(0, 12), share=st.floats(0.02, 1.2))
@settings(deadline=None)
def test_tiles_keep_every_pixel_once_and_stay_their_halo_away_from_cut_edges(
    height: int, width: int, halo: int, share: float
) -> None:
    """The whole contract of a plan: cover, halo, size limit, one shape, inside the frame."""
    limit = int(share * height * width)
    try:
        tiles = plan_tiles(height, width, halo, limit)
    except ModelError:
        assert limit < height * width
        return
    kept = np.zeros((height, width), int)
    for tile in tiles:
        kept[tile.rows.keep_start : tile.rows.keep_stop, tile.columns.keep_start : tile.columns.keep_stop] += 1
        for span, size in ((tile.rows, height), (tile.columns, width)):
            assert 0 <= span.start <= span.keep_start < span.keep_stop <= span.stop <= size
            assert span.start == 0 or span.keep_start - span.start >= halo
            assert span.stop == size or span.stop - span.keep_stop >= halo
    assert (kept == 1).all()
    shapes = {_shape(tile) for tile in tiles}
    assert len(shapes) == 1
    assert np.prod(shapes.pop()) <= limit


def _shape(tile: Tile) -> tuple[int, int]:
    return tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start


def test_a_frame_that_fits_is_one_tile() -> None:
    """No cut, no halo."""
    (tile,) = plan_tiles(1080, 2048, 23, 1080 * 2048)
    assert _shape(tile) == (1080, 2048)


@pytest.mark.parametrize(("height", "width"), [(1080, 2048), (2048, 1080), (300, 16384)])
def test_the_cut_with_the_least_work_is_taken(height: int, width: int) -> None:
    """Halos cost less than a tenth for a 2K frame in three tiles; no other count of columns would cost less."""
    tiles = plan_tiles(height, width, 23, 1_000_000)
    work = len(tiles) * np.prod(_shape(tiles[0]))
    assert work < 1.1 * height * width
    for columns in range(1, 40):
        rows = next((n for n in range(1, 200) if _longest(height, n) * _longest(width, columns) <= 1_000_000), None)
        assert rows is None or work <= rows * columns * _longest(height, rows) * _longest(width, columns)


def _longest(size: int, parts: int) -> int:
    return -(-(size + 2 * 23 * (parts - 1)) // parts)


def test_a_limit_below_the_smallest_tile_is_refused_with_the_cure() -> None:
    """A tile must keep at least one pixel besides its halo."""
    with pytest.raises(ModelError, match="raise the memory limit"):
        plan_tiles(100, 100, 20, 40 * 40)


@pytest.mark.parametrize("parts", [2, 5, 11])
def test_a_tiled_network_equals_the_whole_frame_within_a_hundred_thousandth(tiny_model: str, parts: int) -> None:
    """The halo covers the zero padding of every convolution, at the frame's own edges too."""
    model = load_model(tiny_model, device="cpu")
    frame = np.random.default_rng(0).random((50, 37, 4)).astype(np.float32)
    limit = pixel_bytes(model.card) * 50 * 37 // parts + 1
    assert len(plan_tiles(50, 37, model.card.halo, limit // pixel_bytes(model.card))) >= parts
    np.testing.assert_allclose(upscale_tiled(model, frame, limit), model.upscale(frame), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "model", [InterpolationModel("lanczos"), InterpolationModel("bicubic", 3), TviModel(iterations=4)]
)
def test_a_tiled_classical_model_equals_the_whole_frame_bit_for_bit(model: InterpolationModel | TviModel) -> None:
    """Their arithmetic does not depend on the array's size."""
    frame = np.random.default_rng(1).random((40, 31, 5)).astype(np.float32)
    tiled = upscale_tiled(model, frame, pixel_bytes(model.card) * 500)
    np.testing.assert_array_equal(tiled, model.upscale(frame))
