"""One process or many, on CPUs or GPUs: what Lightning Fabric is asked for."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch
from lightning_fabric import Fabric

from uprez.errors import TrainingError, UsageError
from uprez.runtimes.openvino import reduced_precisions


def open_fabric(device: str, processes: int) -> Fabric:
    """Fabric for a device ("auto", "cpu", "cuda" or "mps") and so many processes of this machine, one a GPU.

    Under torchrun the numbers of processes and machines are torchrun's. Raises UsageError where the machine has no such
    devices.
    """
    chosen = _device(device)
    machines = 1
    if "TORCHELASTIC_RUN_ID" in os.environ:
        processes = int(os.environ["LOCAL_WORLD_SIZE"])
        machines = int(os.environ["WORLD_SIZE"]) // processes
    if chosen == "cuda" and processes > torch.cuda.device_count():
        raise UsageError(f"{processes} processes need as many GPUs; torch finds {torch.cuda.device_count()}")
    if chosen == "mps" and processes > 1:
        raise UsageError("an Apple GPU takes one process; leave --processes out")
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it greets at length
    return Fabric(
        accelerator=chosen,
        devices=processes,
        num_nodes=machines,
        strategy="ddp" if processes * machines > 1 else "auto",
        precision="bf16-mixed" if _mixed_precision(chosen) else "32-true",
    )


@contextmanager
def in_a_line(run: Path) -> Iterator[None]:
    """Turns what a disk does, and what a process meets when another one of the run has died, into one TrainingError."""
    goes_on = "the last checkpoint stands, and the same command goes on"
    try:
        yield
    except OSError as error:
        raise TrainingError(f"{error.filename or run}: {error.strerror or error}; {goes_on}") from None
    except RuntimeError as error:  # gloo raises nothing finer
        told = str(error)
        if not isinstance(error, torch.distributed.DistError) and not any(word in told for word in ("gloo", "NCCL")):
            raise
        raise TrainingError(f"{run}: another process of the run has ended; {goes_on}") from None


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("no CUDA device is available to torch; use --device cpu")
    return name


@cache
def _mixed_precision(device: str) -> bool:
    """Whether the device multiplies bfloat16 faster than float32: CUDA does, a CPU where it has instructions for it."""
    return device == "cuda" or (device == "cpu" and "bf16" in reduced_precisions())
