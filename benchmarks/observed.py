"""Running the command and watching it: what it said, how long it took, what memory its processes held together."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1 << 30
MIB = 1 << 20
SAMPLE_SECONDS = 0.02
GRACE_SECONDS = 2.0
"""For worker processes to follow the command."""


@dataclass(frozen=True)
class Observed:
    """One run of a command."""

    exit_code: int
    """Negative: the number of the signal that ended it."""
    out: str
    error: str
    seconds: float
    peak_bytes: int
    """The most resident memory of all its processes together, as sampled; what they share counts once for each."""
    bound_bytes: int
    """Every process's own high-water mark (VmHWM), added up as if all had been reached together."""
    hung: bool = False
    survivors: tuple[int, ...] = ()
    """Processes that were still there GRACE_SECONDS after the command had ended."""

    @property
    def lines(self) -> list[str]:
        """What it said on stderr."""
        return [line for line in self.error.splitlines() if line.strip()]


@dataclass
class Tree:
    """A process and all its descendants, those too that have lost their parent since."""

    root: int
    seen: set[int] = field(default_factory=set)
    marks: dict[int, int] = field(default_factory=dict)
    peak: int = 0

    def sample(self) -> None:
        """Look once at every process; processes that live for less than a sample may be missed."""
        self.seen |= _descendants(self.root) | {self.root}
        for pid in list(self.seen):
            self.seen |= _descendants(pid)
        total = 0
        for pid in self.seen:
            memory = _memory(pid)
            total += memory.get("VmRSS", 0)
            self.marks[pid] = max(self.marks.get(pid, 0), memory.get("VmHWM", 0))
        self.peak = max(self.peak, total)

    def alive(self) -> tuple[int, ...]:
        return tuple(sorted(pid for pid in self.seen if _memory(pid)))


def watch(
    command: Sequence[str | Path],
    *,
    limit_seconds: float = 600.0,
    prepare: Callable[[], None] | None = None,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Observed:
    """Run a command in a process group of its own; after `limit_seconds` it is killed whole and counts as hung.

    prepare: called in the child before the command starts, to set resource limits.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        started = time.monotonic()
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=error,
            start_new_session=True,
            preexec_fn=prepare,
            cwd=folder,
            env=environment,
        )
        tree, hung = Tree(process.pid), False
        try:
            while process.poll() is None:
                tree.sample()
                if time.monotonic() - started > limit_seconds:
                    hung = True
                    break
                time.sleep(SAMPLE_SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        seconds = time.monotonic() - started
        survivors = () if hung else _survivors(tree)
        texts = [_text(stream) for stream in (out, error)]
    return Observed(
        process.returncode, *texts, seconds, tree.peak, sum(tree.marks.values()), hung=hung, survivors=survivors
    )


def uprez(*arguments: str | Path) -> list[str]:
    """The command line of `uprez` in this interpreter."""
    return [sys.executable, "-m", "uprez", *map(str, arguments)]


def _survivors(tree: Tree) -> tuple[int, ...]:
    deadline = time.monotonic() + GRACE_SECONDS
    while (alive := tree.alive()) and time.monotonic() < deadline:
        time.sleep(SAMPLE_SECONDS)
    return alive


def _text(stream: "tempfile._TemporaryFileWrapper[bytes]") -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "backslashreplace")


def _descendants(pid: int) -> set[int]:
    """Children of all threads of a process, and theirs."""
    found: set[int] = set()
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found |= set(map(int, children.read_text().split()))
    except OSError:
        return set()  # it has just ended
    return found.union(*(_descendants(child) for child in found))


def _memory(pid: int) -> dict[str, int]:
    """VmRSS and VmHWM in bytes; empty for a process that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    return {
        name: int(value.split()[0]) << 10
        for name, _, value in (line.partition(":") for line in lines)
        if name in ("VmRSS", "VmHWM")
    }
