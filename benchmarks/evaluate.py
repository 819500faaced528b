"""What `uprez evaluate` costs over upscaling and measuring alone, and what memory it takes.

    python benchmarks/evaluate.py [--pairs 60] [--jobs 2] [--methods NAMES]

Pairs of 512x512 are the rendered ones in shared/starter/pairs, mirrored at their borders, as often as needed.
  work       wall seconds that the same models and metrics take, in as many processes at once, which do nothing else:
             pairs are read before, nothing is kept, no page is made
  evaluate   wall seconds of the command, to the page
  memory     the most resident memory of its processes together, with a third of the pairs and with all
"""

import argparse
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from observed import uprez, watch
from shared import SHARED, report, table

from uprez.dataset.pairs import find_pairs, read_frames
from uprez.evaluation.measure import figures_of, flip_map
from uprez.evaluation.methods import open_method
from uprez.evaluation.pairs import Judged, pairs_of, read_pair
from uprez.frames import DecodePool
from uprez.metrics.pu21 import WHITE

SIDE = 512
LIMIT = 1.3
METHODS = "film-x2-psnr,bicubic,lanczos,tvi,bilinear"
GIB = 1 << 30


def make_pairs(folder: Path, count: int) -> None:
    """`count` pairs of SIDE along a side, with their manifest."""
    found = [(lr, hr) for _, lr, hr in read_frames(find_pairs([SHARED / "starter" / "pairs"]))]
    (folder / "a").mkdir(parents=True)
    for number in range(count):
        lr, hr = found[number % len(found)]
        for name, frame, side in (("lr", lr, SIDE // 2), ("hr", hr, SIDE)):
            write(folder / "a" / f"a_{number:04d}_{name}.exr", mirrored(frame, side))
    (folder / "manifest.jsonl").write_text("".join(f'{{"look": "a", "seed": {k}}}\n' for k in range(count)))


def mirrored(frame: np.ndarray, side: int) -> np.ndarray:
    rows, columns = (side - length for length in frame.shape[:2])
    return np.pad(frame, ((0, max(0, rows)), (0, max(0, columns)), (0, 0)), mode="symmetric")[:side, :side]


def write(path: Path, frame: np.ndarray) -> None:
    import OpenEXR

    channels = {name: np.ascontiguousarray(frame[..., k]) for k, name in enumerate("RGBA")}
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))


def work_alone(folder: Path, names: tuple[str, ...], part: int, parts: int) -> float:
    """Seconds of every `parts`-th pair."""
    methods, flip = [open_method(name, threads=1) for name in names], flip_map()
    with DecodePool() as pool:
        pairs: list[Judged] = pairs_of(folder)[part::parts]
        images = [read_pair(pair, pool) for pair in pairs]
        methods[0].result(pairs[0], images[0], pool)  # what the first frame alone has to wait for
        started = time.perf_counter()
        for pair, of_pair in zip(pairs, images, strict=True):
            for method in methods:
                result = method.result(pair, of_pair, pool).pixels
                figures_of(result, of_pair, flip(result, of_pair.truth) if flip else None, white=WHITE)
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--methods", default=METHODS)
    options = parser.parse_args()
    names = tuple(options.methods.split(","))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pairs"
        make_pairs(folder, options.pairs)
        with ProcessPoolExecutor(options.jobs, get_context("spawn")) as processes:
            tasks = [processes.submit(work_alone, folder, names, part, options.jobs) for part in range(options.jobs)]
            alone = max(task.result() for task in tasks)
        runs = {}
        for count in (options.pairs // 3, options.pairs):
            some = Path(temporary) / str(count)
            shutil.copytree(folder, some)
            lines = (folder / "manifest.jsonl").read_text().splitlines(keepends=True)
            (some / "manifest.jsonl").write_text("".join(lines[:count]))
            command = uprez("evaluate", some, "--models", options.methods, "--quiet")
            runs[count] = watch([*command, "-o", f"{some}-report", "--jobs", str(options.jobs)], limit_seconds=7200)
            if runs[count].exit_code:
                raise SystemExit(f"uprez evaluate ended with {runs[count].exit_code}\n{runs[count].error}")
    whole, third = runs[options.pairs], runs[options.pairs // 3]
    ratio, grown = whole.seconds / alone, whole.peak_bytes / third.peak_bytes
    rows = [
        ("upscaling and metrics alone", f"{alone:.1f} s", "", ""),
        ("uprez evaluate", f"{whole.seconds:.1f} s", f"{ratio:.2f}", f"at most {LIMIT}"),
        (f"memory with {options.pairs // 3} pairs", f"{third.peak_bytes / GIB:.2f} GiB", "", ""),
        (f"memory with {options.pairs} pairs", f"{whole.peak_bytes / GIB:.2f} GiB", f"{grown:.2f}", "at most 1.1"),
    ]
    text = f"{options.pairs} pairs of {SIDE}x{SIDE}, {len(names)} methods, {options.jobs} processes\n\n"
    text += table(rows, ("what", "taken", "ratio", "limit"))
    figures = {"alone_s": alone, "evaluate_s": whole.seconds, "ratio": ratio, "memory_ratio": grown}
    report("evaluate", figures | {"pairs": options.pairs, "methods": names, "jobs": options.jobs}, text)


if __name__ == "__main__":
    main()
