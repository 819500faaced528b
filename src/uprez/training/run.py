"""`uprez train`: from a recipe and folders of pairs to a run folder."""

import importlib.metadata
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lightning_fabric import Fabric

from uprez.dataset.resident import ResidentPairs, is_resident
from uprez.dataset.sampling import PatchSampler
from uprez.dataset.store import Store
from uprez.dataset.store.layout import Row, name_of
from uprez.errors import RecipeError, UsageError
from uprez.training.bundle import write_features, write_model
from uprez.training.checkpoint import Checkpoint, load_checkpoint
from uprez.training.data import ValidationFrames, down_kernel_of, open_pairs, require_scale, sampler_of, split
from uprez.training.loop import Course, Report, Tick, train_stages
from uprez.training.preparation import named, prepare, shots_known_by, softer_of
from uprez.training.processes import in_a_line, launch, open_fabric
from uprez.training.recipe import Recipe, Stage, recipe_from


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
    tick: Tick = lambda stage, step: None,
) -> Checkpoint:
    """Train what the recipe says on `pairs`, into the folder `run`; the same call again goes on.

    pairs: one store, or folders of rendered pairs and stores, of which `run/pairs.lmdb` is built. workers: processes
    that make patches beside each one that trains.

    Each stage of the recipe's scale ends by writing its best weights as a model: `run/model-STAGE`, the last one's
    `run/model`; where the recipe is about a feature network, as `run/features.safetensors`.

    device: "auto", "cpu", "cuda" or "mps". processes: how many train, one a GPU; under torchrun as many as it began.
    time_limit: seconds of training in this call. init_from: a checkpoint, a model's folder or a bundled model's name,
    whose averaged weights begin the run. feature_weights: file of the feature network's weights, where a stage's losses
    need one.

    report hears of each validation and of what takes long before, tick of each step: the stage's name and the step.

    Raises RecipeError or UsageError for what can be checked before the first step, TrainingError for a run that can't
    go on.
    """
    recipe, initial, features, source = prepare(recipe_path, init_from, feature_weights)
    fabric = open_fabric(device, processes, parts_rest=recipe.scale > 2)
    launch(fabric)
    for stage in recipe.stage:
        stage.patches_of_a_part(fabric.world_size)
    with in_a_line(run), _opened_by_the_first(fabric, pairs, recipe, run, report) as store:
        require_scale(store.rows, recipe.scale)
        training, validation = split(store.rows, recipe.data)
        if fabric.is_global_zero:
            _begin(run, recipe, [store.rows[k] for k in training], [store.rows[k] for k in validation])
        kernel = down_kernel_of(store, training, recipe)
        sampler = sampler_of(store, training, recipe)
        if fabric.is_global_zero:
            _tell_pairs(sampler, len(validation), report)
        course = Course(
            recipe,
            sampler,
            ValidationFrames(store, validation),
            run,
            fabric,
            kernel,
            features=features.to(fabric.device).activations if features else None,
            workers=workers,
            resident=ResidentPairs(sampler, fabric.device) if is_resident(sampler, fabric.device) else None,
            report=report,
            tick=tick if fabric.is_global_zero else lambda stage, step: None,
        )

        def write(stage: Stage, checkpoint: Path) -> None:
            if recipe.scales_of(stage)[-1] != recipe.scale:
                return
            learned, held_out = ([store.rows[k] for k in of] for of in (training, validation))
            if recipe.task == "guides":
                features_file = run / "features.safetensors"
                write_features(load_checkpoint(checkpoint), features_file, training=learned, held_out=held_out)
                return
            folder = run / ("model" if stage == recipe.stage[-1] else f"model-{stage.name}")
            write_model(
                load_checkpoint(checkpoint),
                folder,
                kernel=kernel,
                training=learned,
                held_out=held_out,
                begun_from=named(source) if source else "",
                softer=_softer(recipe, stage, source, folder),
                known_shots=shots_known_by(source),
            )

        return train_stages(course, initial=initial, time_limit=time_limit, write_model=write)


def _tell_pairs(sampler: PatchSampler, validating: int, report: Report) -> None:
    counts = {"train_pairs": len(sampler.pairs), "validation_pairs": validating}
    without_room = {"pairs_without_room_for_a_patch": len(sampler.without_room)} if sampler.without_room else {}
    report(counts | without_room)
    if not validating:
        why = "no shot is kept back; have two shots or more, and build the store with a --validation above 0"
        report({"nothing_validates": why})


def _softer(recipe: Recipe, stage: Stage, source: Path | None, folder: Path) -> str:
    """The model without a critic that one with a critic went on from: of an earlier stage, else what the run began
    with. As the card in `folder` names it.
    """
    if not stage.losses.gan:
        return ""
    before = [
        one.name
        for one in recipe.stage[: recipe.stage.index(stage)]
        if not one.losses.gan and recipe.scales_of(one)[-1] == recipe.scale
    ]
    if before:
        return f"../model-{before[-1]}"
    return softer_of(source, recipe, folder) if source else ""


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
