"""The installed command, run as a person runs it: a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import with_small_files

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def uprez(tmp_path: Path) -> Run:
    """`uprez(*arguments)` in a folder of the test's own; the finished process with its text."""

    def run(*arguments: object, largest_file: int = 0, **settings: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "uprez", *map(str, arguments)]
        command = with_small_files(largest_file, command) if largest_file else command
        environment = os.environ | {"COLUMNS": "120", "NO_COLOR": "1"}
        options = {"cwd": tmp_path, "env": environment, "timeout": 120} | settings
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload, no-any-return]

    return run
