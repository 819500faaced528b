"""Methods over pairs, many at once, as far as an earlier run did not come."""

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from zipfile import BadZipFile

from uprez.errors import UsageError
from uprez.evaluation import work
from uprez.evaluation.content import SOURCE, Crop, Row
from uprez.evaluation.learned import learned_pairs
from uprez.evaluation.ledger import Ledger, key_of
from uprez.evaluation.methods import applies, method_fingerprint, open_method
from uprez.evaluation.pairs import Judged, pairs_of
from uprez.evaluation.signs import Signs
from uprez.metrics.pu21 import WHITE

_LONGEST = 8
"""Frames of a shot that one process judges before it tells of them."""


@dataclass(frozen=True, kw_only=True)
class EvaluationJob:
    """What is asked for."""

    folders: tuple[Path, ...]
    """Of pairs."""
    methods: tuple[str, ...]
    """Models by name or folder, after a colon their sharpness or `best`; renders beside the pairs by their tag
    (`hr_equal`). The first is what the report is about.
    """
    output: Path
    jobs: int = 1
    """Pairs judged at once, each in a process of its own."""
    white: float = WHITE
    """cd/m2 of scene-linear 1, for PU21."""
    part: tuple[int, int] | None = None
    """(which, of how many): measure only this part of the pairs, and make no crops; a later run without it has the
    figures of all parts.
    """
    crops: int = 60
    """How many the report shows."""


@dataclass(frozen=True)
class Evaluation:
    """What came of it."""

    rows: tuple[Row, ...]
    """By pair, then by method as they were asked for."""
    signs: Mapping[str, Signs]
    """By look/shot: means over its pairs."""
    crops: tuple[Crop, ...]
    """Those of the frames in which the first method is worst, worst first."""
    failures: tuple[str, ...]
    """A line each."""
    died: int
    """How many of them are of processes that died, and may be done again."""
    learned: Mapping[str, int] = field(default_factory=dict)
    """By method whose card says what it learned from: how many of the measured pairs are of such shots."""
    full_cost: Mapping[str, float] = field(default_factory=dict)
    """By pair: core-seconds of HR in full, where the manifest says so."""


Report = Callable[[int, int, work.Outcome], None]
"""Hears how many pairs are done, of how many, and what became of the last."""


@dataclass(frozen=True)
class _Task:
    pair: Judged
    methods: Mapping[str, Path]
    """Where the crop of each goes."""
    base: Path


def evaluate(job: EvaluationJob, report: Report = lambda done, total, outcome: None) -> Evaluation:
    """Judge every method on every pair. What `job.output` holds of an earlier run is not measured again.

    Raises UsageError or ModelError before anything is tried where the job can't be done.
    """
    for name in job.methods:  # what can't be loaded is told once, and before anything is tried
        open_method(name)
    fingerprints = {name: method_fingerprint(name) for name in job.methods}
    pairs = [pair for folder in job.folders for pair in pairs_of(folder)]
    if not pairs:
        raise UsageError(f"{job.folders[0]}: holds no pairs")
    if twice := next((name for name, count in Counter(pair.name for pair in pairs).items() if count > 1), None):
        raise UsageError(f"{twice}: is in two of the folders; judge them one by one, each with an output of its own")
    for name in job.methods:
        if not any(applies(name, pair) for pair in pairs):
            raise UsageError(f"{name}: no pair has such a render beside it")
    if job.part is not None:
        pairs = _part(pairs, *job.part)
    ledger = Ledger(job.output, job.part)
    keys = {
        pair.name: {
            name: key_of(pair, name, fingerprints[name], job.white) for name in job.methods if applies(name, pair)
        }
        for pair in pairs
    }
    sources = {pair.name: key_of(pair, SOURCE, "", job.white) for pair in pairs}
    missing = [(pair, [m for m, key in keys[pair.name].items() if ledger.get(key) is None]) for pair in pairs]
    tasks = [_task(job, pair, keys[pair.name], methods) for pair, methods in missing if methods]
    failures: list[str] = []
    died = 0
    for done, outcome in enumerate(_judged(job, tasks), 1):
        failures += outcome.failures
        died += outcome.died
        ledger.add({(keys[outcome.pair] | {SOURCE: sources[outcome.pair]})[row.method]: row for row in outcome.rows})
        report(done, len(tasks), outcome)
    found = [ledger.get(key) for pair in pairs for key in keys[pair.name].values()]
    rows = tuple(row for row in found if row is not None)
    judged = {row.pair for row in rows}
    learned = learned_pairs(job.methods, [pair for pair in pairs if pair.name in judged])
    full_cost = {pair.name: pair.full_core_seconds for pair in pairs if pair.full_core_seconds is not None}
    shown = [] if job.part else _worst_first(pairs, rows, job.methods[0])[: job.crops]
    measured = {(row.pair, row.method) for row in rows}
    crop_tasks = [
        _task(job, pair, keys[pair.name], [m for m in keys[pair.name] if (pair.name, m) in measured]) for pair in shown
    ]
    signs = _signs([row for key in sources.values() if (row := ledger.get(key)) is not None])
    return Evaluation(rows, signs, tuple(_crops(job, crop_tasks)), tuple(failures), died, learned, full_cost)


