"""What the threads of a run hand to each other: a frame begins, its bands follow, it ends."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.errors import UprezError
from uprez.frames.sequences import SourceFrame
from uprez.layers.layers import Layer
from uprez.upscaling.attributes import Provenance
from uprez.upscaling.frame import FramePlan, SourceBand
from uprez.upscaling.job import FrameOutcome, Repair, Status


@dataclass(eq=False)
class Task:
    """One frame on its way. Each field is written by one thread, before the frame is handed on to the next."""

    source: SourceFrame
    result: Path
    started: float = 0.0
    layers: tuple[Layer, ...] = ()
    repairs: list[Repair] = field(default_factory=list)
    needs: int = 0
    """Bytes that the frame takes, where that is more than the run's limit."""
    replaced: str = ""
    """How the result that this frame takes the place of was made otherwise."""
    old_preview: Path | None = None
    """A preview of that result, which goes when the frame is done."""
    cut: tuple[tuple[str, str], ...] = ()
    """Layers with light that the result can't store, and how much of it there is."""
    failed: bool = False
    """Set by whoever finds out; the threads before spare themselves the rest."""
    outcome: FrameOutcome | None = None
    """Set at the end, by the thread that writes."""


@dataclass
class Begin:
    """The frame is open and planned."""

    task: Task
    plan: FramePlan
    provenance: Provenance


@dataclass
class Rows:
    """One band: its source rows and, once computed, what the network made of them."""

    task: Task
    source: SourceBand
    networks: dict[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass
class End:
    """No more of this frame comes. Frames that are skipped, or can't even be opened, have this event alone."""

    task: Task
    status: Status
    reason: str = ""

    def outcome(self) -> FrameOutcome:
        """The record of the frame, as of now."""
        task = self.task
        return FrameOutcome(
            source=task.source.path,
            result=task.result,
            frame=task.source.frame,
            status=self.status,
            reason=self.reason,
            seconds=time.monotonic() - task.started,
            repairs=_by_layer(task.repairs),
            layers=task.layers,
            cut=task.cut,
            needs=task.needs,
            replaced=task.replaced if self.status == "done" else "",
        )


def _by_layer(repairs: Iterable[Repair]) -> tuple[Repair, ...]:
    """The repairs of all bands together, a record a layer, its first place the first that was met."""
    merged: dict[str, Repair] = {}
    for repair in repairs:
        before = merged.get(repair.layer)
        merged[repair.layer] = replace(before, pixels=before.pixels + repair.pixels) if before else repair
    return tuple(merged.values())


Event = Begin | Rows | End


def failing(task: Task, work: Callable[[], Iterator[Event]]) -> Iterator[Event]:
    """The events of `work`; where it fails for a reason that a frame can have, the frame's failed end instead of the
    rest.
    """
    try:
        yield from work()
    except (UprezError, MemoryError) as error:
        task.failed = True
        yield End(task, "failed", failure(task, error))


def failure(task: Task, error: UprezError | MemoryError) -> str:
    """One line for people, which names the file."""
    path = str(task.source.path)
    text = str(error) if isinstance(error, UprezError) else "it needs more memory than there is; lower --memory"
    return text if path in text or str(task.result) in text else f"{path}: {text}"
