"""Do the two renders of a pair show the same thing? Asked before a network learns from what is wrong with them."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coherence.colour import FAILS, hue_difference
from uprez.dataset.coherence.light import PER_SPREAD, Exposure, exposure_of, light_strength
from uprez.dataset.coherence.planes import TILE, Array, Planes, black_of, planes_of_pair
from uprez.dataset.coherence.shift import Displacement, displacement
from uprez.dataset.coherence.structure import excess_strength, structure_strength
from uprez.encoding import PEAK, compress, expand, repair_nonfinite
from uprez.errors import UsageError
from uprez.metrics.psnr import psnr
from uprez.models.consistency import Kernel, down

DOWN_KERNEL = (0.08, 0.42, 0.42, 0.08)
"""How HR becomes LR at scale 2 with a pixel filter of 1.5 pixels: outer taps fitted on single denoised pairs lie around
0.10, half of them between 0.07 and 0.13. Other scales take the mean unless a kernel is given."""
SHIFT_FAILS = 0.12
"""LR pixels, to which the standard error of the shift is added. Of 157 good pairs the largest is 0.06 beyond its error;
a true half pixel is found as 0.2 beyond its error at least."""
STRONG = 2.0
"""Times what fails at which one tile refuses a pair of any size."""
TILES_PER_WEAK = 2000
"""Tiles of a frame for each weaker failure that is forgiven: none up to 700 x 700 LR pixels, four at 2048 x 1080. In so
many places the rarest accident of a denoiser happens somewhere."""
MOST_LEFT_OUT = 0.05
"""Share of a frame's tiles that may fail before the rest is not trusted either."""
ALPHA = np.float32(0.5)
"""How much an excess in alpha counts against one in light: no denoiser smooths alpha."""
GUIDE_DARKEST, GUIDE_RANGE = 0.15, 0.3
"""T that stands for 0 in a guide, and how much more stands for 1."""
LARGEST = 65504.0
"""Light above what half float holds tells nothing."""
THREADS = 2
"""Beside the caller's: the planes, then the three looks at them, do not depend on one another."""
LEAST_SIDE = 32
"""LR pixels: two blocks of gradients."""

Tile = tuple[int, int, int, int]
"""x, y, width, height in LR pixels."""


@dataclass(frozen=True)
class Coherence:
    """What was found, and whether the pair may be learnt from."""

    coherent: bool
    usable: bool
    """Whether it may be learnt from outside of `failed`: what is coherent, and what differs in few tiles."""
    reason: str
    """Why it is not coherent, as a fragment for a manifest; empty where it is."""
    psnr: float
    """dB of HR brought down against LR: of the mean of R, G and B, in the compressed domain, peak 0.6."""
    shift: tuple[float, float]
    """How far LR is displaced against HR, in LR pixels (x, y)."""
    exposure: float
    """Light of LR over light of HR, robust."""
    noise: float
    """RMS in T of what differs from pixel to pixel in smooth places. No reason to refuse."""
    light: float
    """How far the light of the worst tile is off, in units of what fails."""
    structure: float
    """How far the structure of the worst tile differs, in units of what fails."""
    failed: tuple[Tile, ...]
    """Tiles of 16 x 16 LR pixels that differ, worst first; the whole frame where shift, exposure or hues are wrong. A
    coherent large frame may have a few."""


