"""Augmentation of minibatches, the same for LR and HR, on the device where they lie."""

import torch
from torch import Tensor

from uprez.dataset.patches import Minibatch


def augment(
    batch: Minibatch, generator: torch.Generator, *, exposure_stops: float = 0.0, permute_channels: bool = False
) -> Minibatch:
    """One of the eight flips and rotations for the whole minibatch, then exposure and channel order for each patch.

    exposure_stops: colour is multiplied by 2^u, u uniform in [-exposure_stops, exposure_stops]: a render is linear in
    its light. permute_channels: a random order of R, G, B. Alpha is touched by neither.
    """
    device, count = batch.lr.device, len(batch.lr)
    turn = int(torch.randint(0, 8, (), generator=generator, device=device))
    lr, hr = _turn(batch.lr, turn), _turn(batch.hr, turn)
    if permute_channels:
        order = torch.rand((count, 3), generator=generator, device=device).argsort(1)
        order = torch.cat([order, torch.full((count, 1), 3, device=device)], 1)
        lr, hr = _reorder(lr, order), _reorder(hr, order)
    if exposure_stops:
        stops = (torch.rand((count, 1, 1, 1), generator=generator, device=device) * 2 - 1) * exposure_stops
        gain = torch.cat([(2.0**stops).expand(-1, 3, -1, -1), torch.ones_like(stops)], 1)
        lr, hr = lr * gain, hr * gain
    return Minibatch(lr, hr, batch.error)


def colour_shift(batch: Minibatch, generator: torch.Generator, amount: float) -> Minibatch:
    """Add one random colour in [-amount, amount]^3 to each patch, on both *compressed* images (Vavilala & Meyer 2020,
    with 0.01).

    The shift goes by alpha, so that transparent black stays black.
    """
    shift = (torch.rand((len(batch.lr), 3, 1, 1), generator=generator, device=batch.lr.device) * 2 - 1) * amount
    lr, hr = (torch.cat([x[:, :3] + shift * x[:, 3:], x[:, 3:]], 1) for x in (batch.lr, batch.hr))
    return Minibatch(lr, hr, batch.error)


def _turn(x: Tensor, turn: int) -> Tensor:
    x = torch.rot90(x, turn % 4, (2, 3))
    return x.flip(3) if turn >= 4 else x


def _reorder(x: Tensor, order: Tensor) -> Tensor:
    return x.gather(1, order[:, :, None, None].expand_as(x))
