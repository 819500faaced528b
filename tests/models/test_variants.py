"""The sharpness dial and the self-ensemble: other weights and other ways of the same model."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.models.networks import model_folder
from uprez.errors import ModelError
from uprez.models import load_card, load_model, save_card
from uprez.models.ensemble import EnsembleModel
from uprez.models.interpolation import interpolate
from uprez.models.registry import model_card

FRAME = np.random.default_rng(0).random((9, 12, 4)).astype(np.float32)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """A sharp model whose card names a softer one beside it."""
    model_folder(tmp_path / "soft", seed=1)
    folder = model_folder(tmp_path / "sharp")
    save_card(replace(load_card(folder), softer="../soft"), folder)
    return folder


def test_the_ends_of_the_dial_are_the_two_models(pair: Path) -> None:
    soft = load_model(pair.parent / "soft", device="cpu", precision="f32").upscale(FRAME)
    sharp = load_model(pair, device="cpu", precision="f32").upscale(FRAME)
    assert np.abs(soft - sharp).max() > 1e-3
    for sharpness, end in ((0.0, soft), (1.0, sharp), (None, sharp)):
        model = load_model(pair, device="cpu", precision="f32", sharpness=sharpness)
        np.testing.assert_allclose(model.upscale(FRAME), end, atol=1e-6)


def test_between_them_weights_are_blended(pair: Path) -> None:
    """A network of one convolution is linear in its weights: there the result is the blend of the results."""
    for name, seed in (("soft", 1), ("sharp", 0)):
        card = load_card(pair.parent / name)
        model_folder(pair.parent / name, convolutions=1, seed=seed, slope=1.0)
        written = load_card(pair.parent / name)
        save_card(replace(written, softer=card.softer), pair.parent / name)
    soft, half, sharp = (
        load_model(pair, device="cpu", precision="f32", sharpness=s).upscale(FRAME) for s in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(half, (soft + sharp) / 2, atol=1e-5)


def test_cards_of_different_settings_have_different_fingerprints(pair: Path) -> None:
    """So that frames made with another setting are not taken for finished ones."""
    cards = [model_card(pair, sharpness=s, quality=q) for s in (None, 0.0, 0.5) for q in ("normal", "best")]
    assert len({card.fingerprint for card in cards}) == 6
    assert model_card(pair, sharpness=1.0).fingerprint == model_card(pair).fingerprint
    assert model_card(pair, sharpness=0.5).fingerprint == model_card(pair, sharpness=0.5).fingerprint


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("bicubic", {"sharpness": 0.5}, "bicubic: sharpness and quality are for networks"),
        ("bicubic", {"quality": "best"}, "bicubic: sharpness and quality are for networks"),
        ("soft", {"sharpness": 0.5}, "tiny: its sharpness can't be set, as its card names no softer model"),
        ("sharp", {"sharpness": 1.5}, "sharpness must lie between 0 and 1, got 1.5"),
    ],
)
def test_a_setting_that_a_model_has_not_is_refused(
    pair: Path, name: str, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        load_model(name if name == "bicubic" else pair.parent / name, **settings)  # type: ignore[arg-type]


def test_a_softer_model_that_is_gone_or_another_network_is_refused(pair: Path) -> None:
    save_card(replace(load_card(pair), softer="../gone"), pair)
    with pytest.raises(ModelError, match=r"its softer model \.\./gone is not there"):
        load_model(pair, sharpness=0.5)
    assert load_model(pair).card.name == "tiny"
    model_folder(pair.parent / "soft", features=6)
    save_card(replace(load_card(pair), softer="../soft"), pair)
    with pytest.raises(ModelError, match="another architecture than its softer model"):
        load_model(pair, device="cpu", sharpness=0.5)


def test_the_ensemble_does_not_change_by_flips_and_turns(tiny_model: Path) -> None:
    """What it makes of a frame that is turned is what it makes of the frame, turned."""
    best = load_model(tiny_model, device="cpu", precision="f32", quality="best")
    result = best.upscale(FRAME)
    np.testing.assert_allclose(best.upscale(FRAME[::-1]), result[::-1], atol=1e-5)
    np.testing.assert_allclose(best.upscale(FRAME.transpose(1, 0, 2)), result.transpose(1, 0, 2), atol=1e-5)
    alone = load_model(tiny_model, device="cpu", precision="f32")
    assert np.abs(alone.upscale(FRAME[::-1]) - alone.upscale(FRAME)[::-1]).max() > 1e-3


def test_the_ensemble_is_the_mean_over_eight_ways(tiny_model: Path) -> None:
    alone = load_model(tiny_model, device="cpu", precision="f32")
    made = [
        np.rot90(alone.upscale(np.rot90(frame, turns)), -turns)[:, :: -1 if mirrored else 1]
        for turns in range(4)
        for mirrored, frame in ((False, FRAME), (True, FRAME[:, ::-1]))
    ]
    np.testing.assert_allclose(EnsembleModel(alone).upscale(FRAME), np.mean(made, axis=0), atol=1e-5)
    assert np.abs(made[0] - interpolate(FRAME, "bicubic", 2)).max() > 1e-3
