"""What control rooms are full of: switches, keys, levers, racks with small lamps, bundles of cables."""

from typing import Any

import numpy as np

from uprez.blender.demo import geometry, lettering, materials
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.shot import Shot

_LABELS = ("NAV", "COM", "ENG", "FUEL", "LIFE", "AUX", "LOCK", "BUS A", "BUS B", "PUMP", "VENT")


def switches(shot: Shot, desk: Any) -> None:
    """Rows of lit keys, levers, knobs and labels on a desk's top."""
    draw = shot.draw
    caps = [
        materials.plastic(draw, colour, size=0.05) for colour in ((0.02, 0.02, 0.02), (0.5, 0.48, 0.44), draw.vivid())
    ]
    glows = [materials.emission(draw.vivid(), draw.log_uniform(2, 60)) for _ in range(4)]
    for glow in glows:
        glow.cycles.emission_sampling = "NONE"
    keys = [geometry.box(0.026, 0.026, 0.018, bevel=0.005) for _ in range(7)]
    knob = geometry.cylinder(0.02, 0.03, top=0.016, bevel=0.003, segments=24)
    chrome = materials.metal(draw, size=0.1)
    lever = geometry.lathe([(0.006, 0), (0.005, 0.03), (0.009, 0.045), (0.006, 0.055), (0, 0.056)], segments=16)
    for x in np.linspace(-1.45, 1.45, 9):
        for y in (-0.26, 0.02, 0.3):
            kind = draw.choice(("keys", "keys", "levers", "knobs"))
            for i, j in np.ndindex(7, 4):
                place = (x + (i - 3) * 0.036, y + (j - 1.5) * 0.05, 0.036)
                if kind == "keys":
                    material = draw.choice(glows) if draw.chance(0.2) else draw.choice(caps)
                    _part(shot, desk, draw.choice(keys).copy(), material, place)
                elif i % 2 == 0 and kind == "levers":
                    _part(shot, desk, lever, chrome, place, (draw.choice((-0.5, 0.5)), 0, draw.angle()))
                elif i % 2 == 0:
                    _part(shot, desk, knob, caps[0], place, (0, 0, draw.angle()))
            label = lettering.text(draw.choice(_LABELS), None, size=0.022, extrude=0.0004)
            _part(shot, desk, label, caps[1], (x, y + 0.11, 0.031))


def _part(shot: Shot, root: Any, data: Any, material: Any, place: Any, turn: Any = (0, 0, 0)) -> None:
    shot.add(data, material, location=place, rotation=turn).parent = root


def rack_material(shot: Shot) -> Any:
    """Dark fronts with grilles, and lamps in rows: green, amber, blue, most of them off."""
    draw = shot.draw
    surface = Surface("rack", draw)
    nodes = surface.nodes
    place = nodes.coordinates("Object")
    cell = nodes.combine(0.0, place.y / 0.02, place.z / 0.03)
    chance = nodes.out("TexWhiteNoise", "Color", Vector=cell.floor())
    dot = abs(cell.y.fraction() - 0.5).maximum(abs(cell.z.fraction() - 0.5) * 1.4).step(0.16, 0.1)
    lit = dot * chance.x.greater_than(draw.uniform(0.84, 0.97)) * nodes.attribute("random").greater_than(0.3)
    colours = [(0.0, (0.1, 1.0, 0.2)), (0.55, draw.vivid()), (0.8, (1.0, 0.45, 0.05)), (0.95, (0.1, 0.4, 1.0))]
    holes = nodes.voronoi(nodes.combine(0.0, place.y * 90.0, place.z * 90.0), 1.0, randomness=0.0).step(0.3, 0.36)
    tone = nodes.attribute("random").between(0.01, 0.06)
    surface.set(
        Base_Color=nodes.combine(tone, tone, tone) * holes.between(0.15, 1.0),
        Roughness=0.35,
        Metallic=0.6,
        Emission_Color=nodes.ramp(chance.y, colours, "CONSTANT"),
        Emission_Strength=lit * chance.z.between(0.5, draw.log_uniform(15, 120)),
    )
    surface.bump(holes, 0.4, 0.01)
    material = surface.finish((0.02, 0.02, 0.02))
    material.cycles.emission_sampling = "NONE"
    return material


def cables(shot: Shot) -> None:
    """Bundles of patch cables in front of the racks and on trays under the ceiling."""
    draw = shot.draw
    for colour in (draw.vivid(), draw.vivid(), (0.02, 0.02, 0.02)):
        lines: list[Any] = []
        for _ in range(26):
            side, y = draw.choice((-1, 1)), draw.uniform(0, 16)
            start, end = (
                (side * 0.86, y, draw.uniform(0.3, 2.2)),
                (side * 0.86, y + draw.uniform(0.1, 0.6), draw.uniform(0.3, 2.2)),
            )
            bow = (side * 0.78, (start[1] + end[1]) / 2, min(start[2], end[2]) - draw.uniform(0.0, 0.2))
            lines.append(geometry.spline(np.array([start, bow, end]), 20))
        lines += [
            [(draw.uniform(-0.5, 0.5), -3, 2.7 + draw.uniform(0, 0.1)), (draw.uniform(-0.5, 0.5), 28, 2.75)]
            for _ in range(8)
        ]
        shot.add(geometry.tubes(lines, 0.006, sides=6), materials.plastic(draw, colour, size=0.1))
