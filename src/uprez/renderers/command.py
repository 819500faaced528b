"""Any renderer that has a command: a template of it, filled in for each image, run without a shell.

`mitsuba -D spp={samples} {scene} -o {output}` and the like. The renderer leaves an EXR that holds a finished picture,
found as `uprez info` finds it; whatever else it holds is kept under its own name. Elements, AOVs and settings measured
in pixels are the template's.
"""

import difflib
import random
import shlex
import shutil
import string
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from uprez.errors import FrameError, UsageError
from uprez.frames import DecodePool, FrameWriter, Window, open_frame
from uprez.renderers.files import finish
from uprez.renderers.process import Process
from uprez.renderers.protocol import RenderError, Result, SceneError, require_scene
from uprez.renderers.work import work_folder
from uprez.request import Image, Place, Shot, with_margin

PLACEHOLDERS = (
    "scene",
    "width",
    "height",
    "frame",
    "output",
    "samples",
    "seed",
    "camera",
    "x",
    "y",
    "window_width",
    "window_height",
    "relative_size",
    "filter",
)
FINE_FILTER = "box"
"""What `{filter}` becomes: pixel filters are made from samples that were weighed evenly over a pixel."""
_NEEDED = ("scene", "output")


@dataclass(frozen=True)
class Command:
    """template: split into arguments as a shell would, each then formatted with `PLACEHOLDERS` as Python's str.format
    does (`{frame:04}`, `{{` for a brace), so that a value with spaces stays one argument. x, y, window_width and
    window_height are the whole frame where no window is asked for; a renderer that renders the whole frame all the same
    has the window cut out. patience: seconds that one image may take. work: a folder for files in the making.

    Raises UsageError for a template that can't be run.
    """

    template: str
    work: Path
    patience: float = 3600.0
    name: str = "command"

    def __post_init__(self) -> None:
        _check(_split(self.template))

    def version(self) -> str:
        """The template: what it runs tells no version in a way that all share."""
        return self.template

    def require_filter(self, pixel_filters: bool) -> None:
        """Raises UsageError where the template's own pixel filter would be in the way, or is not set at all."""
        has = any("filter" in _placeholders(argument) for argument in _split(self.template))
        if pixel_filters and not has:
            raise UsageError(
                f"--command: the template lacks {{filter}}, which becomes {FINE_FILTER}: for --filters the renderer "
                "must weigh samples evenly over one pixel"
            )
        if has and not pixel_filters:
            raise UsageError("--command: {filter} is for runs with --filters; name the filter, or leave it out")

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        """core_seconds of the results is None: what a child used is not told apart from that of jobs beside it."""
        require_scene(shot)
        require_whole(shot, images, "the command template")
        with work_folder(self.work, shot.scene) as folder:
            for number, (image, window) in enumerate(zip(images, windows_of(shot, images), strict=True)):
                raw = folder / f"{number}.exr"
                yield self._render(shot, image, window, raw)

    def _render(self, shot: Shot, image: Image, window: Place | None, raw: Path) -> Result:
        values = _values(shot, image, with_margin(image, window), raw)
        command = [argument.format_map(values) for argument in _split(self.template)]
        seconds, log = run_command(command, shot, patience=self.patience)
        result = Result(
            image=image,
            seconds=seconds,
            core_seconds=None,
            samples=image.samples,
            window=window,
            denoised=bool(image.subpixels) and image.denoise,
        )
        cut = windowed(raw, shot, image, with_margin(image, window), log)
        finish(cut, shot, result, rename=None, log=log)
        raw.unlink()
        return result


def _split(template: str) -> list[str]:
    try:
        return shlex.split(template)
    except ValueError as error:
        raise UsageError(f"--command: {str(error).lower()} in {template!r}") from None


def _check(arguments: Sequence[str]) -> None:
    used = [name for argument in arguments for name in _placeholders(argument)]
    for name in used:
        if name not in PLACEHOLDERS:
            near = difflib.get_close_matches(name, PLACEHOLDERS, 1, 0)[0]
            raise UsageError(f"--command: no placeholder {{{name}}}; the nearest is {{{near}}}")
    for name in _NEEDED:
        if name not in used:
            raise UsageError(f"--command: the template lacks {{{name}}}")
    if shutil.which(arguments[0]) is None:
        raise UsageError(f"--command: there is no program {arguments[0]!r}")
    example = _values(Shot(scene="scene"), Image(output="", frame=1, width=2, height=2, samples=1), None, Path("raw"))
    for argument in arguments:
        try:
            argument.format_map(example)
        except (ValueError, LookupError) as error:
            raise UsageError(f"--command: {argument!r} can't be filled in: {error}") from None


def _placeholders(argument: str) -> list[str]:
    try:
        return [name for _, name, _, _ in string.Formatter().parse(argument) if name is not None]
    except ValueError as error:
        raise UsageError(f"--command: {argument!r}: {error}; a brace that is meant is written twice") from None


