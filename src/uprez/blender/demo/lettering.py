"""Text objects in many fonts, and what they say."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array
from uprez.blender.demo.shot import Shot


def _words(listed: str) -> list[str]:
    return listed.split()


def _phrases(listed: str) -> list[str]:
    return listed.split(",")


_FIRST = _words(
    "Ada Alma Anton Astrid Bela Bruno Carla Clara Dario Dilara Edith Elias Emil Esra Fatima Felix Freya Gil Greta "
    "Hanna Hiro Ida Igor Ines Ivo Jana Jonas Kaya Kenji Lars Lena Liam Lin Luca Maeve Marta Mei Milo Nadia Nils "
    "Noa Olga Omar Paola Petra Quinn Rafael Rosa Ruth Samir Selma Sven Tara Theo Uma Vera Viktor Wanda Xavier "
    "Yara Yusuf Zoe"
)
_LAST = _words(
    "Abara Adler Almeida Andersen Baker Becker Bianchi Brandt Castillo Chen Costa Dahl Demir Dubois Eriksen "
    "Fischer Flores Garcia Greco Haas Hansen Hoffmann Ibrahim Ito Jansen Kaplan Keller Kim Kovacs Kowalski "
    "Laurent Lindqvist Lopez Marin Mbeki Meyer Moreau Nakamura Nguyen Novak O'Brien Okafor Olsen Ortiz Park "
    "Petrov Quist Ramos Richter Rossi Sato Schmidt Silva Singh Sorensen Tanaka Torres Ueda Vogel Wagner Weber "
    "Wright Yilmaz Young Zhang Ziegler"
)
_ROLES = _phrases(
    "Directed by,Produced by,Written by,Story by,Music by,Edited by,Production Designer,Art Director,Head of "
    "Story,Animation Supervisor,Lead Animator,Character Rigging,Layout Artist,Lighting Supervisor,Lighting "
    "Artist,Look Development,Texture Painter,Matte Painter,Modelling Supervisor,Groom Artist,Effects "
    "Supervisor,Simulation,Compositing Supervisor,Senior Compositor,Pipeline TD,Render Wrangler,Sound "
    "Designer,Foley Artist,Re-recording Mixer,Colourist,Casting,Script Supervisor,Production Manager,Production "
    "Accountant,Technical Director,Systems Administrator,First Violin,Orchestrator,Title Design,Additional Voices"
)
_NOUNS = _words(
    "river winter lantern garden clock forest island letter mountain orchard harbour mirror station comet meadow "
    "tower whisper thunder feather puzzle circus kingdom voyage sailor fox crow whale machine shadow bread window "
    "summer moon"
)
_ADJECTIVES = _words(
    "last golden silent hidden little broken electric paper seventh crooked distant wild hollow gentle burning "
    "frozen lost velvet brave quiet crimson wandering ancient secret final midnight"
)
_SHOPS = _phrases(
    "BAKERY,CAFÉ,HOTEL,CINEMA,BOOKS,OPEN,PIZZA,BAR,PHARMACY,TICKETS,EXIT,FLOWERS,RECORDS,BARBER,DINER,MUSEUM,MARKET,"
    "JAZZ CLUB,TOYS,LAUNDRY,NOODLES,ARCADE,THEATRE,REPAIRS,TAXI,PLATFORM 3,NO PARKING,FRESH FISH,ICE CREAM,24 HOURS"
)
_PROSE = _words(
    "the a of and to in that was his her it with as had for not at but on by from they which were she he all "
    "there when so what then could into only some other time over such our man little out very after about before "
    "again house light water hand door night long great every never through under while where against without "
    "between morning evening slowly"
)


def person(draw: Draw) -> str:
    """A name, a middle initial in it by chance."""
    middle = f" {draw.choice('ABCDEFGHJKLMNPRSTW')}." if draw.chance(0.12) else ""
    return f"{draw.choice(_FIRST)}{middle} {draw.choice(_LAST)}"


def role(draw: Draw) -> str:
    """A line of credits, as Lighting Artist."""
    return draw.choice(_ROLES)


def title(draw: Draw) -> str:
    """A film's or book's title of one to five words."""
    noun, other = draw.sample(_NOUNS, 2)
    forms = (
        f"The {draw.choice(_ADJECTIVES)} {noun}",
        f"{noun} of the {other}",
        f"{draw.choice(_ADJECTIVES)} {noun}s",
        noun,
        f"A {noun} for {draw.choice(_FIRST)}",
        f"The {noun} and the {other}",
    )
    return draw.choice(forms).title()


def sign(draw: Draw) -> str:
    """What a shop's sign or a notice says."""
    return draw.choice(_SHOPS)


