"""`uprez train`: from a recipe and folders of pairs to a run folder."""

import importlib.metadata
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import overload

import numpy as np
from lightning_fabric import Fabric
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from uprez.dataset.augmentation import Augmentation
from uprez.dataset.density import Density
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store
from uprez.dataset.store.layout import Row, name_of
from uprez.encoding import expand
from uprez.errors import ModelError, RecipeError, UsageError
from uprez.models.card import CARD_FILE, WEIGHTS_FILE, load_card
from uprez.models.down_kernel import fit_down_kernel
from uprez.networks.critics import build_critic
from uprez.networks.features import FeatureNetwork, load_features
from uprez.networks.generator import Generator
from uprez.runtimes.content import read_network
from uprez.training.bundle import write_features, write_model
from uprez.training.checkpoint import Checkpoint, load_checkpoint
from uprez.training.data import open_pairs, split
from uprez.training.guides import IMAGES
from uprez.training.loop import Course, Report, train_stages
from uprez.training.processes import all_alive, open_fabric
from uprez.training.recipe import Recipe, Stage, read_recipe, recipe_from
from uprez.training.task import build_for
from uprez.training.validation import Frame

Array = NDArray[np.float32]
_FITTED, _FITTED_SIDE = 256, 256
"""Pairs, and LR pixels of each, on which the down-kernel is fitted."""
_VALIDATED_SIDE = 512
"""LR pixels along a validation frame's side at most: its middle."""


def train(
    recipe_path: Path,
    *,
    pairs: Sequence[Path],
    run: Path,
    device: str = "auto",
    processes: int = 1,
    time_limit: float | None = None,
    init_from: Path | None = None,
    feature_weights: Path | None = None,
    workers: int = 0,
    report: Report = lambda row: None,
) -> Checkpoint:
    """Train what the recipe says on `pairs`, into the folder `run`; the same call again goes on.

    pairs: one store, or folders of rendered pairs and stores, of which `run/pairs.lmdb` is built. workers: processes
    that make patches beside each one that trains.

    Each stage ends by writing its best weights as a model: `run/model-STAGE`, the last one's `run/model`; where the
    recipe is about a feature network, as `run/features.safetensors`.

    device: "auto", "cpu", "cuda" or "mps". processes: how many train, one a GPU; under torchrun as many as it began.
    time_limit: seconds of training in this call. init_from: a checkpoint or a model folder whose averaged weights begin
    the run. feature_weights: file of the feature network's weights, where a stage's losses need one.

    Raises RecipeError or UsageError for what can be checked before the first step, TrainingError for a run that can't
    go on.
    """
    recipe = read_recipe(recipe_path)
    try:
        build_for(recipe)
        build_critic(recipe.critic.family, inputs=3, features=1)
    except ModelError as error:
        raise RecipeError(f"{recipe_path}: {error}") from None
    initial = initial_weights(init_from, recipe) if init_from else None
    features = _features(recipe, feature_weights)
    fabric = open_fabric(device, processes)
    fabric.launch()
    with all_alive(run), _opened_by_the_first(fabric, pairs, recipe, run, report) as store:
        training, validation = split(store.rows, recipe.data)
        if fabric.is_global_zero:
            _begin(run, recipe, [store.rows[k] for k in training], [store.rows[k] for k in validation])
        kernel = _kernel(store, training, recipe)
        sampler = _sampler(store, training, recipe)
        if fabric.is_global_zero:
            counts = {"train_pairs": len(sampler.pairs), "validation_pairs": len(validation)}
            without_room = {"pairs_without_room_for_a_patch": len(sampler.without_room)} if sampler.without_room else {}
            report(counts | without_room)
        course = Course(
            recipe,
            sampler,
            _Validation(store, validation),
            run,
            fabric,
            kernel,
            features=features.to(fabric.device).activations if features else None,
            workers=workers,
            report=report,
        )

        def write(stage: Stage, checkpoint: Path) -> None:
            if recipe.task == "guides":
                write_features(load_checkpoint(checkpoint), run / "features.safetensors")
                return
            last = stage == recipe.stage[-1]
            write_model(
                load_checkpoint(checkpoint),
                run / ("model" if last else f"model-{stage.name}"),
                kernel=kernel,
                training=[store.rows[k] for k in training],
                held_out=[store.rows[k] for k in validation],
                begun_from=_named(init_from) if init_from else "",
            )

        return train_stages(course, initial=initial, time_limit=time_limit, write_model=write)


@contextmanager
def _opened_by_the_first(
    fabric: Fabric, pairs: Sequence[Path], recipe: Recipe, run: Path, report: Report
) -> Iterator[Store]:
    """The store, built by one process where it has to be built."""
    if fabric.is_global_zero:
        store = open_pairs(pairs, recipe, run, report)
    fabric.barrier()
    if not fabric.is_global_zero:
        store = open_pairs(pairs, recipe, run, lambda row: None)
    with store:
        yield store


def _features(recipe: Recipe, weights: Path | None) -> FeatureNetwork | None:
    wanting = [stage.name for stage in recipe.stage if stage.losses.feature]
    if not wanting:
        return None
    if weights is None:
        raise UsageError(
            f"stage {wanting[0]}: losses.feature needs a feature network; name its weights by --features FILE "
            f"({recipe.features.family})"
        )
    try:
        return load_features(recipe.features.family, weights)
    except ModelError as error:
        raise UsageError(str(error)) from None


