"""Frames in, frames out: plan, tiles, layers; reading, computing and writing overlapped; restart."""

from uprez.layers.layers import Layer, Rule, find_layers
from uprez.layers.rules import RuleBook, read_rules
from uprez.upscaling.array import upscale
from uprez.upscaling.job import FrameOutcome, Progress, UpscaleJob, UpscaleSummary
from uprez.upscaling.sequence import run

__all__ = [
    "FrameOutcome",
    "Layer",
    "Progress",
    "Rule",
    "RuleBook",
    "UpscaleJob",
    "UpscaleSummary",
    "find_layers",
    "read_rules",
    "run",
    "upscale",
]
