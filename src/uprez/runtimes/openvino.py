"""The OpenVINO runtime: networks on CPUs, from ONNX."""

import functools
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from uprez.errors import ModelError

# OpenVINO reports each import of it to a web service, from a process that it forks. It does without where the package
# for that is missing, which is what None makes of it.
cast(dict[str, object], sys.modules).setdefault("openvino_telemetry", None)

import openvino as ov  # noqa: E402  # after the line above

from uprez.runtimes.processor import is_fast_in_bfloat16  # noqa: E402

Precision = Literal["f32", "bf16"]


@functools.cache
def _core() -> ov.Core:
    """One for as long as the process lives. The CPU plugin of each gives the thread a stack for signal handlers of its
    own, and puts back the one before when it ends (openvino#11894): of two that do not end in reverse order the second
    puts back one that is gone, and the next signal that Python handles, Ctrl-C or the end of a child, is a crash.
    """
    return ov.Core()


def reduced_precisions() -> list[Precision]:
    """The precisions below f32 in which this machine's CPU is faster. OpenVINO names those that it has instructions
    for, fast or not.
    """
    capabilities = _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return ["bf16"] if "BF16" in capabilities and is_fast_in_bfloat16() else []


class OpenVinoRuntime:
    """A network compiled for the CPU. See the protocol, `uprez.runtimes.Runtime`."""

    device = "cpu"

    def __init__(
        self,
        content: bytes,
        *,
        name: str,
        precision: Precision = "f32",
        threads: int | None = None,
        softer: bytes | None = None,
        sharpness: float = 1.0,
    ) -> None:
        """content: an ONNX file, see `content.read_network`; name: what errors call it; threads: None for one a core.
        softer: another of the same architecture, whose weights count by 1 - sharpness.

        Raises ModelError when OpenVINO refuses a network, the two are of unlike architecture, or it is no mapping of
        one (1, C, H, W) to another.
        """
        self.precision = precision
        self._name = name
        self._lock = Lock()
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": precision,  # without it OpenVINO picks bf16 by itself where the CPU has it
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,  # pinned threads fight with other processes of a farm node for the same cores
        }
        if threads is not None:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            core = _core()
            network = core.read_model(content, b"")
            self._refuse_other_shapes(network)
            if softer is not None:
                _blend(network, core.read_model(softer, b""), sharpness, name)
            self._request = core.compile_model(network, "CPU", options).create_infer_request()
        except (RuntimeError, ValueError) as error:  # the second for a message that is no UTF-8
            raise ModelError(f"{name}: OpenVINO can't load it: {_first_line(error)}") from None

    def __call__(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            try:
                (result,) = self._request.infer([planes], share_inputs=True).values()
            except (RuntimeError, ValueError) as error:
                raise ModelError(f"{self._name}: OpenVINO can't run it: {_first_line(error)}") from None
        return np.asarray(result, np.float32)

    def _refuse_other_shapes(self, network: ov.Model) -> None:
        ends = [*network.inputs, *network.outputs]
        if len(network.inputs) != 1 or len(network.outputs) != 1 or any(len(end.partial_shape) != 4 for end in ends):
            raise ModelError(
                f"{self._name}: not a network of uprez: it must map one (1, C, H, W) to one image of 4 planes"
            )


def save_openvino(content: bytes, path: Path, *, facts: Mapping[str, str]) -> list[Path]:
    """Write an ONNX file as OpenVINO's own form, float32: `path`, which ends in .xml, and .bin beside it, which is
    there before it. facts: what its `rt_info` is to say. Raises OSError or ModelError where the disk does not take
    them.
    """
    network = _core().read_model(content, b"")
    for key, value in facts.items():
        network.set_rt_info(value, key)
    with TemporaryDirectory(dir=path.parent) as made:
        try:
            ov.save_model(network, Path(made) / path.name, compress_to_fp16=False)
            _core().read_model(Path(made) / path.name)
        except RuntimeError as error:  # which says nothing of the disk
            raise ModelError(f"{path}: OpenVINO can't write it ({_first_line(error)}); is the disk full?") from None
        files = [path.with_suffix(".bin"), path]
        for file in files:
            (Path(made) / file.name).replace(file)
    return files[::-1]


def _blend(network: ov.Model, softer: ov.Model, sharpness: float, name: str) -> None:
    """Take the weights of `network` to those of `softer` by 1 - sharpness, in place (Wang et al. 2018, ESRGAN, section
    3.4, network interpolation).
    """
    ours, theirs = _weights(network), _weights(softer)
    if [one.data.shape for one in ours] != [one.data.shape for one in theirs]:
        raise ModelError(f"{name}: has another architecture than its softer model; their weights can't be blended")
    for mine, other in zip(ours, theirs, strict=True):
        blended = np.float32(sharpness) * mine.data + np.float32(1 - sharpness) * other.data
        mine.output(0).replace(ov.op.Constant(blended).output(0))


def _weights(network: ov.Model) -> list[Any]:
    """The constants of more than one number, in the order in which they are used."""
    constants = (op for op in network.get_ordered_ops() if op.get_type_name() == "Constant")
    return [op for op in constants if op.get_element_type() == ov.Type.f32 and op.data.size > 1]


def _first_line(error: Exception) -> str:
    """The last non-empty line: OpenVINO begins its messages with source places of its own."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:200] if lines else type(error).__name__
