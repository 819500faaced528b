"""What has been measured, kept as it comes: a line a pair and method, so that a run that was stopped goes on."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from uprez.errors import UsageError, WriteError
from uprez.evaluation.content import Row
from uprez.evaluation.pairs import Judged

FILE = "figures.jsonl"
_PART_FILE = "figures.{}-of-{}.jsonl"
_PART_FILES = "figures.*-of-*.jsonl"
_FORMAT = 3
"""Changes whenever a metric gives other figures."""


class Ledger:
    """The rows of a report folder, by what they were measured on."""

    def __init__(self, folder: Path, part: tuple[int, int] | None = None) -> None:
        """Reads what is there; a line that was cut short is passed over. part: (which, of how many), each of which adds
        to a file of its own, since machines that share a folder can't take turns at one. Raises UsageError where the
        folder can't be used.
        """
        self._path = folder / (FILE if part is None else _PART_FILE.format(*part))
        self._rows: dict[str, Row] = {}
        self._is_whole = True
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted({folder / FILE, *folder.glob(_PART_FILES)}):
                if path.exists():
                    self._read(path)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self._path}: can't be used: {error}") from None

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            try:
                values = json.loads(line)
                key = str(values.pop("key"))
                self._rows[key] = Row(**values)
            except (ValueError, TypeError, KeyError, AttributeError):
                continue
        if path == self._path:
            self._is_whole = text.endswith("\n") or not text

    def get(self, key: str) -> Row | None:
        """The row that was measured on that, if any."""
        return self._rows.get(key)

    def add(self, rows: Mapping[str, Row]) -> None:
        """Append rows by key, on disk when this returns. Raises WriteError where the disk refuses."""
        text = "" if self._is_whole else "\n"
        text += "".join(json.dumps({"key": key} | asdict(row), sort_keys=True) + "\n" for key, row in rows.items())
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise WriteError(self._path, f"can't be written: {error.strerror}", "the same command goes on") from None
        self._is_whole = True
        self._rows |= rows


def key_of(pair: Judged, method: str, fingerprint: str, white: float) -> str:
    """Of what a row is measured on: the pair's files as they are, the method, the metrics."""
    paths = [pair.lr, pair.hr, *(pair.more[tag] for tag in sorted(pair.more))]
    if pair.previous is not None:
        paths += [pair.previous.lr, pair.previous.hr]
    facts = [_FORMAT, pair.name, method, fingerprint, white, [_stamp(path) for path in paths]]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _stamp(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns]
