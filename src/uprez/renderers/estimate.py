"""What a run of the demo show will roughly take, before anything is rendered."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from uprez.renderers.plan import PairSettings, ShotTask, pair_images, takes_of

_OF_A_SAMPLE, _OF_AN_IMAGE = 6.0, 4.0
"""Core-seconds of a million samples, and of building, denoising and writing an image: means of the show's looks, which
differ by ten times (benchmarks/results/equal_cost.md: 37 and 23 core-seconds for windows of 256 pixels at 64 samples,
13 and 8 at 16).
"""


def core_seconds_of(tasks: Sequence[ShotTask], settings: PairSettings, sampling: Mapping[str, int]) -> float | None:
    """Of all pairs of a run. sampling: by look, how many times the samples it takes; 1 where it is not named. None for
    truths, whose samples are found out by rendering.
    """
    if settings.truth is not None:
        return None
    return sum(_of_task(task, settings, sampling.get(task.look, 1)) for task in tasks)


def _of_task(task: ShotTask, settings: PairSettings, sampling: int) -> float:
    first = takes_of(task, settings)[0]  # all filters of a frame are made of the same samples
    total = 0.0
    for image in pair_images(task, first, settings, Path()).values():
        width, height = image.window_size or (image.width, image.height)
        samples = image.samples * (sampling if image.denoise else 1)
        total += _OF_AN_IMAGE + _OF_A_SAMPLE * width * height * samples / 1e6
    return len(task.frames) * total