def _part(pairs: Sequence[Judged], which: int, parts: int) -> list[Judged]:
    """Neighbours stay together: they are frames of one shot."""
    return list(pairs[len(pairs) * (which - 1) // parts : len(pairs) * which // parts])


def _signs(sources: Sequence[Row]) -> dict[str, Signs]:
    of_shot: dict[str, list[Signs]] = {}
    for row in sources:
        of_shot.setdefault(f"{row.look}/{row.shot}", []).append(Signs(**row.figures))
    return {shot: Signs(*map(fmean, zip(*signs, strict=True))) for shot, signs in of_shot.items()}


def _task(job: EvaluationJob, pair: Judged, keys: Mapping[str, str], methods: Sequence[str]) -> _Task:
    folder = job.output / "crops"
    base = folder / f"{key_of(pair, '', '', job.white)[:32]}.npz"
    return _Task(pair, {method: folder / f"{keys[method][:32]}.npz" for method in methods}, base)


def _worst_first(pairs: Sequence[Judged], rows: Sequence[Row], method: str) -> list[Judged]:
    psnr = {row.pair: row.figures["psnr_db"] for row in rows if row.method == method and "psnr_db" in row.figures}
    return sorted((pair for pair in pairs if pair.name in psnr), key=lambda pair: psnr[pair.name])


def _crops(job: EvaluationJob, tasks: Sequence[_Task]) -> Iterator[Crop]:
    """Those that are there, and those that are not made anew."""
    lost = [task for task in tasks if not all(path.exists() for path in (task.base, *task.methods.values()))]
    for _ in _judged(job, lost):
        pass
    for task in tasks:
        with suppress(OSError, ValueError, KeyError, BadZipFile):  # the pair has gone meanwhile, or its crop is damaged
            yield work.load_crop(task.pair.name, task.base, task.methods)


_worker: work.Worker | None = None


def _begin(methods: tuple[str, ...], white: float) -> None:
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = work.open_worker(methods, white, threads=1)


def _end_with_parent() -> None:
    """A pool's process waits for its next task even where its parent was killed."""
    if (parent := multiprocessing.parent_process()) is not None:
        parent.join()
        os._exit(1)


def _judge(tasks: Sequence[_Task]) -> list[work.Outcome]:
    assert _worker is not None
    return [work.judge(_worker, task.pair, task.methods, task.base) for task in tasks]


def _sequences(tasks: Sequence[_Task]) -> list[list[_Task]]:
    """Frames that follow one another go to one process, which then has the frame before; not too many at once."""
    sequences: list[list[_Task]] = []
    for task in tasks:
        last = sequences[-1] if sequences else []
        before = task.pair.previous
        if last and before and before.name == last[-1].pair.name and len(last) < _LONGEST:
            last.append(task)
        else:
            sequences.append([task])
    return sequences


@contextmanager
def _processes(count: int, job: EvaluationJob) -> Iterator[ProcessPoolExecutor]:
    """A pool whose processes end at once where the run does: at Ctrl-C, on a full disk."""
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, _begin, (job.methods, job.white)) as processes:
        try:
            yield processes
        except BaseException:
            processes.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - before:
                process.terminate()
            raise


def _judged(job: EvaluationJob, tasks: Sequence[_Task]) -> Iterator[work.Outcome]:
    """Outcomes in the order of the tasks. What a process died of, or one beside it, is judged again one by one."""
    waiting = deque(_sequences(tasks))
    while waiting:
        count, suspects = min(job.jobs, len(waiting)), deque[_Task]()
        with _processes(count, job) as processes:
            running: deque[tuple[list[_Task], Future[list[work.Outcome]]]] = deque()
            try:
                while waiting or running:
                    while waiting and len(running) < 2 * count:
                        running.append((waiting[0], processes.submit(_judge, waiting[0])))
                        waiting.popleft()
                    _, future = running[0]
                    outcomes = future.result()
                    running.popleft()
                    yield from outcomes
            except BrokenProcessPool:
                suspects = deque(task for sequence, _ in running for task in sequence)
        yield from _one_by_one(job, suspects)


def _one_by_one(job: EvaluationJob, tasks: deque[_Task]) -> Iterator[work.Outcome]:
    """Outcomes of tasks, of which some may end their process: each costs no other."""
    while tasks:
        with _processes(1, job) as processes:
            try:
                while tasks:
                    outcomes = processes.submit(_judge, [tasks[0]]).result()
                    tasks.popleft()
                    yield from outcomes
            except BrokenProcessPool:
                name = tasks.popleft().pair.name
                yield work.Outcome(name, (), (f"{name}: the process that judged it died; run again",), died=True)
