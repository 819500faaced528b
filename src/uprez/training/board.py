"""What TensorBoard shows of a run: the figures of `stats.jsonl`, and a few validation frames as on a display."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.tensorboard.writer import SummaryWriter

from uprez.frames.preview import displayed
from uprez.training.validation import Validated

_SCALARS = ("patches_per_second", *(name for name in Validated._fields if name != "gain_db"))
SHOWN = 3
"""Frames of which images are kept."""


class Board:
    """Writes into a folder for `tensorboard --logdir`. Steps count through all stages."""

    def __init__(self, folder: Path, *, from_step: int = 0) -> None:
        """from_step: what an earlier run wrote from there on no longer counts, as its steps are taken again."""
        self._writer = SummaryWriter(str(folder), purge_step=from_step + 1)

    def figures(self, step: int, row: dict[str, Any]) -> None:
        """A row of statistics: terms of the loss, rates, means over the validation frames."""
        gains = list(row["gain_db"].values())
        scalars = {f"loss/{name}": value for name, value in row["losses"].items()}
        scalars |= {name: row[name] for name in _SCALARS if name in row}
        if gains:
            scalars["gain_db"] = sum(gains) / len(gains)
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def image(self, step: int, name: str, images: list[NDArray[np.float32]]) -> None:
        """A frame's images side by side: scene-linear Rec.709 (H, W, 3 or 4), of one size."""
        shown = np.concatenate([displayed(image) for image in images], axis=1)
        self._writer.add_image(name, shown, step, dataformats="HWC")
