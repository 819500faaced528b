"""Which device a network runs on."""

import importlib.util
import platform
from pathlib import Path
from typing import Literal

from uprez.errors import ModelError

Gpu = Literal["cuda", "mps"]
Device = Literal["cpu", "cuda", "mps"]

# A GPU that torch could use shows as one of these on Linux: NVIDIA, the same under WSL, AMD.
_GPU_NODES = (Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))


def choose_device(wanted: str) -> Device:
    """The device for `auto`, CUDA if torch has it, else Apple's GPU, else the CPU; any other once it is known to work.

    Raises ModelError for an unknown name, and for a GPU that can't be used, with the cure.
    """
    match wanted:
        case "auto":
            return _best()
        case "cpu":
            return "cpu"
        case "cuda" | "mps":
            return _required(wanted)
        case _:
            raise ModelError(f"unknown device {wanted!r}; known: auto, cpu, cuda, mps")


def _best() -> Device:
    # torch takes a second and 200 MB to import: not worth it where there is nothing for it to find.
    if not _gpu_likely() or _not_installed():
        return "cpu"
    if _available("cuda"):
        return "cuda"
    return "mps" if _available("mps") else "cpu"


def _required(device: Gpu) -> Gpu:
    if missing := _not_installed():
        raise ModelError(f'{missing} is not installed; run: pip install "uprez[train]"')
    if not _available(device):
        raise ModelError(f"torch finds no {device} device here; use --device cpu, or install a torch built for it")
    return device


def _available(device: Gpu) -> bool:
    import torch

    return torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()


def _not_installed() -> str | None:
    """The first that is missing of what `TorchRuntime` needs."""
    return next((name for name in ("torch", "safetensors") if importlib.util.find_spec(name) is None), None)


def _gpu_likely() -> bool:
    match platform.system():
        case "Linux":
            return any(node.exists() for node in _GPU_NODES)
        case "Darwin":
            return platform.machine() == "arm64"
        case _:
            return True
