"""Patterns cut in stone: heights of 0 to about 1 over places x, y in units."""

import math

import numpy as np

from uprez.blender.demo.draw import Draw
from uprez.blender.demo.geometry import Array


def rosettes(draw: Draw, x: Array, y: Array) -> Array:
    """Flowers in square panels with beaded borders."""
    pitch, petals = draw.uniform(0.6, 1.1), draw.integer(5, 12)
    cx, cy = (x / pitch) % 1 - 0.5, (y / pitch) % 1 - 0.5
    radius, turn = np.hypot(cx, cy), np.arctan2(cy, cx)
    petal = np.clip(1 - np.abs(radius - 0.2) / (0.17 * (0.35 + 0.65 * np.abs(np.cos(turn * petals / 2)))), 0, 1) ** 0.6
    heart = np.sqrt(np.clip(1 - (radius / 0.08) ** 2, 0, 1))
    border = np.maximum(np.abs(cx), np.abs(cy))
    frame = np.clip(1 - np.abs(border - 0.46) / 0.03, 0, 1) ** 0.5
    beads = np.clip(np.cos(cx * 88) * np.cos(cy * 88), 0, 1) * (np.abs(border - 0.41) < 0.018)
    return np.maximum.reduce([petal * 0.8, heart, frame, beads * 0.5])


def interlace(draw: Draw, x: Array, y: Array) -> Array:
    """Ribbons that pass over and under each other, with grooves along them."""
    pitch, swing = draw.uniform(0.45, 0.8), draw.uniform(0.15, 0.3)
    height = np.zeros_like(x)
    for phase in (0.0, math.pi):
        for along, across in ((x, y), (y, x)):
            offset = (across / pitch + swing * np.sin(along / pitch * math.pi + phase)) % 1 - 0.5
            over = 0.5 + 0.5 * np.sin(along / pitch * math.pi + phase + math.pi / 2)
            band = np.clip(1 - (np.abs(offset) / 0.17) ** 4, 0, 1) * (0.55 + 0.45 * over)
            height = np.maximum(height, band - 0.12 * (np.abs(np.abs(offset) - 0.07) < 0.02))
    return height


def scrolls(draw: Draw, x: Array, y: Array) -> Array:
    """Running spirals between bands of a meander."""
    pitch = draw.uniform(0.7, 1.1)
    cx, cy = (x / pitch) % 1 - 0.5, (y / pitch) % 1 - 0.5
    flip = np.where(np.floor(x / pitch) % 2 > 0, 1, -1)
    radius, turn = np.hypot(cx, cy), np.arctan2(cy * flip, cx)
    spiral = 0.5 + 0.5 * np.cos(turn - radius * draw.uniform(28, 44))
    disc = np.clip((0.46 - radius) / 0.03, 0, 1)
    teeth = (np.abs((x * 8 / pitch) % 1 - 0.5) < 0.28) & (np.abs(cy) > 0.46)
    return np.maximum(np.clip(spiral * 1.6, 0, 1) * disc, teeth * 0.7)
