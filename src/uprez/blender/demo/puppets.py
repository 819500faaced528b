"""Puppets: stylised people in knitwear, with eyes, hair or caps, hands and scarves, in any gesture."""

import math
from typing import Any

import numpy as np

from uprez.blender.demo import geometry, materials, structures
from uprez.blender.demo.colours import Colour, scaled
from uprez.blender.demo.draw import Draw
from uprez.blender.demo.materials.surface import Surface
from uprez.blender.demo.shot import Shot

SKINS: tuple[Colour, ...] = (
    (0.75, 0.45, 0.33),
    (0.5, 0.27, 0.16),
    (0.2, 0.1, 0.055),
    (0.85, 0.6, 0.48),
    (0.62, 0.36, 0.24),
)
HAIRS: tuple[Colour, ...] = (
    (0.015, 0.01, 0.008),
    (0.1, 0.045, 0.015),
    (0.4, 0.22, 0.07),
    (0.35, 0.07, 0.02),
    (0.5, 0.5, 0.5),
)


def eye_material(draw: Draw) -> Any:
    """An eyeball that looks to -y of its own object of radius 1: pupil, iris with fibres, veins, a wet coat."""
    surface = Surface("eye", draw)
    nodes = surface.nodes
    place = nodes.coordinates("Object")
    distance = nodes.math("SQRT", place.x * place.x + place.z * place.z)
    angle = nodes.math("ARCTAN2", place.x, place.z)
    fibres = nodes.noise(nodes.combine(angle * 6.0, distance * 3.0, 0.0), 2.5, detail=3)
    colour = draw.choice(((0.05, 0.16, 0.4), (0.1, 0.3, 0.1), (0.2, 0.09, 0.03), (0.35, 0.2, 0.03)))
    radius = draw.uniform(0.45, 0.6)
    iris = nodes.mix(fibres, scaled(colour, 0.2), scaled(colour, 2.2))
    veins = nodes.noise(place, 4.0, ridged=True, detail=3).step(0.75, 1.0) * 0.4
    white = nodes.mix(veins, (0.8, 0.78, 0.75), (0.6, 0.15, 0.1))
    tint = nodes.mix(distance.step(radius - 0.03, radius), iris, white)
    tint = nodes.mix(distance.step(radius * 0.5, radius * 0.45), tint, (0.003, 0.003, 0.004))
    surface.set(Base_Color=tint, Roughness=0.1, Coat_Weight=1.0, Coat_Roughness=0.02)
    return surface.finish()


def add_part(
    shot: Shot,
    root: Any,
    data: Any,
    material: Any,
    location: Any = (0, 0, 0),
    scale: Any = 1.0,
    rotation: Any = (0, 0, 0),
) -> Any:
    """A part of a figure, placed in the space of its root."""
    thing = shot.add(data, material, location=location, rotation=rotation, scale=scale)
    thing.parent = root
    return thing


def _eyes(shot: Shot, head: Any, spread: float, place: tuple[float, float], radius: float, lid: Any) -> None:
    """Eyeballs and upper lids at (+-spread, *place) of a head."""
    draw = shot.draw
    ball, white = geometry.sphere(1.0, segments=40), eye_material(draw)
    glance, droop = (draw.gauss(0, 0.1), 0.0, draw.gauss(0, 0.2)), draw.uniform(-0.2, 0.5)
    angle = np.linspace(0, np.pi / 2, 14)
    cap = geometry.lathe(np.stack([np.sin(angle), np.cos(angle)], -1), segments=40)
    for side in (-1, 1):
        location = (side * spread, *place)
        shot.add(ball, white, location=location, rotation=glance, scale=radius).parent = head
        tilt = (droop - 0.5, side * 0.12, 0.0)
        shot.add(cap, lid, location=location, rotation=tilt, scale=radius * 1.1).parent = head


def puppet(shot: Shot, location: tuple[float, float, float], heading: float) -> Any:
    """A stylised person of about 1.2 units in a knitted jumper, with scarf, cap or hair; its root object."""
    draw = shot.draw
    skin, cloth = materials.skin(draw, draw.choice(SKINS), size=0.5), materials.CLOTH
    root = shot.add(
        _torso(draw),
        draw.choice((materials.knit, materials.plaid, materials.weave))(draw, size=0.4, coordinates="UV"),
        location=location,
        rotation=(0, 0, heading),
    )
    trousers = draw.choice(cloth)(draw, size=0.4, coordinates="UV")
    legs = [structures.segment((x, 0, 0.04), (x * 0.9, 0, 0.42)) for x in (-0.09, 0.09)]
    add_part(shot, root, geometry.tubes(legs, 0.085, sides=20), trousers)
    shoe, leather = geometry.sphere(1.0, segments=28), materials.leather(draw, size=0.3)
    for x in (-0.1, 0.1):
        add_part(shot, root, shoe, leather, (x, -0.05, 0.05), (0.075, 0.14, 0.06))
    _arms(shot, root, skin)
    head = _head(shot, root, skin)
    _headwear(shot, head)
    if draw.chance(0.7):
        _scarf(shot, root)
    return root


