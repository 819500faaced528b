"""`uprez dataset`: pairs packed for training."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from uprez.cli.console import error, note, out, out_json
from uprez.cli.dataset_progress import shown
from uprez.cli.extras import extra
from uprez.errors import SOME_FAILED, FileError, UsageError

if TYPE_CHECKING:
    from uprez.dataset.store.build import Progress
    from uprez.dataset.store.layout import Row

Store = Annotated[Path, typer.Argument(metavar="STORE", help="A store.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show failures only.")]

app = typer.Typer(name="dataset", help="Pack pairs into a store for training, and look into it.", no_args_is_help=True)


@app.command()
def build(
    pairs: Annotated[list[Path], typer.Argument(metavar="PAIRS...", help="Folders of pairs, and stores to merge.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="STORE", help="The store to add them to.")],
    guides: Annotated[str, typer.Option(metavar="LIST", help="Of albedo,normal,depth,motion: stored with them.")] = "",
    more: Annotated[
        str, typer.Option(metavar="LIST", help="Images rendered beside them, such as hr_4spp: stored with them.")
    ] = "",
    validation: Annotated[
        float | None, typer.Option(help="Share of shots that validate, of a new store.", show_default="0.04")
    ] = None,
    test: Annotated[
        float | None, typer.Option(help="Share of shots kept for tests, of a new store.", show_default="0.04")
    ] = None,
    scale: Annotated[int, typer.Option(help="How many times LR's size HR is: 2, 4 or 8.")] = 2,
    jobs: Annotated[int, typer.Option(min=1, help="Pairs read at once.")] = 1,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Add every coherent pair that a store does not hold yet. Repeat it after more pairs, or after a crash."""
    with extra("train"):
        from uprez.dataset.store import StoreWriter
        from uprez.dataset.store.build import BuildSettings, require_sources
        from uprez.dataset.store.build import build as build_store
        from uprez.dataset.store.encode import GUIDES
        from uprez.dataset.store.files import StoreError
        from uprez.dataset.store.layout import HELD_BACK
        from uprez.training.recipe import SCALES

    wanted = _names(guides)
    if unknown := set(wanted) - GUIDES.keys():
        raise UsageError(f"no guide {min(unknown)!r}; there are {', '.join(GUIDES)}")
    if scale not in SCALES:
        raise UsageError(f"--scale must be 2, 4 or 8, got {scale}")
    shares = [HELD_BACK if share is None else share for share in (validation, test)]
    if not (all(share >= 0 for share in shares) and sum(shares) < 1):
        raise UsageError(f"shares of {shares[0]:g} and {shares[1]:g} leave nothing to train on")
    require_sources(pairs, output, dict(zip(("validation", "test"), shares, strict=True)))
    settings = BuildSettings(guides=wanted, more=_names(more), scale=scale, jobs=jobs)
    kept = 0
    opened = StoreWriter(output, validation=validation, test=test)  # one that can't be: nothing was tried
    try:
        with opened as writer, shown("pairs", quiet=quiet) as advance:

            def report(progress: "Progress", total: int) -> None:
                nonlocal kept
                if progress.outcome == "kept":  # in no time, which says nothing of the time left
                    kept += 1
                    return
                if progress.outcome == "failed":
                    error(f"{progress.name}: left out: {progress.reason}")
                advance(total - kept, progress.bytes)

            done = build_store(pairs, writer, settings, report)
    except (StoreError, FileError) as problem:
        error(f"{problem}; what was added before is kept: repeat the command")
        return SOME_FAILED
    return _told(done, output, as_json=as_json, quiet=quiet)


