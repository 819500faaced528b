"""From what was measured to what the page shows."""

from collections.abc import Sequence
from pathlib import Path

from uprez.evaluation.content import Content, Crop, Metric, Row
from uprez.evaluation.cost import costs, saving_of
from uprez.evaluation.learned import warnings
from uprez.evaluation.measure import METRICS
from uprez.evaluation.run import Evaluation
from uprez.evaluation.statistics import compare, summarise
from uprez.evaluation.verdicts import measured_shots, right_without_measuring, verdicts


def content_of(
    found: Evaluation, methods: Sequence[str], folders: Sequence[Path], *, compared: tuple[str, str] | None = None
) -> Content:
    """Of an evaluation. methods: as they were asked for; the first is what the report is about, and is held against
    each of the others. compared: two more to hold against each other.
    """
    measured = measured_shots(found.rows, methods[0])
    frames = len({row.pair for row in found.rows})
    saving = saving_of(found.rows, methods[0], found.full_cost)
    notes = [f"{saving.text()}."] if saving else []
    notes += [f"{frames} frames of {', '.join(folder.name for folder in folders)}, by shot with 95 % confidence."]
    notes += [f"{line}." for line in warnings(found.learned, frames)]
    against = [(methods[0], other) for other in methods[1:]]
    against += [compared] if compared and compared not in against else []
    notes += [line for first, second in against for line in _differences(found.rows, first, second)]
    notes += _costs(found.rows)
    right, of = right_without_measuring(measured, found.signs)
    if of:
        notes.append(f"By LR alone, each shot told from the others, {right} of {of} verdicts are the measured ones.")
    notes += [f"Failed: {line}" for line in found.failures]
    return Content(
        title=f"{methods[0]} on {', '.join(folder.name for folder in folders)}",
        metrics=_applied(found.rows),
        summary=summarise(found.rows),
        rows=found.rows,
        crops=found.crops,
        verdicts=verdicts(measured, found.signs),
        notes=notes,
        full_cost=found.full_cost,
    )


def content_of_frames(rows: Sequence[Row], crops: Sequence[Crop], truth: Path) -> Content:
    """Of two frames held against each other."""
    return Content(
        title=f"{rows[0].pair} against {truth.name}",
        metrics=_applied(rows),
        summary=summarise(rows),
        rows=rows,
        crops=crops,
        verdicts=(),
        notes=(f"{len(crops)} places in which most is wrong, worst first.",),
    )


def _applied(rows: Sequence[Row]) -> list[Metric]:
    return [metric for metric in METRICS if any(metric.name in row.figures for row in rows)]


def _differences(rows: Sequence[Row], first: str, second: str) -> list[str]:
    """Of the metrics that say most, a line for each other method."""
    found = compare(rows, first, second)
    told = []
    for metric in (one for one in METRICS if one.name in ("psnr_db", "flip") and one.name in found):
        difference, digits = found[metric.name], metric.digits
        of = difference.interval
        judged = "real" if difference.is_real else "could be chance"
        told.append(f"{metric.title} {of.mean:+.{digits}f} ({of.span(digits, '+')}, {judged})")
    return [f"{first} over {second}: {', '.join(told)}."] if told else []


def _costs(rows: Sequence[Row]) -> list[str]:
    lines = []
    for cost in costs(rows, "psnr_db"):
        told = f"{cost.method}: {cost.core_seconds:.1f} core-seconds a frame"
        if cost.rendered_for is not None:
            told += f"; rendering as well takes {cost.rendered_for:.1f}, {100 * (cost.saving or 0):.0f} % saved"
        lines.append(f"{told}.")
    return lines
