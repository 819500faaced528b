"""Built animals: stitched bears and feathered owls; each stands on z = 0 and looks to -y."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, scatter, structures
from uprez.blender.demo.colours import Colour, hsv, mixed, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.puppets import add_part
from uprez.blender.demo.shot import Shot


def bear(shot: Shot, location: tuple[float, float, float], heading: float) -> Any:
    """A sewn bear of about 0.8 units with button eyes, seams and a ribbon."""
    draw = shot.draw
    plush = draw.choice((materials.velvet, materials.knit, materials.weave))
    tone = draw.choice((hsv(0.08, 0.55, 0.6), hsv(0.07, 0.3, 0.8), draw.colour()))
    fur, pale = plush(draw, tone, size=0.4), plush(draw, mixed(tone, (0.9, 0.85, 0.75), 0.6), size=0.3)
    ball = geometry.sphere(1.0, segments=48)
    root = shot.add(
        ball, fur, location=(location[0], location[1], location[2] + 0.25), rotation=(0, 0, heading), scale=1.0
    )
    root.scale = (0.2, 0.17, 0.25)
    base = shot.add(geometry.sphere(0.02, segments=8), fur, location=location, rotation=(0, 0, heading))
    root.parent, root.location, root.rotation_euler = base, (0, 0, 0.25), (0, 0, 0)
    plan: list[tuple[Any, Any, Any]] = [
        ((0, -0.02, 0.6), (0.18, 0.165, 0.16), fur),
        ((0, -0.15, 0.56), (0.08, 0.075, 0.06), pale),
        ((0, -0.13, 0.27), (0.13, 0.06, 0.16), pale),
    ]
    for side in (-1, 1):
        plan += [
            ((side * 0.14, 0, 0.74), (0.07, 0.035, 0.07), fur),
            ((side * 0.14, -0.02, 0.74), (0.045, 0.03, 0.045), pale),
            ((side * 0.22, -0.06, 0.33), (0.065, 0.08, 0.14), fur),
            ((side * 0.13, -0.2, 0.08), (0.075, 0.14, 0.075), fur),
            ((side * 0.13, -0.33, 0.09), (0.06, 0.02, 0.065), pale),
        ]
    for place, size, material in plan:
        add_part(shot, base, geometry.sphere(1.0, segments=40), material, place, size, (draw.gauss(0, 0.05), 0, 0))
    shiny = materials.plastic(draw, (0.01, 0.01, 0.012), size=0.1)
    for place, radius in (((-0.07, -0.165, 0.64), 0.026), ((0.07, -0.165, 0.64), 0.026), ((0, -0.225, 0.585), 0.03)):
        add_part(shot, base, ball, shiny, place, (radius, radius * 0.6, radius))
    _stitches(shot, base)
    return base


def _stitches(shot: Shot, base: Any) -> None:
    """Seams of thread over belly, head and muzzle."""
    t = np.linspace(-1.1, 1.1, 22)
    belly = np.stack([0 * t, -0.195 * np.cos(t * 0.8), 0.27 + 0.2 * np.sin(t)], -1)
    crown = np.stack([0 * t, -0.02 - 0.17 * np.cos(t + 0.9), 0.6 + 0.165 * np.sin(t + 0.9)], -1)
    threads = [
        structures.segment(p - (0.014, 0, 0.002), p + (0.014, 0, 0.002)) for line in (belly, crown) for p in line
    ]
    threads.append(np.array([(0, -0.225, 0.57), (0, -0.228, 0.54), (-0.03, -0.215, 0.525)]))
    add_part(
        shot, base, geometry.tubes(threads, 0.003, sides=6), materials.weave(shot.draw, (0.05, 0.03, 0.02), size=0.05)
    )


def owl(shot: Shot, location: tuple[float, float, float], heading: float) -> Any:
    """An owl of about 0.7 units, feathered all over, on its feet."""
    draw = shot.draw
    body = geometry.lathe(
        geometry.spline([(0, 0.02), (0.15, 0.08), (0.2, 0.24), (0.17, 0.42), (0.18, 0.55), (0.1, 0.68), (0, 0.7)], 60),
        segments=64,
    )
    tone = draw.choice((hsv(0.08, 0.5, 0.5), hsv(0.1, 0.15, 0.85), hsv(0.06, 0.6, 0.35), draw.colour()))
    down = materials.velvet(draw, tone, size=0.3)
    root = shot.add(body, down, location=location, rotation=(0, 0, heading))
    places, normals = scatter.on_surface(shot.scatter, body, 2600)
    swept = np.array((0, 0.25, -1.0))
    downward = swept - normals * (normals @ swept)[:, None]
    downward = downward / (np.linalg.norm(downward, axis=1, keepdims=True) + 1e-6) + normals * 0.28
    feather = _feather(draw)
    matrices = scatter.transforms(shot.scatter, places, size=(0.06, 0.1), up=downward, tilt=0.08)
    matrices[:, :3, :3] = _facing(downward, normals, np.linalg.norm(matrices[:, :3, 2], axis=1))
    coat = scatter.copies(shot.scatter, *feather, matrices)
    add_part(shot, root, coat, _plumage(draw, tone))
    _owl_face(shot, root, tone)
    horn = materials.plastic(draw, (0.12, 0.09, 0.04), size=0.1)
    beak = geometry.lathe(geometry.spline([(0.026, 0), (0.03, 0.03), (0.015, 0.07), (0, 0.085)], 16), segments=20)
    add_part(shot, root, beak, horn, (0, -0.2, 0.53), 1.0, (math.pi * 0.9, 0, 0))
    claws = [
        geometry.spline(np.array([(x, -0.06, 0.05), (x + dx, -0.13, 0.035), (x + dx * 1.3, -0.17, 0.0)]), 12)
        for x in (-0.08, 0.08)
        for dx in (-0.04, 0, 0.04)
    ]
    add_part(shot, root, geometry.tubes(claws, [np.linspace(0.022, 0.004, 12)] * 6, sides=10), horn)
    return root


def _owl_face(shot: Shot, root: Any, tone: Colour) -> None:
    """Discs of fine feathers round amber eyes."""
    draw = shot.draw
    down = materials.velvet(draw, mixed(tone, (0.9, 0.85, 0.8), 0.6), size=0.15)
    amber = materials.ceramic(draw, (0.9, 0.4, 0.02), size=0.1)
    pupil = materials.ceramic(draw, (0.004, 0.004, 0.005), size=0.1)
    profile = geometry.spline([(0, 0.0), (0.05, 0.004), (0.075, -0.008), (0.088, -0.04)], 20)
    for side in (-1, 1):
        disc, turn = geometry.lathe(profile, segments=48), (math.pi / 2, 0, side * 0.3)
        add_part(shot, root, disc, down, (side * 0.075, -0.185, 0.55), 1.0, turn)
        add_part(shot, root, geometry.sphere(0.05, segments=32), amber, (side * 0.075, -0.175, 0.55))
        add_part(shot, root, geometry.sphere(0.033, segments=32), pupil, (side * 0.08, -0.2, 0.55))


def _feather(draw: Draw) -> tuple[Any, Any]:
    """A feather along z of length 1, its front to y."""
    t, across = np.meshgrid(np.linspace(0, 1, 7), np.linspace(-1, 1, 5), indexing="ij")
    width = 0.28 * np.sin(np.pi * np.clip(t, 0.03, 0.97) ** draw.uniform(0.5, 0.8)) + 0.02
    points = np.stack([across * width, 0.22 * t**2 - 0.1 * np.abs(across) * width, t], -1)
    return points.reshape(-1, 3), geometry.grid_faces(7, 5)


def _facing(along: Any, normals: Any, size: Any) -> Any:
    """Rotations times sizes (n, 3, 3): z along the given vectors, y away from the surface."""
    z = along / np.linalg.norm(along, axis=1, keepdims=True)
    x = np.cross(normals, z)
    x /= np.linalg.norm(x, axis=1, keepdims=True) + 1e-9
    return np.stack([x, np.cross(z, x), z], -1) * size[:, None, None]


def _plumage(draw: Draw, tone: Colour) -> Any:
    """Barred feathers of different shades."""
    surface = Surface("plumage", draw, size=0.1)
    nodes = surface.nodes
    shade = nodes.attribute("random")
    bars = nodes.wave(
        surface.position + surface.noise(3, colour=True) * 0.5, draw.uniform(0.6, 1.6), direction="Z"
    ).step(0.45, 0.6)
    pale, dark = mixed(tone, (0.9, 0.85, 0.75), 0.5), scaled(tone, 0.25)
    tint = nodes.mix(shade, tone, pale)
    surface.set(Base_Color=nodes.mix(bars * draw.uniform(0.3, 0.9), tint, dark), Roughness=0.65, Sheen_Weight=0.4)
    surface.bump(nodes.noise(surface.stretched(12, 12, 1), 3, detail=2), 0.4, 0.02)
    return surface.finish(tone)
