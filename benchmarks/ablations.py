"""What each part of training is worth: the same short run with one part left out or replaced.

    python benchmarks/ablations.py --pairs FOLDER [--pairs FOLDER] -o FOLDER [--steps 1000] [--only ROW]

All runs have the default network at half its depth, the same steps and the same validation pairs, which are rendered
ones in every run. Told of each: the gain over bicubic, and drift: what the network's own word, not held to the source's
light, is off by (99th percentile over blocks). Runs lie in the output folder and go on where they stopped.
"""

import argparse
import json
import re
import shutil
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import OpenEXR
import torch
from ablations_networks import COLOUR, LINEAR, PLAIN
from PIL import Image
from shared import report, table

from uprez.dataset.manifest import NAME
from uprez.dataset.pairs import find_pairs, read_rgba
from uprez.dataset.store import Store, StoreWriter
from uprez.dataset.store.build import BuildSettings
from uprez.dataset.store.build import build as build_store
from uprez.frames import DecodePool
from uprez.models.card import load_card
from uprez.networks import build
from uprez.training.checkpoint import load_checkpoint
from uprez.training.data import ValidationFrames, split
from uprez.training.recipe import recipe_from
from uprez.training.run import train
from uprez.training.validation import validate

BASE: dict[str, Any] = {
    "network.family": "residual",
    "network.features": 48,
    "network.blocks": 10,
    "data.patch": 48,
    "data.held_out_looks": ["figures"],
    "data.held_out_shots": ["8000"],
    "losses.drift": 1.0,
}
WHOLE = "all of it"
ABLATIONS: dict[str, dict[str, Any]] = {
    WHOLE: {},
    "no colour-shift augmentation": {"augmentation.colour_shift": 0.0},
    "no drift term": {"losses.drift": 0.0},
    "the talk's colour-shift term instead, not held to the source": {
        "losses.drift": 0.0,
        "losses.colour_shift": 5.0,
        "stage.consistency_from": -1,
    },
    "neither term, not held to the source": {"losses.drift": 0.0, "stage.consistency_from": -1},
    "AdamW instead of Muon": {"stage.optimiser": "adamw"},
    "no importance sampling": {"data.intensity": 0.0, "data.hardness": 0.0},
    "plain convolutions, no re-parameterisation": {"network.family": PLAIN},
    "network in linear light": {"network.family": LINEAR},
    "box instead of the fitted down-kernel": {"data.down_kernel": "box"},
    "network without alpha": {"network.family": COLOUR},
    "LR by bicubic downsampling instead of rendered": {},
}
DOWNSAMPLED = "LR by bicubic downsampling instead of rendered"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, action="append", required=True, help="folders of rendered pairs")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--only", action="append", help="a row beside the first; all if not", choices=ABLATIONS)
    asked = parser.parse_args()
    rendered = stored(asked.pairs, asked.output / "rendered.lmdb")
    figures = {}
    for name, changes in ABLATIONS.items():
        if asked.only and name not in (WHOLE, *asked.only):
            continue
        pairs = rendered
        if name == DOWNSAMPLED:
            folders = [downsampled(folder, asked.output / f"downsampled_{k}") for k, folder in enumerate(asked.pairs)]
            pairs = stored(folders, asked.output / "downsampled.lmdb")
        run = asked.output / re.sub(r"\W+", "_", name)
        run.mkdir(exist_ok=True)
        (run / "recipe.toml").write_text(recipe_text(BASE | changes, asked.steps))
        train(run / "recipe.toml", pairs=[pairs], run=run, workers=1, report=print)
        figures[name] = judged(run, rendered)
    report("ablations", {"steps": asked.steps, "runs": figures}, text(figures, asked.steps))


def stored(folders: list[Path], store: Path) -> Path:
    store.parent.mkdir(parents=True, exist_ok=True)
    with StoreWriter(store, validation=0.08, test=0.0) as writer:
        build_store(folders, writer, BuildSettings(jobs=2), lambda progress, total: None)
    return store


def downsampled(folder: Path, into: Path) -> Path:
    """The pairs of a folder with LR made from HR by bicubic interpolation with antialiasing, as Pillow does it."""
    if (into / NAME).exists():
        return into
    with DecodePool() as pool:
        for pair in find_pairs([folder]):
            lr, hr = (into / path.relative_to(folder) for path in (pair.lr, pair.hr))
            lr.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(pair.hr, hr)
            write_rgba(lr, reduced(read_rgba(pair.hr, pool).astype(np.float32)))
    shutil.copy(folder / NAME, into / NAME)
    return into


def reduced(hr: np.ndarray) -> np.ndarray:
    """(H, W, 4) to half its size."""
    size = (hr.shape[1] // 2, hr.shape[0] // 2)
    planes = [np.asarray(Image.fromarray(hr[..., k]).resize(size, Image.Resampling.BICUBIC)) for k in range(4)]
    return np.stack(planes, axis=2)


def write_rgba(path: Path, pixels: np.ndarray) -> None:
    channels = {name: pixels[..., k].astype(np.float16) for k, name in enumerate("RGBA")}
    with OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, channels) as file:
        file.write(str(path))


def judged(run: Path, rendered: Path) -> dict[str, dict[str, float]]:
    """Figures of the run's last weights on the rendered pairs that validate, by frame."""
    last = load_checkpoint(run / "last.pt")
    recipe = recipe_from(last.recipe)
    network = build(recipe.network)
    network.load_state_dict(last.average)
    kernel = tuple(load_card(run / "model").down_kernel)
    with Store(rendered) as store:
        frames = ValidationFrames(store, split(store.rows, recipe.data)[1])
        found = validate(network.eval(), frames, scale=2, kernel=kernel, device=torch.device("cpu"))
    return {frame: figures._asdict() for frame, figures in found.items()}


def recipe_text(values: dict[str, Any], steps: int) -> str:
    def lines(table: str) -> str:
        found = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{table}.")}
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in found.items())

    stage = f"steps = {steps}\nminibatch = 12\nlearning_rate = 2e-4\nwarmup = 100\ndecay_share = 0.5\n"
    return (
        f'name = "ablation"\nseed = 5\n[network]\n{lines("network")}[data]\n{lines("data")}'
        f"[augmentation]\n{lines('augmentation')}[[stage]]\n{stage}validate_every = {steps}\n{lines('stage')}"
        f"[stage.losses]\n{lines('losses')}"
    )


def text(figures: dict[str, dict[str, dict[str, float]]], steps: int) -> str:
    rows = []
    for name, frames in figures.items():
        means = {key: fmean(one[key] for one in frames.values()) for key in ("gain_db", "own_drift", "sharpness")}
        least = min(one["gain_db"] for one in frames.values())
        drift = f"{100 * means['own_drift']:.2f} %"
        rows.append((name, f"{means['gain_db']:+.3f}", f"{least:+.2f}", drift, f"{means['sharpness']:.3f}"))
    count = len(next(iter(figures.values())))
    told = f"{steps} steps of 12 patches of 96 HR pixels; on {count} rendered frames that none learned from"
    return f"{told}\n\n{table(rows, ('run', 'gain, dB', 'least', 'drift', 'sharpness'))}"


if __name__ == "__main__":
    main()
