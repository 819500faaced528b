"""A run over frames: one is read ahead while the next is computed and the last is finished and written.

    reading thread          this thread               writing thread
    hash, plan, decode  ->  the network, by bands  ->  every layer by its rule, encode, rename

What makes one frame fail ends that frame only. Frames that are there with the provenance that they would get are
skipped.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from uprez.errors import UprezError
from uprez.frames import DecodePool
from uprez.frames.result_names import preview_path
from uprez.frames.sequences import SourceFrame
from uprez.models.card import Card
from uprez.models.down_kernel import seen_through
from uprez.models.model import Model
from uprez.upscaling.asked import asked_frames, job_card, job_model, model_device
from uprez.upscaling.events import Begin, End, Event, Rows, Task, failing, failure
from uprez.upscaling.job import FrameOutcome, Progress, Report, UpscaleJob, UpscaleSummary
from uprez.upscaling.pipes import Pipe, StoppedError, Worker, feed
from uprez.upscaling.reading import Reading
from uprez.upscaling.results import Finisher, NetworkRows, pieces, reach_of
from uprez.upscaling.sinks import ExrSink, ImageSink, PreviewSink, Sink, Sinks, goes_to_image


def run(job: UpscaleJob, report: Report | None = None) -> UpscaleSummary:
    """Upscale every frame that a job means, and say what became of each.

    Raises UsageError or ModelError, before any frame is tried, where the job itself can't be done. A KeyboardInterrupt
    ends the run: the frame in progress leaves no trace, and the summary says `interrupted`.
    """
    started = time.monotonic()
    asked = asked_frames(job)
    with DecodePool() as pool:
        pool.start()
        made = upscale_frames(job, asked.pairs, pool=pool, load=lambda: job_model(job), report=report)
    return asked.summary(
        made.outcomes, device=made.device, seconds=time.monotonic() - started, interrupted=made.interrupted
    )


@dataclass(frozen=True)
class MadeFrames:
    """What became of some frames. device: the model's, with its precision; empty where it was not loaded in time."""

    outcomes: tuple[FrameOutcome, ...]
    device: str
    interrupted: bool


def upscale_frames(
    job: UpscaleJob,
    frames: Iterable[tuple[SourceFrame, Path]],
    *,
    pool: DecodePool,
    load: Callable[[], Model],
    report: Report | None = None,
) -> MadeFrames:
    """Upscale these frames, each to its path, by a job's settings; the first is read while `load` loads the model.

    Raises what `load` raises, before any frame is tried. A KeyboardInterrupt ends the run, as in `run`.
    """
    tasks = [Task(source, result) for source, result in frames]
    work = _Run(job, job_card(job), pool, tasks, report)
    interrupted = work.work(load)
    return MadeFrames(tuple(task.outcome for task in tasks if task.outcome is not None), work.device, interrupted)


