"""What a film would take: 130,000 frames from 2K to 4K, reckoned from core-seconds a frame measured on this machine.

    python benchmarks/film.py [--int8 FOLDER]

Each figure is what one frame more costs in processor time, over all processes: runs of three frames and of one, two
threads, warm cache. `bicubic` stands for all that is not the network: decoding, every layer by its rule, encoding.
--int8: a model that `uprez export --to int8` wrote. Processor time does not go by what else runs, much; even so, let
nothing else run.
"""

import argparse
import resource
import tempfile
from pathlib import Path

import numpy as np
import OpenEXR
from shared import report, table, upscale
from speed import write_frames

WIDTH, HEIGHT = 2048, 1080
FEW, MANY = 1, 3
FILM = 130_000
PRICE = 0.04
"""Of a core and hour, in the currency of your choice: what clouds ask for one on demand. Scale it to yours."""
MODEL = "film-x2-psnr"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--int8", type=Path, help="a model folder")
    options = parser.parse_args()
    models = {"bicubic": "bicubic", MODEL: MODEL, "film-x2-fast": "film-x2-fast"} | (
        {"int8": str(options.int8)} if options.int8 else {}
    )
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind, frames in frames_of(Path(folder)).items():
            out = Path(folder) / "out"
            seconds = {name: core_seconds(frames, out, model) for name, model in models.items()}
            results = list(out.glob("*.exr"))
            figures[kind] = {
                "MB in": frames[0].stat().st_size / 1e6,
                "MB out": results[0].stat().st_size / 1e6,
                "core-seconds": seconds,
            }
    report("film", figures, told(figures))


def frames_of(folder: Path) -> dict[str, list[Path]]:
    beauty = write_frames(folder / "rgba", WIDTH, HEIGHT, MANY)
    (folder / "layers").mkdir()
    return {"RGBA": beauty, "32 channels": [with_layers(path, folder / "layers" / path.name) for path in beauty]}


def with_layers(path: Path, to: Path) -> Path:
    """The frame with what a compositor gets beside it: parts of the beauty, albedo, normals, depth, motion, ids."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: file.channels()[name].pixels for name in "RGBA"}
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    shares = {"diffuse": 0.5, "specular": 0.25, "transmission": 0.125, "sss": 0.125}
    layers = {f"{part}.{c}": (channels[c] * share).astype(np.float16) for part, share in shares.items() for c in "RGB"}
    layers |= {f"albedo.{c}": np.minimum(channels[c], 1) for c in "RGB"}
    y, x = (grid.astype(np.float32) for grid in np.mgrid[:HEIGHT, :WIDTH])
    layers |= {
        f"{name}.{c}": (channels["R"] * share).astype(np.float16)
        for name, share in (("shadow", 0.5), ("emission", 0.1))
        for c in "RGB"
    }
    normal = {"X": np.sin(x / 90), "Y": np.zeros_like(x), "Z": np.cos(x / 90)}
    layers |= {f"N.{axis}": value.astype(np.float16) for axis, value in normal.items()}
    layers |= {"depth.Z": 1 + y / 100, "id": (x // 64 + 99 * (y // 64)).astype(np.uint32)}
    layers |= {f"motion.{c}": np.full_like(x, 1.5).astype(np.float16) for c in "uv"}
    with OpenEXR.File(header, channels | {name: np.ascontiguousarray(value) for name, value in layers.items()}) as file:
        file.write(str(to))
    return to


def core_seconds(frames: list[Path], out: Path, model: str) -> float:
    """Of one frame more."""
    taken = {}
    for count in (MANY, FEW):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        upscale(*frames[:count], "-o", out, "--model", model, "--overwrite", "--threads", "2")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        taken[count] = used
    return (taken[MANY] - taken[FEW]) / (MANY - FEW)


def told(figures: dict) -> str:
    rows = []
    for kind, found in figures.items():
        rest = found["core-seconds"]["bicubic"]
        for model, seconds in found["core-seconds"].items():
            hours = FILM * seconds / 3600
            rows.append(
                (
                    f"{kind}, {model}",
                    seconds,
                    f"{100 * max(0.0, 1 - rest / seconds):.0f} %",
                    f"{64 * 3600 / seconds:,.0f}",
                    f"{hours:,.0f}",
                    f"{hours * PRICE:,.0f}",
                    f"{64 / seconds * found['MB out']:,.0f}",
                )
            )
    columns = (
        "core-s a frame",
        "of it the network",
        "frames/h, 64 cores",
        "core-hours a film",
        f"at {PRICE} each",
        "MB/s written",
    )
    sizes = ", ".join(
        f"{kind}: {found['MB in']:.0f} MB in, {found['MB out']:.0f} MB out" for kind, found in figures.items()
    )
    return f"2K to 4K, {sizes}\n\n{table(rows, ('', *columns))}"


if __name__ == "__main__":
    main()
