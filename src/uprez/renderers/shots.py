"""Which shots to render: scene files, lists of shots with weights and frame ranges, and samples drawn from them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from uprez.errors import UsageError
from uprez.files.toml import load_toml
from uprez.frames.ranges import parse_range
from uprez.renderers.plan import ShotTask
from uprez.request import Shot

_KEYS = {"scene", "show", "name", "look", "frames", "camera", "weight"}


@dataclass(frozen=True, kw_only=True)
class ListedShot:
    """A shot that pairs can be rendered of."""

    scene: Path
    show: str = "show"
    name: str = ""
    look: str = "shot"
    frames: tuple[int, ...] = (1,)
    camera: str = ""
    weight: float = 1.0
    """How often its frames are drawn, relative to those of other shots."""


def listed_shots(paths: Sequence[Path], *, frames: tuple[int, ...], camera: str) -> list[ListedShot]:
    """Scene files as they are named, and the shots of each `.toml` list. Raises UsageError for a list that is wrong or
    shots of the same name.
    """
    shots: list[ListedShot] = []
    for path in paths:
        if path.suffix == ".toml":
            shots += _read_list(path)
        else:
            shots.append(ListedShot(scene=path.resolve(), name=path.stem, frames=frames, camera=camera))
    names = [(shot.show, shot.name) for shot in shots]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        show, name = twice[0]
        raise UsageError(f"two shots are called {show}/{name}; give each a name in a list of shots")
    return shots


def _read_list(path: Path) -> list[ListedShot]:
    content = load_toml(path, UsageError)
    entries = content.get("shot")
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{path}: a list of shots holds [[shot]] tables")
    return [_listed(path, number, entry) for number, entry in enumerate(entries, 1)]


def _listed(path: Path, number: int, entry: Any) -> ListedShot:
    where = f"{path}, shot {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("scene"), str):
        raise UsageError(f"{where}: needs scene, the path of its file")
    if unknown := sorted(set(entry) - _KEYS):
        raise UsageError(f"{where}: no setting {unknown[0]!r}; there are {', '.join(sorted(_KEYS))}")
    weight = entry.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        raise UsageError(f"{where}: weight must be a number above 0, not {weight!r}")
    texts = {key: entry[key] for key in ("show", "name", "look", "camera") if key in entry}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise UsageError(f"{where}: {wrong[0]} must be text")
    for key in texts.keys() & {"show", "name"}:
        if texts[key].strip() in ("", ".", "..") or not texts[key].isprintable() or set(texts[key]) & set("/\\"):
            raise UsageError(f"{where}: {key} {texts[key]!r} can't be the name of a folder")
    scene = (path.parent / entry["scene"]).resolve()
    frames = parse_frames(str(entry.get("frames", "1")), where)
    return ListedShot(scene=scene, frames=frames, weight=float(weight), **{"name": scene.stem, **texts})


def parse_frames(text: str, where: str = "frames", *, least: int | None = None) -> tuple[int, ...]:
    """Numbers as `uprez.frames.ranges` reads them, sorted, each once. Raises UsageError, beginning with `where`, also
    where one is below `least`.
    """
    frames = tuple(sorted(parse_range(text, where)))
    if least is not None and frames[0] < least:
        raise UsageError(f"{where}: {frames[0]} is too low; name {least} or more")
    return frames


def sample_frames(shots: Sequence[ListedShot], count: int, seed: int) -> list[ListedShot]:
    """`count` different frames at random: each shot's chance goes by its weight times its number of frames. A shot of
    which several were drawn comes once, with those frames. Raises UsageError where there are not so many.
    """
    total = sum(len(shot.frames) for shot in shots)
    if count > total:
        raise UsageError(f"--sample {count}: the shots have {total} frames only")
    # Efraimidis and Spirakis 2006: keys u^(1/w) give a weighted sample without replacement.
    draw = random.Random(seed)
    keyed = [
        (draw.random() ** (1 / shot.weight), index, frame) for index, shot in enumerate(shots) for frame in shot.frames
    ]
    drawn = sorted(keyed, reverse=True)[:count]
    return [
        replace(shot, frames=frames)
        for index, shot in enumerate(shots)
        if (frames := tuple(sorted(frame for _, place, frame in drawn if place == index)))
    ]


def shot_tasks(
    shots: Sequence[ListedShot],
    *,
    size: tuple[int, int],
    window: tuple[int, int] | None,
    elements: Sequence[str],
    seed: int,
    allow_missing: bool,
    meter_frame: int | None = None,
) -> list[ShotTask]:
    """A task for each shot and element. size: of the whole HR frame. window: size of what is rendered of it.
    meter_frame: where detail is looked for; a shot's first where None.
    """
    return [
        ShotTask(
            show=shot.show,
            name=shot.name,
            look=shot.look,
            shot=Shot(
                scene=str(shot.scene),
                seed=seed,
                camera=shot.camera,
                meter_frame=shot.frames[0] if meter_frame is None else meter_frame,
                allow_missing=allow_missing,
            ),
            frames=shot.frames,
            size=size,
            window_size=window,
            element=element,
        )
        for shot in shots
        for element in elements
    ]
