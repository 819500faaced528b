"""A Ray cluster: reaching it, and what part of it a job gets."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from uprez.errors import UsageError
from uprez.upscaling.job import UpscaleJob

USUAL_CPUS = 4
"""Those of a worker when nobody says: more threads gain less each, fewer hold more models in memory."""
_CONNECT_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster, and how much of it to use."""

    address: str = "auto"
    """Of its head, HOST:PORT; auto for the one that this machine is part of."""
    workers: int | None = None
    """None for as many as its processors, its memory and, where they are asked for, its GPUs allow."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a job gets of a cluster: so many workers, each with these."""

    workers: int
    cpus: int
    gpus: int
    memory_bytes: int


@contextmanager
def connected(address: str) -> Iterator[None]:
    """The driver's connection to a cluster that runs already. Raises UsageError where it can't be reached."""
    if address == "local":  # to Ray a cluster of this process alone
        raise UsageError("--address local: name a cluster's HOST:PORT, or auto; without one, leave out farm run")
    host, _, port = address.rpartition(":")
    if port.isdecimal() and "://" not in address:  # Ray itself would try for long, and tell of each try
        try:
            socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            told = getattr(error, "strerror", None) or error
            raise UsageError(f"{address}: no Ray cluster answers there: {told}; is its head running?") from None
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or it warns of a change to come
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except (RayError, ConnectionError, ValueError, RuntimeError, AssertionError) as error:
        told = str(error).partition("\n")[0].rstrip(".")
        raise UsageError(f"{address}: no Ray cluster can be joined there: {told}") from None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, on_term)  # Ray's own handler would end this process at once
    # Ray prints of workers that die, on stdout, where a command's summary goes; the driver tells of them itself.
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        try:
            yield
        finally:
            ray.shutdown()


def share_of(cluster: Cluster, job: UpscaleJob) -> Share:
    """How many workers of which size the connected cluster holds for a job. Raises UsageError where it holds none."""
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    machines = [node["Resources"] for node in nodes if node["Alive"]]
    most = max((int(machine.get("CPU", 0)) for machine in machines), default=0)
    gpus = int(job.device == "cuda")
    cpus = job.threads or max(1, min(USUAL_CPUS, most))
    fitting = sum(_fitting(machine, {"CPU": cpus, "GPU": gpus, "memory": job.memory_bytes}) for machine in machines)
    if not fitting:
        raise UsageError(
            f"no machine of the cluster has {cpus} processor{'s' * (cpus != 1)}{' and a GPU' * gpus} and "
            f"{job.memory_bytes / 2**30:.1f} GiB for a worker; give fewer --threads or less --memory"
        )
    return Share(workers=min(fitting, cluster.workers or fitting), cpus=cpus, gpus=gpus, memory_bytes=job.memory_bytes)


def _fitting(machine: Mapping[str, Any], worker: Mapping[str, float]) -> int:
    shares: Iterable[int] = (int(machine.get(name, 0) // size) for name, size in worker.items() if size)
    return min(shares)
