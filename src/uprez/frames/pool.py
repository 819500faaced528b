"""DecodePool: pixels decoded in a process of its own, so that a malformed file costs one frame and not the run.

The image libraries crash, hang and allocate without bound on some malformed files. The worker (`worker`) has a memory
limit; an answer that does not come in time, or a death, is a FrameError naming the file, and the next frame gets a
fresh worker. A plain subprocess rather than multiprocessing: it does not import the caller's main module again, so
that scripts need no `if __name__ == "__main__"` guard, it starts faster, and pixels are received where they belong.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from uprez.errors import DeclinedError, FrameError
from uprez.frames.closing import Closing
from uprez.frames.worker import ANSWER, REQUEST

PIPE_BYTES = 1 << 20
LONGEST_ANSWER = 256 << 20  # the JSON of an answer; pixels are not in it

Answer = dict[str, Any]
Destinations = Callable[[Answer], Sequence[memoryview]]
"""Where the planes that an answer describes are to be put, as writable bytes, in their order."""


class DecodePool(Closing):
    """One long-lived decode worker; safe to share between threads, which take turns.

    timeout_seconds: longest wait for one answer, which is at most a few bands of a frame or a whole image of another
    format. memory_bytes: address space of the worker.
    """

    def __init__(self, *, timeout_seconds: float = 20.0, memory_bytes: int = 2 << 30) -> None:
        self._timeout = timeout_seconds
        self._memory = memory_bytes
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the worker now, without waiting for it, so that the first frame need not."""
        with self._turn:
            self._running()

    def close(self) -> None:
        """End the worker; a later request starts another."""
        with self._turn:
            self._discard()

    def abort(self) -> None:
        """Kill the worker, whatever it does; who waits for its answer gets a FrameError at once."""
        if (process := self._process) is not None:
            process.kill()

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None while there is none."""
        return self._process.pid if self._process is not None else None

    def ask(self, path: Path, request: Answer, body: bytes, destinations: Destinations) -> Answer:
        """Send a request about the file `path`, receive the planes into `destinations`, return the rest of the answer.

        Raises FrameError naming `path` when the worker refuses, dies or takes too long.
        """
        with self._turn:
            process = self._running()
            late = threading.Event()
            watch = threading.Timer(self._timeout, _kill, (process, late))
            watch.daemon = True
            watch.start()
            try:
                answer = self._exchange(process, request, body, destinations)
            except (EOFError, BrokenPipeError, ConnectionResetError):
                self._discard()
                raise FrameError(path, _last_words(process, late.is_set(), self._timeout)) from None
            except BaseException:
                self._discard()  # half an answer is still in the pipe
                raise
            finally:
                watch.cancel()
                watch.join()
                if late.is_set():
                    self._discard()
            if "problem" in answer:
                # What could not be decoded may have left the worker's memory in disorder.
                self._discard()
                kind = DeclinedError if answer["declined"] else FrameError
                raise kind(path, str(answer["problem"]), str(answer["remedy"]))
            return answer

    def _exchange(
        self, process: subprocess.Popen[bytes], request: Answer, body: bytes, destinations: Destinations
    ) -> Answer:
        assert process.stdin is not None
        assert process.stdout is not None
        text = json.dumps(request).encode()
        _send(process.stdin, REQUEST.pack(len(text), len(body)) + text)
        _send(process.stdin, body)
        length_bytes = bytearray(ANSWER.size)
        _receive(process.stdout, memoryview(length_bytes))
        (length,) = ANSWER.unpack(length_bytes)
        if length > LONGEST_ANSWER:
            raise EOFError
        answer_bytes = bytearray(length)
        _receive(process.stdout, memoryview(answer_bytes))
        try:
            answer: Answer = json.loads(answer_bytes)
        except ValueError:
            raise EOFError from None
        if "problem" not in answer:
            for destination in destinations(answer):
                _receive(process.stdout, destination)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._discard()
        if self._process is None:
            self._process = _start(self._memory)
        return self._process

    def _discard(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _start(memory_bytes: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(place for place in sys.path if place),
        "OPENBLAS_NUM_THREADS": "1",  # each thread of a library that is not used here takes address space
        "MALLOC_ARENA_MAX": "2",
    }
    # -P: what lies in the current folder, a shot's, is no module.
    command = [sys.executable, "-P", "-c", "from uprez.frames.worker import main; main()", str(memory_bytes)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env=environment,
        start_new_session=True,  # Ctrl-C is for the parent, which ends the worker when it leaves
    )
    if sys.platform == "linux":
        import fcntl

        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                # Larger pipes are quicker, but a user has only so many pages for them.
                with contextlib.suppress(OSError):
                    fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return process


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _last_words(process: subprocess.Popen[bytes], late: bool, seconds: float) -> str:
    if late:
        return f"decoding it took more than {seconds:g} seconds"
    code = process.returncode
    name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"the decoder died on it ({name})"


def _send(pipe: IO[bytes], data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]


def _receive(pipe: IO[bytes], destination: memoryview) -> None:
    while destination:
        count = pipe.readinto(destination)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        destination = destination[count:]
