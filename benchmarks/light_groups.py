"""How the detail that the network adds to a beauty is best shared out among its light groups.

    python benchmarks/light_groups.py [--model film-x2-psnr]

The clean pairs stand in for light groups, since their HR is known group by group: a beauty is the sum of two of them at
like brightness.
  unrelated  every two looks: what is an edge in one is none in the other
  related    one look under two lamps, whose light fades across the frame in opposite directions
Figures: PSNR of each group in the compressed domain, its gain in dB over the group merely interpolated.
"""

import argparse
import itertools

import numpy as np
from numpy.typing import NDArray
from shared import SHARED, report, table

import uprez
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.metrics import compressed_psnr
from uprez.upscaling.colour import interpolate_colour
from uprez.upscaling.sharing import enlarged_short, local_contrast, range_of, reached_by, share_detail, short_of

Array = NDArray[np.float32]
Light = tuple[Array, Array]
"""LR and HR, (H, W, 3) and (2 H, 2 W, 3)."""
SIDE = 128
BRIGHTNESS = 0.3
"""Median that every look is brought to."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="film-x2-psnr")
    model = parser.parse_args().model
    looks = [exposed(lr, hr) for _, lr, hr in read_frames(find_pairs([SHARED / "starter" / "clean"]))]
    cases = {
        "unrelated": list(itertools.combinations(looks, 2)),
        "related": [(under_lamp(look, 1), under_lamp(look, -1)) for look in looks],
    }
    rows, figures = [], {}
    for case, frames in cases.items():
        gains = np.array([gain for lights in frames for gain in gains_of(lights, model)])
        for column, weights in enumerate(("magnitude", "local contrast")):
            gain = gains[:, column]
            facts = {"mean": float(gain.mean()), "worst": float(gain.min()), "improved": float((gain > 0).mean())}
            figures[f"{case}, {weights}"] = facts | {"groups": len(gain)}
            rows.append([case, weights, len(gain), *(round(value, 2) for value in facts.values())])
    header = ["lights", "shared by", "groups", "mean gain, dB", "worst, dB", "share improved"]
    report("light_groups", {"model": model, "gains": figures}, table(rows, header))


def exposed(lr: NDArray[np.float16], hr: NDArray[np.float16]) -> Light:
    small, large = lr[:SIDE, :SIDE, :3].astype(np.float32), hr[: 2 * SIDE, : 2 * SIDE, :3].astype(np.float32)
    gain = np.float32(BRIGHTNESS / max(float(np.median(large[large > 0])), 1e-3))
    return small * gain, large * gain


def under_lamp(light: Light, side: int) -> Light:
    lr, hr = (image * _fade(image.shape[1], side) for image in light)
    return lr, hr


def _fade(width: int, side: int) -> Array:
    across = (np.arange(width) + 0.5) / width - 0.5
    return (1 / (1 + np.exp(-8 * side * across))).astype(np.float32)[None, :, None]


def gains_of(lights: tuple[Light, Light], model: str) -> list[tuple[float, float]]:
    """For each light the gain over interpolation where detail is shared by magnitude, and by local contrast."""
    sources = [lr.astype(np.float16).astype(np.float32) for lr, _ in lights]
    source = sum(sources).astype(np.float16).astype(np.float32)  # as renderers write them
    beauty = uprez.upscale(source, model=model)
    plain = [interpolate_colour(lr, 2) for lr in sources]
    short = short_of(source, sources)
    rest = enlarged_short(range_of(short), reached_by(short, 2), interpolate_colour(source, 2), plain)
    by_magnitude = share_detail(beauty, [part.copy() for part in plain], rest)
    contrasts = [local_contrast(lr) for lr in (*sources, short)]
    by_contrast = share_detail(beauty, [part.copy() for part in plain], rest, contrasts)
    found = []
    for (_, hr), *results in zip(lights, plain, by_magnitude, by_contrast, strict=True):
        base, *others = (compressed_psnr(result, hr) for result in results)
        found.append((others[0] - base, others[1] - base))
    return found


if __name__ == "__main__":
    main()
