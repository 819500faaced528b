"""Two frames held against each other: one that is the truth, and one of its size, or its source and what models make
of that.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from uprez.encoding import compress
from uprez.evaluation.content import SOURCE, TRUTH, Crop, Row, Shown, as_bytes, as_half
from uprez.evaluation.measure import figures_of, flip_map
from uprez.evaluation.methods import open_method
from uprez.evaluation.pairs import Array, Images, Judged, read_frame, require_finite, scale_of
from uprez.evaluation.places import worst_places
from uprez.frames import DecodePool

CROP, CROPS = 192, 24
"""HR pixels along a crop, and how many of them a page shows."""


def compare_frames(
    first: Path, second: Path, models: Sequence[str], *, white: float, threads: int = 1, with_flip: bool = True
) -> tuple[list[Row], list[Crop]]:
    """Figures of `first` against `second`, which is taken for the truth; where `first` is smaller, of what each of
    `models` makes of it. And the places in which most is wrong, worst first.

    with_flip: also HDR-FLIP, which takes most of the time. Raises FrameError for frames that can't be read or have no
    common measure, ModelError for a model that can't be loaded or gives another size.
    """
    with DecodePool() as pool:
        source, truth = read_frame(first, pool), read_frame(second, pool)
        scale = scale_of(source, truth, second)
        require_finite(truth, second)
        images, results = Images(source, truth), {first.name: source}
        if scale > 1:
            pair = Judged(first.name, "", "", first, second, {}, {})
            methods = [open_method(name, threads=threads) for name in models]
            results = {method.name: method.result(pair, images, pool).pixels for method in methods}
    flip = flip_map() if with_flip else None
    maps = {name: flip(result, truth) for name, result in results.items()} if flip else {}
    rows = [
        Row(first.name, "", "", name, figures_of(result, images, maps.get(name), white=white), None)
        for name, result in results.items()
    ]
    repeated = source.repeat(scale, 0).repeat(scale, 1)
    base = {TRUTH: truth} | ({SOURCE: repeated} if scale > 1 else {})
    worst = next(iter(results.values()))
    error = np.abs(compress(worst[..., :3]) - compress(truth[..., :3])).mean(-1)
    return rows, [_crop(second.name, y, x, base, results, maps) for y, x in worst_places(error, CROP, CROPS)]


def _crop(name: str, y: int, x: int, base: dict[str, Array], results: dict[str, Array], maps: dict[str, Array]) -> Crop:
    window = (slice(y, y + CROP), slice(x, x + CROP))
    images = [Shown(key, as_half(image[window]), None) for key, image in base.items()]
    for key, image in results.items():
        images.append(Shown(key, as_half(image[window]), as_bytes(maps[key][window]) if key in maps else None))
    return Crop(name, x, y, tuple(images))
