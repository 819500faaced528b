"""`uprez evaluate`: is it as good as a render, and where not?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli.console import error, note, out, out_json
from uprez.cli.dataset_progress import shown
from uprez.cli.extras import extra
from uprez.errors import SOME_FAILED, UsageError, WriteError

if TYPE_CHECKING:
    from uprez.evaluation.run import Evaluation
    from uprez.evaluation.statistics import Difference
    from uprez.evaluation.work import Outcome

_TOLD = ("psnr_db", "flip", "sharpness_db", "edge_artifacts")
"""Metrics that the terminal shows; the table has all."""


def evaluate(
    pairs: Annotated[list[Path], typer.Argument(metavar="PAIRS", help="Folders of pairs.", show_default=False)],
    models: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Models or their folders, the one to judge first; NAME:0.5 sets its sharpness, NAME:best takes eight "
            "ways; hr_equal and the like are renders beside the pairs.",
        ),
    ] = "film-x2-psnr,bicubic",
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="The report's folder.")] = Path(
        "report"
    ),
    compare: Annotated[
        str | None, typer.Option(metavar="A,B", help="Say which differences of A to B are real; the first two if not.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Pairs judged at once.")] = 1,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="K/N", help="Measure only this part of the pairs, for a farm; without it then, the report of all."
        ),
    ] = None,
    white: Annotated[float, typer.Option(min=1, help="cd/m2 that scene-linear 1 stands for, for PU21.")] = 100.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show failures only.")] = False,
) -> int:
    """Judge models on pairs: figures of every frame, what can be said of them all. The same command goes on."""
    with extra("evaluate"):
        from uprez.evaluation import run as running
        from uprez.evaluation import statistics
        from uprez.evaluation.learned import warnings
        from uprez.evaluation.page import write_page
        from uprez.evaluation.report import content_of
        from uprez.evaluation.table import write_table

    methods = names_in(models, "--models")
    first, second = _compared(compare, methods)
    job = running.EvaluationJob(
        folders=tuple(pairs), methods=methods, output=output, jobs=jobs, part=_part(part), white=white
    )
    with shown("pairs", quiet=quiet) as advance:

        def report(done: int, total: int, outcome: "Outcome") -> None:
            for line in outcome.failures:
                error(line)
            advance(total, 0, done)

        found = running.evaluate(job, report)
    if part is not None:
        return SOME_FAILED if found.died else 0  # the report tells other failures again, and exits by them
    compared = (first, second) if second else None
    try:
        write_table(found.rows, output / "figures.parquet")
        page = write_page(content_of(found, methods, pairs, compared=compared), output / "index.html")
    except WriteError as problem:
        raise WriteError(problem.path, problem.problem, "the same command goes on") from None
    differences = statistics.compare(found.rows, first, second) if second else {}
    if not quiet:
        for line in warnings(found.learned, len({row.pair for row in found.rows})):
            note(f"warning: {line}")
    if as_json:
        out_json(_as_json(found, differences, (first, second), methods[0]))
    elif not quiet:
        _tell(found, differences, (first, second), methods[0])
        _tell_verdicts(found, methods[0])
        out(str(page))
    return SOME_FAILED if found.failures else 0


def names_in(text: str, option: str) -> tuple[str, ...]:
    """Names with commas, each once. Raises UsageError for none."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError(f"{option}: name one at least")
    return names


def _part(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    which, _, parts = text.partition("/")
    if not (which.isdecimal() and parts.isdecimal() and 1 <= int(which) <= int(parts)):
        raise UsageError(f"--part: {text!r} is none; write 2/8 for the second of eight")
    return int(which), int(parts)


def _compared(asked: str | None, methods: tuple[str, ...]) -> tuple[str, str]:
    if asked is None:
        return methods[0], methods[1] if len(methods) > 1 else ""
    names = tuple(name.strip() for name in asked.split(","))
    if len(names) != 2:
        raise UsageError("--compare takes two models: A,B")
    if unknown := [name for name in names if name not in methods]:
        raise UsageError(f"--compare: {unknown[0]} is not among the models")
    return names[0], names[1]


def _tell(found: "Evaluation", differences: "dict[str, Difference]", pair: tuple[str, str], model: str) -> None:
    from uprez.evaluation.cost import costs, saving_of
    from uprez.evaluation.measure import METRICS
    from uprez.evaluation.statistics import summarise

    metrics = [metric for metric in METRICS if metric.name in _TOLD]
    summary = summarise(found.rows)
    wide = max(map(len, summary), default=0)
    frames = len({row.pair for row in found.rows})
    out(f"{frames} frame{'s' * (frames != 1)}; means, and where they lie with 95 % confidence")
    columns = [max(26, len(metric.title)) for metric in metrics]
    out("  ".join([" " * wide, *(f"{metric.title:>{w}}" for metric, w in zip(metrics, columns, strict=True))]))
    for method, intervals in summary.items():
        cells = []
        for metric, width in zip(metrics, columns, strict=True):
            here = intervals.get(metric.name)
            cells.append(f"{here.text(metric.digits) if here else '':>{width}}")
        out("  ".join([f"{method:{wide}}", *cells]))
    for metric in metrics:
        if difference := differences.get(metric.name):
            judged = "real" if difference.is_real else "could be chance"
            out(f"{pair[0]} over {pair[1]}: {metric.title} {difference.interval.text(metric.digits, '+')}, {judged}")

    if saving := saving_of(found.rows, model, found.full_cost):
        out(saving.text())
    for cost in costs(found.rows, "psnr_db"):
        told = f"{cost.method}: {cost.core_seconds:.1f} core-s a frame, {cost.quality:.2f} dB"
        if cost.rendered_for is not None:
            told += f"; rendering as well takes {cost.rendered_for:.1f}, {100 * (cost.saving or 0):.0f} % saved"
        out(told)


def _tell_verdicts(found: "Evaluation", model: str) -> None:
    from uprez.evaluation.verdicts import measured_shots, right_without_measuring, verdicts

    measured = measured_shots(found.rows, model)
    for verdict in verdicts(measured, found.signs):
        out(f"{verdict.shot}: {verdict.verdict} ({verdict.reason})")
    right, of = right_without_measuring(measured, found.signs)
    if of:
        out(f"by LR alone, each shot told from the others, {right} of {of} of these verdicts are the same")


def _as_json(
    found: "Evaluation", differences: "dict[str, Difference]", pair: tuple[str, str], model: str
) -> dict[str, object]:
    from uprez.evaluation.cost import saving_of
    from uprez.evaluation.statistics import look_of, means_by, shot_of, summarise

    summary = {
        method: {metric: vars(interval) for metric, interval in intervals.items()}
        for method, intervals in summarise(found.rows).items()
    }
    told = {name: vars(one.interval) | {"real": one.is_real} for name, one in differences.items()}
    saving = saving_of(found.rows, model, found.full_cost)
    return {
        "frames": len({row.pair for row in found.rows}),
        "methods": summary,
        "looks": means_by(found.rows, look_of),
        "shots": means_by(found.rows, shot_of),
        "differences": {"first": pair[0], "second": pair[1], "metrics": told},
        "saving": vars(saving) | {"share": saving.share} if saving else None,
        "learned_from": dict(found.learned),
        "failed": list(found.failures),
    }
