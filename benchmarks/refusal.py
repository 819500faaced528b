"""Are bad files, bad disks and bad models refused: by one clear line and exit code, with no output, and in time?

    python benchmarks/refusal.py [--alone 40]

  batch       all bad files of a kind in one command, good frames among them: each bad one is one line that names it and
              leaves nothing, the good ones are done, exit 1. Kinds: exr/reject, 50 truncations of good files at random
              places, 200 single bytes changed at random (half of them in the first kilobyte), odd things under a name
  alone       so many of those, drawn at random, and all of the most hostile ones, a process each: under 20 s and 2 GiB
  places      destinations that can't be written, or that are full
  models      folders of garbage, and asking for what is not there: exit 2, nothing tried

A changed byte may go unnoticed, as may what the manifest calls `either`: then the frame is done and can be read.
"""

import argparse
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from exr_files import read_parts
from fidelity import without_clashes
from observed import GIB, Observed, uprez, watch
from refusal_places import Case, model_cases, place_cases
from shared import SHARED, report, table

VALID, REJECT = SHARED / "exr" / "valid", SHARED / "exr" / "reject"
GOOD = ("gen_px_1x1.exr", "gen_uint_ids.exr", "gen_tiled_random_y.exr")
HOSTILE = ("gen_size_*", "gen_bomb_*", "dmg_memory_DOS*", "gen_window_int_*", "gen_channels_8000*", "gen_attr_6000*")
"""Files that ask for gigabytes, or hold very much of something."""
LIMIT_SECONDS, LIMIT_BYTES = 20.0, 2 * GIB
FLIPS, TRUNCATIONS = 200, 50
LARGEST_FLIPPED = 100_000
"""Bytes of a file that is worth flipping a byte in: larger ones only take longer."""


@dataclass
class Row:
    """A kind of bad input, and what does not hold."""

    what: str
    count: int = 0
    problems: dict[str, list[str]] = field(default_factory=dict)
    refused: int = 0
    seconds: float = 0.0
    """The most that one bad file took."""
    peak: int = 0

    def blame(self, name: str, *lines: str) -> None:
        self.problems.setdefault(name, []).extend(lines)

    def saw(self, run: Observed) -> None:
        """Memory counts for whole commands, and what no command may do."""
        self.peak = max(self.peak, run.peak_bytes)
        name = " ".join(run.lines[-1:])[-120:]
        died = run.hung or run.exit_code < 0 or "Traceback" in run.error
        if died or run.peak_bytes > LIMIT_BYTES or run.survivors:
            told = f"hung {run.hung}, exit {run.exit_code}, {run.peak_bytes / GIB:.2f} GiB"
            self.blame(name, f"{told}, processes left {run.survivors}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alone", type=int, default=40, help="bad files that get a process of their own")
    parser.add_argument("--seed", type=int, default=9)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = {
            "exr/reject": dict.fromkeys(sorted(REJECT.iterdir()), "refuse") | may_work(),
            f"{TRUNCATIONS} truncations": truncations(folder / "truncated", chance),
            f"{FLIPS} changed bytes": flips(folder / "flipped", chance),
            "odd things": odd_things(folder / "odd"),
        }
        rows = [batch(what, files, folder / what.replace("/", " ")) for what, files in kinds.items()]
        everything = {path: must for files in kinds.values() for path, must in files.items()}
        drawn = chance.sample(sorted(everything), min(asked.alone, len(everything)))
        hostile = [path for pattern in HOSTILE for path in sorted(REJECT.glob(pattern))]
        rows.append(alone({path: everything[path] for path in dict.fromkeys(drawn + hostile)}, folder / "alone"))
        rows += [singly("destinations", place_cases), singly("models and usage", model_cases)]
    summarise(rows)


def may_work() -> dict[Path, str]:
    """Files of exr/reject that break the standard, but whose picture can be recovered."""
    files = json.loads((SHARED / "exr" / "MANIFEST.json").read_text())["files"]
    return {SHARED / "exr" / f["path"]: "either" for f in files if f["expect"].get("must") == "either"}


