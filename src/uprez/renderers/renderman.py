"""Pixar's RenderMan: `prman` on a RIB, rewritten so that size, window, samples, output and pixel settings are ours.

Sources, at rmanwiki.pixar.com: command line, /display/REN/prman; hider, format and crop window,
/display/REN22/Renderer+Options; dicing in pixels, /pages/viewpage.action?pageId=45747764; openexr and its channels,
/display/REN/Display+Drivers; AOV expressions, /display/REN24/Denoising. Requests: RenderMan Interface 3.2.
"""

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from uprez.errors import UsageError
from uprez.renderers.command import require_whole, run_command, windowed, windows_of
from uprez.renderers.files import Tidy, finish
from uprez.renderers.process import find_program
from uprez.renderers.protocol import Result, SceneError, require_scene
from uprez.renderers.work import work_folder
from uprez.request import Image, Place, Shot

_USD = (".usd", ".usda", ".usdc", ".usdz")
_SEEDS = 4096  # noise patterns: seeds beyond repeat, so that a sample's number stays a small one
HOW_TO_NAME = "name it with --prman PATH, or set RMANTREE to the folder where RenderMan is installed"


def find_prman(named: Path | None) -> Path:
    """The prman to use: the one named, `RMANTREE`'s, or the one on the PATH. Raises UsageError where there is none."""
    tree = os.environ.get("RMANTREE")
    wanted = named or (Path(tree) / "bin" / "prman" if tree else Path("prman"))
    found = find_program(wanted)
    if found is None:
        raise UsageError(f"prman was not found ({wanted}); {HOW_TO_NAME}")
    return found


