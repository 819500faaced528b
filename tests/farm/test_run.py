"""Frames over a Ray cluster of four `ray start` on this machine, that is killed in many ways."""

import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest

from tests.farm.jobs import ENVIRONMENT, PROGRAMS, contents, run, started_with, wait_for, write_sequence
from uprez.errors import UsageError
from uprez.upscaling.job import UpscaleJob

pytest.importorskip("ray")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are found by the titles that Ray gives them")


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a head without processors, which three machines of one processor each have joined."""
    address = f"127.0.0.1:{_free_port()}"
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:  # a socket's path must be short
        head = ["--head", f"--port={address.split(':')[1]}", "--num-cpus=0", "--include-dashboard=false"]
        try:
            for start in [[*head, f"--temp-dir={folder}"], *(3 * [[f"--address={address}", "--num-cpus=1"]])]:
                options = ["--disable-usage-stats", "--node-ip-address=127.0.0.1", *start]
                patient = ENVIRONMENT | {"RAY_raylet_start_wait_time_s": "300"}
                node = run("start", *options, program="ray", env=patient, timeout=400)
                assert node.returncode == 0, node.stderr
            yield address
        finally:
            for process in [*started_with(address), *started_with(folder)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()


def _free_port() -> int:
    """Below those that the system gives to whoever asks for any, as Ray's own processes do."""
    while True:
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port := random.randint(20000, 30000)))
            return port


def workers() -> list[psutil.Process]:
    return started_with("ray::UpscaleWorker")


def upscale(cluster: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run("farm", "run", "--address", cluster, "upscale", *arguments, "--threads", 1, "--memory", "600M")


def test_workers_make_the_same_bytes_though_two_are_killed(cluster: str, tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 25), height=96, width=128)
    farm, plain = tmp_path / "farm", tmp_path / "plain"

    def kill_two() -> None:
        for done in (4, 10):
            wait_for(lambda done=done: farm.exists() and len(contents(farm)) >= done)  # type: ignore[misc]
            workers()[0].kill()

    killer = Thread(target=kill_two)
    killer.start()
    ended = upscale(cluster, shot, "-o", farm, "--json")
    killer.join()
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert (summary["done"], summary["skipped"], summary["failed"]) == (24, 0, 0)
    assert [frame["frame"] for frame in summary["frames"]] == list(range(1, 25))
    assert run("upscale", shot, "-o", plain, "--threads", 1).returncode == 0
    assert contents(farm) == contents(plain)
    assert not [path.name for path in farm.iterdir() if path.name.startswith(".")]


def long_sequence(folder: Path) -> Path:
    """Twelve frames, the last six large, so that a run is still at work when its first results are seen."""
    write_sequence(folder, range(1, 7), height=96, width=128)
    return write_sequence(folder, range(7, 13), height=360, width=480)


def test_a_repeated_run_does_only_what_a_killed_one_left(cluster: str, tmp_path: Path) -> None:
    shot = long_sequence(tmp_path / "lr")
    farm = tmp_path / "farm"
    words = ["farm", "run", "--address", cluster, "upscale", shot, "-o", farm, "--threads", "1", "--memory", "600M"]
    with subprocess.Popen([PROGRAMS / "uprez", *words], env=ENVIRONMENT, stderr=subprocess.DEVNULL) as driver:
        wait_for(lambda: farm.exists() and len(contents(farm)) >= 3)
        driver.kill()
    wait_for(lambda: not workers())  # they end with their driver
    left = contents(farm)
    assert 3 <= len(left) < 12
    ended = upscale(cluster, shot, "-o", farm, "--json")
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert (summary["done"], summary["skipped"]) == (12 - len(left), len(left))
    assert contents(farm).items() >= left.items()


def test_a_run_that_is_told_to_stop_leaves_whole_frames_only(cluster: str, tmp_path: Path) -> None:
    shot = long_sequence(tmp_path / "lr")
    farm = tmp_path / "farm"
    words = ["farm", "run", "--address", cluster, "upscale", shot, "-o", farm, "--threads", "1", "--memory", "600M"]
    with subprocess.Popen([PROGRAMS / "uprez", *words], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as driver:
        wait_for(lambda: farm.exists() and len(contents(farm)) >= 2)
        driver.send_signal(signal.SIGTERM)
        told = driver.communicate(timeout=60)[1]
    assert driver.returncode == 130
    assert "Traceback" not in told
    assert run("upscale", shot, "-o", farm, "--threads", 1).returncode == 0
    assert len(contents(farm)) == 12


def test_a_frame_that_can_not_be_read_is_named_and_holds_nothing_up(cluster: str, tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 7))
    (tmp_path / "lr/shot.0003.exr").write_bytes(b"\x76\x2f\x31\x01 cut short")
    ended = upscale(cluster, shot, "-o", tmp_path / "farm")
    assert ended.returncode == 1
    assert [line for line in ended.stderr.splitlines() if line.startswith("error: ") and "shot.0003.exr" in line]
    assert len(contents(tmp_path / "farm")) == 5


def test_a_frame_that_kills_its_workers_is_given_up_and_named(cluster: str, tmp_path: Path) -> None:
    write_sequence(tmp_path / "lr", range(1, 7))
    shot = write_sequence(tmp_path / "lr", range(4, 5), height=360, width=480)  # so that it is caught at work
    farm, over = tmp_path / "farm", Event()

    def kill_who_writes_it() -> None:
        part = farm / ".shot.0004.exr.part"
        while not over.wait(0.005):
            for worker in workers():
                with suppress(OSError, psutil.Error):
                    if any(Path(f"/proc/{worker.pid}/fd/{fd}").readlink() == part for fd in range(worker.num_fds())):
                        worker.kill()

    killer = Thread(target=kill_who_writes_it)
    killer.start()
    try:
        ended = upscale(cluster, shot, "-o", farm)
    finally:
        over.set()
        killer.join()
    assert ended.returncode == 1
    assert "shot.0004.exr: 3 workers died of it" in ended.stderr
    assert len(contents(farm)) == 5


def test_workers_that_never_get_to_work_are_given_up(cluster: str, tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 4))
    over = Event()

    def kill_all() -> None:
        while not over.wait(0.005):
            for worker in workers():
                with suppress(psutil.Error):
                    worker.kill()

    killer = Thread(target=kill_all)
    killer.start()
    try:
        ended = upscale(cluster, shot, "-o", tmp_path / "farm")
    finally:
        over.set()
        killer.join()
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("error: no worker starts on the cluster: ")
    assert "Traceback" not in ended.stderr


def test_another_version_on_a_machine_is_refused() -> None:
    from uprez.farm.worker import UpscaleWorker

    with pytest.raises(UsageError, match=r"has uprez .*, this machine 0\.0\.0"):
        UpscaleWorker(UpscaleJob(sources=("a.exr",), output="out")).greet("0.0.0")


def test_a_model_that_is_not_there_is_told_in_a_line(cluster: str, tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    ended = upscale(cluster, shot, "-o", tmp_path / "farm", "--model", "nonsense")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_cluster_too_small_is_told_in_a_line(cluster: str, tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    ended = run("farm", "run", "--address", cluster, "upscale", shot, "-o", tmp_path / "farm", "--threads", 64)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: no machine of the cluster has 64 processors")
    assert len(ended.stderr.splitlines()) == 1


def test_a_cluster_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    shot = write_sequence(tmp_path / "lr", range(1, 3))
    ended = run("farm", "run", "--address", "127.0.0.1:9", "upscale", shot, "-o", tmp_path / "farm")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: 127.0.0.1:9: no Ray cluster answers there")
    assert len(ended.stderr.splitlines()) == 1
