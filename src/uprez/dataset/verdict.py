"""Verdicts of the coherence check as manifests hold them, and checking a whole folder again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uprez.dataset import manifest
from uprez.dataset.coherence import check
from uprez.dataset.guides import read_guides
from uprez.dataset.pairs import read_rgba
from uprez.errors import UprezError
from uprez.frames import DecodePool
from uprez.models.down_kernel import fit_down_kernel

SCALE = 2
_FIT_PAIRS = 40
"""So many pairs of a renderer are enough for its four taps, and fit in memory."""


@dataclass(frozen=True)
class Rechecked:
    """One pair of a folder after its check. damaged: why it could not be read; it is no longer in the manifest then."""

    row: manifest.Row
    changed: bool
    damaged: str = ""


def verdict_of(lr: Path, hr: Path, pool: DecodePool, scale: int = SCALE, *, denoised: bool = True) -> dict[str, Any]:
    """Figures, verdict and reason of the coherence check of two files, as they stand in a manifest. denoised: whether
    they were or may have been.

    Raises FrameError where one can't be read, UsageError where they are no pair.
    """
    guides = read_guides(lr, hr, pool)
    found = check(read_rgba(lr, pool), read_rgba(hr, pool), scale=scale, guides=guides, denoised=denoised)
    return {
        "coherent": found.coherent,
        "usable": found.usable,
        "reason": found.reason,
        "psnr": round(found.psnr, 3),
        "shift": [round(offset, 4) for offset in found.shift],
        "exposure": round(found.exposure, 5),
        "noise": round(found.noise, 6),
        "failed": [list(window) for window in found.failed],
    }


def recheck(folder: Path, report: Callable[[Rechecked], None]) -> dict[str, tuple[float, ...]]:
    """Check every pair of a folder again and write its manifest anew, without lines and pairs that can't be read. What
    others add or change meanwhile stays as they wrote it.

    Returns the down-kernel of each renderer, fitted by least squares on its coherent pairs. Raises UsageError where the
    folder has no manifest, FrameError where it can't be written.
    """
    checked: dict[manifest.Key, tuple[manifest.Row, manifest.Row | None]] = {}
    fits: dict[str, list[tuple[NDArray[np.floating], NDArray[np.floating]]]] = {}
    with DecodePool() as pool:
        for key, row in manifest.read_manifest(folder).by_key().items():
            try:
                lr, hr = manifest.paths_of(folder, row)
                for path in row.get("more", {}).values():
                    read_rgba(folder / path, pool)
                verdict = verdict_of(lr, hr, pool, denoised=row.get("denoised", True))
            except UprezError as error:
                checked[key] = row, None
                report(Rechecked(row, True, str(error)))
                continue
            checked[key] = row, {**row, "coherence": verdict}
            report(Rechecked({**row, "coherence": verdict}, verdict != row.get("coherence")))
            of_renderer = fits.setdefault(str(row.get("renderer", "unknown")), [])
            if verdict["coherent"] and len(of_renderer) < _FIT_PAIRS:
                of_renderer.append((_linear(lr, pool), _linear(hr, pool)))

    def merged(rows: Iterable[manifest.Row]) -> Iterator[manifest.Row]:
        for row in rows:
            before, after = checked.get(manifest.key_of(row), (None, None))
            if row != before:
                yield row
            elif after is not None:
                yield after

    manifest.update(folder, merged)
    return {renderer: fit_down_kernel(pairs) for renderer, pairs in sorted(fits.items()) if pairs}


def _linear(path: Path, pool: DecodePool) -> NDArray[np.float32]:
    return read_rgba(path, pool).astype(np.float32)
