"""Rooms by daylight: windows with curtains, books, laid tables, sofas, plants; an artist's furnished flat."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from uprez.blender.demo import boxes, cameras, furniture, geometry, lights, materials, props, scatter
from uprez.blender.demo.colours import Colour, mixed
from uprez.blender.demo.shot import Shot

_HALF, _BACK, _HIGH = 2.6, 2.2, 2.8
"""The room in metres: x from -_HALF to _HALF, the back wall at y = _BACK, the ceiling at z = _HIGH."""
_FRONT = -4.0


@dataclass(frozen=True)
class _Focus:
    """What the camera may look at, and how many metres it sees there."""

    target: tuple[float, float, float]
    width: tuple[float, float]


def build(shot: Shot) -> None:
    draw = shot.draw
    shot.key, shot.brightest_bounce = draw.uniform(0.12, 0.24), 4.0
    if "dream_apartment" in shot.assets.models() and draw.chance(0.2):
        _apartment(shot)
        return
    window_side = draw.choice((-1, 1))
    _shell(shot, window_side)
    _daylight(shot, window_side)
    corners: Sequence[Callable[[Shot, int], list[_Focus]]] = (_library, _dining, _bedroom, _work_place)
    focuses = draw.choice(corners)(shot, -window_side)
    _wall_things(shot)
    focuses.append(_window_corner(shot, window_side))
    focus = draw.choice(focuses)
    cameras.place(
        shot,
        focus.target,
        width=draw.uniform(*focus.width),
        azimuth=(-1.95, -1.2),
        elevation=(0.02, 0.3),
        lens=(28, 60),
        blur=(0.004, 0.04),
        floor=0.4,
    )


def _shell(shot: Shot, window_side: int) -> None:
    """Floor, ceiling, walls; the one at the window side has openings with frames."""
    draw = shot.draw
    depth = _BACK - _FRONT
    floor = draw.choice((materials.wood, materials.wood, materials.tiles, materials.concrete))
    boards = materials.wood(draw, size=1.1, planks=True) if floor is materials.wood else floor(draw, size=1.5)
    shot.add(geometry.plane(2 * _HALF, depth), boards, to="set", location=(0, (_BACK + _FRONT) / 2, 0))
    white = materials.plaster(draw, (0.75, 0.73, 0.7), size=2.0)
    ceiling = geometry.plane(2 * _HALF, depth)
    shot.add(ceiling, white, to="set", location=(0, (_BACK + _FRONT) / 2, _HIGH), rotation=(math.pi, 0, 0))
    tone = mixed(draw.colour(), (0.75, 0.72, 0.66), draw.uniform(0.2, 0.9))
    wall = draw.choice((materials.plaster, materials.plaster, materials.brick, materials.wood))(
        draw, tone, size=2.0, coordinates="UV"
    )
    back = boxes.boxes([(-_HALF, _BACK, 0)], [(_HALF, _BACK + 0.2, _HIGH)])
    far = sorted((-window_side * _HALF, -window_side * (_HALF + 0.2)))
    side = boxes.boxes([(far[0], _FRONT, 0)], [(far[1], _BACK, _HIGH)])
    shot.add(boxes.mesh(boxes.merge([back, side])), wall, to="set")
    skirting = boxes.boxes([(-_HALF, _BACK - 0.02, 0)], [(_HALF, _BACK, 0.12)])
    shot.add(boxes.mesh(skirting), materials.paint(draw, (0.75, 0.74, 0.7)), to="set")
    _windows(shot, window_side, wall)


def _windows(shot: Shot, side: int, wall: Any) -> None:
    """Three bays of wall with a window each, curtains beside them."""
    draw = shot.draw
    bay = (_BACK - _FRONT) / 3
    opening = (0.35, draw.uniform(0.3, 0.9), bay - 0.35, 2.45)
    offsets = boxes.grid_offsets(3, 1, (bay, _HIGH))
    turn = -side * math.pi / 2
    start = (side * _HALF, _FRONT if side < 0 else _BACK, 0.0)
    parts = (
        (boxes.wall_with_opening((bay, _HIGH), opening, 0.2), wall),
        (
            boxes.window_frame(opening, 0.06, (0.08, 0.14), (2, draw.integer(2, 3))),
            materials.paint(draw, (0.8, 0.79, 0.76)),
        ),
        (
            boxes.upright((opening[0] - 0.06, opening[1] - 0.05, opening[2] + 0.06, opening[1]), (-0.14, 0.2)),
            materials.wood(draw),
        ),
    )
    for part, material in parts:
        shot.add(boxes.mesh(part.repeated(offsets)), material, to="set", location=start, rotation=(0, 0, turn))
    cloth = draw.choice((materials.weave, materials.plaid, materials.velvet))(draw, size=0.8, coordinates="UV")
    for k in range(3):
        for edge in (opening[0] - 0.1, opening[2] + 0.1):
            along = k * bay + edge
            y = _FRONT + along if side < 0 else _BACK - along
            drape = furniture.curtain(
                shot, draw, (side * (_HALF - 0.14), y, 2.6), (draw.uniform(0.4, 0.7), 2.55), cloth
            )
            drape.rotation_euler = (0, 0, turn)


def _daylight(shot: Shot, side: int) -> None:
    """The world outside, its light through each window, and by chance the sun."""
    draw = shot.draw
    sky = mixed(draw.cool_white(), (1, 1, 1), 0.5)
    lights.environment(shot, "outdoor", strength=draw.uniform(1.0, 3.0)) if draw.chance(0.5) else lights.flat(
        shot, sky, 2.0
    )
    bay = (_BACK - _FRONT) / 3
    for k in range(3):
        place = (side * (_HALF - 0.02), _FRONT + (k + 0.5) * bay, 1.6)
        window = lights.area(
            shot, place, (0, place[1], 1.2), power=draw.uniform(90, 160), colour=sky, size=(1.3, 1.7), group="sky"
        )
        window.visible_camera = window.visible_glossy = False
    if draw.chance(0.75):
        azimuth = (0.0 if side > 0 else math.pi) + draw.uniform(-0.7, 0.7)
        lights.sun(shot, azimuth=azimuth, elevation=draw.uniform(0.25, 0.75), strength=draw.uniform(15, 50))


def _window_corner(shot: Shot, side: int) -> _Focus:
    """Plants and a chair by the window."""
    draw = shot.draw
    for _ in range(draw.integer(1, 3)):
        place = (side * draw.uniform(1.9, 2.3), draw.uniform(0.6, 1.9), 0.0)
        furniture.potted_plant(shot, draw, place, draw.uniform(0.7, 1.5))
    furniture.chair(shot, draw, (side * 1.5, 0.7, 0), side * draw.uniform(0.3, 1.2))
    return _Focus((side * 1.8, 1.1, draw.uniform(0.6, 1.2)), (1.2, 2.6))


def _wall_things(shot: Shot) -> None:
    """Pictures on the back wall and a rug."""
    draw = shot.draw
    for x in np.linspace(-1.6, 1.6, draw.integer(2, 5)):
        size = (draw.uniform(0.3, 0.6), draw.uniform(0.35, 0.75))
        furniture.picture(shot, draw, (x, _BACK - 0.017, draw.uniform(1.55, 1.9)), size)
    rug = draw.choice(materials.CLOTH)(draw, size=draw.uniform(0.8, 2))
    shot.add(geometry.box(2.8, 1.8, 0.02, bevel=0.009), rug, to="set", location=(0, 0.0, 0.011))


def _library(shot: Shot, side: int) -> list[_Focus]:
    """A wall of books and a sofa."""
    draw = shot.draw
    for x in (-1.65, -0.55, 0.55, 1.65)[draw.integer(0, 1) :]:
        furniture.shelf(shot, draw, (x, _BACK - 0.34, 0), (1.08, draw.uniform(2.0, 2.5)))
    furniture.sofa(shot, draw, (side * 1.2, 0.5, 0), -side * draw.uniform(0.3, 0.9))
    furniture.table(shot, draw, (side * 0.2, -0.3, 0), (0.8, 0.5, 0.42))
    _objects(shot, (side * 0.2, -0.3, 0.42), (0.6, 0.35), 3)
    return [
        _Focus((draw.uniform(-1, 1), _BACK - 0.3, draw.uniform(0.8, 1.8)), (0.7, 2.4)),
        _Focus((side * 0.9, 0.4, 0.6), (1.4, 3.2)),
    ]


def _dining(shot: Shot, side: int) -> list[_Focus]:
    """A laid table with chairs."""
    draw = shot.draw
    height = 0.75
    furniture.table(shot, draw, (0, 0.4, 0), (1.8, 0.9, height))
    for x, y, turn in ((-0.5, 1.1, 0.0), (0.5, 1.1, 0.0), (side * 1.25, 0.4, side * -1.57)):
        furniture.chair(shot, draw, (x, y, 0), turn + draw.gauss(0, 0.2))
    runner = draw.choice(materials.CLOTH)(draw, size=0.5)
    shot.add(geometry.box(1.5, 0.4, 0.006, bevel=0.002), runner, location=(0, 0.4, height + 0.003))
    _objects(shot, (0, 0.35, height + 0.006), (1.5, 0.6), draw.integer(6, 10), kind="tableware")
    furniture.shelf(shot, draw, (side * 1.7, _BACK - 0.34, 0), (1.2, 1.5))
    return [_Focus((draw.uniform(-0.4, 0.4), 0.3, height + 0.1), (0.6, 1.6)), _Focus((0, 0.4, 0.8), (2.2, 3.4))]


def _bedroom(shot: Shot, side: int) -> list[_Focus]:
    """A bed with cushions and a bedside table; the bed an artist's where there is one."""
    draw = shot.draw
    place = (side * 0.6, 1.0, 0.0)
    if "bed" in shot.assets.models():
        shot.add(shot.assets.model("bed"), location=place, scale=2.2)
        top = 0.42
    else:
        cloth = draw.choice(materials.CLOTH)(draw, size=0.8)
        shot.add(geometry.box(1.7, 2.1, 0.5, bevel=0.12, segments=5), cloth, location=(place[0], place[1], 0.3))
        top = 0.56
    for x in (-0.35, 0.35):
        cloth = draw.choice(materials.CLOTH)(draw, size=0.35)
        pillow = furniture.cushion(0.6, 0.42, 0.2)
        shot.add(pillow, cloth, location=(place[0] + x, place[1] + 0.65, top), rotation=(0.6, 0, draw.gauss(0, 0.15)))
    furniture.table(shot, draw, (side * -0.8, 1.7, 0), (0.5, 0.4, 0.55))
    _objects(shot, (side * -0.8, 1.65, 0.55), (0.36, 0.25), 3)
    return [_Focus((place[0], 1.2, 0.6), (1.3, 3.0)), _Focus((side * -0.8, 1.6, 0.7), (0.6, 1.3))]


