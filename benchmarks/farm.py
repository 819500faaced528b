"""Frames on one core; by a Ray cluster of three machines on two cores, of whose workers two are killed on the way, and
by what is left of a run whose driver is killed; and by openjd in chunks of 7, of which one is killed once.

    python benchmarks/farm.py [--frames 60] [--height 480]

All of them make the same bytes. Wants two cores with nothing else running, the extra `farm`, and openjd-cli.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import numpy as np
import OpenEXR
import psutil
from shared import report, table

PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"RAY_AUTH_MODE": "disabled", "PATH": os.pathsep.join((str(PROGRAMS), os.environ["PATH"]))}
PORT = 6399
CORES = sorted(os.sched_getaffinity(0))[:2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--height", type=int, default=480)
    options = parser.parse_args()
    os.sched_setaffinity(0, CORES)
    with tempfile.TemporaryDirectory(prefix="farm", dir="/tmp") as folder:  # Ray's sockets want a short path
        figures = measure(Path(folder), options.frames, options.height)
    report("farm", figures, told(figures))


def measure(work: Path, frames: int, height: int) -> dict[str, object]:
    shot = write_frames(work / "lr", frames, height)
    single = timed([f"{PROGRAMS}/uprez", "upscale", shot, "-o", work / "single", "--threads", "1"], CORES[:1])
    with cluster(work / "ray"):
        run = [f"{PROGRAMS}/uprez", "farm", "run", "--address", f"127.0.0.1:{PORT}", "upscale", shot, "--threads", "1"]
        run += ["--memory", "1G", "--json"]
        undisturbed = timed([*run, "-o", work / "ray0"])
        with beside(lambda: kill_workers(work / "ray1", frames)):
            killed = timed([*run, "-o", work / "ray1"])
        with beside(lambda: kill_driver(work / "ray2", frames)):
            timed([*run, "-o", work / "ray2"], check=False)
        left = frames - len(contents(work / "ray2"))
        again = timed([*run, "-o", work / "ray2"])
    bundle = [f"{PROGRAMS}/uprez", "farm", "bundle", "--to", work / "job", "--chunk", "7", "upscale", shot]
    timed([*bundle, "-o", work / "job-out", "--threads", "2"])
    values = f"file://{work / 'job/parameters.json'}"
    with beside(lambda: kill_chunk(work / "job-out", frames // 2)):
        openjd = timed([f"{PROGRAMS}/openjd", "run", work / "job/template.json", "--step", "Upscale", "-p", values])
    wanted = contents(work / "single")
    return {
        "frames": frames,
        "size": f"{height * 16 // 9}x{height}",
        "speed-up, two cores over one": single.seconds / undisturbed.seconds,
        "the same while two workers are killed": single.seconds / killed.seconds,
        "frames done": killed.summary()["done"],
        "frames left by a killed driver": left,
        "done by the run after it": again.summary()["done"],
        "openjd: attempts after a kill": openjd.output.count("openjd_status: attempt"),
        "same bytes": {name: contents(work / name) == wanted for name in ("ray0", "ray1", "ray2", "job-out")},
    }


class Timed:
    def __init__(self, seconds: float, output: str) -> None:
        self.seconds, self.output = seconds, output

    def summary(self) -> dict[str, int]:
        return json.loads(self.output.splitlines()[-1])


def timed(command: list[str | Path], cores: list[int] = CORES, *, check: bool = True) -> Timed:
    started = time.monotonic()
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    if check and done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Timed(time.monotonic() - started, done.stdout)


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """A head without processors and three machines of one processor, all on this one."""
    head = ["--head", f"--port={PORT}", "--num-cpus=0", "--include-dashboard=false", f"--temp-dir={folder}"]
    try:
        for start in [head, *(3 * [[f"--address=127.0.0.1:{PORT}", "--num-cpus=1"]])]:
            timed([f"{PROGRAMS}/ray", "start", "--disable-usage-stats", "--node-ip-address=127.0.0.1", *start])
        yield
    finally:
        for process in [*found(f"127.0.0.1:{PORT}"), *found(str(folder))]:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def kill_workers(results: Path, frames: int) -> None:
    for done in (frames // 4, frames // 2):
        wait_for(lambda done=done: len(contents(results, read=False)) >= done)
        found("ray::UpscaleWorker")[0].kill()


def kill_driver(results: Path, frames: int) -> None:
    wait_for(lambda: len(contents(results, read=False)) >= frames // 2)
    for process in found("--json"):
        if "farm" in process.cmdline():
            process.send_signal(signal.SIGKILL)


def kill_chunk(results: Path, number: int) -> None:
    wait_for(lambda: (results / f"shot.{number:04d}.exr").exists())
    for process in found("--frames"):
        if "task" not in process.cmdline() and "upscale" in process.cmdline():
            process.kill()


@contextmanager
def beside(work: Callable[[], None]) -> Iterator[None]:
    thread = Thread(target=work)
    thread.start()
    yield
    thread.join()


def wait_for(what: Callable[[], bool]) -> None:
    while not what():
        time.sleep(0.05)


def found(text: str) -> list[psutil.Process]:
    """Processes whose command line has this text."""
    processes = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if text in " ".join(process.cmdline()):
                processes.append(process)
    return processes


def contents(folder: Path, *, read: bool = True) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {path.name: path.read_bytes() if read else b"" for path in folder.iterdir() if not path.name.startswith(".")}


def write_frames(folder: Path, frames: int, height: int) -> Path:
    folder.mkdir()
    y, x = np.mgrid[:height, : height * 16 // 9] / height
    for number in range(1, frames + 1):
        rng = np.random.default_rng(number)
        waves = [np.sin(rng.uniform(9, 90) * x + rng.uniform(9, 90) * y) for _ in "RGB"]
        pixels = np.stack([*(0.6 + 0.5 * wave for wave in waves), np.ones_like(x)], -1).astype(np.float16)
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        with OpenEXR.File(header, {"RGBA": pixels}) as file:
            file.write(str(folder / f"shot.{number:04d}.exr"))
    return folder / "shot.####.exr"


def told(figures: dict[str, object]) -> str:
    rows = [(name, value) for name, value in figures.items() if not isinstance(value, dict)]
    same = figures["same bytes"]
    assert isinstance(same, dict)
    rows += [(f"same bytes as one core: {name}", "yes" if is_same else "NO") for name, is_same in same.items()]
    return table(rows, ("", "measured"))


if __name__ == "__main__":
    main()
