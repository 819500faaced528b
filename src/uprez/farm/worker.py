"""What one worker of a cluster does: the model once, then frames as they come."""

import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from uprez import __version__
from uprez.errors import UsageError
from uprez.frames import DecodePool
from uprez.frames.sequences import SourceFrame
from uprez.models.model import Model
from uprez.upscaling.asked import job_model, model_device
from uprez.upscaling.job import FrameOutcome, Progress, UpscaleJob
from uprez.upscaling.memory import keep_freed_memory
from uprez.upscaling.sequence import upscale_frames

NumberedFrames = Sequence[tuple[int, SourceFrame, Path]]
"""Frames by the driver's numbers, with the paths of their results."""


class UpscaleWorker:
    """Lives in a process of its own, on any machine of the cluster."""

    def __init__(self, job: UpscaleJob) -> None:
        self._job = job
        self._pool = DecodePool()
        self._model: Model | None = None

    def greet(self, version: str) -> str:
        """Load the model and say what runs it. version: the driver's. Raises ModelError, or UsageError for another
        version, which might make other results.
        """
        if version != __version__:
            raise UsageError(f"{socket.gethostname()} has uprez {__version__}, this machine {version}: install one")
        keep_freed_memory()
        self._pool.start()
        self._model = job_model(self._job)
        return model_device(self._model)

    def upscale(self, frames: NumberedFrames) -> Iterator[tuple[int, FrameOutcome]]:
        """Upscale frames; yields each with its number as soon as its outcome is known."""
        numbers = {source.path: number for number, source, _ in frames}
        outcomes: SimpleQueue[FrameOutcome | None] = SimpleQueue()

        def tell(progress: Progress) -> None:
            if progress.finished is not None:
                outcomes.put(progress.finished)

        def load() -> Model:
            assert self._model is not None
            return self._model

        with ThreadPoolExecutor(1) as thread:
            pairs = [(source, result) for _, source, result in frames]
            made = thread.submit(upscale_frames, self._job, pairs, pool=self._pool, load=load, report=tell)
            made.add_done_callback(lambda _: outcomes.put(None))
            while (outcome := outcomes.get()) is not None:
                yield numbers[outcome.source], outcome
            made.result()