def _work_place(shot: Shot, side: int) -> list[_Focus]:
    """A desk with books, tools of an artist or a writer, and a shelf beside it."""
    draw = shot.draw
    furniture.table(shot, draw, (side * 0.2, 1.6, 0), (1.7, 0.75, 0.74))
    _objects(shot, (side * 0.2, 1.6, 0.74), (1.5, 0.5), draw.integer(6, 9), kind="product")
    furniture.chair(shot, draw, (side * 0.2, 0.9, 0), math.pi + draw.gauss(0, 0.4))
    furniture.shelf(shot, draw, (-side * 1.6, _BACK - 0.34, 0), (1.0, draw.uniform(1.2, 2.3)))
    return [_Focus((side * 0.2 + draw.uniform(-0.4, 0.4), 1.5, 0.85), (0.6, 1.5)), _Focus((0, 1.6, 1.0), (2.0, 3.2))]


_SIZES = {
    "mechanical_keyboard": 0.42,
    "headphones": 0.22,
    "mug": 0.13,
    "spilling_coffee": 0.14,
    "les_paul": 0.9,
    "chess_board": 0.45,
}
_SIZES |= {
    "egyptian_cat": 0.35,
    "desk_fan": 0.4,
    "cactus": 0.28,
    "plant": 0.4,
    "watermelon": 0.3,
    "cake_birthday": 0.3,
    "glass_wine": 0.22,
}
_SIZES |= {"tajine": 0.3, "burger_cheese_double": 0.13, "usd_shaderball": 0.3, "gull": 0.35, "sci_fi_crate": 0.25}


