"""`manifest.jsonl`: a line a pair, with all that is known of it, appended to by runs that may be killed at any moment.

A row has `show` (`show` where it names none), `shot`, `frame`, `element` and, where pixel filters were chosen, `filter`
and the `lr_filter` of an LR that has another one; these tell pairs apart. It has its `look`, and the paths `lr` and
`hr` from its own folder; the rest is what rendered it, its seconds and its coherence. A row of `look` and `seed` alone,
which is of no show, stands for `<look>/<look>_<seed>_{lr,hr}.exr`.
"""

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uprez.errors import FrameError, UsageError
from uprez.files.whole import whole_file

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; one run at a time writes a manifest there
    fcntl = None  # type: ignore[assignment]

NAME = "manifest.jsonl"
_LOCK = ".manifest.lock"
_SHOW = "show"
"""Of shots that name none, as renders and finished frames call theirs."""
DEMO, MOVING = "demo", "_moving"
"""The demo show, and what ends the names of its shots that move."""
BETWEEN = "-to-"
"""Stands between the names of LR's and HR's pixel filters, where they are two."""
Row = Mapping[str, Any]
Key = tuple[str, str, int, str, str]


@dataclass(frozen=True)
class Manifest:
    """What a folder's manifest says. damaged: numbers, from 1, of lines that are no row: cut short, or not JSON."""

    path: Path
    rows: tuple[Row, ...]
    damaged: tuple[int, ...]

    def by_key(self) -> dict[Key, Row]:
        """The last row of each pair."""
        return {key_of(row): row for row in self.rows}


def key_of(row: Row) -> Key:
    """What tells pairs of one manifest apart."""
    shot = str(row.get("shot", f"{row.get('look')}_{row.get('seed')}"))
    return (
        show_of(row),
        shot,
        int(row.get("frame", 0)),
        str(row.get("element", "whole")),
        filters_name(*filters_of(row)),
    )


def filters_of(row: Row) -> tuple[str, str]:
    """The pixel filters of a row's LR and HR, empty where the manifest does not say."""
    hr = str(row.get("filter", ""))
    return str(row.get("lr_filter", hr)), hr


def filter_entries(lr: str, hr: str) -> dict[str, str]:
    """What of the pixel filters stands in a row: nothing where they are not known."""
    return ({"filter": hr} if hr else {}) | ({"lr_filter": lr} if lr != hr else {})


def filters_name(lr: str, hr: str) -> str:
    """Both as one word: `gauss-2`, `gauss-2-to-box`; empty where there is none."""
    return hr if lr == hr else f"{lr}{BETWEEN}{hr}"


def show_of(row: Row) -> str:
    """The show that a row's shot is of, so that all looks of a shot belong together; empty for one of look and seed."""
    return str(row.get("show") or _SHOW) if "shot" in row else ""


def read_manifest(folder: Path) -> Manifest:
    """The manifest in `folder`; one without rows where there is none. Raises UsageError where it can't be read."""
    rows, damaged = [], []
    for number, row in lines_of(folder):
        if row is None:
            damaged.append(number)
        else:
            rows.append(row)
    return Manifest(folder / NAME, tuple(rows), tuple(damaged))


def lines_of(folder: Path) -> Iterator[tuple[int, Row | None]]:
    """Number, from 1, and row of each line of the manifest in `folder`, one at a time; None for what is no row. None at
    all where there is no manifest. Raises UsageError where it can't be read.
    """
    path = folder / NAME
    try:
        if not path.exists():
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, _row(line)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name a folder of rendered pairs") from None


def _row(line: bytes) -> Row | None:
    try:
        row = json.loads(line)
        paths_of(Path(), row)
        key_of(row)
        named = "look" in row and ("shot" in row or isinstance(row["seed"], int))
        sound = named and _are_paths(row.get("more", {})) and _is_verdict(row.get("coherence", {}))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return row if sound else None


def _are_paths(more: object) -> bool:
    return isinstance(more, dict) and all(isinstance(path, str) for path in more.values())


def _is_verdict(verdict: object) -> bool:
    """Whether it is a table whose PSNR is a number, and what failed are windows: x, y, width, height."""
    return (
        isinstance(verdict, dict)
        and isinstance(verdict.get("psnr", 0), int | float)
        and all(
            len(window) == 4
            and all(isinstance(edge, int) for edge in window)
            and min(window[:2]) >= 0
            and min(window[2:]) > 0
            for window in verdict.get("failed", [])
        )
    )


def add_row(folder: Path, row: Row) -> None:
    """Append a row, on disk when this returns; runs that share the folder take turns. Raises FrameError."""
    path = folder / NAME
    line = json.dumps(row, sort_keys=True).encode() + b"\n"
    try:
        with _turn(folder), path.open("ab") as file:
            if not _ends_with_newline(path):
                line = b"\n" + line  # the last run was killed while it wrote: its line must not spoil ours
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FrameError(path, f"can't be written: {error.strerror}") from None


def update(folder: Path, change: Callable[[Iterable[Row]], Iterable[Row]]) -> None:
    """Replace the manifest by what `change` makes of the last row of each pair, whole or not at all; who adds rows
    meanwhile waits. Raises FrameError where the disk does not take it.
    """
    try:
        with _turn(folder), whole_file(folder / NAME, FrameError) as part, part.open("w", encoding="utf-8") as file:
            for row in change(read_manifest(folder).by_key().values()):
                file.write(json.dumps(row, sort_keys=True) + "\n")
    except OSError as error:
        raise FrameError(folder / NAME, f"can't be written: {error.strerror}") from None


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Wait for who else writes the manifest. Its own file won't do: `update` puts another one in its place."""
    with (folder / _LOCK).open("ab") as file:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # some storage has no locks: there it is as on Windows
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ends_with_newline(path: Path) -> bool:
    size = path.stat().st_size
    if not size:
        return True
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def is_usable(row: Row) -> bool:
    """Whether a pair may be learnt from, outside of the windows that failed; so it may where nothing is known, but not
    while it is being rendered again.
    """
    if row.get("unfinished"):
        return False
    verdict = row.get("coherence", {})
    return bool(verdict.get("usable", verdict.get("coherent", True)))


def paths_of(folder: Path, row: Row) -> tuple[Path, Path]:
    """Where the LR and the HR frame of a row are. Without paths of its own: `<look>/<look>_<seed>_{lr,hr}.exr`."""
    if "lr" in row:
        return folder / str(row["lr"]), folder / str(row["hr"])
    stem = f"{row['look']}/{row['look']}_{int(row['seed']):04d}"
    return folder / f"{stem}_lr.exr", folder / f"{stem}_hr.exr"
