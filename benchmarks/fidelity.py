"""Does every layer, number and attribute come out right? The EXR corpus, two sequences and a frame of known meaning.

    python benchmarks/fidelity.py [--models bicubic,film-x2-psnr]

Everything goes through `uprez upscale`; results are read by the OpenEXR module, attributes as raw bytes.
  corpus     every file of exr/valid by `bicubic`: parts, views, windows x 2, channels and their types, compression,
             line order, tiles, all attributes byte for byte but those of expected_attributes.py, pixels where their
             neighbourhood says; the same command twice gives the same bytes
  declined   files that may be declined: one line, exit 1, no result
  sequences  the Beachball frames as `shot.####.exr`, with bytes equal to those of frames done one by one
  meaning    a generated frame: light groups, Cryptomatte, depth, position, normals, motion vectors, a whole-number id
"""

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from expected_attributes import EXPECTED, PROVENANCE, expected
from exr_files import ExrPart, RawAttributes, around, compressed, raw_headers, read_parts
from fidelity_frame import check_meaning, write_frame
from observed import GIB, Observed, uprez, watch
from shared import SHARED, report, table

VALID = SHARED / "exr" / "valid"
LOSSY = frozenset({"pxr24", "b44", "b44a", "dwaa", "dwab", "lj2k"})
MOTIONS = ("forward", "backward", "motion", "disparity", "vector")
"""Words in names of layers that count pixels."""
OVERSHOOT = (0.8789 + 0.2617 + 0.1055 + 0.0352) ** 2
"""Sum of the magnitudes of Keys' weights at a = -0.75, a quarter pixel off, both ways: no cubic goes beyond."""

