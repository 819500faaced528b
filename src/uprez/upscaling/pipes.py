"""Threads joined by short queues: one reads ahead while the next computes and the last writes."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

_POLL_SECONDS = 0.05


class StoppedError(Exception):
    """Raised by a pipe that has been stopped, in whoever uses it."""


class Pipe(Generic[Item]):
    """A bounded queue that ends, hands on exceptions, and can be stopped from any thread."""

    def __init__(self, depth: int, stop: threading.Event) -> None:
        self._queue: queue.Queue[tuple[Item | None, BaseException | None, bool]] = queue.Queue(depth)
        self._stop = stop

    def put(self, item: Item) -> None:
        """Wait for room. StoppedError once the run is stopped."""
        self._put((item, None, False))

    def close(self, error: BaseException | None = None) -> None:
        """No more items; `error` is raised where they were taken."""
        self._put((None, error, True))

    def __iter__(self) -> Iterator[Item]:
        while True:
            item, error, last = self._get()
            if error is not None:
                raise error
            if last:
                return
            assert item is not None
            yield item

    def _put(self, entry: tuple[Item | None, BaseException | None, bool]) -> None:
        while not self._stop.is_set():
            try:
                return self._queue.put(entry, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
        raise StoppedError

    def _get(self) -> tuple[Item | None, BaseException | None, bool]:
        while not self._stop.is_set():
            try:
                return self._queue.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
        raise StoppedError


class Worker:
    """A thread that runs one function; `join` raises what it raised, but not that it was stopped."""

    def __init__(self, work: Callable[[], None], name: str) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._work()
        except StoppedError:
            pass
        except BaseException as error:
            self._error = error


def feed(pipe: Pipe[Item], items: Iterable[Item]) -> None:
    """Put all items into a pipe, then close it; an exception on the way travels through it (a KeyboardInterrupt does
    not).
    """
    try:
        for item in items:
            pipe.put(item)
    except StoppedError:
        raise
    except Exception as error:
        pipe.close(error)
    else:
        pipe.close()
