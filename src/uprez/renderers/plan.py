"""What has to be rendered for the pairs of a shot: which images, how large, with how many samples, under what name."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from uprez.dataset.manifest import filters_name
from uprez.request import AOVS, Image, Shot


class Filters(NamedTuple):
    """The pixel filters of a pair's images, by their names in `uprez.pixel_filters`; empty for the scene's own."""

    lr: str = ""
    hr: str = ""

    @property
    def name(self) -> str:
        """`gauss-2`, or `gauss-2-to-box`; empty for the scene's own."""
        return filters_name(self.lr, self.hr)


OWN = Filters()


class Take(NamedTuple):
    """What of a shot one pair shows: a frame, as filters show it."""

    frame: int
    filters: Filters = OWN


@dataclass(frozen=True, kw_only=True)
class PairSettings:
    """How the pairs of a run are rendered; the same for LR and HR but where the name says otherwise."""

    samples: int = 64
    """Samples per pixel."""
    scale: int = 2
    denoise: bool = True
    aovs: tuple[str, ...] = AOVS[:-1]
    few_samples: tuple[int, ...] = ()
    """HR again with so many samples, not denoised: what a production that renders at LR can afford."""
    equal_cost: bool = False
    """HR again with samples / scale², denoised: what costs as much as LR. Where the pair's HR is a truth, also with
    `samples`: what production would render in full.
    """
    truth: float | None = None
    """HR as the mean of two renders whose seeds differ by no less than this, in dB of compressed PSNR."""
    truth_samples: int = 4096
    """The most samples of each of the two: a pair that would need more fails before they are rendered."""
    correct: bool = True
    """Correct what is measured in pixels."""
    filters: tuple[Filters, ...] = (OWN,)
    """A pair of each frame for each of them."""


@dataclass(frozen=True, kw_only=True)
class ShotTask:
    """Frames of one shot and one element, to be rendered as pairs by one process."""

    show: str
    name: str
    """The shot's name, unique in the show."""
    look: str
    shot: Shot
    frames: tuple[int, ...]
    size: tuple[int, int]
    """The whole frame at HR, (width, height) in pixels, multiples of the scale."""
    window_size: tuple[int, int] | None = None
    """What of it is rendered, (width, height) at HR, multiples of the scale; the renderer chooses where."""
    element: str = "whole"
    facts: Mapping[str, object] = field(default_factory=dict)
    """What else is to stand in the manifest."""


def takes_of(task: ShotTask, settings: PairSettings) -> list[Take]:
    """Every pair of a task, all filters of a frame together."""
    return [Take(frame, filters) for frame in task.frames for filters in settings.filters]


def pair_images(task: ShotTask, take: Take, settings: PairSettings, out: Path) -> dict[str, Image]:
    """The images of one pair by their tag: `lr`, `hr`, `hr_1spp`, `hr_equal`, `hr_full`. With `truth`, `hr` is made
    apart.
    """
    cost = settings.scale**2
    wanted: list[tuple[str, int, int, bool]] = [("lr", settings.scale, settings.samples, settings.denoise)]
    if settings.truth is None:
        wanted.append(("hr", 1, settings.samples, settings.denoise))
    if settings.equal_cost:
        wanted.append(("hr_equal", 1, max(1, settings.samples // cost), settings.denoise))
        if settings.truth is not None:
            wanted.append(("hr_full", 1, settings.samples, settings.denoise))
    wanted += [(f"hr_{samples}spp", 1, samples, False) for samples in settings.few_samples]
    return {
        tag: image_of(task, take, tag, divisor=divisor, samples=samples, denoise=denoise, settings=settings, out=out)
        for tag, divisor, samples, denoise in wanted
    }


def image_of(
    task: ShotTask,
    take: Take,
    tag: str,
    *,
    divisor: int,
    samples: int,
    denoise: bool,
    settings: PairSettings,
    out: Path,
) -> Image:
    """One image of a pair, at the HR size divided by `divisor`."""
    width, height = (side // divisor for side in task.size)
    return Image(
        output=str(out / file_name(task, take, tag)),
        frame=take.frame,
        width=width,
        height=height,
        samples=samples,
        seed=_seed(task.shot.seed, take.frame, tag),  # all filters see the same samples
        window_size=(task.window_size[0] // divisor, task.window_size[1] // divisor) if task.window_size else None,
        denoise=denoise,
        element=task.element,
        aovs=settings.aovs,
        relative_size=1 / divisor,
        correct=settings.correct,
        filter=take.filters.lr if tag == "lr" else take.filters.hr,
    )


def _seed(shot: int, frame: int, tag: str) -> int:
    """The noise of an image: another for each shot, frame and tag, so that LR and HR never share any."""
    digest = hashlib.sha256(f"{shot}/{frame}/{tag}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def file_name(task: ShotTask, take: Take, tag: str) -> str:
    """Like `demo/toys_0001/0001_lr.exr` or `demo/toys_0001/0001_gauss-2_lr.exr`, from the pairs' folder."""
    element = "" if task.element == "whole" else "_" + _element_name(task.element)
    filters = f"_{take.filters.name}" if take.filters.name else ""
    return f"{task.show}/{task.name}/{take.frame:04d}{element}{filters}_{tag}.exr"


def _element_name(element: str) -> str:
    """`collection:hero` as a file may be called: another name for each element, also where both differ in signs only
    that no file name may have.
    """
    plain = element.replace(":", "-", 1)
    safe = re.sub(r"[^\w .+-]", "-", plain)
    return safe if safe == plain else f"{safe}-{hashlib.sha256(element.encode()).hexdigest()[:6]}"
