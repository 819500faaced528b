"""Models by name: the classical methods, the bundled networks, and any folder that holds a card."""

import difflib
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from uprez.errors import ModelError
from uprez.models.card import BEAUTY, CARD_FILE, NETWORK_FILE, WEIGHTS_FILE, Card, load_card
from uprez.models.ensemble import EnsembleModel, ensemble_card
from uprez.models.interpolation import METHODS
from uprez.models.model import InterpolationModel, Model, NetworkModel
from uprez.models.outside import ENDING, OutsideModel, outside_card
from uprez.models.tvi import TviModel
from uprez.runtimes import Runtime, choose_device
from uprez.runtimes.content import read_network

Quality = Literal["normal", "best"]

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
    sharpness: float | None = None,
    quality: Quality = "normal",
) -> Model:
    """The model of that name, in that folder, or of that ONNX file with its small card (see `uprez.models.outside`).
    Runs no code from there.

    device: `auto`, `cpu`, `cuda` or `mps`; threads: for a CPU, None for one a core. precision: `auto` takes
    a reduced one where the CPU has it and a check on each input finds it good enough; `f32` never does.
    sharpness: 0 to 1, between the model's softer one and itself; None for itself. quality: `best` is the mean of eight
    flips and turns.
    Raises ModelError: unknown name, no usable folder, damaged file, device that is not there, a setting that the model
    has not.
    """
    name = str(name_or_folder)
    card = model_card(name, sharpness=sharpness, quality=quality)
    if name in CLASSICAL:
        return CLASSICAL[name]()
    if name.endswith(ENDING):
        outside = OutsideModel(Path(name), threads=threads)
        return outside if quality == "normal" else EnsembleModel(outside)
    folder = _folder(name)
    parts = [_Part(folder, _network_card(folder))]
    if sharpness is not None and sharpness < 1:
        softer = _softer(*parts[0])
        parts.append(_Part(softer, _network_card(softer)))
    runtime = _runtime(parts, 1.0 if sharpness is None else sharpness, device, threads, precision)
    model = NetworkModel(replace(card, features=parts[0].card.features), runtime, threads=threads)
    return model if quality == "normal" else EnsembleModel(model)


def model_card(name_or_folder: str | Path, *, sharpness: float | None = None, quality: Quality = "normal") -> Card:
    """The card alone of a model that `load_model` would load, at once: nothing that runs it is loaded. Raises
    ModelError as that does.
    """
    name = str(name_or_folder)
    if name in CLASSICAL:
        if sharpness is not None or quality != "normal":
            raise ModelError(f"{name}: sharpness and quality are for networks, not for classical methods")
        return CLASSICAL[name]().card
    folder = Path(name).parent if name.endswith(ENDING) else _folder(name)
    card = outside_card(Path(name)) if name.endswith(ENDING) else _network_card(folder)
    if sharpness is not None:
        card = _blended_card(card, _network_card(_softer(folder, card)), sharpness)
    return card if quality == "normal" else ensemble_card(card)


def _blended_card(card: Card, softer: Card, sharpness: float) -> Card:
    if not 0 <= sharpness <= 1:
        raise ModelError(f"sharpness must lie between 0 and 1, got {sharpness:g}")
    if (softer.architecture, softer.scale) != (card.architecture, card.scale):
        raise ModelError(f"{card.name}: has another architecture than {softer.name}; their weights can't be blended")
    if sharpness == 1:
        return card
    facts = f"{card.network_sha256} {softer.network_sha256} {sharpness!r}"
    return replace(card, network_sha256=hashlib.sha256(facts.encode()).hexdigest())


def _softer(folder: Path, card: Card) -> Path:
    """The folder of the model that `card`'s blends with."""
    if not card.softer:
        with_one = [name for name in _bundled_names() if _network_card(BUNDLED / name).softer]
        hint = f"; {' and '.join(with_one)} can" if with_one else ""
        raise ModelError(f"{card.name}: its sharpness can't be set, as its card names no softer model{hint}")
    softer = bundled_folder(card.softer) or folder / card.softer
    if not softer.is_dir():
        raise ModelError(f"{folder / CARD_FILE}: its softer model {card.softer} is not there")
    return softer


def network_folders(name_or_folder: str | Path) -> list[tuple[Path, Card]]:
    """Where a network lies and its card, then those of the softer model that its sharpness blends with, where it has
    one. Raises ModelError as `load_model` does, and for what is no network of ours.
    """
    name = str(name_or_folder)
    if name in CLASSICAL or name.endswith(ENDING):
        raise ModelError(f"{name}: no model folder with a network of uprez")
    folder = _folder(name)
    card = _network_card(folder)
    if not card.softer:
        return [(folder, card)]
    softer = _softer(folder, card)
    _blended_card(card, _network_card(softer), 0.5)
    return [(folder, card), (softer, _network_card(softer))]


def model_files(name_or_folder: str | Path, *, sharpness: float | None = None) -> list[Path]:
    """The files that decide what `load_model` gives: card, network and weights, there or not; with a sharpness those of
    the softer model too. None for a classical method. Raises ModelError as `model_card` does.
    """
    name = str(name_or_folder)
    if name in CLASSICAL:
        return []
    if name.endswith(ENDING):
        return [Path(name), Path(name).with_suffix(".toml")]
    folders = [_folder(name)]
    if sharpness is not None:
        folders.append(_softer(folders[0], _network_card(folders[0])))
    return [folder / file for folder in folders for file in (CARD_FILE, NETWORK_FILE, WEIGHTS_FILE)]


def bundled_folder(name: str) -> Path | None:
    """Where the bundled model of that name lies; None where none has it."""
    return BUNDLED / name if name in _bundled_names() else None


def _folder(name: str) -> Path:
    folder = bundled_folder(name) or Path(name)
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


class _Part(NamedTuple):
    folder: Path
    card: Card


def _runtime(parts: Sequence[_Part], sharpness: float, device: str, threads: int | None, precision: str) -> Runtime:
    """parts: the model, and the softer one where it is blended with that."""
    chosen, card = choose_device(device), parts[0].card
    # Imported where used: openvino and torch are large, and a command that runs no network should not wait for them.
    if chosen != "cpu":
        from uprez.runtimes.torch import TorchRuntime

        for part in parts:
            if not part.card.weights_sha256:
                raise ModelError(
                    f"{part.folder / CARD_FILE}: no weights_sha256 to check the weights for {chosen} by;"
                    " use --device cpu"
                )
        path = parts[0].folder / WEIGHTS_FILE
        content, *softer = (read_network(part.folder / WEIGHTS_FILE, part.card.weights_sha256) for part in parts)
        blend: dict[str, Any] = {"softer": softer[0], "sharpness": sharpness} if softer else {}
        return TorchRuntime(content, card.architecture, name=str(path), device=chosen, **blend)
    from uprez.runtimes.guarded import GuardedRuntime
    from uprez.runtimes.openvino import OpenVinoRuntime, reduced_precisions

    path = parts[0].folder / NETWORK_FILE
    content, *softer = (read_network(part.folder / NETWORK_FILE, part.card.network_sha256) for part in parts)
    settings: dict[str, Any] = {"name": str(path), "threads": threads}
    settings |= {"softer": softer[0], "sharpness": sharpness} if softer else {}
    exact = OpenVinoRuntime(content, **settings)
    for reduced in reduced_precisions() if precision == "auto" else []:
        return GuardedRuntime(OpenVinoRuntime(content, precision=reduced, **settings), exact)
    return exact


DEFAULT_MODEL = "film-x2-psnr" if "film-x2-psnr" in _bundled_names() else "bicubic"
"""The model that is used where none is named."""