def _told(done: "Sequence[Progress]", store: Path, *, as_json: bool, quiet: bool) -> int:
    """Say what became of the pairs of a build; the exit code."""
    from uprez.dataset.store.build import VERDICT

    counts = dict.fromkeys(("added", "replaced", "removed", "kept", "failed"), 0)
    for progress in done:
        counts[progress.outcome] += 1
    lacking = Counter(lack for progress in done for lack in progress.lacks)
    if as_json:
        size = sum(progress.bytes for progress in done)
        out_json({"store": str(store), **counts, "bytes": size, "lacking": dict(lacking)})
    elif not quiet:
        note(", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "no pairs")
        held = counts["added"] + counts["replaced"] + counts["kept"]
        for what, count in lacking.items():
            remedy = "; uprez pairs check gives them one" if what == VERDICT else ""
            note(f"{count} of {held} pairs have no {what}{remedy}")
    return SOME_FAILED if counts["failed"] else 0


def _names(text: str) -> tuple[str, ...]:
    """Names from a list with commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))


@app.command()
def info(
    store: Store,
    shots: Annotated[bool, typer.Option("--shots", help="Also a line a shot, with its split and pairs.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is in a store: by show, shot, look, element and split, which images, how light."""
    with extra("train"):
        from uprez.dataset.store import Store as Opened
        from uprez.dataset.store.summary import summarise

    with Opened(store) as opened:
        summary = summarise(opened.rows)
    if as_json:
        out_json(asdict(summary))
        return
    out(f"{summary.pairs} pairs of {len(summary.shots)} shots, {summary.bytes / 1e9:.2f} GB")
    for title, counts in {**summary.counts, "images": summary.images}.items():
        out(f"{title:<8} " + ", ".join(f"{name or '-'} {count}" for name, count in counts.items()))
    out("light    " + _histogram(summary.intensity))
    for name, (split, count) in summary.shots.items() if shots else ():
        out(f"{name}  {split}  {count}")


def _histogram(counts: list[int]) -> str:
    """Bars for T from 0 to 1.4; white is at 0.6."""
    bars = "▁▂▃▄▅▆▇█"
    most = max(counts, default=0)
    return "T 0 " + "".join(bars[round((len(bars) - 1) * count / most)] if count else " " for count in counts) + " 1.4"


@app.command()
def check(
    store: Store,
    mend: Annotated[bool, typer.Option(help="Take damaged pairs out, for the next build to add again.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Compare all that is in a store with its hashes, and find shots that are in two splits."""
    with extra("train"):
        from uprez.dataset.store import StoreWriter
        from uprez.dataset.store.check import check_store

    with shown("pairs", quiet=quiet) as advance:
        wrong = check_store(store, lambda done, total: advance(total, 0, done))
    for finding in wrong:
        error(f"{store}: {finding.name}: {finding.problem}")
    damaged = {finding.pair for finding in wrong if finding.pair is not None}
    if mend and damaged:
        with StoreWriter(store) as writer:
            for number in sorted(damaged):
                writer.remove(number)
    left = [finding for finding in wrong if not mend or finding.pair is None]
    if as_json:
        told = [{"name": finding.name, "problem": finding.problem} for finding in wrong]
        out_json({"wrong": told, "taken_out": len(damaged) if mend else 0})
    elif mend and damaged and not quiet:
        note(f"{len(damaged)} taken out; build the store again to add them")
    elif not (wrong or quiet):
        note("whole")
    return SOME_FAILED if left else 0


@app.command()
def export(
    store: Store,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A new file, to send elsewhere.")],
    looks: Annotated[str, typer.Option(metavar="NAMES", help="Only these looks.")] = "",
    shows: Annotated[str, typer.Option(metavar="NAMES", help="Only these shows.")] = "",
    split: Annotated[str, typer.Option(metavar="NAMES", help="Only train, validation or test.")] = "",
    images: Annotated[str, typer.Option(metavar="NAMES", help="Only these images: lr,hr and others.")] = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Copy a part of a store into one file, which is read like a store, for another machine."""
    with extra("train"):
        from uprez.dataset.store.export import export_store

    chosen = {"look": looks, "show": shows, "split": split}
    wanted = {by: set(_names(names)) for by, names in chosen.items() if names}

    def is_wanted(row: "Row") -> bool:
        return all(row[by] in names for by, names in wanted.items())

    with shown("pairs", quiet=quiet) as advance:
        count = export_store(
            store,
            output,
            is_wanted,
            images=_names(images),
            report=lambda total: advance(total, 0),
        )
    size = output.stat().st_size
    if as_json:
        out_json({"store": str(output), "pairs": count, "bytes": size})
    elif not quiet:
        note(f"{count} pairs, {size / 1e6:.1f} MB")
