"""Buildings with real openings: facades of walls, sills, frames, balconies and panes with rooms behind."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import boxes, geometry, materials, structures
from uprez.blender.demo.boxes import Part
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.shot import Shot
from uprez.blender.demo.windows import Rooms, panes

DEPTH = 0.26
"""From the wall's face to the pane, in metres."""


@dataclass(frozen=True)
class Style:
    """A facade's grid in metres: one bay of a storey has one opening (left, bottom, right, top)."""

    bay: float
    storey: float
    opening: tuple[float, float, float, float]
    panes: tuple[int, int]
    balconies: float = 0.0
    """Share of the bays that have one."""
    masonry: bool = True
    """Cornices between storeys and sills under windows; else a curtain wall of glass."""


@dataclass(frozen=True)
class Palette:
    """Materials of a building."""

    wall: Any
    trim: Any
    frame: Any
    glass: Any
    iron: Any


def masonry_style(draw: Draw) -> Style:
    """Upright windows in a wall, with sills and cornices."""
    bay, storey = draw.uniform(1.9, 2.9), draw.uniform(2.9, 3.6)
    width, height = draw.uniform(0.42, 0.62) * bay, draw.uniform(0.52, 0.66) * storey
    left, bottom = (bay - width) / 2, draw.uniform(0.2, 0.28) * storey
    opening = (left, bottom, left + width, bottom + height)
    return Style(
        bay, storey, opening, draw.choice(((2, 2), (2, 3), (1, 2), (3, 4))), draw.choice((0.0, 0.0, 0.25, 0.5))
    )


def curtain_wall_style(draw: Draw) -> Style:
    """Glass from slab to slab between mullions."""
    bay, storey = draw.uniform(1.2, 3.2), draw.uniform(3.0, 3.8)
    opening = (0.04, draw.uniform(0.3, 0.9), bay - 0.04, storey - 0.06)
    return Style(bay, storey, opening, (draw.integer(1, 3), draw.integer(1, 2)), masonry=False)


def palette(draw: Draw, style: Style, *, lit: float, strength: float) -> Palette:
    """Materials for a style; `lit` and `strength` as in Rooms."""
    tone = draw.neutral() if draw.chance(0.5) else draw.colour()
    if style.masonry:
        wall = draw.choice((materials.brick, materials.brick, materials.plaster, materials.concrete))
    else:
        wall = draw.choice((materials.brushed_metal, materials.concrete, materials.plastic))
    return Palette(
        wall(draw, None if wall is materials.brick and draw.chance(0.6) else tone, size=3.0, coordinates="UV"),
        materials.concrete(draw, draw.neutral(), size=2.0, coordinates="UV"),
        materials.paint(draw, draw.choice((draw.neutral(), draw.colour()))),
        panes(draw, Rooms(style.bay, style.storey, draw.uniform(3, 6), lit, strength)),
        materials.worn_paint(draw, (0.02, 0.022, 0.025), size=0.6),
    )


def facade(shot: Shot, draw: Draw, style: Style, look: Palette, columns: int, floors: int, *, to: str = "set") -> Any:
    """A facade whose foot runs along x from the origin and whose front looks to -y; its root object."""
    width, height = columns * style.bay, floors * style.storey
    offsets = boxes.grid_offsets(columns, floors, (style.bay, style.storey))
    wall = boxes.wall_with_opening((style.bay, style.storey), style.opening, DEPTH).repeated(offsets)
    frame = boxes.window_frame(style.opening, 0.05, (DEPTH - 0.09, DEPTH + 0.01), style.panes).repeated(offsets)
    corners = [(0, DEPTH, 0), (width, DEPTH, 0), (width, DEPTH, height), (0, DEPTH, height)]
    pane = Part(np.array(corners, float), np.array([(0, 1, 2, 3)]))
    trims = boxes.merge(_trims(style, offsets, width, height))
    root = shot.add(boxes.mesh(wall), look.wall, to=to)
    for part, material in ((trims, look.trim), (frame, look.frame), (pane, look.glass)):
        shot.add(boxes.mesh(part), material, to=to).parent = root
    balconies = offsets[(draw.array.random(len(offsets)) < style.balconies) & (offsets[:, 2] > 1)]
    if len(balconies):
        _add_balconies(shot, style, look, balconies, root, to)
    return root


