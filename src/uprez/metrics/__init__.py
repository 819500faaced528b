"""Metrics: pure functions from arrays to a number."""

from uprez.metrics.alpha import alpha_error, fringes
from uprez.metrics.artifacts import Artifacts, artifacts
from uprez.metrics.drift import Drift, drift
from uprez.metrics.flicker import flicker
from uprez.metrics.flip import hdr_flip
from uprez.metrics.light import LightErrors, light_errors
from uprez.metrics.psnr import compressed_psnr, psnr
from uprez.metrics.pu21 import pu21, pu21_psnr, pu21_ssim
from uprez.metrics.sharpness import high_band_energy
from uprez.metrics.ssim import ms_ssim, ssim

__all__ = [
    "Artifacts",
    "Drift",
    "LightErrors",
    "alpha_error",
    "artifacts",
    "compressed_psnr",
    "drift",
    "flicker",
    "fringes",
    "hdr_flip",
    "high_band_energy",
    "light_errors",
    "ms_ssim",
    "psnr",
    "pu21",
    "pu21_psnr",
    "pu21_ssim",
    "ssim",
]
