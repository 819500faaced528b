"""How fast the whole command is, beside the network alone, the machine's peak, and a peer network of the usual size.

    python benchmarks/speed.py [--model film-x2-psnr] [--size 2048x1080] [--sequence 20] [--rounds 3]

A CPU with bfloat16 shows what one without it does by ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI and `--name speed-f32`.

RGBA half-float frames (ZIP, a mosaic of rendered frames), warm cache, two threads. Everything is measured in turn,
`rounds` times over, and medians are compared: ratios carry over to another machine, seconds do not.
  command   `uprez upscale` of one frame, a process of its own, from start to exit
  network   the residual network alone on that frame, untiled, in the runtime and precision that the command uses
  peak      one large 3x3 convolution, eight times over so that copying in and out counts little, in the same runtime
            and precision: the best of several widths
  peer      32 layers of 64 channels, 3x3, torch float32 channels-last: a plain network of the size that fast
              upscalers have
  sequence  `uprez upscale` of so many frames, against as many times the network alone, timed before and after
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import OpenEXR
import torch
from onnx import TensorProto, helper, numpy_helper
from shared import SHARED, report, table, upscale
from torch import nn

from uprez.dataset.pairs import find_pairs, read_frames, read_rgba
from uprez.encoding import compress
from uprez.frames import DecodePool
from uprez.models.registry import load_model
from uprez.runtimes.openvino import OpenVinoRuntime, Precision

THREADS = 2
PEAK_CHANNELS = (48, 64, 96, 128)
PEAK_PIXELS, PEAK_LAYERS = (540, 1024), 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="film-x2-psnr")
    parser.add_argument("--size", default="2048x1080")
    parser.add_argument("--sequence", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--name", default="speed", help="of the files in benchmarks/results")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        frames = write_frames(Path(folder) / "source", width, height, asked.sequence)
        times = measure(asked.model, frames, Path(folder) / "out", height, width, asked.rounds)
        sequence = sequence_time(asked.model, frames, Path(folder) / "sequence") if asked.sequence else None
    summarise(asked.name, asked.model, height, width, times, sequence, asked.sequence)


def measure(model: str, frames: list[Path], out: Path, height: int, width: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each thing, round by round."""
    network, planes = load_model(model, device="cpu", threads=THREADS), network_input(frames[0])
    precision = network.runtime.precision  # type: ignore[attr-defined]
    peaks = {channels: peak_convolution(channels, precision) for channels in PEAK_CHANNELS}
    peer, peer_input = peer_network(), torch.from_numpy(planes).to(memory_format=torch.channels_last)
    things: dict[str, Callable[[], object]] = {
        "network": lambda: network.runtime(planes),  # type: ignore[attr-defined]
        **{f"peak {channels}": partial(*convolution) for channels, convolution in peaks.items()},
        "peer": lambda: peer(peer_input),
        "command": lambda: upscale(frames[0], "-o", out, "--model", model, "--device", "cpu", "--overwrite"),
    }
    times: dict[str, list[float]] = {name: [] for name in things}
    with torch.inference_mode():
        for thing in things.values():
            thing()
        for _ in range(rounds):
            for name, thing in things.items():
                started = time.perf_counter()
                thing()
                times[name].append(time.perf_counter() - started)
    return times


def sequence_time(model: str, frames: list[Path], out: Path) -> tuple[float, float]:
    """Seconds of the whole sequence, and of the network alone for as many frames."""
    network, planes = load_model(model, device="cpu", threads=THREADS), network_input(frames[0])

    def alone() -> float:
        started = time.perf_counter()
        network.runtime(planes)  # type: ignore[attr-defined]
        return time.perf_counter() - started

    alone()
    before = [alone(), alone()]
    started = time.perf_counter()
    upscale(*frames, "-o", out, "--model", model, "--device", "cpu")
    taken = time.perf_counter() - started
    return taken, len(frames) * statistics.mean([*before, alone(), alone()])


