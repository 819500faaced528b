"""Renderers for the tests: programs that write pictures without rendering, and Mitsuba where it is there."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from uprez.frames import DecodePool, Window, open_frame
from uprez.request import Image

PICTURE = '''
def picture(x, y, width, height):
    """Pixels that tell their place in the frame: red counts columns, green rows, blue is one."""
    rows, columns = np.mgrid[y : y + height, x : x + width].astype(np.float32)
    return {"R": columns, "G": rows, "B": np.ones_like(rows), "A": np.ones_like(rows)}
'''

RENDERER = f"""
import json, os, signal, sys, time
import numpy as np, OpenEXR
{PICTURE}
does, output, *rest = sys.argv[1:]
numbers = [int(word) for word in rest[:4]]
with open(os.environ.get("SEEN", os.devnull), "a") as seen:
    seen.write(json.dumps(sys.argv[1:]) + "\\n")

def write(*parts):
    frame = np.array([0, 0], np.int32), np.array([99, 99], np.int32)
    made = [OpenEXR.Part({{"dataWindow": at, "displayWindow": frame}}, planes, name) for name, at, planes in parts]
    OpenEXR.File(made).write(output)

def part(name, x, y, width, height, at=None, **more):
    left, top = at or (x, y)
    corners = (np.array([left, top], np.int32), np.array([left + width - 1, top + height - 1], np.int32))
    return name, corners, picture(x, y, width, height) | more

if does == "fill":
    write(part("all", *numbers))
elif does == "fill at the origin":
    write(part("all", *numbers, at=(0, 0)))
elif does == "overscan":
    x, y, width, height = numbers
    write(part("all", x - 3, y - 2, width + 6, height + 4))
elif does == "depth":
    ids = np.arange(numbers[2] * numbers[3], dtype=np.float32).reshape(numbers[3], numbers[2])
    write(part("beauty", *numbers), ("depth", part("", *numbers)[1], {{"Z": ids}}))
elif does == "no red":
    name, window, channels = part("all", *numbers)
    write((name, window, {{"Y": channels["R"]}}))
elif does == "two sizes":
    write(part("beauty", *numbers), part("more", 0, 0, 1, 1))
elif does == "damage":
    open(output, "wb").write(b"no picture at all")
elif does == "fail":
    print("loading\\nError: the licence has run out\\nbye")
    sys.exit(3)
elif does == "die":
    os.kill(os.getpid(), signal.SIGKILL)
elif does == "hang":
    time.sleep(600)
