import subprocess
import sys

import pytest

from uprez.errors import ModelError
from uprez.runtimes import choose_device
from uprez.runtimes import device as device_module


def test_the_cpu_needs_nothing() -> None:
    """And costs no import of torch, even as `auto` on a machine without a GPU."""
    assert choose_device("cpu") == "cpu"


def test_auto_takes_cuda_then_apple_then_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that torch can use."""
    monkeypatch.setattr(device_module, "_gpu_likely", lambda: True)
    for usable, expected in (({"cuda", "mps"}, "cuda"), ({"mps"}, "mps"), (set(), "cpu")):
        monkeypatch.setattr(device_module, "_available", usable.__contains__)
        assert choose_device("auto") == expected


def test_auto_does_not_import_torch_where_no_gpu_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """No device node, no second spent."""
    monkeypatch.setattr(device_module, "_gpu_likely", lambda: False)
    monkeypatch.setattr(device_module, "_available", lambda device: pytest.fail("torch was asked"))
    assert choose_device("auto") == "cpu"


@pytest.mark.parametrize("library", ["torch", "safetensors"])
@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_gpu_without_its_libraries_is_refused_with_the_cure(device: str, library: str) -> None:
    """The command that brings them, as one line; `auto` takes the CPU."""
    script = (
        f"import sys; sys.modules[{library!r}] = None\nimport importlib.util as u\nfound = u.find_spec\n"
        f"u.find_spec = lambda name, *a: None if name == {library!r} else found(name, *a)\n"
        "from uprez.runtimes import choose_device, device\ndevice._gpu_likely = lambda: True\n"
        f"assert choose_device('auto') == 'cpu'\nchoose_device({device!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last == f'uprez.errors.ModelError: {library} is not installed; run: pip install "uprez[train]"'


def test_a_gpu_that_torch_does_not_find_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a silent fall back to the CPU for a device that was asked for."""
    monkeypatch.setattr(device_module, "_available", lambda device: False)
    with pytest.raises(ModelError, match="torch finds no cuda device here; use --device cpu"):
        choose_device("cuda")


def test_an_unknown_device_is_refused_with_the_known() -> None:
    """Typing errors are answered."""
    with pytest.raises(ModelError, match="unknown device 'gpu'; known: auto, cpu, cuda, mps"):
        choose_device("gpu")