def _kernel(store: Store, training: Sequence[int], recipe: Recipe) -> tuple[float, ...]:
    if recipe.data.down_kernel == "box":
        return (1 / recipe.scale,) * recipe.scale
    return fit_down_kernel(_windows(store, training), scale=recipe.scale)


def _sampler(store: Store, pairs: Sequence[int], recipe: Recipe) -> PatchSampler:
    data, varied = recipe.data, recipe.augmentation
    return PatchSampler(
        store,
        pairs,
        patch=data.patch,
        density=Density(data.floor, data.intensity, data.hardness),
        augmentation=Augmentation(
            colour_shift=varied.colour_shift,
            exposure_stops=varied.exposure_stops,
            permute_channels=varied.permute_channels,
            background=varied.background,
        ),
        images=IMAGES if recipe.task == "guides" else ("lr", "hr"),
        seed=recipe.seed,
    )


def initial_weights(source: Path, recipe: Recipe) -> dict[str, Tensor]:
    """Weights in training form, from a checkpoint or a model folder.

    Raises RecipeError where a folder's weights are not those that its card describes, or do not fit the recipe.
    """
    if not source.is_dir():
        return load_checkpoint(source).average
    network = build_for(recipe)
    if not isinstance(network, Generator):
        raise RecipeError(f"{source}: a feature network begins with a checkpoint, not with a model folder")
    try:
        card = load_card(source)
        if not card.weights_sha256:
            raise RecipeError(f"{source / CARD_FILE}: no weights_sha256 to check the weights by; name a checkpoint")
        content = read_network(source / WEIGHTS_FILE, card.weights_sha256)
    except ModelError as error:
        raise RecipeError(str(error)) from None
    try:
        network.absorb(load(content))
    except (SafetensorError, ModelError) as error:
        raise RecipeError(f"{source / WEIGHTS_FILE}: {error}") from None
    return network.state_dict()


def _named(source: Path) -> str:
    """What begins a run, for its card: a model by its name and what it was trained on, a checkpoint by its file."""
    if not source.is_dir():
        return source.name
    card = load_card(source)
    told = [f"{key} {card.training[key]}" for key in ("steps", "data", "begun_from") if key in card.training]
    return f"{card.name} ({'; '.join(told)}; weights {card.weights_sha256[:12]})"


class _Validation(Sequence[Frame]):
    """Frames to validate on, whole up to _VALIDATED_SIDE, read anew each time: a studio's would not fit into memory."""

    def __init__(self, store: Store, pairs: Sequence[int]) -> None:
        self.store, self.pairs = store, pairs

    def __len__(self) -> int:
        return len(self.pairs)

    @overload
    def __getitem__(self, place: int) -> Frame: ...
    @overload
    def __getitem__(self, place: slice) -> "_Validation": ...
    def __getitem__(self, place: int | slice) -> "Frame | _Validation":
        if isinstance(place, slice):
            return _Validation(self.store, self.pairs[place])
        pair = self.pairs[place]
        lr, hr = (_window(self.store, pair, name, side=_VALIDATED_SIDE) for name in ("lr", "hr"))
        return Frame(name_of(self.store.rows[pair]), lr, hr)


def _windows(store: Store, pairs: Sequence[int]) -> list[tuple[Array, Array]]:
    """Linear windows of LR and HR to fit the down-kernel on: of as many pairs, evenly chosen, as a few GB hold."""
    chosen = pairs[:: max(1, len(pairs) // _FITTED)]
    return [
        (expand(_window(store, pair, "lr", side=_FITTED_SIDE)), expand(_window(store, pair, "hr", side=_FITTED_SIDE)))
        for pair in chosen
    ]


def _window(store: Store, pair: int, name: str, *, side: int | None = None) -> Array:
    """An image of a pair from its middle, `side` LR pixels along it at most."""
    image, lr = store.image(pair, name), store.image(pair, "lr")
    assert image is not None
    assert lr is not None
    times = image.height // lr.height
    height, width = (min(length, side or length) for length in (lr.height, lr.width))
    y, x = (lr.height - height) // 2, (lr.width - width) // 2
    return store.read(pair, name, y * times, x * times, height * times, width * times)


def _begin(run: Path, recipe: Recipe, training: Sequence[Row], validation: Sequence[Row]) -> None:
    """Make the run folder explain itself. A folder begun with another recipe is refused; other steps, rates or weights
    of losses are not.
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{run}: {error.strerror}") from None
    if (run / "last.pt").exists():
        before = recipe_from(load_checkpoint(run / "last.pt").recipe).to_dict()
        now = recipe.to_dict()
        changed = [key for key, value in now.items() if key != "stage" and before[key] != value]
        if [stage["name"] for stage in before["stage"]] != [stage["name"] for stage in now["stage"]]:
            changed.append("the stages' names")
        if changed:
            raise RecipeError(
                f"{run}: was begun with another recipe ({', '.join(changed)} differ); name another folder"
            )
    versions = {name: importlib.metadata.version(name) for name in ("uprez", "torch", "numpy")}
    facts = {
        "recipe": recipe.to_dict(),
        "versions": versions,
        "train": [name_of(row) for row in training],
        "validation": [name_of(row) for row in validation],
    }
    part = run / "run.json.part"
    part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    part.replace(run / "run.json")
