"""What `uprez export --to int8` gains on this CPU, and what it costs, against float32 and bfloat16.

    python benchmarks/int8.py PAIRS [--model film-x2-psnr]

The network alone is timed; results are held against float32's, and against the truths, on the measuring set. Wants
nothing else running, and the extra `int8`.
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from shared import SHARED, report, table

from uprez.dataset.pairs import read_rgba
from uprez.encoding import compress
from uprez.export.int8 import export_int8
from uprez.frames import DecodePool
from uprez.models.interpolation import interpolate
from uprez.models.registry import network_folders

Array = NDArray[np.float32]
SIZE = (540, 960)
"""Of the frame that is timed."""
ROUNDS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, help="a folder of pairs to calibrate with")
    parser.add_argument("--model", default="film-x2-psnr")
    options = parser.parse_args()
    content = (network_folders(options.model)[0][0] / "network.onnx").read_bytes()
    with TemporaryDirectory() as folder:
        export_int8(options.model, Path(folder), pairs=options.pairs)
        int8 = (Path(folder) / "network.onnx").read_bytes()
    networks = {
        "float32": compiled(content, "f32"),
        "bfloat16": compiled(content, "bf16"),
        "int8": compiled(int8, "bf16"),  # where it is not quantised
    }
    agreement = agreements(networks)
    seconds = timings(networks)
    figures = {
        name: {
            "speed over float32": seconds["float32"] / seconds[name],
            "speed over bfloat16": seconds["bfloat16"] / seconds[name],
            "dB to float32, mean": float(np.mean(agreement[name])) if name != "float32" else None,
            "dB to float32, least": min(agreement[name]) if name != "float32" else None,
            "dB over bicubic lost, mean": lost(agreement, name),
        }
        for name in networks
    }
    rows = [(name, *("" if value is None else value for value in row.values())) for name, row in figures.items()]
    report("int8", figures, f"{options.model}\n\n{table(rows, ('', *figures['float32']))}")


def read(path: Path) -> Array:
    """(H, W, 4), colour compressed."""
    with DecodePool() as pool:
        pixels = np.asarray(read_rgba(path, pool), np.float32)
    return np.concatenate([compress(pixels[..., :3]), pixels[..., 3:]], -1)


def planes(pixels: Array) -> Array:
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[np.newaxis])


def compiled(content: bytes, precision: str) -> ov.CompiledModel:
    core = ov.Core()
    return core.compile_model(
        core.read_model(content, b""), "CPU", {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    )


def agreements(networks: dict[str, ov.CompiledModel]) -> dict[str, list[float]]:
    """For each, PSNR of every measuring frame's result: against float32's, and for float32 against the truth's; lists
    of "NAME, truth" hold those against the truth.
    """
    found: dict[str, list[float]] = {}
    for path in sorted((SHARED / "starter/clean").glob("*/*_lr.exr")):
        source, truth = read(path), read(path.with_name(path.name.replace("_lr", "_hr")))[..., :3]
        base = interpolate(source, "bicubic", 2)
        results = {name: base + run(network, source) for name, network in networks.items()}
        for name, result in results.items():
            found.setdefault(name, []).append(psnr(result, results["float32"]))
            found.setdefault(f"{name}, truth", []).append(psnr(result, truth))
    return found


def lost(agreement: dict[str, list[float]], name: str) -> float:
    return float(np.mean(agreement["float32, truth"]) - np.mean(agreement[f"{name}, truth"]))


def psnr(one: Array, other: Array) -> float:
    """Of compressed colour, peak 0.6."""
    return float(10 * np.log10(0.36 / max(1e-20, float(np.mean(np.square(one[..., :3] - other[..., :3]))))))


def run(network: ov.CompiledModel, source: Array) -> Array:
    (result,) = network([planes(source)]).values()
    return np.asarray(result[0], np.float32).transpose(1, 2, 0)


def timings(networks: dict[str, ov.CompiledModel]) -> dict[str, float]:
    """The median of seconds a frame, taking turns."""
    frame = np.random.default_rng(0).uniform(0, 0.6, (1, 4, *SIZE)).astype(np.float32)
    requests = {name: network.create_infer_request() for name, network in networks.items()}
    taken: dict[str, list[float]] = {name: [] for name in networks}
    for _ in range(ROUNDS + 1):
        for name, request in requests.items():
            started = time.monotonic()
            request.infer([frame])
            taken[name].append(time.monotonic() - started)
    return {name: float(np.median(seconds[1:])) for name, seconds in taken.items()}


if __name__ == "__main__":
    main()
