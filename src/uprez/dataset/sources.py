"""Where patches come from: a store, or EXR files themselves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from uprez.dataset.coding import as_floats
from uprez.dataset.pairs import Pair
from uprez.dataset.store.encode import as_stored, encode_pair, read_images
from uprez.dataset.store.layout import ImageSpec, Row, images_of
from uprez.frames import DecodePool
from uprez.frames.closing import Closing


class Source(Protocol):
    """Pairs by number, from 0. Their rows are those of `uprez.dataset.store.encode`."""

    @property
    def rows(self) -> Sequence[Row]: ...

    def image(self, pair: int, name: str) -> ImageSpec | None: ...

    def read(self, pair: int, name: str, y: int, x: int, height: int, width: int) -> NDArray[np.float32]: ...

    def density(self, pair: int) -> NDArray[np.float64]: ...


class ExrPairs(Closing):
    """Pairs read from their files each time: for a few, or to compare. Every file is read once to begin with, for the
    densities. It may be sent to other processes: each decodes for itself.
    """

    def __init__(self, pairs: Sequence[Pair], *, guides: Sequence[str] = (), scale: int = 2) -> None:
        """Raises FrameError where a file can't be read."""
        self._pool, self._guides, self._scale = DecodePool(), tuple(guides), scale
        self._paths: list[dict[str, Path]] = []
        self.rows: list[Row] = []
        self._densities: list[NDArray[np.float64]] = []
        for pair in pairs:
            encoded = encode_pair(pair, guides=guides, more=(), scale=scale, pool=self._pool)
            self.rows.append(encoded.row)
            self._densities.append(encoded.density)
            self._paths.append({"lr": pair.lr, "hr": pair.hr})

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_pool"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _pool=DecodePool())

    def image(self, pair: int, name: str) -> ImageSpec | None:
        """An image of a pair, or None where it has none of that name."""
        return next((image for image in images_of(self.rows[pair]) if image.name == name), None)

    def read(self, pair: int, name: str, y: int, x: int, height: int, width: int) -> NDArray[np.float32]:
        """A window of an image, as `Store.read` gives it."""
        tag = name.partition(" ")[0]
        found = read_images(tag, self._paths[pair][tag], self._guides, self._scale, self._pool, rows=(y, y + height))
        ((image, planes),) = (one for one in found if one[0].name == name)
        stored = as_stored(image, [plane[:, x : x + width] for plane in planes])
        return as_floats(stored).transpose(0, 2, 1)

    def density(self, pair: int) -> NDArray[np.float64]:
        """Cumulative densities, as `Store.density` gives them."""
        return self._densities[pair]

    def close(self) -> None:
        """End the process that decodes."""
        self._pool.close()
