"""Checkpoints: whole files or none, and no code in them."""

import io
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from uprez.errors import RecipeError


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run needs to go on, and what it ships (`average`)."""

    recipe: dict[str, Any]
    stage: int
    """Place of the stage in the recipe."""
    step: int
    """Steps of the stage that are done."""
    best: float
    """Best validation score of the stage so far: mean gain over bicubic in dB; -inf before the first."""
    network: dict[str, Tensor]
    average: dict[str, Tensor]
    """Exponential moving average of the weights."""
    optimiser: dict[str, Any]
    critic: dict[str, Tensor] = field(default_factory=dict)
    critic_optimiser: dict[str, Any] = field(default_factory=dict)
    """Both empty in a stage without a critic."""
    score: float = math.nan
    """Validation score of `average` itself; no number where there was nothing to validate on."""


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write under a temporary name, then rename: a kill or a full disk leaves the old file whole."""
    part = path.with_name(path.name + ".part")
    fields = {name: getattr(checkpoint, name) for name in Checkpoint.__dataclass_fields__}
    content = io.BytesIO()  # torch.save to a file hides what the disk says
    torch.save(fields, content)
    try:
        with part.open("wb") as stream:
            stream.write(content.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint onto `device`. Raises RecipeError where the file is not one."""
    try:
        return Checkpoint(**torch.load(path, map_location=device, weights_only=True))
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror}") from None
    except Exception as error:  # torch raises many kinds for a damaged file
        raise RecipeError(f"{path}: not a checkpoint of uprez ({type(error).__name__})") from None