def processed() -> list[Path]:
    """Good files, those that may be declined left out."""
    files = json.loads((SHARED / "exr" / "MANIFEST.json").read_text())["files"]
    paths = [SHARED / "exr" / f["path"] for f in files if f["expect"].get("handling", "").startswith("processed")]
    return [path for path in paths if path.stat().st_size < LARGEST_FLIPPED]


def truncations(folder: Path, chance: random.Random) -> dict[Path, str]:
    """Good files cut short anywhere."""
    folder.mkdir()
    made = {}
    for number in range(TRUNCATIONS):
        source = chance.choice(processed())
        path = folder / f"cut_{number:03d}_{source.name}"
        path.write_bytes(source.read_bytes()[: chance.randrange(source.stat().st_size)])
        made[path] = "refuse"
    return made


def flips(folder: Path, chance: random.Random) -> dict[Path, str]:
    """Good files with one byte changed: in every second one anywhere, in the others within the first kilobyte."""
    folder.mkdir()
    made = {}
    for number in range(FLIPS):
        source = chance.choice(processed())
        content = bytearray(source.read_bytes())
        place = chance.randrange(len(content) if number % 2 else min(len(content), 1024))
        content[place] ^= chance.randrange(1, 256)
        path = folder / f"flip_{number:03d}_{source.name}"
        path.write_bytes(content)
        made[path] = "either"
    return made


def odd_things(folder: Path) -> dict[Path, str]:
    """What else may lie under the name of a frame."""
    folder.mkdir()
    (folder / "zero_bytes.exr").touch()
    (folder / "folder.0001.exr").mkdir()
    (folder / "folder.0001.exr" / "keeps.exr").symlink_to(VALID / GOOD[0])
    (folder / "dangling.exr").symlink_to(folder / "nowhere.exr")
    (folder / "loop.exr").symlink_to(folder / "loop.exr")
    os.mkfifo(folder / "fifo.exr")
    (folder / "unreadable.exr").symlink_to("/proc/self/mem")  # root reads any file, but not this one
    (folder / "device.exr").symlink_to("/dev/zero")
    (folder / "text.exr").write_text("This is no picture.\n" * 20)
    shutil.copy(REJECT / "gen_text.exr", folder / "text.png")
    made = {path: "refuse" for path in folder.iterdir() if not path.name.startswith("folder")}
    for name in ("exr_named.png", "exr_named.txt", "exr_without_ending"):
        shutil.copy(VALID / GOOD[1], folder / name)
        made[folder / name] = "either"
    return made


def batch(what: str, files: dict[Path, str], out: Path) -> Row:
    """All files in as few commands as their names allow, good frames first, in the middle and last."""
    row = Row(what, len(files))
    good = [VALID / name for name in GOOD]
    for number, group in enumerate(without_clashes(files)):
        middle = len(group) // 2
        sources = [good[0], *group[:middle], good[1], *group[middle:], good[2]]
        folder = out / str(number)
        command = uprez("upscale", *sources, "-o", folder, "--model", "bicubic", "--json")
        run = watch(command, limit_seconds=LIMIT_SECONDS * len(sources))
        row.saw(run)
        try:
            frames = {frame["source"]: frame for frame in json.loads(run.out)["frames"]}
        except ValueError:
            row.blame(f"command {number}", f"exit {run.exit_code}: {' / '.join(run.lines[-3:])}"[-1000:])
            continue
        for path in sources:
            check_frame(row, path, "work" if path in good else files[path], frames.get(str(path)), run, folder)
        failed = any(frame["status"] == "failed" for frame in frames.values())
        if run.exit_code != int(failed):
            row.blame(f"command {number}", f"exit {run.exit_code}")
        check_noise(row, run)
        left = {path.name for path in folder.rglob("*") if path.is_file()}
        left -= {Path(frame["result"]).name for frame in frames.values() if frame["status"] == "done"}
        if left:
            row.blame(f"command {number}", f"left {sorted(left)}")
    return row


