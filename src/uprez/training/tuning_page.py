"""A study as a page that works from disk: the trials against each other, and which of the searched values matter."""

import html
import os
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import optuna
from optuna import visualization
from optuna.importance import PedAnovaImportanceEvaluator
from optuna.trial import FrozenTrial, TrialState

from uprez.training.trial import Finished, Score

PAGE = "index.html"
_LEAST = 4
"""Complete trials of which importances say something."""


def write_page(study: optuna.Study, best: Sequence[Finished], out: Path) -> Path:
    """Write `out/index.html`, whole or not at all: one file, no network. best: the trials of the front."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    plots = [visualization.plot_pareto_front(study, target_names=list(Score._fields))] if complete else []
    if len(complete) >= _LEAST:
        evaluator = PedAnovaImportanceEvaluator()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that low values count as good, which is meant
            for place, name in enumerate(Score._fields):
                plot = visualization.plot_param_importances(study, evaluator=evaluator, target=partial(_value, place))
                plots.append(plot.update_layout(title=f"What matters for {name}"))
    drawn = [plot.to_html(full_html=False, include_plotlyjs=not k) for k, plot in enumerate(plots)]
    part = out / f"{PAGE}.{os.getpid()}.part"
    part.write_text(_page(study, best, "\n".join(drawn)), encoding="utf-8")
    part.replace(out / PAGE)
    return out / PAGE


def _value(place: int, trial: FrozenTrial) -> float:
    return trial.values[place]


def _page(study: optuna.Study, best: Sequence[Finished], plots: str) -> str:
    keys = sorted({key for trial in best for key in trial.values})
    head = "".join(f"<th>{html.escape(name)}</th>" for name in ("trial", *Score._fields, *keys, "recipe"))
    rows = "\n".join(
        "<tr>"
        + "".join(f"<td>{html.escape(told)}</td>" for told in _cells(trial, keys))
        + f'<td><a href="{trial.folder.parent.name}/{trial.folder.name}/recipe.toml">recipe.toml</a></td></tr>'
        for trial in best
    )
    states = [trial.state for trial in study.get_trials(deepcopy=False)]
    told = f"{states.count(TrialState.COMPLETE)} trials, {states.count(TrialState.PRUNED)} given up"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>uprez tune</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2em .8em; text-align: right; border-bottom: 1px solid #ddd; }}
</style></head><body>
<h1>Sharpness against artifacts</h1>
<p>{told}. Blur is how far the energy above the source's Nyquist frequency is from the truth's, artifacts what is added
in flat areas and around edges (RMS in the compressed domain): both are to be small. No other trial beats one of these
in both:</p>
<table><tr>{head}</tr>
{rows}
</table>
{plots}
</body></html>
"""


def _cells(trial: Finished, keys: Sequence[str]) -> list[str]:
    score = [f"{value:.4f}" for value in trial.score or ()]
    values = [trial.values.get(key, "") for key in keys]
    return [str(trial.number), *score, *(f"{one:.3g}" if isinstance(one, float) else str(one) for one in values)]
