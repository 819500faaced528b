"""A pair that is rendered: the row of the manifest that tells all about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uprez.dataset.verdict import verdict_of
from uprez.frames import DecodePool
from uprez.renderers.plan import PairSettings, ShotTask
from uprez.renderers.protocol import Result

_PAIR = ("lr", "hr")


def pair_row(
    task: ShotTask,
    frame: int,
    done: Mapping[str, Result],
    settings: PairSettings,
    *,
    out: Path,
    renderer: str,
    truth: Mapping[str, float] | None,
) -> dict[str, Any]:
    """The manifest's row for a pair. done: its images by tag. truth: what is known of the truth's own noise.

    Raises FrameError where an image can't be read.
    """
    with DecodePool() as pool:
        verdict = verdict_of(Path(done["lr"].image.output), Path(done["hr"].image.output), pool, settings.scale)
    paths = {tag: str(Path(result.image.output).relative_to(out)) for tag, result in done.items()}
    return {
        "show": task.show,
        "shot": task.name,
        "look": task.look,
        "frame": frame,
        "element": task.element,
        **{tag: paths[tag] for tag in _PAIR},
        "more": {tag: path for tag, path in paths.items() if tag not in _PAIR},
        "scene": task.shot.scene,
        "seed": task.shot.seed,
        "size": task.size,
        "window": done["hr"].window,
        "renderer": renderer,
        "denoised": done["hr"].denoised,
        "aovs": done["hr"].aovs,
        "samples": {tag: result.samples for tag, result in done.items()},
        "noise_seeds": {tag: result.image.seed for tag, result in done.items()},
        "seconds": {tag: result.seconds for tag, result in done.items()},
        "core_seconds": {tag: result.core_seconds for tag, result in done.items()},
        "corrected": {tag: result.corrected for tag, result in done.items() if result.corrected},
        "coherence": verdict,
        **({"truth": dict(truth)} if truth else {}),
        **task.facts,
    }