def check_frame(row: Row, path: Path, must: str, frame: dict | None, run: Observed, folder: Path) -> None:
    """One file of a batch."""
    if frame is None:
        row.blame(path.name, "the summary does not mention it")
        return
    if must != "work":
        row.seconds = max(row.seconds, frame["seconds"])
        row.refused += frame["status"] == "failed"
        if frame["seconds"] > LIMIT_SECONDS:
            row.blame(path.name, f"took {frame['seconds']} s")
    if frame["status"] == "done":
        if must == "refuse":
            row.blame(path.name, "was not refused")
        check_readable(row, path, Path(frame["result"]))
        return
    if must == "work":
        row.blame(path.name, f"good, but {frame['status']}: {frame['reason']}")
    lines = [line for line in run.lines if line.startswith("error: ") and f"{path}:" in line]
    if len(lines) != 1:
        row.blame(path.name, f"{len(lines)} lines name it: {lines}")
    if Path(frame["result"]).exists():
        row.blame(path.name, "left a result")


def check_readable(row: Row, path: Path, result: Path) -> None:
    """An attribute that the OpenEXR module can't show in the source, it can't show in the result either."""
    if (error := trouble(result)) and (not trouble(path) or path.suffix != ".exr"):
        row.blame(path.name, f"its result can't be read: {error}")


def trouble(path: Path) -> Exception | None:
    """What keeps the OpenEXR module from reading a file."""
    try:
        read_parts(path)
    except Exception as error:
        return error
    return None


def check_noise(row: Row, run: Observed) -> None:
    """Every line on stderr is of the command itself, none from a library."""
    for line in run.lines:
        known = line.startswith(("error: ", "warning: ")) or line[0].isdigit()
        if not known:
            row.blame("stderr", line[:200])


def alone(files: dict[Path, str], folder: Path) -> Row:
    """A process for each."""
    row = Row("of these alone", len(files))
    for number, (path, must) in enumerate(files.items()):
        out = folder / str(number)
        run = watch(uprez("upscale", path, "-o", out, "--model", "bicubic"), limit_seconds=2 * LIMIT_SECONDS)
        row.saw(run)
        row.seconds = max(row.seconds, run.seconds)
        row.refused += run.exit_code in (1, 2)
        left = [file for file in out.rglob("*") if file.is_file()]
        if run.exit_code == 0 and must == "either" and len(left) == 1:
            check_readable(row, path, left[0])
        else:
            check_refusal(row, path.name, run, left, names=path.name)
    return row


def check_refusal(
    row: Row, name: str, run: Observed, left: list[Path], *, names: str, codes: tuple[int, ...] = (1, 2)
) -> None:
    """Exit code, one error line (and the summary's, where frames were tried), time, and nothing left behind."""
    errors = [line for line in run.lines if line.startswith("error: ")]
    if run.exit_code not in codes:
        row.blame(name, f"exit {run.exit_code}")
    if len(errors) != 1 or names not in errors[0] or len(run.lines) > 2:
        row.blame(name, f"said {run.lines}"[:600])
    if run.seconds > LIMIT_SECONDS:
        row.blame(name, f"took {run.seconds:.0f} s")
    if left:
        row.blame(name, f"left {left}")


def singly(what: str, cases: Callable[[Path], AbstractContextManager[list[Case]]]) -> Row:
    """Commands that can't succeed, each under its own circumstances."""
    row = Row(what)
    with tempfile.TemporaryDirectory() as name, cases(Path(name)) as made:
        for case in made:
            run = watch(uprez("upscale", *case.arguments), limit_seconds=2 * LIMIT_SECONDS, prepare=case.prepare)
            row.count += 1
            row.saw(run)
            row.seconds = max(row.seconds, run.seconds)
            row.refused += run.exit_code in (1, 2)
            left = case.left()
            if run.exit_code or 0 not in case.codes:
                check_refusal(row, case.name, run, left, names=case.names, codes=case.codes)
            for path in left:
                path.unlink()
    return row


def summarise(rows: list[Row]) -> None:
    shown = [
        [r.what, r.count, r.refused, max(0, r.count - len(r.problems)), f"{r.seconds:.1f}", f"{r.peak / GIB:.2f}"]
        for r in rows
    ]
    told = [f"- {r.what}: {name}: {line}" for r in rows for name, lines in r.problems.items() for line in lines[:4]]
    text = table(shown, ["what", "count", "refused", "ok", "slowest, s", "most memory, GiB"])
    text += "\n\n" + "\n".join(["What does not hold", "", *told] if told else ["Everything holds."])
    report("refusal", {"rows": shown, "problems": told}, text)
    if told:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
