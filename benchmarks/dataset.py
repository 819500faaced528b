"""How fast does a store give patches, beside the EXR files that it was built from?

    python benchmarks/dataset.py -o FOLDER [--pairs 24] [--many 2000] [--name dataset]

Frames are made here: 2048 x 1080 LR and 4096 x 2160 HR, RGBA half, textured so that ZIP has something to do.
  reads     random patches of 96 LR and 192 HR pixels a second: from ZIP scanline and from ZIP tiled EXR by
            OpenImageIO, from the store, and from a plain memory map of whole frames (the limit); by one process and by
            two; page cache warm, and cold where /proc/sys/vm/drop_caches may be written
  build     pairs a second, beside the same files only decoded, by as many workers
  size      bytes of the store over those of half-float samples
  scale     memory of building and of reading, and the time to open, with 100 and with --many small pairs
  patches   whether places follow the stated density and colour shifts are uniform, and what docs/scale.md reckons with:
            see dataset_patches.py
  training  steps a second from the store and from EXR, the same network, and the share of a step spent waiting
"""

import argparse
import json
import multiprocessing.pool
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813
from dataset_patches import measure_patches
from dataset_patches import text as patches_text
from shared import REPOSITORY, report, table

from uprez.dataset.augmentation import Augmentation
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings, build