def prose(draw: Draw, words: int) -> str:
    """Sentences of about so many words that look like those of a novel."""
    sentences: list[str] = []
    left = words
    while left > 0:
        length = draw.integer(5, 16)
        picked = [draw.choice(_NOUNS if draw.chance(0.15) else _PROSE) for _ in range(length)]
        if length > 9 and draw.chance(0.6):
            picked[length // 2] += ","
        sentences.append(" ".join(picked).capitalize() + draw.choice((".", ".", ".", "?", "!", ";")[:5]))
        left -= length
    return " ".join(sentences)


def wrapped(body: str, columns: int) -> str:
    """Text broken into lines of at most so many letters."""
    lines = [""]
    for word in body.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def font(shot: Shot, draw: Draw | None = None) -> Any:
    """A font by chance, or None for Blender's own."""
    paths: list[Path] = shot.assets.fonts()
    return shot.assets.font((draw or shot.draw).choice(paths)) if paths else None


def text(
    body: str,
    face: Any = None,
    *,
    size: float = 1.0,
    extrude: float = 0.0,
    bevel: float = 0.0,
    align: str = "CENTER",
    spacing: float = 1.0,
    leading: float = 1.0,
) -> Any:
    """Text in x and y, centred on y=0: `size` is the letters' em in units, `extrude` half its depth. Data for
    `shot.add`.
    """
    curve = bpy.data.curves.new("text", "FONT")
    curve.body, curve.size, curve.extrude, curve.bevel_depth = body, size, extrude, bevel
    curve.align_x, curve.align_y = align, "CENTER"
    curve.space_character, curve.space_line = spacing, leading
    curve.resolution_u, curve.bevel_resolution = 6, 2
    if face is not None:
        curve.font = face
    return curve


def neon(body: str, face: Any = None, *, size: float = 1.0, tube: float = 0.02, **options: Any) -> Any:
    """The outlines of letters as tubes of that radius."""
    curve = text(body, face, size=size, bevel=tube, **options)
    curve.fill_mode = "NONE"
    return curve


def as_mesh(curve: Any) -> Any:
    """A text curve as a mesh, so that it can be bent."""
    thing = bpy.data.objects.new("text", curve)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.update()
    data = bpy.data.meshes.new_from_object(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    bpy.data.objects.remove(thing)
    return data


def bent(curve: Any, function: Callable[[Array, Array], tuple[Array, Array, Array]]) -> Any:
    """The mesh of a flat text whose points (x, y) are moved to function(x, y)."""
    data = as_mesh(curve)
    points = np.empty(len(data.vertices) * 3, np.float32)
    data.vertices.foreach_get("co", points)
    x, y, _ = points.reshape(-1, 3).T
    moved = np.stack(np.broadcast_arrays(*function(x, y)), -1).astype(np.float32)
    data.vertices.foreach_set("co", moved.ravel())
    data.update()
    return data


def width(thing: Any) -> float:
    """Width in units of a text object that was added to the shot, before its own rotation and scale."""
    bpy.context.view_layer.update()
    corners = [corner[0] for corner in thing.bound_box]
    return max(corners) - min(corners)
