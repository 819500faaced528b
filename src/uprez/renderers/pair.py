"""A pair that is rendered: the row of the manifest that tells all about it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from uprez.dataset.manifest import filter_entries
from uprez.dataset.pairs import read_rgba
from uprez.dataset.verdict import known_kernel, verdict_of
from uprez.frames import DecodePool
from uprez.renderers.plan import PairSettings, ShotTask, Take
from uprez.renderers.protocol import Result

_PAIR = ("lr", "hr")
_OF_IMAGES = ("more", "samples", "noise_seeds", "seconds", "core_seconds", "corrected")
"""Entries of a row that say something of each image."""


def pair_row(
    task: ShotTask,
    take: Take,
    done: Mapping[str, Result],
    settings: PairSettings,
    *,
    out: Path,
    renderer: str,
    truth: Mapping[str, object] | None,
    known: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The manifest's row for a pair. done: its images by tag. truth: what is known of the truth's own noise. known: the
    row that stands there, whose other images are still the pair's where they show the same window.

    Raises FrameError where an image can't be read.
    """
    with DecodePool() as pool:
        lr, hr = (Path(done[tag].image.output) for tag in _PAIR)
        verdict = verdict_of(
            lr, hr, pool, settings.scale, denoised=done["hr"].denoised, kernel=known_kernel(*take.filters)
        )
        for tag in done.keys() - set(_PAIR):
            read_rgba(Path(done[tag].image.output), pool)
    paths = {tag: str(Path(result.image.output).relative_to(out)) for tag, result in done.items()}
    row = {
        "show": task.show,
        "shot": task.name,
        "look": task.look,
        "frame": take.frame,
        "element": task.element,
        **filter_entries(*take.filters),
        **{tag: paths[tag] for tag in _PAIR},
        "more": {tag: path for tag, path in paths.items() if tag not in _PAIR},
        "scene": task.shot.scene,
        "seed": task.shot.seed,
        "size": task.size,
        "window": done["hr"].window,
        "renderer": renderer,
        "denoised": done["hr"].denoised,
        "aovs": done["hr"].aovs,
        "samples": {tag: result.samples for tag, result in done.items()},
        "noise_seeds": {tag: result.image.seed for tag, result in done.items()},
        "seconds": {tag: result.seconds for tag, result in done.items()},
        "core_seconds": {tag: result.core_seconds for tag, result in done.items()},
        "corrected": {tag: result.corrected for tag, result in done.items() if result.corrected},
        "coherence": verdict,
        **({"truth": dict(truth)} if truth else {}),
        **task.facts,
    }
    return _with_others(row, known or {}, out)


def _with_others(row: dict[str, Any], known: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """A row, with what `known` says of images that are not in it and still there."""
    place = [json.loads(json.dumps(each.get(key))) for each in (row, known) for key in ("size", "window", "seed")]
    if place[:3] != place[3:]:
        return row
    others = {
        tag: path for tag, path in known.get("more", {}).items() if tag not in row["more"] and (out / path).exists()
    }
    for key in _OF_IMAGES:
        row[key] = row[key] | {tag: known[key][tag] for tag in others if tag in known.get(key, {})}
    return row