def _trims(style: Style, offsets: Any, width: float, height: float) -> list[Part]:
    """Cornice, string courses, sills and lintels."""
    trims = [boxes.upright((-0.25, height - 0.1, width + 0.25, height + 0.4), (-0.35, 0.6))]
    if not style.masonry:
        return trims
    left, bottom, right, top = style.opening
    sill = boxes.upright((left - 0.1, bottom - 0.09, right + 0.1, bottom), (-0.1, 0.1))
    lintel = boxes.upright((left - 0.12, top, right + 0.12, top + 0.16), (-0.05, 0.1))
    trims += [sill.repeated(offsets), lintel.repeated(offsets)]
    levels = np.unique(offsets[:, 2])[1::2]
    return trims + [boxes.upright((-0.05, z - 0.1, width + 0.05, z + 0.06), (-0.13, 0.05)) for z in levels]


def _add_balconies(shot: Shot, style: Style, look: Palette, offsets: Any, root: Any, to: str) -> None:
    """Slabs with railings of iron bars."""
    left, bottom, right, _ = style.opening
    left, right, floor = left - 0.2, right + 0.2, bottom - 0.12
    slab = boxes.upright((left, floor, right, floor + 0.12), (-1.0, 0.05)).repeated(offsets)
    shot.add(boxes.mesh(slab), look.trim, to=to).parent = root
    corners = [(left, 0, floor), (left, -0.95, floor), (right, -0.95, floor), (right, 0, floor)]
    bars = [
        boxes.boxes([(x - 0.01, y - 0.01, floor + 0.1)], [(x + 0.01, y + 0.01, floor + 1.0)])
        for line in structures.chain(corners)
        for x, y, _ in structures.resample(line, 0.11)
    ]
    rail = boxes.boxes(
        [(left, -0.97, floor + 1.0), (left - 0.02, -0.95, floor + 1.0), (right - 0.02, -0.95, floor + 1.0)],
        [(right, -0.93, floor + 1.05), (left + 0.02, 0.0, floor + 1.05), (right + 0.02, 0.0, floor + 1.05)],
    )
    railing = boxes.merge([*bars, rail]).repeated(offsets)
    shot.add(boxes.mesh(railing), look.iron, to=to).parent = root


def house(
    shot: Shot, draw: Draw, style: Style, look: Palette, columns: int, floors: int, depth: int, *, to: str = "set"
) -> Any:
    """A block with facades to the front and both sides and things on its roof; its root is the front's."""
    width, back, height = columns * style.bay, depth * style.bay, floors * style.storey
    root = facade(shot, draw, style, look, columns, floors, to=to)
    for location, turn in (((0.0, back, 0.0), -np.pi / 2), ((width, 0.0, 0.0), np.pi / 2)):
        side = facade(shot, draw, style, look, depth, floors, to=to)
        side.location, side.rotation_euler, side.parent = location, (0, 0, turn), root
    roof = boxes.boxes([(0, DEPTH, height - 0.2)], [(width, back, height + 0.05)])
    shot.add(boxes.mesh(roof), look.trim, to=to).parent = root
    low = np.stack([draw.array.uniform(0.5, width - 2, 6), draw.array.uniform(1, back - 2, 6), np.full(6, height)], -1)
    units = boxes.boxes(low, low + draw.array.uniform((0.8, 0.8, 0.6), (2.0, 2.0, 2.2), (6, 3)))
    shot.add(boxes.mesh(units), look.frame, to=to).parent = root
    rods = [
        structures.segment((x, y, height), (x + draw.gauss(0, 0.1), y, height + draw.uniform(1.5, 5)))
        for x, y in draw.array.uniform((0.5, 1.0), (width - 0.5, back - 1), (5, 2))
    ]
    shot.add(geometry.tubes(rods, 0.03, sides=6), look.iron, to=to).parent = root
    return root
