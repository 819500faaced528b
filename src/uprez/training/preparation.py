"""Everything about a run that can be checked before its pairs are opened."""

import os
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from uprez.errors import ModelError, RecipeError, UsageError
from uprez.models.card import CARD_FILE, WEIGHTS_FILE, load_card
from uprez.models.registry import bundled_folder
from uprez.networks.critics import build_critic
from uprez.networks.features import FeatureNetwork, load_features
from uprez.networks.generator import MISFIT, Generator
from uprez.runtimes.content import read_network
from uprez.training.checkpoint import load_checkpoint
from uprez.training.recipe import Recipe, Stage, read_recipe
from uprez.training.task import build_for

CHANNELS = 4
BUNDLED = "features.safetensors"
"""The feature network of our own, in this room's `bundled`; its card stands in the file."""


class Prepared(NamedTuple):
    """What a run begins with."""

    recipe: Recipe
    initial: dict[str, Tensor] | None
    """First weights, in training form, where they are not fresh."""
    features: FeatureNetwork | None
    source: Path | None
    """What gave those weights: a checkpoint, or a model's folder."""


def prepare(recipe_path: Path, init_from: Path | None, feature_weights: Path | None) -> Prepared:
    """Read what a run begins with. Raises RecipeError or UsageError for what makes no sense in any of its stages."""
    recipe = read_recipe(recipe_path)
    try:
        network = build_for(recipe)
        _require_scales(recipe, network)
        for stage in recipe.stage:
            if isinstance(network, Generator):
                _require_patches(recipe, stage, network)
    except ModelError as error:
        raise RecipeError(f"{recipe_path}: {error}") from None
    source = _located(init_from) if init_from else None
    initial = initial_weights(source, recipe) if source else None
    return Prepared(recipe, initial, _features(recipe, feature_weights), source)


def softer_of(source: Path, recipe: Recipe, folder: Path) -> str:
    """How the card of a model in `folder`, trained with a critic from the model `source`, names that as its softer one.
    Empty where it can't be one: a checkpoint, another network, or a model that has learned from a critic itself.
    """
    if not source.is_dir():
        return ""
    card = load_card(source)
    if card.softer or card.architecture != {**recipe.network, "scale": recipe.scale}:
        return ""
    return source.name if source == bundled_folder(source.name) else os.path.relpath(source, folder)


def initial_weights(source: Path, recipe: Recipe) -> dict[str, Tensor]:
    """Weights in training form, from a checkpoint or a model folder.

    Raises RecipeError where they do not fit the recipe, or a folder's are not those that its card describes.
    """
    network = build_for(recipe)
    if not source.is_dir():
        weights = load_checkpoint(source).average
        try:
            network.load_state_dict(weights)
        except RuntimeError:
            raise RecipeError(f"{source}: {MISFIT}, which the recipe's table [network] names") from None
        return weights
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


def named(source: Path) -> str:
    """What begins a run, for its card: a model by its name and what it was trained on, a checkpoint by its file."""
    if not source.is_dir():
        return source.name
    card = load_card(source)
    told = [f"{key} {card.training[key]}" for key in ("steps", "data", "begun_from") if key in card.training]
    return f"{card.name} ({'; '.join(told)}; weights {card.weights_sha256[:12]})"


def shots_known_by(source: Path | None) -> list[str]:
    """Hashes of the shots that what begins a run has learned from, as far as its card says; a checkpoint has none."""
    shots = load_card(source).training.get("shots") if source and source.is_dir() else None
    return list(map(str, shots)) if isinstance(shots, list | tuple) else []


def _require_scales(recipe: Recipe, network: nn.Module) -> None:
    known = network.scales if isinstance(network, Generator) else (recipe.scale,)
    for stage in recipe.stage:
        if wrong := set(stage.scales) - set(known):
            raise ModelError(
                f"stage {stage.name}: scales: {min(wrong)} is none that this network learns at; "
                f"known: {', '.join(map(str, known))}"
            )


def _require_patches(recipe: Recipe, stage: Stage, network: Generator) -> None:
    """Have the network and the critic take a patch of the stage's, without computing anything."""
    if network.inputs != CHANNELS:
        raise ModelError(f"network.inputs must be {CHANNELS}, R, G, B and A, to learn; got {network.inputs}")
    last = recipe.scales_of(stage)[-1]
    if stage.blend and len(network.scales) == 1:
        raise ModelError(f"stage {stage.name}: blend is for networks that grow by doublings; leave it out")
    if stage.losses.gan:
        inputs, side = (CHANNELS if recipe.critic.alpha else CHANNELS - 1), recipe.data.patch * last
        critic = build_critic(recipe.critic.family, inputs=inputs, features=recipe.critic.features).to("meta")
        try:
            critic(torch.zeros(1, inputs, side, side, device="meta"))
        except RuntimeError:
            told = f"the critic {recipe.critic.family!r} can't take patches of {side} HR pixels"
            raise ModelError(f"stage {stage.name}: {told}; make data.patch a multiple of 8") from None


def _located(source: Path) -> Path:
    """A file, a folder, or the folder of the bundled model of that name."""
    return source if source.exists() else bundled_folder(str(source)) or source


def _features(recipe: Recipe, weights: Path | None) -> FeatureNetwork | None:
    wanting = [stage.name for stage in recipe.stage if stage.losses.feature]
    if not wanting:
        return None
    if weights is None and recipe.features.family == "guides":
        weights = Path(str(resources.files("uprez.training") / "bundled" / BUNDLED))
    if weights is None:
        raise UsageError(
            f"stage {wanting[0]}: losses.feature needs a feature network; name its weights by --features FILE "
            f"({recipe.features.family})"
        )
    try:
        return load_features(recipe.features.family, weights)
    except ModelError as error:
        raise UsageError(str(error)) from None
