"""From the smallest doubling on, as ProSR learns (Wang et al. 2018): which scale a step is of, and the truth at it."""

from typing import NamedTuple

import numpy as np
from torch import Tensor

from uprez.dataset.tensors import compress_rgba, expand_rgba
from uprez.training.finish import down
from uprez.training.recipe import Recipe


class Aim(NamedTuple):
    """What a step is of: its scale, and how much of the result is of that scale's level; the rest is of the one
    before.
    """

    scale: int
    share: float = 1.0


def aim_of(recipe: Recipe, stage: int, step: int) -> Aim:
    """The aim of a step of the recipe's stage of that number: the same in every process and after a restart."""
    scales, blend = recipe.scales_of(recipe.stage[stage]), recipe.stage[stage].blend
    drawn = np.random.default_rng((recipe.seed, stage, step)).integers(len(scales))
    scale = scales[int(drawn)]
    return Aim(scale, min(1.0, (step + 1) / blend) if blend and scale == scales[-1] else 1.0)


def lowered(truth: Tensor, times: int) -> Tensor:
    """A truth, compressed (N, 4, H, W), brought down by means over `times` pixels of linear light each way."""
    if times == 1:
        return truth
    return compress_rgba(down(expand_rgba(truth), (1 / times,) * times, times))
