"""Is an image that was made of fine samples by a pixel filter what Cycles renders with that filter itself?

    python benchmarks/pixel_filters.py --blender PYTHON [--samples 1024] [--side 96]

Renders shots of the demo show by Cycles' own filters with two seeds, and the same by `--filters` from fine samples of
two other seeds, without a denoiser. Prints how far these are from those, and two seeds of Cycles' own from one another,
in thousandths of the frame's light (RMS): a ratio of one or less says that there is nothing but noise between them, of
which fine samples have less, since they are spread more evenly over a pixel. What both seeds have in common is no
noise: the systematic difference, beside that to the filter which is nearest to the right one.
"""

import argparse
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shared import REPOSITORY, report, table

from uprez.dataset.pairs import read_rgba
from uprez.frames import DecodePool
from uprez.renderers.cycles import Cycles
from uprez.renderers.filtering import Filtering
from uprez.request import Image, Shot

FILTERS = {"box": ("BOX", 1.0), "gauss-2": ("GAUSSIAN", 2.0), "blackman-harris-1.5": ("BLACKMAN_HARRIS", 1.5)}
SHOTS = {"credits": 3, "toys": 4}
SCENE = """
import importlib.util, sys
import bpy
folder, package, look, seed, *filters = sys.argv[1:]
spec = importlib.util.spec_from_file_location("uprez", package + "/__init__.py", submodule_search_locations=[package])
sys.modules["uprez"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["uprez"])
from uprez.blender import demo
bpy.ops.wm.read_factory_settings(use_empty=True)
shot = demo.build(look, int(seed))
shot.expose(shot.exposure or 1.0)
cycles = bpy.context.scene.cycles
for name, kind, width in zip(filters[::3], filters[1::3], filters[2::3]):
    cycles.pixel_filter_type, cycles.filter_width = kind, float(width)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/{look}-{name}.blend")
"""


@dataclass(frozen=True)
class Bench:
    folder: Path
    renderer: Cycles
    side: int
    samples: int

    def image(self, name: str, size: str, seed: int, pixel_filter: str = "") -> Image:
        side = self.side if size == "hr" else self.side // 2
        return Image(
            output=str(self.folder / f"{name}_{pixel_filter or 'own'}_{size}.exr"),
            frame=1,
            width=side,
            height=side,
            samples=self.samples,
            seed=seed,
            denoise=False,
            relative_size=1.0 if size == "hr" else 0.5,
            filter=pixel_filter,
        )

    def own(self, look: str, pixel_filter: str, size: str) -> list[NDArray[np.float32]]:
        """Two seeds of what Cycles makes by its own filter."""
        images = [self.image(f"{look}-{pixel_filter}-{seed}", size, seed) for seed in (1, 2)]
        list(self.renderer.render(Shot(scene=str(self.folder / f"{look}-{pixel_filter}.blend")), images))
        return [shown(image) for image in images]

    def made(self, look: str, size: str, seed: int) -> dict[str, NDArray[np.float32]]:
        """What every filter makes of the same fine samples."""
        images = {name: self.image(f"{look}-{seed}", size, seed, name) for name in FILTERS}
        shot = Shot(scene=str(self.folder / f"{look}-gauss-2.blend"))
        list(Filtering(self.renderer, self.folder / "work").render(shot, list(images.values())))
        return {name: shown(image) for name, image in images.items()}


def shown(image: Image) -> NDArray[np.float32]:
    with DecodePool() as pool:
        return read_rgba(Path(image.output), pool)[..., :3].astype(np.float32)


def rms(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(first - second))))


def in_common(ours: list[NDArray[np.float32]], theirs: list[NDArray[np.float32]]) -> float:
    """RMS of what is not noise of the difference of two images, of two seeds each."""
    return float(np.sqrt(max(0.0, np.mean((ours[0] - theirs[0]) * (ours[1] - theirs[1])))))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", type=Path, required=True, help="a Python that has bpy")
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--side", type=int, default=96)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), Cycles(asked.blender, Path(name) / "work"), asked.side, asked.samples)
        (bench.folder / "make.py").write_text(SCENE)
        filters = [str(word) for key, value in FILTERS.items() for word in (key, *value)]
        for look, seed in SHOTS.items():
            words = [bench.folder, REPOSITORY / "src" / "uprez", look, seed, *filters]
            command = [asked.blender, bench.folder / "make.py", *map(str, words)]
            subprocess.run(command, check=True, capture_output=True)
            for size in ("lr", "hr"):
                made = [bench.made(look, size, seed) for seed in (3, 4)]
                for pixel_filter in FILTERS:
                    own = bench.own(look, pixel_filter, size)
                    noise = rms(*own)
                    ours = float(np.mean([rms(each[pixel_filter], other) for each in made for other in own]))
                    common = {name: in_common([each[name] for each in made], own) for name in FILTERS}
                    nearest = min(value for name, value in common.items() if name != pixel_filter)
                    light = float(np.sqrt(np.mean(np.square(own))))
                    figures = [1e3 * each / light for each in (noise, ours, common[pixel_filter], nearest)]
                    rows.append((look, size.upper(), pixel_filter, *figures[:2], ours / noise, *figures[2:]))
    header = ("shot", "size", "filter", "two seeds", "ours", "ratio", "systematic", "of the nearest other filter")
    note = (
        f"RMS, thousandths of the frame's light (RMS); {asked.samples} samples a pixel, HR {asked.side}x{asked.side}."
    )
    report("pixel_filters", {"rows": rows}, f"{table(rows, header)}\n\n{note}")
    return 0 if all(row[5] < 1.25 and row[6] < row[7] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
