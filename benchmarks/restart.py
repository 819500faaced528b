"""Does a killed run leave whole frames only, and does the rerun end with the same bytes?

    python benchmarks/restart.py [--kills 20] [--frames 10] [--size 480x270]

A sequence is upscaled once undisturbed. Then, `kills` times over, in a fresh folder: the same command is killed, its
whole process group by SIGKILL, at a random moment between its start and its end; what lies under final names is held
against the undisturbed run, byte for byte; the command is repeated and its folder held against the undisturbed one.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from exr_files import write_exr
from observed import uprez, watch
from shared import report, table


@dataclass
class Kill:
    """What one killed run had come to, and what does not hold."""

    moment: float
    """Seconds after the start."""
    whole: int = 0
    """Frames there, under final names."""
    unfinished: int = 0
    """Files there under temporary names."""
    seconds_again: float = 0.0
    problems: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--frames", type=int, default=10)
    parser.add_argument("--size", default="480x270")
    parser.add_argument("--model", default="bicubic")
    parser.add_argument("--seed", type=int, default=4)
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sequence(folder / "source", asked.frames, width, height)
        undisturbed = watch(command(folder, "undisturbed", asked.model))
        if undisturbed.exit_code:
            raise SystemExit(undisturbed.error)
        wanted = contents(folder / "undisturbed")
        kills = [
            kill_and_repeat(folder, wanted, asked.model, chance.uniform(0, undisturbed.seconds))
            for _ in range(asked.kills)
        ]
    summarise(kills, asked.frames, undisturbed.seconds)


def command(folder: Path, out: str, model: str) -> list[str]:
    return uprez("upscale", folder / "source" / "shot.####.exr", "-o", folder / out, "--model", model)


def kill_and_repeat(folder: Path, wanted: dict[str, bytes], model: str, moment: float) -> Kill:
    """One killed run in an empty folder, and its repetition."""
    kill, out = Kill(moment), folder / "killed"
    shutil.rmtree(out, ignore_errors=True)
    kill_at(command(folder, "killed", model), moment)
    found = contents(out)
    kill.unfinished = sum(name not in wanted for name in found)
    kill.whole = len(found) - kill.unfinished
    kill.problems += [f"{name} has other bytes" for name in wanted.keys() & found.keys() if wanted[name] != found[name]]
    kill.problems += [
        f"{name} is no temporary name" for name in found.keys() - wanted.keys() if not name.endswith(".part")
    ]
    untouched = {name: (out / name).stat().st_mtime_ns for name in wanted.keys() & found.keys()}
    again = watch(command(folder, "killed", model))
    kill.seconds_again = again.seconds
    if again.exit_code:
        kill.problems.append(f"repeated: exit {again.exit_code}: {again.lines[-1:]}")
    end = contents(out)
    kill.problems += [f"repeated: {name} is missing" for name in wanted.keys() - end.keys()]
    kill.problems += [f"repeated: {name} is left over" for name in end.keys() - wanted.keys()]
    kill.problems += [
        f"repeated: {name} has other bytes" for name in wanted.keys() & end.keys() if wanted[name] != end[name]
    ]
    redone = [name for name, changed in untouched.items() if (out / name).stat().st_mtime_ns != changed]
    kill.problems += [f"repeated: {name} was finished and is made again" for name in redone]
    return kill


def kill_at(arguments: list[str], moment: float) -> None:
    """Start a command and, so many seconds later, kill its process group."""
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(moment)
    with contextlib.suppress(ProcessLookupError):  # it may have been faster this time
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by name, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def write_sequence(folder: Path, frames: int, width: int, height: int) -> None:
    """Noise does not compress: writing takes its time, so that kills fall into it."""
    folder.mkdir()
    rng = np.random.default_rng(7)
    for number in range(frames):
        noise = rng.gamma(0.5, 1.0, (height, width, 4))
        channels = {c: np.ascontiguousarray(noise[..., k].astype("f2")) for k, c in enumerate("RGB")}
        channels["depth.Z"] = np.ascontiguousarray(noise[..., 3].astype("f4"))
        write_exr(folder / f"shot.{1001 + number}.exr", channels)


def summarise(kills: list[Kill], frames: int, seconds: float) -> None:
    whole = [kill for kill in kills if not kill.problems]
    text = f"{frames} frames, {seconds:.1f} s undisturbed\n\n"
    text += table(
        [
            [f"{k.moment:.2f} s", k.whole, k.unfinished, f"{k.seconds_again:.1f} s", "yes" if not k.problems else "no"]
            for k in sorted(kills, key=lambda kill: kill.moment)
        ],
        ["killed after", "whole frames", "unfinished files", "repeated in", "same bytes"],
    )
    told = [f"- killed after {kill.moment:.2f} s: {line}" for kill in kills for line in kill.problems]
    text += f"\n\n{len(whole)} of {len(kills)} hold, {sum(k.unfinished > 0 for k in kills)} kills fell into writing"
    text += "\n\n" + "\n".join(["What does not hold", "", *told] if told else ["Everything holds."])
    report("restart", {"kills": [vars(kill) for kill in kills], "seconds": seconds, "frames": frames}, text)
    if told:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