"""

PRMAN = f'''#!{sys.executable}
"""Takes what prman takes by its documentation and nothing else; SEEN is a folder for a copy of what it was given."""
import os, re, shutil, sys
import numpy as np, OpenEXR
{PICTURE}
def fail(message):
    print("P79999 {{SEVERE}} " + message)
    sys.exit(1)

arguments = sys.argv[1:]
if arguments == ["-version"]:
    print(os.environ.get("VERSION", "prman 27.2 linked Thu Feb 12 10:00:00 2026 PST @2400000"))
    sys.exit(0)
if os.environ.get("FAIL"):
    fail("Error: " + os.environ["FAIL"])
files = []
while arguments:
    word = arguments.pop(0)
    if word == "-cwd":
        os.chdir(arguments.pop(0))
    elif word.startswith("-") and word != "-Progress" and not re.fullmatch("-t:[1-9][0-9]*", word):
        fail("unknown option " + word)
    elif not word.startswith("-"):
        files.append(word)
text = ""
for number, name in enumerate(files):
    if not os.path.isfile(name):
        fail("no such file " + name)
    if "SEEN" in os.environ:
        shutil.copy(name, os.path.join(os.environ["SEEN"], f"{{number}}.rib"))
    text += open(name).read() + "\\n"
if "SEEN" in os.environ:
    open(os.path.join(os.environ["SEEN"], "cwd"), "w").write(os.getcwd())
state, _, _ = text.partition("WorldBegin")
def last(pattern):
    found = re.findall(pattern, state, re.M)
    return found[-1] if found else fail("the RIB lacks " + pattern)
width, height = (int(number) for number in last(r"^ *Format +(\\d+) +(\\d+) +[\\d.]+"))
left, right, top, bottom = (float(edge) for edge in last(r"^ *CropWindow +(\\S+) +(\\S+) +(\\S+) +(\\S+)"))
if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
    fail("CropWindow is out of range")
x, y = int(np.ceil(width * left)), int(np.ceil(height * top))
x_end, y_end = int(np.ceil(width * right - 1)), int(np.ceil(height * bottom - 1))
displays = re.findall(r'^ *Display +"(.*?)" +"(.*?)" +"(.*?)" *(.*)', text, re.M)
if len(displays) != 1:
    fail(f"{{len(displays)}} displays")
output, driver, shown, parameters = displays[0]
declared = dict(reversed(pair.split()) for pair in re.findall(r'^DisplayChannel "(.*?)"', state, re.M))
names = shown.split(",")
if driver != "openexr" or names[:2] != ["Ci", "a"] or parameters != '"int asrgba" [1] "string type" ["float"]':
    fail("a display that is not documented so: " + repr(displays[0]))
if os.environ.get("NO_IMAGE"):
    sys.exit(0)
channels = picture(x, y, x_end - x + 1, y_end - y + 1)
for name in names[2:]:
    letters = {{"color": ".r .g .b", "normal": ".x .y .z", "vector": ".x .y .z", "float": " "}}[declared[name]]
    for number, letter in enumerate(letters.split() or [""]):
        channels[name + letter] = np.full_like(channels["R"], number + 1)
window = (np.array([x, y], np.int32), np.array([x_end, y_end], np.int32))
OpenEXR.File({{"dataWindow": window}}, channels).write(output)
'''

MITSUBA_SCENE = """<scene version="3.0.0">
  <default name="width" value="64"/><default name="height" value="48"/><default name="samples" value="16"/>
  <default name="x" value="0"/><default name="y" value="0"/>
  <default name="window_width" value="64"/><default name="window_height" value="48"/>
  <integrator type="path"><integer name="max_depth" value="3"/></integrator>
  <sensor type="perspective">
    <float name="fov" value="40"/>
    <transform name="to_world"><lookat origin="0, 1, 6" target="0, 0, 0" up="0, 1, 0"/></transform>
    <sampler type="independent"><integer name="sample_count" value="$samples"/></sampler>
    <film type="hdrfilm">
      <integer name="width" value="$width"/><integer name="height" value="$height"/>
      <integer name="crop_offset_x" value="$x"/><integer name="crop_offset_y" value="$y"/>
      <integer name="crop_width" value="$window_width"/><integer name="crop_height" value="$window_height"/>
      <string name="pixel_format" value="rgba"/><rfilter type="box"/>
    </film>
  </sensor>
  <emitter type="constant"><rgb name="radiance" value="0.4, 0.5, 0.6"/></emitter>
  <emitter type="point"><point name="position" x="3" y="4" z="4"/><rgb name="intensity" value="30"/></emitter>
  <shape type="sphere"><bsdf type="diffuse"><rgb name="reflectance" value="0.7, 0.2, 0.1"/></bsdf></shape>
  <shape type="rectangle">
    <transform name="to_world"><rotate x="1" angle="-90"/><scale value="6"/><translate y="-1"/></transform>
    <bsdf type="diffuse"/>
  </shape>
</scene>
"""

MITSUBA = """
import sys
import mitsuba

mitsuba.set_variant("scalar_rgb")
scene, output, seed, *settings = sys.argv[1:]
loaded = mitsuba.load_file(scene, **dict(setting.split("=") for setting in settings))
mitsuba.render(loaded, seed=int(seed))
loaded.sensors()[0].film().write(output)
"""


def renderer(folder: Path) -> str:
    """The beginning of a template that runs `RENDERER`."""
    script = folder / "renderer.py"
    script.write_text(RENDERER)
    return shlex.join([sys.executable, str(script)])


def prman(folder: Path) -> Path:
    """An executable stand-in of RenderMan's prman."""
    program = folder / "prman"
    program.write_text(PRMAN)
    program.chmod(0o755)
    return program


def mitsuba(folder: Path) -> tuple[str, Path]:
    """The beginning of a template that runs Mitsuba, and a scene for it; skips where there is no Mitsuba."""
    if find_spec("mitsuba") is None:
        pytest.skip("needs Mitsuba 3: pip install mitsuba")
    script, scene = folder / "mitsuba_render.py", folder / "scene.xml"
    script.write_text(MITSUBA)
    scene.write_text(MITSUBA_SCENE)
    return shlex.join([sys.executable, str(script)]), scene


def image_of(output: Path, width: int = 40, height: int = 24, **changes: Any) -> Image:
    """An image of that size, at HR where nothing else is said."""
    usual: dict[str, Any] = {"frame": 1, "samples": 4}
    return Image(output=str(output), width=width, height=height, **(usual | changes))


def read(path: str | Path) -> tuple[dict[str, NDArray[np.float32]], Window]:
    """The channels of a finished image, and its data window."""
    with DecodePool() as pool, open_frame(Path(path), pool=pool) as reader:
        (part,) = reader.header.parts
        planes = reader.read(0, 0, part.data_window.height)
        return {name: plane.astype(np.float32) for name, plane in planes.items()}, part.data_window


def readable(path: str | Path) -> bool:
    """Whether OpenEXR itself reads the file."""
    return bool(OpenEXR.File(str(path)).channels())
