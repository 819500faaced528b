"""Woven and knitted cloth, in the plane of x and y of the coordinates (UV where a mesh has it)."""

from typing import Any

from uprez.blender.demo.colours import Colour, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value


def _yarn(surface: Surface, along: Value, across: Value, threads: float) -> tuple[Value, Value]:
    """Height of a plain weave with `threads` a unit of size, and 1 where the thread along x is on top."""
    x, y = along * threads, across * threads
    over = (x.floor() + y.floor()).ping_pong(1.0)
    warp, weft = (x * 3.1416).sine(), (y * 3.1416).sine()
    return surface.nodes.mix(over, abs(warp), abs(weft)).x, over


def _stripes(surface: Surface, place: Value, base: Any, colours: list[Colour]) -> Value:
    """Bands of other colours over a base along one coordinate."""
    tint = base
    for colour in colours:
        position = (place * surface.draw.uniform(1.5, 5) + surface.draw.uniform(0, 1)).fraction()
        width = surface.draw.uniform(0.06, 0.35)
        tint = surface.nodes.mix(position.step(width + 0.01, width) * 0.75, tint, colour)
    return tint


def _finish_cloth(surface: Surface, tint: Any, height: Value, colour: Colour, relief: float) -> Any:
    fuzz = surface.noise(170, detail=1)
    deep = surface.nodes.mix((1.0 - height) * 0.75, tint, scaled(colour, 0.06))
    surface.set(
        Base_Color=surface.nodes.mix(fuzz * 0.35, deep, mixed(colour, (0.8, 0.8, 0.8), 0.25)),
        Roughness=0.9,
        Sheen_Weight=surface.draw.uniform(0.05, 0.5),
        Sheen_Roughness=0.4,
    )
    surface.bump(height, 0.8 * relief, 0.01)
    return surface.finish(colour)


def _place(surface: Surface) -> tuple[Value, Value]:
    wobble = surface.noise(20, detail=1, colour=True) * 0.006
    place = surface.flat + wobble
    return place.x, place.y


def weave(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Plain weave, from sackcloth to shirt; two yarns of different colours by chance."""
    colour = colour or draw.colour()
    surface = Surface("weave", draw, size=size, coordinates=coordinates)
    x, y = _place(surface)
    height, over = _yarn(surface, x, y, draw.log_uniform(35, 110))
    other = draw.choice((colour, mixed(colour, (1, 1, 1), 0.4), draw.colour()))
    return _finish_cloth(surface, surface.nodes.mix(over, colour, other), height, colour, draw.uniform(0.4, 0.9))


def plaid(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Tartan or checks: stripes both ways in a fine weave."""
    colour = colour or draw.colour()
    surface = Surface("plaid", draw, size=size, coordinates=coordinates)
    x, y = _place(surface)
    height, over = _yarn(surface, x, y, draw.uniform(60, 120))
    colours = [draw.colour() for _ in range(draw.integer(2, 3))]
    tint = surface.nodes.mix(over, _stripes(surface, x, colour, colours), _stripes(surface, y, colour, colours))
    return _finish_cloth(surface, tint, height, colour, 0.5)


def denim(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Twill: diagonal ridges, dyed yarn over white."""
    colour = colour or draw.choice(((0.03, 0.06, 0.16), (0.015, 0.02, 0.04), (0.12, 0.2, 0.33), draw.colour()))
    surface = Surface("denim", draw, size=size, coordinates=coordinates)
    x, y = _place(surface)
    threads = draw.uniform(45, 90)
    ridges = abs(((x + y * 0.6) * (threads * 2.2)).sine())
    yarn = abs((x * (threads * 3.1416)).sine())
    worn = surface.noise(3, detail=3).step(0.4, 0.8)
    height = ridges * 0.7 + yarn * 0.3
    white = mixed(colour, (0.7, 0.72, 0.75), 0.65)
    tint = surface.nodes.mix(ridges.step(0.5, 0.0) * 0.8 + worn * 0.15, colour, white)
    return _finish_cloth(surface, tint, height, colour, 0.6)


def knit(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Stockinette: columns of V-shaped stitches, striped by chance."""
    colour = colour or draw.colour()
    surface = Surface("knit", draw, size=size, coordinates=coordinates)
    x, y = _place(surface)
    stitches = draw.log_uniform(14, 40)
    side = (x * stitches).ping_pong(0.5)
    loops = ((y * stitches * 1.2 + side * 1.4) * 6.2832).sine() * 0.5 + 0.5
    round_yarn = (side * (0.5 - side) * 16.0).minimum(1.0)
    strands = abs(((y * 3 + x * 5) * stitches * 6).sine())
    height = loops * 0.5 + round_yarn * 0.4 + strands * 0.1
    striped = draw.chance(0.5)
    tint = (
        _stripes(surface, y, colour, [draw.colour(), draw.colour()])
        if striped
        else surface.nodes.mix(0.0, colour, colour)
    )
    return _finish_cloth(surface, tint, height, colour, 0.9)


def velvet(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Velvet or felt: short pile that is bright at the edges, brushed this way and that."""
    colour = colour or draw.colour()
    surface = Surface("velvet", draw, size=size, coordinates=coordinates)
    brushed = surface.noise(5, detail=3, roughness=0.6)
    pile = surface.noise(200, detail=1, roughness=0.7)
    surface.set(
        Base_Color=surface.nodes.mix(brushed.between(0, 0.7) + pile * 0.3, scaled(colour, 0.25), colour),
        Roughness=1.0,
        Sheen_Weight=1.0,
        Sheen_Roughness=0.3,
        Sheen_Tint=mixed(colour, (1, 1, 1), 0.5),
    )
    surface.bump(pile, 0.3, 0.01)
    return surface.finish(scaled(colour, 0.7))
