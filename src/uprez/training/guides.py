"""What a feature network of our own learns: a renderer's guides from its beauty."""

import torch
from torch import Tensor

from uprez.dataset.loader import Minibatch
from uprez.networks.features import GUIDES
from uprez.training.losses import over

IMAGES = ("lr", "hr", *(f"hr {guide}" for guide in GUIDES))
"""What its patches hold."""
_SKY = 60_000.0
"""Depth beyond this is no surface's."""


def guide_terms(predicted: Tensor, batch: Minibatch) -> dict[str, Tensor]:
    """The terms of its loss by name, scalars.

    predicted: (N, 7, H, W), albedo, normal and the logarithm of depth. Albedo by L1. Normals by one minus the cosine
    between them, where there is a surface. Depth by the L1 of its logarithm, up to a factor for each patch, since an
    image does not tell how large its world is (Eigen et al. 2014).
    """
    albedo, normal, depth = (batch.others[f"hr {guide}"] for guide in GUIDES)
    surface = (normal.square().sum(1, keepdim=True) > 0.25).float()
    cosine = torch.nn.functional.cosine_similarity(predicted[:, 3:6], normal, dim=1)[:, None]
    near = ((depth > 0) & (depth < _SKY)).float()
    apart = predicted[:, 6:] - depth.clamp(1e-4, _SKY).log()
    offset = _mean(apart, near, (1, 2, 3))
    return {
        "albedo": (predicted[:, :3] - albedo).abs().mean(),
        "normal": _mean(1 - cosine, surface, (1, 2, 3)).mean(),
        "depth": _mean((apart - offset).abs(), near, (1, 2, 3)).mean(),
    }


def seen(batch: Minibatch, background: Tensor) -> Tensor:
    """What it predicts them from: the beauty at HR over an even background, compressed (N, 3, H, W)."""
    return over(batch.hr, background)


def _mean(values: Tensor, weights: Tensor, over_axes: tuple[int, ...]) -> Tensor:
    """The weighted mean over some axes, which stay with length 1; 0 where nothing has weight."""
    return (values * weights).sum(over_axes, keepdim=True) / weights.sum(over_axes, keepdim=True).clamp(min=1)
