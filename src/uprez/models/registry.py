"""Models by name: the classical methods, the bundled networks, and any folder that holds a card."""

import difflib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from uprez.errors import ModelError
from uprez.models.card import BEAUTY, CARD_FILE, NETWORK_FILE, WEIGHTS_FILE, Card, load_card
from uprez.models.interpolation import METHODS
from uprez.models.model import InterpolationModel, Model, NetworkModel
from uprez.models.tvi import TviModel
from uprez.runtimes import Runtime, choose_device
from uprez.runtimes.content import read_network

BUNDLED = Path(__file__).parent / "bundled"

CLASSICAL: dict[str, Callable[[], Model]] = {
    **{name: partial(InterpolationModel, name) for name in METHODS},
    "tvi": TviModel,
}
"""Classical methods by name; they run on the CPU whatever the device."""


def model_names() -> list[str]:
    """Every model that `load_model` knows by name: the bundled networks, then the classical methods."""
    return [*_bundled_names(), *CLASSICAL]


def load_model(
    name_or_folder: str | Path,
    *,
    device: str = "auto",
    threads: int | None = None,
    precision: Literal["auto", "f32"] = "auto",
) -> Model:
    """The model of that name, or in that folder. Runs no code from the folder.

    device: `auto`, `cpu`, `cuda` or `mps`; threads: for a CPU, None for one a core. precision: `auto` takes
    a reduced one where the CPU has it and a check on each input finds it good enough; `f32` never does.
    Raises ModelError: unknown name, no usable folder, damaged file, device that is not there.
    """
    name = str(name_or_folder)
    if name in CLASSICAL:
        return CLASSICAL[name]()
    folder = _folder(name)
    card = _network_card(folder)
    return NetworkModel(card, _runtime(folder, card, device, threads, precision), threads=threads)


def model_card(name_or_folder: str | Path) -> Card:
    """The card alone of a model that `load_model` would load, at once: nothing that runs it is loaded. Raises
    ModelError as that does.
    """
    name = str(name_or_folder)
    return CLASSICAL[name]().card if name in CLASSICAL else _network_card(_folder(name))


def _folder(name: str) -> Path:
    folder = BUNDLED / name if name in _bundled_names() else Path(name)
    if not os.path.isdir(folder):
        near = difflib.get_close_matches(name, model_names(), n=1)
        known = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(model_names())}"
        raise ModelError(f"no model {name!r}, and no folder of that name; {known}")
    return folder


def _bundled_names() -> list[str]:
    return sorted(card.parent.name for card in BUNDLED.glob(f"*/{CARD_FILE}"))


def _network_card(folder: Path) -> Card:
    card = load_card(folder)
    if card.kind != "network":
        raise ModelError(f"{folder / CARD_FILE}: a model folder holds a network, not a classical method")
    if card.inputs != (BEAUTY,):
        names = ", ".join(f"{one.name} ({' '.join(one.channels)})" for one in card.inputs)
        raise ModelError(
            f"{folder / CARD_FILE}: this version feeds a network the beauty's R G B A alone; the model wants {names}"
        )
    return card


def _runtime(folder: Path, card: Card, device: str, threads: int | None, precision: str) -> Runtime:
    chosen = choose_device(device)
    # Imported where used: openvino and torch are large, and a command that runs no network should not wait for them.
    if chosen != "cpu":
        from uprez.runtimes.torch import TorchRuntime

        if not card.weights_sha256:
            raise ModelError(
                f"{folder / CARD_FILE}: no weights_sha256 to check the weights for {chosen} by; use --device cpu"
            )
        path = folder / WEIGHTS_FILE
        content = read_network(path, card.weights_sha256)
        return TorchRuntime(content, card.architecture, name=str(path), device=chosen)
    from uprez.runtimes.guarded import GuardedRuntime
    from uprez.runtimes.openvino import OpenVinoRuntime, reduced_precisions

    path = folder / NETWORK_FILE
    content = read_network(path, card.network_sha256)
    exact = OpenVinoRuntime(content, name=str(path), threads=threads)
    for reduced in reduced_precisions() if precision == "auto" else []:
        fast = OpenVinoRuntime(content, name=str(path), precision=reduced, threads=threads)
        return GuardedRuntime(fast, exact)
    return exact


DEFAULT_MODEL = "film-x2-psnr" if "film-x2-psnr" in _bundled_names() else "bicubic"
"""The model that is used where none is named."""
