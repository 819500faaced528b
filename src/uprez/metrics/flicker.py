"""Flicker: what changes from frame to frame that should not."""

import numpy as np
from numpy.typing import NDArray

from uprez.encoding import compress

Array = NDArray[np.float32]

_HIDDEN = 0.05
"""Where the reference itself, brought along by its motion, differs by more in T, something came into sight or changed
its light: that says nothing about flicker.
"""


def flicker(
    results: tuple[NDArray[np.floating], NDArray[np.floating]],
    references: tuple[NDArray[np.floating], NDArray[np.floating]],
    motion: NDArray[np.floating],
) -> float:
    """RMS, in the compressed domain, of the change of a result's error along the motion; 0 is none.

    results, references: the frame before and this one, scene-linear (H, W, C); the first three channels count. motion:
    (H, W, 2), for each pixel of this frame how far from it, in pixels, x to the right and y up, the same point was in
    the frame before. An error that moves along with what it is on does not flicker. Places that leave the frame, or at
    which the reference changes by itself, do not count. (After the warping error of Lai et al. 2018.)
    """
    shapes = {image.shape for image in (*results, *references)}
    if len(shapes) != 1 or motion.shape[:2] != results[0].shape[:2]:
        raise ValueError(f"shapes differ: {sorted(shapes)} and motion {motion.shape}")
    before, now = ([compress(image[..., :3]) for image in pair] for pair in zip(results, references, strict=True))
    earlier, seen = warped(before[0] - before[1], motion)
    reference_before, _ = warped(before[1], motion)
    steady = seen & (np.abs(reference_before - now[1]).max(axis=2) < _HIDDEN)
    if not steady.any():
        return 0.0
    change = ((now[0] - now[1]) - earlier)[steady].astype(np.float64)
    return float(np.sqrt(np.mean(np.square(change))))


def warped(before: Array, motion: NDArray[np.floating]) -> tuple[Array, NDArray[np.bool_]]:
    """The frame before, (H, W, C), brought to where its points are now by bilinear look-up, and which pixels of this
    frame were in it.
    """
    height, width = before.shape[:2]
    rows, columns = np.indices((height, width), dtype=np.float32)
    x, y = columns + motion[..., 0].astype(np.float32), rows - motion[..., 1].astype(np.float32)
    seen = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.minimum(x.astype(np.intp), width - 2), np.minimum(y.astype(np.intp), height - 2)
    across, down = (x - left)[..., np.newaxis], (y - top)[..., np.newaxis]
    upper = before[top, left] * (1 - across) + before[top, left + 1] * across
    lower = before[top + 1, left] * (1 - across) + before[top + 1, left + 1] * across
    result: Array = upper * (1 - down) + lower * down
    return result, seen
