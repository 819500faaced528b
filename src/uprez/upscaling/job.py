"""What is asked of a run over frames, and the record of what became of it: plain values, fit to be printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from uprez.layers import naming
from uprez.layers.layers import Layer, Rule
from uprez.layers.rules import RuleBook
from uprez.layers.storage import BITS_OF
from uprez.models.registry import Quality

DEFAULT_MEMORY = 4 << 30
"""Bytes that a run may use when nobody says, over all its processes."""

Status = Literal["done", "skipped", "failed"]


@dataclass(frozen=True, kw_only=True)
class UpscaleJob:
    """A run, as asked for."""

    sources: tuple[str, ...]
    """Files, folders and sequence patterns: whatever `frames.sequences.expand_sources` understands."""
    output: str
    """A folder, or a pattern like `out/name.####.exr` whose ending says the format."""
    model: str | None = None
    """A model's name or folder; None for the default model."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    frames: str | None = None
    """Frame numbers as farms hand them: 1-10, or 1,3,7-20:2."""
    memory_bytes: int = DEFAULT_MEMORY
    """What the run may use over all its processes. Less means narrower bands; not other pixels, where `precision` is
    f32.
    """
    precision: Literal["auto", "f32"] = "auto"
    """auto: bfloat16 where the CPU has it and a check on each band finds it good enough; f32: never."""
    threads: int | None = None
    """Threads for the network; None for all cores."""
    sharpness: float | None = None
    """0 to 1, between the model's softer one and itself; None for itself."""
    quality: Quality = "normal"
    """best: the mean of what the network makes of eight flips and turns, in eight times the time."""
    pixel_filter: str | None = None
    """The pixel filter of the sources, by its name in `uprez.pixel_filters`; None for the model's usual one."""
    consistency: bool = True
    """Hold the result, brought down, to the source."""
    rules: RuleBook = field(default_factory=RuleBook)
    """Layer rules that override what is found by meaning."""
    preview: bool = False
    """Write a PNG beside each result: the source enlarged, and the result."""
    overwrite: bool = False
    """Redo frames that are already there, whatever their provenance."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """Non-finite colour that was replaced from its neighbours before upscaling."""

    layer: str
    pixels: int
    x: int
    y: int
    """The first of them, in the coordinates of the source's pixel space (as its windows count)."""


