"""Stone, concrete, plaster, marble, asphalt, soil, sand, snow."""

from typing import Any

from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.nodes import Value


def _layers(surface: Surface, scale: float) -> tuple[Value, Value]:
    """Patterns at three sizes in one, the finest at forty times the frequency of the broadest, and their relief, from
    the two finer ones alone: a bump asks for its height three times.
    """
    broad = surface.noise(scale, detail=3, roughness=0.6, distortion=surface.draw.choice((0.0, 0.0, 1.5)))
    middle = surface.noise(scale * surface.draw.uniform(5, 9), detail=2, ridged=surface.draw.chance(0.4))
    fine = surface.noise(scale * surface.draw.uniform(30, 50), detail=1, roughness=0.7)
    finer = middle.minimum(1.0) * 0.25 + fine * 0.3
    return broad * 0.45 + finer, finer


def _cracks(surface: Surface, scale: float, width: float) -> Value:
    """1 in branching cracks, else 0."""
    warped = surface.position + surface.noise(scale * 2, detail=2, colour=True) * (0.7 / scale)
    lines = surface.nodes.voronoi(warped, scale, feature="DISTANCE_TO_EDGE").step(width, 0.0)
    return lines * surface.noise(scale * 0.7, detail=1).step(0.45, 0.55)


