"""Metrics: pure functions from arrays to a number."""

from uprez.metrics.artifacts import Artifacts, artifacts
from uprez.metrics.drift import Drift, drift
from uprez.metrics.flip import hdr_flip
from uprez.metrics.psnr import compressed_psnr, psnr
from uprez.metrics.sharpness import high_band_energy

__all__ = ["Artifacts", "Drift", "artifacts", "compressed_psnr", "drift", "hdr_flip", "high_band_energy", "psnr"]
