"""The camera: its place, lens, depth of field, and its move."""

import math
from collections.abc import Callable
from typing import Any

import bpy
from mathutils import Quaternion, Vector

from uprez.blender.demo.shot import Shot, Vector3, make_linear

_SENSOR = 0.036
"""Width in metres of a full-frame sensor."""
_HR_WIDTH = 1920
"""Pixels across, in which speeds of moves are meant."""

Range = tuple[float, float]


def place(
    shot: Shot,
    target: Vector3,
    *,
    width: float,
    azimuth: Range = (-2.2, -0.9),
    elevation: Range = (0.05, 0.5),
    lens: Range = (28.0, 85.0),
    blur: Range | None = (0.005, 0.05),
    roll: float = 0.03,
    floor: float = 0.08,
    move: bool = True,
) -> Any:
    """Make the shot's camera: it looks at `target` from a direction drawn from the ranges (radians; azimuth from x to
    y, so that -pi/2 sees a thing from -y), and sees `width` units across there.

    `lens` in mm on full frame. `blur` is the diameter of the blur disc of things at infinity in parts of the frame's
    width, None for a deep focus. `roll` is a deviation in radians. The camera stays above `floor`. With `move` it
    dollies, pans or orbits where the shot moves.
    """
    draw = shot.draw
    data = bpy.data.cameras.new("camera")
    data.sensor_width = _SENSOR * 1000
    data.lens = draw.log_uniform(*lens)
    distance = width * data.lens / data.sensor_width
    turn, rise = draw.uniform(*azimuth), draw.uniform(*elevation)
    offset = Vector((math.cos(turn) * math.cos(rise), math.sin(turn) * math.cos(rise), math.sin(rise))) * distance
    location = Vector(target) + offset
    location.z = max(location.z, floor)
    data.clip_start, data.clip_end = distance / 200, 5000
    if blur is not None:
        _focus(shot, data, (location - Vector(target)).length, draw.log_uniform(*blur))
    thing = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.scene.camera = thing
    angle = draw.gauss(0, roll)
    _look(thing, location, Vector(target), angle)
    if move and shot.moving:
        _animate(shot, thing, location, Vector(target), angle, width, floor)
    return thing


def _focus(shot: Shot, data: Any, distance: float, blur: float) -> None:
    data.dof.use_dof = True
    data.dof.focus_distance = distance * shot.draw.uniform(0.94, 1.0)
    focal_length = data.lens / 1000
    data.dof.aperture_fstop = max(focal_length**2 / (distance * _SENSOR * blur), 0.005)
    data.dof.aperture_blades = shot.draw.choice((0, 0, 6, 8))


def _look(thing: Any, location: Vector, target: Vector, roll: float) -> None:
    thing.location = location
    facing = (location - target).to_track_quat("Z", "Y") @ Quaternion((0, 0, 1), roll)
    thing.rotation_euler = facing.to_euler("XYZ", thing.rotation_euler)


def _animate(shot: Shot, thing: Any, location: Vector, target: Vector, roll: float, width: float, floor: float) -> None:
    """A move of 1 to 12 HR pixels a frame at the target, or less through the shutter of a still."""
    draw = shot.draw.branch("camera move")
    pixels = draw.log_uniform(1, 12) if shot.frames > 1 else draw.log_uniform(0.5, 12)
    path = _path(draw, location, target, width / _HR_WIDTH * pixels * draw.choice((-1.0, 1.0)))
    middle = (1 + shot.frames) / 2
    for frame in range(-1, shot.frames + 3):
        where, toward = path(frame - middle)
        where.z = max(where.z, floor)
        _look(thing, where, toward, roll)
        thing.keyframe_insert("location", frame=frame)
        thing.keyframe_insert("rotation_euler", frame=frame)
    make_linear(thing)
    _look(thing, location, target, roll)


def _path(draw: Any, location: Vector, target: Vector, speed: float) -> Callable[[float], tuple[Vector, Vector]]:
    """Where the camera is and looks after some frames: trucking, a dolly in, a pan, an orbit, a hand-held sway."""
    view = target - location
    side = view.cross(Vector((0, 0, 1))).normalized()
    kind = draw.choice(("truck", "dolly", "pan", "orbit", "hand held"))
    if kind == "truck":
        return lambda time: (location + side * speed * time, target + side * speed * time)
    if kind == "dolly":
        return lambda time: (location + view.normalized() * abs(speed) * 2.5 * time, target.copy())
    if kind == "pan":
        return lambda time: (location.copy(), target + side * speed * time)
    if kind == "orbit":
        turn = speed / view.length * 2.5
        return lambda time: (target + Quaternion((0, 0, 1), turn * time) @ (location - target), target.copy())
    first, second = draw.vector(1.0), draw.vector(1.0)
    sway = Vector(first) * speed * 0.6

    def hand_held(time: float) -> tuple[Vector, Vector]:
        shake = Vector(second) * speed * 0.5 * math.sin(time * 1.1)
        return location + sway * time, target + sway * time * 0.4 + shake

    return hand_held
