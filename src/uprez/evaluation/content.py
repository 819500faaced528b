"""What the page shows: plain values, made by the rest of the room and read by `page`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TRUTH, SOURCE = "truth", "LR"
"""Methods by name that every crop has: the render at full size, and the source, each pixel repeated."""


@dataclass(frozen=True)
class Metric:
    """One figure that frames are judged by."""

    name: str
    """As in `Row.figures`: psnr_db."""
    title: str
    """For people: PSNR, dB."""
    digits: int
    """After the point."""
    best: Literal["highest", "lowest", "nearest 0"]


@dataclass(frozen=True)
class Interval:
    """A mean over frames, and where it lies with 95 % confidence."""

    mean: float
    low: float | None
    high: float | None
    """None where all frames are of one shot, which says nothing of others."""

    def text(self, digits: int, sign: str = "") -> str:
        """For people: the mean, and in brackets `span`. sign: `+` for a difference."""
        return f"{self.mean:{sign}.{digits}f} ({self.span(digits, sign)})"

    def span(self, digits: int, sign: str = "") -> str:
        """For people: where the mean lies, or that there is but one shot."""
        if self.low is None or self.high is None:
            return "one shot"
        return f"{self.low:{sign}.{digits}f} to {self.high:{sign}.{digits}f}"


@dataclass(frozen=True)
class Row:
    """What one method made of one frame."""

    pair: str
    """look/shot/frame."""
    look: str
    shot: str
    method: str
    figures: Mapping[str, float]
    """By the metric's name; what could not be measured is not there."""
    core_seconds: float | None
    """Of rendering and upscaling together, where the pair says what its renders took."""


@dataclass(frozen=True)
class Shown:
    """One method's image of a crop."""

    method: str
    pixels: NDArray[np.float16]
    """(H, W, 4), scene-linear Rec.709, premultiplied, HR pixels."""
    flip: NDArray[np.uint8] | None
    """(H, W), HDR-FLIP against the truth, 255 for 1; None for the truth itself."""


@dataclass(frozen=True)
class Crop:
    """A part of a frame, in every method."""

    pair: str
    x: int
    y: int
    """Of its upper left corner, in HR pixels."""
    images: tuple[Shown, ...]
    """The truth, the source, then the methods; all of one size."""


@dataclass(frozen=True)
class Verdict:
    """What to do with a shot."""

    shot: str
    verdict: str
    """upscale, upscale and look, render with fewer samples, or render in full."""
    reason: str


@dataclass(frozen=True)
class Content:
    """All of a report."""

    title: str
    metrics: Sequence[Metric]
    """The first is what crops and rows are sorted by to begin with."""
    summary: Mapping[str, Mapping[str, Interval]]
    """By method, then by metric."""
    rows: Sequence[Row]
    crops: Sequence[Crop]
    """Worst first."""
    verdicts: Sequence[Verdict]
    notes: Sequence[str]
    """Lines for people: how many frames, what failed and why, which differences are real."""
    full_cost: Mapping[str, float] = field(default_factory=dict)
    """By pair: core-seconds of HR in full, where they are known."""


def as_half(image: NDArray[np.floating]) -> NDArray[np.float16]:
    """As `Shown.pixels` has it; what is too large becomes the largest half float."""
    largest = float(np.finfo(np.float16).max)
    return image.clip(-largest, largest).astype(np.float16)


def as_bytes(flip: NDArray[np.floating]) -> NDArray[np.uint8]:
    """As `Shown.flip` has it."""
    return np.rint(255 * flip).clip(0, 255).astype(np.uint8)