class _Run:
    """The three threads of a run."""

    def __init__(self, job: UpscaleJob, card: Card, pool: DecodePool, tasks: list[Task], report: Report | None) -> None:
        self.device = ""
        """That of the model, and its precision, once it is loaded."""
        self._job, self._card, self._tasks, self._report = job, card, tasks, report
        self._pool = pool
        self._consistency = job.consistency and bool(card.down_kernel)
        self._reach = reach_of(card, consistency=self._consistency)
        self._reading = Reading(job, card, self._reach, consistency=self._consistency, pool=pool)
        self._workers = job.threads or _cores()
        self._helpers = ThreadPoolExecutor(self._workers, "uprez-finish")
        self._stop = threading.Event()
        self._known = 0

    def work(self, load: Callable[[], Model]) -> bool:
        """Do all frames, the first of which is read while the model is loaded. True where a KeyboardInterrupt ended it
        early. Raises what `load` raises, before any frame is tried.
        """
        read: Pipe[Event] = Pipe(1, self._stop)
        computed: Pipe[Event] = Pipe(1, self._stop)
        workers: list[Worker] = []
        whole = False
        self._tell(0)
        try:
            workers.append(Worker(lambda: feed(read, self._read()), "uprez-read"))
            # In a thread: Python may keep its import lock where a signal interrupts an import, and signals come here.
            model = self._helpers.submit(load).result()
            self.device = model_device(model)
            writer = Worker(lambda: self._write(computed, self._finisher(model)), "uprez-write")
            workers.append(writer)
            feed(computed, self._compute(read, model))
            writer.join()
            self.device = model_device(model)  # some precisions are chosen band by band
            whole = True
        except StoppedError:
            pass  # the writer failed; what with, the join below raises
        except KeyboardInterrupt:
            return True
        finally:
            self._stop.set()
            if not whole:
                self._pool.abort()  # nobody waits for a frame that is read no more
            for worker in workers:
                worker.join()
            self._helpers.shutdown()
        return False

    def _finisher(self, model: Model) -> Finisher:
        return Finisher(seen_through(model.card, self._job.pixel_filter), self._consistency)

    def _read(self) -> Iterator[Event]:
        for task in self._tasks:
            task.started = time.monotonic()
            yield from failing(task, lambda task=task: self._reading.events(task))  # type: ignore[misc]

    def _compute(self, read: Pipe[Event], model: Model) -> Iterator[Event]:
        network: NetworkRows | None = None
        for event in read:
            if event.task.failed and not isinstance(event, End):
                continue
            if isinstance(event, Begin):
                network = NetworkRows(model, self._reach)
            elif isinstance(event, Rows):
                assert network is not None
                try:
                    event.networks = network.compute(event.source)
                except (UprezError, MemoryError) as error:
                    event.task.failed = True
                    yield End(event.task, "failed", failure(event.task, error))
                    continue
            yield event

    def _write(self, computed: Pipe[Event], finisher: Finisher) -> None:
        events = iter(computed)
        try:
            for event in events:
                if isinstance(event, Begin):
                    self._write_frame(event, events, finisher)
                elif isinstance(event, End) and event.task.outcome is None:
                    self._settle(event)
        except BaseException:
            self._stop.set()
            raise

    def _write_frame(self, begin: Begin, events: Iterator[Event], finisher: Finisher) -> None:
        """One frame, to its end or to what makes it fail; of a failed one no file stays."""
        task, done = begin.task, 0
        self._tell(self._known, working=task.source.path)
        try:
            with self._sink(begin) as sink:
                for event in events:
                    if isinstance(event, Rows):
                        for rows in self._take(event, sink, finisher):
                            done += len(rows) * event.source.stage.window.width
                            self._tell(self._known + done / begin.plan.work, working=task.source.path)
                    elif isinstance(event, End):
                        end = event
                        break
                if end.status == "failed":
                    raise _AbandonedError
                task.cut = sink.cut()
        except _AbandonedError:
            pass
        except (UprezError, MemoryError) as error:
            task.failed = True
            end = End(task, "failed", failure(task, error))
        self._settle(end)

    def _take(self, event: Rows, sink: Sink, finisher: Finisher) -> Iterator[range]:
        """Finish a band's rows in pieces, side by side, and give them to the sink in their order."""
        some = pieces(event.source.band.rows, self._workers)
        finished = self._helpers.map(partial(finisher.finish, event.source, event.networks), some)
        for rows, layers in zip(some, finished, strict=True):
            sink.take(event.source, rows, layers)
            yield rows

    def _sink(self, begin: Begin) -> Sink:
        path, scale = begin.task.result, self._card.scale
        kind = ImageSink if goes_to_image(path) else ExrSink
        sink = kind(path, begin.plan, scale, begin.provenance)
        if not self._job.preview:
            return sink
        return Sinks(PreviewSink(preview_path(path), begin.plan, scale, begin.provenance), sink)

    def _settle(self, end: End) -> None:
        if end.status == "done" and end.task.old_preview is not None:
            with suppress(OSError):
                end.task.old_preview.unlink(missing_ok=True)
        end.task.outcome = end.outcome()
        self._known += 1
        self._tell(self._known, end.task.outcome)

    def _tell(self, frames: float, finished: FrameOutcome | None = None, working: Path | None = None) -> None:
        """frames: how many are done, a fraction of one for what is written of it."""
        if self._report is not None:
            total = len(self._tasks)
            self._report(
                Progress(frames=self._known, total=total, work=frames / total, finished=finished, working=working)
            )


class _AbandonedError(Exception):
    """A frame whose failure is known already: its sink is left by this, so that it makes no file."""


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
