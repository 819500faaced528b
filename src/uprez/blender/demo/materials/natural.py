"""Wood, bark, leaves, leather, skin, paper."""

from typing import Any

from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value

WOODS: tuple[tuple[Colour, Colour], ...] = (
    ((0.2, 0.09, 0.035), (0.42, 0.22, 0.09)),
    ((0.06, 0.025, 0.01), (0.19, 0.085, 0.033)),
    ((0.42, 0.26, 0.12), (0.68, 0.48, 0.28)),
    ((0.26, 0.17, 0.11), (0.45, 0.34, 0.24)),
    ((0.12, 0.1, 0.085), (0.32, 0.28, 0.23)),
)
"""Dark and light of mahogany, walnut, pine, oak, weathered grey."""


def wood(
    draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object", planks: bool = False
) -> Any:
    """Wood with rings, fibres and pores along x; in planks by request; varnished by chance. `colour` stains it."""
    dark, light = draw.choice(WOODS)
    if colour is not None:
        dark, light = scaled(colour, 0.4), colour
    surface = Surface("wood", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    along = surface.stretched(1, 9, 9)
    rings = nodes.wave(along, draw.uniform(0.25, 0.6), direction="Y", distortion=draw.uniform(4, 12))
    fibres = nodes.noise(surface.stretched(2, 60, 60), 2, detail=1)
    pores = nodes.noise(surface.stretched(5, 120, 120), 2, detail=1).step(0.62, 0.7)
    grain = rings * 0.55 + fibres * 0.45
    tint = nodes.mix(pores * 0.6, nodes.ramp(grain, [(0.2, dark), (0.8, light)]), scaled(dark, 0.4))
    height = fibres * 0.12 - pores * 0.4
    if planks:
        brick = nodes.add(
            "TexBrick",
            settings={"offset": draw.uniform(0.3, 0.6)},
            Vector=surface.flat,
            Scale=draw.uniform(0.8, 1.4),
            Brick_Width=draw.uniform(2, 4),
            Row_Height=draw.uniform(0.25, 0.45),
            Mortar_Size=0.006,
            Color1=(0.55, 0.55, 0.55),
            Color2=(1.2, 1.2, 1.2),
            Mortar=(0.04, 0.03, 0.03),
        )
        tint = nodes.mix(1.0, tint, brick, "MULTIPLY")
        height = height - Value(nodes, brick.outputs[1])
    surface.set(
        Base_Color=tint,
        Roughness=fibres.between(draw.uniform(0.15, 0.4), 0.7),
        Coat_Weight=draw.choice((0.0, 0.0, 0.6)),
        Coat_Roughness=draw.uniform(0.05, 0.25),
    )
    surface.bump(height, draw.uniform(0.25, 0.6), 0.006)
    return surface.finish(mixed(dark, light, 0.5))


def bark(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Furrowed bark along z, with lichen by chance."""
    colour = colour or hsv(draw.uniform(0.05, 0.1), draw.uniform(0.2, 0.5), draw.uniform(0.3, 0.6))
    surface = Surface("bark", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    furrows = nodes.voronoi(
        surface.stretched(7, 7, 1.6) + surface.noise(4, detail=1, colour=True) * 0.8, 1.4, feature="DISTANCE_TO_EDGE"
    ).step(0.0, 0.3)
    fine = nodes.noise(surface.stretched(4, 4, 1), 14, detail=2)
    tint = nodes.mix(furrows, scaled(colour, 0.12), nodes.mix(fine, scaled(colour, 0.5), colour))
    lichen = surface.noise(5, detail=4, roughness=0.7).step(0.58, 0.66) * draw.choice((0.0, 0.7))
    surface.set(Base_Color=nodes.mix(lichen, tint, hsv(0.2, 0.3, 0.6)), Roughness=0.9)
    surface.bump(furrows * 0.7 + fine * 0.3, 0.9, 0.03)
    return surface.finish(scaled(colour, 0.6))


def leaf(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """A leaf that light shines through. Uses the mesh attributes `random` (a number of 0 to 1 a leaf) and `across` (a
    vector: x from -1 to 1 across the leaf, y from 0 to 1 along it) where the mesh has them.
    """
    colour = colour or hsv(draw.uniform(0.2, 0.34), draw.uniform(0.6, 0.9), draw.uniform(0.35, 0.6))
    surface = Surface("leaf", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    place = nodes.attribute("across", "Vector")
    side = abs(place.x)
    veins = ((place.y - side * 0.35) * draw.uniform(5, 9)).fraction()
    lines = ((veins - 0.5) * (veins - 0.5)).step(0.012, 0.0) * 0.6
    lines = lines.maximum(side.step(0.07, 0.02))
    spots = surface.noise(40, detail=1)
    shade = nodes.ramp(
        nodes.attribute("random"),
        [(0.0, scaled(colour, 0.5)), (0.6, colour), (1.0, mixed(colour, (0.5, 0.4, 0.05), 0.35))],
    )
    tint = nodes.mix(
        lines * 0.5, nodes.mix(spots * 0.4, shade, scaled(colour, 0.4)), mixed(colour, (0.6, 0.7, 0.3), 0.6)
    )
    surface.set(Base_Color=tint, Roughness=spots.between(0.25, 0.6))
    surface.bump(1.0 - lines, 0.4, 0.01)
    through = nodes.add("BsdfTranslucent", Color=nodes.mix(0.5, tint, mixed(colour, (0.5, 0.6, 0.0), 0.4)))
    nodes.add("OutputMaterial", Surface=nodes.mix_shader(0.35, surface.principled, through))
    return surface.material


def leather(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Grained leather, worn lighter in places."""
    colour = colour or hsv(draw.uniform(0.0, 0.1), draw.uniform(0.4, 0.85), draw.uniform(0.15, 0.6))
    surface = Surface("leather", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    grain = nodes.voronoi(surface.position, draw.uniform(30, 55), feature="DISTANCE_TO_EDGE").step(0.0, 0.25)
    wear = surface.noise(3, detail=3, roughness=0.65).step(0.45, 0.8)
    tint = nodes.mix(grain, scaled(colour, 0.25), nodes.mix(wear * 0.5, colour, mixed(colour, (0.6, 0.45, 0.3), 0.5)))
    surface.set(Base_Color=tint, Roughness=wear.between(0.3, 0.65))
    surface.bump(grain, draw.uniform(0.3, 0.7), 0.006)
    return surface.finish(colour)


def skin(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Skin with pores, freckles and blotches; `size` is that of a head. Dear: subsurface scattering."""
    colour = colour or hsv(draw.uniform(0.04, 0.08), draw.uniform(0.35, 0.65), draw.uniform(0.3, 0.9))
    surface = Surface("skin", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    blotches = surface.noise(3.5, detail=3)
    freckles = nodes.voronoi(surface.position, 26, feature="SMOOTH_F1").step(0.28, 0.12) * draw.choice((0.0, 0.2, 0.5))
    pores = nodes.voronoi(surface.position, 75)
    tint = nodes.mix(blotches.step(0.35, 0.75) * 0.5, colour, mixed(colour, (0.6, 0.15, 0.1), 0.3))
    surface.set(
        Base_Color=nodes.mix(freckles, tint, scaled(colour, 0.4)),
        Subsurface_Weight=0.6,
        Subsurface_Radius=(1.0, 0.35, 0.2),
        Subsurface_Scale=0.04 * size,
        Roughness=blotches.between(0.3, 0.55),
    )
    surface.bump(pores, 0.15, 0.006)
    return surface.finish(colour)


def paper(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Paper or card: fibres, stains, a soft relief."""
    colour = colour or hsv(draw.uniform(0.08, 0.13), draw.uniform(0.03, 0.3), draw.uniform(0.75, 0.95))
    surface = Surface("paper", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    fibres = nodes.noise(surface.stretched(2, 6, 3), 45, detail=1, distortion=1.5)
    stains = surface.noise(2.2, detail=3, roughness=0.6).step(0.5, 0.8) * draw.uniform(0.1, 0.6)
    tint = nodes.mix(stains, nodes.mix(fibres.step(0.35, 0.7) * 0.4, colour, scaled(colour, 0.7)), scaled(colour, 0.55))
    surface.set(Base_Color=tint, Roughness=0.85)
    surface.bump(fibres, 0.4, 0.004)
    return surface.finish(colour)
