import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from uprez.errors import ModelError
from uprez.networks import build, fuse
from uprez.runtimes.torch import TorchRuntime

ARCHITECTURE = {"family": "residual", "scale": 2, "features": 8, "blocks": 1}
PLANES = np.random.default_rng(0).random((1, 4, 13, 18)).astype(np.float32)


NAME = "weights.safetensors"


@pytest.fixture
def weights() -> bytes:
    """Weights of a small network in inference form."""
    torch.manual_seed(0)
    network = fuse(build(ARCHITECTURE))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return save({name: value.contiguous() for name, value in network.state_dict().items()})


def test_the_runtime_computes_what_the_network_does(weights: bytes) -> None:
    """Device, precision and values."""
    network = fuse(build(ARCHITECTURE))
    network.load_state_dict(load(weights))
    with torch.no_grad():
        expected = network(torch.from_numpy(PLANES)).numpy()
    runtime = TorchRuntime(weights, ARCHITECTURE, name=NAME, device="cpu")
    assert (runtime.device, runtime.precision) == ("cpu", "f32")
    np.testing.assert_allclose(runtime(PLANES), expected, atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"garbage" * 50, b"\xff" * 64])
def test_weights_of_garbage_are_refused_by_one_line(content: bytes) -> None:
    """Nothing in the file is ever run."""
    with pytest.raises(ModelError, match=r"weights\.safetensors: not safetensors") as caught:
        TorchRuntime(content, ARCHITECTURE, name=NAME, device="cpu")
    assert "\n" not in str(caught.value)


def test_weights_that_do_not_fit_the_architecture_are_refused_by_one_line(weights: bytes) -> None:
    """Another width than the card's."""
    with pytest.raises(ModelError, match="does not fit the card's architecture") as caught:
        TorchRuntime(weights, {**ARCHITECTURE, "features": 16}, name=NAME, device="cpu")
    assert "\n" not in str(caught.value)


def test_planes_that_do_not_fit_are_a_model_error(weights: bytes) -> None:
    """torch's own text, cut to a line."""
    with pytest.raises(ModelError, match="torch can't run it"):
        TorchRuntime(weights, ARCHITECTURE, name=NAME, device="cpu")(np.ascontiguousarray(PLANES[:, :3]))
