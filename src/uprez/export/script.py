"""A model as one TorchScript module: scene-linear R G B A in, twice the size out, with nothing outside it.

Everything here is what TorchScript of torch 1.12 and later can say: explicit types, no inheritance, no globals. What it
computes is what `uprez.upscale` does, which the tests hold it against.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from uprez.export.held import limits, refilled, settled, within_plateaus
from uprez.models import plateaus, safeguard
from uprez.models.consistency import CELL, FALL, LEAST, RISE
from uprez.models.limits import OWED, OWED_LEAST, REFILLED, SLACK, SPREAD, SUPPORT, TOLERATED
from uprez.networks.residual import SLOPE


class BlendedConvolution(nn.Module):
    """A 3x3 convolution whose weights lie between a softer and a sharper model's.

    weight: (outputs, inputs, 3, 3), bias: (outputs,), of the sharper one. softer: those of the softer one, or empty.
    Each is kept as two halves that add up to it, so that a host that casts the module to half loses nothing.
    """

    weight: Tensor
    bias: Tensor
    soft_weight: Tensor
    soft_bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor, soft_weight: Tensor, soft_bias: Tensor) -> None:
        super().__init__()
        for name, value in (("weight", weight), ("bias", bias), ("soft_weight", soft_weight), ("soft_bias", soft_bias)):
            coarse = value.half()
            fine = ((value - coarse.float()) * 2048.0).half()  # half has 11 bits
            self.register_buffer(name, torch.stack([coarse, fine]))

    def forward(self, x: Tensor, sharpness: float) -> Tensor:
        weight, bias = self.whole(self.weight), self.whole(self.bias)
        if self.soft_weight.numel() > 0 and sharpness < 1.0:
            weight = sharpness * weight + (1.0 - sharpness) * self.whole(self.soft_weight)
            bias = sharpness * bias + (1.0 - sharpness) * self.whole(self.soft_bias)
        return torch.conv2d(x, weight.to(x.dtype), bias.to(x.dtype), [1, 1], [1, 1])

    def whole(self, halves: Tensor) -> Tensor:
        return halves[0].float() + halves[1].float() / 2048.0


class ScriptedNetwork(nn.Module):
    """A residual network with all that stands around it.

    sharpness, precision and consistency are plain attributes, which hosts show as knobs: 0 to 1; 0 as the host casts,
    1 always float32; 0 or 1. A host that casts the module and its input to half gets half out: compression,
    interpolation and consistency are float32 whatever it does.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        softer: Mapping[str, Tensor] | None,
        *,
        blocks: int,
        scale: int,
        kernel: tuple[float, ...],
        constants: tuple[float, float],
    ) -> None:
        """weights: the inference form's state_dict. softer: another model's, which sharpness blends with. kernel: the
        down-kernel; empty: consistency does nothing. constants: mu and gain of T.
        """
        super().__init__()

        def convolution(name: str) -> BlendedConvolution:
            soft = softer or {}
            none = torch.zeros(0)
            return BlendedConvolution(
                weights[f"{name}.weight"],
                weights[f"{name}.bias"],
                soft.get(f"{name}.weight", none),
                soft.get(f"{name}.bias", none),
            )

        self.head = convolution("head")
        self.first = nn.ModuleList([convolution(f"blocks.{k}.first") for k in range(blocks)])
        self.second = nn.ModuleList([convolution(f"blocks.{k}.second") for k in range(blocks)])
        self.tail = convolution("tail")
        self.halo: int = 2 + 2 * blocks
        self.scale: int = scale
        self.slope: float = SLOPE
        self.kernel: list[float] = list(kernel)
        self.mu: float = constants[0]
        self.gain: float = constants[1]
        self.cell: int = CELL
        self.least: float = LEAST
        self.fall: float = FALL
        self.rise: float = RISE
        self.dark: float = safeguard.LEAST
        self.left_alone: float = safeguard.LEFT_ALONE
        self.made_good: float = safeguard.MADE_GOOD
        self.support: float = SUPPORT
        self.spread: float = SPREAD
        self.slack: float = SLACK
        self.refill: list[float] = [TOLERATED, REFILLED, float(OWED), OWED_LEAST]
        self.plateau: list[float] = [plateaus.ALIKE, float(plateaus.CONTRAST), plateaus.SLACK]
        self.band_pixels: int = 4_000_000  # of the network at once: a whole frame of 2K, without the memory of 8K
        self.sharpness: float = 1.0
        self.precision: int = 0
        self.consistency: int = 1

    def forward(self, image: Tensor) -> Tensor:
        """(N, 4, H, W), linear premultiplied, to (N, 4, scale H, scale W), of the same type."""
        source = filled(image.float()).clamp(-1e6, 1e6)
        compressed = self.compress(source)
        is_half = image.dtype == torch.half and image.is_cuda and self.precision == 0
        height, width, scale = image.size(2), image.size(3), self.scale
        rows = max(64, self.band_pixels // max(1, width))
        bands: list[Tensor] = []
        for start in range(0, height, rows):
            stop = min(start + rows, height)
            top, bottom = max(0, start - self.halo), min(height, stop + self.halo)
            band = compressed[:, :, top:bottom]
            residual = self.residual(band.half() if is_half else band).float()
            bands.append(residual[:, :, (start - top) * scale : (stop - top) * scale])
        enlarged = torch._C._nn.upsample_bicubic2d(compressed, [height * scale, width * scale], False)  # type: ignore[call-arg]
        filled_ones = (compressed != 0).any(1, True).float()
        reached = torch._C._nn.upsample_bilinear2d(filled_ones, [height * scale, width * scale], False) > 0  # type: ignore[call-arg]
        result = self.expand((enlarged + torch.cat(bands, 2)) * reached.float())
        low, high = limits(source, scale, self.support, self.spread, self.slack)
        size = [height * scale, width * scale]
        low, high = torch._C._nn.upsample_nearest2d(low, size), torch._C._nn.upsample_nearest2d(high, size)  # type: ignore[call-arg]
        least, most = within_plateaus(low, high, source, scale, self.plateau)
        if self.consistency != 0 and len(self.kernel) > 0:
            result = torch.min(torch.max(result, least), most)
            result = self.enforced(self.safeguarded(result, source), source)
            result = torch.min(torch.max(result, low), high)
            held = torch.min(torch.max(result, least), most)
            result = refilled(held, result - held, source, least, most, scale, self.refill)
        result = settled(torch.min(torch.max(result, least), most), source, scale)
        if image.dtype == torch.half:
            result = result.clamp(-65504.0, 65504.0)
        return result.to(image.dtype)

    @torch.jit.export
    def residual(self, x: Tensor) -> Tensor:
        """The network alone, compressed (N, 4, H, W) to (N, 4, scale H, scale W), in the type of x."""
        sharpness = min(max(float(self.sharpness), 0.0), 1.0)
        x = self.head(x, sharpness)
        for first, second in zip(self.first, self.second):  # noqa: B905  # TorchScript knows no strict
            x = x + second(functional.leaky_relu(first(x, sharpness), self.slope), sharpness)
        return torch.pixel_shuffle(self.tail(x, sharpness), self.scale)

    def compress(self, linear: Tensor) -> Tensor:
        colour = linear[:, :3]
        compressed = torch.log1p(colour.abs() * self.mu) * self.gain * torch.sign(colour)
        return torch.cat([compressed, linear[:, 3:]], 1)

    def expand(self, compressed: Tensor) -> Tensor:
        colour = compressed[:, :3]
        linear = torch.expm1(colour.abs() / self.gain) / self.mu * torch.sign(colour)
        return torch.cat([linear, compressed[:, 3:]], 1)

    def safeguarded(self, result: Tensor, source: Tensor) -> Tensor:
        """See `uprez.models.safeguard`."""
        lowered = self.down(result)
        around = functional.pad(torch.cat([lowered[:, :3], source[:, :3]], 1).abs(), [4, 4, 4, 4], mode="replicate")
        light = functional.avg_pool2d(around, 9, 1) + self.dark
        off = torch.log2(light[:, :3] / light[:, 3:]).abs().max(1, True)[0]
        share = ((off - self.left_alone) / (self.made_good - self.left_alone)).clamp(0.0, 1.0)
        if not bool((share > 0).any()):
            return result
        too_much = lowered.abs() > source.abs()
        left = torch.where(too_much, source / lowered, torch.ones_like(source)).clamp(0.0, 1.0)
        added = torch.where(too_much, torch.zeros_like(source), share * (source - lowered))
        size = [source.size(2) * self.scale, source.size(3) * self.scale]
        kept = torch._C._nn.upsample_nearest2d(1.0 - share * (1.0 - left), size)  # type: ignore[call-arg]
        more = torch._C._nn.upsample_nearest2d(added, size)  # type: ignore[call-arg]
        return result * kept + more

    def enforced(self, result: Tensor, source: Tensor) -> Tensor:
        """See `uprez.models.consistency`."""
        height, width = source.size(2), source.size(3)
        rows = self.tents(height, 1, source) / self.cell
        columns = self.tents(width, 1, source) / self.cell
        has = rows.t() @ self.down(result) @ columns
        weight = rows.t() @ self.down(result * result) @ columns
        grid = (rows.t() @ source @ columns - has) / (weight + self.least)
        gain = self.tents(height, self.scale, source) @ grid @ self.tents(width, self.scale, source).t()
        return result + result * (result * gain).clamp(self.fall, self.rise)

    def tents(self, size: int, scale: int, like: Tensor) -> Tensor:
        """Interpolation from the grid's points to pixels along one axis, (size * scale, points)."""
        points = (size + self.cell - 1) // self.cell
        pixels = torch.arange(size * scale, device=like.device, dtype=torch.float64)
        place = ((pixels + 0.5) / scale - 0.5 - (self.cell - 1) / 2) / self.cell
        nearest = torch.arange(points, device=like.device, dtype=torch.float64)
        distance = (place.clamp(0.0, float(points - 1)).unsqueeze(1) - nearest).abs()
        return (1.0 - distance).clamp(min=0.0).float()

    def down(self, image: Tensor) -> Tensor:
        """The separable down-kernel, edges repeated."""
        margin = (len(self.kernel) - self.scale) // 2
        height, width = image.size(2), image.size(3)
        padded = functional.pad(image, [margin, margin, margin, margin], mode="replicate")
        across = torch.zeros_like(padded[:, :, :, : width : self.scale])
        for k, tap in enumerate(self.kernel):
            across = across + tap * padded[:, :, :, k : k + width : self.scale]
        lowered = torch.zeros_like(across[:, :, : height : self.scale])
        for k, tap in enumerate(self.kernel):
            lowered = lowered + tap * across[:, :, k : k + height : self.scale]
        return lowered


def filled(image: Tensor) -> Tensor:
    """NaN and infinities replaced by the mean of their known 3x3 neighbours, ring by ring; see `uprez.encoding`."""
    known = torch.isfinite(image)
    if bool(known.all()):
        return image
    values = torch.where(known, image, torch.zeros_like(image))
    for _ in range(max(image.size(2), image.size(3))):
        counts = functional.avg_pool2d(known.float(), 3, 1, 1)
        means = functional.avg_pool2d(values, 3, 1, 1) / counts.clamp(min=1e-3)
        ring = (counts > 0.05) & (known == 0)
        if not bool(ring.any()):
            break
        values = torch.where(ring, means, values)
        known = known | ring
    return values