def _objects(
    shot: Shot, centre: tuple[float, float, float], area: tuple[float, float], count: int, *, kind: str = "prop"
) -> None:
    """Things on a table: piles of books, vases, toys, artists' things."""
    draw = shot.draw
    names = [name for name in shot.assets.models(kind) if name in _SIZES]
    seats = scatter.spaced(draw, count, *area, distance=min(area) * 0.42 if count < 6 else 0.2)
    for x, y, _z in seats:
        place = (centre[0] + x, centre[1] + y, centre[2])
        if names and draw.chance(0.45):
            name = draw.choice(names)
            shot.add(shot.assets.model(name), location=place, rotation=(0, 0, draw.gauss(0, 0.6)), scale=_SIZES[name])
        else:
            maker = draw.choice((props.book_pile, props.vase, props.vase, props.book_pile, props.knot, props.ball))
            shot.add(maker(draw), location=place, rotation=(0, 0, draw.angle()), scale=draw.uniform(0.16, 0.3))


_FLAT = 12.362
"""Width in metres of the artist's flat."""
_FINISHES: tuple[tuple[str, Callable[..., Any], Colour | None], ...] = (
    ("Wood_Floor", materials.wood, (0.5, 0.33, 0.18)),
    ("akb_fir", materials.wood, (0.42, 0.25, 0.12)),
    ("GATM28", materials.wood, (0.3, 0.19, 0.1)),
    ("Marble", materials.marble, (0.8, 0.78, 0.75)),
    ("Metal", materials.brushed_metal, None),
    ("Fabric", materials.weave, None),
    ("Slate", materials.tiles, (0.1, 0.1, 0.1)),
    ("Formica", materials.plastic, (0.04, 0.045, 0.055)),
    ("FrontColor", materials.plaster, (0.7, 0.68, 0.64)),
)


