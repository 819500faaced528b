"""Pairs of any pixel filter: a renderer's fine samples, brought down by each filter to the image that it would have
made with that filter.

A pixel filter weighs a renderer's samples. So an image is rendered `FINE` times finer than HR with a box filter of one
pixel, and all filters see these samples. LR and HR have samples of their own, so that their noise is not the same. What
is to be denoised is denoised afterwards, at its own size, as a production's frames are.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import repair_nonfinite
from uprez.errors import FrameError, UsageError
from uprez.frames import Channel, DecodePool, open_frame
from uprez.frames.types import SampleType
from uprez.pixel_filters import COMMON, filtered, pixel_filter
from uprez.renderers.files import facts_for, result_of, write
from uprez.renderers.plan import Filters
from uprez.renderers.protocol import Renderer, RenderError, Result
from uprez.renderers.work import work_folder
from uprez.request import Image, Place, Shot, with_margin

FINE = 4
"""Fine pixels to an HR pixel, along an axis: 8 to one of an LR of half the size."""
LEAST_SAMPLES = (2 * FINE) ** 2
"""Of a pixel: one for each of the fine pixels that an LR pixel is made of."""
_REACH = 3
"""Pixels around a window that are rendered for any filter: as far as the usual ones look."""
_GUIDES = ("albedo", "normal")
Planes = dict[str, NDArray[np.float32]]


def parse_filters(text: str) -> tuple[Filters, ...]:
    """`box,gauss-2,mitchell:box` or `all`: pairs of filters, each once. Where there is a colon LR's stands before it.

    Raises UsageError for a filter that there is not.
    """
    names = [name for word in text.split(",") for name in (COMMON if word.strip() == "all" else (word.strip(),))]
    return tuple(dict.fromkeys(map(parse_filter, names)))


def parse_filter(text: str) -> Filters:
    """`gauss-2`, or `gauss-2:box` for LR and HR. Raises UsageError for a filter that there is not."""
    lr, colon, hr = text.partition(":")
    first = pixel_filter(lr).name
    return Filters(first, pixel_filter(hr).name if colon else first)


@dataclass(frozen=True)
class Filtering:
    """A renderer of images with a `filter`, by another that renders their samples. work: a folder for files in the
    making. keep_samples: leave the samples beside the images, where the next run finds them: another filter then costs
    no render.
    """

    renderer: Renderer
    work: Path
    keep_samples: bool = False

    @property
    def name(self) -> str:
        return self.renderer.name

    def version(self) -> str:
        return self.renderer.version()

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        """Results in the order in which their samples are there: all filters' LR of a frame, then all their HR."""
        with work_folder(self.work, shot.scene) as folder:
            groups: dict[Image, list[Image]] = {}
            for image in images:
                groups.setdefault(self._samples_for(shot, image, folder), []).append(image)
            known = {fine: facts for fine in groups if (facts := facts_for(shot, fine)) is not None}
            rendered = self.renderer.render(shot, [fine for fine in groups if fine not in known])
            for fine, group in groups.items():
                found = result_of(fine, known[fine]) if fine in known else next(rendered, None)
                if found is None:
                    raise RenderError(shot.scene, "the renderer left no samples")
                yield from _seen(shot, found, group)
                if not (self.keep_samples or fine in known):
                    Path(fine.output).unlink()

    def _samples_for(self, shot: Shot, image: Image, folder: Path) -> Image:
        """The request for the samples of an image, the same for all of its filters that look as far."""
        subpixels = round(FINE / image.relative_size)
        reach = max(_REACH, int(np.ceil(pixel_filter(image.filter).radius)))
        kept = _kept_at(Path(image.output), reach)
        across = image.window_size and (image.window_size[0] * subpixels, image.window_size[1] * subpixels)
        fine = replace(
            image,
            output=str(kept),
            width=image.width * subpixels,
            height=image.height * subpixels,
            samples=max(1, image.samples // subpixels**2),
            window=_times(image.window, subpixels),
            window_size=across,
            aovs=tuple(dict.fromkeys((*image.aovs, *(_GUIDES if image.denoise else ())))),
            relative_size=image.relative_size * subpixels,
            filter="",
            subpixels=subpixels,
            margin=reach * subpixels,
        )
        if self.keep_samples or facts_for(shot, fine) is not None:  # those of an earlier run are used in any case
            return fine
        return replace(fine, output=str(folder / kept.name))


def _kept_at(output: Path, reach: int) -> Path:
    """Where the samples of `0001_gauss-2_lr.exr` are: `0001_samples_lr.exr`, or `0001_samples-5_lr.exr` for a filter
    that looks farther than is usual.
    """
    stem, _, tag = output.stem.rsplit("_", 2)
    return output.with_name(f"{stem}_samples{'' if reach == _REACH else f'-{reach}'}_{tag}.exr")


def _times(window: Place | None, factor: int) -> Place | None:
    if window is None:
        return None
    x, y, width, height = window
    return x * factor, y * factor, width * factor, height * factor


def _parts(window: Place | None, factor: int) -> Place | None:
    if window is None:
        return None
    x, y, width, height = window
    return x // factor, y // factor, width // factor, height // factor


def _seen(shot: Shot, found: Result, images: Sequence[Image]) -> Iterator[Result]:
    """What `images` are of these samples."""
    fine = found.image
    try:
        planes = _read(Path(fine.output))
    except FrameError as error:
        Path(fine.output).unlink(missing_ok=True)  # of an earlier run: the next try renders it
        raise RenderError(shot.scene, f"its samples: {error.problem}") from None
    for image in images:
        result = replace(
            found,
            image=image,
            samples=found.samples * fine.subpixels**2,
            window=_parts(found.window, fine.subpixels),
            aovs=tuple(aov for aov in found.aovs if aov in image.aovs),
        )
        shown = _brought_down(planes, image, found)
        extra = {aov for aov in found.aovs if aov in _GUIDES and aov not in image.aovs}
        tidy = {name: plane for name, plane in shown.items() if _layer(name) not in extra}
        write({name: (Channel(name, _kind(name)), plane) for name, plane in tidy.items()}, shot, result)
        yield result


def _read(path: Path) -> Planes:
    """All channels, finite: a pixel filter would spread what is not."""
    with ExitStack() as stack:
        reader = stack.enter_context(open_frame(path, pool=stack.enter_context(DecodePool())))
        planes = reader.read(0, 0, reader.header.parts[0].data_window.height)
    return {name: _finite(plane.astype(np.float32, copy=False)) for name, plane in planes.items()}


def _finite(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    if np.isfinite(plane).all():
        return plane
    return repair_nonfinite(plane[..., np.newaxis])[0][..., 0].astype(np.float32)


def _brought_down(planes: Planes, image: Image, found: Result) -> Planes:
    """The planes of samples at the size of `image`, its window alone; denoised where it is to be."""
    subpixels, seen = found.image.subpixels, pixel_filter(image.filter)
    cut = _window_in(found)
    small = {}
    for name, plane in planes.items():
        if _is_weighed(name):
            small[name] = filtered(plane[..., np.newaxis], seen, subpixels)[..., 0][cut]
        else:  # a depth between two surfaces is that of neither
            middle = plane[subpixels // 2 :: subpixels, subpixels // 2 :: subpixels][cut]
            small[name] = middle / np.float32(subpixels) if _layer(name) in ("backward", "forward") else middle
    if found.denoised:
        from uprez.renderers.denoising import denoised

        colour = denoised(*(_stacked(small, layer) for layer in ("", *_GUIDES)))  # type: ignore[arg-type]
        small |= {name: np.ascontiguousarray(colour[..., number]) for number, name in enumerate("RGB")}
    return small


def _window_in(found: Result) -> tuple[slice, slice]:
    """Rows and columns of the window, in pixels of the image, within what was rendered for it."""
    fine = found.image
    outer = with_margin(fine, found.window) or (0, 0, fine.width, fine.height)
    x, y, width, height = found.window or outer
    top, left = (y - outer[1]) // fine.subpixels, (x - outer[0]) // fine.subpixels
    return slice(top, top + height // fine.subpixels), slice(left, left + width // fine.subpixels)


def _stacked(planes: Mapping[str, NDArray[np.float32]], layer: str) -> NDArray[np.float32] | None:
    """The three channels of a layer, (H, W, 3); None where it is not there."""
    prefix = f"{layer}." if layer else ""
    names = [prefix + component for component in ("XYZ" if layer == "normal" else "RGB")]
    return np.stack([planes[name] for name in names], axis=-1) if planes.keys() >= set(names) else None


def _layer(channel: str) -> str:
    return channel.rpartition(".")[0]


def _is_weighed(channel: str) -> bool:
    """Whether the pixel filter weighs it: light, alpha, albedo and normals. Other numbers are those of one sample."""
    is_colour = channel.rpartition(".")[2] in {"R", "G", "B", "A"} and "crypto" not in channel.lower()
    return is_colour or _layer(channel) == "normal"


def _kind(channel: str) -> SampleType:
    return "half" if _is_weighed(channel) else "float"


def require_plain(samples: int, others: Mapping[str, object]) -> None:
    """Raises UsageError where a run with filters has too few samples, or one of the `others` is asked for, options by
    their names, that goes with no filters.
    """
    if samples < LEAST_SAMPLES:
        raise UsageError(f"--samples: filters see {LEAST_SAMPLES} samples of an LR pixel at least, not {samples}")
    if asked := [option for option, value in others.items() if value]:
        raise UsageError(f"--filters does not go with {asked[0]}; render those pairs apart")
