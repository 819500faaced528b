"""A job for Blender, as JSON, and how it answers. Needs no Blender."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from uprez.request import Image, Shot

MARK = "uprez-event "
"""Begins the lines on standard output that are meant for uprez; every other line is Blender's own."""
SCENE_IS_WRONG = 3
"""Exit code where the scene, and not the renderer, is at fault: trying again would not help."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """The images of one shot, rendered in this order by one process."""

    shot: Shot
    images: tuple[Image, ...]
    device: str = "cpu"
    threads: int = 0
    """Threads of the CPU; all where 0."""


def to_json(job: Job) -> str:
    return json.dumps(dataclasses.asdict(job), indent=1)


def from_json(text: str) -> Job:
    """The job that `to_json` wrote."""
    fields = json.loads(text)
    images = tuple(Image(**{name: _tuple(value) for name, value in image.items()}) for image in fields.pop("images"))
    return Job(shot=Shot(**fields.pop("shot")), images=images, **fields)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