def _apartment(shot: Shot) -> None:
    """The living room of an artist's furnished flat, with richer surfaces, in sun from above."""
    draw = shot.draw
    data = shot.assets.model("dream_apartment")
    for slot, old in enumerate(data.materials):
        for name, maker, colour in _FINISHES:
            if name in old.name:
                data.materials[slot] = maker(draw, colour, size=1.0 / _FLAT)
                break
    shot.add(data, scale=_FLAT)
    lights.environment(shot, "outdoor", strength=draw.uniform(0.4, 1.0))
    lights.sun(shot, azimuth=draw.angle(), elevation=draw.uniform(0.7, 1.2), strength=draw.uniform(2, 6))
    _objects(shot, (2.84, -1.06, 1.0), (2.2, 0.8), 8, kind="tableware")
    eye = draw.choice(((0.9, 1.4), (5.0, -2.0), (3.4, 1.5), (1.2, 0.8)))
    target = (draw.uniform(2.3, 3.6), draw.uniform(-1.3, -0.7), draw.uniform(0.85, 1.1))
    distance = math.hypot(eye[0] - target[0], eye[1] - target[1])
    azimuth = math.atan2(eye[1] - target[1], eye[0] - target[0])
    lens = draw.uniform(26, 45)
    cameras.place(
        shot,
        target,
        width=distance * 36 / lens,
        azimuth=(azimuth, azimuth),
        elevation=(0.2, 0.42),
        lens=(lens, lens),
        blur=(0.003, 0.02),
    )
