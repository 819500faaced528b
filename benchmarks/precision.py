"""Precision: tiled against untiled, and reduced precision against float32, on rendered frames.

    python benchmarks/precision.py [--pairs FOLDER] [--model film-x2-psnr]

Differences are in the compressed domain; PSNR of R, G, B. Reduced precision is bfloat16 where the CPU has it; the
runtime that the commands use takes it only where it stays within 60 dB of float32 on the frame itself.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from shared import SHARED, report, table

from uprez.dataset.pairs import find_pairs, read_frames
from uprez.encoding import PEAK, compress
from uprez.metrics.psnr import psnr
from uprez.models.registry import load_model
from uprez.models.tiling import pixel_bytes, upscale_tiled

TILE_LIMIT = 1e-5
FLOOR_DB = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, default=SHARED / "starter" / "clean")
    parser.add_argument("--model", default="film-x2-psnr")
    asked = parser.parse_args()
    model = load_model(asked.model, device="cpu")
    exact = load_model(asked.model, device="cpu", precision="f32")
    rows, tiled, reduced = [], [], []
    for pair, lr, _ in read_frames(find_pairs([asked.pairs])):
        source = lr.astype(np.float32)
        source[..., :3] = compress(source[..., :3])
        whole = exact.upscale(source)
        memory = pixel_bytes(exact.card) * (2 * exact.card.halo + 20) ** 2
        tiled.append(float(np.abs(upscale_tiled(exact, source, memory) - whole).max()))
        reduced.append(psnr(model.upscale(source)[..., :3], whole[..., :3], peak=PEAK))
        rows.append([pair.look, f"{tiled[-1]:.1e}", f"{reduced[-1]:.1f}"])
    used = model.runtime.precision  # type: ignore[attr-defined]
    holds = {
        f"tiled equals untiled within {TILE_LIMIT}": max(tiled) <= TILE_LIMIT,
        f"what runs by default ({used}) within {FLOOR_DB:.0f} dB of float32": min(reduced) >= FLOOR_DB,
    }
    text = table(rows, ["pair", "largest difference, tiled", f"{used} against f32, dB"])
    text += "\n\n" + "\n".join(f"{'holds' if held else 'DOES NOT HOLD'}: {what}" for what, held in holds.items())
    report("precision", {"tiled": tiled, "reduced_db": reduced, "precision": used, "holds": holds}, text)
    return 0 if all(holds.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
