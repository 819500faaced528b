"""Plastics, paints, ceramics, metals, glass and wax."""

from typing import Any

from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value

METALS: tuple[Colour, ...] = (
    (0.95, 0.64, 0.54),
    (1.0, 0.77, 0.34),
    (0.91, 0.92, 0.92),
    (0.56, 0.57, 0.58),
    (0.8, 0.79, 0.75),
    (0.55, 0.48, 0.4),
    (0.66, 0.6, 0.5),
)
"""Reflectances of copper, gold, silver, iron, aluminium, bronze, nickel."""


def _scratches(surface: Surface) -> Value:
    """Fine scratches: 1 in them, else 0."""
    nodes, draw = surface.nodes, surface.draw
    strength: Value | None = None
    for _ in range(2):
        turned = nodes.mapping(
            surface.position, rotation=(draw.angle(), draw.angle(), draw.angle()), scale=(1.2, 80, 1.2)
        )
        line = nodes.noise(turned, draw.uniform(1.5, 3), detail=1).step(0.67, 0.72)
        strength = line if strength is None else strength.maximum(line)
    assert strength is not None
    return strength


def plastic(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Moulded plastic, smooth to grained, with fine scratches and fingerprints."""
    colour = colour or draw.colour()
    surface = Surface("plastic", draw, size=size, coordinates=coordinates)
    prints = surface.noise(draw.uniform(5, 9), detail=2)
    scratches = _scratches(surface)
    surface.set(
        Base_Color=surface.nodes.mix(prints.between(0, 0.25), colour, scaled(colour, 0.6)),
        Roughness=prints.between(0, 0.22) + scratches.between(draw.uniform(0.08, 0.4), 0.5),
        Coat_Weight=draw.choice((0.0, 0.0, 0.4)),
    )
    grain = surface.noise(draw.uniform(60, 160), detail=1)
    surface.bump(grain, draw.uniform(0.1, 0.5), 0.005)
    return surface.finish(colour)


def rubber(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Dull rubber with dust in its pores."""
    colour = colour or scaled(draw.neutral(), 0.2)
    surface = Surface("rubber", draw, size=size, coordinates=coordinates)
    dust = surface.noise(7, detail=3, roughness=0.7).step(0.5, 0.8)
    pores = surface.nodes.voronoi(surface.position, 90)
    surface.set(
        Base_Color=surface.nodes.mix(dust * 0.35, colour, (0.35, 0.32, 0.28)), Roughness=dust.between(0.5, 0.85)
    )
    surface.bump(pores, 0.15, 0.004)
    return surface.finish(colour)


def paint(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Glossy paint with a clear coat, metallic flakes by chance."""
    colour = colour or draw.colour()
    surface = Surface("paint", draw, size=size, coordinates=coordinates)
    flakes = surface.nodes.voronoi(surface.position, 220, output="Color").x
    dirt = surface.noise(4, detail=4, roughness=0.68).step(0.52, 0.85)
    metallic = draw.chance(0.5)
    tint = surface.nodes.mix(flakes.between(0, 0.5 if metallic else 0.06), colour, mixed(colour, (1, 1, 1), 0.5))
    surface.set(
        Base_Color=surface.nodes.mix(dirt * draw.uniform(0, 0.4), tint, scaled(colour, 0.25)),
        Metallic=0.5 if metallic else 0.0,
        Roughness=dirt.between(draw.uniform(0.25, 0.45), 0.6),
        Coat_Weight=1.0,
        Coat_Roughness=dirt.between(0.02, 0.2),
    )
    surface.bump(surface.noise(30, detail=1), 0.03, 0.01)
    return surface.finish(colour)


def ceramic(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Glazed ceramic: speckled, crazed or in two glazes."""
    colour = colour or draw.colour()
    surface = Surface("ceramic", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    speckles = surface.noise(draw.uniform(50, 90), detail=1).step(0.66, 0.72)
    crazing = nodes.voronoi(surface.position, draw.uniform(12, 24), feature="DISTANCE_TO_EDGE").step(0.012, 0.0)
    second = nodes.noise(surface.position, 1.6, detail=4, roughness=0.65).step(0.48, 0.53)
    body = nodes.mix(second, colour, draw.colour()) if draw.chance(0.4) else colour
    marks = crazing * draw.choice((0.0, 0.5)) + speckles * draw.choice((0.0, 0.6, 0.9))
    surface.set(
        Base_Color=nodes.mix(marks.minimum(1.0), body, scaled(colour, 0.15)),
        Roughness=surface.noise(9).between(0.05, draw.uniform(0.15, 0.4)),
        Coat_Weight=0.7,
        Coat_Roughness=0.04,
    )
    surface.bump(surface.noise(14, detail=1), draw.uniform(0.03, 0.12), 0.01)
    return surface.finish(colour)


def wax(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Wax or soap: light goes some way into it. Dear: keep it small in the frame."""
    colour = colour or mixed(draw.colour(), (0.9, 0.85, 0.75), 0.5)
    surface = Surface("wax", draw, size=size, coordinates=coordinates)
    surface.set(
        Base_Color=surface.nodes.mix(surface.noise(6).between(0, 0.4), colour, scaled(colour, 0.7)),
        Subsurface_Weight=1.0,
        Subsurface_Radius=(1.0, 0.5, 0.25),
        Subsurface_Scale=0.05 * size,
        Roughness=surface.noise(20).between(0.25, 0.5),
    )
    surface.bump(surface.noise(25, detail=1), 0.15, 0.01)
    return surface.finish(colour)


def metal(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Polished to cast metal, with scratches, smudges and dents."""
    colour = colour or draw.choice(METALS)
    surface = Surface("metal", draw, size=size, coordinates=coordinates)
    smudges = surface.noise(draw.uniform(3, 8), detail=3, roughness=0.65)
    scratches = _scratches(surface)
    surface.set(
        Base_Color=surface.nodes.mix(smudges.between(0, 0.4), colour, scaled(colour, 0.5)),
        Metallic=1.0,
        Roughness=smudges.between(0.0, draw.uniform(0.15, 0.4)) + scratches.between(draw.uniform(0.04, 0.25), 0.35),
    )
    hammered = surface.nodes.voronoi(surface.position, draw.uniform(9, 20), feature="SMOOTH_F1")
    relief = hammered if draw.chance(0.25) else surface.noise(draw.uniform(30, 120), detail=1)
    surface.bump(relief, draw.uniform(0.03, 0.25), 0.006)
    return surface.finish(colour)


def brushed_metal(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Metal with fine parallel lines."""
    colour = colour or draw.choice(METALS)
    surface = Surface("brushed metal", draw, size=size, coordinates=coordinates)
    lines = surface.nodes.noise(surface.stretched(*draw.choice(((2, 2, 90), (90, 2, 2), (2, 90, 2)))), 3, detail=1)
    surface.set(Base_Color=colour, Metallic=1.0, Roughness=lines.between(0.12, 0.5), Anisotropic=draw.uniform(0.2, 0.8))
    surface.bump(lines, draw.uniform(0.06, 0.25), 0.003)
    return surface.finish(colour)


def rusty_metal(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Painted metal that flakes and rusts along irregular patches; `colour` is the paint."""
    colour = colour or draw.colour()
    surface = Surface("rusty metal", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    patches = surface.noise(draw.uniform(1.5, 3.5), detail=5, roughness=0.66)
    limit = draw.uniform(0.46, 0.6)
    rust, edge = patches.step(limit, limit + 0.02), patches.step(limit - 0.06, limit)
    grain = surface.noise(45, detail=2)
    rusty = nodes.ramp(grain, [(0.3, (0.03, 0.008, 0.003)), (0.55, (0.16, 0.045, 0.012)), (0.75, (0.35, 0.13, 0.04))])
    painted = nodes.mix(edge * 0.7, colour, scaled(colour, 0.4))
    surface.set(Base_Color=nodes.mix(rust, painted, rusty), Roughness=rust.between(draw.uniform(0.2, 0.45), 0.9))
    surface.bump(grain, rust * 0.5, 0.006)
    return surface.finish(colour)


def worn_paint(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Paint chipped and scratched down to bare metal."""
    colour = colour or draw.colour()
    surface = Surface("worn paint", draw, size=size, coordinates=coordinates)
    chips = (surface.noise(5, detail=4, roughness=0.75) + _scratches(surface) * 0.25).step(0.66, 0.68)
    dirt = surface.noise(2.5, detail=3).step(0.4, 0.8)
    painted = surface.nodes.mix(dirt * 0.4, colour, scaled(colour, 0.35))
    surface.set(
        Base_Color=surface.nodes.mix(chips, painted, draw.choice(METALS)),
        Metallic=chips,
        Roughness=dirt.between(0.25, 0.6),
    )
    surface.bump(surface.noise(60, detail=1), 0.15, 0.004)
    return surface.finish(colour)


def glass(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Clear or tinted glass, smooth, rippled or frosted. Dear: a few panes or vessels a shot."""
    tint = mixed((1, 1, 1), colour or hsv(draw.uniform(0, 1), 0.6, 0.95), draw.choice((0.03, 0.15, 0.6)))
    surface = Surface("glass", draw, size=size, coordinates=coordinates)
    frosted = draw.chance(0.15)
    surface.set(
        Base_Color=tint,
        Transmission_Weight=1.0,
        IOR=draw.uniform(1.38, 1.55),
        Roughness=draw.uniform(0.12, 0.3) if frosted else 0.0,
    )
    surface.bump(surface.noise(draw.log_uniform(2, 12), detail=1), draw.uniform(0.01, 0.12), 0.02)
    return surface.finish()