@dataclass(frozen=True, kw_only=True)
class FrameOutcome:
    """What became of one frame."""

    source: Path
    result: Path
    frame: int | None
    """The number in its name, where a sequence gave one."""
    status: Status
    reason: str = ""
    """Why it failed or was skipped; one line."""
    seconds: float = 0.0
    """From the first byte read to the rename; frames overlap, so these add up to more than the run took."""
    repairs: tuple[Repair, ...] = ()
    layers: tuple[Layer, ...] = ()
    cut: tuple[tuple[str, str], ...] = ()
    """Layers with light that the result can't store, and how much of it there is."""
    needs: int = 0
    """Bytes that the frame takes however small the run's limit is, where that is more than it."""
    replaced: str = ""
    """How the result that it took the place of was made otherwise: "by film-x2"; empty where it took none's."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "source": str(self.source),
            "result": str(self.result),
            "frame": self.frame,
            "status": self.status,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
            "repaired_pixels": sum(repair.pixels for repair in self.repairs),
            "repairs": [vars(repair) for repair in self.repairs],
            "layers": {layer.name: layer.rule.value for layer in self.layers},
            "cut": dict(self.cut),
            "needs_bytes": self.needs,
            "replaced": self.replaced,
        }


@dataclass(frozen=True, kw_only=True)
class UpscaleSummary:
    """What became of a run."""

    results: tuple[FrameOutcome, ...]
    missing: tuple[str, ...] = ()
    """Frames that a range in a source, or `--frames`, asked for and that are not there."""
    holes: tuple[str, ...] = ()
    """Numbers that a sequence leaves out, where nobody gave a range: worth a warning, no failure."""
    no_frames: tuple[str, ...] = ()
    """What is in the given folders and, by its name, no frame: left alone."""
    model: str
    device: str
    """The device that ran the model, and its precision."""
    seconds: float
    interrupted: bool = False
    rules: RuleBook = field(default_factory=RuleBook)

    @property
    def unfit_rules(self) -> tuple[str, ...]:
        """A line for each rule by hand that fits no layer of the run."""
        return self.rules.unfit(frame.layers for frame in self.results)

    @property
    def rule_changes(self) -> tuple[str, ...]:
        """A line for each layer whose rule is not the same in all frames that have the same layers: worth a warning,
        since such a layer may flicker.
        """
        first: dict[tuple[frozenset[str], str], tuple[Path, Layer]] = {}
        lines: dict[tuple[frozenset[str], str], str] = {}
        for frame in self.results:
            names = frozenset(layer.name for layer in frame.layers)
            for layer in frame.layers:
                key = names, layer.name
                source, before = first.setdefault(key, (frame.source, layer))
                if layer.rule is not before.rule and key not in lines:
                    lines[key] = (
                        f"{frame.source}: layer {layer.name} is {layer.rule.value}, "
                        f"but {before.rule.value} in {source.name}; --rules settles it"
                    )
        return tuple(lines.values())

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for what a person should look at, once for all frames of which it holds: a Cryptomatte's manifest that
        stays behind, a layer whose name and pixels disagree, ids whose bits their compression loses, light that the
        result can't store, a memory limit that is too small, and a file whose name says other than its channels.
        """
        lines: dict[tuple[Path, str], str] = {}
        for frame in self.results:
            for layer in frame.layers:
                if layer.rule is Rule.ID and ("manifest" in layer.note or BITS_OF in layer.note):
                    lines.setdefault((frame.source.parent, layer.name), f"{frame.source}: {layer.name}: {layer.note}")
                if layer.doubt:
                    told = f"{frame.source}: layer {layer.name}: {layer.doubt}; --rules settles it"
                    lines.setdefault((frame.source.parent, f"{layer.name}: {layer.doubt}"), told)
            if told := _named_otherwise(frame):
                lines.setdefault((frame.source.parent, told), f"{frame.source}: {told}")
            if frame.needs:
                told = f"takes {frame.needs / (1 << 30):.1f} GiB, more than the limit: narrower bands can't be had"
                lines.setdefault((frame.source.parent, "memory"), f"{frame.source}: {told}")
            for layer_name, told in frame.cut:
                lines.setdefault((frame.source.parent, f"{layer_name} cut"), f"{frame.source}: {layer_name}: {told}")
        return tuple(lines.values())

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some frames failed or are missing, 130 interrupted: DESIGN section 6."""
        if self.interrupted:
            return 130
        return 1 if self.missing or any(frame.status == "failed" for frame in self.results) else 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON: counts first, then a record a frame."""
        counts: Mapping[str, int] = {
            status: sum(frame.status == status for frame in self.results) for status in ("done", "skipped", "failed")
        }
        return {
            **counts,
            "missing": list(self.missing),
            "holes": list(self.holes),
            "no_frames": list(self.no_frames),
            "rule_changes": list(self.rule_changes),
            "unfit_rules": list(self.unfit_rules),
            "notes": list(self.notes),
            "interrupted": self.interrupted,
            "model": self.model,
            "device": self.device,
            "seconds": round(self.seconds, 3),
            "frames": [frame.as_dict() for frame in self.results],
        }


def _named_otherwise(frame: FrameOutcome) -> str:
    """What is odd about a frame with a beauty alone whose file is named like data, as renderers name AOVs that have
    files of their own; nothing for all others.
    """
    if len(frame.layers) != 1 or frame.layers[0].rule is not Rule.BEAUTY:
        return ""
    meaning = naming.meaning(frame.source.stem, frame.layers[0].channels)
    # Words for numbers (noise, scale, weight) are also what shots are called.
    if meaning in ("beauty", "color", "luminance", "xyz", "number", "unknown"):
        return ""
    return f"is named like {meaning} and has the channels of a beauty, as which it was taken; --rules settles it"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run has come. `finished` is the frame whose outcome has just become known, if any; `working` the source
    of the frame that is being written, None before the first, while the model is loaded.
    """

    frames: int
    """Frames whose outcome is known."""
    total: int
    work: float
    """The share of all the work that is done, 0 to 1; skipped frames count as done."""
    finished: FrameOutcome | None = None
    working: Path | None = None


Report = Callable[[Progress], None]
"""Called as a run goes on, from a thread of the run; it must not raise."""
