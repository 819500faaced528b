"""DecodePool: what happens to the decode worker happens to one frame only."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tests.frames.exr_samples import part, read_frame, same, write_frame
from uprez.errors import FrameError
from uprez.frames import Channel, DecodePool, Tiling, open_frame


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    write_frame(tmp_path / "frame.exr", part())
    return tmp_path / "frame.exr"


def _run_script(script: str, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _strike(pool: DecodePool, deadly: signal.Signals) -> threading.Timer:
    """Hold the worker, so that the next frame waits for it, and kill it half a second later."""
    worker = pool.worker_pid
    assert worker is not None
    os.kill(worker, signal.SIGSTOP)

    def strike() -> None:
        os.kill(worker, deadly)
        os.kill(worker, signal.SIGCONT)

    timer = threading.Timer(0.5, strike)
    timer.start()
    return timer


@pytest.mark.parametrize("deadly", [signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT, signal.SIGKILL])
def test_a_worker_that_dies_costs_one_frame(deadly: signal.Signals, frame: Path) -> None:
    """The error names the file and how the worker died; the next read works as if nothing had happened."""
    with DecodePool() as pool:
        before = read_frame(frame, pool)
        timer = _strike(pool, deadly)
        with pytest.raises(FrameError, match=rf"frame\.exr.*{deadly.name}"):
            read_frame(frame, pool)
        timer.join()
        assert same(read_frame(frame, pool)[0], before[0])


def test_a_worker_that_died_between_frames_costs_none(frame: Path) -> None:
    with DecodePool() as pool:
        read_frame(frame, pool)
        assert pool.worker_pid is not None
        os.kill(pool.worker_pid, signal.SIGKILL)
        time.sleep(0.2)
        read_frame(frame, pool)


def test_a_worker_that_hangs_is_killed_in_time(frame: Path) -> None:
    with DecodePool(timeout_seconds=2) as pool:
        read_frame(frame, pool)
        assert pool.worker_pid is not None
        os.kill(pool.worker_pid, signal.SIGSTOP)
        start = time.monotonic()
        with pytest.raises(FrameError, match=r"frame\.exr.*2 seconds"):
            read_frame(frame, pool)
        assert time.monotonic() - start < 5
        read_frame(frame, pool)


def test_who_waits_for_a_worker_that_is_aborted_is_told_at_once(frame: Path) -> None:
    """What Ctrl-C does while a frame is being decoded."""
    with DecodePool(timeout_seconds=60) as pool:
        read_frame(frame, pool)
        assert pool.worker_pid is not None
        os.kill(pool.worker_pid, signal.SIGSTOP)
        threading.Timer(0.3, pool.abort).start()
        start = time.monotonic()
        with pytest.raises(FrameError, match=r"frame\.exr.*SIGKILL"):
            read_frame(frame, pool)
        assert time.monotonic() - start < 30


def test_what_lies_in_the_current_folder_is_no_module(
    frame: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "struct.py").write_text("raise SystemExit('not the library')")
    monkeypatch.chdir(tmp_path)
    with DecodePool() as pool:
        read_frame(frame, pool)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the limit on address space")
def test_a_frame_that_needs_more_memory_than_allowed_is_refused(frame: Path, tmp_path: Path) -> None:
    """One tile of 256 MB, a few hundred kB in the file."""
    huge = part(8192, 8192, channels=(Channel("Z", "float"),), compression="zips", tiling=Tiling(8192, 8192))
    write_frame(tmp_path / "huge.exr", huge, planes=[{"Z": np.zeros((8192, 8192), np.float32)}])
    with DecodePool(memory_bytes=400 << 20) as pool:
        with (
            open_frame(tmp_path / "huge.exr", pool=pool) as reader,
            pytest.raises(FrameError, match=r"huge\.exr") as refusal,
        ):
            reader.read(0, 0, 16)
        assert "\n" not in str(refusal.value)
        read_frame(frame, pool)


def test_threads_take_turns(frame: Path) -> None:
    results: list[bool] = []
    with DecodePool() as pool:
        expected = read_frame(frame, pool)[0]
        threads = [
            threading.Thread(target=lambda: results.append(same(read_frame(frame, pool)[0], expected)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [True] * 8


def test_the_worker_is_reused_and_gone_when_the_pool_is_closed(frame: Path) -> None:
    with DecodePool() as pool:
        pool.start()
        worker = pool.worker_pid
        assert worker is not None
        for _ in range(3):
            read_frame(frame, pool)
        assert pool.worker_pid == worker
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_a_killed_parent_leaves_no_worker_behind(frame: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from uprez.frames import DecodePool, open_frame
pool = DecodePool()
with open_frame(Path(sys.argv[1]), pool=pool) as reader:
    reader.read(0, 0, 10)
print(pool.worker_pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    done = subprocess.run([sys.executable, "-c", script, str(frame)], env=environment, capture_output=True, check=False)
    worker = int(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    status = Path(f"/proc/{worker}/status")
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_a_script_needs_no_main_guard(frame: Path, tmp_path: Path) -> None:
    """Reading a frame at the top of a script does not run the script again in the worker."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom uprez.frames import DecodePool, open_frame\n"
        "with DecodePool() as pool, open_frame(Path(sys.argv[1]), pool=pool) as reader:\n"
        "    print(reader.read(0, 0, 10)['R'].shape)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    done = subprocess.run(
        [sys.executable, str(script), str(frame)], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "(10, 37)\n"


def test_importing_the_room_loads_no_image_library() -> None:
    """Commands that open no frame must not wait for libraries."""
    loaded = _run_script(
        "import sys, uprez.frames\n"
        "print([name for name in ('OpenEXR', 'OpenImageIO', 'PyOpenColorIO', 'fileseq') if name in sys.modules])"
    )
    assert loaded == "[]\n"
