"""Do elements, composited with over, give the whole render?

    python benchmarks/elements.py --blender PYTHON [--looks NAMES] [--seeds 0-1] [--assets FOLDER]

Shots of the demo show at HR, not denoised: the whole twice, with seeds of their own, and the elements sky, solids and
volumes. PSNR in the compressed domain: volumes over solids over sky against the whole, beside what two renders of the
whole differ by, which is noise alone; and the drift of the light, signed, over the frame.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from shared import report, table

from uprez.dataset.pairs import read_rgba
from uprez.frames import DecodePool
from uprez.metrics.psnr import compressed_psnr
from uprez.renderers.cycles import Cycles, find_blender
from uprez.renderers.demo import choose_looks
from uprez.renderers.shots import parse_frames
from uprez.request import Image, Shot

ELEMENTS = ("sky", "solids", "volumes")
USUAL = "exterior_sun,clouds_smoke,god_rays,thin_structures,city_day,toys"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", type=Path, required=True, help="blender, or a Python that has bpy")
    parser.add_argument("--looks", default=USUAL)
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--assets", default="")
    parser.add_argument("--samples", type=int, default=128)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        renderer = Cycles(find_blender(asked.blender), Path(name))
        for look in choose_looks(asked.looks.split(",")):
            for seed in parse_frames(asked.seeds):
                shot = Shot(scene=f"demo:{look}", seed=seed, assets=asked.assets)
                rows.append((f"{look} {seed}", *_compared(renderer, shot, Path(name), asked.samples)))
    text = table(rows, ("shot", "over against whole, dB", "whole against whole, dB", "difference", "drift, %"))
    report("elements", {"rows": rows, "samples": asked.samples}, text)
    return 0


def _compared(renderer: Cycles, shot: Shot, folder: Path, samples: int) -> tuple[float, float, float, float]:
    plain = Image(output="", frame=1, width=320, height=180, samples=samples, denoise=False)
    asked = {"whole": ("whole", 1), "again": ("whole", 2), **{name: (name, 3) for name in ELEMENTS}}
    images = [
        replace(plain, output=str(folder / f"{name}.exr"), element=element, seed=seed)
        for name, (element, seed) in asked.items()
    ]
    with DecodePool() as pool:
        found = {
            Path(result.image.output).stem: read_rgba(Path(result.image.output), pool).astype(np.float32)
            for result in renderer.render(shot, images)
        }
    over = found["sky"]
    for name in ("solids", "volumes"):
        over = found[name] + (1 - found[name][..., 3:]) * over
    whole, again = found["whole"], found["again"]
    noise, match = compressed_psnr(again, whole), compressed_psnr(over, whole)
    drift = 100 * (float(over[..., :3].sum()) / float(whole[..., :3].sum()) - 1)
    return match, noise, match - noise, drift


if __name__ == "__main__":
    sys.exit(main())
