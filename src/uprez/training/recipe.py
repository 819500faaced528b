"""A training recipe: a run as data, checked once, when read."""

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from uprez.errors import RecipeError
from uprez.files.toml import load_toml

SCALES = (2, 4, 8)

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise RecipeError(message)


def _choice(key: str, value: str, known: tuple[str, ...]) -> None:
    _require(value in known, f"{key} must be {', '.join(known[:-1])} or {known[-1]}, got {value!r}")


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
    down_kernel: Literal["fitted", "box"] = "fitted"
    """What brings HR to LR: fitted on the pairs, or their plain mean."""

    def __post_init__(self) -> None:
        _choice("data.down_kernel", self.down_kernel, ("fitted", "box"))
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
class Losses:
    """The terms that a stage adds up, each by its weight; at 0 a term is not even computed."""

    fidelity: float = 1.0
    """How far the result is from the truth: the talk's PSNR term."""
    measure: Literal["l1", "l2", "charbonnier"] = "charbonnier"
    """How fidelity's errors count."""
    relative: bool = True
    """Fidelity's errors are in units of what bicubic interpolation misses in the patch's frame, so that a mean of
    decibels over frames is what improves.
    """
    alpha: float = 0.1
    """Weight of alpha beside a colour channel, in fidelity."""
    light: float = 0.0
    """Squared errors of light, relative to the brightest truth nearby, which logarithmic fidelity hardly feels."""
    drift: float = 0.0
    """How far the raw network output is from itself with consistency enforced: hosts without it see no shift then."""
    colour_shift: float = 0.0
    """L1 between the result brought down by the pairs' down-kernel and the source: the talk's term."""
    colour_shift_in: Literal["compressed", "linear"] = "compressed"
    """The domain in which that difference is taken."""
    detail: float = 0.0
    """How far the strength of the finest detail is from the truth's, place by place: so that a result is as sharp as
    the truth where that is sharp, and nowhere else.
    """
    detail_strength: float = 1.0
    """The truth's detail is taken times this: truths that a denoiser has touched have lost some of theirs."""
    feature: float = 0.0
    """Distance of a feature network's activations: see the table `features`."""
    gan: float = 0.0
    """What the critic thinks of the result: see the table `critic`."""
    gan_as: Literal["hinge", "lsgan", "gan", "relativistic"] = "relativistic"
    """Which game the two play."""

    def __post_init__(self) -> None:
        weights = "fidelity", "alpha", "light", "drift", "colour_shift", "detail", "detail_strength", "feature", "gan"
        for name in weights:
            _require(getattr(self, name) >= 0, f"losses.{name} must not be negative, got {getattr(self, name)}")
        _choice("losses.measure", self.measure, ("l1", "l2", "charbonnier"))
        _choice("losses.colour_shift_in", self.colour_shift_in, ("compressed", "linear"))
        _choice("losses.gan_as", self.gan_as, ("hinge", "lsgan", "gan", "relativistic"))


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of a run, a table `[[stage]]`: it begins with the averaged weights of the one before."""

    name: str = "psnr"
    """In statistics and file names."""
    steps: int = 20_000
    minibatch: int = 12
    """Patches of a step, over all processes."""
    accumulate: int = 1
    """Parts in which a step's minibatch is taken one after the other, where memory holds no more."""
    optimiser: Literal["muon", "adamw"] = "muon"
    """The network's; critics learn by AdamW. With Muon all directions of a kernel learn alike: `docs/models.md` has
    what that brings.
    """
    learning_rate: float = 2e-4
    critic_learning_rate: float = 1e-4
    warmup: int = 200
    """Steps of linear warm-up."""
    decay_share: float = 0.3
    """The last share of the steps, over which the rate falls to zero; constant before."""
    clip: float = 0.5
    """Largest norm of the gradient."""
    ema: float = 0.999
    """Decay of the moving average of the weights, which is what is validated and shipped."""
    scales: tuple[int, ...] = ()
    """Each step is of one of these scales, by chance, and validation of the last; empty: the recipe's. Others than that
    are for networks that grow by doublings: truths are brought down to them, and no result is held to its source's
    light.
    """
    blend: int = 0
    """Steps over which the level of the last of `scales` comes in beside what the level before makes."""
    consistency_from: int = 0
    """Step from which the losses are taken on the result as it is after consistency, which is what upscaling delivers;
    -1: never.
    """
    validate_every: int = 1000
    losses: Losses = field(default_factory=Losses)

    def __post_init__(self) -> None:
        _require(bool(_FILE_NAME.fullmatch(self.name)), f"stage.name must be a word, got {self.name!r}")
        _require(self.name not in ("last", "best"), f"stage.name {self.name!r} is a checkpoint's; take another")
        for name in ("steps", "minibatch", "accumulate", "validate_every", "clip"):
            _require(getattr(self, name) > 0, f"stage.{name} must be positive, got {getattr(self, name)}")
        _require(self.minibatch % self.accumulate == 0, "stage.minibatch must be a multiple of stage.accumulate")
        _choice("stage.optimiser", self.optimiser, ("muon", "adamw"))
        for name in ("learning_rate", "critic_learning_rate"):
            _require(0 < getattr(self, name) < 1, f"stage.{name} must lie in (0, 1), got {getattr(self, name)}")
        _require(0 <= self.ema < 1, f"stage.ema must lie in [0, 1), got {self.ema}")
        _require(0 <= self.decay_share <= 1, f"stage.decay_share must lie in [0, 1], got {self.decay_share}")
        _require(self.blend >= 0, f"stage.blend must not be negative, got {self.blend}")
        told = "losses.drift needs consistency_from at 0 or more: without consistency there is none"
        _require(not self.losses.drift or self.consistency_from >= 0, f"stage {self.name}: {told}")

    def patches_of_a_part(self, processes: int) -> int:
        """Patches of one part of a step in one of so many processes. Raises RecipeError where they can't be shared."""
        parts = self.accumulate * processes
        told = f"can't be shared by {processes} processes in {self.accumulate} parts each"
        _require(
            self.minibatch % parts == 0,
            f"stage {self.name}: a minibatch of {self.minibatch} {told}; change minibatch or accumulate",
        )
        return self.minibatch // parts


