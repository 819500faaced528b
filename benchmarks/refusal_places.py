"""Circumstances under which `uprez upscale` can't succeed: where results should go, and what it is told to run."""

import ctypes
import hashlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from exr_files import write_exr
from shared import REPOSITORY

SMALL_DISK = 256 << 10
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # linux/prctl.h, linux/capability.h
BUNDLED = REPOSITORY / "src" / "uprez" / "models" / "bundled"
CHANGED_NETWORKS = 6
"""Of each bundled model."""
CARD = """\
name = "garbage"
scale = 2
kind = "network"
halo = 8
features = 16
licence = "none"
network_sha256 = "{sha256}"

[[inputs]]
name = "beauty"
channels = ["R", "G", "B", "A"]
encoding = "compressed"
grid = "lr"
"""


@dataclass(frozen=True)
class Case:
    """A command that must be refused."""

    name: str
    arguments: tuple[str | Path, ...]
    names: str
    """What the error line must mention."""
    watched: Path
    """The folder in which nothing may appear."""
    codes: tuple[int, ...] = (1, 2)
    prepare: Callable[[], None] | None = None
    before: frozenset[Path] = frozenset()

    def left(self) -> list[Path]:
        """Files that were not there before."""
        return sorted(files_in(self.watched) - self.before)


def files_in(folder: Path) -> frozenset[Path]:
    return frozenset(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else frozenset()


@contextmanager
def place_cases(folder: Path) -> Iterator[list[Case]]:
    """Destinations. Mounts need root; without it the full disk is a limit on the size of files."""
    source = _frame(folder)
    (folder / "file").write_text("not a folder")
    out = folder / "out"
    with ExitStack() as stack:
        cases = [
            Case("a file where the folder should be", _to(source, folder / "file"), "file", folder),
            Case("a folder below a file", _to(source, folder / "file" / "below"), "file", folder),
            Case("a folder that can't be made", _to(source, "/proc/uprez"), "/proc/uprez", folder),
            Case("an ending of no format", _to(source, out / "frame.####.xyz"), "", folder),
            Case("over the source itself", _to(source, folder), source.name, folder),
            Case("a name too long for the disk", _to(source, out / f"{'n' * 300}.####.exr"), "", folder),
            Case("no room for a large file", _to(source, out), source.name, folder, prepare=_small_files),
        ]
        for name, mode in (("closed.exr", 0o000), ("closed", 0o000), ("sealed", 0o555), ("blind", 0o666)):
            (folder / name).touch() if name.endswith(".exr") else (folder / name).mkdir()
            (folder / name).chmod(mode)
            stack.callback((folder / name).chmod, 0o777)
            command = _to(folder / name, out) if name.startswith("closed") else _to(source, folder / name)
            cases.append(Case(f"{name} without permission", command, name, folder, prepare=_without_privilege))
        if mounted := _mounted(folder / "full", f"size={SMALL_DISK}", stack):
            cases.append(Case("a full disk", _to(source, mounted), source.name, mounted))
        if mounted := _mounted(folder / "read only", "ro", stack):
            cases.append(Case("a disk that can't be written", _to(source, mounted), source.name, mounted))
        yield [replace(case, before=files_in(folder)) for case in cases]
        assert hashlib.sha256(source.read_bytes()).digest() == _digest(folder), "the source has changed"


@contextmanager
def model_cases(folder: Path) -> Iterator[list[Case]]:
    """Models that are none, and usage that means nothing."""
    source, out = _frame(folder), folder / "out"
    rng = np.random.default_rng(0)
    noise = rng.bytes(4096)
    right_hash, hash_of_nothing = (CARD.format(sha256=_hash(x)) for x in (noise, b""))
    models = {
        "an empty folder": {},
        "a card of noise": {"card.toml": noise},
        "a card without a network": {"card.toml": right_hash.encode()},
        "a network of noise": {"card.toml": CARD.format(sha256="0" * 64).encode(), "network.onnx": noise},
        "a network of noise with the right hash": {"card.toml": right_hash.encode(), "network.onnx": noise},
        "an empty network": {"card.toml": hash_of_nothing.encode(), "network.onnx": b""},
        "a card that is a pickle": {"card.toml": b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR."},
        "an unknown key": {"card.toml": b"nmae = 'typo'\n" + right_hash.encode(), "network.onnx": noise},
        "a huge halo": {"card.toml": right_hash.replace("halo = 8", "halo = 10000000").encode(), "network.onnx": noise},
    }
    models |= (changed := changed_models())
    for name, files in models.items():
        (folder / name).mkdir()
        for file, content in files.items():
            (folder / name / file).write_bytes(content)
    (folder / "a file as model").write_bytes(noise)
    asked = {**{name: folder / name for name in [*models, "a file as model", "nowhere"]}, "no such name": "bicubik"}
    usage = {
        "no such file": (folder / "nowhere.exr", "-o", out),
        "no frame of a pattern": (folder / "shot.####.exr", "-o", out),
        "an empty folder as source": (folder / "an empty folder", "-o", out),
        "a range that is none": (source, "-o", out, "--frames", "1-x"),
        "no such device": (source, "-o", out, "--device", "abacus"),
        "a memory that is none": (source, "-o", out, "--memory", "much"),
        "rules of noise": (source, "-o", out, "--rules", folder / "a file as model"),
        "no such option": (source, "-o", out, "--fast"),
    }
    before = files_in(folder)
    cases = [
        Case(f"model: {name}", (source, "-o", out, "--model", model), str(model), folder, codes, before=before)
        for name, model in asked.items()
        for codes in [(0, 1, 2) if name in changed else (2,)]
    ]
    yield cases + [Case(name, arguments, "", folder, before=before) for name, arguments in usage.items()]


def changed_models() -> dict[str, dict[str, bytes]]:
    """Bundled networks, bytes changed or cut short, with the right hash in their card: the runtime has to tell."""
    changed = {}
    rng = np.random.default_rng(2)
    for number, card in enumerate(sorted(BUNDLED.glob("*/card.toml")) * CHANGED_NETWORKS):
        network = bytearray((card.parent / "network.onnx").read_bytes())
        text = card.read_text()
        right = _hash(bytes(network))
        for place in rng.integers(2048 if number % 2 else len(network), size=8):
            network[place] ^= int(rng.integers(1, 256))
        if number % 3 == 2:
            del network[int(rng.integers(len(network))) :]
        text = text.replace(right, _hash(bytes(network)))
        changed[f"{card.parent.name} changed {number}"] = {"card.toml": text.encode(), "network.onnx": bytes(network)}
    return changed


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _frame(folder: Path) -> Path:
    """One whose result is larger than the small disk."""
    path = folder / "noise.1001.exr"
    noise = np.random.default_rng(1).random((200, 200, 4), np.float32)
    write_exr(path, {c: np.ascontiguousarray(noise[..., k].astype("f2")) for k, c in enumerate("RGBA")})
    (folder / "noise.sha256").write_bytes(hashlib.sha256(path.read_bytes()).digest())
    return path


def _digest(folder: Path) -> bytes:
    return (folder / "noise.sha256").read_bytes()


def _to(source: Path, output: str | Path) -> tuple[str | Path, ...]:
    return source, "-o", output, "--model", "bicubic"


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK, SMALL_DISK))


def _without_privilege() -> None:
    """Take from root, for this process and its children, what lets it read and write whatever it likes."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def _mounted(folder: Path, option: str, stack: ExitStack) -> Path | None:
    """A small disk in memory, taken away at the end; None where that is not allowed."""
    if os.geteuid():
        return None
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        return None
    stack.callback(subprocess.run, ["umount", folder], check=True)
    return folder
