"""The protocol that every runtime keeps."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Runtime(Protocol):
    """A loaded network. One call at a time uses the device; calls from several threads wait for each other."""

    @property
    def device(self) -> str:
        """Where it runs: `cpu`, `cuda` or `mps`."""
        ...

    @property
    def precision(self) -> str:
        """In what it computes: `f32` or `bf16`."""
        ...

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(1, C, H, W) to (1, 4, H * scale, W * scale), both float32, any H and W. The result is the caller's: no
        later call changes it. Raises ModelError when the network fails.
        """
        ...
