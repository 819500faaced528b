"""Lines for people on stderr, results on stdout. Text from files is shown without its control characters."""

import contextlib
import json
import math
import os
import sys
from typing import Any, TextIO, cast

from uprez.errors import SOME_FAILED, UprezError

HOST_VARIABLE = "UPREZ_PROGRESS"
"""What `uprez farm task` sets to "openjd"."""


class OutputError(UprezError):
    """stdout does not take what is to be printed."""

    exit_code = SOME_FAILED


class _BestEffort:
    """A stream that loses what can't be written: a terminal may go away, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def best_effort(stream: TextIO) -> TextIO:
    """The same stream, but that it loses what can't be written."""
    return cast(TextIO, _BestEffort(stream))


def prepare_streams() -> None:
    """Let any text be printed, whatever the locale: a file name need not be valid text. A stream that is closed goes
    nowhere, or files and pipes would get its number, and what others print to it.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number that is free: this one
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not so where a test has put its own stream in place
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """`text` on one line, with control characters (a terminal would obey them) written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def out(text: str) -> None:
    """A result, to stdout."""
    _write(sys.stdout, text)


def out_json(value: Any) -> None:
    """A result for machines, to stdout: one line of JSON, in ASCII; null for numbers that JSON has not."""
    out(json.dumps(_finite(value), allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def note(text: str) -> None:
    """A line for the person who watches, to stderr."""
    _write(sys.stderr, printable(text))


def tell_host(share: float, status: str) -> None:
    """Progress for the host of an OpenJD task, where this process is one. share: 0 to 1."""
    if os.environ.get(HOST_VARIABLE) == "openjd":
        out(f"openjd_progress: {100 * share:.1f}\nopenjd_status: {printable(status)}")


def error(text: str) -> None:
    """One line that says what went wrong, to stderr."""
    note(f"error: {' '.join(text.split())}")


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by whoever started the process: nobody wants to read it
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except OSError as problem:
        # What is still to be printed goes nowhere, quietly, the flush at exit too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        # Whoever read has seen enough (`uprez info … | head`): no error.
        if stream is sys.stdout and not isinstance(problem, BrokenPipeError):
            raise OutputError(f"the output can't be written: {problem.strerror}") from None
