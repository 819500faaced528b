"""What the loss sees is what upscaling delivers: tensors and arrays give the same result."""

import numpy as np
import pytest
import torch

from uprez.dataset.tensors import compress_rgba, expand_rgba
from uprez.encoding import compress
from uprez.models import consistency
from uprez.models.card import Card
from uprez.models.model import NetworkModel
from uprez.training import finish

KERNEL = (0.07, 0.43, 0.43, 0.07)


def frame(seed: int, height: int = 40, width: int = 36) -> np.ndarray:
    """RGBA, premultiplied, with an empty corner and highlights."""
    rng = np.random.default_rng(seed)
    linear = rng.lognormal(-2, 2, (height, width, 4)).astype(np.float32)
    linear[..., 3] = rng.random((height, width)) * 0.5 + 0.5
    linear[:12, :14] = 0
    return linear


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.transpose(2, 0, 1).copy())[None]


class Residual:
    """A runtime that returns what it was made with."""

    device, precision = "cpu", "f32"

    def __init__(self, residual: np.ndarray) -> None:
        self.residual = residual

    def __call__(self, planes: np.ndarray) -> np.ndarray:
        return self.residual


def test_interpolation_residual_and_emptiness_are_those_of_the_model() -> None:
    source = frame(1)
    source[..., :3] = compress(source[..., :3])
    residual = np.random.default_rng(2).normal(0, 0.02, (1, 4, 80, 72)).astype(np.float32)
    model = NetworkModel(
        Card(name="x", kind="network", halo=1, features=1, network_sha256="0" * 64), Residual(residual)
    )
    result = finish.finish(tensor(source), torch.from_numpy(residual), 2)
    np.testing.assert_allclose(result[0].numpy().transpose(1, 2, 0), model.upscale(source), atol=2e-6)


def test_consistency_is_that_of_upscaling() -> None:
    source, result = frame(1), frame(3, 80, 72)
    expected = consistency.enforce(result, source, KERNEL, 2)
    enforced = finish.enforce(tensor(result), tensor(source), KERNEL, 2)[0].numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(enforced, expected, rtol=2e-3, atol=1e-5)


def test_down_is_that_of_upscaling() -> None:
    result = frame(3, 80, 72)
    lowered = finish.down(tensor(result), KERNEL, 2)[0].numpy().transpose(1, 2, 0)
    np.testing.assert_allclose(lowered, consistency.down(result, KERNEL, 2), rtol=1e-5, atol=1e-6)


def test_network_form_goes_to_linear_and_back() -> None:
    linear = tensor(frame(5))
    torch.testing.assert_close(expand_rgba(compress_rgba(linear)), linear, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kernel", [(), KERNEL])
def test_the_loss_reaches_the_residual_through_every_step(kernel: tuple[float, ...]) -> None:
    source = compress_rgba(tensor(frame(1)))
    residual = torch.zeros(1, 4, 80, 72, requires_grad=True)
    finish.finish(source, residual, 2, kernel).square().mean().backward()
    assert residual.grad is not None
    assert residual.grad.isfinite().all()
    assert residual.grad.abs().sum() > 0
