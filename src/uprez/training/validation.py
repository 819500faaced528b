"""What the averaged weights are worth on frames that were not learnt from."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from uprez.dataset.tensors import bicubic, expand_rgba
from uprez.metrics import artifacts, drift, high_band_energy, light_errors
from uprez.training.curriculum import lowered
from uprez.training.finish import down, finish

Array = NDArray[np.float32]


class Frame(NamedTuple):
    """A frame to validate on: name ("look/shot"), LR and HR, compressed (H, W, 4)."""

    name: str
    lr: Array
    hr: Array


class Validated(NamedTuple):
    """Figures of one frame, of what upscaling delivers, unless said otherwise."""

    gain_db: float
    """PSNR of R, G, B in the compressed domain over that of bicubic interpolation, dB."""
    sharpness: float
    """See `uprez.metrics.high_band_energy`."""
    flat_artifacts: float
    edge_artifacts: float
    """See `uprez.metrics.artifacts`."""
    flat_light: float
    beyond_light: float
    """Shares of pixels: see `uprez.metrics.light_errors`."""
    own_drift: float
    """99th percentile over blocks of what the network's own word, not held to the source's light, is off by: see
    `uprez.metrics.drift`.
    """


Show = Callable[[str, Callable[[], list[Array]]], None]
"""Gets a frame's name, and what gives what interpolation makes of it, the result and the truth, scene-linear."""


@torch.no_grad()
def validate(
    network: Callable[[Tensor], Tensor],
    frames: Iterable[Frame],
    *,
    scale: int,
    kernel: tuple[float, ...],
    device: torch.device,
    truth_times: int = 1,
    show: Show = lambda name, images: None,
) -> dict[str, Validated]:
    """Figures by the frame's name. truth_times: how many times `scale` the truths are of; they are brought down."""
    return {frame.name: _figures(network, frame, scale, kernel, device, truth_times, show) for frame in frames}


def _figures(
    network: Callable[[Tensor], Tensor],
    frame: Frame,
    scale: int,
    kernel: tuple[float, ...],
    device: torch.device,
    truth_times: int,
    show: Show,
) -> Validated:
    source, truth = _tensor(frame.lr, device), lowered(_tensor(frame.hr, device), truth_times)
    residual = network(source.contiguous(memory_format=torch.channels_last)).float()
    result = finish(source, residual, scale, kernel)
    interpolated = bicubic(source, scale)
    show(frame.name, lambda: [_linear(image) for image in (interpolated, result, truth)])
    before, after = ((x - truth)[:, :3].double().square().mean() for x in (interpolated, result))
    own = expand_rgba(finish(source, residual, scale))
    brought_down = down(own, kernel, scale) if kernel else torch.nn.functional.avg_pool2d(own, scale)
    shown, should = _linear(result), _linear(truth)
    added, light = artifacts(shown, should, scale=scale), light_errors(shown, should, scale=scale)
    return Validated(
        gain_db=float(10 * torch.log10(before / after.clamp(min=1e-12))),
        sharpness=high_band_energy(shown, should, scale=scale),
        flat_artifacts=added.flat,
        edge_artifacts=added.edges,
        flat_light=light.flat,
        beyond_light=light.beyond,
        own_drift=drift(_array(brought_down)[..., :3], _linear(source)[..., :3]).block_p99,
    )


def _linear(compressed: Tensor) -> Array:
    return _array(expand_rgba(compressed))


def _array(images: Tensor) -> Array:
    array: Array = images[0].permute(1, 2, 0).cpu().numpy()
    return array


def _tensor(image: Array, device: torch.device) -> Tensor:
    return torch.from_numpy(image).to(device).permute(2, 0, 1)[None]
