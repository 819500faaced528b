"""Metrics: pure functions from arrays to a number."""

from uprez.metrics.drift import Drift, drift
from uprez.metrics.flip import hdr_flip
from uprez.metrics.psnr import compressed_psnr, psnr

__all__ = ["Drift", "compressed_psnr", "drift", "hdr_flip", "psnr"]