def check(
    lr: NDArray[np.floating],
    hr: NDArray[np.floating],
    *,
    scale: int = 2,
    down_kernel: Kernel | None = None,
    guides: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]] = (),
    denoised: bool = True,
) -> Coherence:
    """Hold a pair's LR against its HR.

    guides: planes of both that have no light in them, LR's (H, W) and HR's, 0 to 1, such as albedo: things that moved
    or are missing show there in the dark too.

    lr: (H, W, 3 or 4), hr: (H * scale, W * scale, same), scene-linear, premultiplied, any floating type. NaN and
    infinities are repaired first. denoised: whether both were or may have been: text that was not is held to its
    exposure more tightly. down_kernel: as `uprez.models.down_kernel.fit_down_kernel` gives it. Raises
    UsageError for shapes that do not fit, or sides below 32 LR pixels.
    """
    _require_fit(lr.shape, hr.shape, scale)
    kernel = down_kernel if down_kernel is not None else DOWN_KERNEL if scale == 2 else (1 / scale,) * scale
    lr_luma, hr_luma = _luma(lr), _luma(hr)
    looked_at: list[tuple[Array, Array]] = [
        (lr_luma, hr_luma),
        *((_unit(ours), _unit(theirs)) for ours, theirs in guides),
    ]
    if lr.shape[2] == 4 and not (_opaque(lr) and _opaque(hr)):
        looked_at.append((_unit(lr[..., 3]), _unit(hr[..., 3])))
    tiles = -(-lr.shape[0] // TILE), -(-lr.shape[1] // TILE)
    with ThreadPoolExecutor(THREADS) as threads:
        light, *steady = threads.map(lambda both: planes_of_pair(both[0], both[1], scale, kernel), looked_at)
        guided, alphas = steady[: len(guides)], steady[len(guides) :]
        lighting = threads.submit(light_strength, light, tiles)
        building = threads.submit(_built, light, alphas, guided, tiles)
        hues = hue_difference(_colours(lr), down(_colours(hr), kernel, scale))
        exposure = exposure_of(light, denoised=denoised)
        compressed = compress(light.lr), compress(light.down)
        # In T other light is an offset, which along a gradient looks like a shift.
        balanced = compress(light.lr / np.float32(exposure.ratio)) if exposure.off() else compressed[0]
        # What has no noise of its own says where things are, also where light is even or dark.
        shift = displacement([(balanced, compressed[1]), *((plane.lr, plane.down) for plane in steady)])
        shifted = _fails(shift)
        if shifted:
            shift = _refined(shift, balanced, hr_luma, scale, kernel)
        lit, built = lighting.result(), building.result()
    failed = _failed(np.maximum(lit, built), lr.shape[:2])
    reason = _reason(shift if shifted else None, exposure, hues, lit, built, failed)
    all_over = shifted or exposure.off() or exposure.unclear() or hues > FAILS
    return Coherence(
        coherent=not reason,
        usable=not reason or not (all_over or len(failed) > MOST_LEFT_OUT * lit.size),
        reason=reason,
        psnr=psnr(*compressed, peak=PEAK),
        shift=(shift.x, shift.y),
        exposure=exposure.ratio,
        noise=_noise(light, *compressed),
        light=float(lit.max()),
        structure=float(built.max()),
        failed=((0, 0, lr.shape[1], lr.shape[0]),) if all_over else failed,
    )


def _built(light: Planes, alphas: Sequence[Planes], guided: Sequence[Planes], tiles: tuple[int, int]) -> Array:
    """How far the structure of each tile differs, in units of what fails: the worst of all planes."""
    strengths = [structure_strength(light, tiles)]
    strengths += [ALPHA * excess_strength(alpha, tiles) for alpha in alphas]
    strengths += [structure_strength(_as_light(guide), tiles) for guide in guided]
    return np.maximum.reduce(strengths)


def _require_fit(lr: tuple[int, ...], hr: tuple[int, ...], scale: int) -> None:
    if len(lr) != 3 or lr[2] not in (3, 4) or hr != (lr[0] * scale, lr[1] * scale, lr[2]):
        raise UsageError(f"a pair of {lr} and {hr} is not RGB or RGBA at {scale}x")
    if min(lr[:2]) < LEAST_SIDE:
        raise UsageError(f"a pair of {lr[1]} x {lr[0]} LR pixels is too small to be checked: {LEAST_SIDE} at least")


def _luma(image: NDArray[np.floating]) -> Array:
    """The mean of R, G and B, finite, 0 to LARGEST, (H, W): a blue thing counts as much as a green one."""
    weights = np.array([1, 1, 1, 0][: image.shape[2]], np.float32) / 3
    flat = np.asarray(image, np.float32).reshape(-1, image.shape[2])
    with np.errstate(invalid="ignore", over="ignore"):
        luma = (flat @ weights).reshape(image.shape[:2])
    if not np.isfinite(luma).all():
        repaired = repair_nonfinite(np.asarray(image, np.float32))[0]
        luma = np.minimum(repaired[..., :3], LARGEST).mean(axis=2)
    return np.clip(luma, 0, LARGEST)


def _colours(image: NDArray[np.floating]) -> Array:
    """R, G and B, finite, 0 to LARGEST, (H, W, 3)."""
    colours = np.asarray(image[..., :3], np.float32)
    if not np.isfinite(colours).all():
        colours = repair_nonfinite(colours)[0]
    return np.clip(colours, 0, LARGEST)


def _unit(plane: NDArray[np.floating]) -> Array:
    """Alpha or a guide, finite, 0 to 1."""
    return np.clip(np.nan_to_num(plane.astype(np.float32), nan=0.0), 0, 1)


def _opaque(image: NDArray[np.floating]) -> bool:
    return bool((image[..., 3] == 1).all())


def _as_light(guide: Planes) -> Planes:
    """Light whose T is linear in the guide, of which a tenth then counts as much as half a stop."""
    shown = {
        name: expand(np.float32(GUIDE_DARKEST) + np.float32(GUIDE_RANGE) * plane)
        for name, plane in guide._asdict().items()
        if name != "black"
    }
    return Planes(**shown, black=black_of(shown["down"]))


def _refined(shift: Displacement, lr: Array, hr: Array, scale: int, kernel: Kernel) -> Displacement:
    """The displacement anew, with HR moved along by as many of its whole pixels as come nearest; as it was where light
    alone doesn't show it.
    """
    x, y = round(shift.x * scale), round(shift.y * scale)
    moved = np.roll(hr, (y, x), axis=(0, 1))
    rest = displacement([(lr, compress(down(moved[..., np.newaxis], kernel, scale)[..., 0]))])
    return shift if _fails(rest) else rest._replace(x=x / scale + rest.x, y=y / scale + rest.y)


def _noise(planes: Planes, lr: Array, down: Array) -> float:
    """From the median difference of neighbours, which neither edges nor a change of light reach."""
    difference, lit = lr - down, planes.down > planes.black
    steps = np.abs(np.diff(difference, axis=1))[lit[:, 1:] & lit[:, :-1]]
    return float(np.median(steps)) * 1.4826 / math.sqrt(2) if steps.size else 0.0


def _fails(shift: Displacement) -> bool:
    return abs(shift.x) > SHIFT_FAILS + shift.error_x or abs(shift.y) > SHIFT_FAILS + shift.error_y


def _failed(strength: Array, size: tuple[int, ...]) -> tuple[Tile, ...]:
    rows, columns = np.nonzero(strength > 1)
    order = np.argsort(-strength[rows, columns], kind="stable")
    corners = [(int(columns[i]) * TILE, int(rows[i]) * TILE) for i in order]
    return tuple((x, y, min(TILE, size[1] - x), min(TILE, size[0] - y)) for x, y in corners)


def _reason(
    shift: Displacement | None, exposure: Exposure, hues: float, lit: Array, built: Array, failed: tuple[Tile, ...]
) -> str:
    """shift: where there is one that fails."""
    if shift:
        return f"shifted by ({shift.x:.2f}, {shift.y:.2f}) LR pixels"
    if exposure.off():
        brighter, ratio = ("LR", exposure.ratio) if exposure.ratio > 1 else ("HR", 1 / exposure.ratio)
        return f"{brighter} is {100 * (ratio - 1):.1f} % brighter"
    if hues > FAILS:
        return f"hues differ by {100 * (math.exp(hues) - 1):.0f} %: another colour space, or channels in another order"
    if exposure.unclear() and len(failed) <= MOST_LEFT_OUT * lit.size:
        differs = 100 * (math.exp(exposure.fails / PER_SPREAD) - 1)
        return f"light differs by {differs:.0f} % from thing to thing: render it with more samples"
    worst = max(float(lit.max()), float(built.max()))
    if worst <= 1 or (worst < STRONG and len(failed) <= lit.size // TILES_PER_WEAK):
        return ""
    what = "lit otherwise" if lit.max() > built.max() else "differs"
    return f"{what} in {len(failed)} of {lit.size} windows, the worst at LR {failed[0][:2]}"
