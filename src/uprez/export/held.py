"""What a result is held to, for the TorchScript module: the tensor twins of `uprez.models.limits`,
`uprez.models.plateaus` and `uprez.upscaling.colour.settle`. All images are (N, 4, H, W), linear.
"""

import torch
from torch import Tensor
from torch.nn import functional


def limits(source: Tensor, scale: int, support: float, spread: float, slack: float) -> tuple[Tensor, Tensor]:
    """See `uprez.models.limits`, and for alpha `uprez.upscaling.colour.limits_of`: two of the source's size."""
    height, width = source.size(2) + 2, source.size(3) + 2
    around = functional.pad(source, [3, 3, 3, 3], mode="replicate")
    near = around[:, :, 2 : 2 + height, 2 : 2 + width]
    beside_peak, beside_pit = torch.full_like(near, 1e30), torch.full_like(near, -1e30)
    for dy, dx in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        one = around[:, :, 2 + dy : 2 + dy + height, 2 + dx : 2 + dx + width]
        two = around[:, :, 2 + 2 * dy : 2 + 2 * dy + height, 2 + 2 * dx : 2 + 2 * dx + width]
        back = around[:, :, 2 - dy : 2 - dy + height, 2 - dx : 2 - dx + width]
        back_two = around[:, :, 2 - 2 * dy : 2 - 2 * dy + height, 2 - 2 * dx : 2 - 2 * dx + width]
        beside_peak = torch.min(beside_peak, torch.max(torch.min(one, two), torch.min(back, back_two)))
        beside_pit = torch.max(beside_pit, torch.min(torch.max(one, two), torch.max(back, back_two)))
    least, greatest = -functional.max_pool2d(-near, 3, 1), functional.max_pool2d(near, 3, 1)
    floor = least.clamp(max=0.0)
    top = functional.max_pool2d(near + support * (near - beside_peak).clamp(min=0.0), 3, 1)
    bottom = -functional.max_pool2d(-(near - support * (beside_pit - near).clamp(min=0.0)), 3, 1)
    bottom = torch.max(bottom, floor)
    parts = spread * scale * scale
    high = torch.min(top, bottom + parts * (source - bottom)) + slack * source.abs()
    low = torch.max(torch.max(bottom, top - parts * (top - source)) - slack * source.abs(), floor)
    alpha_low, alpha_high = torch.max(low[:, 3:], least[:, 3:]), torch.min(high[:, 3:], greatest[:, 3:])
    return torch.cat([low[:, :3], alpha_low], 1), torch.cat([high[:, :3], alpha_high], 1)


def within_plateaus(
    low: Tensor, high: Tensor, source: Tensor, scale: int, bounds: list[float]
) -> tuple[Tensor, Tensor]:
    """See `uprez.models.plateaus`; of colours alone. low and high, and what comes back, are of the result's size."""
    height, width = source.size(2) * scale, source.size(3) * scale
    colours = source[:, :3]
    around = functional.pad(colours, [1, 1, 1, 1], mode="replicate")
    far = functional.pad(around, [3, 3, 3, 3], mode="replicate")
    most, least = functional.max_pool2d(around, 2, 1), -functional.max_pool2d(-around, 2, 1)
    far_most, far_least = functional.max_pool2d(far, 8, 1), -functional.max_pool2d(-far, 8, 1)
    even = (most - least) <= 0.5 * bounds[0] * (most + least).abs()
    even = even & ((far_most > bounds[1] * most.abs()) | (bounds[1] * far_least.abs() < least.abs()))
    cells = torch.cat([even.float(), most - least], 1)
    cells = torch._C._nn.upsample_nearest2d(cells, [(source.size(2) + 1) * scale, (source.size(3) + 1) * scale])  # type: ignore[call-arg]
    first = (scale + 1) // 2
    cells = cells[:, :, first : first + height, first : first + width]
    mean = torch._C._nn.upsample_bilinear2d(colours, [height, width], False)  # type: ignore[call-arg]
    room = cells[:, 3:] + bounds[2] * mean.abs()
    is_even = cells[:, :3] > 0
    held_low = torch.where(is_even, torch.max(low[:, :3], mean - room), low[:, :3])
    held_high = torch.where(is_even, torch.min(high[:, :3], mean + room), high[:, :3])
    return torch.cat([held_low, low[:, 3:]], 1), torch.cat([held_high, high[:, 3:]], 1)


def refilled(
    result: Tensor, owed: Tensor, source: Tensor, low: Tensor, high: Tensor, scale: int, shares: list[float]
) -> Tensor:
    """See `uprez.models.limits.refill`; of colours alone. owed, low and high are of the result's size. shares: its
    bounds.
    """
    lowered = functional.avg_pool2d(result, scale)
    size = [result.size(2), result.size(3)]
    room = [source - lowered, source, functional.avg_pool2d(high, scale) - lowered]
    room += [lowered - functional.avg_pool2d(low, scale), functional.avg_pool2d(owed, scale)]
    means = [functional.avg_pool2d(functional.pad(one, [3, 3, 3, 3], mode="replicate"), 7, 1) for one in room]
    missing, up, down = means[0], means[2].clamp(min=1e-6), means[3].clamp(min=1e-6)
    wanted = functional.max_pool2d(functional.pad(means[1].abs(), [3, 3, 3, 3], mode="replicate"), 7, 1)
    share = ((missing.abs() / (wanted + 1e-6) - shares[0]) / (shares[1] - shares[0])).clamp(0.0, 1.0)
    some = torch.where(missing.abs() < 1e-6, torch.full_like(missing, 1e-6), missing)
    owing = (shares[2] * means[4] / some).clamp(0.0, 1.0)
    share = torch.max(share, owing * (missing.abs() > shares[3] * wanted).float())
    rise = torch._C._nn.upsample_nearest2d(share * (missing / up).clamp(0.0, 1.0), size)  # type: ignore[call-arg]
    fall = torch._C._nn.upsample_nearest2d(share * (-missing / down).clamp(0.0, 1.0), size)  # type: ignore[call-arg]
    filled_up = result + rise * (high - result) - fall * (result - low)
    return torch.cat([filled_up[:, :3], result[:, 3:]], 1)


def settled(result: Tensor, source: Tensor, scale: int) -> Tensor:
    """What is even stays so; see `uprez.upscaling.colour.settle`."""
    size = [source.size(2) * scale, source.size(3) * scale]
    around = functional.pad(source, [2, 2, 2, 2], mode="replicate")
    even = (functional.max_pool2d(around, 5, 1) == -functional.max_pool2d(-around, 5, 1)).float()
    even = torch._C._nn.upsample_nearest2d(even, size)  # type: ignore[call-arg]
    kept = torch._C._nn.upsample_nearest2d(source, size)  # type: ignore[call-arg]
    return torch.where(even > 0, kept, result)