@dataclass(frozen=True, kw_only=True)
class Critic:
    """The critic of stages whose losses have `gan`. It sees results and truths over the same random background."""

    family: str = "unet"
    features: int = 64
    alpha: bool = False
    """Whether it sees alpha, too."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """The feature network of stages whose losses have `feature`. It sees what the critic sees."""

    family: Literal["guides", "vgg19"] = "guides"
    """`guides`: one that predicts a renderer's guides, trained by `recipes/features.toml`. `vgg19`: VGG-19, by weights
    as torchvision distributes them. The file of its weights is named when training begins.
    """

    def __post_init__(self) -> None:
        _choice("features.family", self.family, ("guides", "vgg19"))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole run. The file is TOML with the tables below; what it leaves out has the defaults here."""

    name: str
    task: Literal["upscale", "guides"] = "upscale"
    """`guides` trains a feature network, of which `network` has the sizes, instead of one that upscales."""
    scale: int = 2
    seed: int = 1
    network: Mapping[str, Any] = field(default_factory=lambda: {"family": "residual", "features": 48, "blocks": 10})
    """Architecture: the family and its sizes."""
    critic: Critic = field(default_factory=Critic)
    features: Features = field(default_factory=Features)
    data: Data = field(default_factory=Data)
    augmentation: Augmentation = field(default_factory=Augmentation)
    stage: tuple[Stage, ...] = (Stage(),)
    """The stages, in their order."""

    def __post_init__(self) -> None:
        _choice("task", self.task, ("upscale", "guides"))
        _require(self.scale in SCALES, f"scale must be 2, 4 or 8, got {self.scale}")
        _require(0 <= self.seed < 2**31, f"seed must lie between 0 and {2**31 - 1}, got {self.seed}")
        _require(isinstance(self.network, Mapping), "network must be a table")
        names = [stage.name for stage in self.stage]
        _require(bool(names), "a recipe needs a table [[stage]]")
        last = self.scales_of(self.stage[-1])[-1]
        _require(last == self.scale, f"the last stage's scales must end with {self.scale}, the recipe's; got {last}")
        _require(len(set(names)) == len(names), "two stages have the same name; give each stage.name of its own")

    def scales_of(self, stage: Stage) -> tuple[int, ...]:
        """Scales of a stage's steps; it ends with a model where the last is the recipe's own."""
        return stage.scales or (self.scale,)

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
    recipe: Recipe = _table(Recipe, values, "")
    return recipe


_TABLES: dict[type, dict[str, type]] = {
    Recipe: {"critic": Critic, "features": Features, "data": Data, "augmentation": Augmentation},
    Stage: {"losses": Losses},
}
"""What the tables within a table are made into, by key."""


def _table(kind: type, values: object, where: str) -> Any:
    """Make one dataclass from a table; an unknown key is an error that offers the nearest known one."""
    _require(isinstance(values, Mapping), f"{where} must be a table")
    assert isinstance(values, Mapping)
    known = {entry.name: entry for entry in dataclasses.fields(kind)}
    made: dict[str, Any] = {}
    for key, value in values.items():
        path = ".".join(filter(None, (where, key)))
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
            raise RecipeError(f"unknown key {path!r}{hint}")
        if (kind, key) == (Recipe, "stage"):
            _require(isinstance(value, list | tuple), "stages are tables [[stage]], in double brackets")
            made[key] = tuple(_table(Stage, one, path) for one in value)
        elif table := _TABLES.get(kind, {}).get(key):
            made[key] = _table(table, value, path)
        else:
            made[key] = _value(known[key], value, path)
    return kind(**made)


def _value(entry: "dataclasses.Field[Any]", value: object, path: str) -> object:
    """A value that is of the kind of the entry's default."""
    default = entry.default
    if isinstance(default, bool | int | float | str):
        wanted = (int, float) if isinstance(default, float) else (type(default),)
        is_right = isinstance(value, wanted) and isinstance(value, bool) == isinstance(default, bool)
        is_right = is_right and not (isinstance(value, float) and not math.isfinite(value))
        _require(is_right, f"{path} must be {wanted[-1].__name__}, got {value!r}")
    elif isinstance(default, tuple):
        kind, told = (int, "numbers") if entry.type == tuple[int, ...] else (str, "strings")
        listed = isinstance(value, list | tuple) and all(type(one) is kind for one in value)
        _require(listed, f"{path} must be a list of {told}, got {value!r}")
        assert isinstance(value, list | tuple)
        return tuple(value)
    return value
