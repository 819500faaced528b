"""Patches a second in training, and where the time of a step goes.

    python benchmarks/training.py --pairs STORE [--name training]

Whole steps as `uprez train` takes them, a worker beside. For the talk's recipe (its ProSR, 20 patches of 192 HR pixels
a step, VGG-19 by random weights, which take as long as trained ones) and for those of the bundled models. On a CPU the
talk's steps are taken in parts of two patches, as 24 GiB hold no more. Outside is what is neither forward, backward nor
optimiser: waiting for patches, moving them, the moving average.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared import REPOSITORY, report, table

from uprez.dataset.loader import Minibatch, Numbering, minibatches
from uprez.dataset.store import Store
from uprez.networks.features import GuideNetwork, Vgg19
from uprez.training import step as steps
from uprez.training.data import sampler_of, split
from uprez.training.loop import Course, fresh
from uprez.training.processes import open_fabric
from uprez.training.recipe import read_recipe

TALK = {"psnr": 11, "gan": 9}
"""Patches a second on two P6000 (Vavilala & Meyer 2020)."""
STAGES = (("talk-2020", 0, 2), ("talk-2020", 1, 2), ("film-x2-psnr", 0, 60), ("film-x2-sharp", 0, 30))
"""Recipe, stage, and steps that are timed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True, help="a store")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--name", default="training")
    parser.add_argument("--as", dest="role", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        recipe, stage, count = asked.role
        print(json.dumps(measure(recipe, int(stage), int(count), asked.pairs, asked.device)))
        return
    rows = []
    for recipe, stage, count in STAGES:
        role = ("--as", recipe, str(stage), str(count))
        command = [sys.executable, __file__, "--pairs", str(asked.pairs), "--device", asked.device, *role]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        rows.append(json.loads(done.stdout))
    report(asked.name, {"stages": rows}, text(rows))


class Clock:
    """Seconds by what they were spent on."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - started

        return wrapper

    def waiting(self, batches: Iterator[Minibatch]) -> Iterator[Minibatch]:
        take = self.timed("waiting", lambda: next(batches))
        while True:
            yield take()


def measure(name: str, number: int, count: int, pairs: Path, device: str) -> dict[str, Any]:
    """Figures of some steps of one stage, after a few that are not counted."""
    recipe, fabric = read_recipe(REPOSITORY / f"recipes/{name}.toml"), open_fabric(device, 1)
    stage = recipe.stage[number]
    if name == "talk-2020" and fabric.device.type == "cpu":
        stage = replace(stage, accumulate=stage.minibatch // 2)
    with Store(pairs) as store, tempfile.TemporaryDirectory() as folder:
        training, _ = split(store.rows, recipe.data)
        sampler = sampler_of(store, training, recipe)
        features = (Vgg19() if recipe.features.family == "vgg19" else GuideNetwork()).eval().requires_grad_(False)
        course = Course(recipe, sampler, (), Path(folder), fabric, features=features.to(fabric.device).activations)
        state = fresh(course, number, None)
        setting = steps.Setting(recipe, stage, (0.075, 0.425, 0.425, 0.075), fabric, course.features)
        clock = Clock()
        batches = clock.waiting(minibatches(sampler, Numbering(stage.minibatch // stage.accumulate), workers=1))
        steps._average = clock.timed("average", steps._average)
        Minibatch.to = clock.timed("moving", Minibatch.to)  # type: ignore[method-assign]
        for _ in range(max(1, count // 10)):
            steps.take_step(setting, state, batches)
        clock.spent.clear()
        started = time.perf_counter()
        for _ in range(count):
            float(sum(steps.take_step(setting, state, batches).values()))  # a GPU is done when its figures are there
        seconds = time.perf_counter() - started
    return {
        "recipe": name,
        "stage": stage.name,
        "parameters": sum(weight.numel() for weight in state.generator.network.parameters()),
        "patch": recipe.data.patch * recipe.scale,
        "minibatch": stage.minibatch,
        "device": str(fabric.device),
        "precision": fabric._precision.precision,
        "patches_per_second": count * stage.minibatch / seconds,
        "outside_share": sum(clock.spent.values()) / seconds,
    }


def text(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        talk = TALK[row["stage"]] if row["recipe"] == "talk-2020" else ""
        lines.append(
            (
                f"{row['recipe']}, {row['stage']}",
                f"{row['parameters'] / 1e6:.1f} M",
                row["patch"],
                row["minibatch"],
                f"{row['patches_per_second']:.2f}",
                talk,
                f"{100 * row['outside_share']:.1f} %",
            )
        )
    header = ("recipe, stage", "parameters", "patch", "minibatch", "patches/s", "the talk's, two P6000", "outside")
    return f"On {rows[0]['device']}, {rows[0]['precision']}\n\n" + table(lines, header)


if __name__ == "__main__":
    main()