def stone(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Rough natural stone with cracks and lichen."""
    colour = colour or hsv(draw.uniform(0.03, 0.14), draw.uniform(0.05, 0.3), draw.uniform(0.35, 0.75))
    surface = Surface("stone", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    layers, relief = _layers(surface, draw.uniform(1.2, 2.5))
    cracks = _cracks(surface, draw.uniform(2, 4), 0.04)
    tint = nodes.ramp(
        layers, [(0.3, scaled(colour, 0.35)), (0.52, colour), (0.72, mixed(colour, (0.8, 0.8, 0.75), 0.4))]
    )
    lichen = surface.noise(6, detail=4, roughness=0.72).step(0.6, 0.64) * draw.choice((0.0, 0.0, 0.7))
    tint = nodes.mix(lichen, tint, hsv(draw.uniform(0.1, 0.25), 0.5, 0.6))
    surface.set(Base_Color=nodes.mix(cracks, tint, scaled(colour, 0.1)), Roughness=layers.between(0.6, 1.0))
    surface.bump(relief, 0.8, 0.04)
    return surface.finish(colour)


def concrete(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Cast concrete: pores, stains, hair cracks."""
    colour = colour or hsv(0.1, draw.uniform(0.02, 0.12), draw.uniform(0.45, 0.75))
    surface = Surface("concrete", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    layers, relief = _layers(surface, draw.uniform(0.7, 1.5))
    pores = nodes.voronoi(surface.position, draw.uniform(14, 24)).step(0.17, 0.1)
    pores = pores * surface.noise(3, detail=1).step(0.4, 0.6)
    cracks = _cracks(surface, draw.uniform(0.6, 1.2), 0.008)
    tint = nodes.ramp(layers, [(0.3, scaled(colour, 0.55)), (0.65, scaled(colour, 1.1))])
    surface.set(
        Base_Color=nodes.mix(cracks.maximum(pores) * 0.8, tint, scaled(colour, 0.12)),
        Roughness=layers.between(0.5, 1.0),
    )
    surface.bump(relief * 0.4 - pores, 0.5, 0.01)
    return surface.finish(colour)


def plaster(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Painted plaster with trowel marks; old coats show through by chance."""
    colour = colour or draw.colour()
    surface = Surface("plaster", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    trowel = surface.noise(draw.uniform(5, 12), detail=3, distortion=draw.uniform(0, 2))
    grain = surface.noise(110, detail=1)
    dirt = surface.noise(1.2, detail=4, roughness=0.65).step(0.4, 0.8)
    tint = nodes.mix(dirt * 0.45, nodes.mix(trowel * 0.35, colour, mixed(colour, (1, 1, 1), 0.3)), scaled(colour, 0.45))
    flaked = surface.noise(1.6, detail=5, roughness=0.62).step(0.6, 0.61) * draw.choice((0.0, 0.0, 1.0))
    tint = nodes.mix(flaked, tint, nodes.mix(grain, (0.42, 0.38, 0.33), (0.6, 0.56, 0.5)))
    surface.set(Base_Color=tint, Roughness=0.8)
    surface.bump(trowel * 0.5 + grain * 0.25, draw.uniform(0.3, 0.7), 0.01)
    return surface.finish(colour)


def marble(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Polished marble with veins at two sizes."""
    colour = colour or draw.choice(((0.85, 0.83, 0.8), (0.03, 0.03, 0.035), (0.1, 0.2, 0.14), (0.5, 0.22, 0.17)))
    vein = scaled(colour, 0.25) if sum(colour) > 0.6 else (0.7, 0.66, 0.58)
    surface = Surface("marble", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    broad = abs(surface.noise(draw.uniform(0.8, 1.6), detail=4, distortion=1.5) - 0.5).step(0.045, 0.0)
    fine = abs(surface.noise(draw.uniform(3, 6), detail=4, distortion=2.0) - 0.5).step(0.02, 0.0)
    cloud = surface.noise(1.5, detail=4).step(0.3, 0.7)
    tint = nodes.mix(cloud * 0.35, colour, mixed(colour, vein, 0.4))
    surface.set(
        Base_Color=nodes.mix((broad * 0.7).maximum(fine * 0.5), tint, vein),
        Roughness=surface.noise(12, detail=2).between(0.02, draw.uniform(0.15, 0.5)),
    )
    return surface.finish(colour)


def asphalt(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Asphalt: grit in bitumen, cracks, wet patches by chance."""
    colour = colour or (0.06, 0.06, 0.062)
    surface = Surface("asphalt", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    grit = nodes.voronoi(surface.position, 60)
    stones = nodes.voronoi(surface.position, 60, output="Color").x
    stains = surface.noise(0.8, detail=4, roughness=0.62)
    cracks = _cracks(surface, 0.9, 0.015)
    wet = stains.step(0.52, 0.56) * draw.choice((0.0, 0.0, 1.0))
    tint = nodes.mix(stones.step(0.5, 1.0), scaled(colour, 0.4), scaled(colour, 2.6))
    tint = nodes.mix(stains.step(0.3, 0.7) * 0.5, tint, scaled(colour, 0.5))
    tint = nodes.mix(cracks.maximum(wet * 0.7), tint, scaled(colour, 0.15))
    surface.set(Base_Color=tint, Roughness=wet.between(0.8, 0.03))
    surface.bump(1.0 - grit, wet.between(0.7, 0.02), 0.012)
    return surface.finish(colour)


def soil(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Earth with crumbs and pebbles."""
    colour = colour or hsv(draw.uniform(0.04, 0.1), draw.uniform(0.35, 0.65), draw.uniform(0.25, 0.5))
    surface = Surface("soil", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    layers, relief = _layers(surface, 2.5)
    cells = nodes.voronoi(surface.position, 28)
    pebbles = cells.step(0.32, 0.2) * nodes.voronoi(surface.position, 28, output="Color").y.step(0.7, 0.72)
    tint = nodes.ramp(layers, [(0.3, scaled(colour, 0.25)), (0.7, scaled(colour, 1.2))])
    surface.set(Base_Color=nodes.mix(pebbles * 0.8, tint, (0.3, 0.27, 0.23)), Roughness=0.95)
    surface.bump(relief * 0.8 + pebbles * 0.4, 1.0, 0.03)
    return surface.finish(colour)


def sand(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Sand in wind ripples, down to its grains."""
    colour = colour or hsv(draw.uniform(0.08, 0.12), draw.uniform(0.25, 0.5), draw.uniform(0.65, 0.85))
    surface = Surface("sand", draw, size=size, coordinates=coordinates)
    nodes = surface.nodes
    warped = surface.position + surface.noise(1.2, detail=1, colour=True) * 0.5
    ripples = nodes.wave(warped, draw.uniform(1.5, 4), distortion=2.0)
    grains = nodes.voronoi(surface.position, 240, output="Color").x
    tint = nodes.mix(grains, scaled(colour, 0.55), scaled(colour, 1.15))
    surface.set(Base_Color=nodes.mix(ripples * 0.3, tint, colour), Roughness=0.9)
    surface.bump(ripples * 0.8 + surface.noise(25, detail=1) * 0.2, 0.7, 0.03)
    return surface.finish(colour)


def snow(draw: Draw, colour: Colour | None = None, *, size: float = 1.0, coordinates: str = "Object") -> Any:
    """Snow with a crust and crystals that glint."""
    colour = colour or (0.87, 0.9, 0.94)
    surface = Surface("snow", draw, size=size, coordinates=coordinates)
    _, relief = _layers(surface, 3)
    glints = surface.nodes.voronoi(surface.position, 260, output="Color").x.step(0.985, 0.99)
    surface.set(Base_Color=colour, Roughness=glints.between(0.65, 0.08), Sheen_Weight=0.2)
    surface.bump(relief + glints * 0.4, 0.5, 0.03)
    return surface.finish(colour)
