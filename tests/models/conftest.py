"""What the tests of models share."""

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from tests.models.networks import model_folder
from uprez.models.rows import Array


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A model folder with a network of three small convolutions."""
    return model_folder(tmp_path / "tiny")


@pytest.fixture(scope="session")
def clean_pairs(shared: Path) -> list[tuple[Array, Array]]:
    """The rendered pairs to measure against: (LR, HR), scene-linear RGBA, float32."""
    paths = sorted((shared / "starter" / "clean").glob("*/*_lr.exr"))
    if not paths:
        pytest.skip("needs starter/clean")
    return [(_read(path), _read(path.with_name(path.name.replace("_lr", "_hr")))) for path in paths]


def _read(path: Path) -> Array:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        return np.stack([channels[name].pixels for name in "RGBA"], axis=2).astype(np.float32)
