"""End credits: names and roles in many sizes, white and coloured on black, rolling; cards, logos, small print."""

import math
from typing import Any

from uprez.blender.demo import cameras, geometry, lettering, lights, materials
from uprez.blender.demo.colours import Colour, mixed
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.shot import Shot

_WIDTH, _HEIGHT = 16.0, 9.0
"""Of the frame in units."""


class _Page:
    """Lines of text set one below another on a black frame."""

    def __init__(self, shot: Shot, draw: Draw) -> None:
        self.shot, self.draw = shot, draw
        self.velocity = _roll(shot)
        self.face, self.other_face = lettering.font(shot, draw), lettering.font(shot, draw)
        bright = draw.chance(0.65)
        self.ink: Colour = (1.0, 1.0, 1.0) if bright else mixed(draw.vivid(), (1, 1, 1), draw.uniform(0.0, 0.8))
        self.role_ink: Colour = draw.choice((self.ink, mixed(self.ink, (0, 0, 0), 0.6), draw.vivid()))
        self._materials: dict[Colour, Any] = {}

    def write(
        self, body: str, x: float, y: float, size: float, *, align: str = "CENTER", ink: Any = None, face: Any = None
    ) -> Any:
        """A line at (x, y) on the frame, its letters `size` high."""
        ink = ink or self.ink
        if ink not in self._materials:
            self._materials[ink] = materials.emission(ink, 1.0)
        curve = lettering.text(body, face or self.face, size=size, align=align, spacing=1.0)
        thing = self.shot.add(curve, self._materials[ink], location=(x, 0, y), rotation=(math.pi / 2, 0, 0))
        if any(self.velocity):
            self.shot.move(thing, velocity=self.velocity)
        return thing

    def fitted(self, body: str, x: float, y: float, size: float, room: float, **options: Any) -> None:
        """A line that is made smaller where it is wider than `room`."""
        thing = self.write(body, x, y, size, **options)
        factor = min(1.0, room / max(lettering.width(thing), 1e-6))
        thing.scale = (factor, factor, factor)


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.exposure = draw.log_uniform(0.8, 4.0)
    shot.denoise, shot.sampling = False, 4
    lights.flat(shot, (0.0, 0.0, 0.0), 0.0)
    page = _Page(shot, draw)
    layouts = (_roles_and_names, _roles_and_names, _columns, _card, _small_print, _centred, _cast, _logos)
    draw.choice(layouts)(page)
    turn = (-math.pi / 2, -math.pi / 2)
    cameras.place(
        shot,
        (0, 0, 0),
        width=_WIDTH,
        azimuth=turn,
        elevation=(0, 0),
        lens=(50, 50),
        blur=None,
        roll=0,
        floor=-99,
        move=False,
    )


def _roll(shot: Shot) -> tuple[float, float, float]:
    """Speed upwards in units a frame: 1 to 8 HR pixels, or none for cards that stand."""
    if not shot.moving or shot.draw.chance(0.2):
        return (0.0, 0.0, 0.0)
    return (0.0, 0.0, _WIDTH / 1920 * shot.draw.choice((1.0, 2.0, 3.0, 4.0, shot.draw.uniform(1, 8))))


def _size(draw: Draw) -> float:
    return draw.log_uniform(0.22, 0.6)


def _rows(draw: Draw, step: float) -> list[float]:
    """Heights of lines down the frame, and a little above and below it."""
    first = _HEIGHT / 2 + draw.uniform(0, step) + step
    return [first - row * step for row in range(int((_HEIGHT + 4 * step) / step))]


def _roles_and_names(page: _Page) -> None:
    """Roles to the left of a gutter, names to its right."""
    draw, size = page.draw, _size(page.draw)
    middle, gap = draw.uniform(-2, 1), size * draw.uniform(0.4, 1.2)
    role = ""
    for y in _rows(draw, size * draw.uniform(1.25, 1.9)):
        if not role or draw.chance(0.45):
            role = lettering.role(draw)
            body = role.upper() if draw.chance(0.2) else role
            page.write(body, middle - gap / 2, y, size * 0.9, align="RIGHT", ink=page.role_ink, face=page.other_face)
        page.write(lettering.person(draw), middle + gap / 2, y, size, align="LEFT")


def _columns(page: _Page) -> None:
    """A department's names in three to six columns."""
    draw = page.draw
    size, count = draw.log_uniform(0.15, 0.28), draw.integer(2, 5)
    for row, y in enumerate(_rows(draw, size * 1.5)):
        if row % 12 == 0:
            page.write(lettering.role(draw).upper(), 0, y, size * 1.2, ink=page.role_ink, face=page.other_face)
        elif row % 12 != 1:
            for column in range(count):
                x = ((column + 0.5) / count - 0.5) * (_WIDTH - 1.5)
                page.fitted(lettering.person(draw), x, y, size, (_WIDTH - 1.5) / count * 0.92)


