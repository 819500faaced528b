"""Losses as pure functions of tensors in the compressed domain."""

from collections.abc import Callable

from torch import Tensor


def l1(error: Tensor) -> Tensor:
    """Mean absolute error."""
    return error.abs().mean()


def huber(error: Tensor) -> Tensor:
    """Mean of sqrt(1 + error^2) - 1, pseudo-Huber with its knee at 1 (Charbonnier et al. 1994): squares the small,
    spares the large.
    """
    return ((1 + error.square()).sqrt() - 1).mean()


def mse(error: Tensor) -> Tensor:
    """Mean squared error."""
    return error.square().mean()


FIDELITY: dict[str, Callable[[Tensor], Tensor]] = {"l1": l1, "huber": huber, "mse": mse}


def fidelity(result: Tensor, truth: Tensor, unit: Tensor, *, loss: str, alpha_weight: float) -> Tensor:
    """Loss of the fidelity stage, a scalar.

    result, truth: compressed (N, 4, H, W). unit: (N,), the error in which each patch is measured, the RMS error that
    bicubic interpolation makes over the patch's frame. Its square is the gradient's weight in a mean of decibels over
    frames, to first order. Alpha counts `alpha_weight` times a colour channel.
    """
    error = (result - truth) / unit[:, None, None, None]
    measure = FIDELITY[loss]
    return measure(error[:, :3]) + alpha_weight * measure(error[:, 3:])
