"""What every renderer offers: images of a shot in, finished EXR files and their seconds out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from uprez.errors import UprezError
from uprez.request import Image, Shot


@dataclass(frozen=True, kw_only=True)
class Result:
    """An image as rendered; `image.output` holds it, tidy: R, G, B, A and the AOVs as `uprez.renderers.files`
    names them, in one part, with the window's place in the frame as its data window.
    """

    image: Image
    seconds: float
    """Wall-clock time of the render alone, without opening the scene."""
    core_seconds: float | None
    """Processor time over all threads; None where the renderer does not tell."""
    samples: int
    """Samples per pixel: what was asked for, or what a look of the demo show makes of it."""
    denoised: bool = False
    window: tuple[int, int, int, int] | None = None
    aovs: tuple[str, ...] = ()
    corrected: Mapping[str, Any] = field(default_factory=dict)
    """Settings that were changed for the image's relative size, and what they became."""


class Renderer(Protocol):
    """A way to render. Its processes are its own: a crash costs the image that was being rendered."""

    @property
    def name(self) -> str:
        """Like `cycles`; stands in the manifest."""

    def version(self) -> str:
        """The renderer's name and version. Raises UsageError, saying how to get it, where it is not there."""

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        """Render `images` in their order; a result as each is finished.

        Raises SceneError where the shot can't be rendered whoever tries, RenderError where the renderer failed.
        """


class RenderError(UprezError):
    """A renderer that crashed, hung or left no image: `reason`, and the last lines that it said."""

    def __init__(self, scene: str, reason: str, log: Sequence[str] = ()) -> None:
        self.scene = scene
        self.reason = " ".join(reason.split())
        self.log = tuple(log)
        super().__init__(scene, self.reason)

    def __str__(self) -> str:
        return f"{self.scene}: {self.reason}"


class SceneError(RenderError):
    """A shot that no second try would render: missing, broken, without a camera, short of a texture."""


def require_scene(shot: Shot) -> Path:
    """The scene's file. Raises SceneError where there is none."""
    path = Path(shot.scene)
    if not path.is_file():
        raise SceneError(shot.scene, "is a folder" if path.is_dir() else "there is no such scene")
    return path
