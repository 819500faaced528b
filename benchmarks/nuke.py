"""Is what `uprez export --to nuke` writes the same in the torch that Nuke has, without uprez?

    python benchmarks/nuke.py --python OLD/bin/python [--python OLDER/bin/python]

Each Python has some torch and numpy. Five odd sizes of HDR light up to 60000, negative and with alpha 0; relative to
what `uprez upscale` gives in float32 without consistency, and for a rendered frame with it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shared import REPOSITORY, report, table

import uprez
from uprez.models.registry import load_model

MODEL = "film-x2"
SIZES = ((1, 1), (7, 5), (33, 47), (17, 130), (64, 31))
FLOOR = 1e-2
"""Of what relative errors are relative to, as a scene-linear value."""
CHECK = """
import json, sys
import numpy as np, torch
network, cases = torch.jit.load(sys.argv[1]), np.load(sys.argv[2])
def worst(kind, names):
    errors = []
    for name in names:
        with torch.no_grad():
            found = network(torch.from_numpy(cases["in " + name]).to(kind)).float().numpy()
        wanted = cases["out " + name]
        wanted = wanted.clip(-65504, 65504) if kind == torch.half else wanted
        assert np.isfinite(found).all(), name
        errors.append(float((np.abs(found - wanted) / (np.abs(wanted) + FLOOR)).max()))
    return max(errors)
hdr = [name[3:] for name in cases.files if name.startswith("in hdr")]
network.consistency = 0
told = {"torch": torch.__version__, "float32": worst(torch.float32, hdr)}
network.consistency = 1
told["float32, a frame, held to its light"] = worst(torch.float32, ["frame"])
network.half()
network.consistency = 0
told["half"] = worst(torch.half, hdr)
print(json.dumps(told))
""".replace("FLOOR", str(FLOOR))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", default=[sys.executable], help="of an environment with torch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = [sys.executable, "-m", "uprez", "export", MODEL, "--to", "nuke", "-o", str(folder)]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)
        np.savez(folder / "cases.npz", **cases())
        found = [checked(python, folder) for python in options.python]
    kinds = list(found[0])
    rows = [[one["torch"], *(f"{one[kind]:.1e}" for kind in kinds[1:])] for one in found]
    limits = ["limit", "1.0e-04", "1.0e-04", "1.0e-02"]
    text = f"{MODEL}.pt, largest error relative to uprez upscale\n\n{table([*rows, limits], kinds)}"
    report("nuke", {"model": MODEL, "found": found}, text)


def cases() -> dict[str, NDArray[np.float32]]:
    model = load_model(MODEL, device="cpu", precision="f32")
    images = {f"hdr {height} {width}": hdr(height, width) for height, width in SIZES}
    images["frame"] = uprez.upscale(REPOSITORY / "examples/shot.1001.exr", "nearest")[::2, ::2]
    told = {}
    for name, image in images.items():
        result = uprez.upscale(image, model, consistency=name == "frame")
        told[f"in {name}"], told[f"out {name}"] = (
            np.ascontiguousarray(a.transpose(2, 0, 1)[None]) for a in (image, result)
        )
    return told


def hdr(height: int, width: int) -> NDArray[np.float32]:
    """Values that half holds exactly, so that casting loses nothing on the way in."""
    random = np.random.default_rng(height)
    rgba = np.exp(random.normal(-2, 2, (height, width, 4)))
    rgba[..., 3] = random.random((height, width))
    rgba[::3, ::5, 3] = 0
    rgba[0, 0, :3] = 60000, 0.2, -0.3
    rgba[8:16, 8:16] = 0
    return rgba.astype(np.float16).astype(np.float32)


def checked(python: str, folder: Path) -> dict[str, object]:
    (network,) = folder.glob("*.pt")
    command = [python, "-I", "-W", "ignore", "-c", CHECK, str(network), str(folder / "cases.npz")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise SystemExit(f"{python}: {done.stderr.strip()}")
    told: dict[str, object] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    main()
