"""The folder of a run, made ready before the first image."""

from collections.abc import Sequence
from pathlib import Path

from uprez.dataset import manifest
from uprez.errors import UsageError
from uprez.renderers import work
from uprez.renderers.files import read_facts
from uprez.renderers.plan import OWN, Filters, ShotTask


def begin(out: Path, tasks: Sequence[ShotTask] = (), filters: Sequence[Filters] = (OWN,)) -> list[str]:
    """Make the folder of a run ready: what killed runs left half made goes, and the manifest loses damaged lines and
    second rows of a pair. Returns a line for each that was mended, and for each file of the run's pairs, of `filters`,
    that is gone.

    Raises UsageError where the folder can't be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: can't be made: {error.strerror}") from None
    work.clear_abandoned(out / work.NAME)
    known = manifest.read_manifest(out)
    told = [f"{known.path}, line {number}: cut short; its pair is checked again" for number in known.damaged]
    rows = known.by_key()
    if known.damaged or len(rows) < len(known.rows):
        manifest.update(out, lambda rows: rows)
    for key in [
        (task.show, task.name, frame, task.element, each.name)
        for task in tasks
        for frame in task.frames
        for each in filters
    ]:
        told += _wrong_with(out, rows[key])[:1] if key in rows else []
    return told


def _wrong_with(out: Path, row: manifest.Row) -> list[str]:
    """A line for each file of a pair that is gone, or has no header of ours any more."""
    paths = [*manifest.paths_of(out, row), *(out / path for path in row.get("more", {}).values())]
    gone = [f"{path}: is gone; it is rendered again" for path in paths if not path.exists()]
    return gone + [
        f"{path}: is damaged; it is rendered again" for path in paths if path.exists() and read_facts(path) is None
    ]
