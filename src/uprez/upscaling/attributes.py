"""The header of a result, and its provenance: what made it, and from what."""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from uprez.errors import FrameError
from uprez.frames.types import Attribute, FrameHeader, Part, Window

PREFIX = "uprez:"
"""Before the names of all attributes that uprez adds."""
_READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Provenance:
    """What determines a result. No times and no folders, so that the same command twice gives the same bytes."""

    version: str
    """Of uprez."""
    model: str
    """Name, and SHA-256 of the network where there is one."""
    settings: str
    """JSON of the settings that change pixels."""
    source: str
    """File name, size in bytes, SHA-256 of its content."""

    def attributes(self) -> dict[str, Attribute]:
        """As string attributes `uprez:version`, `uprez:model`, `uprez:settings`, `uprez:source`."""
        return {PREFIX + name: Attribute("string", text.encode()) for name, text in vars(self).items()}

    def as_text(self) -> str:
        """As 31 characters, a digest of all four, for formats that hold no more (DPX); Radiance files hold not even
        that.
        """
        return f"uprez {hashlib.sha256(json.dumps(vars(self), sort_keys=True).encode()).hexdigest()[:25]}"

    def stands_in(self, part: Part) -> bool:
        """Whether a result's first part says that it was made just so."""
        mine = all(part.attributes.get(name) == attribute for name, attribute in self.attributes().items())
        return mine or Attribute("string", self.as_text().encode()) in part.attributes.values()

    def differs_from(self, before: "Provenance | None") -> str:
        """How a result that was made before was made otherwise, for people; empty where it was made just so."""
        if before is None:
            return "not by uprez"
        if before.model != self.model:
            return f"by {before.model.split()[0] if before.model else 'another model'}"
        for name, what in (("settings", "with other settings"), ("source", "from another source")):
            if getattr(before, name) != getattr(self, name):
                return what
        return f"by uprez {before.version}" if before.version != self.version else ""


def made_before(part: Part) -> Provenance | None:
    """What a result's first part says of how it was made; None where it says nothing."""
    found = {entry.name: part.text(PREFIX + entry.name) or "" for entry in fields(Provenance)}
    return Provenance(**found) if any(found.values()) else None


def settings_text(settings: Mapping[str, object]) -> str:
    """Settings as JSON that does not depend on their order."""
    return json.dumps(settings, sort_keys=True, separators=(",", ":"))


def identify(path: Path) -> str:
    """A source's identity: file name, size, SHA-256 of its content. FrameError where it can't be read."""
    digest, size = hashlib.sha256(), 0
    try:
        if path.exists() and not path.is_file():  # a pipe or a device would never end
            raise FrameError(path, "is a folder" if path.is_dir() else "is not a file")
        with path.open("rb", buffering=0) as file:
            while block := file.read(_READ_BYTES):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise FrameError(path, f"can't be read: {error.strerror or error}") from None
    # A name is bytes that need not be text.
    return f"{path.name.encode('utf-8', 'backslashreplace').decode()} {size} {digest.hexdigest()}"


def result_header(source: FrameHeader, path: Path, scale: int, provenance: Provenance) -> FrameHeader:
    """The source's header for its result at `path`: windows × scale, attributes that count pixels too, provenance in
    the first part.

    Names, views, channels, types, compression, line order and tile size stay; smaller levels of mip- and rip-maps go.
    """
    parts = [_result_part(part, scale) for part in source.parts]
    parts[0] = replace(parts[0], attributes={**parts[0].attributes, **provenance.attributes()})
    return replace(source, path=path, parts=tuple(parts))


def _result_part(part: Part, scale: int) -> Part:
    older = {PREFIX + entry.name for entry in fields(Provenance)}
    kept = {name: attribute for name, attribute in part.attributes.items() if name not in older}
    for name, rescale in _IN_PIXELS.items():
        if name in kept:
            kept[name] = rescale(kept[name], scale)
    return replace(
        part,
        data_window=part.data_window.scaled(scale),
        display_window=part.display_window.scaled(scale),
        tiling=replace(part.tiling, mode="one", round_up=False) if part.tiling else None,
        attributes=kept,
    )


def _scaled_window(attribute: Attribute, scale: int) -> Attribute:
    if attribute.type != "box2i" or len(attribute.data) != 16:
        return attribute
    window = Window(*struct.unpack("<4i", attribute.data)).scaled(scale)
    corners = (window.x_min, window.y_min, window.x_max, window.y_max)
    fits = all(-(2**31) <= corner < 2**31 for corner in corners)
    return replace(attribute, data=struct.pack("<4i", *corners)) if fits else attribute


def _scaled_density(attribute: Attribute, scale: int) -> Attribute:
    if attribute.type != "float" or len(attribute.data) != 4:
        return attribute
    return replace(attribute, data=struct.pack("<f", struct.unpack("<f", attribute.data)[0] * scale))


_IN_PIXELS: Mapping[str, Callable[[Attribute, int], Attribute]] = {
    "originalDataWindow": _scaled_window,
    "xDensity": _scaled_density,
}
"""The standard attributes that count pixels of this very image (OpenEXR, "Standard Optional Attributes").

`screenWindowCenter`, `screenWindowWidth`, `worldToNDC` and `worldToCamera` are relative to the display window;
`sensor…` count photosites of the camera; `preview`, time codes and key codes belong to the frame, not to its
resolution: all these stay.
"""
