"""Lines for people on stderr, results on stdout. Text from files is shown without its control characters."""

import json
import os
import sys
from typing import Any, TextIO

from uprez.errors import UprezError


def prepare_streams() -> None:
    """Let any text be printed, whatever the locale: a file name need not be valid text."""
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
    """A result for machines, to stdout: one line of JSON, in ASCII."""
    out(json.dumps(value, allow_nan=False))


def note(text: str) -> None:
    """A line for the person who watches, to stderr."""
    _write(sys.stderr, printable(text))


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
            raise UprezError(f"the output can't be written: {problem.strerror}") from None
