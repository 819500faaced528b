"""What turns gradients into steps."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

ITERATION = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration that takes all singular values near 1 (Jordan et al. 2024, Muon)."""
ITERATIONS = 5
RMS = 0.2
"""Of a step over the rate, about that of AdamW's steps (Liu et al. 2025, Muon is Scalable for LLM Training, eq. 4)."""
_NARROW = 16
"""Matrices with a side no longer than this, as of first and last layers and of biases, are left to AdamW's rule."""


class Muon(Optimizer):
    """Momentum whose matrices are made orthogonal (Jordan et al. 2024): every direction of a kernel learns alike, where
    AdamW's steps go along the few that gradients agree on.

    A convolution's kernel counts as a matrix, outputs by all the rest. What is no matrix, or a narrow one, takes steps
    by AdamW's rule without decay (Kingma & Ba 2015), at the same rate.
    """

    def __init__(
        self, parameters: Iterable[Tensor], lr: float, *, momentum: float = 0.95, betas: tuple[float, float]
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            moved = [parameter for parameter in group["params"] if parameter.grad is not None]
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in moved:
                if is_matrix(parameter):
                    alike[parameter.shape].append(parameter)
                else:
                    self._adapt(parameter, group)
            for parameters in alike.values():
                self._turn(parameters, group)

    def _turn(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """One step of matrices of the same shape, all at once."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        for parameter in parameters:
            self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
        means = [self.state[parameter]["momentum"] for parameter in parameters]
        torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, means, group["momentum"])  # Nesterov's
        matrices = torch.stack([mean.flatten(1) for mean in ahead])
        turned = RMS * max(matrices.shape[1:]) ** 0.5 * orthogonal(matrices)
        for parameter, update in zip(parameters, turned, strict=True):
            parameter.sub_(update.view(parameter.shape), alpha=group["lr"])

    def _adapt(self, parameter: Tensor, group: dict[str, Any]) -> None:
        state, (first, second) = self.state[parameter], group["betas"]
        gradient = parameter.grad
        assert gradient is not None
        if not state:
            state.update(step=0, mean=torch.zeros_like(parameter), square=torch.zeros_like(parameter))
        state["step"] += 1
        state["mean"].lerp_(gradient, 1 - first)
        state["square"].lerp_(gradient.square(), 1 - second)
        spread = (state["square"] / (1 - second ** state["step"])).sqrt_().add_(1e-8)
        parameter.addcdiv_(state["mean"], spread, value=-group["lr"] / (1 - first ** state["step"]))


def is_matrix(parameter: Tensor) -> bool:
    """Whether it is one, of more than a few rows and columns."""
    return parameter.ndim > 1 and min(parameter.shape[0], parameter[0].numel()) > _NARROW


def orthogonal(matrices: Tensor) -> Tensor:
    """The nearest orthogonal matrices, roughly: singular values between about 0.7 and 1.2.

    matrices: (N, rows, columns). By an iteration of Newton and Schulz, odd polynomials of the matrix (Bernstein &
    Newhouse 2024, Old Optimizer, New Norm, appendix A). A matrix of zeros stays one.
    """
    first, third, fifth = ITERATION
    is_tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if is_tall else matrices
    x = x / (torch.linalg.matrix_norm(x, keepdim=True) + 1e-12)
    for _ in range(ITERATIONS):
        square = x @ x.mT
        x = first * x + (third * square + fifth * (square @ square)) @ x
    return x.mT if is_tall else x


def optimiser_for(network: nn.Module, kind: str, rate: float, betas: tuple[float, float]) -> Optimizer:
    """One for all of a network's weights. kind: "muon" or "adamw", without decay of weights in both."""
    if kind == "muon":
        return Muon(network.parameters(), rate, betas=betas)
    return AdamW(network.parameters(), lr=rate, betas=betas, weight_decay=0.0, fused=True)