def _card(page: _Page) -> None:
    """One or two names in large letters, or the film's title."""
    draw = page.draw
    if draw.chance(0.5):
        page.fitted(lettering.title(draw).upper(), 0, 0.3, draw.uniform(1.2, 2.6), _WIDTH * 0.85)
        page.fitted(
            f"a film by {lettering.person(draw)}", 0, -1.6, 0.45, _WIDTH * 0.8, ink=page.role_ink, face=page.other_face
        )
        page.write(lettering.prose(draw, 8), 0, -3.9, draw.uniform(0.12, 0.2), ink=page.role_ink)
        return
    for index in range(draw.integer(1, 3)):
        y = 2.4 - index * 2.6
        page.write(lettering.role(draw).lower(), 0, y + 0.8, 0.38, ink=page.role_ink, face=page.other_face)
        page.fitted(lettering.person(draw), 0, y, draw.uniform(0.7, 1.2), _WIDTH * 0.8)


def _small_print(page: _Page) -> None:
    """Legal text in small letters, song titles and their writers."""
    draw = page.draw
    size = draw.log_uniform(0.12, 0.22)
    y = _HEIGHT / 2
    while y > -_HEIGHT / 2:
        page.write(f"“{lettering.title(draw)}”", 0, y, size * 1.4, ink=page.role_ink, face=page.other_face)
        body = lettering.wrapped(lettering.prose(draw, draw.integer(30, 70)), draw.integer(60, 100))
        lines = body.split("\n")
        for index, line in enumerate(lines):
            page.fitted(line, 0, y - size * 1.4 * (index + 1.3), size, _WIDTH * 0.92)
        y -= size * 1.4 * (len(lines) + 3)


def _centred(page: _Page) -> None:
    """Role over name, centred, in growing and falling sizes."""
    draw = page.draw
    y = _HEIGHT / 2 + 0.5
    while y > -_HEIGHT / 2 - 0.5:
        size = draw.log_uniform(0.25, 0.9)
        page.write(lettering.role(draw), 0, y, size * 0.6, ink=page.role_ink, face=page.other_face)
        for _ in range(draw.integer(1, 3)):
            y -= size * 1.25
            page.fitted(lettering.person(draw), 0, y, size, _WIDTH * 0.9)
        y -= size * 1.8


def _cast(page: _Page) -> None:
    """Characters and actors with dots between them."""
    draw, size = page.draw, _list_size(page.draw)
    left, right = -draw.uniform(3.5, 6), draw.uniform(3.5, 6)
    for y in _rows(draw, size * 1.45):
        character = lettering.title(draw) if draw.chance(0.3) else lettering.person(draw).split()[0]
        first = page.write(character, left, y, size, align="LEFT", ink=page.role_ink, face=page.other_face)
        last = page.write(lettering.person(draw).upper(), right, y, size, align="RIGHT")
        room = right - left - lettering.width(first) - lettering.width(last) - size
        dots = "." * max(0, int(room / (size * 0.45)))
        page.fitted(
            dots, left + lettering.width(first) + size / 2, y, size, max(room, 0.1), align="LEFT", ink=page.role_ink
        )


def _list_size(draw: Draw) -> float:
    return draw.log_uniform(0.22, 0.4)


def _logos(page: _Page) -> None:
    """Company marks in rows, rings, stars and bars with a word below each, and legal text at the foot."""
    draw, count = page.draw, page.draw.integer(3, 5)
    for row in range(2):
        for index in range(count):
            x, y = ((index + 0.5) / count - 0.5) * 14, 2.6 - 2.8 * row
            glow = materials.emission(draw.choice(((1.0, 1.0, 1.0), draw.vivid())), 1.0)
            sides = draw.choice((3, 5, 6, 64))
            disc = geometry.cylinder(draw.uniform(0.5, 0.8), 0.02, bevel=0, segments=sides)
            data = draw.choice((geometry.torus(0.7, draw.uniform(0.02, 0.12)), disc))
            thing = page.shot.add(data, glow, location=(x, -0.2, y), rotation=(math.pi / 2, draw.angle(), 0))
            if any(page.velocity):
                page.shot.move(thing, velocity=page.velocity)
            page.fitted(lettering.title(draw).upper(), x, y - 1.1, 0.3, 14 / count * 0.9, face=page.other_face)
    for line, body in enumerate(lettering.wrapped(lettering.prose(draw, 45), 90).split("\n")):
        page.fitted(body, 0, -3.0 - line * 0.3, 0.18, _WIDTH * 0.9, ink=page.role_ink)
