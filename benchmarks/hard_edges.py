"""Hard edges of analytic scenes under every pixel filter: flat areas that are off, overshoot and dents.

    python benchmarks/hard_edges.py [--models film-x2-psnr,bicubic] [--filters box,lanczos-3] [--quick]

Scenes are edges at 12 angles, lines of 0.5 to 3 LR pixels, discs and letters of strokes, 1 over 1/100 and 20 over
1/500 (contrasts of 100 and 10,000) and 0.6 over 0.3, and shapes over nothing, with alpha. They are drawn SUB times
finer than HR, and brought down by a filter to LR and to HR: the second is what a perfect result looks like. A model
sees the first. All figures are in linear light:
  flat       pixels of flat areas that are off by over 5 % of their light: the worst, in per cent, and how many
             of 1000. Flat is where the perfect result stays within 1 % over 7 x 7 HR pixels and so does the source over
             the 3 x 3 LR pixels around: a filter that rings leaves less of it
  overshoot  how far the brightest pixel lies above the brightest of the perfect result and of the white, in per cent
             of the white
  dent       how far a pixel inside the white, 1.5 LR pixels and more from its edge, is below the perfect result there
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shared import report, table

import uprez
from uprez.models.registry import load_model
from uprez.pixel_filters import COMMON, filtered, pixel_filter

Array = NDArray[np.float32]
SUB, SIZE = 8, 128
LIGHTS = ((1.0, 0.01), (20.0, 0.002), (0.6, 0.3))
ANGLES = (0.7, 2, 5, 11, 19, 30, 45, 58, 71, 84, 88, 89.3)
WIDTHS = (1, 2, 3, 4, 6)  # HR pixels
RADII = (0.7, 1.5, 3, 6, 12, 30)
MODELS = "film-x2-psnr,film-x2,film-x2-fast,bicubic,lanczos,bilinear"
FLAT, STEADY = 0.05, 0.01
INSIDE = 3.0
"""HR pixels from the edge."""


@dataclass(frozen=True)
class Scene:
    """Fine samples, (H, W, 4), and the light of its white; inside: HR pixels well within the white."""

    name: str
    samples: Array
    white: float
    inside: NDArray[np.bool_]


@dataclass
class Worst:
    """The worst of all scenes, in per cent; off: flat pixels that are, and all of them."""

    flat: float = 0
    over: float = 0
    dent: float = 0
    off: list[int] = field(default_factory=lambda: [0, 0])
    where: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, flat: float, over: float, dent: float, off: tuple[int, int]) -> None:
        for key, value in (("flat", flat), ("over", over), ("dent", dent)):
            if value > getattr(self, key):
                setattr(self, key, value)
                self.where[key] = name
        self.off = [self.off[0] + off[0], self.off[1] + off[1]]


def shapes(*, quick: bool) -> Iterator[tuple[str, Array]]:
    """Name and signed distance from the edge, negative inside, in HR pixels, at every subpixel."""
    y, x = (np.mgrid[: SIZE * SUB, : SIZE * SUB].astype(np.float32) + 0.5) / SUB - SIZE / 2
    for angle in ANGLES[:: 3 if quick else 1]:
        turn = np.radians(angle)
        yield f"edge at {angle:g} degrees", np.cos(turn) * (y - 0.3) - np.sin(turn) * x
    for width in WIDTHS[:: 2 if quick else 1]:
        for angle in (0, 7) if quick else (0, 3, 7, 33, 45):
            turn = np.radians(angle)
            yield f"line of {width} at {angle}", np.abs(np.cos(turn) * (y - 0.3) - np.sin(turn) * x) - width / 2
    for radius in RADII[:: 2 if quick else 1]:
        yield f"disc of {radius:g}", np.hypot(x - 0.37, y - 0.21) - radius
    for height in (12, 40):
        yield f"letters of {height}", letters(x, y, height)


def letters(x: Array, y: Array, height: float) -> Array:
    """An A and an E, as distances from their strokes."""
    points = {"A": ((0, 1, 0.3, 0), (0.3, 0, 0.6, 1), (0.12, 0.6, 0.48, 0.6)), "E": ((0.9, 0, 0.9, 1),)}
    strokes = [*points["A"], *points["E"], *((0.9, k, 1.3, k) for k in (0, 0.5, 1))]
    distances = []
    for ax, ay, bx, by in strokes:
        ax, ay, bx, by = (height * (value - 0.5) for value in (ax, ay, bx, by))
        dx, dy = bx - ax, by - ay
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
        distances.append(np.hypot(x - ax - along * dx, y - ay - along * dy) - height * 0.06)
    return np.minimum.reduce(distances)


def scenes(*, quick: bool) -> Iterator[Scene]:
    for name, distance in shapes(quick=quick):
        cover = np.clip(0.5 - distance * SUB, 0, 1)
        inside = distance[SUB // 2 :: SUB, SUB // 2 :: SUB] < -INSIDE
        for white, black in LIGHTS:
            rgb = np.repeat((black + (white - black) * cover)[..., np.newaxis], 3, axis=2)
            yield Scene(f"{name}, {white:g} over {black:g}", np.dstack([rgb, np.ones_like(cover)]), white, inside)
        element = np.dstack([np.repeat(cover[..., np.newaxis], 3, axis=2), cover])
        yield Scene(f"{name}, over nothing", element, 1.0, inside)


def steady(image: Array, side: int) -> NDArray[np.bool_]:
    """Pixels of one channel around which side x side pixels stay within STEADY."""
    margin = side // 2
    around = np.lib.stride_tricks.sliding_window_view(np.pad(image, margin, mode="edge"), (side, side))
    low, high = around.min((2, 3)), around.max((2, 3))
    return (high - low) <= STEADY * np.abs(image)


def measure(scene: Scene, result: Array, perfect: Array, flat: NDArray[np.bool_], worst: Worst) -> None:
    for channel in (0, 3):
        wanted, got = perfect[..., channel], result[..., channel]
        white = scene.white if channel == 0 else 1.0
        if wanted.min() == wanted.max():
            continue
        light = np.maximum(np.abs(wanted), 1e-6)
        off = np.where(flat & (wanted != 0), np.abs(got - wanted) / light, 0)
        glow = np.where(flat & (wanted == 0), np.abs(got) / white, 0)  # over nothing: in units of the white
        off = np.maximum(off, glow)
        over = max(0.0, float(got.max() - max(white, wanted.max())) / white)
        dent = float(((wanted - got) / white)[scene.inside].max(initial=0))
        worst.add(
            scene.name, 100 * float(off.max()), 100 * over, 100 * dent, (int((off > FLAT).sum()), int(flat.sum()))
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--filters", default=",".join(COMMON))
    parser.add_argument("--quick", action="store_true", help="fewer scenes")
    parser.add_argument("--name", default="hard_edges", help="of the result files")
    chosen = parser.parse_args()
    models = {Path(name).name: load_model(name, device="cpu") for name in chosen.models.split(",")}
    filters, worst = chosen.filters.split(","), {}
    for scene in scenes(quick=chosen.quick):
        for name in filters:
            source, perfect = (filtered(scene.samples, pixel_filter(name), step * SUB) for step in (2, 1))
            flat = steady(source[..., 0], 3).repeat(2, axis=0).repeat(2, axis=1) & steady(perfect[..., 0], 7)
            for model, loaded in models.items():
                result = uprez.upscale(source, loaded)
                measure(scene, result, perfect, flat, worst.setdefault((model, name), Worst()))
    rows = [
        (model, name, one.flat, 1000 * one.off[0] / max(1, one.off[1]), one.over, one.dent)
        for (model, name), one in sorted(worst.items(), key=lambda item: list(models).index(item[0][0]))
    ]
    header = ("model", "filter", "flat, worst %", "flat, of 1000", "overshoot %", "dent %")
    where = {f"{model} {name}": one.where for (model, name), one in worst.items()}
    report(chosen.name, {"rows": rows, "worst": where}, table(rows, header))
    return 0 if all(row[2] <= 5 and row[4] <= 10 and row[5] <= 10 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
