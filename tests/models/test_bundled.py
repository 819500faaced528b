"""The models that come with the package."""

from pathlib import Path

import numpy as np
import pytest

from uprez import upscale
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.metrics import compressed_psnr, high_band_energy
from uprez.models.card import load_card
from uprez.models.registry import BUNDLED
from uprez.pixel_filters import filtered, pixel_filter

FOLDERS = sorted(card.parent for card in BUNDLED.glob("*/card.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_card_says_what_was_held_out_and_the_files_are_small(folder: Path) -> None:
    card = load_card(folder)
    assert card.name == folder.name
    assert "shot 8000 of every look" in card.held_out
    assert "figures (the whole look)" in card.held_out or card.name == "film-x2-any"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 16e6


def test_the_dial_goes_from_fidelity_to_sharpness_on_a_look_that_no_model_has_seen(shared: Path) -> None:
    """Sharper by each step, at less than 1 dB in all, and with the source's light throughout."""
    pair = next(pair for pair in find_pairs([shared / "starter/clean"]) if pair.look == "figures")
    _, lr, hr = next(read_frames([pair]))
    results = [upscale(lr.astype(np.float32), "film-x2", sharpness=sharpness) for sharpness in (0.0, 0.5, 1.0)]
    faithful = upscale(lr.astype(np.float32), "film-x2-psnr")
    np.testing.assert_allclose(results[0], faithful, rtol=0.02, atol=1e-3)
    detail = [high_band_energy(result, hr) for result in results]
    assert detail[0] < detail[1] < detail[2] < 1.1
    assert detail[2] > 1.5 * detail[0]
    assert compressed_psnr(results[2], hr) > compressed_psnr(results[0], hr) - 1


def test_the_fast_model_betters_interpolation_on_a_look_that_no_model_has_seen(shared: Path) -> None:
    pair = next(pair for pair in find_pairs([shared / "starter/clean"]) if pair.look == "figures")
    _, lr, hr = next(read_frames([pair]))
    found = {name: compressed_psnr(upscale(lr.astype(np.float32), name), hr) for name in ("bicubic", "film-x2-fast")}
    assert found["film-x2-fast"] > found["bicubic"] + 0.7


def test_the_fast_model_has_less_than_a_sixth_of_the_weights() -> None:
    """Each weight works on each LR pixel: so many are its operations."""
    small, large = ((BUNDLED / name / "network.onnx").stat().st_size for name in ("film-x2-fast", "film-x2-psnr"))
    assert 6 * small < large


@pytest.mark.parametrize("name", ["box", "mitchell", "lanczos-2", "blackman-harris-1"])
def test_the_model_for_any_filter_leaves_no_dark_stripes_in_a_white_edge_of_a_sharper_filter(name: str) -> None:
    """1 over 0.01, all but along the rows; inside the white, 3 HR pixels and more from the edge."""
    y, x = (np.mgrid[:512, :512].astype(np.float32) + 0.5) / 8 - 32
    distance = y - 0.3 - 0.08 * x
    light = 0.01 + 0.99 * np.clip(0.5 - 8 * distance, 0, 1)
    samples = np.repeat(light[..., np.newaxis], 3, axis=2)
    source, perfect = (filtered(samples, pixel_filter(name), step) for step in (16, 8))
    inside = distance[4::8, 4::8] < -3
    dents = {
        model: float((perfect - upscale(source, model))[inside].max()) for model in ("film-x2-any", "film-x2-psnr")
    }
    assert dents["film-x2-any"] < 0.15
    assert dents["film-x2-any"] <= max(0.05, dents["film-x2-psnr"])
