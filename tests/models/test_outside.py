"""Networks that are not ours, with a small card."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from uprez.encoding import compress, expand
from uprez.errors import ModelError
from uprez.models import load_model
from uprez.models.interpolation import interpolate
from uprez.models.registry import model_card

LINEAR = np.random.default_rng(0).random((10, 12, 4)).astype(np.float32)
FRAME = np.concatenate([compress(LINEAR[..., :3]), LINEAR[..., 3:]], axis=2)


def network(path: Path, card: str | None, *, gain: float = 1.0) -> Path:
    """Each pixel repeated, times a gain."""
    source = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "H", "W"])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3, "H2", "W2"])
    constants = [
        helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, 2, 2]),
        helper.make_tensor("gain", TensorProto.FLOAT, [1], [gain]),
    ]
    nodes = [
        helper.make_node(
            "Resize",
            ["x", "", "scales"],
            ["r"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        helper.make_node("Mul", ["r", "gain"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "network", [source], [result], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    if card is not None:
        path.with_suffix(".toml").write_text(card)
    return path


@pytest.mark.parametrize(
    "card",
    ["halo = 1", 'encoding = "linear"', 'encoding = "srgb"\nwhite = 255', 'encoding = "compressed"\nwhite = 2.0'],
)
def test_the_network_sees_its_own_encoding_and_alpha_is_interpolated(tmp_path: Path, card: str) -> None:
    """A network that repeats pixels does so in every encoding."""
    model = load_model(network(tmp_path / "net.onnx", card))
    result = model.upscale(FRAME)
    np.testing.assert_allclose(result[..., :3], FRAME[..., :3].repeat(2, 0).repeat(2, 1), atol=2e-5)
    np.testing.assert_array_equal(result[..., 3], interpolate(FRAME, "bicubic", 2)[..., 3])
    assert (model.card.name, model.card.scale) == ("net", 2)


def test_a_residual_goes_on_top_of_interpolation(tmp_path: Path) -> None:
    model = load_model(network(tmp_path / "net.onnx", 'output = "residual"', gain=0.0))
    np.testing.assert_allclose(model.upscale(FRAME), interpolate(FRAME, "bicubic", 2), atol=1e-6)


def test_what_is_brighter_than_white_is_interpolated_for_a_network_of_displays(tmp_path: Path) -> None:
    bright = FRAME.copy()
    bright[..., :3] = compress(np.full((10, 12, 3), 40, np.float32))
    result = load_model(network(tmp_path / "net.onnx", 'encoding = "srgb"')).upscale(bright)
    np.testing.assert_allclose(expand(result[..., :3]), 40, rtol=1e-4)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (None, r"needs a small card beside it, net\.toml: scale, halo, encoding"),
        ("sacle = 2", "unknown key 'sacle'"),
        ('encoding = "log"', "encoding is compressed, linear, srgb"),
        ('halo = "wide"', "halo must be a number"),
        ("scale = 9", "scale must be 1 to 8"),
    ],
)
def test_a_small_card_that_makes_no_sense_is_refused(tmp_path: Path, card: str | None, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load_model(network(tmp_path / "net.onnx", card))


def test_a_network_of_another_scale_than_its_card_is_refused(tmp_path: Path) -> None:
    model = load_model(network(tmp_path / "net.onnx", "scale = 3"))
    with pytest.raises(ModelError, match="its card promises 3 times the size"):
        model.upscale(FRAME)


def test_its_fingerprint_goes_by_the_file_and_the_card(tmp_path: Path) -> None:
    one = model_card(network(tmp_path / "net.onnx", "halo = 1")).fingerprint
    assert model_card(network(tmp_path / "net.onnx", "halo = 1")).fingerprint == one
    assert model_card(network(tmp_path / "net.onnx", 'halo = 1\nencoding = "linear"')).fingerprint != one
    assert model_card(network(tmp_path / "net.onnx", "halo = 1", gain=0.5)).fingerprint != one
    with pytest.raises(ModelError, match="no such network"):
        load_model(tmp_path / "none.onnx")
