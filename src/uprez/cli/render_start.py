"""What a rendering run says before it begins: how much work it is, and what a look changes."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from uprez.cli.values import show_seconds

if TYPE_CHECKING:
    from uprez.renderers.demo import LookChanges
    from uprez.renderers.plan import PairSettings, ShotTask


def demo_start(
    tasks: "Sequence[ShotTask]", settings: "PairSettings", changes: "Mapping[str, LookChanges]", device: str
) -> list[str]:
    """Lines about a run of the demo show. changes: of the looks that change settings which the user gave."""
    from uprez.renderers.estimate import core_seconds_of

    pairs = sum(len(task.frames) for task in tasks) * len(settings.filters)
    lines = [f"{pairs} pair{'s' * (pairs != 1)} of {len(tasks)} shot{'s' * (len(tasks) != 1)}"]
    seconds = core_seconds_of(tasks, settings, changes)
    if seconds is not None and device == "cpu":
        cores = os.cpu_count() or 1
        lines[0] += (
            f": roughly {show_seconds(seconds)} of processor time if none is there yet, {show_seconds(seconds / cores)}"
            f" on {cores} cores; the first pair that is done gives a better estimate"
        )
    if changes and settings.denoise:
        told = ", ".join(f"{look} ({change.text()})" for look, change in changes.items())
        lines.append(f"some looks change the settings: {told}; --no-denoise renders all with --samples as it is")
    return lines
