"""FLIP: the difference that a viewer sees when two images alternate."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def hdr_flip(result: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Mean HDR-FLIP of scene-linear Rec.709 (H, W, 3 or more), 0 (same) to 1, lower is better; exposures from the
    reference.

    Viewing conditions are FLIP's own, 67 pixels a degree. A black reference asks for no exposures: the result is then
    seen from a stop below white at 1 to a stop above. Negative values count as 0: FLIP knows no colour outside
    the gamut. Source: Andersson et al. 2021, Visualizing Errors in Rendered High Dynamic Range Images; computed by
    NVIDIA's flip-evaluator, which the extra `evaluate` brings. Raises ImportError without it.
    """
    return float(_evaluated(result, reference)[1])


def hdr_flip_map(result: NDArray[np.floating], reference: NDArray[np.floating]) -> NDArray[np.float32]:
    """The same at each pixel, (H, W); its mean is `hdr_flip`."""
    found = np.asarray(_evaluated(result, reference)[0], np.float32)
    return found.reshape(reference.shape[0], reference.shape[1], -1)[..., 0]


def _evaluated(result: NDArray[np.floating], reference: NDArray[np.floating]) -> tuple[Any, float, Any]:
    import flip_evaluator

    images = [np.ascontiguousarray(np.maximum(image[..., :3], 0), np.float32) for image in (reference, result)]
    exposures = {} if images[0].max() > 0 else {"startExposure": -1.0, "stopExposure": 1.0}  # it would end the process
    found: tuple[Any, float, Any] = flip_evaluator.evaluate(*images, "HDR", applyMagma=False, parameters=exposures)
    return found
