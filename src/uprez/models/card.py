"""The card of a model: what a tiler, a runtime, a report and a reader need to know about it, kept as `card.toml`."""

import difflib
import hashlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, get_args

from uprez.errors import ModelError
from uprez.files.toml import TomlValue, dump_toml, load_toml
from uprez.files.whole import write_whole

CARD_FILE = "card.toml"
NETWORK_FILE = "network.onnx"
WEIGHTS_FILE = "weights.safetensors"

Kind = Literal["classical", "network"]
Encoding = Literal["compressed", "none"]
Grid = Literal["lr", "hr"]


@dataclass(frozen=True, kw_only=True)
class Input:
    """One named input of a model, in the order in which the network takes its channels."""

    name: str
    """What is fed in: `beauty` is the frame itself; guides and the warped previous result are further names."""
    channels: tuple[str, ...]
    """Channel names within the input, in order."""
    encoding: Encoding = "compressed"
    """`compressed`: colour goes in after T (alpha never is); `none`: as stored."""
    grid: Grid = "lr"
    """The grid it is given on; `hr` is unshuffled onto the LR grid, so that it brings scale * scale times its
    channels.
    """


BEAUTY = Input(name="beauty", channels=("R", "G", "B", "A"))


@dataclass(frozen=True, kw_only=True)
class Card:
    """A model's card. Raises ModelError when made of values that make no sense."""

    name: str
    scale: int = 2
    """HR pixels to an LR pixel, each way."""
    kind: Kind
    inputs: tuple[Input, ...] = (BEAUTY,)
    halo: int
    """How many LR pixels away from its own LR pixel a value can have influence: tiles overlap by as much."""
    features: int = 0
    """Widest activation of the network, in channels on the LR grid: what its memory goes by. 0 for a classical model.
    """
    down_kernel: tuple[float, ...] = ()
    """Separable down-kernel: taps at HR pixels centred on the LR pixel, even in number, summing to 1. Empty: unknown.
    """
    down_kernels: Mapping[str, TomlValue] = field(default_factory=dict)
    """Down-kernels by pixel filter, for frames whose filter is named: like `down_kernel` each."""
    pixel_filters: tuple[str, ...] = ()
    """The pixel filters, as `uprez.pixel_filters` calls them, of the frames that it has learned from. Empty: the card
    does not say.
    """
    architecture: Mapping[str, TomlValue] = field(default_factory=dict)
    """What `uprez.networks.build` makes the network from."""
    training: Mapping[str, TomlValue] = field(default_factory=dict)
    """What it was trained on and how: data, recipe and the recipe's hash, steps."""
    held_out: tuple[str, ...] = ()
    """Looks and pairs that training never saw."""
    figures: Mapping[str, TomlValue] = field(default_factory=dict)
    """Measured figures, each key saying its metric, domain and data."""
    licence: str = "Apache-2.0"
    network_sha256: str = ""
    """SHA-256 of network.onnx, in hex; the file is refused if it differs."""
    weights_sha256: str = ""
    """SHA-256 of weights.safetensors, in hex; the file is refused if it differs. Empty: the model runs on no GPU."""
    softer: str = ""
    """A model of the same architecture that learned fidelity alone, which `--sharpness` blends this one's weights with:
    a bundled model's name, or a folder, seen from the card's. Empty: sharpness can't be set.
    """

    def __post_init__(self) -> None:
        problem = next((text for bad, text in self._problems() if bad), None)
        if problem:
            raise ModelError(f"model {self.name!r}: {problem}")

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, over everything of a network model that changes pixels; "" for a classical one."""
        if self.kind == "classical":
            return ""
        facts = (self.network_sha256, self.weights_sha256, self.scale, *self.down_kernel)
        return hashlib.sha256(" ".join(map(str, facts)).encode()).hexdigest()

    def _problems(self) -> list[tuple[bool, str]]:
        network, kernels = self.kind == "network", self.down_kernels.items()
        return [
            (not self.name, "a model needs a name"),
            (not 1 <= self.scale <= 8, f"scale must be 1 to 8, got {self.scale}"),
            (not 0 <= self.halo <= 4096, f"halo must be 0 to 4096 LR pixels, got {self.halo}"),
            (network and not 1 <= self.features <= 65536, f"features must be 1 to 65536 channels, got {self.features}"),
            (not self.inputs, "a model needs at least one input"),
            (len({i.name for i in self.inputs}) != len(self.inputs), "two inputs have the same name"),
            (any(not i.channels for i in self.inputs), "an input needs at least one channel"),
            (bool(self.down_kernel) and not _is_down_kernel(self.down_kernel, self.scale), f"down_kernel {_TAPS_RULE}"),
            *((not _are_taps(taps, self.scale), f"down_kernels: {name}: {_TAPS_RULE}") for name, taps in kernels),
            (network and not _is_sha256(self.network_sha256), "network_sha256 must be 64 hexadecimal digits"),
            (
                bool(self.weights_sha256) and not _is_sha256(self.weights_sha256),
                "weights_sha256 must be 64 hexadecimal digits",
            ),
        ]


_TAPS_RULE = "must have as many taps as scale, or an even number more, each from -1 to 1, and sum to 1"


def _is_down_kernel(taps: tuple[float, ...], scale: int) -> bool:
    fits = len(taps) >= scale and (len(taps) - scale) % 2 == 0 and all(-1 <= tap <= 1 for tap in taps)
    return fits and math.isclose(math.fsum(taps), 1.0, abs_tol=1e-6)


def _are_taps(taps: TomlValue, scale: int) -> bool:
    """Of a table from a file, whose values may be anything."""
    if not isinstance(taps, list | tuple):
        return False
    numbers = tuple(float(tap) for tap in taps if isinstance(tap, int | float) and not isinstance(tap, bool))
    return len(numbers) == len(taps) and _is_down_kernel(numbers, scale)


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and all(digit in "0123456789abcdef" for digit in text)


def load_card(folder: Path) -> Card:
    """Read `card.toml` of a model folder. Raises ModelError: no card, not TOML, an unknown key, a wrong type or
    value.
    """
    path = folder / CARD_FILE
    if not os.path.lexists(path):
        raise ModelError(f"{folder}: not a model folder: no {CARD_FILE} in it")
    return _card_from(load_toml(path, ModelError), path)


def save_card(card: Card, folder: Path) -> None:
    """Write `card.toml` into a folder that exists, whole or not at all. WriteError where the disk refuses."""
    table = {f.name: getattr(card, f.name) for f in fields(Card) if f.name != "inputs"}
    table["inputs"] = [{f.name: getattr(one, f.name) for f in fields(Input)} for one in card.inputs]
    write_whole(folder / CARD_FILE, dump_toml(table))


def _card_from(table: dict[str, object], path: Path) -> Card:
    _refuse_unknown(table, {f.name for f in fields(Card)}, path)
    for key in ("name", "kind", "halo"):
        if key not in table:
            raise ModelError(f"{path}: {key} is missing")
    values: dict[str, object] = {}
    for key, value in table.items():
        values[key] = _inputs_from(value, path) if key == "inputs" else _checked(key, value, path)
    try:
        return Card(**values)  # type: ignore[arg-type]  # each value was checked against its field's type just above
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None


def _inputs_from(value: object, path: Path) -> tuple[Input, ...]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ModelError(f"{path}: inputs must be a list of tables")
    inputs = []
    for one in value:
        _refuse_unknown(one, {f.name for f in fields(Input)}, path)
        if "name" not in one or "channels" not in one:
            raise ModelError(f"{path}: an input needs a name and channels")
        inputs.append(Input(**{key: _checked(key, part, path) for key, part in one.items()}))  # type: ignore[arg-type]
    return tuple(inputs)


def _refuse_unknown(table: Mapping[str, object], known: set[str], path: Path) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0)
            raise ModelError(f"{path}: unknown key {key!r}; did you mean {near[0]!r}?")


_CHOICES: dict[str, tuple[str, ...]] = {"kind": get_args(Kind), "encoding": get_args(Encoding), "grid": get_args(Grid)}
_STRINGS = {"channels", "held_out", "pixel_filters"}
_INTEGERS = {"scale", "halo", "features"}
_TABLES = {"architecture", "training", "figures", "down_kernels"}


def _is_plain(value: object) -> bool:
    """Whether it can be printed as TOML and as JSON: no dates."""
    if isinstance(value, dict | list):
        return all(_is_plain(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, str | int | float)


def _checked(key: str, value: object, path: Path) -> object:
    """The value of one key as its field wants it: TOML arrays become tuples. Raises ModelError for a wrong type."""
    if key in _CHOICES:
        wanted, good = "one of " + ", ".join(_CHOICES[key]), value in _CHOICES[key]
    elif key in _STRINGS:
        wanted, good = "a list of strings", isinstance(value, list) and all(isinstance(v, str) for v in value)
    elif key in _INTEGERS:
        wanted, good = "a whole number", type(value) is int
    elif key in _TABLES:
        wanted, good = "a table of text, numbers, lists and tables", isinstance(value, dict) and _is_plain(value)
    elif key == "down_kernel":
        wanted, good = "a list of numbers", isinstance(value, list) and all(type(v) in (int, float) for v in value)
    else:
        wanted, good = "a string", isinstance(value, str)
    if not good:
        raise ModelError(f"{path}: {key} must be {wanted}")
    return tuple(value) if isinstance(value, list) else value