Problems = dict[str, list[str]]
"""What is wrong, by file."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="bicubic,film-x2-psnr", help="for the generated frame")
    asked = parser.parse_args()
    rows: list[tuple[str, int, Problems, float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        may_decline, must_work = by_handling()
        for what, (count, problems, runs) in {
            "corpus": corpus(must_work, folder),
            "declined": declined(may_decline, folder),
            "sequences": sequences(folder),
            **{f"meaning, {model}": meaning(model, folder) for model in asked.models.split(",")},
        }.items():
            seconds, memory = max(run.seconds for run in runs), max(run.peak_bytes for run in runs) / GIB
            rows.append((what, count, problems, seconds, memory))
    summarise(rows)


def by_handling() -> tuple[list[Path], list[Path]]:
    """Files that may be declined, and those that may not."""
    files = json.loads((SHARED / "exr" / "MANIFEST.json").read_text())["files"]
    valid = [file for file in files if file["path"].startswith("valid/")]
    paths = {SHARED / "exr" / f["path"]: f["expect"]["handling"].startswith(("declined", "either")) for f in valid}
    return [path for path, may in paths.items() if may], [path for path, may in paths.items() if not may]


def corpus(files: list[Path], folder: Path) -> tuple[int, Problems, list[Observed]]:
    """All files in as few commands as their names allow, twice."""
    problems: Problems = {}
    runs = []
    for number, group in enumerate(without_clashes(files)):
        outs = [folder / f"corpus{number}{time}" for time in ("", " again")]
        runs += [watch(uprez("upscale", *group, "-o", out, "--model", "bicubic", "--json")) for out in outs]
        frames = {Path(frame["source"]).name: frame for frame in json.loads(runs[-1].out or '{"frames": []}')["frames"]}
        for path in group:
            results = [out / f"{path.stem}.exr" for out in outs]
            found = compare(path, results[0]) if results[0].exists() else ["no result: " + said_of(path, runs[-1])]
            if results[0].exists() and results[0].read_bytes() != results[1].read_bytes():
                found.append("the same command twice gives other bytes")
            if path.name not in frames:
                found.append("the summary does not mention it")
            problems[path.name] = found
        if runs[-1].exit_code != runs[-2].exit_code:
            problems["both runs"] = [f"exit {runs[-2].exit_code}, then {runs[-1].exit_code}"]
    return len(files), problems, runs


def declined(files: list[Path], folder: Path) -> tuple[int, Problems, list[Observed]]:
    """Each file alone: one clear line, exit 1 and no result; or a result that is right."""
    problems: Problems = {}
    runs = []
    for path in files:
        out = folder / "declined" / path.stem
        run = watch(uprez("upscale", path, "-o", out, "--model", "bicubic"))
        runs.append(run)
        left = [file.name for file in out.rglob("*") if file.is_file()]
        errors = [line for line in run.lines if line.startswith("error: ")]
        if run.exit_code == 0:
            problems[path.name] = compare(path, out / f"{path.stem}.exr")
        elif run.exit_code != 1 or len(errors) != 1 or path.name not in errors[0] or left or len(run.lines) > 2:
            problems[path.name] = [f"exit {run.exit_code}, left {left}, said {run.lines}"]
    return len(files), problems, runs


def sequences(folder: Path) -> tuple[int, Problems, list[Observed]]:
    """By pattern, in one command each; then a last frame alone."""
    problems: Problems = {}
    runs, count = [], 0
    for shot in ("crop_beachball_singlepart", "crop_beachball_multipart"):
        out = folder / shot
        renamed = out / "renamed.####.exr"
        runs.append(watch(uprez("upscale", VALID / f"{shot}.####.exr", "-o", renamed, "--model", "bicubic")))
        frames = sorted(VALID.glob(f"{shot}.*.exr"))
        windows = set()
        for path in frames:
            number = path.suffixes[0]
            result = out / f"renamed{number}.exr"
            count += 1
            if not result.exists():
                problems[path.name] = ["no result: " + said_of(path, runs[-1])]
                continue
            problems[path.name] = compare(path, result)
            windows.add(tuple(part["dataWindow"][1] for part in raw_headers(result)))
        if len(windows) != len(frames):
            problems[shot] = ["the data window moves in the source, not in the result"]
        alone = out / "alone"
        runs.append(watch(uprez("upscale", frames[-1], "-o", alone, "--model", "bicubic")))
        if (alone / frames[-1].name).read_bytes() != (out / f"renamed{frames[-1].suffixes[0]}.exr").read_bytes():
            problems[frames[-1].name].append("other bytes than as part of its sequence")
    return count, problems, runs


def meaning(model: str, folder: Path) -> tuple[int, Problems, list[Observed]]:
    """The generated frame."""
    source, out = folder / "meaning.exr", folder / "meaning" / model
    known = write_frame(source)
    run = watch(uprez("upscale", source, "-o", out, "--model", model))
    if not (out / source.name).exists():
        return 1, {source.name: [said_of(source, run)]}, [run]
    # No look at single values: a part takes a share of the beauty's detail, of which its own neighbours know nothing.
    problems = compare(source, out / source.name, values=False)
    (before,), (after,) = read_parts(source), read_parts(out / source.name)
    checks = check_meaning(known, before.channels, after.channels)
    return len(checks), {**checks, "as every file": problems}, [run]


def compare(source: Path, result: Path, *, values: bool = True) -> list[str]:
    """What is wrong with a result; of sources that are no EXR only the size and the channels are held against it."""
    try:
        after = read_parts(result)
        if source.suffix != ".exr":
            return compare_image(source, after)
        before = read_parts(source)
    except Exception as error:
        return [f"the OpenEXR module can't read it: {error}"]
    if len(before) != len(after):
        return [f"{len(after)} parts of {len(before)}"]
    problems = []
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        found = [*compare_attributes(old.attributes, new.attributes, first=number == 0), *compare_windows(old, new)]
        found += compare_channels(old, new) if values else []
        problems += [f"part {number}: {line}" for line in found]
    return problems


def compare_attributes(old: RawAttributes, new: RawAttributes, *, first: bool) -> list[str]:
    """All attributes, byte for byte, but those that rightly change."""
    wanted = {name: expected(name, *attribute) for name, attribute in old.items()}
    wanted = {name: attribute for name, attribute in wanted.items() if attribute is not None}
    present = {name: attribute for name, attribute in new.items() if expected(name, *attribute) is not None}
    added = {name for name in present if name in PROVENANCE} if first else set()
    problems = [] if not first or added == set(PROVENANCE) else [f"provenance is {sorted(added)}"]
    problems += [f"attribute {name} is lost" for name in wanted.keys() - present.keys()]
    problems += [f"attribute {name} was not there" for name in present.keys() - wanted.keys() - added]
    for name in wanted.keys() & present.keys():
        if wanted[name] != present[name]:
            problems.append(f"attribute {name} is {present[name]}, not {wanted[name]}"[:300])
    return problems


def compare_windows(old: ExrPart, new: ExrPart) -> list[str]:
    """As the OpenEXR module understands them, beside the raw bytes."""
    problems = []
    for name in ("dataWindow", "displayWindow"):
        x0, y0, x1, y1 = old.window(name)
        wanted = 2 * x0, 2 * y0, 2 * x1 + 1, 2 * y1 + 1
        if new.window(name) != wanted:
            problems.append(f"{name} is {new.window(name)}, not {wanted}")
    same = ("compression", "lineOrder", "pixelAspectRatio", "type")
    changed = [name for name in same if old.header.get(name) != new.header.get(name)]
    return problems + [f"{name} is {new.header.get(name)}, not {old.header.get(name)}" for name in changed]


def compare_channels(old: ExrPart, new: ExrPart) -> list[str]:
    """Names, types and sizes; ids bit for bit; every value within what its neighbourhood allows."""
    if list(old.channels) != list(new.channels):
        return [f"channels {list(new.channels)}, not {list(old.channels)}"]
    lossy = str(old.header["compression"]).split(".")[-1].removesuffix("_COMPRESSION").lower() in LOSSY
    problems, nothing = [], beside_nothing(old)
    for name, before in old.channels.items():
        after = new.channels[name]
        if after.dtype != before.dtype or after.shape != (2 * before.shape[0], 2 * before.shape[1]):
            problems.append(f"{name} is {after.dtype} {after.shape} for {before.dtype} {before.shape}")
        elif before.dtype == np.uint32 or "crypto" in name.lower():
            wrong = differing_bits(before, after)
            problems += [f"{name}: {wrong} ids are not their source's"] if wrong else []
        else:
            problems += [f"{name}: {line}" for line in compare_values(name, before, after, nothing, lossy=lossy)]
    return problems


def beside_nothing(part: ExrPart) -> np.ndarray:
    """(H, W): the pixels within two of a side beyond which the display window goes on: outside the data window there
    is nothing, in light and in mattes.
    """
    (x0, y0, x1, y1), (left, top, right, bottom) = part.window("dataWindow"), part.window("displayWindow")
    beside = np.zeros((y1 - y0 + 1, x1 - x0 + 1), bool)
    beside[: 2 * (top < y0)], beside[:, : 2 * (left < x0)] = True, True
    beside[max(0, len(beside) - 2 * (bottom > y1)) :] = True
    beside[:, max(0, beside.shape[1] - 2 * (right > x1)) :] = True
    return beside


def differing_bits(before: np.ndarray, after: np.ndarray) -> int:
    """HR samples that are not, bit for bit, the LR sample they lie in."""
    bits = f"u{before.itemsize}"
    return int(np.count_nonzero(after.view(bits) != before.view(bits).repeat(2, 0).repeat(2, 1)))


def compare_values(
    name: str, before: np.ndarray, after: np.ndarray, nothing: np.ndarray, *, lossy: bool
) -> Iterable[str]:
    """A value lies where the 5 x 5 LR samples around it lie, compressed, and as far beyond as a cubic may go; where
    there is nothing beside them, zero lies around it, too.

    Nothing that is not finite spreads. Normals turn: their values are not looked at here.
    """
    sound = np.isfinite(before)
    spread = np.count_nonzero(~np.isfinite(after) & sound.repeat(2, 0).repeat(2, 1))
    if spread:
        yield f"{spread} values are not finite where the source is"
    if name.split(".")[0].lower() in ("n", "normal"):
        return
    source = np.where(sound, before, 0) * np.float64(2 if any(word in name.lower() for word in MOTIONS) else 1)
    low, high = (around(compressed(source), 2, choose) for choose in (np.minimum, np.maximum))
    low, high = np.where(nothing, np.minimum(low, 0), low), np.where(nothing, np.maximum(high, 0), high)
    sound_around = around(sound.astype(np.uint8), 2, np.minimum) > 0
    middle, reach = (low + high) / 2, (high - low) / 2 * OVERSHOOT
    slack = (0.03 if lossy else 1e-4) * (1 + np.abs(middle))
    wide = [plane.repeat(2, 0).repeat(2, 1) for plane in (middle, reach + slack, sound_around)]
    off = (np.abs(compressed(np.where(np.isfinite(after), after, 0)) - wide[0]) > wide[1]) & wide[2]
    if off.any():
        y, x = np.argwhere(off)[0]
        near = before[max(0, y // 2 - 1) : y // 2 + 2, max(0, x // 2 - 1) : x // 2 + 2].tolist()
        yield f"{np.count_nonzero(off)} values far from their neighbourhood, at ({x}, {y}) {after[y, x]} of {near}"


def compare_image(source: Path, after: list[ExrPart]) -> list[str]:
    """Size and channels as the manifest has them; every value finite, and some light."""
    (entry,) = [
        file
        for file in json.loads((SHARED / "exr" / "MANIFEST.json").read_text())["files"]
        if file["path"] == f"valid/{source.name}"
    ]
    (width, height), wanted = entry["expect"]["size"], sorted(entry["expect"]["channels"])
    (part,) = after
    problems = []
    if sorted(part.channels) != wanted:
        problems.append(f"channels {sorted(part.channels)}, not {wanted}")
    for name, plane in part.channels.items():
        if plane.shape != (2 * height, 2 * width) or not np.isfinite(plane).all() or plane.min() == plane.max():
            problems.append(f"{name} is {plane.shape}, {plane.min()} to {plane.max()}")
    return problems


def without_clashes(files: Iterable[Path]) -> list[list[Path]]:
    """Groups in which no two files would give a result of the same name."""
    groups: list[dict[str, Path]] = []
    for path in files:
        free = next((group for group in groups if path.stem not in group), None)
        if free is None:
            groups.append(free := {})
        free[path.stem] = path
    return [list(group.values()) for group in groups]


def said_of(path: Path, run: Observed) -> str:
    """The lines of a run that name a file, or its last lines."""
    named = [line for line in run.lines if path.name in line]
    return f"exit {run.exit_code}: " + " / ".join(named or run.lines[-2:])


def summarise(rows: list[tuple[str, int, Problems, float, float]]) -> None:
    shown, told = [], []
    for what, count, problems, seconds, gib in rows:
        bad = {name: lines for name, lines in problems.items() if lines}
        shown.append([what, count, count - min(count, len(bad)), f"{seconds:.1f}", f"{gib:.2f}"])
        told += [f"- {what}: {name}: {line}" for name, lines in bad.items() for line in lines[:5]]
    text = table(shown, ["what", "count", "ok", "slowest command, s", "most memory, GiB"])
    reasons = {name: why for name, (why, _) in EXPECTED.items()} | PROVENANCE
    text += "\n\nAttributes that change, and why\n\n"
    text += "\n".join(f"- `{name}`: {why}" for name, why in reasons.items())
    text += "\n\n" + "\n".join(["What does not hold", "", *told] if told else ["Everything holds."])
    report("fidelity", {"rows": shown, "problems": told}, text)
    if told:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
