"""`uprez tune`: the trials of a study, one after the other in this process, beside those of other processes."""

import json
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from uprez.errors import RecipeError, UsageError
from uprez.files.toml import dump_toml
from uprez.files.whole import write_whole
from uprez.training.data import open_pairs
from uprez.training.preparation import prepare
from uprez.training.study import Study, read_study
from uprez.training.trial import FOLDER, Finished, Means, Score, Trials, held, over, run_trial, told_of

JOURNAL = "study.journal"
_AS_THEY_COME = Means()
_OPENED = "times opened"
_STARTUP = 8
"""Trials that are drawn at random before the sampler learns from them."""


def tune(
    study_path: Path,
    *,
    pairs: Sequence[Path],
    out: Path,
    trials: int,
    time_limit: float | None = None,
    means: Means = _AS_THEY_COME,
    report: Callable[[Finished], None] = lambda finished: None,
    told: Callable[[dict[str, Any]], None] = lambda row: None,
) -> list[Finished]:
    """Run trials until so many of the study in the folder `out` are over. The same call again goes on, and so does one
    beside it, on this machine or on another that sees the folder. A trial whose process died, or ran out of
    `time_limit` (seconds), is gone on with at the checkpoint where it stood.

    pairs: as for `train`, with some to validate on. report hears of each trial that is over, told of every row of a
    trial's statistics and of what takes long before.

    Returns the trials that no other beats in both objectives, the sharpest first. Raises RecipeError or UsageError for
    what can be checked before the first trial, TrainingError for what no trial can go on from.
    """
    started = time.monotonic()
    study = read_study(study_path)
    _begin(study, study_path, out, means)
    with held(out / "pairs.lock", wait=True), open_pairs(pairs, study.recipe, out, told) as opened:
        store = opened.folder
    optuna_study = _open(study, out)
    common = Trials(study, optuna_study, out, store, means, told)
    while True:
        _revive(optuna_study, out)
        left = None if time_limit is None else time_limit - (time.monotonic() - started)
        if over(optuna_study) >= trials or (left is not None and left <= 0):
            return front(optuna_study, out)
        if done := run_trial(common, left):
            report(done)


def front(study: optuna.Study, out: Path) -> list[Finished]:
    """The trials that no other beats in both objectives, the sharpest first."""
    best = sorted(study.best_trials, key=lambda trial: list(trial.values))
    return [told_of(study, trial, out) for trial in best]


def open_study(out: Path) -> optuna.Study:
    """The study of a folder, as `tune` left it."""
    return optuna.load_study(study_name="uprez", storage=_storage(out))


def _begin(study: Study, path: Path, out: Path, means: Means) -> None:
    """Check what can be checked before a trial: that the recipe can be trained, and that the folder is this study's."""
    facts: dict[str, Any] = json.loads(json.dumps({"recipe": study.recipe.to_dict(), "search": dict(study.search)}))
    try:
        out.mkdir(parents=True, exist_ok=True)
        kept = out / "study.json"
        if kept.exists() and json.loads(kept.read_text(encoding="utf-8")) != facts:
            raise RecipeError(f"{out}: was begun with another study than {path}; name another folder")
        write_whole(kept, json.dumps(facts, indent=1) + "\n")
        write_whole(out / "recipe.toml", dump_toml(study.recipe.to_dict()))
    except OSError as error:
        raise UsageError(f"{error.filename or out}: {error.strerror}") from None
    prepare(out / "recipe.toml", means.init_from, means.feature_weights)


def _storage(out: Path) -> JournalStorage:
    """A file that several machines may add to."""
    return JournalStorage(JournalFileBackend(str(out / JOURNAL)))


def _open(study: Study, out: Path) -> optuna.Study:
    optuna.logging.set_verbosity(logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    opened = optuna.create_study(
        study_name="uprez", storage=_storage(out), directions=["minimize", "minimize"], load_if_exists=True
    )
    opened.set_metric_names(list(Score._fields))
    with held(out / "opened.lock", wait=True):  # several processes must not draw alike
        before = opened.user_attrs.get(_OPENED, 0)
        opened.set_user_attr(_OPENED, before + 1)
    seed = study.seed + before
    if study.sampler == "nsga2":
        opened.sampler = optuna.samplers.NSGAIISampler(seed=seed)
    else:
        opened.sampler = optuna.samplers.TPESampler(seed=seed, constant_liar=True, n_startup_trials=_STARTUP)
    return opened


def _revive(study: optuna.Study, out: Path) -> None:
    """Have trials that nobody runs any more run again from where they stood."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        place = trial.user_attrs.get(FOLDER)
        if place is not None:
            with held(out / place / "lock", wait=False) as nobody:
                if nobody:
                    study.tell(trial.number, state=TrialState.FAIL)
                    study.enqueue_trial(trial.params, user_attrs={FOLDER: place})
