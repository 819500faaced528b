"""What a renderer is asked for: a shot, and images of it. Plain values that also travel into Blender's own Python."""

from dataclasses import dataclass

AOVS = ("albedo", "normal", "depth", "motion", "lightgroups")
"""Render outputs that can be asked for beside the beauty."""


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A scene and how to look at it."""

    scene: str
    """A scene file, or `demo:LOOK` for a shot of the demo show."""
    seed: int = 0
    """Chooses among the shots of a look, the place of a window, and the renderer's noise."""
    frames: int = 1
    """How many frames a shot of the demo show lasts: more than one makes it move."""
    camera: str = ""
    """The name of a camera; the scene's own where empty."""
    assets: str = ""
    """A folder of models, environments, textures and fonts for the demo show."""
    looks: str = ""
    """A folder of more looks for the demo show."""
    exposure: float | None = None
    """Stops added to the demo show's exposure; drawn from the seed where None."""
    meter_frame: int = 1
    """The frame by which windows are placed and the demo show's exposure is metered."""
    allow_missing: bool = False
    """Render although textures or other files that the scene names are missing."""
    change: str = ""
    """A deliberate fault for testing the coherence check: see `uprez.blender.changes`."""
    made_by: str = ""
    """The renderer's version, or the command, and the version of the look: kept in the files, to tell them apart."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of a shot."""

    output: str
    frame: int
    width: int
    height: int
    """Size of the whole frame in pixels."""
    samples: int
    seed: int = 0
    window: tuple[int, int, int, int] | None = None
    """(x, y, width, height) in pixels of this size, from the top left: the part to render."""
    window_size: tuple[int, int] | None = None
    """Instead of `window`: its size; the place is chosen where the frame has detail, on even HR pixels."""
    denoise: bool = True
    element: str = "whole"
    """What is seen: see `uprez.blender.elements`."""
    aovs: tuple[str, ...] = ()
    """Of `AOVS`."""
    relative_size: float = 1.0
    """This image's pixels across, relative to the size that the scene's settings are meant for (HR)."""
    correct: bool = True
    """Correct what is measured in pixels for `relative_size`."""
    filter: str = ""
    """The pixel filter that it is seen through, by its name in `uprez.pixel_filters`; the scene's own where empty."""
    subpixels: int = 0
    """Where not 0: samples for pixel filters, so many of these pixels to one of the image that is made of them. They
    are rendered with a box filter of one pixel and not denoised; `denoise` says whether what is made of them is to be.
    """
    margin: int = 0
    """Pixels around the window that are rendered too, as far as the frame has them."""


Place = tuple[int, int, int, int]
"""(x, y, width, height) in pixels from the top left of a frame."""


def with_margin(image: Image, window: Place | None) -> Place | None:
    """What is rendered for a window of an image; None for the whole frame."""
    if window is None:
        return None
    x, y, width, height = window
    left, top = max(0, x - image.margin), max(0, y - image.margin)
    right, bottom = min(image.width, x + width + image.margin), min(image.height, y + height + image.margin)
    return left, top, right - left, bottom - top
