"""One trial of a study: a run of its recipe with other values, judged as it goes."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from uprez.errors import DivergedError, RecipeError, UsageError
from uprez.files.toml import dump_toml
from uprez.files.whole import write_whole
from uprez.training.preparation import prepare
from uprez.training.recipe import Recipe, Stage
from uprez.training.run import train
from uprez.training.study import Range, Searched, Study, Value

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock: one process at a time there
    fcntl = None  # type: ignore[assignment]

LEAST_TO_PRUNE = 4
"""So many trials must have come as far before one is given up for being worse than them."""
FOLDER, _AT = "folder", "at step"
"""What is noted of a trial: where it lies, and its scores by step."""


class Score(NamedTuple):
    """What a trial is judged by; both are to be small. The order is that of the study's objectives."""

    blur: float
    """|1 - sharpness|, with the validation frames' mean: too soft and too sharp are alike."""
    artifacts: float
    """What is added in flat areas, and around edges: the sum of both, each the validation frames' mean."""


class Finished(NamedTuple):
    """A trial that is over."""

    number: int
    outcome: str
    """complete, pruned (worse than the others half-way), diverged (a loss that is no number), or refused: RecipeError's
    words, where these values do not go together.
    """
    values: dict[str, Value]
    score: Score | None
    folder: Path
    over: int
    """Trials of the study that are over, this one included."""


@dataclass(frozen=True)
class Means:
    """How trials are trained: as `train` takes it."""

    device: str = "auto"
    init_from: Path | None = None
    feature_weights: Path | None = None
    workers: int = 0


@dataclass(frozen=True)
class Trials:
    """What all trials of a study have in common."""

    study: Study
    optuna_study: optuna.Study
    out: Path
    store: Path
    """Of the pairs."""
    means: Means
    told: Callable[[dict[str, Any]], None]
    """Hears of every row of statistics."""


def run_trial(trials: Trials, time_limit: float | None) -> Finished | None:
    """Run the next trial, or go on with one; nothing where it ran out of `time_limit`, in seconds. Raises UsageError
    where there are no pairs to judge it by, TrainingError for what it can't go on from.
    """
    trial = trials.optuna_study.ask()
    place = trial.user_attrs.get(FOLDER, f"trials/{trial.number:04d}")
    folder = trials.out / place
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / "lock", wait=True):
        trial.set_user_attr(FOLDER, place)
        values = {key: _suggest(trial, key, space) for key, space in trials.study.search.items()}
        recipe, refused = _recipe_of(trials, values, folder)
        outcome = _train(trials, trial, recipe, folder, time_limit) if recipe else f"refused: {refused}"
        if outcome == "out of time":
            return None
        if outcome == "complete":
            trials.optuna_study.tell(trial, _last_score(folder))
        else:
            trials.optuna_study.tell(trial, state=TrialState.PRUNED)
            for checkpoint in folder.glob("*.pt"):
                checkpoint.unlink()
    return told_of(trials.optuna_study, trials.optuna_study.trials[trial.number], trials.out, outcome)


def _recipe_of(trials: Trials, values: dict[str, Value], folder: Path) -> tuple[Recipe | None, str]:
    """The trial's recipe, written into its folder; or none, and why it makes no sense."""
    try:
        recipe = replace(trials.study.recipe_with(values), name=f"{trials.study.recipe.name}-{folder.name}")
        write_whole(folder / "recipe.toml", dump_toml(recipe.to_dict()))
        prepare(folder / "recipe.toml", trials.means.init_from, trials.means.feature_weights)
    except RecipeError as error:
        return None, str(error)
    return recipe, ""


def told_of(study: optuna.Study, trial: FrozenTrial, out: Path, outcome: str = "complete") -> Finished:
    """What a trial that is over came to."""
    score = Score(*trial.values) if trial.values else None
    return Finished(trial.number, outcome, dict(trial.params), score, out / trial.user_attrs[FOLDER], over(study))


def over(study: optuna.Study) -> int:
    """How many trials are over; those that go on as another one are not."""
    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)))


@contextmanager
def held(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold a lock that ends with the process; whether it could be had."""
    with path.open("ab") as file:
        try:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _suggest(trial: Trial, key: str, space: Searched) -> Value:
    if not isinstance(space, Range):
        return trial.suggest_categorical(key, space)  # type: ignore[return-value]
    if isinstance(space.least, int) and isinstance(space.most, int):
        return trial.suggest_int(key, space.least, space.most, log=space.log)
    return trial.suggest_float(key, space.least, space.most, log=space.log)


def _train(trials: Trials, trial: Trial, recipe: Recipe, folder: Path, time_limit: float | None) -> str:
    """How the run ended: complete, out of time, pruned or diverged."""
    last, means = recipe.stage[-1], trials.means

    def hear(row: dict[str, Any]) -> None:
        trials.told(row)
        if row.get("stage") == last.name:
            _judge(trials.optuna_study, trial, last, row)

    try:
        checkpoint = train(
            folder / "recipe.toml",
            pairs=[trials.store],
            run=folder,
            device=means.device,
            time_limit=time_limit,
            init_from=means.init_from,
            feature_weights=means.feature_weights,
            workers=means.workers,
            report=hear,
        )
    except optuna.TrialPruned:
        return "pruned"
    except DivergedError:
        return "diverged"
    is_done = checkpoint.stage + 1 == len(recipe.stage) and checkpoint.step == last.steps
    return "complete" if is_done else "out of time"


def _judge(study: optuna.Study, trial: Trial, stage: Stage, row: Mapping[str, Any]) -> None:
    """Note a score. Raises TrialPruned where it is worse in both objectives than the median of the trials that came as
    far: Optuna's own pruners know one objective only.
    """
    score, step = _score(row), str(row["step"])
    trial.set_user_attr(_AT, trial.user_attrs.get(_AT, {}) | {step: score})
    known = [
        other.user_attrs.get(_AT, {}) for other in study.get_trials(deepcopy=False) if other.number != trial.number
    ]
    others = [scores[step] for scores in known if step in scores]
    if row["step"] < stage.steps and len(others) >= LEAST_TO_PRUNE:
        usual = [median(values) for values in zip(*others, strict=True)]
        if all(mine > theirs for mine, theirs in zip(score, usual, strict=True)):
            raise optuna.TrialPruned


def _score(row: Mapping[str, Any]) -> Score:
    if "sharpness" not in row:
        raise UsageError("no pairs to validate on, by which trials are judged: see data.validation_share of the recipe")
    return Score(abs(1 - row["sharpness"]), row["flat_artifacts"] + row["edge_artifacts"])


def _last_score(folder: Path) -> Score:
    return _score(json.loads((folder / "stats.jsonl").read_text(encoding="utf-8").splitlines()[-1]))
