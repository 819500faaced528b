"""Named surfaces. Each takes a Draw, a colour (one of its own where None), the `size` of the thing in units, which
patterns scale with, and the texture coordinates: Object, Generated or UV.
"""

from collections.abc import Callable
from typing import Any

from uprez.blender.demo.materials.fabric import denim, knit, plaid, velvet, weave
from uprez.blender.demo.materials.glow import emission, mist, neon
from uprez.blender.demo.materials.ground import asphalt, concrete, marble, plaster, sand, snow, soil, stone
from uprez.blender.demo.materials.hard import (
    METALS,
    brushed_metal,
    ceramic,
    glass,
    metal,
    paint,
    plastic,
    rubber,
    rusty_metal,
    wax,
    worn_paint,
)
from uprez.blender.demo.materials.masonry import brick, cobble, tiles
from uprez.blender.demo.materials.natural import WOODS, bark, leaf, leather, paper, skin, wood
from uprez.blender.demo.materials.surface import Surface

Maker = Callable[..., Any]

HARD: tuple[Maker, ...] = (plastic, paint, ceramic, metal, brushed_metal, worn_paint, wood, leather, rubber, marble)
"""For things: toys, tools, products."""
CLOTH: tuple[Maker, ...] = (weave, plaid, denim, knit, velvet)
WALL: tuple[Maker, ...] = (brick, tiles, plaster, concrete, stone)
FLOOR: tuple[Maker, ...] = (wood, tiles, concrete, marble, cobble, asphalt)
EARTH: tuple[Maker, ...] = (soil, sand, stone, snow)

__all__ = [
    "CLOTH",
    "EARTH",
    "FLOOR",
    "HARD",
    "METALS",
    "WALL",
    "WOODS",
    "Maker",
    "Surface",
    "asphalt",
    "bark",
    "brick",
    "brushed_metal",
    "ceramic",
    "cobble",
    "concrete",
    "denim",
    "emission",
    "glass",
    "knit",
    "leaf",
    "leather",
    "marble",
    "metal",
    "mist",
    "neon",
    "paint",
    "paper",
    "plaid",
    "plaster",
    "plastic",
    "rubber",
    "rusty_metal",
    "sand",
    "skin",
    "snow",
    "soil",
    "stone",
    "tiles",
    "velvet",
    "wax",
    "weave",
    "wood",
    "worn_paint",
]
