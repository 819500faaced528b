"""The patches that a store gives: how they are distributed, how fast they come augmented, and what docs/scale.md
reckons with. Part of dataset.py; alone:

    python benchmarks/dataset_patches.py FOLDER    # as dataset.py leaves it
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from uprez.dataset.augmentation import Augmentation
from uprez.dataset.density import Density
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store
from uprez.dataset.store.layout import ImageSpec, images_of

PATCH = 96
DRAWS = 20_000
SECONDS = 3.0
BLOCK = 128
"""LR pixels along the tiles over which draws are counted."""
WRITTEN = 1 << 30
"""Bytes that are written to tell the disk's speed."""
VARIED = {
    "read alone": Augmentation(turns=False, colour_shift=0.0),
    "flips, colour shift": Augmentation(),
    "exposure and channel order, too": Augmentation(exposure_stops=1.0, permute_channels=True),
}


def measure_patches(folder: Path) -> dict[str, Any]:
    with (folder / "store/data.mdb").open("rb") as file:
        while file.read(1 << 24):  # into the page cache
            pass
    with Store(folder / "store") as store:
        row = store.rows[0]
        figures = {
            "density": density(store),
            "colour_shift": colour_shift(store),
            "patches_per_second": {name: rate(store, varied) for name, varied in VARIED.items()},
            "patch_bytes": 2 * 4 * (PATCH**2 + (2 * PATCH) ** 2),
            "touched_bytes": touched(images_of(row)[:2]),
        }
    return figures | {"disk_megabytes_per_second": disk(folder), "row_microseconds": row_time(folder)}


def density(store: Store) -> dict[str, float]:
    """Chi-square of the corners drawn in the first pair, over blocks, against the density as it is stated."""
    stated = Density()
    sampler = PatchSampler(store, [0], patch=PATCH, density=stated)
    drawn = np.array([sampler.place(index)[1:] for index in range(DRAWS)])
    lr = store.image(0, "lr")
    assert lr is not None
    corners = (lr.height - PATCH + 1, lr.width - PATCH + 1)
    edges = [np.append(np.arange(0, side, BLOCK), side) for side in corners]
    observed = np.histogram2d(drawn[:, 0], drawn[:, 1], edges)[0]
    chance = corner_chances(pixel_chances(store, stated, lr.height, lr.width), corners)
    expected = np.add.reduceat(np.add.reduceat(chance, edges[0][:-1], 0), edges[1][:-1], 1) * DRAWS
    return chi_square(observed, expected)


