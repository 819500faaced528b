"""What exports are made of, and the folders that they are written into."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors.torch import load
from torch import Tensor

from uprez.errors import ModelError
from uprez.models.card import WEIGHTS_FILE, Card
from uprez.runtimes.content import read_network


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """The folder, made where it is not there. What a disk says about it and the files in it becomes a ModelError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        raise ModelError(f"{error.filename or folder}: can't be written: {error.strerror}") from None


def weights_of(folder: Path, card: Card) -> dict[str, Tensor]:
    """The inference form's weights of a model folder. Raises ModelError where its card does not vouch for them."""
    if not card.weights_sha256:
        raise ModelError(f"{folder}: its card has no weights_sha256 to check the weights by")
    weights: dict[str, Tensor] = load(read_network(folder / WEIGHTS_FILE, card.weights_sha256))
    return weights
