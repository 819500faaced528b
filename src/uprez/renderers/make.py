"""A renderer by its name."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uprez.errors import UsageError
from uprez.renderers.charts import Charts
from uprez.renderers.command import Command
from uprez.renderers.cycles import DEVICES, Cycles, find_blender
from uprez.renderers.filtering import Filtering
from uprez.renderers.protocol import Renderer
from uprez.renderers.renderman import RenderMan, find_prman
from uprez.renderers.work import NAME


@dataclass(frozen=True, kw_only=True)
class RendererSettings:
    """Which renderer, and how it is run. patience: seconds that one image may take. threads: 0 shares the cores out."""

    name: Literal["cycles", "renderman", "command", "charts"] = "cycles"
    blender: Path | None = None
    prman: Path | None = None
    command: str | None = None
    device: str = "cpu"
    threads: int = 0
    patience: float = 3600.0


def make_renderer(
    settings: RendererSettings, *, work: Path, jobs: int, filters: bool = False, keep_samples: bool = False
) -> Renderer:
    """The renderer, working in a hidden folder of `work`, where its results go. filters: for images with a pixel filter
    of their own; keep_samples: as `Filtering` has it. Raises UsageError where it is not there or is asked for what it
    can't do.
    """
    if filters and settings.name == "renderman":
        raise UsageError("--filters: not with RenderMan, whose RIB may set filters anywhere; use --renderer command")
    renderer = _plain(settings, work, jobs)
    if isinstance(renderer, Command):
        renderer.require_filter(filters)
    return Filtering(renderer, work / NAME, keep_samples) if filters else renderer


def _plain(settings: RendererSettings, work: Path, jobs: int) -> Renderer:
    threads = settings.threads or max(1, (os.cpu_count() or 1) // jobs)
    folder = work / NAME
    if settings.name == "cycles":
        if settings.device not in DEVICES:
            raise UsageError(f"no device {settings.device!r}; Cycles has {', '.join(DEVICES)}")
        blender = find_blender(settings.blender)
        return Cycles(blender, folder, device=settings.device, threads=threads, patience=settings.patience)
    if settings.name == "charts":
        return Charts()
    if settings.name == "renderman":
        return RenderMan(find_prman(settings.prman), folder, threads=threads, patience=settings.patience)
    if settings.command is None:
        raise UsageError("--renderer command needs --command TEMPLATE")
    return Command(settings.command, folder, patience=settings.patience)
