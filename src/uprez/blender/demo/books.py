"""An open book: curved pages with a heading, paragraphs and page numbers."""

from typing import Any

import numpy as np

from uprez.blender.demo import geometry, lettering, materials
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.shot import Shot


def add_open_book(shot: Shot) -> None:
    """A book that lies open, its pages two units wide and 2.9 high about the origin, the table at z=-0.21."""
    draw = shot.draw
    paper, ink = materials.paper(draw, size=0.8), materials.plastic(draw, (0.012, 0.011, 0.01))
    cover = materials.leather(draw, draw.colour())
    shot.add(geometry.box(4.3, 3.1, 0.04, bevel=0.015), cover, to="set", location=(0, 0, -0.185))
    face, other = lettering.font(shot), lettering.font(shot)
    for side in (-1, 1):
        for sheet in range(9):
            edge = 2.0 - 0.012 * sheet + draw.gauss(0, 0.004)
            shot.add(_page(side, edge, -0.016 * sheet), paper)
        _set_page(shot, side, face, other, ink)


def _height(x: Any) -> Any:
    """Of a page over the table at a distance from the fold."""
    part = np.abs(x) / 2.0
    return 0.34 * np.sqrt(np.maximum(part, 0)) * (1 - part) * 1.4 + 0.02 * part - 0.05


def _page(side: int, edge: float, lift: float) -> Any:
    def sheet(u: Any, v: Any) -> Any:
        x = side * (0.02 + u**1.5 * edge)
        return x, (v - 0.5) * 2.9, _height(x) + lift * (0.3 + u)

    return geometry.surface(sheet, 60, 3)


def _set_page(shot: Shot, side: int, face: Any, other: Any, ink: Any) -> None:
    draw = shot.draw
    size, top = draw.uniform(0.07, 0.12), 1.15

    def lay(body: str, x: float, y: float, letters: float, align: str, font: Any) -> None:
        curve = lettering.text(body, font, size=letters, align=align, leading=1.15)
        curve.align_y = "TOP"
        flat = lettering.bent(curve, lambda px, py: (px + x, py + y, _height(px + x) + 0.003))
        shot.add(flat, ink)

    if draw.chance(0.5):
        lay(lettering.title(draw), side * 1.05, top, 0.16, "CENTER", other)
        top -= 0.45
    rows = int((top + 1.2) / (size * 1.15))
    lay("\n".join(_lines(draw, int(1.62 / (size * 0.5)))[:rows]), side * 1.05 - 0.83, top, size, "LEFT", face)
    lay(str(draw.integer(10, 380)), side * 1.05, -1.28, size, "CENTER", face)


def _lines(draw: Draw, columns: int) -> list[str]:
    """Paragraphs of novel text in lines of so many letters."""
    paragraphs = ["   " + lettering.wrapped(lettering.prose(draw, 40), columns) for _ in range(8)]
    return "\n".join(paragraphs).split("\n")
