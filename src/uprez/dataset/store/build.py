"""Building a store from folders of pairs and from other stores, many pairs at once, as often as one likes."""

import contextlib
import ctypes
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

from uprez.dataset.manifest import NAME
from uprez.dataset.pairs import Pair, find_pairs, refused_pairs
from uprez.dataset.store.encode import Encoded, encode_pair, stamps_of
from uprez.dataset.store.files import DamageError, is_store
from uprez.dataset.store.layout import Identity, Row, identity_key, identity_of, name_of
from uprez.dataset.store.reader import Store
from uprez.dataset.store.transfer import encoded_in
from uprez.dataset.store.writer import StoreWriter
from uprez.errors import FrameError, UsageError
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


VERDICT = "verdict"
"""Of the coherence check."""


@dataclass(frozen=True)
class Progress:
    """What became of one pair: `added`, `kept` as it was there already, `replaced` as its files have changed or more of
    them is asked for, `removed` as a later check has refused it, or `failed`, with the reason.
    """

    name: str
    outcome: str
    bytes: int = 0
    reason: str = ""
    lacks: tuple[str, ...] = ()
    """What is asked for and it has not: guides, images beside it, and `VERDICT`."""


@dataclass(frozen=True)
class _Job:
    name: str
    make: Callable[[DecodePool], Encoded]
    is_checked: bool = True


class _Settle:
    """A step that waits until all before it are written: what comes next asks for what they wrote."""


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""
_Step = _Job | Progress | _Settle
Plan = tuple[int, Iterator[_Step]]
"""How many pairs a source has, and what is to be done with each, one after the other."""


def require_sources(sources: Sequence[Path], output: Path, shares: Mapping[str, float] | None = None) -> None:
    """Raises UsageError for a source that is neither a folder of pairs nor a store, that is `output` itself, or whose
    manifest is damaged; StoreError for a store that can't be read.

    shares: of the splits of `output` where there is no store yet: stores among the sources must have the same.
    """
    for source in sources:
        if not is_store(source) and not (source / NAME).exists():
            raise UsageError(f"{source}: neither a folder of rendered pairs, with its {NAME}, nor a store")
        if source.resolve() == output.resolve():
            raise UsageError(f"{source}: can't be built from itself; name another store")
        if not is_store(source):
            find_pairs([source])
            continue
        with Store(source) as store:
            if shares is not None and not is_store(output):
                _require_splits(store, shares)


def _require_splits(store: Store, shares: Mapping[str, float]) -> None:
    if theirs := [split for split in ("validation", "test") if store.facts[split] != shares[split]]:
        told = " and ".join(f"{store.facts[split]:g} against {shares[split]:g} for {split}" for split in theirs)
        raise UsageError(f"{store.folder}: has other splits ({told}): merging would let shots change sides")


def build(
    sources: Sequence[Path], writer: StoreWriter, settings: BuildSettings, report: Callable[[Progress, int], None]
) -> list[Progress]:
    """Add every coherent pair of the folders and stores `sources` that `writer` does not hold yet, and take out what a
    folder's manifest now refuses. Each is committed on its own: a build that was killed is repeated.

    report: hears of each pair, and how many there are in all. Returns the same. Raises UsageError for a source that is
    neither, or a store with other splits; StoreError where the store can't be written. What is committed stays.
    """
    require_sources(sources, writer.folder)
    _keep_freed_memory()
    done: list[Progress] = []
    sources = list({source.resolve(): source for source in sources}.values())
    with ExitStack() as stack:
        came_from: dict[bytes, Path] = {}
        plans = [
            _of_store(stack.enter_context(Store(source)), writer, came_from)
            if is_store(source)
            else _of_folder(source, writer, settings, came_from)
            for source in sources
        ]
        total = sum(count for count, _ in plans)
        for step in _in_parallel((step for _, steps in plans for step in steps), settings.jobs):
            progress = step if isinstance(step, Progress) else _written(writer, settings, *step)
            done.append(progress)
            report(progress, total)
    return done