def _torso(draw: Draw) -> Any:
    """A jumper with folds, its hem at 0.34 and its collar at 0.82."""
    width = draw.uniform(0.19, 0.25)
    outline = geometry.spline(
        [(width * 0.9, 0.34), (width * 1.06, 0.37), (width, 0.5), (width * 0.95, 0.65), (0.14, 0.78), (0.08, 0.82)], 90
    )
    folds = geometry.fractal(draw, 128, exponent=2.2)[:96, :90] * 0.035

    def cloth(u: Any, v: Any) -> Any:
        row = (v[0] * 89).astype(int)
        angle = u * 2 * np.pi
        radius = outline[row, 0][None] + folds * np.sin(u * np.pi) ** 0.5
        return np.cos(angle) * radius, np.sin(angle) * radius * 0.78, np.broadcast_to(outline[row, 1][None], u.shape)

    return geometry.surface(cloth, 96, 90)


def _arms(shot: Shot, root: Any, skin: Any) -> None:
    """Sleeves in any gesture, and hands with four fingers."""
    draw = shot.draw
    sleeve = root.data.materials[0]
    for side in (-1, 1):
        lift = draw.uniform(-0.9, 0.7)
        shoulder = np.array((side * 0.16, 0, 0.72))
        elbow = shoulder + np.array((side * 0.19 * math.cos(lift), -0.03, 0.19 * math.sin(lift)))
        bend = draw.uniform(-0.9, 1.1)
        hand = elbow + 0.19 * np.array((side * 0.5 * math.cos(bend), -0.6, math.sin(bend)))
        line = geometry.spline(np.array([shoulder, elbow, hand]), 40)
        bulge = 0.06 + 0.006 * np.sin(np.arange(40) * 1.9) + 0.012 * (np.arange(40) > 36)
        add_part(shot, root, geometry.tubes([line], [bulge], sides=24), sleeve)
        forward = (hand - elbow) / np.linalg.norm(hand - elbow)
        palm = hand + forward * 0.035
        add_part(shot, root, geometry.sphere(1.0, segments=24), skin, tuple(palm), (0.05, 0.05, 0.04))
        across = np.cross(forward, (0, 0, 1.0))
        across /= np.linalg.norm(across)
        fingers = [geometry.spline(np.array([palm + across * s, palm + across * s * 1.3 + forward * 0.06,
                                             palm + across * s * 1.35 + forward * 0.1 - (0, 0, 0.025)]), 12)
                   for s in (-0.035, -0.012, 0.012, 0.035)]  # fmt: skip
        taper = 0.017 * np.sqrt(np.clip(1 - (np.arange(12) / 11.01) ** 6, 0.02, 1))
        add_part(shot, root, geometry.tubes(fingers, [taper] * 4, sides=12), skin)


def _head(shot: Shot, root: Any, skin: Any) -> Any:
    """A head of about 0.44 across, with eyes, ears, nose, mouth and brows."""
    draw = shot.draw
    wide = draw.uniform(0.86, 1.05)
    pose = (draw.gauss(0, 0.1), draw.gauss(0, 0.12), draw.gauss(0, 0.25))
    head = add_part(shot, root, _skull(draw, wide), skin, (0, -0.01, 1.02), 0.23, pose)
    spread, height = draw.uniform(0.3, 0.38), draw.uniform(0.0, 0.15)
    _eyes(shot, head, spread, (-0.82, height), draw.uniform(0.19, 0.27), skin)
    nose = (draw.uniform(0.09, 0.16), draw.uniform(0.12, 0.3), draw.uniform(0.1, 0.18))
    add_part(shot, head, geometry.sphere(1.0, segments=28), skin, (0, -1.0, height - 0.3), nose)
    for side in (-1, 1):
        ear, turn = geometry.torus(0.13, 0.055, segments=28, tube_segments=12), (0, math.pi / 2, side * 0.35)
        add_part(shot, head, ear, skin, (side * wide, 0.02, height - 0.12), (1.2, 0.8, 1), turn)
    _mimic(shot, head, spread, height)
    return head


