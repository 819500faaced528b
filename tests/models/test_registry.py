import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.models.networks import model_folder
from uprez.errors import ModelError
from uprez.models import DEFAULT_MODEL, Input, load_card, load_model, model_names, save_card
from uprez.models.card import NETWORK_FILE, WEIGHTS_FILE, Card
from uprez.models.interpolation import interpolate

FRAME = np.random.default_rng(0).random((9, 12, 4)).astype(np.float32)


@pytest.mark.parametrize("name", model_names())
def test_every_name_loads_a_model_that_enlarges_by_its_cards_scale(name: str) -> None:
    """Card and function agree, and the same frame gives the same bytes twice."""
    model = load_model(name, device="cpu")
    assert model.card.name == name
    result = model.upscale(FRAME)
    assert result.shape == (9 * model.card.scale, 12 * model.card.scale, 4)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(model.upscale(FRAME), result)


def test_the_default_model_is_one_of_the_names() -> None:
    """And bicubic, nearest and tvi always are."""
    assert DEFAULT_MODEL in model_names()
    assert {"nearest", "bilinear", "bicubic", "lanczos", "tvi"} <= set(model_names())


def test_a_folder_loads_as_a_model_and_adds_its_residual_to_bicubic(tiny_model: Path) -> None:
    """A network's result is the fixed interpolation plus what the runtime returns."""
    model = load_model(tiny_model, device="cpu", threads=1)
    residual = model.upscale(FRAME) - interpolate(FRAME, "bicubic", 2)
    assert 1e-4 < np.abs(residual).max() < 10
    np.testing.assert_array_equal(model.upscale(FRAME[:, ::-1]).shape, residual.shape)


def test_what_is_empty_stays_empty_whatever_the_network_says(tiny_model: Path) -> None:
    """Among source pixels that are zero in every channel nothing glows; next to the first filled one it may."""
    frame = np.zeros((12, 12, 4), np.float32)
    frame[5, 5] = 0.3
    result = load_model(tiny_model, device="cpu").upscale(frame)
    filled = np.argwhere((result != 0).any(axis=2))
    assert filled.min() == 9
    assert filled.max() == 12


def test_an_unknown_name_is_refused_with_the_nearest_known() -> None:
    """Names that are near are offered, else all are listed."""
    with pytest.raises(ModelError, match=r"no model 'bicubik'.*did you mean 'bicubic'"):
        load_model("bicubik")
    with pytest.raises(ModelError, match=r"known: .*nearest"):
        load_model("/no/such/folder")


def test_a_network_that_is_not_its_cards_is_refused_before_it_is_parsed(tiny_model: Path) -> None:
    """Garbage, one flipped bit, an empty file: the same clear line."""
    path = tiny_model / NETWORK_FILE
    whole = path.read_bytes()
    for content in (b"garbage" * 100, b"", bytes([whole[0] ^ 1]) + whole[1:]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"network\.onnx: not the network that its card describes"):
            load_model(tiny_model, device="cpu")


def test_weights_for_a_gpu_are_refused_unless_they_are_the_cards(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong weights may be sound safetensors: they are compared before they are parsed, and a card must name them."""
    monkeypatch.setattr("uprez.models.registry.choose_device", lambda wanted: "cuda")
    with pytest.raises(ModelError, match=r"card\.toml: no weights_sha256 .* use --device cpu"):
        load_model(tiny_model)
    save_card(replace(load_card(tiny_model), weights_sha256="0" * 64), tiny_model)
    with pytest.raises(ModelError, match=r"weights\.safetensors: can't be read: No such file"):
        load_model(tiny_model)
    (tiny_model / WEIGHTS_FILE).write_bytes(b"other weights")
    with pytest.raises(ModelError, match=r"weights\.safetensors: not the network that its card describes"):
        load_model(tiny_model)


def test_a_network_that_is_a_pipe_is_refused_at_once(tiny_model: Path) -> None:
    (tiny_model / NETWORK_FILE).unlink()
    os.mkfifo(tiny_model / NETWORK_FILE)
    with pytest.raises(ModelError, match=r"network\.onnx: not a file"):
        load_model(tiny_model, device="cpu")


def test_a_card_without_its_network_is_refused(tiny_model: Path) -> None:
    """The missing file is named."""
    (tiny_model / NETWORK_FILE).unlink()
    with pytest.raises(ModelError, match=r"network\.onnx: can't be read: No such file"):
        load_model(tiny_model, device="cpu")


def test_a_model_that_wants_more_than_the_beauty_is_refused_by_name(tiny_model: Path) -> None:
    """The seam for guides: the card says them, this version can't feed them."""
    card = load_card(tiny_model)
    inputs = (*card.inputs, Input(name="normal", channels=("X", "Y", "Z"), encoding="none", grid="hr"))
    save_card(Card(**{**vars(card), "inputs": inputs}), tiny_model)
    with pytest.raises(ModelError, match=r"normal \(X Y Z\)"):
        load_model(tiny_model, device="cpu")


def test_a_network_that_returns_another_size_than_promised_is_refused(tiny_model: Path) -> None:
    """A card that says x3 over a network that does x2."""
    card = load_card(tiny_model)
    save_card(Card(**{**vars(card), "scale": 3}), tiny_model)
    with pytest.raises(ModelError, match="its card promises"):
        load_model(tiny_model, device="cpu").upscale(FRAME)


def test_a_folder_with_a_classical_card_is_refused(tiny_model: Path) -> None:
    """A classical method is code of this package, not a folder."""
    save_card(Card(name="mine", kind="classical", halo=1), tiny_model)
    with pytest.raises(ModelError, match="holds a network"):
        load_model(tiny_model)


def test_classical_models_load_neither_openvino_nor_torch(tmp_path: Path) -> None:
    """Large libraries are imported where a network runs, and only there; torch not even then on a CPU."""
    folder = model_folder(tmp_path / "tiny")
    script = (
        "import sys; from uprez.models import load_model\n"
        "load_model('bicubic'); assert not {'openvino', 'torch'} & set(sys.modules)\n"
        f"load_model({str(folder)!r}, device='cpu'); assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_copied_folder_gives_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    """A model is its folder, wherever it lies."""
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    first, second = (load_model(folder, device="cpu").upscale(FRAME) for folder in (tiny_model, copy))
    np.testing.assert_array_equal(first, second)
