"""Tiny networks as model folders, for tests that need one that is known."""

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from uprez.models.card import NETWORK_FILE, Card, save_card


def onnx_network(
    *, convolutions: int = 3, features: int = 8, seed: int = 0, gain: float = 0.1, slope: float = 0.1
) -> bytes:
    """3x3 convolutions with leaky activations, zero padding, depth-to-space: (1, 4, H, W) to (1, 4, 2H, 2W)."""
    random = np.random.default_rng(seed)
    widths = [4, *[features] * (convolutions - 1), 16]
    nodes, weights, name = [], [], "input"
    for index, (inputs, outputs) in enumerate(pairwise(widths)):
        weight = random.standard_normal((outputs, inputs, 3, 3)).astype(np.float32) * np.float32(gain)
        weights.append(numpy_helper.from_array(weight, f"weight{index}"))
        nodes.append(helper.make_node("Conv", [name, f"weight{index}"], [f"conv{index}"], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("LeakyRelu", [f"conv{index}"], [f"act{index}"], alpha=slope))
        name = f"act{index}"
    nodes.append(helper.make_node("DepthToSpace", [name], ["residual"], blocksize=2, mode="CRD"))
    source = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 4, "H", "W"])
    result = helper.make_tensor_value_info("residual", TensorProto.FLOAT, [1, 4, "H2", "W2"])
    graph = helper.make_graph(nodes, "network", [source], [result], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def model_folder(folder: Path, *, convolutions: int = 3, features: int = 8, seed: int = 0, slope: float = 0.1) -> Path:
    """A model folder with such a network and a card that fits it."""
    content = onnx_network(convolutions=convolutions, features=features, seed=seed, slope=slope)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NETWORK_FILE).write_bytes(content)
    card = Card(
        name="tiny",
        kind="network",
        halo=convolutions,
        features=features,
        network_sha256=hashlib.sha256(content).hexdigest(),
    )
    save_card(card, folder)
    return folder
