"""Frames to work on, and processes to find and kill."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import OpenEXR
import psutil

ENVIRONMENT = os.environ | {
    "COLUMNS": "120",
    "NO_COLOR": "1",
    "RAY_AUTH_MODE": "disabled",  # unset, it goes by whether the machine has a token, and not alike for all that join
    "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
}


def write_sequence(folder: Path, numbers: range, *, height: int = 32, width: int = 48) -> Path:
    """`shot.####.exr` of these numbers, RGBA, each other than the rest; returns the pattern."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng(number).uniform(0, 2, (height, width, 4)).astype(np.float16)
        pixels[..., 3] = 1
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        with OpenEXR.File(header, {"RGBA": pixels}) as file:
            file.write(str(folder / f"shot.{number:04d}.exr"))
    return folder / "shot.####.exr"


PROGRAMS = Path(sys.executable).parent
"""Of this environment."""


def run(*arguments: object, program: str = "uprez", **settings: object) -> subprocess.CompletedProcess[str]:
    """A command as a person runs it."""
    command = [str(PROGRAMS / program), *map(str, arguments)]
    options = {"env": ENVIRONMENT, "timeout": 240} | settings
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload, no-any-return]


def contents(folder: Path) -> dict[str, bytes]:
    """Of every visible file, by its name."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def wait_for(what: Callable[[], bool], seconds: float = 120) -> None:
    """Raises AssertionError where it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def processes(*words: str) -> list[psutil.Process]:
    """Those whose command line has all of these words."""
    return [process for process, line in _lines() if set(words) <= set(" ".join(line).split())]


def started_with(text: str) -> list[psutil.Process]:
    """Those whose command line has this text."""
    return [process for process, line in _lines() if text in " ".join(line)]


def _lines() -> Iterator[tuple[psutil.Process, list[str]]]:
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield process, process.cmdline()
