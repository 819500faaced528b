"""What the page says in words and figures: tables as HTML, and the values that its scripts read."""

import html
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from uprez.evaluation.content import Content, Interval, Metric, Row

_CHOOSE: Mapping[str, Callable[..., float | None]] = {
    "highest": max,
    "lowest": min,
    "nearest 0": partial(min, key=abs),
}


def methods_of(content: Content) -> list[str]:
    """Every method that has a figure, in the order of the summary."""
    return list(dict.fromkeys([*content.summary, *(row.method for row in content.rows)]))


def notes(content: Content) -> str:
    return "".join(f"<p>{html.escape(note)}</p>" for note in content.notes)


def summary(content: Content) -> str:
    """A table of methods by metrics: the mean over frames, and under it where it lies with 95 % confidence."""
    if not content.summary:
        return "<p>No frame could be measured.</p>"
    best = {metric.name: _best(metric, content.summary) for metric in content.metrics}
    head = "".join(f"<th scope=col>{html.escape(metric.title)}{_arrow(metric)}</th>" for metric in content.metrics)
    body = "".join(
        f"<tr><th scope=row>{html.escape(method)}</th>"
        + "".join(_cell(metric, found.get(metric.name), best[metric.name]) for metric in content.metrics)
        + "</tr>"
        for method, found in content.summary.items()
    )
    return f"<table class=figures><thead><tr><th scope=col>Method</th>{head}</tr></thead><tbody>{body}</tbody></table>"


def _arrow(metric: Metric) -> str:
    return f" <span class=dim>{metric.best} is best</span>"


def _best(metric: Metric, summary: Mapping[str, Mapping[str, Interval]]) -> float | None:
    means = [found[metric.name].mean for found in summary.values() if metric.name in found]
    return _CHOOSE[metric.best](means, default=None)


def _cell(metric: Metric, found: Interval | None, best: float | None) -> str:
    if found is None:
        return "<td class=dim>not measured</td>"
    kind = " class=best" if found.mean == best else ""
    return f"<td{kind}>{found.mean:.{metric.digits}f}<span class=dim>{found.span(metric.digits)}</span></td>"


def verdicts(content: Content) -> str:
    if not content.verdicts:
        return "<p>No verdicts.</p>"
    body = "".join(
        f"<tr><th scope=row>{html.escape(each.shot)}</th><td>{html.escape(each.verdict)}</td>"
        f"<td>{html.escape(each.reason)}</td></tr>"
        for each in content.verdicts
    )
    head = "".join(f"<th scope=col>{name}</th>" for name in ("Shot", "Verdict", "Reason"))
    return f"<table class=words><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def values(content: Content, crops: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the page's scripts read of a report, without pixels."""
    metrics = [
        {"name": each.name, "title": each.title, "digits": each.digits, "best": each.best} for each in content.metrics
    ]
    names = [each.name for each in content.metrics]
    return {
        "metrics": metrics,
        "methods": methods_of(content),
        "rows": [_row(row, names) for row in content.rows],
        "full": dict(content.full_cost),
        "crops": list(crops),
    }


def _row(row: Row, names: Sequence[str]) -> list[Any]:
    return [row.pair, row.look, row.shot, row.method, row.core_seconds, *(row.figures.get(name) for name in names)]


def script_json(value: Any) -> str:
    """JSON that may stand in a script element. What JSON has no number for, as of PSNR of equal frames, is a word."""
    return json.dumps(_sayable(value), allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _sayable(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case float():
            return float(value)
        case dict():
            return {key: _sayable(each) for key, each in value.items()}
        case list() | tuple():
            return [_sayable(each) for each in value]
    return value
