"""Kills `uprez render demo` with SIGKILL while it renders, again and again, and repeats it to the end.

    python benchmarks/render_restart.py --blender PYTHON [--kills 6]

Looks at: that nothing finished is rendered again (files keep their time of writing), that the manifest has each pair
once, that no line is damaged, and that the pixels are those of a run that was never killed.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from shared import report, table

from uprez.dataset.manifest import paths_of, read_manifest
from uprez.dataset.pairs import read_rgba
from uprez.frames import DecodePool


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", required=True, help="blender, or a Python that has bpy")
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--looks", default="toys,credits")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        killed, whole = Path(name) / "killed", Path(name) / "whole"
        command = [sys.executable, "-m", "uprez", "render", "demo", "--looks", asked.looks, "--seeds", "0-2"]
        command += [
            "--window",
            "128",
            "--samples",
            "16",
            "--few-samples",
            "1",
            "--blender",
            asked.blender,
            "--jobs",
            "2",
        ]
        subprocess.run([*command, "-o", whole], check=True, stderr=subprocess.DEVNULL)
        kills, rewritten = _killed_run([*command, "-o", killed], killed, asked.kills)
        rows, damaged = read_manifest(killed).rows, read_manifest(killed).damaged
        same = _same_pixels(killed, whole)
    facts = {
        "kills while rendering": kills,
        "finished files written again": rewritten,
        "pairs": len({(row["shot"], row["frame"]) for row in rows}),
        "lines of the manifest": len(rows),
        "damaged lines": len(damaged),
        "pairs with the pixels of a run that was not killed": same,
    }
    report("render_restart", facts, table(facts.items(), ("", "count")))
    good = not rewritten and not damaged and facts["pairs"] == len(rows) == same
    return 0 if good else 1


def _killed_run(command: list[str | Path], folder: Path, kills: int) -> tuple[int, int]:
    draw = random.Random(1)
    done: dict[Path, int] = {}
    rewritten = struck = 0
    while True:
        run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        if struck < kills:
            time.sleep(draw.uniform(2, 6))
        else:
            run.wait()
        if run.poll() is None:
            os.kill(run.pid, signal.SIGKILL)
            struck += 1
        finished = run.wait() == 0
        now = {path: path.stat().st_mtime_ns for path in folder.rglob("*.exr") if not path.name.startswith(".")}
        now = {path: written for path, written in now.items() if ".rendering" not in path.parts}
        rewritten += sum(now.get(path) != written for path, written in done.items())
        done = now
        if finished:
            return struck, rewritten


def _same_pixels(one: Path, other: Path) -> int:
    ours, theirs = (read_manifest(folder).by_key() for folder in (one, other))
    with DecodePool() as pool:
        return sum(
            all(
                np.array_equal(read_rgba(ours_path, pool), read_rgba(their_path, pool))
                for ours_path, their_path in zip(paths_of(one, row), paths_of(other, theirs[key]), strict=True)
            )
            for key, row in ours.items()
        )


if __name__ == "__main__":
    sys.exit(main())
