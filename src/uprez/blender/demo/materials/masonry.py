"""Bricks, tiles, cobbles, ashlar: walls and floors in courses, in the plane of x and y of the coordinates."""

from typing import Any

from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value


def _courses(
    surface: Surface,
    colours: tuple[Colour, Colour, Colour],
    *,
    width: float,
    height: float,
    joint: float,
    offset: float,
) -> tuple[Value, Value]:
    """Colour, and 1 in the joints, of a brick bond; the third colour is the mortar's. Lengths in parts of the size."""
    edges = surface.noise(14, detail=1, colour=True) * (joint * 0.7)
    node = surface.nodes.add(
        "TexBrick",
        settings={"offset": offset},
        Vector=surface.flat + edges,
        Scale=1.0,
        Brick_Width=width,
        Row_Height=height,
        Mortar_Size=joint,
        Mortar_Smooth=0.3,
        Bias=surface.draw.uniform(-0.3, 0.3),
        Color1=colours[0],
        Color2=colours[1],
        Mortar=colours[2],
    )
    return Value(surface.nodes, node.outputs[0]), Value(surface.nodes, node.outputs[1])


def brick(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """A brick wall with about eight courses a unit of size; burnt, chipped, stained."""
    colour = colour or hsv(draw.uniform(0.0, 0.09), draw.uniform(0.3, 0.75), draw.uniform(0.35, 0.75))
    surface = Surface("brick", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    mortar = draw.choice(((0.5, 0.47, 0.42), (0.3, 0.28, 0.26), (0.08, 0.075, 0.07)))
    bond = draw.choice((0.5, 0.5, 0.33, 0.25))
    colours = (colour, scaled(colour, draw.uniform(0.35, 0.8)), mortar)
    tint, joints = _courses(surface, colours, width=0.26, height=0.085, joint=0.007, offset=bond)
    grain = surface.noise(70, detail=1, roughness=0.7)
    burnt = surface.noise(6, detail=3).step(0.45, 0.8)
    tint = nodes.mix(burnt * 0.6, tint, scaled(colour, 0.25))
    tint = nodes.mix(grain.between(0.0, 0.6), tint, scaled(colour, 0.4))
    lime = surface.noise(1.4, detail=4, roughness=0.65).step(0.55, 0.75) * draw.choice((0.0, 0.3, 0.5))
    surface.set(Base_Color=nodes.mix(lime, tint, (0.6, 0.57, 0.52)), Roughness=0.85)
    surface.bump(grain * 0.25 - joints, 0.9, 0.012)
    return surface.finish(scaled(colour, 0.7))


def tiles(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Glazed tiles, square, metro or herring-long, in two colours by chance."""
    colour = colour or draw.colour()
    surface = Surface("tiles", draw, size=size, coordinates=coordinates)
    width, height, offset = draw.choice(((0.15, 0.15, 0.0), (0.2, 0.1, 0.5), (0.09, 0.09, 0.0), (0.28, 0.07, 0.33)))
    second = draw.colour() if draw.chance(0.5) else scaled(colour, 0.85)
    grout = draw.choice(((0.6, 0.58, 0.54), (0.12, 0.12, 0.12), (0.35, 0.33, 0.3)))
    tint, joints = _courses(surface, (colour, second, grout), width=width, height=height, joint=0.004, offset=offset)
    glaze = surface.noise(18, detail=1)
    grime = surface.noise(1.8, detail=4, roughness=0.65).step(0.45, 0.8)
    tint = surface.nodes.mix(glaze.between(0, 0.3), tint, scaled(colour, 0.5))
    surface.set(
        Base_Color=surface.nodes.mix(grime * 0.35, tint, (0.1, 0.08, 0.06)),
        Roughness=grime.between(0.04, 0.3) + joints * 0.5,
    )
    surface.bump(glaze * 0.12 - joints, 0.6, 0.008)
    return surface.finish(mixed(colour, second, 0.5))


def cobble(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Rounded cobblestones with moss or sand between them."""
    colour = colour or hsv(draw.uniform(0.03, 0.12), draw.uniform(0.05, 0.25), draw.uniform(0.3, 0.65))
    surface = Surface("cobble", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    scale = draw.uniform(5, 8)
    randomness = draw.uniform(0.5, 0.9)
    edge = nodes.voronoi(surface.position, scale, feature="DISTANCE_TO_EDGE", randomness=randomness)
    shade = nodes.voronoi(surface.position, scale, output="Color", randomness=randomness).x
    grain = surface.noise(80, detail=2, roughness=0.7)
    gaps = edge.step(0.07, 0.03)
    between = draw.choice((hsv(0.25, 0.6, 0.3), (0.25, 0.2, 0.14), (0.03, 0.028, 0.025)))
    tint = nodes.mix(shade, scaled(colour, 0.5), scaled(colour, 1.2))
    tint = nodes.mix(grain * 0.6, tint, scaled(colour, 0.35))
    surface.set(Base_Color=nodes.mix(gaps, tint, between), Roughness=grain.between(0.3, 0.9) + gaps * 0.3)
    surface.bump(edge.step(0.0, 0.3), 0.9, 0.03)
    return surface.finish(scaled(colour, 0.8))