def _values(shot: Shot, image: Image, window: Place | None, raw: Path) -> dict[str, str | int | float]:
    x, y, width, height = window or (0, 0, image.width, image.height)
    return {
        "scene": str(Path(shot.scene).absolute()),
        "width": image.width,
        "height": image.height,
        "frame": image.frame,
        "output": str(raw),
        "samples": image.samples,
        "seed": image.seed,
        "camera": shot.camera,
        "x": x,
        "y": y,
        "window_width": width,
        "window_height": height,
        "relative_size": image.relative_size,
        "filter": FINE_FILTER,
    }


def run_command(command: Sequence[str], shot: Shot, *, patience: float) -> tuple[float, tuple[str, ...]]:
    """Run a renderer to its end: its seconds and last lines. Raises RenderError where it fails or takes too long."""
    started = time.perf_counter()
    with Process(command, scene=shot.scene, patience=patience) as process:
        for _ in process.lines():
            pass
        code = process.code()
    log = tuple(process.log)
    if code < 0:
        raise RenderError(shot.scene, f"the renderer was ended by signal {-code}", log)
    if code:
        raise RenderError(shot.scene, f"the renderer ended with exit code {code}{_said(log)}", log)
    return round(time.perf_counter() - started, 3), log


def _said(log: Sequence[str]) -> str:
    said = next((line for line in reversed(log) if "error" in line.lower()), log[-1] if log else "")
    return f": {said}" if said else ""


def require_whole(shot: Shot, images: Sequence[Image], renderer: str) -> None:
    """Raises SceneError where an image shows less than the whole scene."""
    for image in images:
        if image.element != "whole":
            raise SceneError(shot.scene, f"{renderer} renders element whole only, not {image.element}; use cycles")


def windows_of(shot: Shot, images: Sequence[Image]) -> list[Place | None]:
    """The window of each image, None for the whole frame: the same part of the frame in every image of a shot.

    Of an image with a `window_size` the place is drawn from the shot's seed, on even HR pixels, without a look at it.
    """
    if not images:
        return []
    first = images[0]
    drawn = first.window or (_draw(shot, first, first.window_size) if first.window_size else None)
    return [image.window or _scaled(drawn, image.relative_size / first.relative_size) for image in images]


def _draw(shot: Shot, image: Image, size: tuple[int, int]) -> Place:
    width, height = min(size[0], image.width), min(size[1], image.height)
    step = max(1, round(2 * image.relative_size))  # pixels here that are two pixels at HR
    chooser = random.Random(f"window/{shot.scene}/{shot.seed}")
    x = chooser.randrange(0, image.width - width + 1, step)
    return x, chooser.randrange(0, image.height - height + 1, step), width, height


def _scaled(place: Place | None, factor: float) -> Place | None:
    if place is None:
        return None
    x, y, width, height = place
    return round(x * factor), round(y * factor), round(width * factor), round(height * factor)


def windowed(raw: Path, shot: Shot, image: Image, window: Place | None, log: Sequence[str]) -> Path:
    """A file with what was asked for alone: `raw`, or one beside it where `raw` holds more of the frame than that.

    Raises RenderError where `raw` is missing or can't be read.
    """
    if not raw.is_file():
        raise RenderError(shot.scene, f"the renderer left no image{_said(log)}", log)
    x, y, width, height = window or (0, 0, image.width, image.height)
    wanted = Window(x, y, x + width - 1, y + height - 1)
    cut = raw.with_suffix(".cut.exr")
    try:
        return cut if _cut(raw, wanted, cut) else raw
    except FrameError as error:
        raise RenderError(shot.scene, f"the renderer's image: {error.problem}", log) from None


def _cut(raw: Path, wanted: Window, cut: Path) -> bool:
    """Write the part `wanted` of `raw` to `cut`; False where `raw` is of that size already."""
    with ExitStack() as stack:
        reader = stack.enter_context(open_frame(raw, pool=stack.enter_context(DecodePool())))
        parts = reader.header.parts
        sizes = {(part.data_window.width, part.data_window.height) for part in parts}
        if sizes == {(wanted.width, wanted.height)}:
            return False
        if not all(_holds(part.data_window, wanted) for part in parts):
            told = " and ".join(f"{width}x{height}" for width, height in sorted(sizes))
            raise FrameError(raw, f"has {told} pixels, not {wanted.width}x{wanted.height}")
        smaller = tuple(
            replace(part, data_window=wanted, compression="none", line_order="increasing_y", tiling=None)
            for part in parts
        )
        writer = stack.enter_context(FrameWriter(cut, replace(reader.header, path=cut, parts=smaller)))
        for number, part in enumerate(parts):
            top, left = wanted.y_min - part.data_window.y_min, wanted.x_min - part.data_window.x_min
            rows = reader.read(number, top, top + wanted.height)
            writer.write(number, 0, {name: plane[:, left : left + wanted.width] for name, plane in rows.items()})
    return True


def _holds(outer: Window, inner: Window) -> bool:
    return (
        outer.x_min <= inner.x_min
        and outer.y_min <= inner.y_min
        and outer.x_max >= inner.x_max
        and outer.y_max >= inner.y_max
    )
