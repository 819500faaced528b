"""How large is `pip install .` in a fresh environment, and does `uprez upscale` work there, without torch?

    python benchmarks/install.py

Everything in site-packages counts but pip and setuptools: the bytes of the files, and what they take on the disk.
Packages come from the index that pip is set up for. A megabyte is 10^6 bytes.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from exr_files import raw_headers, write_exr
from observed import watch
from shared import REPOSITORY, report, table

LIMIT_MB = 350
NOT_OURS = ("pip", "setuptools", "_distutils_hack", "distutils-precedence", "pkg_resources")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = folder / "venv" / "bin" / "python"
        run(sys.executable, "-m", "venv", folder / "venv")
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REPOSITORY)
        packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        sizes = {path.name: size_of(path) for path in packages.iterdir() if not path.name.startswith(NOT_OURS)}
        told = [*torch_problems(python), *upscale_problems(folder)]
    apparent, disk = (sum(size[k] for size in sizes.values()) / 1e6 for k in (0, 1))
    if max(apparent, disk) >= LIMIT_MB:
        told.append(f"- {max(apparent, disk):.0f} MB, not under {LIMIT_MB}")
    largest = sorted(sizes.items(), key=lambda item: -item[1][0])[:8]
    rows = [["all", f"{apparent:.1f}", f"{disk:.1f}"]]
    rows += [[name, f"{size[0] / 1e6:.1f}", f"{size[1] / 1e6:.1f}"] for name, size in largest]
    text = table(rows, ["installed", "MB", "MB on disk"])
    text += "\n\n" + "\n".join(
        ["What does not hold", "", *told]
        if told
        else [f"Everything holds: under {LIMIT_MB} MB, no torch, and `uprez upscale` works."]
    )
    report("install", {"megabytes": apparent, "megabytes_on_disk": disk, "problems": told}, text)
    if told:
        raise SystemExit(1)


def run(*command: str | Path) -> str:
    """Its output; stops here where it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=clean_environment())
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """Without what would let the checkout or another environment be imported."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def size_of(path: Path) -> tuple[int, int]:
    """Bytes of a file or of all files below a folder, and bytes of the blocks that they take."""
    files = [path, *path.rglob("*")] if path.is_dir() else [path]
    statuses = [file.lstat() for file in files]
    return sum(s.st_size for s in statuses), sum(s.st_blocks * 512 for s in statuses)


def torch_problems(python: Path) -> list[str]:
    code = "import importlib.util; print(importlib.util.find_spec('torch') is None)"
    return [] if run(python, "-c", code).strip() == "True" else ["- torch is there"]


def upscale_problems(folder: Path) -> list[str]:
    """A frame through the installed command, with the model that it chooses itself."""
    noise = np.random.default_rng(0).random((45, 80, 4), np.float32)
    source = folder / "frame.1001.exr"
    write_exr(source, {c: np.ascontiguousarray(noise[..., k].astype("f2")) for k, c in enumerate("RGBA")})
    command = [folder / "venv" / "bin" / "uprez", "upscale", source, "-o", folder / "out"]
    done = watch(command, folder=folder, environment=clean_environment())
    if done.exit_code:
        return [f"- uprez upscale: exit {done.exit_code}: {done.error}"]
    (header,) = raw_headers(folder / "out" / source.name)
    return (
        [] if header["uprez:model"][1].startswith(b"film") else [f"- the default model is {header['uprez:model'][1]!r}"]
    )


if __name__ == "__main__":
    main()
