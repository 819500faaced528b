"""The figures of one result: every metric that applies to it."""

import math
from collections.abc import Callable

import numpy as np

from uprez.encoding import PEAK, compress
from uprez.evaluation.content import Metric
from uprez.evaluation.pairs import Array, Images
from uprez.metrics import (
    alpha_error,
    artifacts,
    compressed_psnr,
    drift,
    flicker,
    fringes,
    high_band_energy,
    light_errors,
    ms_ssim,
    pu21_psnr,
    pu21_ssim,
    ssim,
)
from uprez.metrics.alpha import backgrounds
from uprez.metrics.ssim import LEAST_SIDE
from uprez.models.consistency import down

METRICS = (
    Metric("psnr_db", "PSNR, dB", 2, "highest"),
    Metric("psnr_db_without_noise", "PSNR without the truth's noise, dB", 2, "highest"),
    Metric("ssim", "SSIM", 4, "highest"),
    Metric("ms_ssim", "MS-SSIM", 4, "highest"),
    Metric("pu21_psnr_db", "PU21 PSNR, dB", 2, "highest"),
    Metric("pu21_ssim", "PU21 SSIM", 4, "highest"),
    Metric("flip", "HDR-FLIP", 4, "lowest"),
    Metric("sharpness_db", "fine detail against the truth's, dB", 2, "nearest 0"),
    Metric("sharpness_db_without_noise", "fine detail without the truth's noise, dB", 2, "nearest 0"),
    Metric("flat_artifacts", "artifacts in flat areas", 5, "lowest"),
    Metric("edge_artifacts", "artifacts at edges", 5, "lowest"),
    Metric("flat_light", "flat areas whose light is off, %", 3, "lowest"),
    Metric("beyond_light", "light beyond the truth's, % of pixels", 3, "lowest"),
    Metric("alpha", "error of alpha", 5, "lowest"),
    Metric("fringe_black", "fringes over black", 5, "lowest"),
    Metric("fringe_white", "fringes over white", 5, "lowest"),
    Metric("fringe_checker", "fringes over a checker", 5, "lowest"),
    Metric("fringe_plate", "fringes over a plate", 5, "lowest"),
    Metric("drift", "drift of light, %", 3, "lowest"),
    Metric("block_drift", "drift of the worst blocks, %", 2, "lowest"),
    Metric("flicker", "flicker", 5, "lowest"),
)
"""All of them; PSNR, SSIM, MS-SSIM, artifacts and flicker in the compressed domain, peak 0.6."""


def figures_of(
    result: Array,
    images: Images,
    flip: Array | None,
    *,
    white: float,
    before: tuple[Array, Array] | None = None,
) -> dict[str, float]:
    """By metric. What does not apply is left out: fringes of an opaque frame, MS-SSIM of a small one.

    result: (H, W, 4), of the truth's size. flip: HDR-FLIP map, where there is one. white: cd/m2 of scene-linear 1, for
    PU21. before: result and truth of the frame before, where there is motion from it.
    """
    truth, scale = images.truth, max(2, images.scale)
    found = _likeness(result, truth, white) | _detail(result, truth, scale)
    found["flip"] = math.nan if flip is None else float(flip.mean())
    if images.halves is not None:
        found["psnr_db_without_noise"] = _without_noise(result, truth, *images.halves)
        first, second = images.halves
        found["sharpness_db_without_noise"] = _decibels(high_band_energy(result, first, second=second, scale=scale))
    if truth[..., 3].min() < 1:
        found["alpha"] = alpha_error(result, truth)
        for name, background in backgrounds(*truth.shape[:2]).items():
            found[f"fringe_{name}"] = fringes(result, truth, background, scale=scale)
    if images.scale > 1:
        found |= _drift(result, images.source, images.scale)
    if before is not None and images.motion is not None:
        found["flicker"] = flicker((before[0], result), (before[1], truth), images.motion)
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _likeness(result: Array, truth: Array, white: float) -> dict[str, float]:
    in_t, truth_in_t = compress(result[..., :3]), compress(truth[..., :3])
    side = min(truth.shape[:2])
    return {
        "psnr_db": compressed_psnr(result, truth),
        "ssim": ssim(in_t, truth_in_t, peak=PEAK) if side >= 11 else math.nan,
        "ms_ssim": ms_ssim(in_t, truth_in_t, peak=PEAK) if side >= LEAST_SIDE else math.nan,
        "pu21_psnr_db": pu21_psnr(result, truth, white=white),
        "pu21_ssim": pu21_ssim(result, truth, white=white) if side >= 11 else math.nan,
    }


def _detail(result: Array, truth: Array, scale: int) -> dict[str, float]:
    added, light = artifacts(result, truth, scale=scale), light_errors(result, truth, scale=scale)
    return {
        "sharpness_db": _decibels(high_band_energy(result, truth, scale=scale)),
        "flat_artifacts": added.flat,
        "edge_artifacts": added.edges,
        "flat_light": 100 * light.flat,
        "beyond_light": 100 * light.beyond,
    }


def _decibels(ratio: float) -> float:
    """So that a mean over frames is not that of the few whose truth has next to nothing; NaN where one has nothing."""
    return 10 * math.log10(ratio) if 0 < ratio < math.inf else math.nan


def _drift(result: Array, source: Array, scale: int) -> dict[str, float]:
    """In per cent. Brought down by a box, since a render beside the pair names no kernel: at the borders of blocks that
    costs what the renderer's wider filter brings in from outside, from every method alike.
    """
    lowered = down(result[..., :3], (1 / scale,) * scale, scale)
    found = drift(lowered, source[..., :3])
    return {
        "drift": 100 * max(map(abs, found.mean)),
        "block_drift": 100 * found.block_p99 if found.blocks.size else math.nan,
    }


def _without_noise(result: Array, truth: Array, first: Array, second: Array) -> float:
    """PSNR with what the truth's own noise adds to the error taken off: the truth is the mean of two renders, so that
    its variance is a quarter of that of their difference. No more than 20 dB above the noise.
    """
    difference = (compress(first[..., :3]) - compress(second[..., :3])).astype(np.float64)
    noise = float(np.mean(np.square(difference))) / 4
    missed = (compress(result[..., :3]) - compress(truth[..., :3])).astype(np.float64)
    error = float(np.mean(np.square(missed))) - noise
    return 10 * math.log10(PEAK**2 / max(error, noise / 100, 1e-12))


Flip = Callable[[Array, Array], Array]


def flip_map() -> Flip | None:
    """What makes HDR-FLIP maps, where its package is installed."""
    from uprez.metrics.flip import hdr_flip_map

    try:
        import flip_evaluator  # noqa: F401
    except ImportError:
        return None
    return hdr_flip_map
