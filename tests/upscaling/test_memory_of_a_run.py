"""What a run takes of the machine."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.upscaling.layered import picture, write_frame


def peak_of(command: list[str]) -> int:
    """Most bytes that a command and all its processes held at once (proportional set size: shared pages count once)."""
    process = subprocess.Popen(command)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_held(pid) for pid in _family(process.pid)))
        time.sleep(0.02)
    assert process.returncode == 0
    return peak


def _family(pid: int) -> set[int]:
    family = {pid}
    try:
        children = " ".join((thread / "children").read_text() for thread in Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return family
    return family.union(*(_family(int(child)) for child in children.split()))


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's account of memory")
def test_a_2k_frame_goes_through_within_the_memory_it_is_given(tmp_path: Path) -> None:
    """2048 x 1080 RGBA half, all processes together; by a classical method, so that the test does not take a minute."""
    tile = np.concatenate([picture(270, 512), np.ones((270, 512, 1))], axis=2).astype(np.float16)
    planes = dict(zip("RGBA", np.moveaxis(np.tile(tile, (4, 4, 1)), 2, 0), strict=True))
    source = write_frame(tmp_path / "frame.exr", planes)
    command = [sys.executable, "-m", "uprez", "upscale", str(source), "-o", str(tmp_path / "out"), "-q"]
    assert peak_of([*command, "--model", "bicubic", "--memory", "600M"]) < 600 << 20
