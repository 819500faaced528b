"""How large is the page of a report with 200 crops, and how soon is it there?

    python benchmarks/page.py [--crops 200] [--side 96] [--keep FILE]

Crops are of the pairs in shared/starter/clean, each in the truth, the source and four methods, with FLIP maps.
Chromium opens the page from disk, with its pixels drawn by the CPU (SwiftShader), five times in a fresh context; these
are the medians.
  written    seconds that `write_page` takes
  open       seconds from asking for the file until all of it is loaded and can be worked with
  plots      seconds from then until the plots are drawn, which are the last thing to come
  crop       seconds from the click on a crop until it is on the screen, where none was open before
  next       seconds from the key to the next crop being on the screen
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import flip_evaluator
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright
from shared import SHARED, report, table

from uprez import upscale
from uprez.dataset.pairs import find_pairs, read_frames
from uprez.evaluation.content import SOURCE, TRUTH, Content, Crop, Interval, Metric, Row, Shown
from uprez.evaluation.page import write_page
from uprez.models.registry import load_model

METHODS = ("bilinear", "bicubic", "lanczos", "film-x2-psnr")
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
TIMES = 5

Half = NDArray[np.float16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crops", type=int, default=200)
    parser.add_argument("--side", type=int, default=96, help="of a crop, HR pixels")
    parser.add_argument("--keep", type=Path, help="where the page is to stay")
    asked = parser.parse_args()
    content = made(asked.crops, asked.side)
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "index.html"
        start = time.perf_counter()
        write_page(content, path)
        written = time.perf_counter() - start
        size = path.stat().st_size / 1e6
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            runs = [opened(browser, path) for _ in range(TIMES)]
            browser.close()
    seconds = dict(zip(("open", "plots", "crop", "next"), map(statistics.median, zip(*runs, strict=True)), strict=True))
    images = len(content.crops[0].images)
    title = f"{asked.crops} crops of {asked.side} x {asked.side} pixels in {images} images"
    rows = [("MB (at most 60)", size), ("written, s", written), ("open, s (at most 3)", seconds["open"])]
    rows += [(f"{name}, s", seconds[name]) for name in ("plots", "crop", "next")]
    figures = {"crops": asked.crops, "side": asked.side, "images": images, "mb": size, "written": written, **seconds}
    report("page", figures, f"{title}\n\n{table(rows, ('measured', ''))}")


def opened(browser: Browser, path: Path) -> tuple[float, ...]:
    """Seconds until the page is there, its plots, a crop, and the next one."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    times = [time.perf_counter()]
    page.goto(path.resolve().as_uri(), wait_until="load")
    times.append(time.perf_counter())
    page.locator("#plot-looks .main-svg").first.wait_for()
    times.append(time.perf_counter())
    page.locator(".thumbnail").nth(3).click()
    page.locator("#viewer[data-crop='3']").wait_for()
    times.append(time.perf_counter())
    page.keyboard.press("ArrowRight")
    page.locator("#viewer[data-crop='4']").wait_for()
    times.append(time.perf_counter())
    context.close()
    return tuple(np.diff(times).tolist())


def made(count: int, side: int) -> Content:
    """A report with that many crops, at places drawn at random, and a row for each pair and method."""
    frames = list(methods_of_pairs())
    random = np.random.default_rng(0)
    crops = []
    for number in range(count):
        pair, images = frames[number % len(frames)]
        height, width = images[TRUTH].shape[:2]
        y, x = (2 * int(random.integers(0, (size - side) // 2 + 1)) for size in (height, width))
        cut = {name: np.ascontiguousarray(pixels[y : y + side, x : x + side]) for name, pixels in images.items()}
        shown = [Shown(name, each, None if name == TRUTH else flip(each, cut[TRUTH])) for name, each in cut.items()]
        crops.append(Crop(pair, x, y, tuple(shown)))
    rows = [
        Row(pair, pair.partition("/")[0], pair, method, {"error": distance(images[method], images[TRUTH])}, 60.0)
        for pair, images in frames
        for method in (SOURCE, *METHODS)
    ]
    summary = {method: {"error": interval(rows, method)} for method in (SOURCE, *METHODS)}
    return Content("Two hundred crops", [Metric("error", "Error", 4, "lowest")], summary, rows, crops, [], [])


def methods_of_pairs() -> Iterator[tuple[str, dict[str, Half]]]:
    models = {name: load_model(name, device="cpu") for name in METHODS}
    for pair, lr, hr in read_frames(find_pairs([SHARED / "starter" / "clean"])):
        scale = hr.shape[0] // lr.shape[0]
        results = {name: upscale(lr.astype(np.float32), model).astype(np.float16) for name, model in models.items()}
        yield pair.name, {TRUTH: hr, SOURCE: lr.repeat(scale, 0).repeat(scale, 1), **results}


def flip(result: Half, truth: Half) -> NDArray[np.uint8]:
    images = [np.ascontiguousarray(np.maximum(image[..., :3], 0), np.float32) for image in (truth, result)]
    found, _, _ = flip_evaluator.evaluate(images[0], images[1], "HDR", applyMagma=False)
    return np.rint(255 * np.squeeze(found).clip(0, 1)).astype(np.uint8)


def distance(result: Half, truth: Half) -> float:
    return float(np.abs(result.astype(np.float32) - truth.astype(np.float32)).mean())


def interval(rows: list[Row], method: str) -> Interval:
    found = [row.figures["error"] for row in rows if row.method == method]
    half = 1.96 * float(np.std(found)) / len(found) ** 0.5
    mean = float(np.mean(found))
    return Interval(mean, mean - half, mean + half)


if __name__ == "__main__":
    main()
