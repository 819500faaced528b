"""The files of a model, read whole and checked before anything parses them."""

import hashlib
from pathlib import Path

from uprez.errors import ModelError
from uprez.files.bounded import read_bounded

_NETWORK_BYTES = 1 << 29  # half a gigabyte of weights: far above any network that is practical here


def read_network(path: Path, sha256: str) -> bytes:
    """The bytes of an ONNX or safetensors file, once their SHA-256 (hex) is what the card says.

    OpenVINO may crash on a damaged file, and damaged weights may still load, so that nothing but a file known to be
    whole ever reaches a runtime. Raises ModelError.
    """
    content = read_bounded(path, _NETWORK_BYTES, ModelError)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: not the network that its card describes (SHA-256 differs); fetch the model again")
    return content
