import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch.nn import functional

from tests.conftest import ROOT
from tests.models.networks import onnx_network
from uprez.errors import ModelError
from uprez.runtimes.openvino import OpenVinoRuntime

PLANES = np.random.default_rng(0).random((1, 4, 30, 41)).astype(np.float32)


def in_torch(content: bytes, planes: np.ndarray) -> np.ndarray:
    """The same network, layer by layer in another library."""
    x = torch.from_numpy(planes)
    for weight in onnx.load_from_string(content).graph.initializer:
        kernel = torch.from_numpy(numpy_helper.to_array(weight).copy())
        x = functional.leaky_relu(functional.conv2d(x, kernel, padding=1), 0.1)
    return functional.pixel_shuffle(x, 2).numpy()


def test_openvino_computes_what_torch_computes_in_float32() -> None:
    """Within 1e-5, though some CPUs would let OpenVINO choose bfloat16 by itself."""
    content = onnx_network(features=16)
    runtime = OpenVinoRuntime(content, name="tiny")
    assert (runtime.device, runtime.precision) == ("cpu", "f32")
    np.testing.assert_allclose(runtime(PLANES), in_torch(content, PLANES), atol=1e-5)


def test_a_runtime_takes_any_size_and_keeps_no_state() -> None:
    """Sizes may change from call to call; an earlier result is not overwritten by a later call."""
    runtime = OpenVinoRuntime(onnx_network(), name="tiny")
    first = runtime(PLANES)
    before = first.copy()
    assert runtime(np.ascontiguousarray(PLANES[:, :, :7, :5])).shape == (1, 4, 14, 10)
    np.testing.assert_array_equal(runtime(PLANES), before)
    np.testing.assert_array_equal(first, before)


def test_calls_from_several_threads_do_not_mix() -> None:
    """Reading, computing and writing overlap in threads."""
    runtime = OpenVinoRuntime(onnx_network(), name="tiny", threads=1)
    frames = [PLANES * np.float32(gain) for gain in range(1, 9)]
    alone = [runtime(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(runtime, frames))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_network_of_another_kind_is_refused_by_one_line() -> None:
    """Two outputs: one would have to guess which is the residual."""
    model = onnx.load_from_string(onnx_network())
    model.graph.output.append(onnx.helper.make_tensor_value_info("act0", onnx.TensorProto.FLOAT, [1, 8, "H", "W"]))
    with pytest.raises(ModelError, match="tiny: not a network of uprez"):
        OpenVinoRuntime(model.SerializeToString(), name="tiny")


def test_an_operator_that_openvino_does_not_know_is_refused_by_one_line() -> None:
    """Its own text, cut to a line, after the name of the file."""
    model = onnx.load_from_string(onnx_network())
    model.graph.node[0].op_type = "Telepathy"
    with pytest.raises(ModelError) as caught:
        OpenVinoRuntime(model.SerializeToString(), name="tiny")
    assert str(caught.value).startswith("tiny: OpenVINO can't load it: ")
    assert "\n" not in str(caught.value)


def test_planes_of_the_wrong_number_of_channels_are_a_model_error() -> None:
    """A network for RGBA is not run on RGB."""
    with pytest.raises(ModelError, match="tiny: OpenVINO can't run it"):
        OpenVinoRuntime(onnx_network(), name="tiny")(np.ascontiguousarray(PLANES[:, :3]))


def test_nothing_is_reported_to_anybody(tmp_path: Path) -> None:
    """OpenVINO's usage reports are off: a studio's frames are nobody else's business."""
    script = "import sys, threading, uprez.runtimes.openvino; "
    script += (
        "assert not any(n.startswith('openvino_telemetry.') for n in sys.modules); print(threading.active_count())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")
    assert not list(tmp_path.iterdir())


def test_a_signal_is_handled_after_networks_that_were_let_go_in_any_order() -> None:
    """Python handles signals on the stack that the thread has for them; OpenVINO changes which one that is."""
    script = (
        "import faulthandler, os, signal; from tests.models.networks import onnx_network; "
        "from uprez.runtimes.openvino import OpenVinoRuntime; "
        "faulthandler.enable(); signal.signal(signal.SIGUSR1, lambda *_: print('handled')); "
        "first, second = (OpenVinoRuntime(onnx_network(), name='tiny') for _ in range(2)); "
        "del first; del second; os.kill(os.getpid(), signal.SIGUSR1)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, "handled\n")
