"""Renders faults for coherence.py: LR frames of a show's pairs in which something is not as it is in HR.

    python benchmarks/coherence_faults.py PAIRS -o FOLDER --blender PYTHON [--every 4]

For every so many of the demo show's pairs: one lamp off, an object moved by 3 HR and by 3 LR pixels, another seed of
what is scattered, and, in shots that move, the neighbouring frame. Each beside the same LR without the fault, rendered
with the same noise. A fault that a shot can't have (no lamp, nothing scattered) is left out. Repeat it to go on.
"""

import argparse
import dataclasses
import sys
from dataclasses import replace
from pathlib import Path

from uprez.dataset.manifest import Row, add_row, paths_of, read_manifest
from uprez.renderers.cycles import Cycles, find_blender
from uprez.renderers.files import read_facts
from uprez.renderers.protocol import RenderError
from uprez.request import Image, Shot

FAULTS = {
    "light off": "light off",
    "object moved by 3 HR pixels": "object moved:1.5",
    "object moved by 3 LR pixels": "object moved:3",
    "another scatter": "scatter",
    "neighbouring frame": "",
}
AOVS = ("albedo", "normal")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--blender", type=Path, required=True)
    parser.add_argument("--every", type=int, default=4)
    asked = parser.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    renderer = Cycles(find_blender(asked.blender), asked.output / ".rendering", threads=1)
    known = {(row["shot"], row["fault"]) for row in read_manifest(asked.output).rows}
    rows = sorted(read_manifest(asked.pairs).by_key().values(), key=lambda row: str(row["shot"]))
    for row in rows[:: asked.every]:
        for fault in FAULTS:
            if (row["shot"], fault) not in known:
                print(row["shot"], fault, _render(row, fault, asked.pairs, asked.output, renderer), flush=True)
    return 0


def _render(row: Row, fault: str, pairs: Path, out: Path, renderer: Cycles) -> str:
    lr, hr = paths_of(pairs, row)
    facts = read_facts(lr)
    if facts is None:
        return f"left out: {lr} does not say how it was rendered"
    asked = facts["request"]
    shot = Shot(**asked["shot"])
    if fault == "neighbouring frame" and shot.frames == 1:
        return "left out: does not move"
    place = out / str(row["shot"])
    fields = {field.name for field in dataclasses.fields(Image)} & asked.keys()
    image = Image(output=str(place / "good.exr"), **{name: asked[name] for name in fields})
    image = replace(image, window=tuple(facts["window"]), window_size=None, aovs=AOVS)
    faulty = replace(image, output=str(place / (fault.replace(" ", "_") + ".exr")))
    try:
        if not Path(image.output).exists():
            list(renderer.render(shot, [image]))
        wrong = replace(faulty, frame=image.frame + 1) if fault == "neighbouring frame" else faulty
        list(renderer.render(replace(shot, change=FAULTS[fault]), [wrong]))
    except RenderError as problem:
        return f"left out: {problem.reason}"
    add_row(
        out,
        {
            **{name: row[name] for name in ("show", "shot", "look", "frame")},
            "element": fault,
            "fault": fault,
            "lr": str(Path(faulty.output).relative_to(out)),
            "good": str(Path(image.output).relative_to(out)),
            "hr": str(hr.resolve()),
        },
    )
    return "rendered"


if __name__ == "__main__":
    sys.exit(main())
