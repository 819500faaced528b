"""From the file that a renderer left to the finished one: one part, channels by the field's names, the window in its
place, and how it was rendered inside.

Channels: R, G, B, A; `albedo.R` G B; `normal.X` Y Z (camera space); `depth.Z`; `backward.u` v and `forward.u` v (pixels
to where the point is in the previous and the next frame, v upwards, as in Nuke); `lightgroup_NAME.R` G B.
"""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.errors import FrameError
from uprez.frames import (
    Attribute,
    Channel,
    DecodePool,
    FrameHeader,
    FrameReader,
    FrameWriter,
    Part,
    Window,
    open_frame,
)
from uprez.frames.types import SampleType
from uprez.layers.picture import Place, find_picture
from uprez.renderers.protocol import RenderError, Result
from uprez.request import Image, Shot, with_margin

Plane = NDArray[Any]
Tidy = tuple[str, SampleType, float]
"""A channel's tidy name, its type, and the factor of its values."""
Rename = Callable[[str], Tidy | None]
"""What a renderer's channel becomes; None for one that is left out."""
_LIGHT = frozenset("RGBA")

ATTRIBUTE = "uprez:render"
"""The attribute that holds how a file was rendered, as JSON."""
_FIELDS = [field.name for field in dataclasses.fields(Result) if field.name != "image"]
_LEAST_FREE = 1 << 20  # bytes; with less, a failure is the disk's


def finish(raw: Path, shot: Shot, result: Result, *, rename: Rename | None, log: Sequence[str] = ()) -> None:
    """Make `result.image.output`, whole or not at all, from what the renderer left at `raw`. rename: None where it
    leaves what it likes: its picture is found by its meaning, all else kept under its name.

    Raises RenderError where that can't be read, is not of the size asked for, has no picture, or the disk is full.
    """
    with _finishing(shot, result, log):
        _write(_read(raw, rename), shot, result)


def write(planes: Mapping[str, tuple[Channel, Plane]], shot: Shot, result: Result) -> None:
    """Make `result.image.output` of planes that are tidy already. Raises RenderError as `finish` does."""
    with _finishing(shot, result, ()):
        _write(planes, shot, result)


def average(parts: Sequence[Path], shot: Shot, result: Result) -> None:
    """Make `result.image.output` as the mean of finished files of one size and channels. Raises RenderError."""
    with _finishing(shot, result, ()):
        read = [_read(path, as_named) for path in parts]
        mean = {
            name: (channel, np.asarray(np.mean([planes[name][1] for planes in read], axis=0, dtype=np.float32)))
            for name, (channel, _) in read[0].items()
        }
        _write(mean, shot, result)


@contextmanager
def _finishing(shot: Shot, result: Result, log: Sequence[str]) -> Iterator[None]:
    folder = Path(result.image.output).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except (FrameError, OSError) as error:
        problem = error.problem if isinstance(error, FrameError) else error.strerror or str(error)
        if shutil.disk_usage(_existing(folder)).free < _LEAST_FREE:
            problem = f"no space left on the disk of {folder}"
        raise RenderError(shot.scene, problem, log) from None


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def request_facts(shot: Shot, image: Image) -> dict[str, Any]:
    """What was asked for, as it is kept in the file: a file that holds the same need not be rendered again."""
    asked = {**dataclasses.asdict(image), "shot": dataclasses.asdict(shot)}
    del asked["output"], asked["shot"]["made_by"]
    if image.window_size is not None:
        del asked["window"]  # where it lies is not asked for but found
    for later in ("filter", "subpixels", "margin"):  # files from before there were any say nothing of them
        if not asked[later]:
            del asked[later]
    scene = Path(shot.scene)
    if scene.is_file():
        asked["scene_bytes"], asked["scene_time"] = scene.stat().st_size, scene.stat().st_mtime_ns
    return json.loads(json.dumps(asked))


def _facts(shot: Shot, result: Result) -> dict[str, Any]:
    fields = {name: getattr(result, name) for name in _FIELDS}
    return {**fields, "request": request_facts(shot, result.image), "made_by": shot.made_by}


def _read(raw: Path, rename: Rename | None) -> dict[str, tuple[Channel, Plane]]:
    with DecodePool() as pool, open_frame(raw, pool=pool) as reader:
        planes: dict[str, tuple[Channel, Plane]] = {}
        for (number, channel), (name, kind, factor) in _tidied(reader, rename):
            if name not in planes:
                height = reader.header.parts[number].data_window.height
                plane = reader.read(number, 0, height, [channel])[channel]
                planes[name] = (Channel(name, kind), plane if factor == 1 else plane * np.float32(factor))
    return planes


