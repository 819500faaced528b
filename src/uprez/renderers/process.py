"""Runs a renderer's command: its lines as they come, a time limit, and nothing of it left when we leave."""

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from uprez.renderers.protocol import RenderError

LOG_LINES = 20
"""How many of a renderer's last lines are kept for the report of its failure."""


def find_program(named: Path) -> Path | None:
    """A program by its path, absolute or from here, or else by its name on the PATH; None where there is none."""
    if named.is_file() and os.access(named, os.X_OK):
        return named.absolute()
    found = shutil.which(named)
    return Path(found) if found else None


_running: set["Process"] = set()


def kill_all() -> None:
    """Kill every command that runs, from any thread: the run was interrupted."""
    for process in list(_running):
        process.kill()


class Process:
    """A running command, as a context manager: leaving it kills whatever still runs."""

    def __init__(self, command: Sequence[str], *, scene: str, patience: float) -> None:
        """patience: seconds from the start, or from the last `progressed`, after which it counts as hung.

        Raises RenderError where the command can't be started.
        """
        self._scene = scene
        self._patience = patience
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise RenderError(scene, f"{Path(command[0]).name} can't be started: {error.strerror}") from None
        self.progressed()
        _running.add(self)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for raw in self._process.stdout:
            self._lines.put(raw.decode("utf-8", "replace").rstrip())
        self._lines.put(None)

    def progressed(self) -> None:
        """Begin the time limit anew: an image is done."""
        self._deadline = time.monotonic() + self._patience

    def lines(self) -> Iterator[str]:
        """Each line as it comes; the last ones stay in `log`. Raises RenderError where the time limit is over."""
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, self._deadline - time.monotonic()))
            except queue.Empty:
                raise self._hung() from None
            if line is None:
                return
            self.log.append(line)
            yield line

    def code(self) -> int:
        """The exit code once it has ended; negative for a signal. Raises RenderError where the time limit is over."""
        try:
            return self._process.wait(timeout=max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise self._hung() from None

    def _hung(self) -> RenderError:
        reason = f"no image within {self._patience:g} s, stopped; see --time-limit"
        return RenderError(self._scene, reason, tuple(self.log))

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.wait()
        _running.discard(self)

    def kill(self) -> None:
        """End it, with whatever it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
