"""Blender's Cycles: the `bpy` module in an environment of its own, or a `blender` executable."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import uprez.blender
from uprez.blender.job import MARK, SCENE_IS_WRONG, Job, to_json
from uprez.errors import UsageError
from uprez.renderers.files import Tidy, finish, result_of
from uprez.renderers.process import Process, find_program
from uprez.renderers.protocol import RenderError, Result, SceneError, require_scene
from uprez.renderers.work import work_folder
from uprez.request import Image, Shot

DEVICES = ("cpu", "cuda", "optix", "hip", "oneapi", "metal")
_MAIN = Path(uprez.blender.__file__).with_name("__main__.py")
_DEMO = "demo:"
_OLDEST = 5
"""Major version: how a multi-layer file is asked for was another way before."""


@dataclass(frozen=True)
class Cycles:
    """blender: a `blender` executable or a Python interpreter that has `bpy`; see `find_blender`. patience: seconds
    that one image may take. work: a folder for files in the making, on the disk of the results.
    """

    blender: Path
    work: Path
    device: str = "cpu"
    threads: int = 0
    patience: float = 3600.0
    name: str = "cycles"

    def version(self) -> str:
        return f"Blender {self._blender_version}"

    @cached_property
    def _blender_version(self) -> str:
        ask = (
            ["-c", "import bpy; print('Blender', bpy.app.version_string)"]
            if _is_python(self.blender)
            else ["--version"]
        )
        try:
            asked = subprocess.run([str(self.blender), *ask], capture_output=True, text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"{self.blender}: can't be run ({error})") from None
        for line in asked.stdout.splitlines():
            if line.startswith("Blender "):
                version = line.split()[1]
                if int(version.partition(".")[0]) < _OLDEST:
                    raise UsageError(f"{self.blender}: is Blender {version}, which is too old; {HOW_TO_GET}")
                return version
        said = (asked.stderr or asked.stdout).strip().splitlines()
        raise UsageError(f"{self.blender}: is no Blender ({said[-1] if said else 'it says nothing'}); {HOW_TO_GET}")

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        if not shot.scene.startswith(_DEMO):
            require_scene(shot)
        with work_folder(self.work, shot.scene) as folder:
            raw = {str(folder / f"{number}.exr"): image for number, image in enumerate(images)}
            asked = tuple(replace(image, output=path) for path, image in raw.items())
            job = folder / "job.json"
            job.write_text(to_json(Job(shot=shot, images=asked, device=self.device, threads=self.threads)))
            with Process(self._command(job), scene=shot.scene, patience=self.patience) as process:
                yield from self._results(process, shot, raw)

    def _command(self, job: Path) -> list[str]:
        if _is_python(self.blender):
            return [str(self.blender), str(_MAIN), str(job)]
        return [str(self.blender), "--background", "--factory-startup", "--python", str(_MAIN), "--", str(job)]

    def _results(self, process: Process, shot: Shot, raw: dict[str, Image]) -> Iterator[Result]:
        left = len(raw)
        for line in process.lines():
            if not line.startswith(MARK):
                continue
            event = json.loads(line.removeprefix(MARK))
            if event["event"] == "error":
                raise SceneError(shot.scene, event["message"], tuple(process.log))
            if event["event"] == "image":
                process.progressed()
                left -= 1
                yield _finish(shot, raw[event["output"]], event, process)
        code = process.code()
        if left:
            fault = SceneError if code == SCENE_IS_WRONG else RenderError
            raise fault(shot.scene, _how_it_ended(code, process.log), tuple(process.log))


def _finish(shot: Shot, image: Image, event: dict[str, Any], process: Process) -> Result:
    result = result_of(image, event)
    finish(Path(event["output"]), shot, result, rename=_tidy, log=tuple(process.log))
    return result


def _how_it_ended(code: int, log: Sequence[str]) -> str:
    if code < 0:
        return f"the renderer was ended by signal {-code}"
    said = next((line for line in reversed(log) if "rror" in line), log[-1] if log else "")
    return f"the renderer ended with exit code {code} before it was done" + (f": {said}" if said else "")


_PASSES: dict[str, str] = {"Combined": "", "Denoising Albedo": "albedo.", "Denoising Normal": "normal."}


def _tidy(channel: str) -> Tidy | None:
    """A channel of Blender's multi-layer EXR, `LAYER.PASS.CHANNEL`.

    Vectors count pixels. Blender gives the way to the previous frame as X and Y, and from the next as Z and W, y up
    (checked by warping); they become Nuke's `backward` and `forward`.
    """
    path, _, component = channel.rpartition(".")
    _, group, name = path.partition(".Combined_")
    if group:  # Blender's names may have dots, as in key.001, which part layers in a channel's name
        return f"lightgroup_{name.replace('.', '_')}.{component}", "half", 1.0
    kind = path.rpartition(".")[2]
    if kind in _PASSES:
        return _PASSES[kind] + component, "half", 1.0
    if kind == "Depth":
        return "depth.Z", "float", 1.0
    if kind == "Vector":
        name, sign = {"X": ("backward.u", 1), "Y": ("backward.v", 1), "Z": ("forward.u", -1), "W": ("forward.v", -1)}[
            component
        ]
        return name, "float", sign
    return None


def _is_python(blender: Path) -> bool:
    return blender.name.startswith("python")


HOW_TO_GET = (
    "get it with: python3.11 -m venv ~/blender && ~/blender/bin/pip install bpy==5.0.1, "
    "and name it with --blender ~/blender/bin/python (or a blender executable, 5.0 or newer)"
)


def find_blender(named: Path | None) -> Path:
    """The Blender to use: the one named, `UPREZ_BLENDER`, this Python where it has `bpy`, or `blender` on the PATH.

    Raises UsageError, saying how to get one, where there is none.
    """
    if named is None and (variable := os.environ.get("UPREZ_BLENDER")):
        named = Path(variable)
    if named is not None:
        program = find_program(named)
        if program is None:
            raise UsageError(f"{named}: there is no such program; {HOW_TO_GET}")
        return program
    from importlib.util import find_spec

    if find_spec("bpy") is not None:
        return Path(sys.executable)
    found = shutil.which("blender")
    if found is None:
        raise UsageError(f"Blender is not installed; {HOW_TO_GET}")
    return Path(found)
