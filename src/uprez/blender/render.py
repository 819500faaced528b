"""Renders the images of a job one after another, and says so on standard output as each is done."""

import json
import math
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from uprez.blender import changes, passes
from uprez.blender.elements import Elements, view_layer_of
from uprez.blender.errors import SceneError
from uprez.blender.job import MARK, SCENE_IS_WRONG, Job, from_json
from uprez.blender.metering import choose_window, exposure_for, thumbnail
from uprez.blender.resolution import PixelSettings
from uprez.blender.scenes import open_scene
from uprez.request import Image, Shot, with_margin

_DEMO = "demo:"
_SETTINGS = ("cycles.", "render.")
_LEAST_SAMPLES = 16
_NOISE = 0.2  # of a pixel at one sample: 0.025 is left at 64, well below what the denoiser takes away
_STOPS = 3.0  # exposure of the demo show is drawn from -3 to +3 stops, mostly near none


def main(path: Path) -> int:
    """Render the job in the file at `path`; the exit code."""
    job = from_json(path.read_text(encoding="utf-8"))
    try:
        _render(job)
    except SceneError as problem:
        _say(event="error", message=str(problem))
        return SCENE_IS_WRONG
    return 0


def _render(job: Job) -> None:
    started = time.perf_counter()
    show = _open(job.shot)
    _set_up(job)
    pixels, elements, filters = PixelSettings(), Elements(), passes.own_filter()
    first = job.images[0]
    if show is not None:
        _expose(show, job.shot, first, elements)
    window = first.window
    if window is None and first.window_size is not None:
        # Elements of a scene share the window of the whole, to be composited; one of the demo show stands alone.
        elements.show("whole" if show is None else first.element)
        preview = thumbnail(first, job.shot.meter_frame)
        window = choose_window(preview, first, seed=f"{Path(job.shot.scene).name}/{job.shot.seed}")
    changes.apply(job.shot.change, first, window)
    _say(event="shot", window=window, seconds=round(time.perf_counter() - started, 3))
    for image in job.images:
        elements.show(image.element)
        passes.set_filter(*(("BOX", 1.0) if image.subpixels else filters))
        _render_image(_as_the_look_wants(show, image), _at_size(window, first, image), pixels, show is not None)


def _open(shot: Shot) -> Any:
    """Open the scene. The demo show's own account of the shot, or None for a scene file."""
    if not shot.scene.startswith(_DEMO):
        open_scene(Path(shot.scene), camera=shot.camera, allow_missing=shot.allow_missing)
        return None
    from uprez.blender import demo

    bpy.ops.wm.read_factory_settings(use_empty=True)
    return demo.build(
        shot.scene.removeprefix(_DEMO),
        shot.seed,
        frames=shot.frames,
        assets=Path(shot.assets) if shot.assets else None,
        looks=Path(shot.looks) if shot.looks else None,
        scatter_seed=1 if shot.change == changes.SCATTER else 0,
    )


def _set_up(job: Job) -> None:
    scene = bpy.context.scene
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_percentage = 100
    render.use_compositing = render.use_sequencer = render.use_stamp = render.use_multiview = False
    render.pixel_aspect_x = render.pixel_aspect_y = 1
    render.use_persistent_data = True
    render.threads_mode = "FIXED" if job.threads else "AUTO"
    if job.threads:
        # With one, Cycles has TBB keep a second thread awake that only yields, and takes a whole core by it.
        render.threads = max(2, job.threads)
    scene.cycles.use_auto_tile = False
    scene.cycles.use_adaptive_sampling, scene.cycles.time_limit = False, 0  # as many samples as are asked for
    scene.cycles.use_layer_samples, scene.cycles.use_sample_subset = "IGNORE", False
    for layer in scene.view_layers:
        layer.cycles.use_denoising = True  # where the scene denoises: each image says so
    _stop_animation_of_settings()
    _choose_device(job.device)


