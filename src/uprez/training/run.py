"""`uprez train`: from a recipe and folders of pairs to a run folder."""

import importlib.metadata
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from uprez.dataset.pairs import Pair, find_pairs, read_frames, split_pairs
from uprez.dataset.patches import Density, PatchPool
from uprez.errors import ModelError, RecipeError, UsageError
from uprez.models.card import CARD_FILE, WEIGHTS_FILE, load_card
from uprez.models.down_kernel import fit_down_kernel
from uprez.networks import absorb, build
from uprez.runtimes.content import read_network
from uprez.training.bundle import write_model
from uprez.training.checkpoint import Checkpoint, load_checkpoint
from uprez.training.psnr import Frames, train_psnr
from uprez.training.recipe import Recipe, read_recipe, recipe_from

Report = Callable[[dict[str, Any]], None]


def train(
    recipe_path: Path,
    *,
    pairs: Sequence[Path],
    run: Path,
    device: str = "auto",
    time_limit: float | None = None,
    init_from: Path | None = None,
    report: Report = lambda row: None,
) -> Checkpoint:
    """Train what the recipe says on the pairs in `pairs`, into the folder `run`; the same call again goes on.

    Ends by writing the best weights so far as a model into `run/model`.

    device: "auto", "cpu", "cuda" or "mps". time_limit: seconds of training in this call. init_from: a checkpoint
    whose averaged weights begin the run. Raises RecipeError or UsageError for what can be checked before the first
    step.
    """
    recipe = read_recipe(recipe_path)
    try:
        build({**recipe.network, "scale": recipe.scale})
    except ModelError as error:
        raise RecipeError(f"{recipe_path}: {error}") from None
    target = torch.device(_device(device))
    training, validation = split_pairs(
        find_pairs(pairs),
        held_out_looks=recipe.data.held_out_looks,
        held_out_shots=recipe.data.held_out_shots,
        validation_share=recipe.data.validation_share,
    )
    initial = initial_weights(init_from, recipe) if init_from else None
    _begin(run, recipe, training, validation)
    pool = PatchPool(
        ((lr, hr) for _, lr, hr in read_frames(training)),
        patch=recipe.data.patch,
        density=Density(recipe.data.floor, recipe.data.intensity, recipe.data.hardness),
        device=target,
        scale=recipe.scale,
    )
    kernel = fit_down_kernel(((lr, hr) for _, lr, hr in read_frames(training)), scale=recipe.scale)
    report({"train_pairs": len(training), "validation_pairs": len(validation), "megabytes": round(pool.nbytes / 1e6)})
    last = train_psnr(
        recipe,
        pool,
        _frames(validation),
        run,
        kernel=kernel,
        initial=initial,
        time_limit=time_limit,
        report=report,
    )
    write_model(
        load_checkpoint(run / "best.pt"),
        run / "model",
        kernel=kernel,
        training=training,
        held_out=validation,
        begun_from=_named(init_from) if init_from else "",
    )
    return last


def initial_weights(source: Path, recipe: Recipe) -> dict[str, Tensor]:
    """Weights in training form, from a checkpoint or a model folder.

    Raises RecipeError where a folder's weights are not those that its card describes, or do not fit the recipe.
    """
    if not source.is_dir():
        return load_checkpoint(source).average
    network = build({**recipe.network, "scale": recipe.scale})
    try:
        card = load_card(source)
        if not card.weights_sha256:
            raise RecipeError(f"{source / CARD_FILE}: no weights_sha256 to check the weights by; name a checkpoint")
        content = read_network(source / WEIGHTS_FILE, card.weights_sha256)
    except ModelError as error:
        raise RecipeError(str(error)) from None
    try:
        absorb(network, load(content))
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


def _frames(pairs: Sequence[Pair]) -> Frames:
    return [(pair.name, lr, hr) for pair, lr, hr in read_frames(pairs)]


def _begin(run: Path, recipe: Recipe, training: Sequence[Pair], validation: Sequence[Pair]) -> None:
    """Make the run folder explain itself. A folder begun with another recipe is refused; more steps of the same one
    are not.
    """
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{run}: {error.strerror}") from None
    if (run / "last.pt").exists():
        before = recipe_from(load_checkpoint(run / "last.pt").recipe).to_dict()
        changed = [key for key, value in recipe.to_dict().items() if key != "psnr" and before[key] != value]
        if changed:
            raise RecipeError(
                f"{run}: was begun with another recipe ({', '.join(changed)} differ); name another folder"
            )
    versions = {name: importlib.metadata.version(name) for name in ("uprez", "torch", "numpy")}
    facts = {
        "recipe": recipe.to_dict(),
        "versions": versions,
        "train": [pair.name for pair in training],
        "validation": [pair.name for pair in validation],
    }
    part = run / "run.json.part"
    part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    part.replace(run / "run.json")


def _device(name: str) -> str:
    if name != "auto":
        if name == "cuda" and not torch.cuda.is_available():
            raise UsageError("no CUDA device is available to torch; use --device cpu")
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
