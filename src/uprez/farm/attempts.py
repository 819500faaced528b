"""One task of a farm: a command, begun again where it ends badly, told of in the lines that OpenJD's hosts read."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

NOTHING_TRIED = 2
"""The exit code after which trying again is of no use."""
INTERRUPTED = 130

Tell = Callable[[str], None]


def attempt(
    arguments: Sequence[str], *, attempts: int, environment: Mapping[str, str], tell: Tell, pass_on: Tell
) -> int:
    """Run `uprez` with `arguments` in a process of its own, up to `attempts` times, until it ends well; finished items
    are not made again. Returns its last exit code, 1 where it was killed.

    tell: takes the lines for OpenJD's host (Open Job Description, "How Jobs Are Run", section Stdout/Stderr Messages).
    pass_on: takes what the command says on stderr.
    A KeyboardInterrupt is the command's too: it is waited for, then the exit code is 130.
    """
    command = [sys.executable, "-m", "uprez", *arguments]
    code, last = 0, ""
    for number in range(1, attempts + 1):
        if number > 1:
            tell(f"openjd_status: attempt {number} of {attempts}, after: {last}")
        code, last = _run(command, environment, pass_on)
        if code in (0, INTERRUPTED):
            return code
        if code == NOTHING_TRIED:
            break
    tell(f"openjd_fail: {last}")
    return code


def _run(command: Sequence[str], environment: Mapping[str, str], pass_on: Tell) -> tuple[int, str]:
    """Its exit code, and what it last said of an error."""
    last = ""
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True, errors="replace") as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                line = line.rstrip()
                pass_on(line)
                last = line if line.startswith("error: ") else last
        except KeyboardInterrupt:
            process.terminate()
            process.communicate()
            return INTERRUPTED, ""
    if process.returncode < 0:
        return 1, f"killed by signal {-process.returncode}"
    return process.returncode, last.removeprefix("error: ") or f"exit code {process.returncode}"
