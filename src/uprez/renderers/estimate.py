"""What a run of the demo show will roughly take, before anything is rendered."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from uprez.renderers.demo import LookChanges
from uprez.renderers.plan import PairSettings, ShotTask, pair_images, takes_of

_OF_A_SAMPLE, _OF_AN_IMAGE = 4.0, 1.5
"""Core-seconds of a million samples, and of building, denoising and writing an image. Looks differ by ten times: this
lies between benchmarks/results/equal_cost.md, whose shots take more, and demo_show.md, whose shots take less.
"""
_FLAT = 0.05
"""Times that, of a look that needs no denoiser: it has no light that bounces."""


def core_seconds_of(
    tasks: Sequence[ShotTask], settings: PairSettings, changes: Mapping[str, LookChanges]
) -> float | None:
    """Of all pairs of a run. changes: what looks change of the settings, by look. None for truths, whose samples are
    found out by rendering.
    """
    if settings.truth is not None:
        return None
    return sum(_of_task(task, settings, changes.get(task.look, LookChanges())) for task in tasks)


def _of_task(task: ShotTask, settings: PairSettings, changes: LookChanges) -> float:
    first = takes_of(task, settings)[0]  # all filters of a frame are made of the same samples
    total = 0.0
    for image in pair_images(task, first, settings, Path()).values():
        width, height = image.window_size or (image.width, image.height)
        samples = image.samples * (changes.sampling if image.denoise else 1)
        each = _OF_A_SAMPLE * (1 if changes.denoise else _FLAT)
        total += _OF_AN_IMAGE + each * width * height * samples / 1e6
    return len(task.frames) * total
