"""Which shape should the default network have? Candidates of the same time a frame, trained alike.

    python benchmarks/shapes.py --pairs FOLDER [--pairs FOLDER] -o FOLDER [--steps 1000]

Every candidate predicts the same residual from the same patches in the same number of steps; sizes are such that a
frame takes about the same time on this CPU in bfloat16 (printed). Judged on shots, and a whole look, that none learned
from. Runs lie in the output folder and go on where they stopped.
"""

import argparse
import json
from pathlib import Path
from statistics import fmean, median
from time import perf_counter
from typing import Any

import numpy as np
from shapes_networks import SHAPES
from shared import report, table

from uprez.networks import build, fuse
from uprez.networks.onnx import to_onnx
from uprez.runtimes.openvino import OpenVinoRuntime, reduced_precisions
from uprez.training.run import train

TILE = (540, 1024)
"""LR pixels: a quarter of a 2K frame."""
ROUNDS = 7
RECIPE = """
name = "{name}"
seed = 5
[network]
{network}
[data]
held_out_looks = ["figures"]
held_out_shots = ["8000"]
validation_share = 0.08
patch = 48
[[stage]]
steps = {steps}
minibatch = 12
learning_rate = 2e-4
warmup = 100
decay_share = 0.5
validate_every = {steps}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, action="append", required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    asked = parser.parse_args()
    seconds = frame_seconds()
    figures = {
        name: {
            "architecture": architecture,
            "parameters": sum(weight.numel() for weight in fuse(build(architecture)).parameters()),
            "frame_seconds": seconds[name],
            "gain_db": trained(name, asked.pairs, asked.output, asked.steps),
        }
        for name, architecture in SHAPES.items()
    }
    report("shapes", {"steps": asked.steps, "shapes": figures}, text(figures, asked.steps))


def frame_seconds() -> dict[str, float]:
    """Median seconds for a 2K frame, four times those of a tile, all shapes in turn."""
    precision = (*reduced_precisions(), "f32")[0]
    planes = np.random.default_rng(0).random((1, 4, *TILE), np.float32)
    runtimes = {
        name: OpenVinoRuntime(to_onnx(fuse(build(architecture)), 4), name=name, precision=precision)
        for name, architecture in SHAPES.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in runtimes}
    for counted in [False] + [True] * ROUNDS:
        for name, runtime in runtimes.items():
            started = perf_counter()
            runtime(planes)
            if counted:
                taken[name].append(4 * (perf_counter() - started))
    return {name: median(values) for name, values in taken.items()}


def trained(name: str, pairs: list[Path], folder: Path, steps: int) -> dict[str, float]:
    """Gains over bicubic in dB, by validation frame, after so many steps."""
    run = folder / name.replace(" ", "_")
    run.mkdir(parents=True, exist_ok=True)
    sizes = "\n".join(f"{key} = {json.dumps(value)}" for key, value in SHAPES[name].items())
    (run / "recipe.toml").write_text(RECIPE.format(name=run.name, network=sizes, steps=steps))
    checkpoint = train(run / "recipe.toml", pairs=pairs, run=run, workers=1, report=print)
    assert checkpoint.step == steps
    rows = [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
    gains: dict[str, float] = rows[-1]["gain_db"]
    return gains


def text(figures: dict[str, dict[str, Any]], steps: int) -> str:
    rows = []
    for name, row in figures.items():
        gains = row["gain_db"]
        unseen = [gain for frame, gain in gains.items() if frame.startswith("figures/")]
        rows.append(
            (
                name,
                f"{row['parameters'] / 1e6:.2f} M",
                f"{row['frame_seconds']:.2f}",
                f"{fmean(gains.values()):+.3f}",
                f"{fmean(unseen):+.3f}",
                f"{min(gains.values()):+.2f}",
            )
        )
    header = ("shape", "parameters", "s a 2K frame", "gain, dB", "of an unseen look", "least")
    frames = len(next(iter(figures.values()))["gain_db"])
    told = f"{steps} steps of 12 patches of 96 HR pixels; gain over bicubic on {frames} frames"
    return f"{told}\n\n{table(rows, header)}"


if __name__ == "__main__":
    main()
