"""The files of a model, read whole and checked before anything parses them."""

import hashlib
from pathlib import Path

from uprez.errors import ModelError

_NETWORK_BYTES = 1 << 29  # half a gigabyte of weights: far above any network that is practical here


def read_network(path: Path, sha256: str) -> bytes:
    """The bytes of an ONNX or safetensors file, once their SHA-256 (hex) is what the card says.

    OpenVINO may crash on a damaged file, and damaged weights may still load, so that nothing but a file known to be
    whole ever reaches a runtime. Raises ModelError.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise ModelError(f"{path}: not a file")
        with path.open("rb") as file:
            content = file.read(_NETWORK_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path}: can't be read: {error.strerror}") from None
    if len(content) > _NETWORK_BYTES:
        raise ModelError(f"{path}: larger than {_NETWORK_BYTES} bytes; not a network of uprez")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(f"{path}: not the network that its card describes (SHA-256 differs); fetch the model again")
    return content
