"""From a checkpoint to a model folder: card, network for runtimes, weights to fine-tune."""

import hashlib
import importlib.metadata
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save

from uprez.dataset.shots import shot_hash
from uprez.dataset.store.layout import Row, lr_filter_of, name_of, shot_of
from uprez.files.whole import write_whole
from uprez.models.card import NETWORK_FILE, WEIGHTS_FILE, Card, save_card
from uprez.networks import build, fuse
from uprez.networks.features import GuideNetwork, save_guide_network
from uprez.networks.onnx import to_onnx
from uprez.training.checkpoint import Checkpoint
from uprez.training.recipe import Recipe, recipe_from
from uprez.training.task import build_for


def write_model(
    checkpoint: Checkpoint,
    folder: Path,
    *,
    kernel: tuple[float, ...],
    training: Sequence[Row],
    held_out: Sequence[Row],
    begun_from: str = "",
    softer: str = "",
    known_shots: Sequence[str] = (),
) -> Card:
    """Write the averaged weights of a checkpoint as a model that `uprez upscale --model FOLDER` takes.

    kernel: the down-kernel fitted on the pairs that it learned from, `training`. held_out: the pairs that it was
    validated on, named in the card with the gain that the checkpoint had there. begun_from: what gave the run its first
    weights, where they were not fresh. softer: the model that `--sharpness` blends with, as the card names it.
    known_shots: hashes of shots that those first weights had learned from.
    """
    recipe = recipe_from(checkpoint.recipe)
    architecture = {**recipe.network, "scale": recipe.scale}
    network = build(architecture)
    network.load_state_dict(checkpoint.average)
    folder.mkdir(parents=True, exist_ok=True)
    plain = fuse(network)
    weights = save({name: value.contiguous() for name, value in plain.state_dict().items()})
    onnx = to_onnx(plain, plain.inputs)
    write_whole(folder / WEIGHTS_FILE, weights)
    write_whole(folder / NETWORK_FILE, onnx)
    card = Card(
        name=recipe.name,
        scale=recipe.scale,
        kind="network",
        halo=network.halo,
        features=network.features,
        down_kernel=kernel,
        pixel_filters=learned_filters(training),
        architecture=architecture,
        training={
            **_training(recipe, checkpoint, training, begun_from),
            "shots": sorted({*known_shots, *(shot_hash(shot_of(row)) for row in training)}),
        },
        held_out=_held_out(recipe, held_out),
        figures=_figures(checkpoint),
        network_sha256=hashlib.sha256(onnx).hexdigest(),
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        softer=softer,
    )
    save_card(card, folder)
    return card


def learned_filters(training: Sequence[Row]) -> tuple[str, ...]:
    """The pixel filters of the LR frames that a model learned from; none where one of the pairs does not say, as then
    nobody knows.
    """
    names = {lr_filter_of(row) for row in training}
    return () if "" in names else tuple(sorted(names))


def write_features(checkpoint: Checkpoint, path: Path, *, training: Sequence[Row], held_out: Sequence[Row]) -> None:
    """Write the averaged weights of a checkpoint as a feature network that `uprez train --features FILE` takes, with
    what it learned from and was validated on.
    """
    recipe = recipe_from(checkpoint.recipe)
    network = build_for(recipe)
    assert isinstance(network, GuideNetwork)
    card = {
        "training": _training(recipe, checkpoint, training, ""),
        "held_out": _held_out(recipe, held_out),
        "licence": "Apache-2.0",
    }
    write_whole(path, save_guide_network(network, checkpoint.average, card))


def _figures(checkpoint: Checkpoint) -> dict[str, float]:
    """None where nothing was validated on."""
    if not math.isfinite(checkpoint.score):
        return {}
    return {"validation gain over bicubic, dB, PSNR of RGB in the compressed domain": round(checkpoint.score, 3)}


def _training(recipe: Recipe, checkpoint: Checkpoint, pairs: Sequence[Row], begun_from: str) -> Mapping[str, str | int]:
    text = json.dumps(checkpoint.recipe, sort_keys=True)
    looks = sorted({row["look"] for row in pairs})
    stages = recipe.stage[: checkpoint.stage + 1]
    facts: dict[str, str | int] = {"begun_from": begun_from} if begun_from else {}
    return facts | {
        "data": f"{len(pairs)} rendered pairs of the looks {', '.join(looks)}",
        "stage": stages[-1].name,
        "steps": sum(stage.steps for stage in stages[:-1]) + checkpoint.step,
        "minibatch": stages[-1].minibatch,
        "recipe_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "uprez": importlib.metadata.version("uprez"),
        "torch": torch.__version__,
    }


def _held_out(recipe: Recipe, pairs: Sequence[Row]) -> tuple[str, ...]:
    data = recipe.data
    shots = (name_of(row) for row in pairs if row["look"] not in data.held_out_looks)
    return (
        *(f"{look} (the whole look)" for look in data.held_out_looks),
        *(f"shot {shot} of every look" for shot in data.held_out_shots),
        *sorted(shots),
    )
