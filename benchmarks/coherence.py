"""Which pairs does the check of coherence refuse? Good ones, ones made wrong in memory, ones rendered wrong.

    python benchmarks/coherence.py PAIRS... [--faults FOLDER] [--name coherence]

Folders of pairs are those of `uprez.dataset.pairs.find_pairs`.
  good       every pair of the folders: those refused, and those that are used but for a few windows, with names and
             reasons
  synthetic  faults made from every good pair that is coherent:
             shift      HR cut 1, 2 and 4 HR pixels aside, which is 0.5, 1 and 2 LR pixels without interpolation; LR
                        moved by 0.1 to 0.3 pixels by Fourier's shift theorem, which rings a little; guides along
             exposure   LR times 1.01 to 1.05 and 0.95
             A shift that is not found counts as missed where LR then differs from HR, over some 8 x 8 LR pixels, by
             more than twice as much as before and 0.01 in T: along an edge out of focus there is nothing to see.
  rendered   --faults: a folder of pairs, or of such folders, whose manifests' lines also carry "fault", such as
             "light off" (see coherence_faults.py). LR is the faulty one, and "good" the path of the LR of the same
             scene without the fault, rendered with the same random numbers. Only faults that can be seen count: a light
             where it changes the light of some 32 x 32 LR pixels by 5 %; anything else where it changes some 8 x 8 LR
             pixels by an RMS of 0.05 in T, a stop; both by twice as much as the good LR differs from HR there. Light
             below 1 % of the frame's mean is black in both. How many of the fainter ones are not found is told beside.
             Faults of scenes whose good pair is refused do not count: to find them is no merit.
  time       a pair of 2048 x 1080 and 4096 x 2160 pixels, RGBA float32 in memory, tiled from a good pair
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from shared import report, table

from uprez.dataset.coherence import DOWN_KERNEL, Coherence, check
from uprez.dataset.guides import read_guides
from uprez.dataset.manifest import Row, paths_of, read_manifest
from uprez.dataset.pairs import read_rgba
from uprez.encoding import compress
from uprez.frames import DecodePool
from uprez.models.consistency import down

Image = np.ndarray

Fault = Callable[[Image, Image], tuple[Image, Image]]

DIRECTIONS = ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1))
EXPOSURES = (1.01, 1.02, 1.03, 1.04, 1.05, 0.95)
SEEN, SEEN_LIGHT = 0.05, 0.05
BLACK = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+", metavar="PAIRS")
    parser.add_argument("--faults", type=Path, metavar="FOLDER")
    parser.add_argument("--name", default="coherence", help="of the files in benchmarks/results")
    asked = parser.parse_args()
    with ProcessPoolExecutor() as workers:
        found = [each for folder in asked.pairs for each in workers.map(examine, *zip(*pairs_of(folder), strict=True))]
        rendered = (
            list(workers.map(rendered_fault, *zip(*rendered_of(asked.faults), strict=True))) if asked.faults else []
        )
    sound = [each for each in found if each.result.coherent]
    figures = {
        "good": {
            "pairs": len(found),
            "refused": {each.name: each.result.reason for each in found if not each.result.usable},
            "used_in_part": {
                each.name: each.result.reason for each in found if each.result.usable and not each.result.coherent
            },
        },
        "noise": spread([each.result.noise for each in found]),
        "psnr_db": spread([each.result.psnr for each in found]),
        "synthetic": [
            {
                "fault": fault,
                "pairs": len(sound),
                "missed": [each.name for each in sound if each.faults[fault] == "coherent"],
                "not_to_be_seen": [each.name for each in sound if each.faults[fault] == "not to be seen"],
                "used_in_part": sum(each.faults[fault] == "in part" for each in sound),
            }
            for fault, _ in synthetic_faults()
        ],
        "rendered": rendered,
        "seconds_2k": seconds_of_a_2k_pair(),
    }
    report(asked.name, figures, text(figures))


class Examined(NamedTuple):
    name: str
    result: Coherence
    faults: dict[str, str]
    """Of a coherent pair, by fault: coherent, not to be seen (and coherent), in part or refused."""


def pairs_of(folder: Path) -> list[tuple[str, Path, Path, bool]]:
    """Name, LR and HR of every pair that is whole, also of those that were refused when they were rendered, and whether
    they were denoised.
    """
    found = []
    for row in read_manifest(folder).by_key().values():
        lr, hr = paths_of(folder, row)
        if lr.exists() and hr.exists():
            name = f"{folder.name}/{row['look']}/{row.get('shot', row.get('seed'))}/{row.get('frame', '')}"
            found.append((name, lr, hr, row.get("denoised", True)))
    return found


def examine(name: str, lr_path: Path, hr_path: Path, denoised: bool) -> Examined:
    with DecodePool() as pool:
        lr, hr, guides = read_linear(lr_path, pool), read_linear(hr_path, pool), read_guides(lr_path, hr_path, pool)
    result = check(lr, hr, guides=guides, denoised=denoised)
    faults = {}
    for fault, make in synthetic_faults() if result.coherent else ():
        made = make(lr, hr)
        wrong = check(*made, guides=[make(*guide) for guide in guides], denoised=denoised)
        faults[fault] = "coherent" if wrong.coherent else "in part" if wrong.usable else "refused"
        if fault.startswith("shift") and wrong.coherent and not can_be_seen(made, (lr, hr)):
            faults[fault] = "not to be seen"
    return Examined(name, result, faults)


def can_be_seen(wrong: tuple[Image, Image], right: tuple[Image, Image]) -> bool:
    """Whether LR differs from HR brought down, somewhere over 8 x 8 LR pixels, by more than twice as much as without
    the fault and 0.01 in T.
    """
    (after, before), margin = (difference(*pair) for pair in (wrong, right)), len(right[0]) - len(wrong[0])
    before = before[margin // 2 :, margin // 2 :][: len(after), : after.shape[1]]
    faulty, sound = (np.sqrt(windows(np.square(plane), 8)) for plane in (after, before))
    return bool((faulty > 2 * sound + 0.01).any())


def difference(lr: Image, hr: Image) -> Image:
    """LR against HR brought down, the mean of R, G and B in T."""
    planes = (np.maximum(image[..., :3].mean(axis=2), 0) for image in (lr, down(hr, DOWN_KERNEL, 2)))
    ours, theirs = (compress(plane) for plane in planes)
    return ours - theirs


def read_linear(path: Path, pool: DecodePool) -> Image:
    return read_rgba(path, pool).astype(np.float32)


def synthetic_faults() -> Iterator[tuple[str, Fault]]:
    for pixels in (4, 2, 1):
        for x, y in DIRECTIONS:
            yield f"shift {pixels / 2:g} ({x:+d}, {y:+d})", lambda lr, hr, x=x * pixels, y=y * pixels: cut(lr, hr, x, y)
    for size in (0.3, 0.2, 0.1):
        yield f"shift {size:g} (+1, +0), Fourier", lambda lr, hr, size=size: (fourier_shift(lr, size), hr)
    for factor in EXPOSURES:
        yield f"exposure {factor:g}", lambda lr, hr, factor=factor: (with_light(lr, factor), hr)


def cut(lr: Image, hr: Image, x: int, y: int) -> tuple[Image, Image]:
    """HR from (x, y) HR pixels on, and LR from its corner: LR is displaced by (x, y) HR pixels against it."""
    margin = 2 * max(-(-abs(x) // 2), -(-abs(y) // 2))
    height, width = hr.shape[0] - 2 * margin, hr.shape[1] - 2 * margin
    moved = hr[margin + y : margin + y + height, margin + x : margin + x + width]
    half = margin // 2
    return lr[half : half + height // 2, half : half + width // 2], moved


def fourier_shift(lr: Image, x: float) -> Image:
    """LR moved to the right by a phase that grows with frequency; the frame goes on as its mirror image. (H, W) or
    (H, W, channels).
    """
    mirrored = np.concatenate([lr, lr[:, ::-1]], axis=1)
    spectrum = np.fft.rfft(mirrored, axis=1)
    phase = np.exp(-2j * np.pi * x * np.arange(spectrum.shape[1]) / mirrored.shape[1])
    phase = phase.reshape(-1, *(1 for _ in lr.shape[2:]))
    moved = np.fft.irfft(spectrum * phase, mirrored.shape[1], axis=1)
    return np.maximum(moved[:, : lr.shape[1]], 0).astype(np.float32)


def with_light(lr: Image, factor: float) -> Image:
    if lr.ndim == 2:  # a guide has no light
        return lr
    return lr * np.array([factor, factor, factor, 1], np.float32)[: lr.shape[2]]


def rendered_of(folder: Path) -> list[tuple[Row, Path]]:
    """Line and folder of every fault that was rendered."""
    return [
        (row, path.parent) for path in sorted(folder.rglob("manifest.jsonl")) for row in read_manifest(path.parent).rows
    ]


def rendered_fault(row: Row, folder: Path) -> dict[str, Any]:
    """What the fault is, how far it can be seen, what was found."""
    (lr_path, hr_path), good_path = paths_of(folder, row), folder / row["good"]
    with DecodePool() as pool:
        lr, good, hr = (read_linear(path, pool) for path in (lr_path, good_path, hr_path))
        result = check(lr, hr, guides=read_guides(lr_path, hr_path, pool))
        without = check(good, hr, guides=read_guides(good_path, hr_path, pool))
    fault, name = str(row["fault"]), f"{row['look']}/{row.get('shot', row.get('seed'))}"
    structure, light = visibility(lr, good, hr)
    seen = light >= SEEN_LIGHT if fault.startswith("light") else structure >= SEEN
    return {
        "fault": fault,
        "name": name,
        "seen": bool(seen),
        "structure": round(structure, 4),
        "light": round(light, 4),
        "found": not result.coherent,
        "reason": result.reason,
        "good_refused": not without.coherent,
    }


def visibility(lr: Image, good: Image, hr: Image) -> tuple[float, float]:
    """The most that a fault changes in 8 x 8 LR pixels, RMS in T, and the light of 32 x 32, as a log ratio."""
    below = down(hr.astype(np.float32), DOWN_KERNEL, 2)
    faulty, sound, below = (np.maximum(x[..., :3].astype(np.float32).mean(axis=2), 0) for x in (lr, good, below))
    black = np.float32(BLACK * float(np.minimum(sound, 1).mean()) + 1e-6)
    shown = [compress(image + black) for image in (faulty, sound, below)]
    changed, usual = (np.sqrt(windows(np.square(a - b), 8)) for a, b in ((shown[0], shown[1]), (shown[1], shown[2])))
    light = [np.log(windows(image + black, 32)) for image in (faulty, sound, below)]
    lit, otherwise = np.abs(light[0] - light[1]), np.abs(light[1] - light[2])
    return float(np.where(changed > 2 * usual, changed, 0).max()), float(np.where(lit > 2 * otherwise, lit, 0).max())


def windows(plane: Image, side: int) -> Image:
    view = np.lib.stride_tricks.sliding_window_view(plane, (side, side))[:: side // 4, :: side // 4]
    return view.mean(axis=(2, 3), dtype=np.float64)


def seconds_of_a_2k_pair() -> float:
    """The median of five, of a textured frame without guides, in one process."""
    random = np.random.default_rng(1)
    coarse = random.random((2160 // 40, -(-4096 // 40), 3), np.float32)
    hr = np.ones((2160, 4096, 4), np.float32)
    hr[..., :3] = np.kron(coarse, np.ones((40, 40, 1), np.float32))[:, :4096]
    hr[..., :3] *= 0.8 + 0.4 * random.random((2160, 4096, 1), np.float32)
    lr = down(hr, DOWN_KERNEL, 2)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        check(lr, hr)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def spread(values: list[float]) -> dict[str, float]:
    return {f"{share:g}": float(np.quantile(values, share)) for share in (0.05, 0.5, 0.95)}


def text(figures: dict[str, Any]) -> str:
    good = figures["good"]
    parts = []
    for title, names in (("Good pairs refused", good["refused"]), ("used but for a few windows", good["used_in_part"])):
        parts.append(f"{title}: {len(names)} of {good['pairs']}, {100 * len(names) / good['pairs']:.1f} %")
        parts.append("\n".join(f"- {name}: {reason}" for name, reason in names.items()) or "none")
    rows = [
        (row["fault"], row["pairs"], len(row["missed"]), len(row["not_to_be_seen"]), row["used_in_part"])
        for row in figures["synthetic"]
    ]
    header = ("fault", "pairs", "missed", "not found, nor to be seen", "found, used in part")
    parts.append("Faults made in memory from the others\n\n" + table(rows, header))
    if figures["rendered"]:
        parts.append(text_of_rendered(figures["rendered"]))
    parts.append(f"A pair of 2048 x 1080 and 4096 x 2160 pixels: {figures['seconds_2k']:.2f} s")
    return "\n\n".join(parts)


def text_of_rendered(rows: list[dict[str, Any]]) -> str:
    by_fault = defaultdict(list)
    rows = [row for row in rows if not row["good_refused"]]
    for row in rows:
        by_fault[row["fault"]].append(row)
    counts = []
    for fault, those in sorted(by_fault.items()):
        seen, faint = ([row for row in those if row["seen"] == which] for which in (True, False))
        counts.append((fault, *(n for part in (seen, faint) for n in (len(part), sum(not r["found"] for r in part)))))
    missed = [row for row in rows if row["seen"] and not row["found"]]
    lines = [f"- {row['fault']}, {row['name']}: changes T by {row['structure']:.3f}" for row in missed]
    lines = [f"{line}, light by {100 * row['light']:.0f} %" for line, row in zip(lines, missed, strict=True)]
    header = ("fault", "can be seen", "missed", "fainter", "of which not found")
    return "\n\n".join(["Rendered faults\n\n" + table(counts, header), "Missed:\n\n" + ("\n".join(lines) or "none")])


if __name__ == "__main__":
    main()
