"""The truth of a test pair: HR at so many samples that two seeds of it agree, and how well they do."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from uprez.dataset.pairs import read_rgba
from uprez.frames import DecodePool
from uprez.metrics.psnr import compressed_psnr
from uprez.renderers.files import average, facts_for, is_same, read_facts, request_facts, result_of
from uprez.renderers.plan import PairSettings, ShotTask, Take, image_of
from uprez.renderers.protocol import RenderError, Result
from uprez.request import Image

_FIRST_SAMPLES = 64
_DB_PER_DOUBLING = 2.5
"""What twice the samples add where a denoiser works on them; without one it is 3."""
HALVES = ("hr_half1", "hr_half2")
"""Tags of the two renders whose mean a truth is."""
RenderImages = Callable[[Sequence[Image]], list[Result]]


def first_halves(task: ShotTask, take: Take, settings: PairSettings, out: Path) -> dict[str, Image]:
    """The halves as they are tried first, by their tags, to be rendered while the scene is open for the rest of the
    pair; none where an earlier run got further.
    """
    halves = _halves(task, take, _FIRST_SAMPLES, settings, out)
    if any(_samples_in(task, half) > _FIRST_SAMPLES for half in halves):
        return {}
    return dict(zip(HALVES, halves, strict=True))


def render_truth(
    task: ShotTask, take: Take, settings: PairSettings, out: Path, render: RenderImages
) -> tuple[Result, dict[str, object]]:
    """Render two halves with seeds of their own, with more samples until they agree to `settings.truth` dB (compressed
    PSNR); their mean becomes the pair's `hr`. Returns it, with the samples, the agreement and the halves' files.

    The mean's own noise is half of what the halves differ by, squared: 6 dB below their PSNR. Raises RenderError where
    more than `settings.truth_samples` would be needed.
    """
    assert settings.truth is not None
    samples = max(_FIRST_SAMPLES, *(_samples_in(task, half) for half in _halves(task, take, 1, settings, out)))
    while True:
        halves = _halves(task, take, samples, settings, out)
        results = _with_kept(task, halves, render)
        agreement = _agreement(halves)
        if agreement >= settings.truth:
            break
        needed = samples * 2 ** math.ceil((settings.truth - agreement) / _DB_PER_DOUBLING)
        if needed > settings.truth_samples:
            raise RenderError(
                task.shot.scene,
                f"two seeds of the truth agree to {agreement:.1f} dB only, with {samples} samples, and would need some "
                f"{needed}; take another shot, or allow more by --truth-samples",
            )
        samples = needed
    whole = replace(halves[0], output=str(Path(halves[0].output.replace(HALVES[0], "hr"))), samples=2 * samples)
    core = [result.core_seconds for result in results if result.core_seconds is not None]
    result = replace(
        results[0],
        image=whole,
        samples=2 * results[0].samples,
        seconds=sum(result.seconds for result in results),
        core_seconds=sum(core) if len(core) == len(results) else None,
    )
    if _kept(task, whole) is None or _is_older_than(Path(whole.output), halves):
        average([Path(half.output) for half in halves], task.shot, result)
    files = [str(Path(half.output).relative_to(out)) for half in halves]
    return result, {"samples": samples, "agreement_db": round(agreement, 3), "halves": files}


def _halves(task: ShotTask, take: Take, samples: int, settings: PairSettings, out: Path) -> list[Image]:
    return [
        image_of(task, take, tag, divisor=1, samples=samples, denoise=settings.denoise, settings=settings, out=out)
        for tag in HALVES
    ]


def _samples_in(task: ShotTask, half: Image) -> int:
    """How many samples an earlier run has put into a half; 0 where there is none, or it was asked for otherwise."""
    facts = read_facts(Path(half.output))
    asked = {} if facts is None else facts["request"]
    samples = int(asked.get("samples", 0))
    is_same_request = is_same(asked, {**request_facts(task.shot, half), "samples": samples})
    return samples if is_same_request and _is_of_the_lr_version(half) else 0


def _kept(task: ShotTask, image: Image) -> Result | None:
    facts = facts_for(task.shot, image)
    return None if facts is None else result_of(image, facts)


def _with_kept(task: ShotTask, halves: Sequence[Image], render: RenderImages) -> list[Result]:
    kept = {
        half.output: found
        for half in halves
        if _is_of_the_lr_version(half) and (found := _kept(task, half)) is not None
    }
    left = [half for half in halves if half.output not in kept]
    made = {result.image.output: result for result in render(left)} if left else {}
    return [(kept | made)[half.output] for half in halves]


def _is_of_the_lr_version(half: Image) -> bool:
    """Whether a half that is there was made by what made its LR: a truth of one version and LR of another are no
    pair.
    """
    versions = [
        (read_facts(Path(half.output.replace(tag, name))) or {}).get("made_by", "")
        for tag in HALVES
        if tag in half.output
        for name in (tag, "lr")
    ]
    return "" in versions or len(set(versions)) == 1


def _is_older_than(whole: Path, halves: Sequence[Image]) -> bool:
    """Whether the mean was made before one of the halves that are there now."""
    return any(whole.stat().st_mtime_ns < Path(half.output).stat().st_mtime_ns for half in halves)


def _agreement(halves: Sequence[Image]) -> float:
    with DecodePool() as pool:
        first, second = (read_rgba(Path(half.output), pool).astype(np.float32) for half in halves)
    return compressed_psnr(first, second)
