import numpy as np
import pytest

from uprez.metrics import drift


def test_a_frame_has_no_drift_against_itself() -> None:
    """Zero in every channel and block, black frames too."""
    for frame in (np.random.default_rng(0).random((24, 16, 3)), np.zeros((8, 8, 3))):
        found = drift(frame, frame)
        assert found.mean == (0, 0, 0)
        assert found.block_p99 == 0


def test_a_gain_of_one_channel_is_that_channels_drift_with_its_sign() -> None:
    """2 % too dark in green is -0.02 in green and nothing elsewhere."""
    source = np.random.default_rng(1).random((16, 16, 3)) + 1
    lowered = source * [1, 0.98, 1]
    assert drift(lowered, source).mean == pytest.approx((0, -0.02, 0))


def test_light_moved_between_blocks_keeps_the_mean_and_shows_in_the_blocks() -> None:
    """Means are global, blocks local; a block's drift is relative to its own light plus a hundredth."""
    source = np.ones((8, 16, 1))
    lowered = source.copy()
    lowered[:, :8] += 0.101
    lowered[:, 8:] -= 0.101
    found = drift(lowered, source)
    assert found.mean == pytest.approx((0,))
    assert found.blocks == pytest.approx([0.1, 0.1])


def test_light_where_the_source_has_none_is_infinite_drift() -> None:
    """A channel that the source does not have at all can't be a ratio."""
    assert drift(np.ones((8, 8, 1)), np.zeros((8, 8, 1))).mean == (np.inf,)


def test_what_does_not_fill_a_block_counts_for_the_mean_only() -> None:
    """Blocks are whole: 20 x 9 pixels hold two."""
    assert drift(np.ones((20, 9, 1)), np.ones((20, 9, 1))).blocks.size == 2


def test_different_shapes_are_refused() -> None:
    """The result has to be brought down first."""
    with pytest.raises(ValueError, match="shapes differ"):
        drift(np.zeros((16, 16, 3)), np.zeros((8, 8, 3)))
