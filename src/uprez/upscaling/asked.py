"""What a job comes to before any frame is tried: its frames, where each goes, and the model."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from uprez.errors import UsageError
from uprez.frames.result_names import result_paths
from uprez.frames.sequences import SourceFrame, Sources, expand_sources
from uprez.layers.rules import RuleBook
from uprez.models.card import Card
from uprez.models.down_kernel import seen_through
from uprez.models.ensemble import EnsembleModel
from uprez.models.model import Model, NetworkModel
from uprez.models.registry import DEFAULT_MODEL, load_model, model_card
from uprez.upscaling.job import FrameOutcome, UpscaleJob, UpscaleSummary


@dataclass(frozen=True)
class AskedFrames:
    """The frames that a job means."""

    card: Card
    sources: Sources
    results: tuple[Path, ...]
    """Where the result of each source goes."""
    rules: RuleBook = field(default_factory=RuleBook)

    @property
    def pairs(self) -> list[tuple[SourceFrame, Path]]:
        """Each frame with the path of its result."""
        return list(zip(self.sources.frames, self.results, strict=True))

    def summary(
        self, outcomes: Iterable[FrameOutcome], *, device: str, seconds: float, interrupted: bool
    ) -> UpscaleSummary:
        """The record of the run that had these outcomes."""
        return UpscaleSummary(
            results=tuple(outcomes),
            missing=self.sources.missing,
            holes=self.sources.holes,
            no_frames=self.sources.skipped,
            model=self.card.name,
            device=device,
            seconds=seconds,
            interrupted=interrupted,
            rules=self.rules,
        )


def asked_frames(job: UpscaleJob) -> AskedFrames:
    """Find a job's frames, name their results and make the folders for them. Raises UsageError or ModelError where the
    job can't be done.
    """
    card = job_card(job)
    sources = expand_sources(job.sources, job.frames)
    results = result_paths(sources.frames, job.output, folders=job.sources, previews=job.preview)
    for folder in {path.parent for path in results}:
        _make_folder(folder)
    return AskedFrames(card, sources, tuple(results), job.rules)


def job_card(job: UpscaleJob) -> Card:
    """The card of the model that a job asks for, with the down-kernel of the sources' pixel filter. Raises ModelError,
    UsageError for a filter that there is not.
    """
    card = model_card(job.model or DEFAULT_MODEL, sharpness=job.sharpness, quality=job.quality)
    return seen_through(card, job.pixel_filter)


def job_model(job: UpscaleJob) -> Model:
    """That model, loaded. Raises ModelError."""
    return load_model(
        job.model or DEFAULT_MODEL,
        device=job.device,
        threads=job.threads,
        precision=job.precision,
        sharpness=job.sharpness,
        quality=job.quality,
    )


def model_device(model: Model) -> str:
    """What runs a model, and in which precision: "cpu f32"."""
    model = model.model if isinstance(model, EnsembleModel) else model
    return f"{model.runtime.device} {model.runtime.precision}" if isinstance(model, NetworkModel) else "cpu f32"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: results can't go there: {error.strerror or error}") from None
