"""A training recipe: a run as data, checked once, when read."""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from uprez.errors import RecipeError
from uprez.models.toml import load_toml


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise RecipeError(message)


@dataclass(frozen=True, kw_only=True)
class Data:
    """Which pairs are trained on, and how patches are drawn from them."""

    held_out_looks: tuple[str, ...] = ()
    """Whole looks never trained on; they validate."""
    held_out_shots: tuple[str, ...] = ()
    """Shots of any look that are neither trained on nor validated on, even where a folder of pairs has them."""
    validation_share: float = 0.04
    """Share of the other shots kept back to validate, by a hash of the shot's name."""
    patch: int = 96
    """LR patch side in pixels; the HR patch is `scale` times larger: 192 as in the talk."""
    floor: float = 0.5
    intensity: float = 0.5
    hardness: float = 1.0
    """Weights of the sampling density: see `uprez.dataset.density.Density`."""

    def __post_init__(self) -> None:
        _require(self.patch >= 16, f"data.patch must be at least 16, got {self.patch}")
        _require(0 < self.validation_share < 1, "data.validation_share must lie between 0 and 1")
        _require(self.floor > 0, "data.floor must be positive, or black frames could never be drawn")


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What is varied on the fly, the same for LR and HR; flips and rotations are always on."""

    colour_shift: float = 0.01
    """A random colour in [-colour_shift, colour_shift]^3 added to each patch in the compressed domain."""
    exposure_stops: float = 1.0
    """Exposure of each patch, uniform in plus or minus so many stops."""
    permute_channels: bool = True
    """R, G and B of each patch in random order."""
    background: float = 0.0
    """Chance that a patch with alpha is put over an even, random colour."""

    def __post_init__(self) -> None:
        _require(0 <= self.background <= 1, f"augmentation.background must lie in [0, 1], got {self.background}")


@dataclass(frozen=True, kw_only=True)
class PsnrStage:
    """The fidelity stage: one loss against the truth in the compressed domain."""

    steps: int = 20_000
    minibatch: int = 12
    loss: Literal["l1", "huber", "mse"] = "huber"
    alpha_weight: float = 0.1
    """Weight of alpha beside the colour in the loss."""
    learning_rate: float = 2e-4
    warmup: int = 200
    """Steps of linear warm-up."""
    decay_share: float = 0.3
    """The last share of the steps, over which the rate falls to zero; constant before."""
    clip: float = 0.5
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the moving average of the weights, which is what is validated and shipped."""
    consistency_from: int = 0
    """Step from which the loss is taken on the result as it is after consistency, which is what upscaling delivers."""
    colour_shift: float = 0.0
    """Weight of how far the network's own word is from the same held to the source's light: so that there is little to
    hold, and hosts that do not hold it, like Nuke, see no shift either.
    """
    validate_every: int = 1000

    def __post_init__(self) -> None:
        _require(self.loss in ("l1", "huber", "mse"), f"psnr.loss must be l1, huber or mse, got {self.loss!r}")
        _require(self.colour_shift >= 0, f"psnr.colour_shift must not be negative, got {self.colour_shift}")
        _require(self.steps > 0 and self.minibatch > 0, "psnr.steps and psnr.minibatch must be positive")
        _require(0 < self.learning_rate < 1, f"psnr.learning_rate must lie in (0, 1), got {self.learning_rate}")
        _require(0 <= self.ema < 1, f"psnr.ema must lie in [0, 1), got {self.ema}")
        _require(0 <= self.decay_share <= 1, f"psnr.decay_share must lie in [0, 1], got {self.decay_share}")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole run. The file is TOML with the tables below; what it leaves out has the defaults here."""

    name: str
    scale: int = 2
    seed: int = 1
    network: Mapping[str, Any] = field(default_factory=lambda: {"family": "residual", "features": 48, "blocks": 10})
    """Architecture: the family and its sizes."""
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    psnr: PsnrStage = field(default_factory=PsnrStage)

    def __post_init__(self) -> None:
        _require(self.scale == 2, f"scale must be 2, got {self.scale}")
        _require(0 <= self.seed < 2**31, f"seed must lie between 0 and {2**31 - 1}, got {self.seed}")
        _require(isinstance(self.network, Mapping), "network must be a table")

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe file. Raises RecipeError, naming the file, for anything that makes no sense in it."""
    values = load_toml(path, RecipeError)
    try:
        _require("name" in values, "name is missing")
        return recipe_from(values)
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from None


def recipe_from(values: Mapping[str, Any]) -> Recipe:
    """A recipe from nested plain values, as TOML or a checkpoint holds them."""
    tables: dict[str, type] = {"data": Data, "augmentation": Augmentation, "psnr": PsnrStage}
    checked = {key: _table(tables[key], value, key) if key in tables else value for key, value in values.items()}
    return _table(Recipe, checked, "")


def _table(kind: type, values: object, where: str) -> Any:
    """Make one dataclass from a table; an unknown key is an error that offers the nearest known one."""
    _require(isinstance(values, Mapping), f"{where} must be a table")
    assert isinstance(values, Mapping)
    known = {entry.name: entry for entry in dataclasses.fields(kind)}
    for key, value in values.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise RecipeError(f"unknown key {'.'.join(filter(None, (where, key)))!r}{hint}")
        default = known[key].default
        if isinstance(default, bool | int | float | str):
            wanted = (int, float) if isinstance(default, float) else (type(default),)
            is_right = isinstance(value, wanted) and isinstance(value, bool) == isinstance(default, bool)
            is_right = is_right and not (isinstance(value, float) and not math.isfinite(value))
            _require(is_right, f"{'.'.join(filter(None, (where, key)))} must be {wanted[-1].__name__}, got {value!r}")
        elif isinstance(default, tuple):
            listed = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
            _require(listed, f"{'.'.join(filter(None, (where, key)))} must be a list of strings, got {value!r}")
    return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