def _stop_animation_of_settings() -> None:
    """Keys and drivers of render settings would override those set here: a noise seed that follows the frame is a usual
    one.
    """
    data = bpy.context.scene.animation_data
    if data is None:
        return
    for curve in list(data.drivers):
        if curve.data_path.startswith(_SETTINGS):
            data.drivers.remove(curve)
    for layer in data.action.layers if data.action else ():
        for bag in (bag for strip in layer.strips for bag in strip.channelbags):
            for curve in bag.fcurves:
                curve.mute = curve.mute or curve.data_path.startswith(_SETTINGS)


def _choose_device(device: str) -> None:
    """Raises SceneError for a device that this machine lacks."""
    cycles = bpy.context.scene.cycles
    if device == "cpu":
        cycles.device = "CPU"
        return
    preferences = bpy.context.preferences.addons["cycles"].preferences
    try:
        preferences.compute_device_type = device.upper()
    except TypeError:
        raise SceneError(f"this Blender has no {device}; render with --device cpu") from None
    preferences.refresh_devices()
    found = [unit for unit in preferences.devices if unit.type == device.upper()]
    if not found:
        raise SceneError(f"no {device} device on this machine; render with --device cpu")
    for unit in preferences.devices:
        unit.use = unit in found
    cycles.device = "GPU"


def _expose(show: Any, shot: Shot, image: Image, elements: Elements) -> None:
    """Set the exposure of a shot of the demo show: metered where the look did not fix it, then moved by some stops."""
    if show.exposure is not None:
        show.expose(show.exposure * 2 ** (shot.exposure or 0.0))
        return
    elements.show("whole")
    metered = exposure_for(thumbnail(image, shot.meter_frame), show.key)
    drawn = random.Random(f"{shot.scene}/{shot.seed}").triangular(-_STOPS, _STOPS)
    show.expose(metered * 2 ** (drawn if shot.exposure is None else shot.exposure))


def _as_the_look_wants(show: Any, image: Image) -> Image:
    """An image of the demo show, whose looks know what a denoiser would harm, and how noisy they are. What is asked for
    without a denoiser is asked for to the sample.
    """
    if show is None or not image.denoise:
        return image
    return replace(image, denoise=show.denoise, samples=image.samples * show.sampling)


def _at_size(window: Any, first: Image, image: Image) -> tuple[int, int, int, int] | None:
    """The window of the first image, in the pixels of another."""
    if window is None or image.window is not None:
        return image.window
    x, y, width, height = (round(edge * image.relative_size / first.relative_size) for edge in window)
    return x, y, width, height


def _render_image(
    image: Image, window: tuple[int, int, int, int] | None, pixels: PixelSettings, noise_threshold: bool
) -> None:
    """Render one image and say so. noise_threshold: end pixels early where they are clean enough for the samples."""
    scene = bpy.context.scene
    corrected = pixels.apply(image.relative_size if image.correct else 1.0)
    layer = view_layer_of(image.element)
    given = passes.set_passes(layer, image.aovs)
    passes.set_file(image.output)
    passes.set_window(image.width, image.height, with_margin(image, window))
    scene.frame_set(image.frame)
    scene.cycles.samples, scene.cycles.seed = image.samples, image.seed
    scene.cycles.use_adaptive_sampling = noise_threshold and not image.subpixels
    if scene.cycles.use_adaptive_sampling:
        scene.cycles.adaptive_min_samples = _LEAST_SAMPLES
        scene.cycles.adaptive_threshold = _NOISE / math.sqrt(image.samples)
    scene.cycles.use_denoising = image.denoise and not image.subpixels
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    wall, core = time.perf_counter(), time.process_time()
    try:
        bpy.ops.render.render(write_still=True, layer="" if len(scene.view_layers) == 1 else layer.name)
    except RuntimeError as problem:
        raise SceneError(" ".join(str(problem).removeprefix("Error: ").split())) from None
    _say(
        event="image",
        output=image.output,
        seconds=round(time.perf_counter() - wall, 3),
        core_seconds=round(time.process_time() - core, 3),
        window=window,
        aovs=given,
        denoised=image.denoise,
        samples=image.samples,
        corrected=corrected,
    )


def _say(**event: Any) -> None:
    print(MARK + json.dumps(event), flush=True)  # noqa: T201
