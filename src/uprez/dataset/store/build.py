"""Building a store from folders of pairs and from other stores, many pairs at once, as often as one likes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from uprez.dataset.pairs import Pair, find_pairs
from uprez.dataset.store.encode import Encoded, encode_pair, stamps_of
from uprez.dataset.store.layout import DATA_FILE, Identity, Row, identity_of, name_of
from uprez.dataset.store.reader import Store
from uprez.dataset.store.transfer import encoded_in
from uprez.dataset.store.writer import StoreWriter
from uprez.errors import FrameError
from uprez.frames import DecodePool


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """What of the pairs goes into a store."""

    guides: tuple[str, ...] = ()
    """Of `uprez.dataset.store.encode.GUIDES`."""
    more: tuple[str, ...] = ()
    """Tags of images rendered beside LR and HR, such as `hr_4spp`."""
    scale: int = 2
    jobs: int = 1
    """Pairs read at once; each holds its frames in memory."""


@dataclass(frozen=True)
class Progress:
    """What became of one pair: `added`, `kept` as it was there already, `replaced` as its files have changed, or
    `failed`, with the reason.
    """

    name: str
    outcome: str
    bytes: int = 0
    reason: str = ""


@dataclass(frozen=True)
class _Job:
    name: str
    make: Callable[[DecodePool], Encoded]
    replaces: int | None


def build(
    sources: Sequence[Path], writer: StoreWriter, settings: BuildSettings, report: Callable[[Progress, int], None]
) -> list[Progress]:
    """Add every coherent pair of the folders and stores `sources` that `writer` does not hold yet. Each is committed on
    its own: a build that was killed is repeated.

    report: hears of each pair, and how many there are in all. Returns the same. Raises UsageError for a source that is
    neither, StoreError where the store can't be written; what is committed stays.
    """
    known = {identity_of(row): row for row in writer.rows()}
    jobs: list[_Job] = []
    done: list[Progress] = []
    for source in sources:
        found = _of_store(source, known) if (source / DATA_FILE).exists() else _of_folder(source, known, settings)
        for job in found:
            if isinstance(job, Progress):
                done.append(job)
            else:
                jobs.append(job)
    total = len(done) + len(jobs)
    for progress in done:
        report(progress, total)
    for job, result in _in_parallel(jobs, settings.jobs):
        if isinstance(result, FrameError):
            progress = Progress(job.name, "failed", reason=str(result))
        else:
            size = sum(len(tile) for image in result.tiles for _, _, tile in image)
            writer.add(result, replaces=job.replaces)
            progress = Progress(job.name, "added" if job.replaces is None else "replaced", size)
        done.append(progress)
        report(progress, total)
    return done


def _of_folder(folder: Path, known: dict[Identity, Row], settings: BuildSettings) -> Iterator[_Job | Progress]:
    for pair in find_pairs([folder]):
        row = known.get((pair.show, pair.look, pair.shot, pair.frame, pair.element))
        if row is not None and _is_same(row, pair, settings):
            yield Progress(pair.name, "kept")
        else:
            yield _Job(pair.name, partial(_encode, pair, settings), _number(row))


def _of_store(folder: Path, known: dict[Identity, Row]) -> Iterator[_Job | Progress]:
    store, turn = Store(folder), Lock()
    for place, row in enumerate(store.rows):
        there = known.get(identity_of(row))
        name = name_of(row)
        if there is not None and there["sha256"] == row["sha256"]:
            yield Progress(name, "kept")
        else:
            yield _Job(name, partial(_copied, store, place, turn), _number(there))


def _is_same(row: Row, pair: Pair, settings: BuildSettings) -> bool:
    """Whether a row was made from these very files and has all that is asked for and there."""
    left_out = [list(window) for window in pair.failed]
    same = row["files"] == stamps_of(pair, settings.more) and row["left_out"] == left_out
    return bool(same and row["asked"] == sorted(settings.guides))


def _number(row: Row | None) -> int | None:
    return None if row is None else int(row["pair"])


def _encode(pair: Pair, settings: BuildSettings, pool: DecodePool) -> Encoded:
    return encode_pair(pair, guides=settings.guides, more=settings.more, scale=settings.scale, pool=pool)


def _copied(store: Store, place: int, turn: Lock, _: DecodePool) -> Encoded:
    with turn:  # a transaction is for one thread at a time
        return encoded_in(store, place)


def _in_parallel(jobs: Sequence[_Job], count: int) -> Iterator[tuple[_Job, Encoded | FrameError]]:
    """Results as they come, `count` at work and no more than that waiting: memory goes by `count`."""
    with ExitStack() as stack:
        pools: SimpleQueue[DecodePool] = SimpleQueue()
        for _ in range(count):
            pools.put(stack.enter_context(DecodePool()))

        def make(job: _Job) -> Encoded:
            pool = pools.get()
            try:
                return job.make(pool)
            finally:
                pools.put(pool)

        threads = stack.enter_context(ThreadPoolExecutor(count))
        running: dict[Future[Encoded], _Job] = {}
        left = iter(jobs)
        while True:
            for job in left:
                running[threads.submit(make, job)] = job
                if len(running) > count:
                    break
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                try:
                    yield job, future.result()
                except FrameError as error:
                    yield job, error