def summarise(
    name: str,
    model: str,
    height: int,
    width: int,
    times: dict[str, list[float]],
    sequence: tuple[float, float] | None,
    frames: int,
) -> None:
    median = {name: statistics.median(values) for name, values in times.items()}
    used = load_model(model, device="cpu")
    card, precision = used.card, used.runtime.precision  # type: ignore[attr-defined]
    flops = 2 * height * width * multiply_adds(card.architecture)
    pixels = PEAK_LAYERS * PEAK_PIXELS[0] * PEAK_PIXELS[1]
    work = {channels: 2 * 9 * channels**2 * pixels for channels in PEAK_CHANNELS}
    peak_rate = max(work[channels] / median[f"peak {channels}"] for channels in PEAK_CHANNELS)
    figures = {
        "command over network (at most 1.3)": median["command"] / median["network"],
        "network over peak (at least 0.75)": flops / median["network"] / peak_rate,
        "command over peer network (at most 0.4)": median["command"] / median["peer"],
    }
    if sequence is not None:
        figures["sequence rate over network rate (at least 0.9)"] = sequence[1] / sequence[0]
    rows = [[name, f"{value:.2f}"] for name, value in median.items()]
    rows += [["network GFLOP/s", f"{flops / median['network'] / 1e9:.0f}"], ["peak GFLOP/s", f"{peak_rate / 1e9:.0f}"]]
    if sequence is not None:
        rows += [[f"sequence of {frames}", f"{sequence[0]:.2f}"], [f"network for {frames}", f"{sequence[1]:.2f}"]]
    text = f"{model}, {width}x{height} RGBA half, {THREADS} threads, {precision}\n\n"
    text += table(rows, ["median", "seconds"]) + "\n\n"
    text += table([[name, f"{value:.3f}"] for name, value in figures.items()], ["ratio", "measured"])
    facts = {"model": model, "precision": precision, "seconds": times, "sequence_seconds": sequence, "ratios": figures}
    report(name, facts, text)


def write_frames(folder: Path, width: int, height: int, count: int) -> list[Path]:
    """A mosaic of rendered frames, shifted from frame to frame."""
    folder.mkdir(parents=True)
    tiles = [hr for _, _, hr in read_frames(find_pairs([SHARED / "starter" / "pairs"]))]
    side = min(len(tile) for tile in tiles)
    across, down = -(-width // side), -(-height // side)
    rows = [[tiles[(y * across + x) % len(tiles)][:side, :side] for x in range(across)] for y in range(down)]
    mosaic = np.concatenate([np.concatenate(row, 1) for row in rows])[:height, :width]
    paths = []
    for frame in range(max(1, count)):
        path = folder / f"shot.{1001 + frame}.exr"
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        with OpenEXR.File(header, {"RGBA": np.ascontiguousarray(np.roll(mosaic, 7 * frame, 1))}) as file:
            file.write(os.fspath(path))
        paths.append(path)
    return paths


def network_input(path: Path) -> np.ndarray:
    with DecodePool() as pool:
        frame = read_rgba(path, pool).astype(np.float32)
    frame[..., :3] = compress(frame[..., :3])
    return np.ascontiguousarray(frame.transpose(2, 0, 1))[None]


def peak_convolution(channels: int, precision: Precision) -> tuple[OpenVinoRuntime, np.ndarray]:
    shape = (1, channels, *PEAK_PIXELS)
    weights = np.random.default_rng(0).standard_normal((channels, channels, 3, 3)).astype(np.float32)
    names = ["input", *(f"layer{layer}" for layer in range(1, PEAK_LAYERS)), "output"]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", [before, "weights"], [after], pads=[1, 1, 1, 1])
            for before, after in pairwise(names)
        ],
        "peak",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(weights / np.sqrt(9 * channels).astype(np.float32), "weights")],
    )
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)]).SerializeToString()
    runtime = OpenVinoRuntime(content, name="peak", precision=precision, threads=THREADS)
    return runtime, np.random.default_rng(1).random(shape, np.float32)


def peer_network() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(4, 64, 3, padding=1)]
    for _ in range(32):
        layers += [nn.ReLU(inplace=True), nn.Conv2d(64, 64, 3, padding=1)]
    layers += [nn.Conv2d(64, 16, 3, padding=1), nn.PixelShuffle(2)]
    return nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)


def multiply_adds(architecture: object) -> int:
    """Multiply-adds an LR pixel: one for each weight of the merged convolutions."""
    from uprez.networks import build, fuse

    network = fuse(build(architecture))  # type: ignore[arg-type]
    return sum(p.numel() for name, p in network.named_parameters() if name.endswith("weight"))


if __name__ == "__main__":
    main()
