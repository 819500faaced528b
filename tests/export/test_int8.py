"""A model whose network computes in int8: a model folder as any other, close to what it was made from."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.training.pairs import write_pairs
from uprez.encoding import compress
from uprez.errors import UsageError
from uprez.models.registry import load_model, model_card

pytest.importorskip("nncf")
pytest.importorskip("onnxruntime")

from uprez.export.int8 import FIGURE, export_int8


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs") / "pairs"
    write_pairs(folder, looks=("a",), count=4, side=96)
    return folder


@pytest.fixture(scope="module")
def model(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    assert export_int8("film-x2-psnr", folder, pairs=pairs) == [folder / "card.toml", folder / "network.onnx"]
    return folder


def test_it_holds_to_float32_and_is_a_third_as_large(model: Path, pairs: Path) -> None:
    y, x = np.mgrid[:96, :96] / 96
    frame = np.stack([0.5 + 0.4 * np.sin(20 * x), 0.5 + 0.4 * np.sin(30 * y), x * y, np.ones_like(x)], -1)
    frame[20:60, 30:50, :3] = 3.0
    source = np.concatenate([compress(frame[..., :3]), frame[..., 3:]], -1).astype(np.float32)
    exact = load_model("film-x2-psnr", device="cpu", precision="f32").upscale(source)
    int8 = load_model(model, device="cpu").upscale(source)
    error = float(np.mean(np.square(exact[..., :3] - int8[..., :3])))
    assert 0 < error < 0.36e-4  # 40 dB; patterns so unlike a render lose more than renders do
    assert 3 * (model / "network.onnx").stat().st_size < _bundled("film-x2-psnr").stat().st_size


def _bundled(name: str) -> Path:
    import uprez.models

    return Path(uprez.models.__path__[0]) / "bundled" / name / "network.onnx"


def test_its_card_says_what_it_is_and_how_close(model: Path) -> None:
    card, whole = model_card(model), model_card("film-x2-psnr")
    assert card.name == "film-x2-psnr-int8"
    assert (card.down_kernel, card.halo, card.held_out) == (whole.down_kernel, whole.halo, whole.held_out)
    assert card.weights_sha256 == ""
    assert card.network_sha256 != whole.network_sha256
    assert float(card.figures[FIGURE]) > 40  # type: ignore[arg-type]


def test_pairs_too_small_to_calibrate_with_are_refused(tmp_path: Path) -> None:
    write_pairs(tmp_path / "small", looks=("a",), count=1, side=40)
    with pytest.raises(UsageError, match=re.escape("no pairs to calibrate with")):
        export_int8("film-x2-psnr", tmp_path / "model", pairs=tmp_path / "small")