def _skull(draw: Draw, wide: float) -> Any:
    """A ball with a jaw and cheeks."""
    shape = geometry.sphere(1.0, segments=72)
    flat = np.empty(len(shape.vertices) * 3, np.float32)
    shape.vertices.foreach_get("co", flat)
    points = flat.reshape(-1, 3)
    jaw, tall = draw.uniform(0.65, 0.95), draw.uniform(0.95, 1.15)
    low = np.clip(-points[:, 2], 0, 1)
    points[:, 0] *= wide * (1 - low * (1 - jaw))
    points[:, 2] *= tall
    distance = (np.abs(points[:, 0]) - 0.45) ** 2 + (points[:, 2] + 0.25) ** 2
    points[:, 1] -= 0.08 * np.exp(-distance / 0.06) * (points[:, 1] < 0)
    shape.vertices.foreach_set("co", points.ravel())
    return shape


def _mimic(shot: Shot, head: Any, spread: float, height: float) -> None:
    """Mouth and brows of a mood."""
    draw = shot.draw
    t = np.linspace(-1, 1, 20)
    smile = draw.uniform(-0.06, 0.14)
    depth = -np.sqrt(np.clip(0.7 - (t * 0.3) ** 2, 0, 1)) * 1.03
    mouth = np.stack([t * 0.27, depth, -0.56 + smile * t**2], -1)
    lips = materials.skin(draw, (0.45, 0.12, 0.1), size=0.3)
    add_part(shot, head, geometry.tubes([mouth], [0.008 + 0.03 * (1 - t**2)], sides=10), lips)
    brow = materials.velvet(draw, draw.choice(HAIRS), size=0.2)
    arch, mood = draw.uniform(0.02, 0.09), draw.gauss(0, 0.06)
    rise = height + 0.37 + arch * (1 - t**2) + mood * t
    for side in (-1, 1):
        line = np.stack([side * (spread + t * 0.2), -0.86 + 0.08 * t**2, rise], -1)
        add_part(shot, head, geometry.tubes([line], [0.045 * (1.05 - t**2) ** 0.5], sides=10), brow)


def _headwear(shot: Shot, head: Any) -> None:
    """A knitted cap with a bobble, or hair in clumps."""
    draw = shot.draw
    if draw.chance(0.45):
        wool = materials.knit(draw, size=1.2)
        dome = geometry.lathe(
            geometry.spline([(1.06, 0.32), (1.1, 0.36), (1.12, 0.55), (0.95, 0.95), (0.5, 1.25), (0, 1.35)], 40),
            segments=64,
        )
        add_part(shot, head, dome, wool, (0, 0.06, 0))
        add_part(shot, head, geometry.torus(1.08, 0.13), materials.knit(draw, size=0.8), (0, 0.06, 0.4))
        add_part(shot, head, geometry.ico_sphere(0.25), materials.velvet(draw, size=0.5), (0, 0.06, 1.45))
        return
    lines, radii = [], []
    t = np.linspace(0, 1, 14)[:, None]
    sweep = np.array((draw.gauss(0, 0.25), draw.uniform(0.1, 0.5), -draw.uniform(0.2, 0.9)))
    length = draw.uniform(0.3, 0.8)
    for direction in draw.array.normal(0, 1, (700, 3)):
        out = direction / np.linalg.norm(direction)
        if out[2] < 0.25 - 0.75 * (out[1] + 0.6) or out[2] < -0.35:
            continue
        line = out * 0.97 + length * t * out * 0.6 + sweep * length * t**2 + draw.array.normal(0, 0.05, 3) * t
        lines.append(line * (1.0, 1.0, 1.06))
        radii.append(0.085 * (1 - t[:, 0] ** 1.6) + 0.004)
    hair = (
        materials.brushed_metal(draw, draw.choice(HAIRS), size=1.0)
        if draw.chance(0.15)
        else materials.plastic(draw, draw.choice(HAIRS), size=0.5)
    )
    add_part(shot, head, geometry.tubes(lines, radii, sides=7), hair)


def _scarf(shot: Shot, root: Any) -> None:
    """A scarf wound round the neck, one end hanging."""
    draw = shot.draw
    wool = draw.choice((materials.knit, materials.plaid))(draw, size=0.25)
    turn = np.linspace(0, 4.4 * np.pi, 120)
    radius = 0.125 + 0.012 * np.sin(turn * 2.3)
    line = np.stack([np.cos(turn) * radius, np.sin(turn) * radius, 0.8 + 0.016 * turn / np.pi], -1)
    add_part(shot, root, geometry.tubes([line], 0.042, sides=16), wool)

    def hang(u: Any, v: Any) -> Any:
        return 0.07 + (u - 0.5) * 0.1, -0.17 - 0.03 * np.sin(u * 6 + v * 4) - 0.05 * v, 0.8 - 0.3 * v

    add_part(shot, root, geometry.surface(hang, 20, 40), wool)
