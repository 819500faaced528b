"""One process or many, on CPUs or GPUs: what Lightning Fabric is asked for."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies.launchers.subprocess_script import _ChildProcessObserver

from uprez.errors import ModelError, TrainingError, UsageError
from uprez.runtimes.device import choose_device
from uprez.runtimes.openvino import reduced_precisions

_GRACE = 60.0
"""Seconds in which a process may find out by itself that another one has died."""


def open_fabric(device: str, processes: int, *, parts_rest: bool = False) -> Fabric:
    """Fabric for a device ("auto", "cpu", "cuda" or "mps") and so many processes of this machine, one a GPU.

    parts_rest: whether a step may leave parts of the network out.

    Under torchrun the numbers of processes and machines are torchrun's. Raises UsageError for an unknown device, and
    where the machine has no such devices.
    """
    try:
        chosen = choose_device(device)
    except ModelError as error:
        raise UsageError(str(error)) from None
    machines = 1
    if "TORCHELASTIC_RUN_ID" in os.environ:
        processes = int(os.environ["LOCAL_WORLD_SIZE"])
        machines = int(os.environ["WORLD_SIZE"]) // processes
    if chosen == "cuda" and processes > torch.cuda.device_count():
        raise UsageError(f"{processes} processes need as many GPUs; torch finds {torch.cuda.device_count()}")
    if chosen == "mps" and processes > 1:
        raise UsageError("an Apple GPU takes one process; leave --processes out")
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it greets at length
    shared = "ddp_find_unused_parameters_true" if parts_rest else "ddp"
    return Fabric(
        accelerator=chosen,
        devices=processes,
        num_nodes=machines,
        strategy=shared if processes * machines > 1 else "auto",
        precision="bf16-mixed" if _mixed_precision(chosen) else "32-true",
    )


def launch(fabric: Fabric) -> None:
    """Begin the other processes of this machine, where Fabric is to."""
    fabric.launch()
    for thread in threading.enumerate():
        if isinstance(thread, _ChildProcessObserver):
            thread._run = partial(_observe, thread._child_processes)  # type: ignore[method-assign]


def _observe(children: Sequence[subprocess.Popen[bytes]]) -> bool:
    """Instead of Lightning's own, which kills this process without a word as soon as another one has died: it is given
    the time to say so itself, as it does unless it waits for a GPU. Whether there is nothing more to observe.
    """
    codes = [child.poll() for child in children]
    if any(codes):
        time.sleep(_GRACE)
        sys.stderr.write("error: another process of the run has ended; the last checkpoint stands\n")
        os._exit(1)
    return all(code == 0 for code in codes)


@contextmanager
def in_a_line(run: Path) -> Iterator[None]:
    """Turns what a disk or a full memory does, and what a process meets when another one of the run has died, into one
    TrainingError.
    """
    goes_on = "the last checkpoint stands, and the same command goes on"
    try:
        yield
    except OSError as error:
        raise TrainingError(f"{error.filename or run}: {error.strerror or error}; {goes_on}") from None
    except torch.OutOfMemoryError:
        told = "the GPU's memory is full; raise accumulate in the recipe, or make minibatch or patch smaller"
        raise TrainingError(f"{run}: {told}; the last checkpoint stands") from None
    except RuntimeError as error:  # gloo and torch's loader raise nothing finer
        told = str(error)
        if "DataLoader worker" in told and "exited unexpectedly" in told:
            raise TrainingError(f"{run}: a process that makes patches was killed, for memory?; {goes_on}") from None
        if not isinstance(error, torch.distributed.DistError) and not any(word in told for word in ("gloo", "NCCL")):
            raise
        raise TrainingError(f"{run}: another process of the run has ended; {goes_on}") from None


@cache
def _mixed_precision(device: str) -> bool:
    """Whether the device multiplies bfloat16 faster than float32: CUDA does, and some CPUs do."""
    return device == "cuda" or (device == "cpu" and "bf16" in reduced_precisions())
