"""Render an example sequence: a procedural scene of make_pairs.py, seen by a camera that moves.

    python render_example.py make_pairs.py night_interior 42 shot 4

Wants Blender as a Python module (`pip install bpy==5.0.1`). Frames that are there are kept.
"""

import argparse
import contextlib
import importlib.util
import sys
from pathlib import Path

FIRST_FRAME = 1001
SIZE = (480, 270)
SAMPLES = 256
METERING_SIZE = 64  # make_pairs meters the exposure on a thumbnail of this size before it shoots a pair


class Finished(Exception):  # noqa: N818 - it is no error
    """The sequence is rendered: nothing of the pair that make_pairs would go on to render is needed."""


def load_scenes(path):
    sys.argv.append("--worker")  # make_pairs imports Blender only when it runs as a worker
    spec = importlib.util.spec_from_file_location("make_pairs", path)
    scenes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scenes)
    return scenes


def render_sequence(scenes, stem, frames):
    """Each frame finds the camera a hundredth of its distance further to the side and half of that further ahead."""
    import bpy

    scene = bpy.context.scene
    camera = scene.camera
    start = camera.matrix_world.copy()
    step = start.translation.length / 100
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.cycles.samples, scene.cycles.use_denoising = SAMPLES, True
    if camera.animation_data:
        camera.animation_data_clear()
    for number in range(frames):
        camera.matrix_world = start @ scenes.Matrix.Translation((step * number, 0, -step * number / 2))
        scene.cycles.seed = number
        scene.render.filepath = f"{stem}.{FIRST_FRAME + number}.exr"
        if not Path(scene.render.filepath).exists():
            bpy.ops.render.render(write_still=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("make_pairs", type=Path)
    parser.add_argument("look")
    parser.add_argument("seed", type=int)
    parser.add_argument("stem", help="where to write: STEM.1001.exr and so on")
    parser.add_argument("frames", type=int)
    arguments = parser.parse_args()
    scenes = load_scenes(arguments.make_pairs)
    stem = Path(arguments.stem).resolve()
    shoot = scenes.shoot

    def shoot_sequence(path, size, *rest):
        if size == METERING_SIZE:
            return shoot(path, size, *rest)
        Path(path).unlink(missing_ok=True)
        render_sequence(scenes, stem, arguments.frames)
        raise Finished

    scenes.shoot = shoot_sequence
    job = argparse.Namespace(out=str(stem.parent), threads=2, clean=False, spp=SAMPLES, hr_size=2 * max(SIZE))
    with contextlib.suppress(Finished):
        scenes.one_pair(job, arguments.look, arguments.seed)


if __name__ == "__main__":
    main()