LR, HR = (1080, 2048), (2160, 4096)
PATCH = 96
BUILDS = 5
"""Of which the median counts."""
STEPS, UNCOUNTED = 20, 3
TRAINED_ON = 4
"""Pairs: EXR files are read whole to begin with."""
SECONDS = 5.0
"""Of reading, for each figure with a warm page cache."""
COLD = 200
"""Patches that are read for each figure with a cold one: more of them would warm it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--many", type=int, default=2000)
    parser.add_argument("--name", default="dataset")
    parser.add_argument("--as", dest="role", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        print(json.dumps(ROLES[asked.role[0]](asked.output, *asked.role[1:])))
        return
    make_frames(asked.output, asked.pairs)
    figures: dict[str, Any] = {"build": measure_build(asked.output), "reads": measure_reads(asked.output)}
    figures["scale"] = measure_scale(asked.output, asked.many)
    figures["patches"] = in_process(asked.output, "patches")
    figures["training"] = {source: in_process(asked.output, "train", source) for source in ("store", "exr")}
    report(asked.name, figures, text(figures))


def in_process(folder: Path, *role: str) -> Any:
    """A figure from a process of its own, so that none warms up another's memory."""
    done = subprocess.run([sys.executable, __file__, "-o", str(folder), "--as", *role], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def make_frames(folder: Path, count: int) -> None:
    """Pairs in `folder/zip` and `folder/tiled`, and their samples as one array in `folder/raw.npy`."""
    if (folder / "zip/manifest.jsonl").exists():
        return
    rows = []
    for kind in ("zip", "tiled"):
        (folder / kind / "a").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        hr = textured(np.random.default_rng(number))
        lr = hr.reshape(LR[0], 2, LR[1], 2, 4).mean((1, 3), dtype=np.float32).astype(np.float16)
        for frame, tag in ((lr, "lr"), (hr, "hr")):
            for kind in ("zip", "tiled"):
                write(folder / kind / "a" / f"a_{number:04d}_{tag}.exr", frame, tiled=kind == "tiled")
            np.save(folder / f"raw_{number:04d}_{tag}.npy", frame)
        rows.append(json.dumps({"look": "a", "seed": number}))
    for kind in ("zip", "tiled"):
        (folder / kind / "manifest.jsonl").write_text("\n".join(rows) + "\n")


def textured(random: np.random.Generator) -> np.ndarray:
    """Smooth light with grain at two sizes, (2160, 4096, 4): denoised renders compress about as well."""
    coarse = random.random((HR[0] // 40 + 1, HR[1] // 40 + 1, 3), np.float32)
    light = np.kron(coarse, np.ones((40, 40, 1), np.float32))[: HR[0], : HR[1]]
    grain = random.random((HR[0] // 2, HR[1] // 2, 1), np.float32).repeat(2, 0).repeat(2, 1)
    return np.concatenate([light * (0.8 + 0.4 * grain), np.ones((*HR, 1), np.float32)], axis=2).astype(np.float16)


def write(path: Path, frame: np.ndarray, *, tiled: bool) -> None:
    spec = oiio.ImageSpec(frame.shape[1], frame.shape[0], 4, oiio.HALF)
    spec.attribute("compression", "zip")
    spec.channelnames = ("R", "G", "B", "A")
    if tiled:
        spec.tile_width = spec.tile_height = 64
    output = oiio.ImageOutput.create(str(path))
    output.open(str(path), spec)
    output.write_image(frame)
    output.close()


def places(count: int, seed: int) -> Iterator[tuple[int, int, int]]:
    random = np.random.default_rng(seed)
    while True:
        yield int(random.integers(count)), int(random.integers(LR[0] - PATCH)), int(random.integers(LR[1] - PATCH))


def read_exr(folder: Path, kind: str, cache: str, seed: str) -> float:
    """Patches a second by OpenImageIO; files stay open."""
    oiio.attribute("threads", 1)
    files = sorted((folder / kind / "a").glob("*_lr.exr"))
    opened = [[oiio.ImageInput.open(str(path).replace("_lr", tag)) for tag in ("_lr", "_hr")] for path in files]

    def read(number: int, y: int, x: int) -> None:
        for picture, times in zip(opened[number], (1, 2), strict=True):
            window(picture, y * times, x * times, PATCH * times, tiled=kind == "tiled")

    return rate(read, len(files), cache, int(seed))


def window(picture: Any, y: int, x: int, side: int, *, tiled: bool) -> np.ndarray:
    if not tiled:
        return picture.read_scanlines(0, 0, y, y + side, 0, 0, 4, oiio.HALF)[:, x : x + side].astype(np.float32)
    x0, y0 = x // 64 * 64, y // 64 * 64
    x1, y1 = min(-(-(x + side) // 64) * 64, picture.spec().width), min(-(-(y + side) // 64) * 64, picture.spec().height)
    tiles = picture.read_tiles(0, 0, x0, x1, y0, y1, 0, 1, 0, 4, oiio.HALF)
    return tiles.reshape(y1 - y0, x1 - x0, 4)[y - y0 : y - y0 + side, x - x0 : x - x0 + side].astype(np.float32)


def read_store(folder: Path, cache: str, seed: str) -> float:
    with Store(folder / "store") as store:

        def read(number: int, y: int, x: int) -> None:
            store.read(number, "lr", y, x, PATCH, PATCH)
            store.read(number, "hr", 2 * y, 2 * x, 2 * PATCH, 2 * PATCH)

        return rate(read, len(store), cache, int(seed))


def read_raw(folder: Path, cache: str, seed: str) -> float:
    """From whole frames in plain memory maps, converted to float32: what no store can beat by much."""
    frames = [
        [np.load(folder / f"raw_{number:04d}_{tag}.npy", mmap_mode="r") for tag in ("lr", "hr")]
        for number in range(len(list(folder.glob("raw_*_lr.npy"))))
    ]

    def read(number: int, y: int, x: int) -> None:
        for frame, times in zip(frames[number], (1, 2), strict=True):
            frame[y * times : (y + PATCH) * times, x * times : (x + PATCH) * times].astype(np.float32)

    return rate(read, len(frames), cache, int(seed))


def rate(read: Callable[[int, int, int], None], count: int, cache: str, seed: int) -> float:
    started = time.perf_counter()
    for done, (number, y, x) in enumerate(places(count, seed), 1):
        read(number, y, x)
        seconds = time.perf_counter() - started
        if done == COLD if cache == "cold" else seconds > SECONDS:
            return done / seconds
    raise AssertionError


def measure_reads(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for cache in ("warm", "cold") if drop_caches() else ("warm",):
        for workers in (1, 2):
            for name, role in SOURCES.items():
                drop_caches()
                if cache == "warm":
                    read_through(folder, FILES[name])
                with multiprocessing.pool.ThreadPool(workers) as pool:
                    asked = [(folder, *role, cache, str(seed)) for seed in range(1, workers + 1)]
                    rates = pool.starmap(in_process, asked)
                rows.append({"cache": cache, "workers": workers, "from": name, "patches_per_second": sum(rates)})
    return rows


def read_through(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        with path.open("rb") as file:
            while file.read(1 << 24):
                pass


def drop_caches() -> bool:
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("1")
    except OSError:
        return False
    return True


def measure_build(folder: Path) -> dict[str, float]:
    jobs = os.cpu_count() or 1
    seconds: dict[str, list[float]] = {"OpenImageIO": [], "uprez": [], "build": []}
    for _ in range(BUILDS):  # in turn, as machines change from minute to minute
        for how in ("OpenImageIO", "uprez"):
            seconds[how].append(in_process(folder, "decode", how, str(jobs))["seconds"])
        shutil.rmtree(folder / "store", ignore_errors=True)
        seconds["build"].append(in_process(folder, "build", "zip", "store", str(jobs))["seconds"])
    decoded, built = {how: median(all_) for how, all_ in seconds.items()}, median(seconds["build"])
    with Store(folder / "store") as store:
        samples = sum(2 * i["height"] * i["width"] * i["channels"] for row in store.rows for i in row["images"])
        count = len(store)
    size = sum(file.stat().st_size for file in (folder / "store").iterdir())
    return {
        "workers": jobs,
        "build_pairs_per_second": count / built,
        "build_over_openimageio": decoded["OpenImageIO"] / built,
        "build_over_own_reader": decoded["uprez"] / built,
        "size_over_half": size / samples,
    }


def decode(folder: Path, how: str, jobs: str) -> dict[str, float]:
    """Every file of the ZIP pairs decoded whole, by as many workers as a build has, and thrown away."""
    oiio.attribute("threads", 1)
    paths = sorted((folder / "zip/a").glob("*.exr"))
    read = decode_by_openimageio if how == "OpenImageIO" else decode_by_uprez
    started = time.perf_counter()
    with multiprocessing.pool.ThreadPool(int(jobs)) as pool:
        pool.map(lambda k: read(paths[k :: int(jobs)]), range(int(jobs)))
    return {"seconds": time.perf_counter() - started}


def decode_by_openimageio(paths: Sequence[Path]) -> None:
    for path in paths:
        oiio.ImageInput.open(str(path)).read_image(0, 0, 0, 4, oiio.HALF)


def decode_by_uprez(paths: Sequence[Path]) -> None:
    from uprez.frames import DecodePool, open_frame

    with DecodePool() as pool:
        for path in paths:
            with open_frame(path, pool=pool) as reader:
                reader.read(0, 0, reader.header.parts[0].data_window.height, "RGBA")


def build_store(folder: Path, source: str, store: str, jobs: str) -> dict[str, float]:
    started = time.perf_counter()
    with Peak() as peak, StoreWriter(folder / store) as writer:
        build([folder / source], writer, BuildSettings(jobs=int(jobs)), lambda progress, total: None)
    return {"seconds": time.perf_counter() - started, "megabytes": peak.megabytes}


class Peak:
    """The most memory that this process and those it began have held within it, without mapped files: looked at every
    hundredth of a second, since a build is over when it is asked afterwards.
    """

    def __enter__(self) -> "Peak":
        self.megabytes, self._ended = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            self.megabytes = max(self.megabytes, anonymous_megabytes(os.getpid()))


def anonymous_megabytes(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = [path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:  # it has just ended
        return 0.0
    own = sum(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("RssAnon"))
    return own + sum(anonymous_megabytes(int(child)) for these in children for child in these)


def measure_scale(folder: Path, many: int) -> list[dict[str, float]]:
    """Memory of building, of a build that finds all pairs there, and of reading."""
    rows = []
    for count in (100, many):
        make_small(folder / f"small_{count}", count)
        shutil.rmtree(folder / f"store_{count}", ignore_errors=True)
        built, again = (in_process(folder, "build", f"small_{count}", f"store_{count}", "1") for _ in range(2))
        read = in_process(folder, "sample", f"store_{count}")
        figures = {"build_megabytes": built["megabytes"], "again_megabytes": again["megabytes"], **read}
        rows.append({"pairs": count, **figures})
    return rows


def make_small(folder: Path, count: int) -> None:
    """Pairs of 192 and 384 pixels: four different ones, again and again."""
    if (folder / "manifest.jsonl").exists():
        return
    (folder / "a").mkdir(parents=True)
    for kind in range(4):
        hr = textured(np.random.default_rng(kind))[:384, :384]
        write(folder / "a" / f"{kind}_hr.exr", hr, tiled=False)
        lr = hr.reshape(192, 2, 192, 2, 4).mean((1, 3), dtype=np.float32).astype(np.float16)
        write(folder / "a" / f"{kind}_lr.exr", lr, tiled=False)
    rows = [  # as large as those of rendered pairs
        {"look": "a", "show": "s", "shot": f"sh{k}", "frame": 1, "element": "whole", "seconds": "." * 3000}
        | {side: f"a/{k % 4}_{side}.exr" for side in ("lr", "hr")}
        for k in range(count)
    ]
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")


def sample(folder: Path, store: str) -> dict[str, float]:
    started = time.perf_counter()
    with Peak() as peak, Store(folder / store) as opened:
        opening = time.perf_counter() - started
        sampler = PatchSampler(opened, range(len(opened)), patch=PATCH)
        sampler.sample(0)
        first = time.perf_counter() - started
        for index in range(2000):
            sampler.sample(index)
    return {"open_seconds": opening, "first_patch_seconds": first, "read_megabytes": peak.megabytes}


def train(folder: Path, source: str) -> dict[str, float]:
    """Whole steps of a recipe of the bundled model on the same pairs, one worker beside either way; the share of the
    time spent waiting for a minibatch.
    """
    from uprez.dataset.loader import Numbering, minibatches
    from uprez.dataset.pairs import find_pairs
    from uprez.dataset.sources import ExrPairs
    from uprez.training.loop import Course, begin
    from uprez.training.processes import open_fabric
    from uprez.training.recipe import read_recipe
    from uprez.training.step import Setting, take_step

    recipe, fabric = read_recipe(REPOSITORY / "recipes/film-x2-psnr-1.toml"), open_fabric("cpu", 1)
    opened = Store(folder / "store") if source == "store" else ExrPairs(find_pairs([folder / "zip"])[:TRAINED_ON])
    varied = Augmentation(exposure_stops=recipe.augmentation.exposure_stops, permute_channels=True)
    sampler = PatchSampler(opened, range(TRAINED_ON), patch=recipe.data.patch, augmentation=varied)
    state = begin(Course(recipe, sampler, [], folder, fabric))
    setting = Setting(recipe, recipe.stage[0], (), fabric)
    batches = minibatches(sampler, Numbering(recipe.stage[0].minibatch), workers=1)
    waited = worked = 0.0
    for step in range(UNCOUNTED + STEPS):
        begun = time.perf_counter()
        batch = next(batches)
        ready = time.perf_counter()
        take_step(setting, state, iter([batch]))
        if step >= UNCOUNTED:
            waited, worked = waited + ready - begun, worked + time.perf_counter() - begun
    return {"steps_per_second": STEPS / worked, "waiting_share": waited / worked}


SOURCES = {
    "EXR, ZIP scanlines": ("exr", "zip"),
    "EXR, ZIP tiles of 64": ("exr", "tiled"),
    "store": ("store",),
    "memory map of whole frames": ("raw",),
}
FILES = {
    "EXR, ZIP scanlines": "zip/a/*",
    "EXR, ZIP tiles of 64": "tiled/a/*",
    "store": "store/data.mdb",
    "memory map of whole frames": "raw_*",
}
ROLES: dict[str, Callable[..., Any]] = {
    "exr": read_exr,
    "store": read_store,
    "raw": read_raw,
    "decode": decode,
    "build": build_store,
    "sample": sample,
    "patches": measure_patches,
    "train": train,
}


def text(figures: dict[str, Any]) -> str:
    slowest = {
        (row["cache"], row["workers"]): row["patches_per_second"]
        for row in figures["reads"]
        if row["from"] == "EXR, ZIP scanlines"
    }
    reads = [
        (row["from"], row["cache"], row["workers"], round(row["patches_per_second"]), _times(row, slowest))
        for row in figures["reads"]
    ]
    build_, scale = figures["build"], figures["scale"]
    lines = [
        f"- Build by {build_['workers']} workers: {build_['build_pairs_per_second']:.2f} pairs/s, which is"
        f" {build_['build_over_openimageio']:.2f} of the speed at which as many decode the files by OpenImageIO,"
        f" {build_['build_over_own_reader']:.2f} of that of uprez's own reader",
        f"- Size: {build_['size_over_half']:.3f} of half-float samples",
        f"- {scale[-1]['pairs']} pairs: open after {scale[-1]['open_seconds']:.2f} s, the first patch after"
        f" {scale[-1]['first_patch_seconds']:.2f} s",
    ]
    memory = [(r["pairs"], *(round(r[f"{of}_megabytes"], 1) for of in ("build", "again", "read"))) for r in scale]
    trained = [
        (name, round(row["steps_per_second"], 2), f"{100 * row['waiting_share']:.1f} %")
        for name, row in figures["training"].items()
    ]
    return "\n\n".join(
        [
            "Patches of 96 LR and 192 HR pixels\n\n"
            + table(reads, ("from", "page cache", "processes", "patches/s", "times EXR scanlines")),
            "\n".join(lines),
            "Memory, MB\n\n" + table(memory, ("pairs", "building", "building again", "reading")),
            "Distribution and supply\n\n" + patches_text(figures["patches"]),
            "Training\n\n" + table(trained, ("from", "steps/s", "waiting")),
        ]
    )


def _times(row: dict[str, Any], slowest: dict[tuple[str, int], float]) -> str:
    return f"{row['patches_per_second'] / slowest[row['cache'], row['workers']]:.1f}"


if __name__ == "__main__":
    main()