def _keep_freed_memory() -> None:
    """Have the C library keep what is freed: a pair takes and frees hundreds of megabytes, and for the kernel to take
    them back and clear them again costs a tenth of a build.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # other C libraries than glibc
        library = ctypes.CDLL(None)
        for option, value in ((_M_MMAP_THRESHOLD, 32 << 20), (_M_TRIM_THRESHOLD, 1 << 30)):
            library.mallopt(option, value)


def _written(writer: StoreWriter, settings: BuildSettings, job: _Job, result: Encoded | FrameError) -> Progress:
    if isinstance(result, FrameError):
        return Progress(job.name, "failed", reason=str(result))
    size = sum(len(tile) for image in result.tiles for _, _, tile in image)
    row, outcome = writer.add(result)
    return Progress(job.name, outcome, size, lacks=_lacking(row, settings, is_checked=job.is_checked))


def _lacking(row: Row, settings: BuildSettings, *, is_checked: bool) -> tuple[str, ...]:
    names = {image["name"] for image in row["images"]}
    guides = [guide for guide in settings.guides if not {f"lr {guide}", f"hr {guide}"} <= names]
    return (*guides, *(tag for tag in settings.more if tag not in names), *([] if is_checked else [VERDICT]))


def _of_folder(folder: Path, writer: StoreWriter, settings: BuildSettings, came_from: dict[bytes, Path]) -> Plan:
    pairs = find_pairs([folder])
    refused = [pair for pair in refused_pairs(folder) if writer.find(_identity(pair)) is not None]
    return len(pairs) + len(refused), _steps_of_folder(folder, pairs, refused, writer, settings, came_from)


def _steps_of_folder(
    folder: Path,
    pairs: Sequence[Pair],
    refused: Sequence[Pair],
    writer: StoreWriter,
    settings: BuildSettings,
    came_from: dict[bytes, Path],
) -> Iterator[_Step]:
    for pair in refused:
        row = writer.find(_identity(pair))
        if row is not None and stamps_of(pair, ()).items() <= row["files"].items():  # it was made from these very files
            writer.remove(int(row["pair"]))
            yield Progress(pair.name, "removed")
        else:
            yield Progress(pair.name, "kept")
    for pair in pairs:
        other = came_from.setdefault(identity_key(_identity(pair)), folder)
        if other != folder:
            yield _Settle()
        row = writer.find(_identity(pair))
        wanted = _wanted(row, settings)
        if row is not None and _is_same(row, pair, wanted):
            yield Progress(pair.name, "kept", lacks=_lacking(row, settings, is_checked=pair.is_checked))
        elif other != folder:
            reason = f"{folder} and {other} have it both; give one of their manifests another show"
            yield Progress(pair.name, "failed", reason=reason)
        else:
            yield _Job(pair.name, partial(_encode, pair, wanted), pair.is_checked)


def _wanted(row: Row | None, settings: BuildSettings) -> BuildSettings:
    """What is asked for, and what a pair's row has already: nothing that was stored is lost by asking for less."""
    if row is None:
        return settings
    guides = sorted({*settings.guides, *row["asked"]})
    more = sorted({*settings.more, *row["files"]} - {"lr", "hr"})
    return BuildSettings(guides=tuple(guides), more=tuple(more), scale=settings.scale)


def _is_same(row: Row, pair: Pair, wanted: BuildSettings) -> bool:
    """Whether a row was made from these very files and has all that is wanted and there."""
    left_out = [list(window) for window in pair.failed]
    try:
        made_of = stamps_of(pair, wanted.more)
    except FrameError:  # a file has gone since the pairs were listed: who reads it will say so
        return False
    return bool(
        made_of.items() <= row["files"].items()
        and row["left_out"] == left_out
        and set(wanted.guides) <= {*row["asked"]}
    )


def _of_store(store: Store, writer: StoreWriter, came_from: dict[bytes, Path]) -> Plan:
    _require_splits(store, writer.facts)
    return len(store), _steps_of_store(store, writer, came_from)


def _steps_of_store(store: Store, writer: StoreWriter, came_from: dict[bytes, Path]) -> Iterator[_Step]:
    turn = Lock()
    for place in range(len(store)):
        try:
            with turn:  # a transaction is for one thread at a time
                row = store.rows[place]
        except DamageError as error:
            yield Progress(f"pair {store.number(place)}", "failed", reason=str(error))
            continue
        other = came_from.setdefault(identity_key(identity_of(row)), store.folder)
        if other != store.folder:
            yield _Settle()
        there, name = writer.find(identity_of(row)), name_of(row)
        ours, theirs = ({} if there is None else there["sha256"]), row["sha256"]
        if there is not None and there["left_out"] == row["left_out"] and theirs.items() <= ours.items():
            yield Progress(name, "kept")
        elif ours.items() <= theirs.items() or (other == store.folder and ours.keys() <= theirs.keys()):
            yield _Job(name, partial(_copied, store, place, turn))
        elif other != store.folder:
            reason = f"{store.folder} and {other} have it both, and not the same; build from the folders of pairs"
            yield Progress(name, "failed", reason=reason)
        else:
            lost = ", ".join(sorted(ours.keys() - theirs.keys()))
            reason = f"{store.folder} has it otherwise and without {lost}; build from the folder of pairs"
            yield Progress(name, "failed", reason=reason)


def _identity(pair: Pair) -> Identity:
    return identity_of({name: getattr(pair, name) for name in ("show", "look", "shot", "frame", "element", "filter")})


def _encode(pair: Pair, settings: BuildSettings, pool: DecodePool) -> Encoded:
    return encode_pair(pair, guides=settings.guides, more=settings.more, scale=settings.scale, pool=pool)


def _copied(store: Store, place: int, turn: Lock, _: DecodePool) -> Encoded:
    with turn:
        return encoded_in(store, place)


def _in_parallel(steps: Iterator[_Step], count: int) -> Iterator[tuple[_Job, Encoded | FrameError] | Progress]:
    """Results in the order of the steps, `count` at work and one waiting while another is written: memory goes by
    `count`, and a store's bytes by what is put into it.
    """
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
        running: deque[tuple[_Job, Future[Encoded]]] = deque()

        def first() -> tuple[_Job, Encoded | FrameError]:
            job, future = running.popleft()
            try:
                return job, future.result()
            except FrameError as error:
                return job, error

        for step in steps:
            if isinstance(step, Progress):
                yield step
            elif isinstance(step, _Job):
                running.append((step, threads.submit(make, step)))
            while len(running) > (0 if isinstance(step, _Settle) else count + 1):
                yield first()
        while running:
            yield first()
