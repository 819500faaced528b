"""What memory does upscaling take, over all processes of the command?

    python benchmarks/memory.py [--model film-x2-psnr] [--only small|large]

  small   a 2048x1080 RGBA half frame with the settings that nobody changes: within 2 GiB
  large   8192x4320 to 16384x8640 with --memory 4G: within 4 GiB
Two figures: `sampled` is the most resident memory seen at one time, every 20 ms, of all processes together; `bound`
adds up what each process ever had at most (VmHWM), as if all had had it at once. What processes share counts for each.
`sampled` has to hold; `bound` shows that no peak between two samples was missed by much.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
import OpenEXR
from observed import GIB, uprez, watch
from shared import report, table

from uprez.models.registry import model_names

CASES = {"small": (2048, 1080, 2 * GIB, ()), "large": (8192, 4320, 4 * GIB, ("--memory", "4G"))}
"""Width and height of the source, limit, and what the command is told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    bundled = "film-x2-psnr" if "film-x2-psnr" in model_names() else "bicubic"
    parser.add_argument("--model", default=bundled)
    parser.add_argument("--only", choices=CASES, help="one of the two")
    asked = parser.parse_args()
    rows, told = [], []
    with tempfile.TemporaryDirectory() as name:
        for case in [asked.only] if asked.only else CASES:
            width, height, limit, options = CASES[case]
            source, out = Path(name) / f"{case}.exr", Path(name) / "out"
            write_frame(source, width, height)
            run = watch(uprez("upscale", source, "-o", out, "--model", asked.model, *options), limit_seconds=3600)
            size = result_size(out / source.name) if run.exit_code == 0 else run.lines[-1:]
            sampled, bound = run.peak_bytes / GIB, run.bound_bytes / GIB
            what = f"{width}x{height} {' '.join(options)}".strip()
            rows.append(
                [what, asked.model, f"{limit / GIB:.0f}", f"{sampled:.2f}", f"{bound:.2f}", f"{run.seconds:.0f}"]
            )
            if size != (2 * width, 2 * height) or run.peak_bytes > limit:
                told.append(f"- {what}: {size}, {sampled:.2f} GiB")
            source.unlink()
    text = table(rows, ["frame", "model", "limit, GiB", "sampled, GiB", "bound, GiB", "seconds"])
    text += "\n\n" + "\n".join(["What does not hold", "", *told] if told else ["Everything holds."])
    report("memory", {"rows": rows, "problems": told}, text)
    if told:
        raise SystemExit(1)


def write_frame(path: Path, width: int, height: int) -> None:
    """RGBA half, ZIP: soft shapes and grain, as large as a real frame packs to."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    picture = np.empty((height, width, 4), np.float16)
    for k in range(3):
        picture[..., k] = 0.3 + 0.25 * np.sin(x / (37 + 11 * k)) * np.cos(y / (53 - 7 * k))
        picture[..., k] *= 1 + 0.02 * rng.standard_normal((height, width), np.float32).astype(np.float16)
    picture[..., 3] = 1
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"RGBA": picture}) as file:
        file.write(os.fspath(path))


def result_size(path: Path) -> tuple[int, int]:
    with OpenEXR.File(os.fspath(path), header_only=True) as file:
        (x0, y0), (x1, y1) = file.header()["dataWindow"]
    return int(x1 - x0 + 1), int(y1 - y0 + 1)


if __name__ == "__main__":
    main()
