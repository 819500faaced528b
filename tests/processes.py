"""Commands to start with other limits or signals than the tests have.

Not by `preexec_fn`, nor by a fork of the tests' own process: libraries that the tests have loaded keep locks and
threads of their own, which a forked child waits for in vain.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def with_small_files(limit: int, command: Sequence[str]) -> list[str]:
    """The command, which can't write a file of more than `limit` bytes: refused as a full disk refuses."""
    set_limit = f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))"
    return _after(f"import resource; {set_limit}", command)


def that_hears_ctrl_c(command: Sequence[str]) -> list[str]:
    """The command, which ends on Ctrl-C: a background job, as tests may be, starts its processes deaf to it."""
    return _after("import signal; signal.signal(signal.SIGINT, signal.SIG_DFL)", command)


def _after(statements: str, command: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", f"import os, sys; {statements}; os.execv(sys.argv[1], sys.argv[1:])", *command]


def in_a_fresh_process(function: Callable[..., None], *arguments: object) -> None:
    """Call a function of a test module, with texts, in a process that has loaded nothing else: it may fork."""
    call = f"import sys; from {function.__module__} import {function.__name__} as f; f(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", call, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
