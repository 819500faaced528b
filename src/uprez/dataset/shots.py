"""What a shot is called, whichever way one comes to it: from a manifest, or from a store."""

import hashlib

from uprez.dataset.manifest import DEMO, MOVING

_DIGITS = 12
"""Of a shot's hash: among a million shots, two alike come once in five hundred times."""


def shot_name(show: str, look: str, shot: str) -> str:
    """show/shot, or look/shot for pairs by look and seed, which are of no show. A shot of the demo show that moves is
    the scene of the still of that name, and called so.
    """
    return f"{show or look}/{shot.removesuffix(MOVING) if show == DEMO else shot}"


def shot_hash(name: str) -> str:
    """A shot's name as model cards list it: short, and without names that are a studio's own business."""
    return hashlib.sha256(name.encode()).hexdigest()[:_DIGITS]
