"""No colour shift: drift of the results against their LR frames, beside the truth's own, and what consistency costs.

    python benchmarks/colour.py [--pairs FOLDER] [--model film-x2-psnr]

Results come from `uprez upscale` with and without --no-consistency. They and the truth are brought down by the
down-kernel of the model's card (fitted on other pairs) and held against LR, in linear light.
  mean drift    sum of differences over sum of light, signed, per channel; the largest of R, G, B is shown
  block drift   99th percentile over all 8x8 blocks of |mean difference| / (|mean of LR| + 0.01)
  mean alone    no consistency, then each channel times the one factor that gives it the source's mean: what holding no
                more than the mean costs, as far as a method can go that keeps the source's light
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from shared import SHARED, report, table, upscale

from uprez.dataset.pairs import Frame, find_pairs, read_frames, read_rgba
from uprez.frames import DecodePool
from uprez.metrics.drift import Drift, drift
from uprez.metrics.psnr import compressed_psnr
from uprez.models.consistency import down
from uprez.models.registry import load_model

MEAN_LIMIT = 1e-3
WAYS = {"consistency": (), "no consistency": ("--no-consistency",)}
MEAN_ALONE = "mean alone"
PSNR_OF = (*WAYS, MEAN_ALONE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, default=SHARED / "starter" / "clean")
    parser.add_argument("--model", default="film-x2-psnr")
    asked = parser.parse_args()
    kernel = load_model(asked.model, device="cpu").card.down_kernel
    pairs = list(read_frames(find_pairs([asked.pairs])))
    frames: dict[str, list[Frame]] = {"truth": [hr for _, _, hr in pairs]}
    with tempfile.TemporaryDirectory() as folder, DecodePool() as pool:
        for way, options in WAYS.items():
            out = Path(folder) / way
            upscale(*(pair.lr for pair, _, _ in pairs), "-o", out, "--model", asked.model, *options)
            frames[way] = [read_rgba(out / pair.lr.name, pool) for pair, _, _ in pairs]
    sources = [lr for _, lr, _ in pairs]
    frames[MEAN_ALONE] = [mean_held(f, lr, kernel) for f, lr in zip(frames["no consistency"], sources, strict=True)]
    drifts = {way: [drifted(f, lr, kernel) for f, lr in zip(of, sources, strict=True)] for way, of in frames.items()}
    psnrs = {way: [compressed_psnr(f, t) for f, t in zip(frames[way], frames["truth"], strict=True)] for way in PSNR_OF}
    names = [pair.look for pair, _, _ in pairs]
    rows = [
        [name, *(f"{signed(drifts[way][i]):+.5f}" for way in frames), *(f"{psnrs[way][i]:.3f}" for way in PSNR_OF)]
        for i, name in enumerate(names)
    ]
    header = ["pair", *(f"mean drift: {way}" for way in frames), *(f"PSNR: {way}" for way in PSNR_OF)]
    blocks = {way: float(np.percentile(np.concatenate([d.blocks for d in drifts[way]]), 99)) for way in frames}
    worst = {way: max(abs(signed(d)) for d in drifts[way]) for way in frames}
    mean = {way: float(np.mean(values)) for way, values in psnrs.items()}
    holds = {
        f"mean drift of every pair and channel below {MEAN_LIMIT}": worst["consistency"] < MEAN_LIMIT,
        "block drift no larger than the truth's own": blocks["consistency"] <= blocks["truth"],
        "PSNR no lower with consistency than without": mean["consistency"] >= mean["no consistency"],
    }
    summary = [
        [way, f"{worst[way]:.5f}", f"{blocks[way]:.4f}", f"{mean[way]:.3f}" if way in mean else "-"] for way in frames
    ]
    text = table(rows, header) + "\n\n"
    text += table(summary, ["", "largest mean drift", "block drift, 99th percentile", "mean PSNR, dB"])
    text += "\n\n" + "\n".join(f"{'holds' if held else 'DOES NOT HOLD'}: {what}" for what, held in holds.items())
    figures = {"mean_drift": worst, "block_drift": blocks, "psnr_db": mean, "down_kernel": list(kernel), "holds": holds}
    report("colour", figures, text)
    return 0 if all(holds.values()) else 1


def mean_held(frame: Frame, source: Frame, kernel: tuple[float, ...]) -> Frame:
    """R, G, B, each times the factor that gives it the source's mean."""
    lowered = down(frame[..., :3], kernel, 2)
    factor = source[..., :3].sum((0, 1), np.float64) / np.maximum(lowered.sum((0, 1), np.float64), 1e-12)
    return (frame[..., :3] * factor).astype(np.float32)


def drifted(frame: Frame, source: Frame, kernel: tuple[float, ...]) -> Drift:
    """Drift of R, G, B."""
    return drift(down(frame[..., :3], kernel, 2), source[..., :3].astype(np.float32))


def signed(one: Drift) -> float:
    return max(one.mean, key=abs)


if __name__ == "__main__":
    sys.exit(main())