@dataclass(frozen=True)
class RenderMan:
    """prman: see `find_prman`. patience: seconds that one image may take. work: a folder for files in the making.

    An image's frame is the RIB's `FrameBegin` block of that number; a RIB without such blocks shows the same at every
    frame. Every pixel takes exactly the image's samples. Nothing is denoised, and light groups are not given.
    """

    prman: Path
    work: Path
    threads: int = 0
    patience: float = 3600.0
    name: str = "renderman"

    def version(self) -> str:
        return self._version

    @cached_property
    def _version(self) -> str:
        try:
            ask = [str(self.prman), "-version"]
            asked = subprocess.run(ask, capture_output=True, text=True, timeout=120, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UsageError(f"{self.prman}: can't be run ({error}); {HOW_TO_NAME}") from None
        number = re.search(r"\d+\.\d+\S*", asked.stdout + asked.stderr)
        if asked.returncode or number is None:
            raise UsageError(f"{self.prman}: is no prman, it tells no version; {HOW_TO_NAME}")
        return f"RenderMan {number[0]}"

    def render(self, shot: Shot, images: Sequence[Image]) -> Iterator[Result]:
        """core_seconds of the results is None: what a child used is not told apart from that of jobs beside it."""
        text = _read(require_scene(shot), shot)
        require_whole(shot, images, "prman")
        if shot.camera:
            raise SceneError(shot.scene, f"camera {shot.camera!r} can't be chosen in a RIB; leave --camera out")
        with work_folder(self.work, shot.scene) as folder:
            for image, window in zip(images, windows_of(shot, images), strict=True):
                yield self._render(shot, image, window, text, Path(folder).absolute())

    def _render(self, shot: Shot, image: Image, window: Place | None, text: str, folder: Path) -> Result:
        raw, options, scene = folder / "image.exr", folder / "options.rib", folder / "scene.rib"
        rib = _Rib(shot, image, window, _one_frame(text, shot, image.frame))
        options.write_text(rib.options(raw), encoding="utf-8")
        scene.write_text(rib.scene(), encoding="utf-8")
        threads = [f"-t:{self.threads}"] if self.threads else []
        base = str(Path(shot.scene).absolute().parent)
        command = [str(self.prman), "-Progress", *threads, "-cwd", base, str(options), str(scene)]
        seconds, log = run_command(command, shot, patience=self.patience)
        aovs = tuple(aov for aov in image.aovs if aov in _AOVS)
        fixed = rib.corrected()
        result = Result(
            image=image,
            seconds=seconds,
            core_seconds=None,
            samples=image.samples,
            window=window,
            aovs=aovs,
            corrected=fixed,
        )
        finish(windowed(raw, shot, image, window, log), shot, result, rename=_tidy, log=log)
        raw.unlink()
        return result


def _read(path: Path, shot: Shot) -> str:
    if path.suffix in _USD:
        raise SceneError(
            shot.scene,
            "prman reads RIB, not USD; render it by OpenUSD's usdrecord with hdPrman, as docs/render.md shows: "
            "--renderer command --command './usd.sh {width} {frame} {scene} {output}'",
        )
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SceneError(shot.scene, f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SceneError(shot.scene, "is no ASCII RIB; convert it: catrib -ascii SCENE.rib > ASCII.rib")
    return text


_TOKEN = re.compile(
    r"""\#[^\n]* | "(?:[^"\\]|\\.)*" | \[ (?: [^\]"\#]++ | "(?:[^"\\]|\\.)*+" | \#[^\n]* )*+ \] | [^\s\[\]"\#]+ | \S""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass
class _Request:
    """One request of a RIB and where it stands: a word and its arguments; an array is one argument."""

    name: str
    start: int
    end: int
    arguments: list[re.Match[str]] = field(default_factory=list)


def _requests(text: str) -> Iterator[_Request]:
    request = None
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word[0].isalpha():
            if request is not None:
                yield request
            request = _Request(word, token.start(), token.end())
        elif request is not None and word[0] != "#":
            request.arguments.append(token)
            request.end = token.end()
    if request is not None:
        yield request


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    pieces, position = [], 0
    for start, end, replacement in sorted(edits):
        pieces += [text[position:start], replacement]
        position = end
    return "".join([*pieces, text[position:]])


def _one_frame(text: str, shot: Shot, frame: int) -> str:
    """The RIB without the blocks of other frames. Raises SceneError where it holds other frames alone, or no world."""
    blocks: dict[str, list[tuple[int, int, str]]] = {}
    start, number = 0, ""
    for request in _requests(text):
        if request.name == "FrameBegin":
            start, number = request.start, request.arguments[0][0] if request.arguments else ""
        elif request.name == "FrameEnd":
            blocks.setdefault(number, []).append((start, request.end, ""))
    if blocks and str(frame) not in blocks:
        raise SceneError(shot.scene, f"has no frame {frame}; its frames are {', '.join(blocks)}")
    kept = _edited(text, [edit for known, edits in blocks.items() if known != str(frame) for edit in edits])
    worlds = sum(request.name == "WorldBegin" for request in _requests(kept))
    if worlds != 1:
        raise SceneError(shot.scene, f"has {worlds} WorldBegin where an image takes one")
    return kept


class _Rib:
    """The RIB of one image: `options`, read before the scene, and the scene with what would contradict it changed."""

    def __init__(self, shot: Shot, image: Image, window: Place | None, text: str) -> None:
        self._shot, self._image, self._text = shot, image, text
        self._factor = image.relative_size if image.correct else 1.0
        x, y, width, height = window or (0, 0, image.width, image.height)
        # Pixels from ceil(width * xmin) to ceil(width * xmax - 1) are rendered: half a pixel keeps rounding away.
        columns = max(0.0, (x - 0.5) / image.width), (x + width - 0.5) / image.width
        rows = max(0.0, (y - 0.5) / image.height), (y + height - 0.5) / image.height
        self._crop = " ".join(f"{edge:.9g}" for edge in (*columns, *rows))
        self._set = {
            "minsamples": f"[{image.samples}]",
            "maxsamples": f"[{image.samples}]",
            "sampleoffset": f"[{image.seed % _SEEDS * image.samples}]",
            "FormatResolution": f"[{image.width} {image.height}]",
            "CropWindow": f"[{self._crop}]",
        }
        self._became: dict[str, list[float]] = {}
        self._archives: list[str] = []
        self._scaled("micropolygonlength", 1.0, self._factor)  # RenderMan's default

    def options(self, output: Path) -> str:
        image = self._image
        channels = [channel for aov in image.aovs for channel in _AOVS.get(aov, ())]
        shown = ",".join(["Ci", "a", *(_OURS + name for _, name, _ in channels)])
        path = json.dumps(str(output), ensure_ascii=False)  # RIB escapes strings as C and JSON do
        lines = [
            f"Format {image.width} {image.height} 1",
            f"CropWindow {self._crop}",
            f'Hider "raytrace" {self._hider("")}',
            *([f'Attribute "dice" "float micropolygonlength" [{self._factor:.9g}]'] if self._factor != 1 else []),
            'DisplayChannel "color Ci"',
            'DisplayChannel "float a"',
            *(f'DisplayChannel "{kind} {_OURS}{name}" "string source" "{source}"' for kind, name, source in channels),
            f'Display {path} "openexr" "{shown}" "int asrgba" [1] "string type" ["float"]',
        ]
        return "".join(f"{line}\n" for line in lines)

    def _hider(self, present: str) -> str:
        names = ("minsamples", "maxsamples", "sampleoffset")
        return " ".join(f'"int {name}" {self._set[name]}' for name in names if name not in present)

    def scene(self) -> str:
        return _edited(self._text, [edit for request in _requests(self._text) for edit in self._edits(request)])

    def corrected(self) -> dict[str, Any]:
        """For each setting the least and the most that it became, and what could not be corrected."""
        if self._factor == 1:
            return {}
        archives = {"not_looked_into": sorted(set(self._archives))} if self._archives else {}
        return {**self._became, "texture_filter": "not corrected: RenderMan documents no setting", **archives}

    def _edits(self, request: _Request) -> Iterator[tuple[int, int, str]]:
        arguments = request.arguments
        if request.name == "Display":
            yield request.start, request.end, ""
        elif request.name == "CropWindow":
            yield request.start, request.end, f"CropWindow {self._crop}"
        elif request.name == "Format":
            aspect = arguments[2][0] if len(arguments) > 2 else "1"
            yield request.start, request.end, f"Format {self._image.width} {self._image.height} {aspect}"
        elif request.name == "ShadingRate" and arguments:  # an area in pixels
            yield self._rescaled("shadingrate", arguments[0], self._factor**2)
        else:
            if request.name.startswith(("ReadArchive", "Procedural")) and arguments:
                self._archives.append(" ".join(argument[0].strip('[]" ') for argument in arguments[:2]))
            yield from self._parameter_edits(request)
            if request.name == "Hider":
                present = self._text[request.start : request.end]
                yield request.end, request.end, f" {self._hider(present)}"

    def _parameter_edits(self, request: _Request) -> Iterator[tuple[int, int, str]]:
        arguments = request.arguments
        for declared, value in pairwise(arguments):
            if declared[0][0] != '"':
                continue
            name = declared[0].strip('" ').rpartition(" ")[2].rpartition(":")[2]
            if name in self._set:
                yield value.start(), value.end(), self._set[name]
            elif name == "micropolygonlength" or (name == "minwidth" and "curve" in (arguments[0][0] + declared[0])):
                yield self._rescaled(name, value, self._factor)

    def _rescaled(self, name: str, value: re.Match[str], factor: float) -> tuple[int, int, str]:
        if _NUMBER.search(value[0]) is None:
            raise SceneError(self._shot.scene, f"{name} is {value[0]}, which is no number that could be corrected")
        scaled = _NUMBER.sub(lambda number: self._scaled(name, float(number[0]), factor), value[0])
        return value.start(), value.end(), scaled

    def _scaled(self, name: str, value: float, factor: float) -> str:
        became = value * factor
        least, most = self._became.get(name, (math.inf, -math.inf))
        self._became[name] = [min(least, became), max(most, became)]
        return f"{became:.9g}"


_OURS = "uprez_"  # keeps our channels apart from those that the scene declares
_ALBEDO = "color lpe:nothruput;noinfinitecheck;noclamp;unoccluded;overwrite;C<.S'passthru'>*((U2L)|O)"
_AOVS = {
    "albedo": [("color", "albedo", _ALBEDO)],
    "normal": [("normal", "normal", "normal Nn")],
    "depth": [("float", "depth", "float z")],
    "motion": [("vector", "backward", "vector motionBack"), ("vector", "forward", "vector motionFore")],
}
"""Declared type, name and source of the channels of an AOV."""
_COMPONENTS = {"albedo": "RGB", "normal": "XYZ", "backward": "uv", "forward": "uv"}


def _tidy(channel: str) -> Tidy | None:
    """A channel as prman names it: R, G, B, A, or ours with its component as .r .g .b or .x .y .z.

    Vectors are in raster space, whose y runs down, and so are turned to run up.
    """
    if channel in {"R", "G", "B", "A"}:
        return channel, "half", 1.0
    name, _, component = channel.removeprefix(_OURS).partition(".")
    if name == "depth":
        return "depth.Z", "float", 1.0
    number = {"r": 0, "x": 0, "g": 1, "y": 1, "b": 2, "z": 2}.get(component.lower(), 3)
    letters = _COMPONENTS.get(name, "")
    if number >= len(letters):
        return None
    letter = letters[number]
    return f"{name}.{letter}", "float" if letter in "uv" else "half", -1.0 if letter == "v" else 1.0
