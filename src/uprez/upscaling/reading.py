"""The reading thread of a run: which frames are still to be done, and their pixels, a band at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from uprez import __version__
from uprez.errors import FrameError
from uprez.frames import DecodePool, FrameHeader, open_frame
from uprez.frames.preview import has_description
from uprez.frames.result_names import preview_path
from uprez.layers.finding import SequenceRules
from uprez.layers.layers import Layer, Rule, find_layers
from uprez.models.card import Card
from uprez.upscaling.attributes import Provenance, identify, made_before, settings_text
from uprez.upscaling.events import Begin, End, Event, Rows, Task
from uprez.upscaling.frame import plan_frame, read_bands
from uprez.upscaling.job import UpscaleJob
from uprez.upscaling.sinks import goes_to_image, image_layers


class Reading:
    """Reads the frames of one job for one model."""

    def __init__(self, job: UpscaleJob, card: Card, reach: int, *, consistency: bool, pool: DecodePool) -> None:
        """reach: LR rows beyond its own whose network results a row of the result depends on."""
        self._job, self._card, self._reach, self._consistency, self._pool = job, card, reach, consistency, pool
        self._rules = SequenceRules(job.rules, pool)

    def events(self, task: Task) -> Iterator[Event]:
        """A frame from its begin to its end, or its end alone where it is skipped. Raises what keeps it from being
        read.
        """
        path = task.source.path
        before = _stamp(path)
        provenance = self._provenance(path)
        if not self._job.overwrite and self._is_done(task.result, provenance):
            yield End(task, "skipped", "it is there, made from the same source in the same way")
            return
        self._note_replaced(task, provenance)
        with open_frame(path, pool=self._pool) as reader:
            task.layers = self._rules.of(reader, task.source.series)
            layers = image_layers(task.layers, reader.header) if goes_to_image(task.result) else task.layers
            plan = plan_frame(reader, layers, self._card, self._reach, self._job.memory_bytes)
            task.needs = plan.needs
            yield Begin(task, plan, provenance)
            for band in read_bands(reader, plan):
                task.repairs += band.repairs
                yield Rows(task, band)
                if task.failed:
                    return
        if _stamp(path) != before:
            raise FrameError(path, "changed while it was read", "run again when it is finished")
        yield End(task, "done", _left_out(task.layers, layers, task.result))

    def _provenance(self, path: Path) -> Provenance:
        settings = {
            "consistency": self._consistency,
            "precision": self._job.precision if self._card.kind == "network" else "f32",
            "rules": [[glob, rule.value] for glob, rule in self._job.rules.entries],
            "scale": self._card.scale,
            **({} if self._job.sharpness is None else {"sharpness": self._job.sharpness}),
            **({} if self._job.quality == "normal" else {"quality": self._job.quality}),
        }
        model = f"{self._card.name} {self._card.fingerprint}".strip()
        return Provenance(__version__, model, settings_text(settings), identify(path))

    def _note_replaced(self, task: Task, provenance: Provenance) -> None:
        """What the frame's result takes the place of: a result that was made otherwise, and its preview."""
        try:
            with open_frame(task.result, pool=self._pool) as reader:
                before = made_before(reader.header.parts[0])
        except FrameError:
            return
        task.replaced = provenance.differs_from(before)
        preview = preview_path(task.result)
        if before is not None and not self._job.preview and has_description(preview, before.as_text()):
            task.old_preview = preview

    def _is_done(self, result: Path, provenance: Provenance) -> bool:
        try:
            with open_frame(result, pool=self._pool) as reader:
                header = reader.header
        except FrameError:
            return False
        if not provenance.stands_in(header.parts[0]):
            return False
        previewed = has_description(preview_path(result), provenance.as_text())
        return previewed or not (self._job.preview and self._has_beauty(header))

    def _has_beauty(self, header: FrameHeader) -> bool:
        """Of a source or its result, whose layers are the same. Frames without a beauty have no preview."""
        layers = self._job.rules.apply(find_layers(header), header)
        return any(layer.rule is Rule.BEAUTY for layer in layers)


def _stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written anew."""
    try:
        status = path.stat()
    except OSError as error:
        raise FrameError(path, f"can't be read: {error.strerror or error}") from None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _left_out(layers: Sequence[Layer], written: Sequence[Layer], result: Path) -> str:
    names = [layer.name for layer in layers if layer not in written]
    return f"{result.suffix} holds the beauty alone: without {', '.join(names)}" if names else ""
