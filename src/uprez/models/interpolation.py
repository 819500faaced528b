"""Classical interpolation by whole factors: separable, polyphase, edges replicated.

Sources: bilinear and bicubic are the piecewise-linear and cubic convolution kernels of Keys 1981 (Cubic Convolution
Interpolation for Digital Image Processing, IEEE TASSP 29(6), eq. 4 generalised to any a by eq. 3); lanczos is Duchon
1979 with three lobes, its weights divided by their sum. HR pixel X lies at LR coordinate (X + 1/2) / scale - 1/2.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from uprez.models.rows import Array, blocks_of_rows, planar, planes_of, weighted_sum

Method = Literal["nearest", "bilinear", "bicubic", "lanczos"]
METHODS: tuple[Method, ...] = get_args(Method)

KEYS_A = -0.75
"""Keys's free parameter, the slope at 1. On rendered pairs, in the compressed domain, -0.75 is 0.1 dB better than
Keys's own -0.5.
"""

_SUPPORT: dict[Method, int] = {"nearest": 0, "bilinear": 1, "bicubic": 2, "lanczos": 3}


def reach(method: Method) -> int:
    """How many LR pixels away from its own LR pixel a value can still have influence: the context rows that a band
    needs.
    """
    return _SUPPORT[method]


def interpolate(
    image: NDArray[np.floating], method: Method, scale: int, *, onto: NDArray[np.float32] | None = None
) -> Array:
    """Enlarge (H, W, C) to (H * scale, W * scale, C), float32, planar, in whatever domain the values are (compressed,
    if highlights must not ring).

    onto: an image of the result's size that the enlarged one is added to, in place; it is what is returned then.
    Rows and columns beyond the edge repeat the last one. A row depends on `reach(method)` rows above and below only,
    and its bits do not depend on which other rows are in the image.
    """
    planes = planes_of(image)
    channels, height, width = planes.shape
    added = onto is not None
    result = planar(height * scale, width * scale, channels) if onto is None else onto
    phases = [_weights(method, scale, phase) for phase in range(scale)]
    for plane, into in zip(planes, result.transpose(2, 0, 1), strict=True):
        for y0, y1 in blocks_of_rows(height, 4 * width * scale * (2 * scale + 1)):
            wide = _widen(_with_context(plane, y0, y1, _SUPPORT[method]), phases, scale)
            for phase, weights in enumerate(phases):
                target = into[y0 * scale + phase : y1 * scale : scale]
                weighted_sum([wide[k : k + y1 - y0] for k in range(len(weights))], weights, target, onto=added)
    return result


def _with_context(plane: Array, y0: int, y1: int, support: int) -> Array:
    """Rows y0 - support .. y1 + support, as many columns more on either side, edges repeated: (rows, W + 2
    support).
    """
    rows = np.clip(np.arange(y0 - support, y1 + support), 0, len(plane) - 1)
    return np.pad(plane[rows], ((0, 0), (support, support)), mode="edge")


def _widen(block: Array, phases: list[NDArray[np.float32]], scale: int) -> Array:
    """Filter along the rows: (rows, W + 2 support) to (rows, W * scale)."""
    width = block.shape[1] - len(phases[0]) + 1
    wide = np.empty((len(block), width * scale), np.float32)
    filtered = np.empty((len(block), width), np.float32)
    for phase, weights in enumerate(phases):
        weighted_sum([block[:, k : k + width] for k in range(len(weights))], weights, filtered)
        wide[:, phase::scale] = filtered
    return wide


def _weights(method: Method, scale: int, phase: int) -> NDArray[np.float32]:
    """Weights of the LR pixels -support .. support about the one that covers the HR pixel; they sum to one."""
    place = (phase + 0.5) / scale - 0.5
    support = _SUPPORT[method]
    weights = np.array([_kernel(method, place - tap) for tap in range(-support, support + 1)])
    normalised: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return normalised


def _kernel(method: Method, x: float) -> float:
    """The kernel's value at distance x, in LR pixels."""
    x = abs(x)
    match method:
        case "nearest":
            return 1.0
        case "bilinear":
            return max(0.0, 1.0 - x)
        case "bicubic":
            return _keys(x)
        case "lanczos":
            return 0.0 if x >= 3 else float(np.sinc(x) * np.sinc(x / 3))


def _keys(x: float) -> float:
    a = KEYS_A
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0.0
