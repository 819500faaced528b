"""The torch runtime: networks on CUDA and Apple GPUs, from safetensors. Needs the extra `train`."""

from collections.abc import Mapping
from threading import Lock

import numpy as np
import safetensors
import torch
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor, nn

from uprez.errors import ModelError
from uprez.networks import build, fuse
from uprez.runtimes.device import Device


class TorchRuntime:
    """A network rebuilt from its architecture and weights. See the protocol, `uprez.runtimes.Runtime`."""

    precision = "f32"

    def __init__(
        self,
        content: bytes,
        architecture: Mapping[str, object],
        *,
        name: str,
        device: Device,
        softer: bytes | None = None,
        sharpness: float = 1.0,
    ) -> None:
        """content: the inference form's weights, a safetensors file, see `content.read_network`; name: what errors call
        it. softer: weights of another of the same architecture, which count by 1 - sharpness.

        Raises ModelError when they are no safetensors or don't fit the architecture.
        """
        self.device = device
        self._name = name
        self._lock = Lock()
        network = fuse(build(architecture))
        try:
            weights = load(content)
            if softer is not None:
                weights = _blended(weights, load(softer), sharpness)
            network.load_state_dict(weights)
        except safetensors.SafetensorError as error:
            raise ModelError(f"{name}: not safetensors: {error}") from None
        except (RuntimeError, KeyError) as error:
            raise ModelError(f"{name}: does not fit the card's architecture: {_first_line(error)}") from None
        self._network: nn.Module = fuse(network).to(device)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's stubs

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        # TF32 and choosing the fastest kernel by trial would make a frame's bytes depend on the card and the day.
        exact = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False)
        try:
            with self._lock, torch.inference_mode(), exact:
                x = torch.from_numpy(planes).to(self.device, memory_format=torch.channels_last)
                result: NDArray[np.float32] = self._network(x).float().cpu().contiguous().numpy()
        except RuntimeError as error:
            raise ModelError(f"{self._name}: torch can't run it: {_first_line(error)}") from None
        return result


def _blended(sharp: Mapping[str, Tensor], soft: Mapping[str, Tensor], sharpness: float) -> dict[str, Tensor]:
    """See `uprez.runtimes.openvino`."""
    return {name: sharpness * value + (1 - sharpness) * soft[name] for name, value in sharp.items()}


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__
