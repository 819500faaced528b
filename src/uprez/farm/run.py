"""Frames over a Ray cluster: one model load a worker, and no frame lost with the worker that had it.

    this process: which frames, who has which, progress  ->  workers: a batch of frames each, an outcome a frame

Every machine sees sources and results under the same paths, and has this version of uprez.
"""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from uprez import __version__
from uprez.errors import UprezError, UsageError
from uprez.farm.cluster import Cluster, Share, connected, share_of
from uprez.farm.worker import UpscaleWorker
from uprez.frames.sequences import SourceFrame
from uprez.models.registry import model_names
from uprez.upscaling.asked import AskedFrames, asked_frames
from uprez.upscaling.job import FrameOutcome, Progress, Report, UpscaleJob, UpscaleSummary

LONGEST_BATCH = 8
"""Frames that a worker is given at once: enough to read one while another is computed, few enough to share out."""
MOST_LOSSES = 3
"""Workers that may die of one frame, or one after another before they can start, until it is given up."""
_PATIENCE = 30.0
"""Seconds without any worker after which that is told."""


def upscale_on(
    cluster: Cluster, job: UpscaleJob, report: Report | None = None, warn: Callable[[str], None] = lambda line: None
) -> UpscaleSummary:
    """`uprez.upscaling.run` by the workers of a cluster: the same results, byte for byte, and the same summary.

    Each worker takes `job.threads` processors (`USUAL_CPUS` where None), `job.memory_bytes` and, where the device is
    cuda, a GPU. A frame whose worker dies is done again by another; one that `MOST_LOSSES` workers died of fails, and
    the rest goes on. warn: hears of workers that die, a line each. Raises UsageError or ModelError where the job can't
    be done, the cluster is not there, or none of its machines is large enough.
    """
    started = time.monotonic()
    asked = asked_frames(job)
    with connected(cluster.address):
        run = _Run(job, asked, share_of(cluster, job), report, warn)
        interrupted = run.work()
    return asked.summary(
        (run.outcomes[number] for number in sorted(run.outcomes)),
        device=run.device,
        seconds=time.monotonic() - started,
        interrupted=interrupted,
    )


@dataclass(eq=False)
class _Hand:
    """A worker, and the numbers of the frames that it is at."""

    actor: Any
    batch: list[int] = field(default_factory=list)


