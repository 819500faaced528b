"""Gain over bicubic interpolation under each pixel filter, on rendered pairs.

    python benchmarks/filter_gain.py PAIRS [PAIRS ...] [--models film-x2-psnr,film-x2-any]

PAIRS are folders of `uprez render ... --filters`, best of shots that no model has learned from. PSNR of R, G and B in
the compressed domain. Share is a filter's mean gain over that of the renderer's default, Blackman-Harris of 1.5 pixels.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from shared import report, table

import uprez
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.metrics.psnr import compressed_psnr
from uprez.models.registry import load_model

DEFAULT = "blackman-harris-1.5"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--models", default="film-x2-psnr,film-x2-any")
    parser.add_argument("--name", default="filter_gain", help="of the result files")
    chosen = parser.parse_args()
    models = {name: load_model(name, device="cpu") for name in ("bicubic", *chosen.models.split(","))}
    gains: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for pair, lr, hr in read_frames(find_pairs(chosen.pairs)):
        psnr = {
            name: compressed_psnr(uprez.upscale(lr.astype(np.float32), model), hr) for name, model in models.items()
        }
        for name in models:
            gains[pair.filter, name].append((psnr[name] - psnr["bicubic"], pair.name))
    mean = {key: float(np.mean([gain for gain, _ in found])) for key, found in gains.items()}
    rows = []
    for (seen, name), found in sorted(gains.items(), key=lambda item: (item[0][0] != DEFAULT, item[0])):
        if name != "bicubic":
            share = mean[seen, name] / mean[DEFAULT, name] if (DEFAULT, name) in mean else float("nan")
            least, where = min(found)
            rows.append((seen, name, len(found), mean[seen, name], share, least, where))
    header = ("filter", "model", "pairs", "mean gain, dB", "share of the default's", "least, dB", "on")
    report(chosen.name, {"rows": rows}, table(rows, header))
    return 0 if all(row[5] > 0 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
