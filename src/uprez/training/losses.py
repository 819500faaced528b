"""Losses as pure functions of tensors in the compressed domain."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from uprez.dataset.tensors import compress_rgba, expand_rgba
from uprez.training.finish import down

HALF_BAND = (-1 / 32, 0, 9 / 32, 16 / 32, 9 / 32, 0, -1 / 32)
FAINT = 0.001
"""RMS in the compressed domain, where white is 0.6; and light that is hardly seen."""
LIGHT_REACH = 2
LIGHT_MOST = 3.0


def l1(error: Tensor) -> Tensor:
    """Mean absolute error."""
    return error.abs().mean()


def l2(error: Tensor) -> Tensor:
    """Mean squared error."""
    return error.square().mean()


def charbonnier(error: Tensor, knee: float = 1.0) -> Tensor:
    """Mean of sqrt(knee^2 + error^2) - knee (Charbonnier et al. 1994): squares what is below the knee, spares what is
    above it.
    """
    return ((knee**2 + error.square()).sqrt() - knee).mean()


MEASURES: dict[str, Callable[[Tensor], Tensor]] = {"l1": l1, "l2": l2, "charbonnier": charbonnier}


def fidelity(
    result: Tensor, truth: Tensor, unit: Tensor, *, measure: Callable[[Tensor], Tensor], alpha_weight: float
) -> Tensor:
    """How far the result is from the truth, the talk's PSNR term: a scalar.

    result, truth: compressed (N, 4, H, W). unit: (N,), the error in which each patch is measured: 1, or the RMS error
    that bicubic interpolation makes over the patch's frame, whose square is the gradient's weight in a mean of decibels
    over frames, to first order. Alpha counts `alpha_weight` times a colour channel.
    """
    error = (result - truth) / unit[:, None, None, None]
    return measure(error[:, :3]) + alpha_weight * measure(error[:, 3:])


def colour_shift(result: Tensor, source: Tensor, kernel: Sequence[float], scale: int, *, linear: bool) -> Tensor:
    """L1 between the result brought down and the source (Vavilala & Meyer 2020), R, G and B: a scalar.

    result, source: compressed (N, 4, scale H, scale W) and (N, 4, H, W). kernel: separable down-kernel, applied to
    linear light. linear: whether the difference is taken there, too, or in the compressed domain.
    """
    lowered = down(expand_rgba(result), kernel, scale)
    if linear:
        return l1((lowered - expand_rgba(source))[:, :3])
    return l1((compress_rgba(lowered) - source)[:, :3])


def light_distance(result: Tensor, truth: Tensor) -> Tensor:
    """How far the result's light is from the truth's, R, G and B, relative to the brightest truth nearby: a scalar.

    result, truth: compressed (N, 4, H, W). Mean of the squared difference in linear light over the largest truth within
    `LIGHT_REACH` pixels. T resolves many stops, so that to its eye a rim of one and a half times the white beside a
    hard edge is nothing; in linear light it is what is seen first. Errors count up to `LIGHT_MOST` of that light, and
    leave the rest to fidelity.
    """
    # Beyond there is no light, and its exponential has no gradient that is a number.
    light, wanted = (expand_rgba(image.clamp(-2, 2))[:, :3] for image in (result, truth))
    brightest = functional.max_pool2d(wanted.abs(), 2 * LIGHT_REACH + 1, 1, LIGHT_REACH) + FAINT
    return l2(((light - wanted) / brightest).clamp(-LIGHT_MOST, LIGHT_MOST))


def detail_distance(result: Tensor, truth: Tensor, *, strength: float = 1.0) -> Tensor:
    """How far the strength of a result's finest detail is from the truth's, place by place, whatever the detail looks
    like: a scalar, the mean of |log(result's / truth's)|.

    result, truth: compressed (N, 3 or 4, H, W); R, G and B count apart. Strength is the RMS, over windows of 8 pixels,
    of what a half-band filter takes away (Deslauriers & Dubuc 1989), along x, along y and along both apart, as wavelets
    tell them (Mallat 1989): of what a source of half the size has no room for. Such figures tell textures apart (Laws
    1980). A mean of all truths that a source may have, to which fidelity alone leads, has too little of it (Blau &
    Michaeli 2018, The Perception-Distortion Tradeoff). strength: the truth's is taken times this.
    """
    ours, theirs = _detail(result, 1.0), _detail(truth, strength)
    return l1((ours / theirs).log())


def _detail(image: Tensor, factor: float) -> Tensor:
    """RMS of the finest detail, (3 N, 3, about H / 4, W / 4). What is too faint to be seen counts as none."""
    plane = image[:, :3].flatten(0, 1)[:, None]
    even = _smoothed(plane, 3)
    along_x = plane - even
    bands = [_smoothed(along_x, 2), even - _smoothed(even, 2)]
    bands.append(along_x - bands[0])
    fine = factor * torch.cat(bands, 1)
    return (functional.avg_pool2d(fine.square(), 8, 4) + FAINT**2).sqrt()


def _smoothed(plane: Tensor, axis: int) -> Tensor:
    """(N, 1, H, W) without what a half-band filter takes away along one axis."""
    taps = torch.tensor(HALF_BAND, dtype=plane.dtype, device=plane.device)
    margin = len(HALF_BAND) // 2
    over_rows = axis == 2
    padded = functional.pad(plane, (0, 0, margin, margin) if over_rows else (margin, margin, 0, 0), mode="reflect")
    return functional.conv2d(padded, taps.view(1, 1, -1, 1) if over_rows else taps.view(1, 1, 1, -1))


def over(image: Tensor, background: Tensor) -> Tensor:
    """An image over an opaque background (Porter & Duff 1984), compressed, R, G and B.

    image: compressed (N, 4, H, W), premultiplied. background: linear, (N, 3, 1, 1) or of the image's size. So what
    looks at colour alone, such as a critic or a feature network, sees what alpha does to it.
    """
    linear = expand_rgba(image)
    return compress_rgba(linear[:, :3] + (1 - linear[:, 3:].clamp(0, 1)) * background)


def feature_distance(result: Sequence[Tensor], truth: Sequence[Tensor]) -> Tensor:
    """Mean L1 between two images' features, each layer's in units of the truth's own mean, so that none outweighs the
    others (after Johnson et al. 2016): a scalar.
    """
    layers = [(a.float(), b.float()) for a, b in zip(result, truth, strict=True)]
    distances = [l1(a - b) / b.abs().mean().clamp(min=1e-6) for a, b in layers]
    return torch.stack(distances).mean()


def critic_loss(real: Tensor, fake: Tensor, kind: str) -> Tensor:
    """What a critic minimises, of its verdicts on truths and on results: a scalar.

    kind: "hinge" (Lim & Ye 2017), "lsgan" (Mao et al. 2017), "gan" (Goodfellow et al. 2014), or "relativistic", where
    each verdict is taken against the mean of the other side's (Jolicoeur-Martineau 2018, as in ESRGAN).
    """
    if kind == "hinge":
        return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
    if kind == "lsgan":
        return 0.5 * ((real - 1).square().mean() + fake.square().mean())
    if kind == "gan":
        return functional.softplus(-real).mean() + functional.softplus(fake).mean()
    return 0.5 * (functional.softplus(fake.mean() - real).mean() + functional.softplus(fake - real.mean()).mean())


def adversarial(real: Tensor, fake: Tensor, kind: str) -> Tensor:
    """What a generator minimises, of a critic's verdicts: a scalar. Kinds are those of `critic_loss`; only
    "relativistic" looks at `real`.
    """
    if kind == "hinge":
        return -fake.mean()
    if kind == "lsgan":
        return 0.5 * (fake - 1).square().mean()
    if kind == "gan":
        return functional.softplus(-fake).mean()
    return 0.5 * (functional.softplus(real.mean() - fake).mean() + functional.softplus(real - fake.mean()).mean())
