"""Open Image Denoise, for what is denoised after it was rendered. Needs the extra `filters`."""

import numpy as np
from numpy.typing import NDArray
from pyoidn.denoise import denoise

Array = NDArray[np.float32]


def denoised(colour: Array, albedo: Array | None, normal: Array | None) -> Array:
    """(H, W, 3), scene-linear and finite, without its noise; albedo and normals of the same shape guide it, noisy as
    they are (Cycles' Prefilter None). Negative light, which some pixel filters leave, becomes none.
    """
    guides = {"albedo": albedo, "normal": normal}
    planes = {name: np.ascontiguousarray(plane) for name, plane in guides.items() if plane is not None}
    result: Array = denoise(np.ascontiguousarray(colour), hdr=True, **planes)
    return result
