"""A pool of patches that lives where the training runs, and importance sampling from it.

All frames are kept as linear half float, exactly as in their files, in two flat buffers (LR and HR); a minibatch is
one gather by index. On a GPU with room for them the frames, the sampling and the augmentation all stay on the GPU.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from uprez.dataset.tensors import bicubic
from uprez.encoding import compress
from uprez.errors import UsageError

CELL = 8
"""Side in LR pixels of a cell of the sampling density; within its cell a patch's corner is uniform."""
SMALLEST_ERROR = 0.003
"""Floor of a frame's error unit, 46 dB at peak 0.6: a frame that interpolation gets right must not rule the loss."""


@dataclass(frozen=True)
class Minibatch:
    """Patches, float32: lr (N, 4, P, P), hr (N, 4, scale P, scale P), scene-linear premultiplied or, later, compressed.

    error: (N,), the RMS error of bicubic interpolation over the whole *frame* of each patch (compressed R, G, B): the
    unit in which a loss counts, so that a hard frame does not outweigh ten easy ones.
    """

    lr: Tensor
    hr: Tensor
    error: Tensor


@dataclass(frozen=True)
class Density:
    """How a place within a frame is weighed: floor + intensity + hardness, each term with mean 1 over the frame.

    floor keeps dark, easy places in. intensity: the patch's mean of T over R, G, B, over that of the frame, which is
    the importance sampling of Vavilala & Meyer 2020. hardness: the patch's mean absolute error of bicubic
    interpolation in the compressed domain, over that of the frame.
    """

    floor: float = 0.5
    intensity: float = 0.5
    hardness: float = 1.0


class PatchPool:
    """Frames in memory on `device` and a density over the places of LR patches of `patch` pixels.

    Each frame is drawn in proportion to its area, a place within it in proportion to `density`. Raises UsageError for
    a pair that does not fit.
    """

    def __init__(
        self,
        frames: Iterable[tuple[NDArray[np.float16], NDArray[np.float16]]],
        *,
        patch: int,
        density: Density,
        device: torch.device,
        scale: int = 2,
    ) -> None:
        self.patch, self.scale, self.device = patch, scale, device
        table: list[tuple[int, int, int, int]] = []
        lr_parts, hr_parts, places, weights, errors = [], [], [], [], []
        lr_at = hr_at = 0
        for lr, hr in frames:
            height, width = lr.shape[:2]
            if hr.shape != (scale * height, scale * width, 4) or lr.shape[2] != 4:
                raise UsageError(f"a pair of {width}x{height} and {hr.shape[1]}x{hr.shape[0]} is not RGBA at {scale}x")
            if min(height, width) < patch:
                raise UsageError(f"an LR frame of {width}x{height} is smaller than the patch of {patch}")
            difference = interpolation_error(lr, hr, scale)
            corners, probability = patch_density(lr, difference, patch, density)
            places.append(np.column_stack([np.full(len(corners), len(table)), corners]))
            weights.append(probability * (height * width))
            errors.append(max(float(np.sqrt(np.mean(difference**2))), SMALLEST_ERROR))
            table.append((lr_at, hr_at, height, width))
            lr_parts.append(lr.reshape(-1, 4))
            hr_parts.append(hr.reshape(-1, 4))
            lr_at, hr_at = lr_at + height * width, hr_at + scale**2 * height * width
        if not table:
            raise UsageError("no pairs to train on")
        self._lr = torch.from_numpy(np.concatenate(lr_parts)).to(device)
        self._hr = torch.from_numpy(np.concatenate(hr_parts)).to(device)
        self._table = torch.tensor(table, dtype=torch.int64, device=device)
        self._errors = torch.tensor(errors, dtype=torch.float32, device=device)
        self._places = torch.from_numpy(np.concatenate(places)).to(device)
        self._cumulative = torch.from_numpy(np.cumsum(np.concatenate(weights))).to(device)

    def __len__(self) -> int:
        return len(self._table)

    @property
    def nbytes(self) -> int:
        return sum(buffer.numel() * buffer.element_size() for buffer in (self._lr, self._hr))

    def sample(self, count: int, generator: torch.Generator) -> Minibatch:
        """Draw `count` patches; the same generator state gives the same patches."""
        drawn = torch.rand(count, generator=generator, device=self.device, dtype=torch.float64) * self._cumulative[-1]
        place = self._places[torch.searchsorted(self._cumulative, drawn).clamp_(max=len(self._places) - 1)]
        jitter = torch.randint(0, CELL, (count, 2), generator=generator, device=self.device)
        lr_at, hr_at, height, width = self._table[place[:, 0]].unbind(1)
        y = torch.minimum(place[:, 1] + jitter[:, 0], height - self.patch)
        x = torch.minimum(place[:, 2] + jitter[:, 1], width - self.patch)
        s = self.scale
        return Minibatch(
            _gather(self._lr, lr_at, y, x, width, self.patch),
            _gather(self._hr, hr_at, s * y, s * x, s * width, s * self.patch),
            self._errors[place[:, 0]],
        )


def interpolation_error(lr: NDArray[np.float16], hr: NDArray[np.float16], scale: int) -> NDArray[np.float32]:
    """RMS over R, G, B and the HR pixels of each LR pixel of what bicubic interpolation misses, compressed, (H, W)."""
    source, truth = (torch.from_numpy(compress(x[..., :3])).permute(2, 0, 1)[None] for x in (lr, hr))
    squared = (bicubic(source, scale) - truth).square().mean(1, keepdim=True)
    return functional.avg_pool2d(squared, scale)[0, 0].sqrt().numpy()


def patch_density(
    lr: NDArray[np.float16], error: NDArray[np.float32], patch: int, density: Density
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners (M, 2) of patches on a grid of CELL pixels and the probability of each, summing to 1."""
    ys, xs = (np.arange(0, side - patch + 1, CELL) for side in lr.shape[:2])
    y, x = (axis.ravel() for axis in np.meshgrid(ys, xs, indexing="ij"))
    weight = np.full(len(y), density.floor)
    for share, plane in ((density.intensity, np.abs(compress(lr[..., :3])).mean(axis=2)), (density.hardness, error)):
        sums = np.pad(plane.astype(np.float64), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        total = sums[y + patch, x + patch] - sums[y, x + patch] - sums[y + patch, x] + sums[y, x]
        weight += share * total / patch**2 / max(float(plane.mean()), 1e-9)
    return np.column_stack([y, x]), weight / weight.sum()


def _gather(buffer: Tensor, at: Tensor, y: Tensor, x: Tensor, width: Tensor, side: int) -> Tensor:
    """Patches (N, 4, side, side) float32 with their corners at (y, x) of the frames that begin at `at` in the flat
    buffer.
    """
    line = torch.arange(side, device=buffer.device)
    rows = (y[:, None] + line) * width[:, None] + at[:, None]
    index = rows[:, :, None] + (x[:, None] + line)[:, None, :]
    return buffer[index].permute(0, 3, 1, 2).float()