def pixel_chances(store: Store, stated: Density, height: int, width: int) -> np.ndarray:
    """Of every pixel to be the one that is drawn: by cells of 8 x 8, as `uprez.dataset.density` states it."""
    rows, columns = -(-height // 8), -(-width // 8)
    sizes = np.outer(*(np.minimum(8, side - 8 * np.arange(-(-side // 8))) for side in (height, width)))
    shares = np.array([stated.floor, stated.intensity, stated.hardness])
    cells = [np.diff(running, prepend=0).reshape(rows, columns) for running in store.density(0)]
    mixed = [sizes / sizes.sum(), *cells]
    of_pixel = sum(share * cell for share, cell in zip(shares / shares.sum(), mixed, strict=True)) / sizes
    return of_pixel.repeat(8, 0).repeat(8, 1)[:height, :width]


def corner_chances(pixels: np.ndarray, corners: tuple[int, int]) -> np.ndarray:
    """Of every corner: the sum over the pixels of its patch, each over how many patches hold it."""
    holding = np.outer(
        *(
            np.minimum(np.arange(side), corner - 1) - np.maximum(np.arange(side) - PATCH + 1, 0) + 1
            for side, corner in zip(pixels.shape, corners, strict=True)
        )
    )
    sums = np.pad(np.cumsum(np.cumsum(pixels / holding, 0), 1), ((1, 0), (1, 0)))
    return sums[PATCH:, PATCH:] - sums[:-PATCH, PATCH:] - sums[PATCH:, :-PATCH] + sums[:-PATCH, :-PATCH]


def colour_shift(store: Store) -> dict[str, Any]:
    """Of 4000 patches: chi-square over 20 bins of the shift of each channel, and how far LR's is from HR's at most."""
    plain, shifted = (
        PatchSampler(store, range(len(store)), patch=16, augmentation=Augmentation(turns=False, colour_shift=width))
        for width in (0.0, 0.01)
    )
    found: dict[str, list[np.ndarray]] = {"lr": [], "hr": []}
    for index in range(4000):
        before, after = plain.sample(index).images, shifted.sample(index).images
        for name in found:
            found[name].append((after[name] - before[name])[0, 0, :3])
    lr, hr = (np.array(shifts) for shifts in found.values())
    bins = np.linspace(-0.01, 0.01, 21)
    each = [chi_square(np.histogram(lr[:, k], bins)[0], np.full(20, len(lr) / 20)) for k in range(3)]
    return {"channels": each, "lr_from_hr": float(np.abs(lr - hr).max())}


def chi_square(observed: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """The sum, its degrees of freedom, and the value that chance alone exceeds in one case of a thousand (Wilson and
    Hilferty 1931).
    """
    freedom = expected.size - 1
    third = 2 / (9 * freedom)
    limit = freedom * (1 - third + 3.09 * third**0.5) ** 3
    return {"sum": float((np.square(observed - expected) / expected).sum()), "freedom": freedom, "limit": limit}


def rate(store: Store, varied: Augmentation) -> float:
    """Patches a second in one process, page cache warm."""
    sampler, done = PatchSampler(store, range(len(store)), patch=PATCH, augmentation=varied), 0
    for index in range(200):
        sampler.sample(index)
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        sampler.sample(done)
        done += 1
    return done / (time.perf_counter() - started)


def touched(images: list[ImageSpec]) -> float:
    """Mean bytes of the tiles that a patch lies on: what a disk is asked for."""
    random, total = np.random.default_rng(0), 0
    lr = images[0]
    for y, x in random.integers((lr.height - PATCH, lr.width - PATCH), size=(1000, 2)):
        for image in images:
            times = image.height // lr.height
            for _, _, top, left, rows, columns in image.tiles():
                high = min(top + rows, (y + PATCH) * times) - max(top, y * times)
                wide = min(left + columns, (x + PATCH) * times) - max(left, x * times)
                if high > 0 and wide > 0:
                    total += rows * columns * image.channels * 2
    return total / 1000


def disk(folder: Path) -> float:
    path, block = folder / "written", os.urandom(1 << 24)
    started = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(WRITTEN // len(block)):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.perf_counter() - started
    path.unlink()
    return WRITTEN / seconds / 1e6


def row_time(folder: Path) -> float:
    """Microseconds to read a row for the first time, in the largest store there is."""
    largest = max(folder.glob("store_*"), key=lambda store: (store / "data.mdb").stat().st_size)
    with Store(largest) as store:
        started = time.perf_counter()
        for k in range(len(store)):
            store.rows[k]
        return 1e6 * (time.perf_counter() - started) / len(store)


def text(figures: dict[str, Any]) -> str:
    def told(found: dict[str, float]) -> str:
        return f"{found['sum']:.0f} ({found['freedom']}; {found['limit']:.0f})"

    shift = figures["colour_shift"]
    rates = ", ".join(f"{name} {value:.0f}" for name, value in figures["patches_per_second"].items())
    return "\n".join(
        [
            f"Chi-square (degrees of freedom; what chance exceeds once in a thousand) of {DRAWS} corners over",
            f"blocks of {BLOCK} LR pixels against the stated density: {told(figures['density'])}; of the colour shift",
            f"over 20 bins for R, G and B: {', '.join(map(told, shift['channels']))}. LR's shift is HR's to"
            f" {shift['lr_from_hr']:.1e}.",
            "",
            f"- Patches a second in one process: {rates}",
            f"- Bytes of a patch's samples {figures['patch_bytes'] / 1e6:.2f} MB, of the tiles that it lies on"
            f" {figures['touched_bytes'] / 1e6:.2f} MB",
            f"- Disk: {figures['disk_megabytes_per_second']:.0f} MB/s written; a row read the first time:"
            f" {figures['row_microseconds']:.0f} µs",
        ]
    )


if __name__ == "__main__":
    found = measure_patches(Path(sys.argv[1]))
    print(json.dumps(found, indent=1), text(found), sep="\n")