class _Run:
    """Who has which frames."""

    def __init__(
        self, job: UpscaleJob, asked: AskedFrames, share: Share, report: Report | None, warn: Callable[[str], None]
    ) -> None:
        self.outcomes: dict[int, FrameOutcome] = {}
        self.device = ""
        self._warn = warn
        self._job, self._frames, self._share, self._report = _for_workers(job, share), asked.pairs, share, report
        total = len(self._frames)
        length = min(LONGEST_BATCH, math.ceil(total / (4 * share.workers)))
        self._waiting = deque(list(range(at, min(total, at + length))) for at in range(0, total, length))
        self._busy: dict[Any, _Hand] = {}
        """By what it will answer: the reference of a greeting, or the stream of a batch's outcomes."""
        self._idle: list[_Hand] = []
        """There is nothing for them, as long as no other loses its frames."""
        self._again: set[int] = set()
        """Frames that a worker had when it died."""
        self._losses = [0] * total
        """How many workers died with this frame alone."""
        self._failed_starts = 0

    def work(self) -> bool:
        """Do all frames. True where a KeyboardInterrupt ended it early."""
        try:
            for _ in range(min(self._share.workers, len(self._waiting))):
                self._hire()
            started, told = time.monotonic(), False
            while len(self.outcomes) < len(self._frames):
                ready, _ = ray.wait(list(self._busy), num_returns=1, timeout=1.0)  # signals are heard in between
                for answer in ready:
                    self._hear(answer)
                if not (self.device or told) and time.monotonic() - started > _PATIENCE:
                    self._warn("no worker has started yet; the cluster may be busy with other jobs, waiting")
                    told = True
        except KeyboardInterrupt:
            return True
        return False

    def _hire(self) -> None:
        share = self._share
        worker = ray.remote(num_cpus=share.cpus, num_gpus=share.gpus, memory=share.memory_bytes)(UpscaleWorker)
        actor: Any = worker.remote(self._job)
        self._busy[actor.greet.remote(__version__)] = _Hand(actor)

    def _hear(self, answer: Any) -> None:
        hand = self._busy[answer]
        try:
            if isinstance(answer, ray.ObjectRef):
                self.device = ray.get(answer)
                self._failed_starts = 0
            else:
                number, outcome = ray.get(next(answer))
                hand.batch.remove(number)
                self._settle(number, outcome)
                return
        except StopIteration:
            pass
        except RayTaskError as error:
            if isinstance(error.cause, UprezError):
                raise error.cause from None
            raise
        except RayError as death:
            del self._busy[answer]
            self._lose(hand, death)
            return
        del self._busy[answer]
        self._idle.append(hand)
        self._employ()

    def _employ(self) -> None:
        while self._idle and self._waiting:
            hand = self._idle.pop()
            hand.batch = self._waiting.popleft()
            frames = [(number, *_absolute(*self._frames[number])) for number in hand.batch]
            self._busy[hand.actor.upscale.remote(frames)] = hand

    def _lose(self, hand: _Hand, death: RayError) -> None:
        """Have others do what a dead worker was at, each frame by itself, so that one that kills shows itself."""
        ray.kill(hand.actor)  # where it was only out of reach, it must not go on with what others do now
        self._warn(f"a worker died; to be done again: {len(hand.batch)} frame{'s' * (len(hand.batch) != 1)}")
        self._failed_starts += not hand.batch
        for number in hand.batch:
            self._again.add(number)
            self._losses[number] += len(hand.batch) == 1
            if self._losses[number] == MOST_LOSSES:
                self._fail(number, f"{MOST_LOSSES} workers died of it; if it needs more memory, raise --memory")
            else:
                self._waiting.append([number])
        if self._failed_starts < MOST_LOSSES:
            self._hire()
        elif not self._busy and not self._idle:
            self._give_up(death)
        self._employ()

    def _give_up(self, death: RayError) -> None:
        """No worker starts any more. Raises UsageError where none ever did."""
        told = f"no worker starts on the cluster: {str(death).strip().splitlines()[-1].strip()}"
        if not self.outcomes:
            raise UsageError(told)
        for number in range(len(self._frames)):
            if number not in self.outcomes:
                self._fail(number, told)

    def _fail(self, number: int, why: str) -> None:
        source, result = self._frames[number]
        reason = f"{source.path}: {why}"
        outcome = FrameOutcome(source=source.path, result=result, frame=source.frame, status="failed", reason=reason)
        self._settle(number, outcome)

    def _settle(self, number: int, outcome: FrameOutcome) -> None:
        if number in self._again and outcome.status == "skipped":  # a worker finished it just before its death
            outcome = replace(outcome, status="done", reason="")
        source, result = self._frames[number]
        self.outcomes[number] = replace(outcome, source=source.path, result=result)
        if self._report is not None:
            known, total = len(self.outcomes), len(self._frames)
            self._report(Progress(frames=known, total=total, work=known / total, finished=self.outcomes[number]))


def _for_workers(job: UpscaleJob, share: Share) -> UpscaleJob:
    """As machines with other current folders take it."""
    model = job.model
    if model is not None and model not in model_names() and Path(model).exists():
        model = str(Path(model).absolute())
    return replace(job, model=model, threads=share.cpus)


def _absolute(source: SourceFrame, result: Path) -> tuple[SourceFrame, Path]:
    series = tuple(path.absolute() for path in source.series)
    return replace(source, path=source.path.absolute(), series=series), result.absolute()