def _tidied(reader: FrameReader, rename: Rename | None) -> list[tuple[Place, Tidy]]:
    """Each channel of a file that is kept, and what it becomes. FrameError where there is no picture among them."""
    parts = reader.header.parts
    every = [(number, channel.name) for number, part in enumerate(parts) for channel in part.channels]
    named = [(place, tidy) for place in every if rename and (tidy := rename(place[1]))]
    if set("RGB") <= {tidy[0] for _, tidy in named}:
        return named
    picture = find_picture(reader)
    light = {place: as_named(name) for name, place in picture.places.items() if name in _LIGHT}
    size = picture.data.width, picture.data.height
    alike = [(n, name) for n, name in every if (parts[n].data_window.width, parts[n].data_window.height) == size]
    others = [(place, as_named(_apart(place, parts))) for place in alike if place not in light]
    return [*light.items(), *(named if rename else others)]


def _apart(place: Place, parts: Sequence[Part]) -> str:
    """The name of a channel that is not the picture's in a file of one part. Components without a layer's name (R G B,
    X Y Z) get that of their part, which says what they are.
    """
    number, channel = place
    bare = [other.name for other in parts[number].channels if "." not in other.name]
    if channel not in bare or (len(bare) == 1 and channel not in _LIGHT):
        return channel
    if len(parts) == 1:
        return f"other.{channel}" if channel in _LIGHT else channel
    return f"{parts[number].name or f'part{number}'}.{channel}"


def _write(planes: Mapping[str, tuple[Channel, Plane]], shot: Shot, result: Result) -> None:
    image = result.image
    output, size = Path(image.output), (image.width, image.height)
    x, y, width, height = with_margin(image, result.window or image.window) or (0, 0, *size)
    shape = planes["R"][1].shape
    if shape != (height, width):
        raise FrameError(output, f"the renderer left {shape[1]}x{shape[0]} pixels, not {width}x{height}")
    names = sorted(planes)
    part = Part(
        name=None,
        view=None,
        channels=tuple(_channel(planes[name][0], image) for name in names),
        data_window=Window(x, y, x + width - 1, y + height - 1),
        display_window=Window(0, 0, size[0] - 1, size[1] - 1),
        pixel_aspect=1.0,
        compression="none" if image.subpixels else "zip",
        line_order="increasing_y",
        tiling=None,
        attributes={ATTRIBUTE: Attribute("string", json.dumps(_facts(shot, result), sort_keys=True).encode())},
    )
    with FrameWriter(output, FrameHeader(output, (part,))) as writer:
        writer.write(0, 0, {name: planes[name][1] for name in names})


def _channel(channel: Channel, image: Image) -> Channel:
    """Single samples may be brighter than a half can hold, and so they are floats."""
    return replace(channel, type="float") if image.subpixels else channel


def read_facts(path: Path) -> dict[str, Any] | None:
    """What `finish` kept of how `path` was rendered; None where the file is missing, damaged or of other origin."""
    with ExitStack() as stack:
        try:
            reader = stack.enter_context(open_frame(path, pool=stack.enter_context(DecodePool())))
            text = reader.header.parts[0].text(ATTRIBUTE)
            facts = json.loads(text) if text else None
        except (FrameError, ValueError):
            return None
    return facts if isinstance(facts, dict) and facts.keys() >= {*_FIELDS, "request"} else None


def facts_for(shot: Shot, image: Image) -> dict[str, Any] | None:
    """What `image.output` says of itself where it was left for the very same request; None where it was not."""
    facts = read_facts(Path(image.output))
    return facts if facts is not None and is_same(facts["request"], request_facts(shot, image)) else None


def is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two requests ask for the same image: however the path of a scene was written, and wherever detail was
    looked for that no window needed.
    """
    return _essence(before) == _essence(now)


def _essence(request: Mapping[str, Any]) -> dict[str, Any]:
    shot = dict(request.get("shot", {}))
    if "scene_bytes" in request:  # by its size and time it is known anywhere
        shot["scene"] = Path(str(shot.get("scene"))).name
    if request.get("window_size") is None:
        shot.pop("meter_frame", None)
    return {**request, "shot": shot}


def result_of(image: Image, facts: Mapping[str, Any]) -> Result:
    """The result that `finish` wrote down as `facts`."""
    return Result(
        image=image,
        seconds=facts["seconds"],
        core_seconds=facts["core_seconds"],
        denoised=facts["denoised"],
        samples=facts["samples"],
        window=tuple(facts["window"]) if facts["window"] else None,
        aovs=tuple(facts["aovs"]),
        corrected=facts["corrected"],
    )


def as_named(channel: str) -> Tidy:
    """Channels as they are called in the file: colour as half, the rest as float."""
    return channel, "half" if channel.rpartition(".")[2] in {"R", "G", "B", "A"} else "float", 1.0
